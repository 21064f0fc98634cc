"""Its profiles."""
