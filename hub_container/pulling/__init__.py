"""Zones that the hub pulls from primaries: a second NSD transfers them, the hub records them."""
