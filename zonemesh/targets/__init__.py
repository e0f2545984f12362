"""Targets: where else zones are published, and how they are kept there."""
