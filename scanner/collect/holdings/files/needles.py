"""Positions of byte needles in a block: SIMD search where stringzilla is installed, the standard library's elsewhere."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

Find = Callable[[bytes, bytes, int], int]


def _plain_find(block: bytes, needle: bytes, start: int) -> int:
    return block.find(needle, start)


try:
    from stringzilla import find as FIND
except ImportError:
    FIND = _plain_find


def encoded(needles: Sequence[str], encoding: str) -> tuple[bytes, ...]:
    """Every needle in the file's encoding and in the other one that archives mix with it."""
    both = dict.fromkeys((encoding, "utf-8", "gb18030"))
    return tuple(dict.fromkeys(needle.encode(name) for needle in needles for name in both))


def positions(block: bytes, needle: bytes, find: Find = FIND) -> Iterator[int]:
    """Where the needle begins, one after another."""
    at = find(block, needle, 0)
    while at >= 0:
        yield at
        at = find(block, needle, at + 1)
