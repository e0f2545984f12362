"""Notes each sync of a hub: for the mesh's history, and for its metrics."""
