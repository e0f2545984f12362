"""How the mesh is: read once from the table, for the commands, the dashboard and the watch."""
