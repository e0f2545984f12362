"""Zones at any provider that octoDNS has a class for; needs the extra `octodns`."""
