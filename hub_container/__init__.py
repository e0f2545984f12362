"""The hub: keeps one NSD serving the newest snapshot of every zone that the mesh gives it."""
