"""Dictionaries that lie beside the records in files of their own: what they say of columns and of codes, as one label a column.

The labels are words of ours for what a column is, with codes and known words of secrecy: nothing else of such a file goes on.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from scanner.facts.holdings.codes import CodeTable, Small, in_comment
from scanner.facts.holdings.explaining import speaks_of_levels
from scanner.facts.holdings.labels import label_role
from scanner.facts.holdings.normal import folded
from scanner.facts.holdings.values import plain
from scanner.facts.holdings.words import COLUMNS

LONGEST = 40
"""Characters of a label."""
LEAST = 2
"""Columns that a dictionary of fields names at least."""
EVERY = ""
"""Stands for every secrecy column whose codes nothing explains."""
LEVEL = "密级"
_COLUMN = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,29}")
"""What nothing but a column is called."""


def is_column(text: str) -> bool:
    """Whether a text may be the name of a column that says nothing to a reader."""
    return _COLUMN.fullmatch(text) is not None


def labels_beside(small: Small) -> dict[str, str]:
    """Column to label, of a small table that names the columns of others; empty unless one of them is called a secrecy column."""
    named = [at for at, cells in enumerate(zip(*small.rows)) if _are_columns(cells)] if len(small.rows) >= LEAST else []
    if not named:
        return {}
    out: dict[str, str] = {}
    for row in small.rows:
        others = [cell for at, cell in enumerate(row) if at != named[0] and cell]
        role = next((found for cell in others if len(cell) <= LONGEST and (found := label_role(cell)) is not None), None)
        if role is not None:
            out[(row[named[0]] or "").strip()] = _label(role, others)
    return out if any(label_role(label) == "level" for label in out.values()) else {}


def _are_columns(cells: Sequence[str | None]) -> bool:
    """Whether a column names another column in each of its cells. The first one tells of most that they do not."""
    told: set[str] = set()
    for cell in cells:
        text = (cell or "").strip()
        if text in told or not is_column(text):
            return False
        told.add(text)
    return True


def codes_beside(tables: Sequence[CodeTable]) -> str:
    """The label of every secrecy column, of dictionaries of codes that say that they are of levels; empty where they disagree."""
    told = {labelled(table.words) for table in tables if speaks_of_levels(table)}
    return told.pop() if len(told) == 1 else ""


def labelled(words: Mapping[str, str]) -> str:
    """A secrecy column's label that explains its codes."""
    known = {sign: word for sign, word in words.items() if len(word) <= 12 and plain(folded(word)) is not None}
    return f"{LEVEL}({';'.join(f'{sign}:{word}' for sign, word in sorted(known.items()))})" if known else LEVEL


def _label(role: str, cells: Sequence[str]) -> str:
    if role == "level":
        return labelled(next((words for cell in cells if (words := in_comment(cell))), {}))
    return min(COLUMNS[role][0], key=lambda word: (len(word), word))
