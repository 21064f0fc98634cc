"""Clocks that are wrong: one that leaps ahead lays nothing before the ranks above, one a day behind refuses no key of today, one set back brings none back."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

import hub.clock
from hub.days import after
from hub.people import believed, log
from hub.registry import keys, reached, units
from hub.registry.lower import lower
from hub.store.tables import hazard as hazards
from hub.store.tables import key as pins
from hub.store.tables import log as rows
from hub.work import campaigns, clockwork
from hub.work.downward import recipient
from scanner.errors import UseError
from scanner.ledger.keys import new_key
from tests.hub.post import HUB, Sender, hazard
from tests.hub.work.conftest import Place

NOON = datetime(2026, 3, 10, 4, tzinfo=UTC)


class Clock:
    """Of the hub's machine; noon in China to begin with."""

    def __init__(self) -> None:
        self.at = NOON

    def days(self, number: int) -> None:
        self.at += timedelta(days=number)

    def now(self, zone: object = UTC) -> datetime:
        return self.at.astimezone(zone)  # type: ignore[arg-type]

    def fromisoformat(self, text: str) -> datetime:
        return datetime.fromisoformat(text)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Iterator[Clock]:
    held = Clock()
    monkeypatch.setattr(hub.clock, "datetime", held)
    yield held


def steps(place: Place) -> list[list[str]]:
    with place.database.reading() as connection:
        (text,) = connection.execute(sa.select(hazards.c.escalated)).scalars()
    found: list[list[str]] = json.loads(text)
    return found


def actions(place: Place, name: str) -> list[dict[str, str]]:
    with place.database.reading() as connection:
        return [json.loads(text) for text in connection.execute(sa.select(rows.c.detail).where(rows.c.action == name)).scalars()]


def seen(place: Place) -> None:
    """A hazard with a deadline of the first of March, and a round on the tenth: the county's step is due, the province's is not."""
    place.take(place.one.report(hazards=[hazard(0)]))
    clockwork.turn(place.database)


def test_a_clock_that_leaps_lays_nothing_before_the_ranks_above(place: Place, clock: Clock) -> None:
    seen(place)
    clock.days(1500)
    found = clockwork.turn(place.database)
    assert (found.steps, found.doubted) == (0, "2030-04-18") and steps(place) == []
    # Somebody signs in under that clock, rounds go on: the leap does not become the rule by being written down.
    with place.database.writing() as connection:
        log.write(connection, "张三", "account.login")
    assert clockwork.turn(place.database).doubted == "2030-04-18" and steps(place) == []
    assert actions(place, believed.AHEAD) == [{"before": "2026-03-10", "now": "2030-04-18"}]
    # Put right, it is believed again, and time goes on as it should.
    clock.days(-1500)
    assert clockwork.turn(place.database).doubted == ""
    for _ in range(21):
        clock.days(1)
        clockwork.turn(place.database)
    assert steps(place) == [["2026-03-31", "province", "2026-03-01"]]


def test_what_somebody_has_looked_at_is_believed(place: Place, clock: Clock) -> None:
    seen(place)
    clock.days(30)
    assert clockwork.turn(place.database).steps == 0
    with place.database.writing() as connection:
        believed.confirm(connection, "cli:root", hub.clock.today())
    found = clockwork.turn(place.database)
    assert (found.steps, found.doubted) == (1, "") and steps(place) == [["2026-04-09", "province", "2026-03-01"]]
    assert actions(place, believed.CHECKED) == [{"before": "2026-03-10", "now": "2026-04-09"}]


def test_there_is_nothing_to_confirm_of_a_clock_that_did_not_leap(place: Place, clock: Clock) -> None:
    seen(place)
    clock.days(1)
    with place.database.writing() as connection, pytest.raises(UseError, match="clock-not-doubted"):
        believed.confirm(connection, "cli:root", hub.clock.today())


@pytest.mark.parametrize(
    ("days", "believes"), [(0, True), (1, True), (believed.MOST, True), (believed.MOST + 1, False), (-1, True), (-400, True)]
)
def test_how_far_a_clock_may_go_between_two_rounds(place: Place, clock: Clock, days: int, believes: bool) -> None:
    seen(place)
    clock.days(days)
    assert (clockwork.turn(place.database).doubted == "") == believes


def test_a_clock_that_was_put_back_and_leaps_again_is_doubted_again(place: Place, clock: Clock) -> None:
    seen(place)
    clock.days(-100)
    assert clockwork.turn(place.database).doubted == ""
    clock.days(100)
    assert clockwork.turn(place.database).doubted == "2026-03-10"


def test_before_the_first_round_the_log_is_what_it_is_held_against(place: Place, clock: Clock) -> None:
    place.take(place.one.report(hazards=[hazard(0)]))
    clock.days(1500)
    assert clockwork.turn(place.database).doubted == "2030-04-18" and steps(place) == []


def test_a_campaign_is_not_overdue_by_a_clock_that_leapt(place: Place, clock: Clock) -> None:
    seen(place)
    with place.database.writing() as connection:
        plan = campaigns.Plan("专项", "gbt22239-l3", HUB, "2026-03-01", "2026-04-01")
        code = campaigns.create(connection, place.sight(), plan)
    clock.days(1500)
    clockwork.turn(place.database)
    with place.database.reading() as connection:
        assert campaigns.find(connection, place.sight(), code).counts["overdue"] == 0


