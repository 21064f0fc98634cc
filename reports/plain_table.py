"""A plain table as XLSX and CSV, for whoever has rows and no result: the hub's views. No cell can act: text and numbers only."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from typing import Any

from reports import workbook
from reports.csv_file import guarded
from reports.inert import line
from reports.words import words
from reports.workbook_parts import Page

WIDTHS = (8, 60)
"""Least and most characters of a column."""


def xlsx(table: Mapping[str, Any], *, lang: str = "zh", marking: str | None = None) -> bytes:
    """A workbook. ``table``: title, head, rows (texts, numbers, None), foot, day."""
    rows = [[_cell(cell) for cell in row] for row in table["rows"]]
    sheet = workbook.Sheet(
        name=line(str(table["title"]))[:28],
        head=[line(str(name)) for name in table["head"]],
        widths=_widths(table["head"], rows),
        rows=rows,
        inks={},
        wrap=len(rows) < 5000,
    )
    foot = line(f"{marking}  {table['foot']}" if marking else str(table["foot"]))
    return workbook.write([sheet], Page(top=foot, bottom=words(lang)["print.footer"]), f"{table['day']}T00:00:00Z")


def csv_file(table: Mapping[str, Any], *, lang: str = "zh", marking: str | None = None) -> bytes:
    """UTF-8 with a byte order mark, in which no cell becomes a formula."""
    stream = io.StringIO(newline="")
    writer = csv.writer(stream, quoting=csv.QUOTE_ALL, lineterminator="\r\n")
    more = [guarded(line(marking))] if marking else []
    writer.writerow([*(guarded(line(str(name))) for name in table["head"]), *([words(lang)["label.marking"]] if marking else [])])
    writer.writerows([*(guarded(_cell(cell)) for cell in row), *more] for row in table["rows"])
    return b"\xef\xbb\xbf" + stream.getvalue().encode("utf-8")


def _cell(cell: Any) -> str | int | float:
    """A number that is finite stays one; everything else becomes inert text."""
    if isinstance(cell, bool) or cell is None:
        return "" if cell is None else str(cell)
    return cell if isinstance(cell, int | float) else line(str(cell))


def _widths(head: Sequence[Any], rows: Sequence[Sequence[Any]]) -> list[int]:
    """From the heads and the first rows; a Chinese character takes two."""
    seen = [[str(name) for name in head], *([str(cell) for cell in row] for row in rows[:200])]
    return [
        max(WIDTHS[0], min(WIDTHS[1], 2 + max(sum(2 if ord(char) > 0x2E7F else 1 for char in row[at]) for row in seen)))
        for at in range(len(head))
    ]
