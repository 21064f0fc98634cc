"""The password that an account begins with: shown once, and changed at the first sign-in."""

from __future__ import annotations

import secrets

ALPHABET = "abcdefghjkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789"
"""Without the signs that people mistake for each other."""


def first_password() -> str:
    """16 signs in four groups, of all kinds."""
    while True:
        groups = ["".join(secrets.choice(ALPHABET) for _ in range(4)) for _ in range(4)]
        value = "-".join(groups)
        if any(char.isdigit() for char in value) and value.upper() != value != value.lower():
            return value
