"""Rows of a printed table by the lines that are drawn between them: a cell over several rows speaks for each of them."""

from __future__ import annotations

from bisect import bisect
from collections.abc import Sequence

from scanner.collect.holdings.files.places import Line, Rule, below
from scanner.collect.holdings.files.stretches import Stretch

REACH = 5.0
"""What stands further above the first line or below the last one, in parts of its size, is no part of a record there."""
SAME = 3.0
"""Lines that are nearer to each other, in points, are the two edges of one."""
Cells = Sequence[str | None]


def rows_between(
    lines: Sequence[Line], placed: Sequence[Cells | None], columns: Sequence[Stretch], rules: Sequence[Rule], key: int, level: int
) -> tuple[list[list[str | None]], list[int]] | None:
    """The rows, and which of the lines are in none of them; None where the lines that are drawn do not part records.

    ``placed`` are the cells of each line by columns, ``key`` the column by which rows are told, ``level`` that of the level.
    """
    drawn = _edges(rules, columns[key])
    if not drawn:
        return None
    # Records may begin above the first line and end below the last one: at the top of a page, or where nothing closes a table.
    edges = [float("-inf"), *drawn, float("inf")]
    inside: dict[int, list[int]] = {}
    outside = []
    for at, line in enumerate(lines):
        band = bisect(edges, line[0].base) - 1
        reach = REACH * line[0].size
        if placed[at] is None or not drawn[0] - reach < line[0].base < drawn[-1] + reach:
            outside.append(at)
        else:
            inside.setdefault(band, []).append(at)
    if not inside or any(_holds_several(inside[band], placed, key, level) for band in inside):
        return None
    rows = {band: _row([placed[at] or () for at in inside[band]], len(columns)) for band in sorted(inside)}
    for column, stretch in enumerate(columns):
        _spread(rows, column, [edges[band] for band in rows], stretch, rules)
    return list(rows.values()), outside


def _edges(rules: Sequence[Rule], key: Stretch) -> list[float]:
    """How far down rows begin and end, from the top."""
    found: list[float] = []
    for at in sorted(rule.at for rule in rules if rule.left <= key.middle <= rule.right):
        if not found or at - found[-1] > SAME:
            found.append(at)
    return found


def _holds_several(band: Sequence[int], placed: Sequence[Cells | None], key: int, level: int) -> bool:
    """Whether several lines between two edges have a level beside a number of their own."""
    return sum(bool(cells and cells[key] and cells[level]) for cells in (placed[at] for at in band)) > 1


def _row(lines: Sequence[Cells], width: int) -> list[str | None]:
    row: list[str | None] = [None] * width
    for line in lines:
        row = [below(one, other) if one and other else one or other for one, other in zip(row, line)]
    return row


def _spread(rows: dict[int, list[str | None]], column: int, tops: Sequence[float], stretch: Stretch, rules: Sequence[Rule]) -> None:
    """Where no line parts a column's cell from the one above, both are one."""
    bands = list(rows)
    begin = 0
    for at in range(1, len(bands) + 1):
        parted = at == len(bands) or any(abs(rule.at - tops[at]) <= SAME and rule.left <= stretch.middle <= rule.right for rule in rules)
        if parted:
            texts = [text for band in bands[begin:at] if (text := rows[band][column])]
            for band in bands[begin:at] if len(texts) == 1 else ():
                rows[band][column] = texts[0]
            begin = at
