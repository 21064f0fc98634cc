"""Positions of byte needles in a block: SIMD search where stringzilla is installed, the standard library's elsewhere; many hits by arrays."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

SIGNS = (b"\\", b"%", b"#")
"""Single bytes are found far sooner than several."""
Find = Callable[[bytes, bytes, int], int]
SPARSE = 512
"""Bytes a hit up to which hits are looked for one by one; a block with more of them is compared as an array."""


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


def there(block: bytes, rare: Sequence[bytes]) -> list[bytes]:
    """Those of the needles that stand in a block. One that begins with a sign that hardly any text holds is not looked for without it."""
    missing = {sign for sign in SIGNS if sign not in block}
    return [needle for needle in rare if needle[:1] not in missing and FIND(block, needle, 0) >= 0]


def found_in(block: bytes, needle: bytes) -> bool:
    """Whether it stands there at all."""
    return bool(FIND(block, needle, 0) >= 0)


def positions(block: bytes, needle: bytes, find: Find = FIND) -> NDArray[np.int64]:
    """Where the needle begins, in order."""
    found: list[int] = []
    few = max(len(block) // SPARSE, 1)
    at = find(block, needle, 0)
    while at >= 0 and len(found) < few:
        found.append(at)
        at = find(block, needle, at + 1)
    first = np.array(found, np.int64)
    return first if at < 0 else np.concatenate((first, at + _every(np.frombuffer(block, np.uint8, offset=at), needle)))


def _every(array: NDArray[np.uint8], needle: bytes) -> NDArray[np.int64]:
    """Its last byte is the one that tells most: first bytes of characters are few."""
    hits = np.flatnonzero(array[len(needle) - 1 :] == needle[-1])
    for place in range(len(needle) - 1):
        hits = hits[array[hits + place] == needle[place]]
    return hits