@pytest.mark.parametrize("hour", [0, 7, 23])
def test_a_key_of_today_counts_at_every_hour_of_the_day_and_with_a_clock_a_day_behind(place: Place, clock: Clock, hour: int) -> None:
    """A day begins in China eight hours before it does in UTC, and whoever pins a key means that it counts."""
    clock.at = datetime(2026, 3, 10, hour, 30, tzinfo=hub.clock.SHANGHAI)
    with place.database.writing() as connection:
        units.add(connection, "330101-003", "馆", HUB, rank="unit", since="2020-01-01")
        third = Sender("330101-003")
        keys.pin(connection, third.code, third.key.public.pem, since=hub.clock.today())
    assert place.door.accept(third.report(), "cli").code == "accepted"
    clock.days(-1)
    assert place.door.accept(third.report(finished="2026-02-02T00:00:00Z"), "cli").code == "accepted"


def revoke(place: Place, day: str) -> None:
    """As the pages and the command do it."""
    with place.database.writing() as connection:
        keys.revoke(connection, place.one.key.public.fingerprint, day, believed.look(connection, hub.clock.today()).day)


def answer(place: Place) -> str:
    """To the next report of the unit: ``accepted``, or why it is refused."""
    found = place.door.accept(place.one.report(), "cli")
    return found.code if found.error is None else found.error.code


@pytest.mark.parametrize("day", ["2026-03-10", "2026-03-01"])
def test_a_key_that_was_revoked_stays_so_when_the_clock_is_set_back(place: Place, clock: Clock, day: str) -> None:
    """No round between: whoever has the key may also be who sets the clock."""
    revoke(place, day)
    assert answer(place) == "hub-signer-revoked"
    clock.days(-30)
    assert answer(place) == "hub-signer-revoked"
    clockwork.turn(place.database)
    assert answer(place) == "hub-signer-revoked"


def test_a_revocation_of_a_later_day_holds_from_that_day_on_whatever_the_clock_says(place: Place, clock: Clock) -> None:
    revoke(place, "2026-03-12")
    assert answer(place) == "accepted"
    clock.days(2)
    clockwork.turn(place.database)
    clock.days(-30)
    assert answer(place) == "hub-signer-revoked"
    clockwork.turn(place.database)
    assert answer(place) == "hub-signer-revoked"


def test_a_key_whose_last_day_has_passed_does_not_count_again(place: Place, clock: Clock) -> None:
    with place.database.writing() as connection:
        connection.execute(pins.update().where(pins.c.fingerprint == place.one.key.public.fingerprint).values(until="2026-03-09"))
    clockwork.turn(place.database)
    clock.days(-5)
    assert answer(place) == "hub-signer-too-late"


def test_a_clock_that_merely_leapt_ends_no_key_before_its_day(place: Place, clock: Clock) -> None:
    revoke(place, "2027-01-01")
    clockwork.turn(place.database)
    clock.days(1500)
    clockwork.turn(place.database)
    clock.days(-1500)
    assert answer(place) == "accepted"


def test_whoever_has_looked_at_a_clock_that_was_ahead_before_frees_the_days_that_did_not_come(place: Place, clock: Clock) -> None:
    """Somebody confirmed a day that was wrong: put right, it says so, and keys count again."""
    revoke(place, "2027-01-01")
    clockwork.turn(place.database)
    for days in (1500, -1500):
        clock.days(days)
        with place.database.writing() as connection:
            believed.confirm(connection, "cli:root", hub.clock.today())
        assert answer(place) == ("hub-signer-revoked" if days > 0 else "accepted")
    assert actions(place, believed.CHECKED)[-1] == {"before": "2030-04-18", "now": "2026-03-10"}


def test_a_hub_below_whose_key_was_revoked_is_none_and_nothing_is_encrypted_to_it(place: Place, clock: Clock) -> None:
    with place.database.writing() as connection:
        held = units.add(connection, "330102", "县局", HUB, rank="county", since="2020-01-01")
        for kind in ("ed25519", "x25519"):
            made = keys.pin(connection, held.code, new_key(kind).public.pem, since="2020-01-01", role="hub")
            keys.revoke(connection, made.fingerprint, hub.clock.today(), hub.clock.today())
    clock.days(-30)
    with place.database.reading() as connection:
        assert lower(connection, "/1/", hub.clock.today()) == [] and recipient(connection, held, hub.clock.today()) is None


def test_the_day_that_keys_are_held_against_goes_forward_only(place: Place) -> None:
    with place.database.writing() as connection:
        found = []
        for day in ("2026-03-10", "2026-03-09", "2026-03-11"):
            reached.reached(connection, day)
            found.append(reached.latest(connection, "2026-01-01"))
        assert found == ["2026-03-10", "2026-03-10", "2026-03-11"] and reached.latest(connection, "2026-04-01") == "2026-04-01"


def test_a_key_of_today_is_encrypted_to_and_makes_a_hub_below_with_a_clock_a_day_behind(place: Place) -> None:
    day = "2026-03-10"
    with place.database.writing() as connection:
        held = units.add(connection, "330102", "县局", HUB, rank="county", since="2020-01-01")
        keys.pin(connection, held.code, new_key("ed25519").public.pem, since=day, role="hub")
        keys.pin(connection, held.code, new_key("x25519").public.pem, since=day, role="hub")
        for asked, counts in ((day, True), (after(day, -keys.GRACE), True), (after(day, -keys.GRACE - 1), False)):
            assert (recipient(connection, held, asked) is not None) == counts
            assert ([one.code for one in lower(connection, "/1/", asked)] == [held.code]) == counts
