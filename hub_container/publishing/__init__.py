"""Publishing zones to targets, beside serving them."""
