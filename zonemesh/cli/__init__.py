"""What an operator types: `zonemesh`, or `python -m zonemesh`."""
