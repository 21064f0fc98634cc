"""Passwords: how they rest, and which ones are refused."""

from __future__ import annotations

import re
import threading
from functools import cache
from importlib.resources import files

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from scanner.errors import UseError

LEAST, MOST = 12, 128
KINDS = 3
"""Of lower case, upper case, digits and others: as many are asked for."""
DISTINCT = 6
_HASHER = PasswordHasher(time_cost=3, memory_cost=64 * 1024, parallelism=1)
_TURN = threading.BoundedSemaphore(2)
"""Each computation takes 64 MiB: whoever guesses in parallel waits in line and does not fill the memory."""
_CLASSES = (re.compile(r"[a-z]"), re.compile(r"[A-Z]"), re.compile(r"[0-9]"), re.compile(r"[^a-zA-Z0-9]"))


def hashed(password: str) -> str:
    """As it rests: argon2id."""
    with _TURN:
        return _HASHER.hash(password)


def matches(held: str, password: str) -> bool:
    """Whether it is the one. The same work is done where there is no hash, so that nothing shows in the time."""
    with _TURN:
        try:
            return _HASHER.verify(held or _nobody(), password[: MOST + 1]) and bool(held)
        except (VerificationError, InvalidHashError):
            return False


def check(password: str, name: str, held: str = "") -> None:
    """Raises UseError for one that is short, common, of one kind of sign, like the account's name, or the one in use."""
    if not LEAST <= len(password) <= MOST:
        raise UseError("hub-password-length", least=LEAST, most=MOST)
    if sum(bool(kind.search(password)) for kind in _CLASSES) < KINDS:
        raise UseError("hub-password-kinds", kinds=KINDS)
    folded = password.casefold()
    if len(set(folded)) < DISTINCT or _bare(folded) in common() or folded in common():
        raise UseError("hub-password-common")
    if len(name) > 2 and name.casefold() in folded:
        raise UseError("hub-password-name")
    if held and matches(held, password):
        raise UseError("hub-password-same")


@cache
def common() -> frozenset[str]:
    """Words that many people take for a password, without what they hang on to it."""
    text = files("hub.people").joinpath("common.txt").read_text("utf-8")
    return frozenset(word for line in text.split("\n") if (word := line.strip()) and not word.startswith("#"))


def _bare(folded: str) -> str:
    """Without the signs and digits before and after, and with letters for the signs that look like them."""
    kept = re.sub(r"^[^a-z]+|[^a-z]+$", "", folded)
    return re.sub(r"[^a-z]", "", kept.translate(str.maketrans("@013457$!", "aoleastsi")))


@cache
def _nobody() -> str:
    return _HASHER.hash("the password of nobody")
