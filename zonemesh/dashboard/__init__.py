"""A page of one's own mesh, served on this machine with the caller's own credentials."""
