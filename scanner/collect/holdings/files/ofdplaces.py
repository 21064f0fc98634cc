"""Where the texts and the level lines of an OFD page stand: millimetres there, points from here on."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from scanner.collect.holdings.files.places import Page, Piece, Rule
from scanner.collect.holdings.files.xmlsafe import elements, local

if TYPE_CHECKING:
    from lxml.etree import _Element

POINT = 72 / 25.4
NARROW = 0.5
"""How wide a letter is where nothing says it, in parts of its size; characters are as wide as they are high."""
NEXT = 1.2
"""A glyph that is no further from the next one, in parts of its size, reaches to it."""
LEVEL, LONG = 0.4, 3.0
"""A line that rises by less than the one and is longer than the other may stand between cells."""
_NUMBER = re.compile(r"-?\d+(?:\.\d+)?")
_STEP = re.compile(r"([A-Z])((?:\s+-?[\d.]+)*)")
Matrix = tuple[float, float, float, float, float, float]
SAME: Matrix = (1, 0, 0, 1, 0, 0)


def page_of(parts: Sequence[bytes]) -> Page:
    """What the parts of one page show: its templates and itself."""
    glyphs: list[Piece] = []
    rules: list[Rule] = []
    shows = False
    for data in parts:
        for element in elements(data):
            tag = local(element)
            if tag == "TextObject":
                glyphs += _glyphs(element)
            elif tag == "PathObject":
                rules += _rules(element)
            shows = shows or tag in ("TextObject", "PathObject", "ImageObject", "CompositeObject")
    placed = [Piece(POINT * one.left, POINT * one.right, POINT * one.base, POINT * one.size, one.text) for one in glyphs]
    return Page(placed, [Rule(POINT * one.left, POINT * one.right, POINT * one.at) for one in rules], shows)


def extent(element: _Element) -> float:
    """How far the glyphs of an object reach from its left edge: no further than its box, which may be drawn wider than they are."""
    left, _, width, _ = _box(element)
    return min(width, max((piece.right - left for piece in _glyphs(element)), default=width))


def _glyphs(element: _Element) -> Iterator[Piece]:
    """The glyphs of an object; where nothing says how they follow each other, each text as one."""
    left, top, width, height = _box(element)
    matrix = _matrix(element)
    size = (_float(element.get("Size")) or height or 1.0) * (abs(matrix[3]) or 1.0)
    for code in element.iter():
        text = code.text or "" if local(code) == "TextCode" else ""
        if not text.strip():
            continue
        x, y = _float(code.get("X")), _float(code.get("Y"))
        across, down = left + matrix[0] * x + matrix[2] * y + matrix[4], top + matrix[1] * x + matrix[3] * y + matrix[5]
        steps = _steps(str(code.get("DeltaX") or ""), len(text))
        if not steps:
            wide = sum(size if ord(char) > 0x2000 else NARROW * size for char in text)
            yield Piece(across, across + (min(wide, width) if width > 0 else wide), down, size, text.strip())
            continue
        at = across
        for number, char in enumerate(text):
            own = size if ord(char) > 0x2000 else NARROW * size
            step = steps[min(number, len(steps) - 1)] * (abs(matrix[0]) or 1.0)
            if not char.isspace():
                yield Piece(at, at + (step if 0 < step <= NEXT * size else own), down, size, char)
            at += step


def _steps(told: str, length: int) -> list[float]:
    """How far each glyph is from the next: numbers, and ``g 3 2.5`` for the same one several times."""
    words, found = told.split(), list[float]()
    while words and len(found) < length:
        word = words.pop(0)
        if word == "g" and len(words) > 1:
            found += [_float(words[1])] * min(int(_float(words[0])), length)
            del words[:2]
        else:
            found.append(_float(word))
    return found


def _rules(element: _Element) -> Iterator[Rule]:
    left, top, width, height = _box(element)
    if height < LEVEL and width > LONG:
        yield Rule(left, left + width, top + height / 2)
        return
    a, b, c, d, e, f = _matrix(element)
    for child in element:
        if local(child) != "AbbreviatedData":
            continue
        before = begin = None
        for step, numbers in _STEP.findall(child.text or ""):
            told = [float(one) for one in _NUMBER.findall(numbers)]
            end = (told[-2], told[-1]) if len(told) > 1 else begin if step == "C" else None
            here = (left + a * end[0] + c * end[1] + e, top + b * end[0] + d * end[1] + f) if end is not None else None
            if (
                here is not None
                and before is not None
                and step in "LC"
                and abs(here[1] - before[1]) < LEVEL
                and abs(here[0] - before[0]) > LONG
            ):
                yield Rule(min(here[0], before[0]), max(here[0], before[0]), here[1])
            before, begin = here or before, end if step in "SM" else begin


def _box(element: _Element) -> tuple[float, float, float, float]:
    numbers = [_float(word) for word in str(element.get("Boundary") or "").split()][:4]
    left, top, width, height = [*numbers, *[0.0] * (4 - len(numbers))]
    return left, top, width, height


def _matrix(element: _Element) -> Matrix:
    numbers = [_float(word) for word in str(element.get("CTM") or "").split()]
    return (numbers[0], numbers[1], numbers[2], numbers[3], numbers[4], numbers[5]) if len(numbers) == 6 else SAME


def _float(word: str | None) -> float:
    found = _NUMBER.fullmatch(word or "")
    return float(found[0]) if found is not None else 0.0
