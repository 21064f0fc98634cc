"""The only rooms with doors to the outside: they ask, keep bytes, and decode nothing."""
