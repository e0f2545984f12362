"""How a hub is started anywhere: its environment, files and container, in several forms."""
