"""Backup and restore with proof, health and metrics."""
