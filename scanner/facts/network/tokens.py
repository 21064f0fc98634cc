"""Tokens of an isolation test: derived from the plan's seed alone, so that anyone who holds the seed can recompute them.

``token(label, index)`` is eight bytes at ``8 * index`` of ``SHAKE-256(HMAC-SHA-256(seed, label))``. A label is ``END/TRIAL``: the end that
minted it (``in``, or ``out:`` and the sentinel's id) and the number of the trial in that end's record; the index is the port, the VLAN id, the
protocol number or a plain count. Where there is room a token travels as a payload of 24 bytes::

    magic (8) | trial (4, big-endian) | index (4, big-endian) | token (8)

or as its 48 lower-case hexadecimal digits. A TCP SYN carries ``token[:4]`` as its sequence number and ``magic[:4]`` as its timestamp.
Nothing about the unit is in any of them. The magic is that of the side that minted the token.
"""

from __future__ import annotations

import hashlib
import hmac
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

TOKEN = 8
"""Length of a token in bytes."""
PAYLOAD = 24
"""Length of a payload token in bytes."""
MAX_INDEX = 65_535
FEW = 1024
INNER = "in"
"""The end that stands inside."""
MAGIC_INNER, MAGIC_OUTER = b"shiqu magic", b"shiqu magic out"
"""Under these words the seed makes the magic of either side."""
RULE = "SHAKE-256(HMAC-SHA-256(seed, label))[8*index : 8*index+8]"


def outer_end(sentinel: str) -> str:
    """Name of the end at which a sentinel stands."""
    return f"out:{sentinel}"


def label(end: str, trial: int) -> str:
    """The label of a trial."""
    return f"{end}/{trial}"


def plan_id(seed: bytes) -> str:
    """Sixteen hexadecimal digits that name a plan without telling its seed."""
    return hmac.new(seed, b"shiqu plan id", hashlib.sha256).digest()[:8].hex()


def magic(seed: bytes, end: str = INNER) -> bytes:
    """The eight bytes that begin every payload token of a side. Each side has its own: what a box reads on one wire makes no mark of the other."""
    return hmac.new(seed, MAGIC_INNER if end == INNER else MAGIC_OUTER, hashlib.sha256).digest()[:8]


def stream(seed: bytes, name: str, count: int) -> bytes:
    """The tokens of a label for the indices 0 to ``count - 1``, eight bytes each."""
    return hashlib.shake_256(hmac.new(seed, name.encode(), hashlib.sha256).digest()).digest(TOKEN * count)


@lru_cache(maxsize=4096)
def _first(seed: bytes, name: str) -> bytes:
    """The first tokens of a label: most trials have no more."""
    return stream(seed, name, FEW)


@lru_cache(maxsize=64)
def _whole(seed: bytes, name: str) -> bytes:
    """Every token of a label: half a megabyte, so that many tokens of one trial cost one derivation."""
    return stream(seed, name, MAX_INDEX + 1)


def token(seed: bytes, name: str, index: int) -> bytes:
    """One token. Raises ValueError for an index outside 0 to 65,535."""
    if not 0 <= index <= MAX_INDEX:
        raise ValueError(f"index {index}")
    held = _first(seed, name) if index < FEW else _whole(seed, name)
    return held[TOKEN * index : TOKEN * index + TOKEN]


def payload(seed: bytes, end: str, trial: int, index: int) -> bytes:
    """A payload token."""
    return magic(seed, end) + struct.pack(">II", trial, index) + token(seed, label(end, trial), index)


@dataclass(frozen=True, slots=True)
class Found:
    """A payload token that was found in bytes and agrees with the seed."""

    end: str
    trial: int
    index: int
    at: int
    """Offset of its first byte."""
    text: bool
    """Whether it stood there as hexadecimal digits."""


def find(seed: bytes, data: bytes, ends: tuple[str, ...]) -> Iterator[Found]:
    """Every payload token of these ends in the data, binary or hexadecimal in either case; what does not agree with the seed is no token."""
    lowered = data.lower()
    for mark in dict.fromkeys(magic(seed, end) for end in ends):
        mine = tuple(end for end in ends if magic(seed, end) == mark)
        for at in _places(data, mark):
            found = _agreed(seed, data[at : at + PAYLOAD], mine)
            if found is not None:
                yield Found(*found, at, False)
        for at in _places(lowered, mark.hex().encode()):
            try:
                raw = bytes.fromhex(lowered[at : at + 2 * PAYLOAD].decode("ascii"))
            except (UnicodeDecodeError, ValueError):
                continue
            found = _agreed(seed, raw, mine)
            if found is not None:
                yield Found(*found, at, True)


def _places(data: bytes, mark: bytes) -> Iterator[int]:
    at = data.find(mark)
    while at >= 0:
        yield at
        at = data.find(mark, at + 1)


def _agreed(seed: bytes, raw: bytes, ends: tuple[str, ...]) -> tuple[str, int, int] | None:
    if len(raw) != PAYLOAD:
        return None
    trial, index = struct.unpack(">II", raw[8:16])
    if index > MAX_INDEX:
        return None
    for end in ends:
        if hmac.compare_digest(token(seed, label(end, trial), index), raw[16:]):
            return end, trial, index
    return None
