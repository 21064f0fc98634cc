"""Linux facts: one subject a file. ``scanner.api.linux`` is this package; what a check may name is imported here."""

from scanner.facts.linux.sshd import SshdConfig

__all__ = ["SshdConfig"]
