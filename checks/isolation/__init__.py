"""Checks of isolation: between zones, on hosts, on segments."""
