"""The history of syncs: a zone brought to a place, with how it went."""
