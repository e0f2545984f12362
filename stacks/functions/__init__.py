"""Builders of the functions: each with its own role, what calls it, and its alarms."""
