"""Which row of a sheet or text file names the columns; what stands above it is a caption, what is below are records."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import zip_longest

from scanner.facts.holdings.labels import name_role
from scanner.facts.holdings.leftover import has_level
from scanner.facts.holdings.normal import BETWEEN, folded, joined, name
from scanner.facts.holdings.reading import Column
from scanner.facts.holdings.values import plain
from scanner.facts.holdings.words import COLUMNS

LOOK = 20
"""Rows looked at from the top."""
BELOW = 50
"""Rows of data that a row of names is compared with."""
MAX_NAME = 40
SHORT_NAME = 24
"""Words for columns are no longer."""
VALUE_LIKE = re.compile(r"[\d\s./:+,年月日-]*\d[\d\s./:+,年月日-]*")
"""A number or a date: never the name of a column."""
TITLE_LIKE = re.compile(
    r"^关于.{4,}|^.{4,}的(?:通知|报告|请示|批复|函|意见|决定|方案|通报|公告|办法|纪要|总结|计划)(?:[(（].{0,12}[)）])?$"
)

KNOWN = frozenset().union(*(zh | latin for zh, latin in COLUMNS.values()))
"""Words for columns."""
NUMBERED = frozenset("0123456789") - {word[-1] for word in KNOWN}
"""Digits that none of them ends with."""
COUNTED = frozenset(f"{number:02}" for number in range(100)) - {word[-2:] for word in KNOWN}
"""Two digits that none of them ends with."""
Cells = Sequence[str | None]


def header_row(top: Sequence[Cells]) -> int | None:
    """Position of the row of names among the first rows; None when the records begin at once."""
    wide = [filled for row in top[:LOOK] if (filled := _filled(row)) > 1]
    width = sorted(wide)[(len(wide) - 1) // 2] if wide else 1
    for position, row in enumerate(top[:LOOK]):
        if _filled(row) >= max(min(2, width), 0.6 * width):
            return position if _names(row, top[position + 1 : position + 1 + BELOW]) else None
    return None


def names_columns(row: Cells) -> bool:
    """Whether a row below the first one names columns anew: most of its cells are words for columns, a level or a title among them."""
    if sum(cell is not None and len(cell) <= SHORT_NAME and name(cell) in KNOWN for cell in row) < 2:
        return False
    filled = [cell.strip() for cell in row if cell and cell.strip()]
    if any(len(cell) > MAX_NAME or VALUE_LIKE.fullmatch(cell) for cell in filled):
        return False
    known = [role for cell in filled if (role := name_role(cell)) is not None]
    if sum(map(has_level, filled)) > 1:
        # Columns to be ticked, one for each level.
        known += ["level" for cell in filled if name_role(cell) is None and plain(folded(cell)) is not None]
    enough = len(known) >= 3 or (len(known) == len(filled) and "level" in known)
    return enough and len(known) >= 0.6 * len(filled) and len(set(known)) > 1 and bool({"level", "title"} & set(known))


def naming_rows(rows: Sequence[Cells]) -> list[int]:
    """Which of the rows name columns anew."""
    return naming_among(list(zip_longest(*rows)))


def naming_among(columns: Sequence[Cells]) -> list[int]:
    """The same of rows that are there by columns. Their cells are compared at once: most rows hold no word for a column at all."""
    told = {
        cell
        for column in columns
        for cell in dict.fromkeys(column)
        if cell and cell[-1] not in NUMBERED and cell[-2:] not in COUNTED and len(cell) <= SHORT_NAME
    }
    cells = list(told)
    words = {cell for cell, one in zip(cells, joined(cells).split(BETWEEN)) if one in KNOWN}
    numbers: set[int] = set()
    for column in columns if words else ():
        if not words.isdisjoint(column):
            numbers.update([number for number, cell in enumerate(column) if cell in words])
    return [number for number in sorted(numbers) if names_columns([column[number] for column in columns])]


def columns_of(row: Cells | None, width: int) -> tuple[Column, ...]:
    """Columns with unique names; nameless ones are numbered, so that no cell is without a column."""
    seen: dict[str, int] = {}
    found = []
    for position in range(width):
        name = (row[position] or "").strip().strip("\ufeff") if row is not None and position < len(row) else ""
        name = name or f"column{position + 1}"
        seen[name] = seen.get(name, 0) + 1
        found.append(Column(name if seen[name] == 1 else f"{name}.{seen[name]}"))
    return tuple(found)


def _filled(row: Cells) -> int:
    return len([cell for cell in row if cell and not cell.isspace()])


def _names(row: Cells, below: Sequence[Cells]) -> bool:
    names = [cell.strip() for cell in row if cell and cell.strip()]
    if not names or any(len(name) > MAX_NAME or VALUE_LIKE.fullmatch(name) or TITLE_LIKE.search(name) for name in names):
        return False
    # One level is a record's; several side by side name the columns of a count.
    if sum(has_level(name) for name in names) == 1:
        return False
    # A name does not come again as a value of its own column; a value of a category does.
    if not _recur(row, below):
        return True
    anew = set(naming_rows(below))
    return not _recur(row, [other for number, other in enumerate(below) if list(other) != list(row) and number not in anew])


def _recur(names: Cells, rows: Sequence[Cells]) -> bool:
    return any(cell in column for cell, column in zip(names, zip_longest(*rows)) if cell and cell.strip())
