"""Verifying a zone: everybody who serves it is asked the same, and the answers compared."""
