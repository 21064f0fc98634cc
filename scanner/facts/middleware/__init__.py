"""Facts of the family middleware: one subject a file."""
