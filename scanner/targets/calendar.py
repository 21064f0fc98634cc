"""When to scan: the usual interval, and the special periods (重要时段) in which it is shorter and the profile another."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

from scanner.errors import UseError
from scanner.rulebook.yaml_lines import Lined, load_file

_EVERY = re.compile(r"([1-9][0-9]{0,2})([hd])")
_AT = re.compile(r"([01][0-9]|2[0-3]):([0-5][0-9])")
_YEARLY = re.compile(r"(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])")
SLACK = timedelta(minutes=15)
"""How much earlier than its hour a scan may come: timers drift, and a scan's end is not its start."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """How often, and by which profile."""

    every: timedelta
    profile: str | None = None
    """None: each system's own."""
    name: str = ""
    """Name of the period; empty for the usual."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """A special period, both days within it. Written ``MM-DD`` it comes every year, also across the new year."""

    start: str
    end: str
    pace: Pace

    def holds(self, day: date) -> bool:
        """Whether a day lies in it."""
        if len(self.start) == 10:
            return self.start <= day.isoformat() <= self.end
        today = day.isoformat()[5:]
        return self.start <= today <= self.end if self.start <= self.end else today >= self.start or today <= self.end


@dataclass(frozen=True, slots=True, kw_only=True)
class Calendar:
    """The usual pace, the time of day, and the special periods."""

    usual: Pace
    at: str = "02:30"
    periods: tuple[Period, ...] = ()

    def pace(self, day: date) -> Pace:
        """The pace of a day: of several periods the most frequent one."""
        return min(
            (self.usual, *(period.pace for period in self.periods if period.holds(day))), key=lambda pace: (pace.every, pace is self.usual)
        )

    @property
    def hourly(self) -> bool:
        """Whether it ever asks for more than one scan a day."""
        return any(pace.every < timedelta(days=1) for pace in (self.usual, *(period.pace for period in self.periods)))


USUAL = Calendar(usual=Pace(every=timedelta(days=7)))
"""Where nobody wrote a calendar."""


def due(calendar: Calendar, now: datetime, last: datetime | None) -> bool:
    """Whether a scan is due; both times in the same zone. Whole days count by the date, so that a late start does not push the next."""
    every = calendar.pace(now.date()).every
    if last is None or last > now + SLACK:
        return True
    if every < timedelta(days=1):
        return now - last >= every - SLACK
    return (now.date() - last.date()).days >= every.days


def read_calendar(path: Path) -> Calendar:
    """Read a calendar. Raises UseError naming file and line."""
    top = _keys(load_file(path), path, 1, {"normal", "periods"})
    usual = _keys(top.get("normal", Lined()), path, top.lines.get("normal", 1), {"every", "at", "profile"})
    at = usual.get("at", "02:30")
    if not isinstance(at, str) or not _AT.fullmatch(at):
        raise UseError("calendar-value", file=path, line=usual.lines["at"], key="at")
    periods = top.get("periods", [])
    if not isinstance(periods, list):
        raise UseError("calendar-value", file=path, line=top.lines["periods"], key="periods")
    return Calendar(usual=_pace(usual, path, "7d"), at=at, periods=tuple(_period(item, path, top.lines["periods"]) for item in periods))


def _period(data: Any, path: Path, line: int) -> Period:
    item = _keys(data, path, line, {"name", "from", "to", "every", "profile"})
    for key in ("name", "from", "to", "every"):
        if not isinstance(item.get(key), str) or not item[key].strip():
            raise UseError("calendar-value", file=path, line=item.lines.get(key, item.line), key=key)
    start, end = (_day(item, key, path) for key in ("from", "to"))
    if len(start) != len(end) or (len(start) == 10 and end < start):
        raise UseError("calendar-value", file=path, line=item.lines["to"], key="to")
    return Period(start=start, end=end, pace=_pace(item, path, "1d"))


def _day(item: Lined, key: str, path: Path) -> str:
    text: str = item[key]
    try:
        # A leap year: 02-29 is a day.
        if date.fromisoformat(f"2024-{text}" if _YEARLY.fullmatch(text) else text).isoformat().endswith(text):
            return text
    except ValueError:
        pass
    raise UseError("calendar-value", file=path, line=item.lines[key], key=key)


def _pace(item: Lined, path: Path, usual: str) -> Pace:
    every, profile = item.get("every", usual), item.get("profile")
    found = _EVERY.fullmatch(every) if isinstance(every, str) else None
    if found is None:
        raise UseError("calendar-value", file=path, line=item.lines["every"], key="every")
    if profile is not None and not isinstance(profile, str):
        raise UseError("calendar-value", file=path, line=item.lines["profile"], key="profile")
    count = int(found[1])
    return Pace(every=timedelta(hours=count) if found[2] == "h" else timedelta(days=count), profile=profile, name=item.get("name", ""))


def _keys(data: Any, path: Path, line: int, known: set[str]) -> Lined:
    if not isinstance(data, Lined):
        raise UseError("calendar-shape", file=path, line=line)
    if not hasattr(data, "lines"):
        data.lines, data.line = {}, line
    for key in data:
        if key not in known:
            raise UseError("calendar-key", file=path, line=data.lines[key], key=key[:40])
    return data
