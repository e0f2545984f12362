"""One source of truth for a DNS zone, and every other copy kept current."""

__version__ = "0.1.0"
