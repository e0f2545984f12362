"""The watch: what is amiss told once, and once more when it has ended."""
