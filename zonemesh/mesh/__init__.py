"""The mesh definition: what may stand in mesh.yaml, what is wrong with one, what differs."""
