"""Columns of a list on paper: the stretches between its edges in which anything stands, and the heads above them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from scanner.collect.holdings.files.places import Line, Piece
from scanner.facts.holdings.belowheads import may_be_code, says_open
from scanner.facts.holdings.labels import name_role

HEAD = 1.8
"""Lines of one head are not further apart than this, in parts of their size."""
TOUCH = 0.1
"""What overlaps by less than this part of its size stands beside each other."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """Where the texts of a column stand."""

    left: float
    right: float
    name: str
    """Empty where no head stands above it."""

    @property
    def middle(self) -> float:
        """Surely within each of its cells."""
        return (self.left + self.right) / 2


def over_lines(heads: Sequence[Piece], above: Line, below: Line) -> list[Piece] | None:
    """The heads with those that are written over two or three lines; None where the line below them is none of these."""
    found = list(heads)
    for piece in below:
        if not 0 < piece.base - heads[0].base <= HEAD * piece.size:
            return None
        same = next((head for head in found if _beside(head, piece)), None)
        upper = same or next((one for one in above if _beside(one, piece) and heads[0].base - one.base <= HEAD * one.size), None)
        if upper is None or name_role(upper.text + piece.text) is None:
            return None
        found = [head for head in found if head is not same]
        whole = Piece(min(upper.left, piece.left), max(upper.right, piece.right), heads[0].base, piece.size, upper.text + piece.text)
        found.append(whole)
    return sorted(found, key=lambda one: one.left)


def _beside(one: Piece, other: Piece) -> bool:
    return one.left < other.right and other.left < one.right


def codes_below(heads: Sequence[Piece], lines: Sequence[Line]) -> bool:
    """Whether something that may be a code stands between the heads beside the level's, on a line without a word for open."""
    at = next((at for at, head in enumerate(heads) if name_role(head.text) == "level"), None)
    if at is None:
        return False
    left = heads[at - 1].right if at else float("-inf")
    right = heads[at + 1].left if at + 1 < len(heads) else float("inf")
    return any(
        any(left < piece.left and piece.right < right and may_be_code(piece.text) for piece in line)
        and not any(says_open(piece.text) for piece in line)
        for line in lines
    )


def spans(piece: Piece, heads: Sequence[Piece]) -> bool:
    """Whether a piece stands below more than one head."""
    return sum(piece.left < head.right and head.left < piece.right for head in heads) > 1


def columns_below(heads: Sequence[Piece], lines: Sequence[Line]) -> list[Stretch] | None:
    """Stretches from the left to the right that something stands in on any line; None where two heads share one."""
    found: list[list[Piece]] = []
    right = float("-inf")
    for piece in sorted([*heads, *(piece for line in lines for piece in line)], key=lambda one: one.left):
        if found and piece.left < right - TOUCH * piece.size:
            found[-1].append(piece)
        else:
            found.append([piece])
        right = max(right, piece.right)
    columns = []
    for pieces in found:
        names = [piece.text for piece in pieces if any(piece is head for head in heads)]
        if len(names) > 1:
            return None
        columns.append(Stretch(pieces[0].left, max(piece.right for piece in pieces), names[0] if names else ""))
    return _under(columns, lines)


def _under(columns: list[Stretch], lines: Sequence[Line]) -> list[Stretch] | None:
    """Texts that stand beside the middle of their heads put under them; None where they may be a level, or may not.

    Where a line has something in both, they are two columns."""
    at = 0
    while at < len(columns):
        near = [other for other in (at - 1, at + 1) if 0 <= other < len(columns) and columns[other].name]
        free = [other for other in near if not columns[at].name and not _both(columns[at], columns[other], lines)]
        gaps = {other: max(columns[other].left - columns[at].right, columns[at].left - columns[other].right) for other in free}
        if not free:
            at += 1
            continue
        best = min(free, key=lambda other: gaps[other])
        if len(free) > 1 and 2 * gaps[best] > max(gaps.values()) and any(name_role(columns[other].name) == "level" for other in free):
            return None
        low, high = sorted((at, best))
        columns[low : high + 1] = [Stretch(columns[low].left, columns[high].right, columns[best].name)]
        at = low
    return columns


def _both(one: Stretch, other: Stretch, lines: Sequence[Line]) -> bool:
    return any(all(any(part.left <= piece.left < part.right for piece in line) for part in (one, other)) for line in lines)
