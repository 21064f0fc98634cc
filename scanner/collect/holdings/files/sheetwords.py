"""What stands around the cells of an xlsx: names, page headers and footers, comments, text boxes, properties."""

from __future__ import annotations

import html
import re
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from types import MappingProxyType

from scanner.collect.holdings.files import package as packages
from scanner.collect.holdings.files.content import read_up_to
from scanner.collect.holdings.files.word import Part, paragraphs, properties, spoken_attributes
from scanner.collect.holdings.files.xmlsafe import elements, local
from scanner.errors import ReachError
from scanner.facts.holdings.reading import PartKind
from scanner.model.absent import Why

EDGE = re.compile(rb"<(?:\w+:)?(odd|even|first)(Header|Footer)[^>]*>([^<]*)<")
CODES = re.compile(r'&"[^"]*"|&\d+|&K[0-9A-Fa-f]{6}|&[BIUESXYHOG]', re.IGNORECASE)
"""How parts of a page header look: they may stand within a word."""
SECTIONS = re.compile(r"&[A-Za-z]|[\r\n]+")
"""Sections and fields of a page header; the text stands between them."""
SHEETS = "xl/worksheets/"
CELLS = b"sheetData"
CELLS_END = re.compile(rb"</(?:\w+:)?sheetData\s*>")
OVERLAP = 64 * 1024
"""Kept of what went by, for a sheet whose cells have no end that is recognised."""
MAX_TAIL = 32 * 1024 * 1024
WHOLE = 48 * 1024 * 1024
"""Sheets are read at once up to this size, inflated; beyond it row by row."""
HELD = 24 * 1024 * 1024
"""Sheets are held up to this size, inflated and with their strings, to be read as arrays."""
SIGN = "密".encode()
STYLES = "xl/styles.xml"
SPELLING = re.compile(rb"formatCode=\"[^\"]*(?:" + SIGN + rb"|&#23494;|&#x5bc6;)", re.IGNORECASE)
FORMULA = re.compile(
    rb"<(?:\w+:)?f\b[^>]*>[^<]*(?:"
    + SIGN
    + rb"|&#23494;|&#x5bc6;)[^<]*</(?:\w+:)?f>\s*(?:<(?:\w+:)?v\s*/>|<(?:\w+:)?v></(?:\w+:)?v>)?\s*</",
    re.IGNORECASE,
)


UNTOLD = re.compile(
    rb"<(?:\w+:)?c\b(?=[^>]*?\br=\"([A-Z]{1,3})(\d{1,7})\")[^>]*?(?:\bt=\"(e)\"[^>]*)?>(?:(?(3)|(?!))|<(?:\w+:)?f\b(?:[^>]*/>|[^>]*>[^<]*</(?:\w+:)?f>)\s*(?:<(?:\w+:)?v\s*/>|<(?:\w+:)?v></(?:\w+:)?v>)?</(?:\w+:)?c>)"
)
"""A cell with an error, or with a formula and without the value that it gives."""


@dataclass(frozen=True, slots=True)
class SheetPart:
    """One sheet as the workbook lists it."""

    name: str
    part: str
    """Its part in the package."""


@dataclass(frozen=True, slots=True)
class Book:
    """A workbook's sheets."""

    sheets: tuple[SheetPart, ...]
    names: tuple[Part, ...]
    """Names that it defines, and what for."""
    inflated: int
    """Bytes of all sheets and of the shared strings, inflated."""
    bodies: Mapping[str, bytes] = field(default_factory=lambda: MappingProxyType({}), repr=False)
    """All sheets, those that are not listed, too; inflated, where that comes to no more than :data:`HELD`."""


@dataclass(frozen=True, slots=True)
class Around:
    """All that is no cell."""

    parts: list[Part]
    uncounted: bool = False
    """A formula that spells a level stands in a cell without the value that it gives; looked for up to :data:`WHOLE`."""
    spelling: bool = False
    """A format of numbers spells a level: what is shown is not what stands in the cell."""


def book(package: zipfile.ZipFile) -> Book:
    """Read it from the package."""
    sheets, names = _workbook(package)
    sizes = {info.filename: info.file_size for info in package.infolist()}
    inflated = sum(size for name, size in sizes.items() if name.startswith(SHEETS) or name == "xl/sharedStrings.xml")
    listed = [sheet.part for sheet in sheets if sheet.part in sizes]
    every = dict.fromkeys([*listed, *packages.names(package, f"{SHEETS}sheet")]) if inflated <= HELD else {}
    return Book(sheets, names, inflated, {name: packages.part(package, name) for name in every})


