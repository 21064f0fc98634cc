"""Dates and periods as catalogues write them. What cannot be read is None: nothing is assumed to have expired."""

from __future__ import annotations

import calendar
import re
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from scanner.facts.holdings.normal import arabic, clean
from scanner.facts.holdings.words import LONG

_DAY = re.compile(r"(\d{4})(?:\s*[-./年]\s*(\d{1,2})(?:\s*[-./月]\s*(\d{1,2}))?)?\s*[年月日号]?(?:前|止|后)?(?:[T ]\d{1,2}:\d{2}.*)?")
_COMPACT = re.compile(r"(\d{4})(\d{2})(\d{2})?(?:\d{4,6})?")
_PERIOD = re.compile(r"(?:(\d{1,3})\s*年)?\s*(?:零|又)?(?:(\d{1,3})\s*个?月)?")
_YEARS = range(1840, 2100)
FIRST_RELEASE = 1950
EPOCHS = ((1969, 12), (1970, 1), (1980, 1))
"""Months of the days from which machines count."""


@dataclass(frozen=True, slots=True)
class Period:
    """How long something is kept secret."""

    months: int
    """0 where no number says it."""
    endless: bool = False
    """For ever, or until a condition comes true: arithmetic never ends it."""
    until: date | None = None
    """A day written in its place."""


@lru_cache(maxsize=4096)
def day(text: str | None) -> date | None:
    """The last day that the text can mean: a year is its 31 December, a month its last day. None for anything else."""
    if not text:
        return None
    plain = clean(text).strip()
    found = _DAY.fullmatch(plain) or _COMPACT.fullmatch(plain)
    if found is None:
        return None
    year, month, number = int(found[1]), found[2], found[3]
    if year not in _YEARS:
        return None
    if month is None or int(month) == 0:
        return date(year, 12, 31)
    if not 1 <= int(month) <= 12:
        return None
    last = calendar.monthrange(year, int(month))[1]
    if number is None or int(number) == 0:
        return date(year, int(month), last)
    return date(year, int(month), int(number)) if 1 <= int(number) <= last else None


def release_day(text: str | None) -> date | None:
    """A day of release. None also for what programs write where nobody wrote a day, and for times before there was any such record."""
    found = day(text)
    return None if found is None or found.year < FIRST_RELEASE or (found.year, found.month) in EPOCHS else found


@lru_cache(maxsize=1024)
def period(text: str | None, bare_years: bool = False) -> Period | None:
    """Read a period: years, months, both, half a year, for ever, a day. ``bare_years`` lets a lone number be years."""
    plain = arabic(clean(text or "").strip()).replace("半年", "6个月").rstrip(")")
    if not plain:
        return None
    if plain in LONG:
        return Period(0, endless=True)
    found = _PERIOD.fullmatch(plain)
    if found is not None and (found[1] or found[2]):
        return Period(int(found[1] or 0) * 12 + int(found[2] or 0))
    if bare_years and plain.isascii() and plain.isdigit() and len(plain) <= 2 and int(plain) > 0:
        return Period(int(plain) * 12)
    until = day(plain)
    return Period(0, until=until) if until is not None else None


def after(start: date, months: int) -> date:
    """The day that many months later; the last of the month where there is no such day."""
    year, month = divmod(start.year * 12 + start.month - 1 + months, 12)
    if year > 9999:
        return date.max
    return date(year, month + 1, min(start.day, calendar.monthrange(year, month + 1)[1]))
