"""What stands above and below the records of a sheet or text: captions, names over several rows, rows of numbers and rules, sums and signatures."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from scanner.collect.holdings.files.headers import (
    BELOW,
    LOOK,
    MAX_NAME,
    TITLE_LIKE,
    VALUE_LIKE,
    Cells,
    header_row,
    names_columns,
    naming_rows,
)
from scanner.facts.holdings.between import is_end
from scanner.facts.holdings.labels import name_role
from scanner.facts.holdings.leftover import has_level
from scanner.facts.holdings.normal import NUMERALS

FURTHER = 3
"""Rows that the names may take below the first of them."""
LAST = 6
"""Rows at the end that may be none of records."""
_RULE = re.compile(r"[-=_:+|~—–─━═\s]+")
_HAN = re.compile(r"[\u4e00-\u9fff]")
_DIGIT = re.compile(r"\d")
_KIND_WORD = re.compile(
    r"(?:文本|字符|字符串|数字|数值|整数|日期|时间|字典|代码|逻辑|备注|布尔|枚举)型?|[必选]填|非必填|[必选可]选|[必选]著|有则必著|(?i:varchar2?|n?char|text|int|number|date|string|datetime)(?:[(（]\d+[)）])?"
)
_WITH_VALUE = re.compile(r"[:：]\s*\S")
_COUNT = re.compile(rf"[(（\[]?(\d{{1,2}}|[A-Z]|[{NUMERALS}]{{1,2}})[)）\]]?")


@dataclass(frozen=True, slots=True)
class Head:
    """The names of a table's columns."""

    first: int
    """The row in which they begin."""
    below: int
    """The first row of records."""
    names: tuple[str | None, ...]


def head_of(top: Sequence[Cells]) -> Head | None:
    """The names of the table that the first rows are of; None when the records begin at once."""
    at = _first(top)
    if at is None:
        return None
    first, last, names = at, at, list(top[at])
    if at and (joined := _joined(top[at - 1], names)) is not None:
        first, names = at - 1, joined
    for row in top[at + 1 : at + 1 + FURTHER]:
        if (joined := _joined(names, row)) is not None:
            names = joined
        elif _same_names(names, row):
            names = list(row)
        elif not _are_kinds(row) and not _is_rule(row) and not _counts(row, names) and not _other_language(row, names):
            break
        last += 1
    return Head(first, last + 1, tuple(names))


def side_by_side(names: Cells | None) -> list[tuple[int, int]] | None:
    """Columns of tables that stand beside each other under the same names; None where there is one."""
    told = [(name or "").strip() for name in names or ()]
    begins = [at for at, name in enumerate(told) if name and name == next(filter(None, told))]
    if len(begins) < 2:
        return None
    blocks = list(zip(begins, [*begins[1:], len(told)]))
    several = [[name for name in told[start:end] if name] for start, end in blocks]
    if len(several[0]) < 3 or any(one != several[0] for one in several) or not names_columns(several[0]):
        return None
    return blocks


def below_each_other(rows: Iterable[Cells], blocks: Sequence[tuple[int, int]]) -> Iterator[Cells]:
    """Records of tables beside each other."""
    for row in rows:
        for start, end in blocks:
            record = row[start:end]
            if any(cell and cell.strip() for cell in record):
                yield record


def one_below_other(names: Cells | None, rows: Sequence[Cells]) -> tuple[Cells | None, Sequence[Cells]]:
    """Names and records of a table; of tables beside each other those of all of them under the names of one."""
    blocks = side_by_side(names)
    if blocks is None or names is None:
        return names, rows
    return names[slice(*blocks[0])], list(below_each_other(rows, blocks))


def ends(rows: Sequence[Cells]) -> int:
    """How many of the last rows are sums, signatures and the like. One that speaks of secrecy is never left out."""
    number = 0
    for row in reversed(rows[-LAST:]):
        if not is_end(row):
            break
        number += 1
    return number


def _first(top: Sequence[Cells]) -> int | None:
    """The first row of names. Captions that are as wide as records are told from them by what stands below."""
    at = header_row(top)
    if at is not None and names_columns(top[at]):
        return at
    if at is not None and _is_record(top[at], top[at + 1 : at + 1 + BELOW]):
        at = None
    # The words for columns say more than the width of a row.
    sure = next(iter(naming_rows(top[:LOOK])), None)
    if sure is None or (at is not None and at >= sure):
        return at
    below = top[sure + 1 : sure + 1 + BELOW]
    return at if any(like_record(row, below) for row in top[:sure] if not _tells_beside(row)) else sure


def _tells_beside(row: Cells) -> bool:
    """Whether a row above the names says something of the whole list: fields with their values, in one cell or side by side."""
    cells = _filled(row)
    if all(map(_WITH_VALUE.search, cells)):
        return bool(cells)
    return len(cells) % 2 == 0 and all(map(name_role, cells[0::2])) and not any(map(name_role, cells[1::2]))


