"""Random draw (随机抽查) that anybody can repeat: the list is frozen and its digest published before the seed is known.

The seed should be a public figure of a later day that nobody here can choose. A unit's lot is SHA-256 of seed, line feed, its code; the lowest lots
are drawn. With coreutils alone::

    while read code; do printf '%s  %s\\n' "$(printf '%s\\n%s' "$SEED" "$code" | sha256sum | cut -c1-64)" "$code"; done < list | LC_ALL=C sort | head -n N

A lot depends on nothing but the seed and the code: neither the order of the list nor another unit's coming or going changes it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection
from dataclasses import dataclass

from scanner.errors import UseError

LEAST_SEED = 6
"""Characters: a shorter seed is too easy to choose by trying."""


@dataclass(frozen=True, slots=True)
class Lot:
    """One unit's place in the draw."""

    code: str
    lot: str
    """64 hex digits."""
    drawn: bool


def frozen(codes: Collection[str]) -> str:
    """Digest of the list that is drawn from: its sorted codes, one a line."""
    return "sha256:" + hashlib.sha256("".join(f"{code}\n" for code in _sorted(codes)).encode()).hexdigest()


def lot(seed: str, code: str) -> str:
    """The lot of one unit."""
    return hashlib.sha256(f"{seed}\n{code}".encode()).hexdigest()


def draw(seed: str, codes: Collection[str], count: int) -> list[Lot]:
    """All units by their lots, the first ``count`` of them drawn. Raises UseError for a seed, a list or a count that cannot be drawn with."""
    if len(seed.strip()) < LEAST_SEED or seed != seed.strip() or not seed.isprintable():
        raise UseError("draw-seed", least=LEAST_SEED)
    known = _sorted(codes)
    if not 1 <= count <= len(known):
        raise UseError("draw-count", count=count, of=len(known))
    lots = sorted((lot(seed, code), code) for code in known)
    return [Lot(code, value, place < count) for place, (value, code) in enumerate(lots)]


def drawn(seed: str, codes: Collection[str], count: int) -> list[str]:
    """Codes of the units that are drawn, by lot."""
    return [one.code for one in draw(seed, codes, count) if one.drawn]


def _sorted(codes: Collection[str]) -> list[str]:
    """By bytes, as ``LC_ALL=C sort`` does. Raises UseError for a code twice, or one that is no line."""
    known = sorted(set(codes), key=lambda code: code.encode())
    if len(known) != len(codes) or any(not code or not code.isprintable() for code in known):
        raise UseError("draw-list")
    return known
