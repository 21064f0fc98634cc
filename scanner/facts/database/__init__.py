"""Facts of the family database: one subject a file."""
