"""The picture of what stores hold: containers with their stores, shares of each decision, degrees beside them, and what lies outside.

Plain numbers and texts; a template draws them as SVG.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from reports.lanes import fit

WIDTH, FRAME, EDGE = 880, 684, 8
"""Whole width; right edge of the zone's frame; margin."""
TOP, HEAD, ROW, GROUP, GAP = 10, 48, 37, 26, 8
"""Margins and heights: above the frame, its head, one store, a container's head, between containers."""
TALLEST = 860
"""Height of one picture: it must fit on a sheet of paper."""
BAR = 200
THIN = 3
"""Narrowest part of a bar: what is there is seen."""
CHIP = 36
INSET = 14
"""From the frame's edge to what is in it."""
PARTS = ("classified", "suspected", "undecided", "declassified", "open")
"""Parts of a bar, the gravest first."""
OUTSIDE = 7
"""Places outside that are drawn; the others are counted."""


@dataclass(frozen=True, slots=True)
class Chip:
    """One degree at a store, a container or the frame."""

    degree: str
    certain: bool


@dataclass(frozen=True, slots=True)
class Row:
    """One store."""

    name: str
    counts: Mapping[str, int]
    chips: tuple[Chip, ...] = ()
    copy: str = ""
    """Word of its lineage, when it is a copy."""


@dataclass(frozen=True, slots=True)
class Group:
    """One container with its stores."""

    name: str
    rows: tuple[Row, ...]
    chips: tuple[Chip, ...] = ()
    more: int = 0
    """Stores in it that are not drawn."""

    @property
    def height(self) -> int:
        return GROUP + ROW * len(self.rows) + (16 if self.more else 0) + 4


def paged(groups: Sequence[Group], pictures: int) -> tuple[list[list[Group]], int]:
    """Containers by picture, and how many did not fit."""
    pages: list[list[Group]] = []
    used = TALLEST
    for at, group in enumerate(groups):
        if used + group.height + GAP > TALLEST:
            if len(pages) == pictures:
                return pages, len(groups) - at
            pages.append([])
            used = TOP + HEAD
        pages[-1].append(group)
        used += group.height + GAP
    return pages, 0


def drawn(head: Mapping[str, Any], chips: Sequence[Chip], groups: Sequence[Group], outside: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Boxes of one picture. ``head``: title, id, kind and level of the zone."""
    away = [_away(place, TOP + HEAD + 52 * n) for n, place in enumerate(outside[:OUTSIDE])]
    right = (FRAME if away else WIDTH - EDGE) - INSET
    y, boxes = TOP + HEAD, []
    for group in groups:
        boxes.append(_group(group, y, right))
        y += group.height + GAP
    bottom = max(y + 4, TOP + HEAD + 52 * len(away) + 18)
    return {
        "width": WIDTH,
        "height": bottom + TOP,
        "frame": {"x": EDGE, "y": TOP, "width": right + INSET - EDGE, "height": bottom - TOP},
        "title": fit(str(head["title"]), 44),
        "id": head["id"],
        "kind": head["kind"],
        "level": head["level"],
        "chips": _chips(chips, right, TOP + 12),
        "groups": boxes,
        "away": away,
        "more_away": max(0, len(outside) - OUTSIDE),
    }


def _group(group: Group, y: int, right: int) -> dict[str, Any]:
    rows = [_row(row, y + GROUP + ROW * n, right) for n, row in enumerate(group.rows)]
    return {
        "x": EDGE + INSET,
        "y": y,
        "width": right - EDGE - INSET,
        "height": group.height,
        "name": fit(group.name, 58),
        "rows": rows,
        "chips": _chips(group.chips, right - 8, y + 5),
        "more": group.more,
    }


def _row(row: Row, y: int, right: int) -> dict[str, Any]:
    return {
        "name": fit(row.name, 58),
        "derived": row.copy,
        "y": y,
        "bar": _bar(row.counts),
        "counts": {key: row.counts[key] for key in ("classified", "suspected", "undecided") if row.counts.get(key)},
        "rows": row.counts.get("rows", 0),
        "chips": _chips(row.chips, right - 8, y - 2),
    }


def _bar(counts: Mapping[str, int]) -> list[dict[str, Any]]:
    """Parts of a bar by share; each that is there is at least :data:`THIN` wide."""
    there = [(key, counts.get(key, 0)) for key in PARTS if counts.get(key, 0) > 0]
    total = sum(count for _, count in there)
    if not total:
        return []
    room = BAR - THIN * len(there)
    parts, x = [], 0.0
    for key, count in there:
        width = THIN + room * count / total
        parts.append({"kind": key, "x": round(x, 1), "width": round(width, 1)})
        x += width
    return parts


def _chips(chips: Sequence[Chip], right: int, y: int) -> list[dict[str, Any]]:
    """Chips side by side, the first leftmost, ending at ``right``."""
    start = right - (CHIP + 4) * len(chips)
    return [{"x": start + (CHIP + 4) * n, "y": y, "degree": chip.degree, "certain": chip.certain} for n, chip in enumerate(chips)]


def _away(place: Mapping[str, Any], y: int) -> dict[str, Any]:
    return {"y": y, "kind": place["kind"], "where": fit(str(place["where"]), 22), "outside": place["place"] == "outside"}
