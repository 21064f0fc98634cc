"""Facts of the family netdev: one subject a file."""