def like_record(row: Cells, below: Sequence[Cells]) -> bool:
    """Whether a row looks like those below the names: most of its cells are of the kind of their column."""
    filled = [(at, cell) for at, cell in enumerate(row) if cell and cell.strip()]
    if len(filled) < 2 or not below:
        return False
    if any(has_level(cell) for _, cell in filled):
        return True
    alike = sum(_kind(cell) == _usual(below, at) for at, cell in filled)
    return alike >= 2 and alike * 2 >= len(filled)


def _is_record(row: Cells, below: Sequence[Cells]) -> bool:
    """Whether what could name the columns is the first record of a list without names: a number above numbers, a long text above long ones."""
    kinds = {at: _kind(cell) for at, cell in enumerate(row) if cell and cell.strip()}
    alike = {kind for at, kind in kinds.items() if kind == _usual(below, at)}
    return {"code", "long"} <= alike and all(kind == _usual(below, at) for at, kind in kinds.items())


def _usual(rows: Sequence[Cells], at: int) -> str:
    kinds = Counter(_kind(cell) for row in rows if at < len(row) and (cell := row[at]) and cell.strip())
    return kinds.most_common(1)[0][0] if kinds else ""


def _kind(cell: str) -> str:
    if VALUE_LIKE.fullmatch(cell.strip()):
        return "number"
    if _HAN.search(cell):
        return "code" if len(_DIGIT.findall(cell)) * 2 > len(cell) else "long" if len(cell) > 6 else "word"
    return "code" if _DIGIT.search(cell) else "latin"


def _joined(upper: Cells, lower: Cells) -> list[str | None] | None:
    """Names written over two rows; None where the two together name no more than one of them."""
    cells = _filled(lower)
    if not cells or any(len(cell) > MAX_NAME or VALUE_LIKE.fullmatch(cell) or TITLE_LIKE.search(cell) for cell in cells):
        return None
    # One level is a record's, several side by side are columns to be ticked; what has its value behind it is a caption.
    levels = sum(map(has_level, cells))
    if levels == 1 or any(map(_WITH_VALUE.search, _filled(upper))):
        return None
    if levels:
        ticked = [_at(lower, at) or _at(upper, at) for at in range(max(len(upper), len(lower)))]
        return [name or None for name in ticked] if _known(ticked) > 1 else None
    width = max(len(upper), len(lower))
    pairs = [(_at(upper, at), _at(lower, at)) for at in range(width)]
    found = [_one_name(one, other) for one, other in pairs]
    known = [_known(names) for names in (found, [one for one, _ in pairs], [other for _, other in pairs])]
    return [name or None for name in found] if known[0] > max(known[1:]) and known[0] > 1 else None


def _one_name(upper: str, lower: str) -> str:
    for name in (lower, upper + lower, upper):
        if name and name_role(name) is not None:
            return name
    return lower or upper


def _known(names: Sequence[str]) -> int:
    return sum(name_role(name) is not None for name in names if name)


def _at(row: Cells, at: int) -> str:
    return (row[at] or "").strip() if at < len(row) else ""


def _filled(row: Cells) -> list[str]:
    return [cell.strip() for cell in row if cell and cell.strip()]


def _same_names(names: Cells, row: Cells) -> bool:
    """Whether a row below names in letters says them again in words of the language."""
    roles = [(name_role(_at(names, at)), name_role(_at(row, at))) for at in range(max(len(names), len(row)))]
    same = sum(one is not None and one == other for one, other in roles)
    return same >= 3 and not any(_HAN.search(name) for name in _filled(names)) and names_columns(row)


def _are_kinds(row: Cells) -> bool:
    """Whether a row says what kind of value each column takes, or whether it must be filled."""
    cells = _filled(row)
    return len(cells) >= 3 and all(_KIND_WORD.fullmatch(cell) for cell in cells)


def tells_beside(row: Cells) -> bool:
    """Whether each cell is a field with its value, or the number of a page."""
    cells = _filled(row)
    return bool(cells) and all(_WITH_VALUE.search(cell) or is_end([cell]) for cell in cells)


def _is_rule(row: Cells) -> bool:
    cells = _filled(row)
    return bool(cells) and all(_RULE.fullmatch(cell) for cell in cells)


def _counts(row: Cells, names: Cells) -> bool:
    """Whether a row numbers the columns."""
    cells = _filled(row)
    if len(cells) < 3 or len(cells) < len(_filled(names)):
        return False
    found = [_COUNT.fullmatch(cell) for cell in cells]
    told = [_number(match[1]) for match in found if match is not None]
    return len(told) == len(cells) and told == list(range(1, len(cells) + 1))


def _number(text: str) -> int:
    if text.isdigit():
        return int(text)
    return NUMERALS.index(text) + 1 if text in NUMERALS else ord(text) - 64 if len(text) == 1 and text.isascii() else 0


def _other_language(row: Cells, names: Cells) -> bool:
    """Whether a row says the names once more in letters."""
    cells = _filled(row)
    if len(cells) * 3 < len(_filled(names)) * 2 or not names_columns(names):
        return False
    lettered = all(len(cell) <= MAX_NAME and not _HAN.search(cell) and not _DIGIT.search(cell) for cell in cells)
    return lettered and any(name_role(cell) is not None for cell in cells)
