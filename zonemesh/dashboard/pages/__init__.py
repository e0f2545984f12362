"""What each page shows, made from what was read: data for the templates, nothing else."""
