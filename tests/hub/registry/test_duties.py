"""Who must report what and when."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.engine import Connection

from hub.registry import duties, units
from hub.store.tables import envelope, standing
from scanner.errors import UseError
from tests.hub.tree import opened, plant


@pytest.fixture
def connection(tmp_path: Path) -> Iterator[Connection]:
    database = opened(tmp_path)
    with database.writing() as one:
        plant(one)
        yield one
    database.close()


def report(connection: Connection, code: str, finished: str, profile: str = "archives-l3") -> None:
    number = units.find(connection, code).id
    row = envelope.insert().values(digest=f"d{code}", file="f", unit_id=number, kind="report", sequence=1)
    made = connection.execute(row.returning(envelope.c.id)).scalar_one()
    connection.execute(standing.insert().values(unit_id=number, profile=profile, envelope_id=made, finished=finished))


def silent(connection: Connection, day: str, code: str = "N") -> dict[str, int]:
    found = duties.missing(connection, day, units.find(connection, code).path)
    return {units.by_id(connection, one.unit_id).code: one.overdue for one in found}


@pytest.mark.parametrize(
    ("cycle", "day", "first", "last"),
    [
        ("month", "2026-03-01", "2026-02-01", "2026-02-28"),
        ("month", "2024-03-31", "2024-02-01", "2024-02-29"),
        ("month", "2026-01-15", "2025-12-01", "2025-12-31"),
        ("quarter", "2026-03-31", "2025-10-01", "2025-12-31"),
        ("quarter", "2026-04-01", "2026-01-01", "2026-03-31"),
        ("half", "2026-12-31", "2026-01-01", "2026-06-30"),
        ("year", "2026-01-01", "2025-01-01", "2025-12-31"),
    ],
)
def test_the_last_whole_period(cycle: str, day: str, first: str, last: str) -> None:
    assert duties.last_period(cycle, day) == duties.Period(first, last)


@given(cycle=st.sampled_from(sorted(duties.CYCLES)), day=st.dates(date(2000, 1, 1), date(2100, 1, 1)))
def test_periods_follow_each_other_without_a_hole(cycle: str, day: date) -> None:
    one = duties.last_period(cycle, day.isoformat())
    assert one.first <= one.last < day.isoformat()
    following = date.fromisoformat(one.last) + timedelta(days=1)
    assert duties.last_period(cycle, following.isoformat()) == one
    before = duties.last_period(cycle, one.first)
    assert date.fromisoformat(before.last) + timedelta(days=1) == date.fromisoformat(one.first)


def test_units_of_the_subtree_that_sent_nothing_are_missing(connection: Connection) -> None:
    duties.bind(connection, "C1", "archives-l3", "quarter", due=15, since="2026-01-01")
    report(connection, "U1", "2026-08-01T00:00:00Z")
    report(connection, "U2", "2026-06-30T00:00:00Z")
    assert silent(connection, "2026-10-10") == {"U2": 0, "U3": 0, "U4": 0}


def test_days_past_the_deadline_are_counted(connection: Connection) -> None:
    duties.bind(connection, "U3", "archives-l3", "quarter", due=15, since="2026-01-01")
    assert silent(connection, "2026-10-15") == {"U3": 0}
    assert silent(connection, "2026-10-18") == {"U3": 3}


def test_a_run_of_another_profile_is_not_the_report(connection: Connection) -> None:
    duties.bind(connection, "U1", "archives-l3", "month", due=5, since="2026-01-01")
    report(connection, "U1", "2026-09-10T00:00:00Z", "isolation")
    assert silent(connection, "2026-10-01") == {"U1": 0}


def test_a_later_run_is_the_report_too(connection: Connection) -> None:
    duties.bind(connection, "U1", "archives-l3", "month", due=5, since="2026-01-01")
    report(connection, "U1", "2026-10-03T00:00:00Z")
    assert silent(connection, "2026-10-04") == {}


def test_whoever_asks_sees_the_own_subtree_only(connection: Connection) -> None:
    duties.bind(connection, "N", "archives-l3", "month", due=5, since="2026-01-01")
    assert set(silent(connection, "2026-10-01", "K1")) == {"U1", "U2"}


def test_nothing_is_owed_before_the_duty_or_after_it(connection: Connection) -> None:
    one = duties.bind(connection, "U1", "archives-l3", "quarter", due=5, since="2026-02-01")
    assert silent(connection, "2026-04-01") == {}
    assert silent(connection, "2026-07-01") == {"U1": 0}
    duties.end(connection, one.id, "2026-08-31")
    assert silent(connection, "2026-10-01") == {}


def test_a_retired_unit_and_one_that_came_later_owe_nothing(connection: Connection) -> None:
    duties.bind(connection, "K1", "archives-l3", "quarter", due=5, since="2026-01-01")
    units.retire(connection, "U1", "2026-08-01")
    units.add(connection, "U9", "新馆", "K1", rank="unit", since="2026-10-01")
    assert silent(connection, "2026-10-05") == {"U2": 0}


@pytest.mark.parametrize(
    ("cycle", "due", "code"), [("week", 5, "hub-duty-cycle"), ("month", -1, "hub-duty-due"), ("month", 366, "hub-duty-due")]
)
def test_duties_that_are_none(connection: Connection, cycle: str, due: int, code: str) -> None:
    with pytest.raises(UseError) as caught:
        duties.bind(connection, "U1", "archives-l3", cycle, due=due, since="2026-01-01")
    assert caught.value.code == code
