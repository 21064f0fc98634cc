"""Checks and profiles as found on this machine."""