def around(package: zipfile.ZipFile, book: Book, outside: Mapping[str, tuple[bytes, bytes]]) -> Around:
    """The same. ``outside`` is what stands before and behind the cells of sheets, where no formula is among these."""
    present = set(package.namelist())
    listed = [sheet.part for sheet in book.sheets if sheet.part in present]
    parts, uncounted = list(book.names), False
    if book.inflated > WHOLE:
        parts += [part for name in listed for part in _edges(behind_cells(package, name))]
    else:
        # Each sheet is inflated once for all questions.
        for name in dict.fromkeys([*listed, *packages.names(package, f"{SHEETS}sheet")]):
            if name in outside:
                pieces, tail = outside[name], outside[name][1]
            else:
                data = book.bodies[name] if name in book.bodies else packages.part(package, name)
                pieces, tail = (data, b""), _behind(data)
            parts += _edges(tail) if name in listed else []
            uncounted = uncounted or any(map(_uncounted, pieces))
    for prefix in ("xl/comments", "xl/threadedComments/", "xl/drawings/drawing"):
        for name in packages.names(package, prefix):
            parts += _notes(packages.part(package, name))
    spelling = STYLES in present and SPELLING.search(packages.part(package, STYLES)) is not None
    return Around([*parts, *properties(package)], uncounted, spelling)


def unknown_cells(package: zipfile.ZipFile, book: Book) -> dict[str, dict[int, list[int]]]:
    """Cells whose formula has no value, or failed, by sheet and row, both counted from nought."""
    present, found = set(package.namelist()), {}
    for sheet in book.sheets:
        data = book.bodies.get(sheet.part) or (packages.part(package, sheet.part) if sheet.part in present else b"")
        rows: dict[int, list[int]] = {}
        for letters, number, _ in UNTOLD.findall(data) if b"f>" in data or b't="e"' in data or b"<f" in data else ():
            rows.setdefault(int(number) - 1, []).append(column_number(letters))
        found[sheet.name] = rows
    return found


def column_number(letters: bytes) -> int:
    """Of a column's letters, counted from nought."""
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number - 1


def _workbook(package: zipfile.ZipFile) -> tuple[tuple[SheetPart, ...], tuple[Part, ...]]:
    return _listed(packages.part(package, "xl/_rels/workbook.xml.rels"), packages.part(package, "xl/workbook.xml"))


@lru_cache(maxsize=8)
def _listed(relations: bytes, workbook: bytes) -> tuple[tuple[SheetPart, ...], tuple[Part, ...]]:
    """Sheets and defined names; workbooks of one program have the same parts again and again."""
    targets = {}
    for element in elements(relations):
        target = str(element.get("Target", ""))
        targets[element.get("Id")] = target.lstrip("/") if target.startswith("/") else f"xl/{target}"
    sheets: list[SheetPart] = []
    parts: list[Part] = []
    for element in elements(workbook):
        tag = local(element)
        if tag == "sheet":
            relation = next((value for key, value in element.attrib.items() if str(key).endswith("}id")), None)
            name = str(element.get("name", ""))
            sheets.append(SheetPart(name, targets.get(str(relation), "")))
        elif tag == "definedName":
            parts += [("property", str(element.get("name", ""))), ("property", element.text or "")]
    return tuple(sheets), tuple(parts)


def behind_cells(package: zipfile.ZipFile, name: str) -> bytes:
    """What follows the cells of a sheet: merged ranges, page headers and footers."""
    tail, inside = b"", True
    with package.open(name) as stream:
        while piece := read_up_to(stream, 1024 * 1024):  # type: ignore[arg-type]
            tail += piece
            if inside and (end := _cells_end(tail)):
                tail, inside = tail[end:], False
            if inside:
                tail = tail[-OVERLAP:]
            elif len(tail) > MAX_TAIL:
                raise ReachError(Why.TRUNCATED, f"more than {MAX_TAIL} bytes behind the cells")
    return tail


def _cells_end(piece: bytes) -> int:
    """Where the cells end, or 0. The name is looked for first: most of a sheet are tags that end."""
    at = piece.find(CELLS)
    while at >= 0:
        found = CELLS_END.match(piece, piece.rfind(b"<", 0, at))
        if found:
            return found.end()
        at = piece.find(CELLS, at + 1)
    return 0


def _behind(sheet: bytes) -> bytes:
    """The same of a sheet that is there as a whole."""
    return sheet[_cells_end(sheet) or -OVERLAP :]


def _uncounted(sheet: bytes) -> bool:
    """Whether a formula that spells a level stands in a cell without the value that it gives."""
    return (SIGN in sheet or b"&#" in sheet) and FORMULA.search(sheet) is not None


def _edges(tail: bytes) -> list[Part]:
    """Texts of the page headers and footers."""
    found: list[Part] = []
    for match in EDGE.finditer(tail):
        kind: PartKind = "header" if match.group(2) == b"Header" else "footer"
        found += [(kind, text) for text in edge_texts(html.unescape(match.group(3).decode("utf-8", "replace")))]
    return found + spoken_attributes(tail)


def edge_texts(edge: str) -> list[str]:
    """What a page header or footer says, by its sections."""
    pieces = SECTIONS.split(CODES.sub("", edge))
    return [piece.strip() for piece in pieces if piece.strip()]


def _notes(data: bytes) -> list[Part]:
    """Comments and text boxes: texts of one comment or paragraph joined."""
    joined = [text for text, _ in paragraphs(data)]
    for element in elements(data):
        if local(element) in ("comment", "threadedComment"):
            joined.append("".join(str(piece) for piece in element.itertext()).strip())
    return [("box", text) for text in joined if text] + spoken_attributes(data)
