"""Checks of backups: there, fresh, verified, elsewhere, tried, kept and readable anywhere."""
