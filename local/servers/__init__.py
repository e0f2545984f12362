"""Real name servers on loopback ports, for tests and demonstrations."""
