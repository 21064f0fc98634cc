"""The tree over the log, as RFC 6962 draws it: root, proof that a row is in it, proof that a later tree only added. Pure."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

EMPTY = hashlib.sha256(b"").digest()
"""Root of a tree without leaves."""
Frontier = tuple[tuple[int, bytes], ...]
"""The whole subtrees that a tree consists of, the largest first: (number of leaves, hash). Enough to go on and to name the root."""


def leaf(data: bytes) -> bytes:
    """Hash of a row."""
    return hashlib.sha256(b"\x00" + data).digest()


def node(left: bytes, right: bytes) -> bytes:
    """Hash of two subtrees."""
    return hashlib.sha256(b"\x01" + left + right).digest()


def grown(frontier: Frontier, one: bytes) -> Frontier:
    """With one leaf more."""
    stack, size, top = list(frontier), 1, one
    while stack and stack[-1][0] == size:
        held, left = stack.pop()
        size, top = held + size, node(left, top)
    return (*stack, (size, top))


def root_of(frontier: Frontier) -> bytes:
    """Root of the tree that a frontier stands for."""
    if not frontier:
        return EMPTY
    top = frontier[-1][1]
    for _, left in reversed(frontier[:-1]):
        top = node(left, top)
    return top


def size_of(frontier: Frontier) -> int:
    """Number of leaves."""
    return sum(size for size, _ in frontier)


def root(leaves: Sequence[bytes]) -> bytes:
    """Root over all leaves."""
    frontier: Frontier = ()
    for one in leaves:
        frontier = grown(frontier, one)
    return root_of(frontier)


def inclusion(leaves: Sequence[bytes], index: int) -> list[bytes]:
    """Hashes with which the leaf at ``index`` leads to the root."""
    if len(leaves) == 1:
        return []
    split = _split(len(leaves))
    if index < split:
        return [*inclusion(leaves[:split], index), root(leaves[split:])]
    return [*inclusion(leaves[split:], index - split), root(leaves[:split])]


def includes(one: bytes, index: int, size: int, proof: Sequence[bytes], top: bytes) -> bool:
    """Whether the proof shows that the leaf stands at ``index`` of the tree of ``size`` leaves with this root."""
    if not 0 <= index < size:
        return False
    place, last, held = index, size - 1, one
    for step in proof:
        if last == 0:
            return False
        if place & 1 or place == last:
            held = node(step, held)
            while place and not place & 1:
                place, last = place >> 1, last >> 1
        else:
            held = node(held, step)
        place, last = place >> 1, last >> 1
    return last == 0 and held == top


def consistency(leaves: Sequence[bytes], size: int) -> list[bytes]:
    """Hashes that show that the tree of the first ``size`` leaves is the beginning of this one."""
    return _consistency(leaves, size, whole=True) if 0 < size < len(leaves) else []


def extends(old_size: int, old: bytes, size: int, new: bytes, proof: Sequence[bytes]) -> bool:
    """Whether the proof shows that the tree with root ``new`` only added to the one with root ``old``."""
    if not 0 <= old_size <= size:
        return False
    if old_size in (0, size):
        return not proof and (old_size == 0 and old == EMPTY or old_size == size and old == new)
    steps = list(proof)
    place, last = old_size - 1, size - 1
    while place & 1:
        place, last = place >> 1, last >> 1
    if place and not steps:
        return False
    first = second = steps.pop(0) if place else old
    for step in steps:
        if last == 0:
            return False
        if place & 1 or place == last:
            first, second = node(step, first), node(step, second)
            while place and not place & 1:
                place, last = place >> 1, last >> 1
        else:
            second = node(second, step)
        place, last = place >> 1, last >> 1
    return last == 0 and first == old and second == new


def _consistency(leaves: Sequence[bytes], size: int, *, whole: bool) -> list[bytes]:
    if size == len(leaves):
        return [] if whole else [root(leaves)]
    split = _split(len(leaves))
    if size <= split:
        return [*_consistency(leaves[:split], size, whole=whole), root(leaves[split:])]
    return [*_consistency(leaves[split:], size - split, whole=False), root(leaves[:split])]


def _split(count: int) -> int:
    return 1 << (count - 1).bit_length() - 1
