"""What operators order of a hub, and how it is carried out and told."""
