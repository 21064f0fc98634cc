"""Records that do not lie in rows: names of fields in one column and their values beside them, or names down the first column of a sheet.

Only what is certain is told: the names are words for columns, a level and a title or number among them, and what stands beside the
levels' names are levels.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from scanner.facts.holdings.labels import label_role, name_role
from scanner.facts.holdings.normal import folded
from scanner.facts.holdings.reading import Row
from scanner.facts.holdings.values import plain, shared
from scanner.facts.holdings.words import EMPTY

FIELDS = 300
"""Names of fields of one record."""
KNOWN, SPOKEN = 0.8, 0.6
"""Shares: of names that are words for columns, of levels that are understood."""
_BETWEEN = re.compile(r"[\W_]*(?:(?:\d+\.\s*row|RECORD\s*\d+)[\W_]*)?", re.I)
"""What programs write between records: a rule, and which record it is."""
_HAN = re.compile(r"[\u4e00-\u9fff]{2}")
_CODE = re.compile(r"\d{1,2}|[A-Z]{1,2}")


@dataclass(frozen=True, slots=True)
class Shape:
    """How the records lie."""

    kind: Literal["pairs", "across"]
    """Names and values side by side; or each field a row, each record a column."""
    pairs: tuple[tuple[int, int], ...] = ()
    """Columns of names and of the values beside them."""
    owner: int | None = None
    """Column that tells which record a pair belongs to; None where a record begins with a name that comes again."""
    headed: bool = False
    """The columns' own names are cells of the first record, too."""

    def beside(self, width: int) -> list[int]:
        """Columns that are neither names nor values nor tell whose these are; none where nothing tells that."""
        taken = {self.owner, *(at for pair in self.pairs for at in pair)}
        return [] if self.owner is None else [at for at in range(width) if at not in taken]


def lie_in_rows(names: Sequence[str]) -> bool:
    """Whether the columns' names alone tell that records lie in rows."""
    return sum(name_role(name) is not None for name in names) > len(names) / 2 + 1


def shape_of(names: Sequence[str], rows: Sequence[Row], *, whole: bool) -> Shape | None:
    """How the records lie that the first ``rows`` are of; None where they lie in rows. ``whole``: there are no more rows."""
    if len(rows) < 2 or lie_in_rows(names):
        return None
    return (_across(names, rows) if whole and len(rows) <= FIELDS else None) or _pairs(names, rows)


def _pairs(names: Sequence[str], rows: Sequence[Row]) -> Shape | None:
    keys = [at for at in range(len(names)) if _name_fields([row[at] for row in rows])]
    headed = bool(keys) and all(name_role(names[at]) is not None for at in keys)
    every = [*([tuple(names)] if headed else []), *rows]
    if not _tell_records([row[key] for row in every for key in keys]):
        return None
    once = len({row[key] for row in every for key in keys if row[key]}) == sum(bool(row[key]) for row in every for key in keys)
    for pairs in _beside(keys, len(names)):
        if _are_records([(row[key], row[value]) for row in every for key, value in pairs]):
            others = [at for at in range(len(names)) if at not in {one for pair in pairs for one in pair}]
            # Names that come once each, with more than values beside them, may be a list of the fields themselves.
            owner = _owner(others, rows, pairs)
            return None if once and others else Shape("pairs", pairs, owner, headed and owner is None)
    return None


def _beside(keys: Sequence[int], width: int) -> Iterator[tuple[tuple[int, int], ...]]:
    """Columns of values for columns of names: the next one, else any other where there is one of names."""
    nearest = tuple((key, key + 1) for key in keys if key + 1 < width and key + 1 not in keys)
    if len(nearest) == len(keys):
        yield nearest
    if len(keys) == 1:
        yield from (((keys[0], at),) for at in range(width) if at not in (keys[0], keys[0] + 1))


def _across(names: Sequence[str], rows: Sequence[Row]) -> Shape | None:
    headed = name_role(names[0]) is not None
    every = [tuple(names), *rows] if headed else list(rows)
    fields = [row[0].strip() for row in every if row[0] and row[0].strip()]
    if len(names) < 2 or len(set(fields)) < len(fields) or not _name_fields(fields) or not _tell_records(fields):
        return None
    told = [(row[0], cell) for row in every for cell in row[1:]]
    return Shape("across", headed=headed) if _are_records(told) else None


def _name_fields(cells: Sequence[str | None]) -> bool:
    """Whether nearly all cells are words for columns."""
    told = Counter(cell.strip() for cell in cells if cell and _BETWEEN.fullmatch(cell) is None)
    known = sum(number for name, number in told.items() if name_role(name) is not None)
    return 0 < len(told) <= FIELDS and known >= KNOWN * told.total()


def _tell_records(cells: Sequence[str | None]) -> bool:
    """Whether names of fields are a record's: of three kinds at least, a level and what tells a record among them."""
    kinds = {name_role(cell.strip()) for cell in cells if cell} - {None}
    return len(kinds) >= 3 and "level" in kinds and bool({"title", "record_no"} & kinds)


def _are_records(told: Sequence[tuple[str | None, str | None]]) -> bool:
    """Whether what stands beside names of fields are their values, and no further words about the fields."""
    by_role: dict[str, list[str]] = {}
    for name, cell in told:
        role = name_role(name.strip()) if name else None
        if role is not None and cell and folded(cell).upper() not in EMPTY:
            by_role.setdefault(role, []).append(cell)
    levels, titles, numbers = (by_role.get(role, []) for role in ("level", "title", "record_no"))
    if not levels or sum(map(level_like, levels)) < SPOKEN * len(levels):
        return False
    named = [text for text in titles if _HAN.search(text) and label_role(text) is None]
    return len(named) > len(titles) / 2 or (not titles and any(any(map(str.isdigit, text)) for text in numbers))


def level_like(cell: str) -> bool:
    """Whether a cell is a level, or may be a code of one."""
    text = folded(cell)
    return plain(text) is not None or shared(text) is not None or _CODE.fullmatch(text) is not None


def _owner(others: Sequence[int], rows: Sequence[Row], pairs: Sequence[tuple[int, int]]) -> int | None:
    """The column that comes again for each field of a record and never twice for one of its fields."""
    options = []
    for at in others:
        told = [(row[at], row[key]) for row in rows for key, _ in pairs if row[at] and row[key]]
        owners = len({owner for owner, _ in told})
        if len(told) > 1 and len(set(told)) == len(told) and owners * 2 <= len(told):
            options.append((owners, at))
    return min(options)[1] if options else None
