"""Facts of the family site: one subject a file."""
