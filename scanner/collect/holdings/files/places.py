"""Texts by where they stand on a page: glyphs to pieces, pieces to lines."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

APART = 0.3
"""Glyphs with a wider gap between them, in parts of their size, belong to two pieces."""
WORDS = 0.15
"""Wider gaps are between words."""
SAME_LINE = 0.25
"""Glyphs whose feet differ by less than this part of their size share a line."""


@dataclass(frozen=True, slots=True)
class Piece:
    """Glyphs without a gap between them, or one of them. Lengths are those of the page, downwards and to the right."""

    left: float
    right: float
    base: float
    """How far down its foot is."""
    size: float
    text: str


Line = list[Piece]


@dataclass(frozen=True, slots=True)
class Rule:
    """A level line between cells."""

    left: float
    right: float
    at: float
    """How far down."""


@dataclass(frozen=True, slots=True)
class Page:
    """What one page shows."""

    glyphs: Sequence[Piece]
    rules: Sequence[Rule] = ()
    shows: bool = False
    """It shows anything at all, text or not."""


def lines_of(glyphs: Iterable[Piece]) -> list[Line]:
    """Lines from the top, each with its pieces from the left."""
    lines: list[Line] = []
    for glyph in sorted(glyphs, key=lambda one: one.base):
        if lines and glyph.base - lines[-1][0].base < SAME_LINE * max(glyph.size, lines[-1][0].size):
            lines[-1].append(glyph)
        else:
            lines.append([glyph])
    return [merged(sorted(line, key=lambda one: one.left), APART) for line in lines]


def merged(line: Sequence[Piece], gap: float) -> Line:
    """The pieces of a line with what stands closer than a gap, in parts of its size, put together."""
    found: Line = []
    for piece in line:
        if found and piece.left - found[-1].right <= gap * piece.size:
            last = found[-1]
            text = beside(last.text, piece.text, piece.left - last.right > WORDS * piece.size)
            found[-1] = Piece(last.left, max(last.right, piece.right), last.base, max(last.size, piece.size), text)
        else:
            found.append(piece)
    return found


def beside(one: str, other: str, apart: bool = True) -> str:
    """Two texts that follow each other as one; words of letters stay apart."""
    return f"{one} {other}" if apart and one[-1:].isalnum() and one[-1:].isascii() and other[:1].isascii() else one + other


def below(one: str, other: str) -> str:
    """Two texts that stand below each other in one cell: a number that is broken after its sign goes on at once."""
    return one + other if one[-1:] in "-·./_—–" else beside(one, other)


def told(line: Sequence[Piece]) -> str:
    """A line as text; what stands apart stays apart."""
    return "  ".join(piece.text for piece in merged(line, 1.0))
