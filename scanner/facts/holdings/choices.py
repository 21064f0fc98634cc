"""Small tables that hold nothing but what may be chosen when a record is described, as the sheets do from which lists in cells are taken."""

from __future__ import annotations

from scanner.facts.holdings.codes import MOST, Small
from scanner.facts.holdings.labels import label_role, name_role
from scanner.facts.holdings.normal import folded
from scanner.facts.holdings.values import plain

LEAST = 3
BESIDE = ("level", "retention", "opening", "disclosure", "set_by")
"""Roles that columns of choices have; a title or number is a record's."""


def lists_choices(small: Small) -> bool:
    """Whether each column has every word once and from the top on, and one of them has levels beside words for open."""
    roles = [(label_role(column.comment) if column.comment else None) or name_role(column.name) for column in small.columns]
    if roles.count("level") != 1 or any(role not in BESIDE for role in roles) or not LEAST <= len(small.rows) <= MOST:
        return False
    columns = [[(row[at] or "").strip() for row in small.rows] for at in range(len(roles))]
    for cells in columns:
        told = [cell for cell in cells if cell]
        if cells[: len(told)] != told or len(set(told)) < len(told):
            return False
    return _are_levels([cell for cell in columns[roles.index("level")] if cell])


def _are_levels(words: list[str]) -> bool:
    """Whether these are levels as they are chosen, without star and period, and words for open."""
    found = [plain(folded(word)) for word in words]
    if None in found or any(one.mark is not None and (one.mark.star or one.mark.period is not None) for one in found if one is not None):
        return False
    return {"level", "open"} <= {one.sense for one in found if one is not None}
