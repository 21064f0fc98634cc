"""Workbooks in one XML, as programs of 2003 write them and many exports still do: sheets by their rows, and what stands around them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from scanner.collect.holdings.files import cellbook
from scanner.collect.holdings.files.broken import told
from scanner.collect.holdings.files.content import Content
from scanner.collect.holdings.files.odftexts import attribute
from scanner.collect.holdings.files.sheetstream import fill_merged
from scanner.collect.holdings.files.sheetwords import edge_texts
from scanner.collect.holdings.files.word import Part
from scanner.collect.holdings.files.xmlsafe import local, tree
from scanner.errors import ReachError
from scanner.facts.holdings.reading import Found, PartKind
from scanner.model.absent import Why

if TYPE_CHECKING:
    from lxml.etree import _Element

MAX_WIDTH = 16_384
_EDGES: dict[str, PartKind] = {"Header": "header", "Footer": "footer"}
_PROPERTIES = ("DocumentProperties", "CustomDocumentProperties")


def sheets2003(content: Content) -> Iterator[Found]:
    """Each sheet as a source."""
    with told():
        root = tree(content.whole())
        sheets = [_sheet(sheet) for sheet in root.iter("{*}Worksheet")]
        parts = list(_around(root))
    yield from cellbook.found(content, sheets, parts)


def _sheet(sheet: _Element) -> cellbook.Sheet:
    rows: list[list[str | None]] = []
    fill: dict[int, dict[int, int]] = {}
    held: dict[int, tuple[int, str | None]] = {}
    number = 0
    for element in sheet.iter("{*}Row"):
        number = _number(element, "Index", number + 1)
        cells: list[str | None] = []
        at = 0
        for cell in element:
            if local(cell) != "Cell":
                continue
            at = _number(cell, "Index", at + 1)
            if at > MAX_WIDTH:
                raise ReachError(Why.GARBLED, "column out of range")
            cells += [None] * (at - len(cells))
            cells[at - 1] = _text(cell)
            down, across = _number(cell, "MergeDown", 0), _number(cell, "MergeAcross", 0)
            if down:
                fill.setdefault(number, {})[at - 1] = number + down
            at += min(across, MAX_WIDTH)
        fill_merged(cells, number, fill, held)
        if any(cells):
            rows.append(cells)
    return cellbook.of_rows(attribute(sheet, "Name") or "", rows)


def _text(cell: _Element) -> str | None:
    """Of its value; what a note says stands beside it."""
    found = ["".join(map(str, data.itertext())) for data in cell if local(data) == "Data"]
    return "".join(found).removesuffix("T00:00:00.000") or None


def _around(root: _Element) -> Iterator[Part]:
    for element in root.iter():
        tag = local(element)
        if tag in _EDGES and (said := attribute(element, "Data")):
            yield from ((_EDGES[tag], text) for text in edge_texts(said))
        elif tag == "Comment":
            yield "box", " ".join("".join(map(str, element.itertext())).split())
        elif tag in _PROPERTIES:
            yield from (("property", f"{local(one)}={one.text}") for one in element if one.text)


def _number(element: _Element, name: str, otherwise: int) -> int:
    told_number = attribute(element, name) or ""
    return int(told_number) if told_number.isdigit() and len(told_number) < 8 else otherwise
