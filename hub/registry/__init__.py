"""Who reports: units in a tree, their systems, keys and duties."""
