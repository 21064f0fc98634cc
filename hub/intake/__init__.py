"""Envelopes come in: verified before parsed, kept once, acknowledged when they are on the disk; what is refused says why."""
