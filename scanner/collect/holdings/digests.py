"""Digests of record numbers: held in eight bytes each, in order, and packed for notes."""

from __future__ import annotations

import base64
from array import array
from bisect import bisect_left
from typing import TypeAlias

import numpy as np

from scanner.collect.holdings.once import once

Digests: TypeAlias = "array[int]"


def each_once(held: Digests) -> Digests:
    """Each of them once, in order."""
    found = array("Q")
    found.frombytes(once(np.frombuffer(held, np.uint64)).tobytes())
    return found


def in_order(*several: Digests) -> Digests:
    """All of them in order, without an object for each."""
    found = array("Q")
    for digests in several:
        found.extend(digests)
    ordered = array("Q")
    ordered.frombytes(np.sort(np.frombuffer(found, np.uint64)).tobytes())
    return ordered


def holds(digests: Digests, digest: int) -> bool:
    """Whether one is among those in order."""
    at = bisect_left(digests, digest)
    return at < len(digests) and digests[at] == digest


def pack(digests: Digests) -> str:
    """Digests as text."""
    return base64.b64encode(digests.tobytes()).decode("ascii")


def unpack(text: str) -> Digests:
    """The digests of a text. Raises ValueError."""
    found = array("Q")
    found.frombytes(base64.b64decode(text, validate=True))
    return found
