"""The level after a change, in a column beside the level before it: what holds today."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from scanner.facts.holdings.dates import day
from scanner.facts.holdings.normal import code, folded, name
from scanner.facts.holdings.reading import Column
from scanner.facts.holdings.record import UNTOLD, Decision
from scanner.facts.holdings.rules import NOT_RELEASED
from scanner.facts.holdings.values import Meaning
from scanner.facts.holdings.words import CHANGED, CHANGED_ON, CHANGED_OPEN, EMPTY, NO

_BESIDE = re.compile(r"[(（:：,，;；\[【|]")
"""What stands behind it in a label explains values."""


@dataclass(frozen=True, slots=True)
class Changes:
    """Columns of a source that tell a change of the level."""

    later: str
    """The secrecy column of the level after it."""
    on: str | None
    """The column of its day."""


def changes_in(columns: Iterable[Column], levels: Sequence[str]) -> Changes | None:
    """The columns that tell of changes; None where no level before them stands beside."""
    every = list(columns)
    later = next((column.name for column in every if column.name in levels and _called(column, CHANGED)), None)
    if later is None or len(levels) < 2 or all(_called(column, CHANGED) for column in every if column.name in levels):
        return None
    return Changes(later, next((column.name for column in every if _called(column, CHANGED_ON)), None))


def _called(column: Column, words: frozenset[str]) -> bool:
    return name(column.name) in words or name(_BESIDE.split(column.comment, maxsplit=1)[0]) in words


def changed(before: Meaning, later: Meaning, word: str, on: str | None, flag: str | None, as_of: date) -> Meaning | Decision | None:
    """What a change makes of a record: the level that holds on a day, or that its release is on record; None where it changes nothing.

    ``word`` is what the level after it says, spelt out; ``on`` the day of the change; ``flag`` whether the record is released.
    Only words that say so open a record: that it was made internal is for a person to look at.
    """
    if later.sense not in ("level", "english", "open", "declassified", "work", "commercial") or before.sense not in (
        "level",
        "english",
        "open",
    ):
        return None
    blank = on is None or code(on) in EMPTY
    when = None if blank else day(on)
    if when is not None and when > as_of:
        return before if before.sense != "open" or later.mark is None else Decision("R", "mark-against-level", later.mark.level)
    if later.sense in ("level", "english"):
        return later
    if before.sense == "open" or folded(word).upper() in NO | EMPTY:
        return None
    level = before.mark.level if before.mark is not None else UNTOLD
    told = folded(flag or "")
    sure = folded(word) in CHANGED_OPEN and (blank or when is not None) and told not in NOT_RELEASED and told.upper() not in NO - EMPTY
    return Decision("D", "released", level) if sure else Decision("R", "release-unclear", level)
