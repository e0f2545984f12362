"""The mesh on one machine: an embedded AWS, a strict Route 53 and the demo."""
