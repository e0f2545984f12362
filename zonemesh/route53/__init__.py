"""Route 53's shapes and ours: rrset JSON, change events, operations. Pure."""
