"""Where the glyphs of a PDF page stand, as it is looked at."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from scanner.collect.holdings.files.places import Page, Piece, Rule

if TYPE_CHECKING:
    from pypdfium2 import PdfDocument, PdfPage

MOST, MOST_OBJECTS = 200_000, 20_000
"""Glyphs and drawn objects of one page."""
LEVEL, LONG = 1.0, 8.0
"""A line that rises by less than the one and is longer than the other, in points, may stand between cells."""
Turn = Callable[[float, float], tuple[float, float]]


def pages_of(opened: PdfDocument) -> Iterator[Page]:
    """Every page as it is looked at."""
    from pypdfium2 import raw

    for number in range(len(opened)):
        page = opened[number]
        yield Page(glyphs_of(page), list(_rules(page)), bool(raw.FPDFPage_CountObjects(page) > 0))
        page.close()


def glyphs_of(page: PdfPage) -> list[Piece]:
    """Every glyph with its place. Those that PDFium only makes up between lines and words are left out, spaces too."""
    from ctypes import byref, c_double

    from pypdfium2 import raw

    text_page, turned = page.get_textpage(), _turned(page)
    found: list[Piece] = []
    x, y, box = c_double(), c_double(), raw.FS_RECTF()
    for at in range(min(text_page.count_chars(), MOST)):
        char = chr(raw.FPDFText_GetUnicode(text_page, at))
        if char.isspace() or char < " " or raw.FPDFText_IsGenerated(text_page, at) == 1:
            continue
        if not raw.FPDFText_GetLooseCharBox(text_page, at, byref(box)) or not raw.FPDFText_GetCharOrigin(text_page, at, byref(x), byref(y)):
            continue
        ends = [turned(across, up) for across, up in ((box.left, box.bottom), (box.right, box.top))]
        left, right = sorted(end[0] for end in ends)
        top, bottom = sorted(end[1] for end in ends)
        found.append(Piece(left, right, turned(x.value, y.value)[1], max(bottom - top, 1.0), char))
    text_page.close()
    return found


def _rules(page: PdfPage) -> Iterator[Rule]:
    """Level lines that are drawn, and the edges of boxes."""
    from ctypes import byref, c_float

    from pypdfium2 import raw

    turned, x, y, matrix = _turned(page), c_float(), c_float(), raw.FS_MATRIX()
    for number in range(min(int(raw.FPDFPage_CountObjects(page)), MOST_OBJECTS)):
        drawn = raw.FPDFPage_GetObject(page, number)
        if raw.FPDFPageObj_GetType(drawn) != raw.FPDF_PAGEOBJ_PATH or not raw.FPDFPageObj_GetMatrix(drawn, byref(matrix)):
            continue
        before: tuple[float, float] | None = None
        for at in range(min(int(raw.FPDFPath_CountSegments(drawn)), MOST_OBJECTS)):
            segment = raw.FPDFPath_GetPathSegment(drawn, at)
            raw.FPDFPathSegment_GetPoint(segment, byref(x), byref(y))
            here = turned(matrix.a * x.value + matrix.c * y.value + matrix.e, matrix.b * x.value + matrix.d * y.value + matrix.f)
            moved = raw.FPDFPathSegment_GetType(segment) == raw.FPDF_SEGMENT_MOVETO
            if before is not None and not moved and abs(here[1] - before[1]) < LEVEL and abs(here[0] - before[0]) > LONG:
                yield Rule(min(here[0], before[0]), max(here[0], before[0]), here[1])
            before = here


def _turned(page: PdfPage) -> Turn:
    """From a page as it is written to as it is shown: to the right, and downwards."""
    width, height = page.get_mediabox()[2:]
    turns: dict[int, Turn] = {
        0: lambda x, y: (x, height - y),
        90: lambda x, y: (y, x),
        180: lambda x, y: (width - x, y),
        270: lambda x, y: (height - y, width - x),
    }
    return turns[page.get_rotation()]
