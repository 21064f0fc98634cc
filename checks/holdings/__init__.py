"""Checks of what catalogues hold: kept apart, kept as they must be, kept in the archive's own hands."""
