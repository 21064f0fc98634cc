"""Sums by level: tables that count records and hold none of them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from scanner.facts.holdings.columns import Roles
from scanner.facts.holdings.labels import label_role, name_role
from scanner.facts.holdings.normal import folded, name
from scanner.facts.holdings.reading import Column, Source
from scanner.facts.holdings.words import COUNTS, EMPTY

LONG = 7
"""Chinese characters of a text that is more than a name or post."""
_HAN = re.compile(r"[\u4e00-\u9fff]")
MOST = 500
"""Rows of a table of sums."""
_GROUPED = ("fonds", "series", "year", "creator", "retention", "opening", "disclosure", "tier", "declassified")
"""Roles of columns by which records are counted."""
_WHEN = re.compile(
    r"(?:^|_)(?:(?:stat|update|create|count)?_?(?:time|date|day|month)|tj(?:rq|sj|nd)|gxsj)$|(?:统计|更新|截止|生成)(?:日期|时间|月份?)$",
    re.I,
)
_SHARE = re.compile(r"(?:\d+(?:\.\d+)?%?)")
_CALLED = re.compile(
    r"(?:^|_)(?:stat|stats|statistics?|tj|tongji|count|counts|sum|summary|report|hz|total)(?:$|_)|统计|汇总|报表|合计", re.I
)
"""Names of tables of sums."""
Cells = Sequence[str | None]


def is_count(column: Column) -> bool:
    """Whether a column is called the number of something."""
    told = [name(text) for text in (column.name, column.comment) if text]
    return any(one in COUNTS[1] or one in COUNTS[0] or one.endswith(tuple(COUNTS[0])) for one in told)


def repeats(values: Cells) -> bool:
    """Whether numbers come again and again, as those of records do that several persons may see."""
    told = [value for value in values if value]
    return len(told) - len(set(told)) > len(told) / 5


def like_titles(values: Cells) -> bool:
    """Whether cells are long and hardly one comes again, as titles are and what is told of persons and rights is not."""
    told = [value for value in values if value]
    long = sum(len(_HAN.findall(value)) >= LONG for value in told)
    return len(told) > 1 and long > 0.8 * len(told) and len(set(told)) > 0.8 * len(told)


def is_sums(source: Source, roles: Roles, sample: Mapping[str, Cells]) -> bool:
    """Whether a table, all of which is in ``sample``, counts records by level: each combination once, a number beside it, and nothing
    that could tell one record from another."""
    levels = tuple(filter(None, (roles.level, *roles.other_levels)))
    rows = len(sample.get(roles.level or "", ()))
    if (
        not levels
        or roles.flags
        or not 2 <= rows <= MOST
        or source.total not in (None, rows)
        or any(len(cells) != rows for cells in sample.values())
    ):
        return False
    told = {column.name: "level" if column.name in levels else _kind(column) for column in source.columns}
    counts = [column for column, kind in told.items() if kind == "count"]
    if None in told.values() or not counts or ("id" in told.values() and not _CALLED.search(source.name)):
        return False
    by = [sample[column] for column, kind in told.items() if kind in ("level", "by")]
    return len(set(zip(*(map(_plain, cells) for cells in by)))) == rows and any(_adds_up(sample[column]) for column in counts) and all(
        _SHARE.fullmatch(_plain(cell)) or _plain(cell) in EMPTY for column in counts for cell in sample[column]
    )  # fmt: skip


def _kind(column: Column) -> str | None:
    """What a column of a table of sums is; None where it could tell a record."""
    if is_count(column):
        return "count"
    role = (label_role(column.comment) if column.comment else None) or name_role(column.name)
    if role in _GROUPED:
        return "by"
    if role in ("dated", "formed_on") or _WHEN.search(column.name):
        return "when"
    return "id" if name(column.name) in ("id", "rowid", "xh", "序号") else None


def _adds_up(cells: Cells) -> bool:
    """Whether numbers count more than their own rows and do not merely number them."""
    numbers = [int(text) for cell in cells if (text := _plain(cell)).isascii() and text.isdigit()]
    return sum(numbers) > len(cells) and sorted(numbers) != list(range(1, len(cells) + 1)) and len(numbers) == len(cells)


def _plain(cell: str | None) -> str:
    return folded(cell or "").upper()
