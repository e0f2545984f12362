"""Configuration of a secondary that follows hubs, ready to paste: one module for each server."""
