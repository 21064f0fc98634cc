"""A workbook by what its cells hold: a value that was changed in an office program is named, although the program wrote every part anew.

Of every sheet there is one digest a row and one a column; a changed cell stands where a changed row meets a changed column.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from xml.parsers import expat

from scanner.model.canonical import canonical

Piece = tuple[str, str]
Change = tuple[str, str]
BOOK, LINKS, STRINGS = "xl/workbook.xml", "xl/_rels/workbook.xml.rels", "xl/sharedStrings.xml"
MAX_CELLS = 600_000
"""A larger workbook is told by the rows of its file, as any other zip."""
MAX_ROWS = 24_000
"""Digests of rows; of more rows neighbours share one."""
KINDS = ("sheet-row|", "sheet-column|")
_ESCAPE = re.compile("_x([0-9A-Fa-f]{4})_")
"""A character by its number; one program writes the underscore of ``_x11_`` so, another plainly."""
_PLACE = re.compile(r"([A-Z]{1,3})([1-9]\d{0,6})")


@dataclass(slots=True)
class _Marks:
    """Digests of one sheet while it is read."""

    rows: dict[int, Any] = field(default_factory=dict)
    columns: dict[str, Any] = field(default_factory=dict)

    def take(self, column: str, row: int, text: str) -> None:
        part = canonical([column, row, text])
        self.rows.setdefault(row, hashlib.sha256()).update(canonical([column, text]))
        self.columns.setdefault(column, hashlib.sha256()).update(part)


def pieces(parts: Mapping[str, bytes]) -> list[Piece]:
    """Digests of the rows and columns of every sheet. Raises ValueError for what is no workbook, or too large a one."""
    try:
        names = _sheets(parts)
        # Told before anything is read: the names of most programs' cells have no prefix. Whatever they are called, they are counted below.
        if sum(parts[part].count(b"<c ") for _, part in names) > MAX_CELLS:
            raise ValueError("cells")
        strings = list(_strings(parts.get(STRINGS, b"")))
        marks, left = list[tuple[str, _Marks]](), MAX_CELLS
        for name, part in names:
            sheet = _Marks()
            for column, row, text in _cells(parts[part], strings):
                left -= 1
                sheet.take(column, row, text)
                if left < 0:
                    raise ValueError("cells")
            marks.append((name, sheet))
    except (LookupError, expat.ExpatError, UnicodeDecodeError) as problem:
        # A missing part, a string out of range, an encoding that nobody knows.
        raise ValueError("workbook") from problem
    step = max(1, -(-sum(len(sheet.rows) for _, sheet in marks) // MAX_ROWS))
    return [piece for name, sheet in marks for piece in _pieces(name, sheet, step)]


def _pieces(name: str, sheet: _Marks, step: int) -> Iterator[Piece]:
    where = name.replace("|", "/")[:300]
    rows = [(number, mark.hexdigest()) for number, mark in sorted(sheet.rows.items())]
    for at in range(0, len(rows), step):
        group = rows[at : at + step]
        number = str(group[0][0]) if len(group) == 1 else f"{group[0][0]}–{group[-1][0]}"
        mark = group[0][1] if len(group) == 1 else hashlib.sha256("".join(one for _, one in group).encode()).hexdigest()
        yield f"{KINDS[0]}{where}|{number}", mark[:16]
    for column, found in sorted(sheet.columns.items(), key=lambda item: (len(item[0]), item[0])):
        yield f"{KINDS[1]}{where}|{column}", found.hexdigest()[:16]


def compare(old: Sequence[Piece], new: Sequence[Piece]) -> list[Change]:
    """The cells, or else rows and columns, that hold something else now; empty when every value is the old one."""
    before, after = _by_sheet(old), _by_sheet(new)
    found: list[Change] = []
    for name in [*before, *(name for name in after if name not in before)]:
        if name not in after or name not in before:
            found.append(("missing" if name in before else "added", f"sheet|{name}|"))
        else:
            found += _in_sheet(name, before[name], after[name])
    return found


def _by_sheet(found: Sequence[Piece]) -> dict[str, tuple[dict[str, str], dict[str, str]]]:
    """Row and column digests by sheet."""
    sheets: dict[str, tuple[dict[str, str], dict[str, str]]] = {}
    for label, mark in found:
        kind, where, number = label.split("|")
        if f"{kind}|" in KINDS:
            sheets.setdefault(where, ({}, {}))[f"{kind}|" == KINDS[1]][number] = mark
    return sheets


def _in_sheet(name: str, old: tuple[dict[str, str], dict[str, str]], new: tuple[dict[str, str], dict[str, str]]) -> list[Change]:
    was, now = list(old[0].items()), list(new[0].items())
    if len(was) != len(now):
        return _shifted(name, was, now)
    rows = [number for (number, mark), (_, other) in zip(was, now, strict=True) if mark != other]
    columns = [column for column in dict.fromkeys([*old[1], *new[1]]) if old[1].get(column) != new[1].get(column)]
    if rows and columns and 1 in (len(rows), len(columns)):
        return [("changed", f"cell|{name}|{column}{row}") for row in rows for column in columns]
    return [("changed", f"{KINDS[0]}{name}|{row}") for row in rows]


def _shifted(name: str, was: Sequence[tuple[str, str]], now: Sequence[tuple[str, str]]) -> list[Change]:
    """Rows that went or came: what stands before and behind them is the same."""
    start, end = 0, 0
    while start < min(len(was), len(now)) and was[start][1] == now[start][1]:
        start += 1
    while end < min(len(was), len(now)) - start and was[-1 - end][1] == now[-1 - end][1]:
        end += 1
    gone, come = was[start : len(was) - end], now[start : len(now) - end]
    found = [("changed", number) for (number, _), _ in zip(gone, come, strict=False)]
    found += [("missing", number) for number, _ in gone[len(come) :]]
    found += [("added", number) for number, _ in come[len(gone) :]]
    return [(how, f"{KINDS[0]}{name}|{number}") for how, number in found]


def _sheets(parts: Mapping[str, bytes]) -> list[tuple[str, str]]:
    """Names of the sheets and the parts that hold them, in the book's order."""
    targets = {at.get("Id", ""): at.get("Target", "") for name, at, _ in _elements(parts[LINKS]) if name == "Relationship"}
    found = []
    for name, at, _ in _elements(parts[BOOK]):
        if name == "sheet":
            target = targets[next((value for key, value in at.items() if key.endswith(":id")), "")]
            found.append((at["name"], target.lstrip("/") if target.startswith("/") else f"xl/{target}"))
    if not found:
        raise ValueError("sheets")
    return found


