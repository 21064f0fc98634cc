"""When a scan is due: the usual interval, special periods, days by the date."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.errors import UseError
from scanner.targets.calendar import USUAL, Calendar, Pace, Period, due, read_calendar

WEEK, DAY, HALF = timedelta(days=7), timedelta(days=1), timedelta(hours=12)
FEAST = Period(start="12-28", end="01-03", pace=Pace(every=DAY, name="元旦"))
MEETING = Period(start="2026-12-30", end="2026-12-31", pace=Pace(every=HALF, profile="acceptance", name="会议"))
CALENDAR = Calendar(usual=Pace(every=WEEK), periods=(FEAST, MEETING))
NOON = datetime(2026, 6, 15, 12)


def calendar(folder: Path, text: str) -> Calendar:
    path = folder / "c.yaml"
    path.write_text(text, "utf-8")
    return read_calendar(path)


@pytest.mark.parametrize(
    ("day", "every"),
    [
        (date(2026, 12, 27), WEEK), (date(2026, 12, 28), DAY), (date(2026, 12, 30), HALF), (date(2027, 1, 1), DAY), (date(2027, 1, 3), DAY),
        (date(2027, 1, 4), WEEK), (date(2027, 12, 30), DAY),
    ],
)  # fmt: skip
def test_a_period_changes_the_pace_and_of_several_the_most_frequent_holds(day: date, every: timedelta) -> None:
    assert CALENDAR.pace(day).every == every


@pytest.mark.parametrize(
    ("last", "now", "wanted"),
    [
        (NOON - timedelta(days=6), NOON, False),
        (NOON - timedelta(days=7), NOON, True),
        (NOON - timedelta(days=7) + timedelta(hours=5), NOON, True),
        (None, NOON, True),
        (NOON + timedelta(days=30), NOON, True),
    ],
    ids=["early", "on the day", "started late", "never", "clock went back"],
)
def test_whole_days_count_by_the_date(last: datetime | None, now: datetime, wanted: bool) -> None:
    assert due(USUAL, now, last) is wanted


@pytest.mark.parametrize(("hours", "wanted"), [(11, False), (11.8, True), (12, True)])
def test_hours_count_from_the_end_of_the_last(hours: float, wanted: bool) -> None:
    now = datetime(2026, 12, 30, 20)
    assert due(CALENDAR, now, now - timedelta(hours=hours)) is wanted


@given(st.dates(date(2020, 1, 1), date(2040, 1, 1)), st.integers(0, 400))
def test_who_waited_the_interval_is_always_due(day: date, more: int) -> None:
    now = datetime(day.year, day.month, day.day, 2, 30)
    assert due(CALENDAR, now, now - CALENDAR.pace(day).every - timedelta(hours=more))


def test_a_calendar_is_read(tmp_path: Path) -> None:
    text = 'normal: {every: 3d, at: "01:15"}\nperiods:\n  - {name: 国庆, from: "10-01", to: "10-08", every: 6h, profile: isolation}\n'
    got = calendar(tmp_path, text)
    assert (got.usual.every, got.at, got.hourly) == (timedelta(days=3), "01:15", True)
    assert got.periods[0].pace == Pace(every=timedelta(hours=6), profile="isolation", name="国庆")


@pytest.mark.parametrize(
    ("text", "code", "line"),
    [
        ("- 1\n", "calendar-shape", "1"),
        ("normal: {every: 7d}\nholidays: []\n", "calendar-key", "2"),
        ("normal: {every: 0d}\n", "calendar-value", "1"),
        ("normal: {every: weekly}\n", "calendar-value", "1"),
        ('normal: {every: 7d, at: "25:00"}\n', "calendar-value", "1"),
        ('periods:\n  - {name: x, from: "13-01", to: "13-02", every: 1d}\n', "calendar-value", "2"),
        ('periods:\n  - {name: x, from: "02-30", to: "03-02", every: 1d}\n', "calendar-value", "2"),
        ('periods:\n  - {name: x, from: "10-01", to: "2026-10-02", every: 1d}\n', "calendar-value", "2"),
        ("periods:\n  - {name: x, from: 2026-10-03, to: 2026-10-02, every: 1d}\n", "calendar-value", "2"),
        ('periods:\n  - {name: x, from: "10-01", every: 1d}\n', "calendar-value", "2"),
        ('periods:\n  - {name: x, from: "10-01", to: "10-02", every: 1d, profil: p}\n', "calendar-key", "2"),
    ],
)
def test_a_wrong_calendar_is_refused_with_its_line(text: str, code: str, line: str, tmp_path: Path) -> None:
    with pytest.raises(UseError) as caught:
        calendar(tmp_path, text)
    assert (caught.value.code, caught.value.fields["line"]) == (code, line)
