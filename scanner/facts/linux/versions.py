"""Debian's order of package versions. Pure."""

from __future__ import annotations

import re
from itertools import zip_longest

_PARTS = re.compile(r"(\D*)(\d*)")


def newer(one: str, other: str) -> bool:
    """Whether version ``one`` is later than ``other`` in dpkg's order."""
    return VersionKey(one) > VersionKey(other)


class VersionKey:
    """Sort key of a version: epoch, upstream version, revision."""

    def __init__(self, version: str) -> None:
        epoch, colon, rest = version.partition(":")
        if not colon:
            epoch, rest = "0", version
        upstream, _, revision = rest.rpartition("-") if "-" in rest else (rest, "", "")
        self._epoch = int(epoch) if epoch.isdigit() and len(epoch) < 10 else 0
        self._parts = (_split(upstream), _split(revision))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, VersionKey) and not self < other and not other < self

    def __hash__(self) -> int:
        return hash(self._epoch)

    def __lt__(self, other: VersionKey) -> bool:
        if self._epoch != other._epoch:
            return self._epoch < other._epoch
        for one, two in zip(self._parts, other._parts, strict=True):
            for (text_a, number_a), (text_b, number_b) in zip_longest(one, two, fillvalue=((0,), 0)):
                if text_a != text_b:
                    return text_a < text_b
                if number_a != number_b:
                    return number_a < number_b
        return False


def _split(text: str) -> list[tuple[tuple[int, ...], int]]:
    """Alternating text and number; text as weights that end with 0, so that ``~`` sorts before the end."""
    out = []
    for letters, digits in _PARTS.findall(text):
        if letters or digits:
            out.append(((*(_weight(char) for char in letters), 0), int(digits[:18]) if digits else 0))
    return out


def _weight(char: str) -> int:
    return -1 if char == "~" else ord(char) if char.isalpha() else ord(char) + 256
