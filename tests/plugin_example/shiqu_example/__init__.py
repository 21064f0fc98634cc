"""A third party's checks."""
