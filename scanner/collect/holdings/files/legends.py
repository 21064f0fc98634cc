"""What stands below the records of a list and explains its signs or codes: a line, or rows of a code and its level."""

from __future__ import annotations

import re
from collections.abc import Sequence

from scanner.collect.holdings.files.headers import Cells
from scanner.facts.holdings.codes import in_comment, in_legend
from scanner.facts.holdings.labels import name_role
from scanner.facts.holdings.normal import folded
from scanner.facts.holdings.values import plain

MOST = 12
"""Rows of one legend."""
NARROW = 3
"""Tables of so many columns may have rows that look like it."""
_SIGN = re.compile(r"[A-Za-z0-9]{1,3}|[^\w\s]")
_HEAD = re.compile(r"码|说明|图例|含义|注")


def legend_below(rows: Sequence[Cells], names: Cells | None) -> tuple[int, str]:
    """How many of the last rows are a legend, and what it says in one line; none where they may be records."""
    if names is None or len([name for name in names if name]) <= NARROW:
        return 0, ""
    last = _filled(rows[-1]) if rows else []
    if len(last) == 1 and _explains(last[0][1]):
        return 1, last[0][1]
    pairs = [pair for row in reversed(rows[1 - MOST :]) for pair in (_pair(row, names),)]
    size = next((at for at, pair in enumerate(pairs) if pair is None), len(pairs))
    told = [pair for pair in reversed(pairs[:size]) if pair is not None]
    text = "，".join(f"{sign}={word}" for sign, word in told)
    if len({sign for sign, _ in told}) < len(told) or not _explains(text):
        return 0, ""
    above = _filled(rows[-size - 1]) if len(rows) > size else []
    headed = 0 < len(above) <= 2 and any(_HEAD.search(cell) for _, cell in above)
    return size + headed, text


def _pair(row: Cells, names: Cells) -> tuple[str, str] | None:
    """A sign and its level at the left of a row with nothing else in it, the level not in the column of levels."""
    filled = _filled(row)
    if len(filled) != 2 or filled[1][0] != filled[0][0] + 1:
        return None
    (_, sign), (at, word) = filled
    found = plain(folded(word))
    known = found is not None and (found.mark is None or (not found.mark.star and found.mark.period is None))
    levels = at < len(names) and name_role(names[at] or "") == "level"
    return (sign, word) if known and not levels and _SIGN.fullmatch(sign) else None


def _explains(text: str) -> bool:
    return "密" in text and bool(in_comment(text) or in_legend(text))


def _filled(row: Cells) -> list[tuple[int, str]]:
    return [(at, cell.strip()) for at, cell in enumerate(row) if cell and cell.strip()]
