"""Sheets of an xlsx that are written as programs of offices write them, read as arrays: a third of what a reader of cells needs.

Nothing here is lenient. A sheet without its digits is a handful of rows that come again and again; where each of them is made of
nothing but cells of known kinds, and every number of the sheet has its place in them, the rows are known. Whatever is written
otherwise (rich texts, formulas, dates, texts in cells, cells merged over rows, comments) is left to the reader of cells.
"""

from __future__ import annotations

import re
import zipfile
from dataclasses import dataclass
from functools import lru_cache
from xml.parsers import expat

import numpy as np
from numpy.typing import NDArray

from scanner.collect.holdings.files import package as packages
from scanner.collect.holdings.files.plainrows import Columns, Otherwise, Words, by_columns, known
from scanner.collect.holdings.files.sheetwords import SHEETS, Book

SHARED, STYLES = "xl/sharedStrings.xml", "xl/styles.xml"
_DECLARED = re.compile(
    rb"(?:\xef\xbb\xbf)?(?:<\?xml version=[\"']1\.0[\"'](?: encoding=[\"'](?i:utf-8)[\"'])?(?: standalone=[\"']\w+[\"'])? ?\?>\s*)?<[a-zA-Z]"
)
_MERGED = re.compile(rb"<mergeCell ref=\"[A-Z]{1,3}(\d+):[A-Z]{1,3}(\d+)\"\s*/>")
_ENTITY, _ESCAPED = re.compile(r"&(?!(?:amp|lt|gt|quot|apos);)"), re.compile(r"_x[0-9A-Fa-f]{4}_")
_EDGED = re.compile(r"<t>(?:[ \t\n]|[^<]*[ \t\n]</t>)")
_FORMATS = re.compile(rb"<cellXfs[^>]*>(.*?)</cellXfs>", re.DOTALL)
_FORMAT = re.compile(rb"<xf [^>]*?\bnumFmtId=\"(\d+)\"")
_PLAIN = (0, 1, 49)
"""Formats that turn no number into a date: general, whole numbers, text."""


@dataclass(frozen=True, slots=True)
class PlainSheet:
    """One sheet."""

    name: str
    width: int
    """Columns from the first to the last one that is used."""
    columns: Columns
    """Their cells in the rows that hold anything."""
    outside: tuple[bytes, bytes]
    """What stands before and behind the cells."""


def plain_sheets(package: zipfile.ZipFile, book: Book) -> list[PlainSheet] | None:
    """All sheets of a workbook; None where anything in it is written in another way, or there is too much of it."""
    present, bodies = set(package.namelist()), book.bodies
    if not all(sheet.part.startswith(SHEETS) and sheet.part in bodies for sheet in book.sheets):
        return None
    try:
        strings = _strings(packages.part(package, SHARED)) if SHARED in present else []
        plain = _formats(packages.part(package, STYLES)) if STYLES in present else np.zeros(0, bool)
        words = Words(np.array([*strings, None], dtype=object)[:-1], None in strings, plain)
        return [_sheet(sheet.name, bodies[sheet.part], words) for sheet in book.sheets]
    except Otherwise:
        return None


def _usual(frame: bytes) -> None:
    """A part without what is looked at here: well-formed, UTF-8, without comments, sections, declarations or further instructions."""
    declared = _DECLARED.match(frame)
    known(declared is not None and b"<!" not in frame and frame.count(b"<?") <= 1)
    try:
        expat.ParserCreate(namespace_separator=" ").Parse(frame, True)
    except expat.ExpatError:
        raise Otherwise from None


def _strings(data: bytes) -> list[str | None]:
    """Shared strings that are one text each."""
    first, last = data.find(b"<si>"), data.rfind(b"</si>") + len(b"</si>")
    if last < len(b"</si>") and b"<si" not in data:
        _usual(data)
        return []
    known(0 <= first < last)
    before, behind = data[:first], data[last:]
    _usual(before + behind)
    known(before.count(b"<") == before.count(b"<sst") + before.count(b"<?") and behind.strip() == b"</sst>")
    try:
        body = str(memoryview(data)[first:last], "utf-8")
    except UnicodeDecodeError:
        raise Otherwise from None
    # Spaces at the edges count only where they are said to.
    known(not any(space in body for space in " \t\n") or _EDGED.search(body) is None)
    if "xml:space" in body:
        body = body.replace('<t xml:space="preserve">', "<t>")
    known(body.startswith("<si><t>") and body.endswith("</t></si>") and "\r" not in body)
    found = body.split("</t></si><si><t>")
    found[0] = found[0].removeprefix("<si><t>")
    found[-1] = found[-1].removesuffix("</t></si>")
    # Every tag is one of those: nothing else stands between or inside the texts.
    known(body.count("<") == 4 * len(found) and not ("_x" in body and _ESCAPED.search(body)))
    if "&" in body:
        known(_ENTITY.search(body) is None)
        found = [_unescaped(text) if "&" in text else text for text in found]
    return [text or None for text in found] if "<t></t>" in body else list[str | None](found)


def _unescaped(text: str) -> str:
    for escaped, char in (("&lt;", "<"), ("&gt;", ">"), ("&quot;", '"'), ("&apos;", "'"), ("&amp;", "&")):
        text = text.replace(escaped, char)
    return text


@lru_cache(maxsize=16)
def _formats(data: bytes) -> NDArray[np.bool_]:
    """Of every style whether it shows a number as it is."""
    _usual(data)
    found = _FORMATS.search(data)
    kinds = [int(kind) for kind in _FORMAT.findall(found[1])] if found is not None else []
    known(found is None or found[1].count(b"<xf ") == len(kinds) == found[1].count(b"<xf"))
    return np.array([kind in _PLAIN for kind in kinds], dtype=bool)


def _sheet(name: str, data: bytes, words: Words) -> PlainSheet:
    begin = data.find(b"<sheetData>") + len(b"<sheetData>")
    end = data.rfind(b"</sheetData>")
    if end < 0 and data.count(b"sheetData") == data.count(b"<sheetData/>") == 1:
        _usual(data)
        before, _, behind = data.partition(b"<sheetData/>")
        return PlainSheet(name, 0, [], (before, behind))
    known(len(b"<sheetData>") <= begin <= end)
    before, behind = data[:begin], data[end:]
    _usual(before + behind)
    known(before.count(b"sheetData") == behind.count(b"sheetData") == 1)
    merged = _MERGED.findall(behind)
    known(all(top == bottom for top, bottom in merged) and behind.count(b"mergeCell ") == len(merged))
    cells = by_columns(data, begin, end, words)
    return PlainSheet(name, len(cells), cells, (before, behind))
