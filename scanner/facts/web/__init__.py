"""Facts of the family web: one subject a file."""