def _strings(data: bytes) -> Iterator[str]:
    text: list[str] = []
    for name, _, held in _elements(data) if data else ():
        if name == "t":
            text.append(held)
        elif name == "si":
            yield "".join(text)
            text = []


def _cells(data: bytes, strings: Sequence[str]) -> Iterator[tuple[str, int, str]]:
    """Column, row and text of every cell that holds something."""
    held = ""
    for name, at, text in _elements(data):
        if name in ("v", "t"):
            held += text
        elif name == "c":
            place = _PLACE.fullmatch(at.get("r", ""))
            if place is None:
                raise ValueError("place")
            kind = at.get("t", "n")
            shown = strings[int(held)] if kind == "s" and held else _number(held) if kind == "n" else held
            if shown:
                yield place[1], int(place[2]), _ESCAPE.sub(lambda code: chr(int(code[1], 16)), shown)
            held = ""


def _number(text: str) -> str:
    """One spelling of a number: programs write 1, 1.0 and 1E0, and not all of them every digit."""
    try:
        return f"{float(text):.12g}" if text else ""
    except ValueError:
        return text


def _elements(data: bytes) -> Iterator[tuple[str, Mapping[str, str], str]]:
    """Every element when it ends: local name, attributes, and the text since the last element began or ended."""
    found: list[tuple[str, Mapping[str, str], str]] = []
    open_: list[tuple[str, Mapping[str, str]]] = []
    text: list[str] = []

    def start(name: str, attributes: dict[str, str]) -> None:
        open_.append((name.rpartition(":")[2], attributes))
        text.clear()

    def end(_: str) -> None:
        found.append((*open_.pop(), "".join(text)))
        text.clear()

    def refuse(*_: object) -> None:
        raise ValueError("doctype")

    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.StartElementHandler, parser.EndElementHandler = start, end
    parser.CharacterDataHandler = text.append
    parser.StartDoctypeDeclHandler = refuse
    for at in range(0, len(data), 1 << 16):
        parser.Parse(data[at : at + (1 << 16)], at + (1 << 16) >= len(data))
        yield from found
        found.clear()
