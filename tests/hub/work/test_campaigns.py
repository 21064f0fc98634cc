"""Campaigns: a draw from a frozen list, and states that follow the envelopes."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from hub.clock import today
from hub.days import after
from hub.people.sight import Forbidden, Hidden
from hub.registry import units
from hub.store.tables import campaign
from hub.work import campaigns, ending, following, notices, sending
from hub.work.campaigns import Plan
from hub.work.draw import drawn, frozen
from hub.work.following import state_of
from scanner.errors import UseError
from tests.hub.post import HUB, hazard
from tests.hub.work.conftest import Place

PROFILE = "gbt22239-l3"
OPENS, DEADLINE = "2026-02-10", after(today(), 30)


def plan(**more: object) -> Plan:
    return Plan(**({"name": "隔离专项", "profile": PROFILE, "unit": HUB, "opens": OPENS, "deadline": DEADLINE} | more))  # type: ignore[arg-type]


def states(place: Place, code: str, day: str = "") -> dict[str, str]:
    with place.database.writing() as connection:
        following.follow(connection, place.sight(), day or today())
        found = campaigns.find(connection, place.sight(), code)
        return {part.where.code: part.state for part in campaigns.parts(connection, place.sight(), found)}


def started(place: Place, **more: object) -> str:
    with place.database.writing() as connection:
        return campaigns.create(connection, place.sight(), plan(**more))


def test_states_follow_the_envelopes(place: Place) -> None:
    place.take(place.one.report(finished="2026-02-01T00:00:00Z", statuses=["met"], results=[]))
    code = started(place)
    assert code == f"ZX{today()[:4]}-001"
    assert states(place, code) == {place.one.code: "asked", place.two.code: "asked"}
    place.take(place.one.report(finished="2026-02-11T00:00:00Z", statuses=["met", "met"], results=[]))
    place.take(place.two.report(finished="2026-02-11T00:00:00Z", statuses=["met", "unknown"], hazards=[hazard(1)]))
    assert states(place, code) == {place.one.code: "proven", place.two.code: "reported"}
    place.take(place.one.report(finished="2026-02-12T00:00:00Z", statuses=["unmet"], hazards=[hazard(0)]))
    assert states(place, code)[place.one.code] == "reported"


def test_following_twice_changes_nothing(place: Place) -> None:
    started(place)
    place.take(place.one.report(finished="2026-02-11T00:00:00Z"))
    with place.database.writing() as connection:
        assert following.follow(connection, place.sight(), today()) == 1
        assert following.follow(connection, place.sight(), today()) == 0


def test_silence_past_the_deadline_is_overdue(place: Place) -> None:
    code = started(place)
    assert set(states(place, code, after(DEADLINE, 1)).values()) == {"overdue"}
    place.take(place.one.report(finished="2026-02-11T00:00:00Z"))
    assert states(place, code, after(DEADLINE, 1))[place.one.code] == "reported"


@pytest.mark.parametrize("changes", [{"profiles": ["isolation"]}, {"finished": "2026-02-09T15:59:59Z"}, {"narrowed": True}])
def test_runs_that_do_not_count(place: Place, changes: dict[str, object]) -> None:
    code = started(place)
    place.take(place.one.report(**({"finished": "2026-02-11T00:00:00Z"} | changes)))
    assert states(place, code)[place.one.code] == "asked"


@pytest.mark.parametrize(
    ("report", "state"),
    [
        ({"linux": {"met": 3, "not-applicable": 1}}, "proven"),
        ({"linux": {"met": 3, "unmet": 1}}, "reported"),
        ({"linux": {"met": 3, "unknown": 1}}, "reported"),
        ({"linux": {"met": 3, "awaits-person": 1}}, "reported"),
        ({"linux": {"not-applicable": 4}}, "reported"),
        ({}, "reported"),
    ],
)
def test_all_is_well_only_where_all_was_judged_and_met(report: dict[str, dict[str, int]], state: str) -> None:
    assert state_of("asked", report, False) == state


def test_a_draw_waits_for_its_seed_and_is_drawn_once(place: Place) -> None:
    code, codes = started(place, draw=1, source="明天的公开数字"), [place.one.code, place.two.code]
    with place.database.reading() as connection:
        one = campaigns.find(connection, place.sight(), code)
    assert (one.state, one.conditions["list"], states(place, code)) == ("drawing", frozen(codes), {})
    with place.database.writing() as connection:
        assert campaigns.draw_now(connection, place.sight(), code, "20261201-3999.42") == drawn("20261201-3999.42", codes, 1)
    assert list(states(place, code)) == drawn("20261201-3999.42", codes, 1)
    with place.database.writing() as connection, pytest.raises(UseError, match="campaign-drawn"):
        campaigns.draw_now(connection, place.sight(), code, "20261201-4000.00")


def test_a_unit_sees_its_own_part_and_no_list(place: Place) -> None:
    code = started(place, draw=2, source="明天的公开数字")
    with place.database.writing() as connection:
        campaigns.draw_now(connection, place.sight(), code, "20261201-3999.42")
        own = place.sight(place.one.code, "unit")
        one = campaigns.find(connection, own, code)
        assert [part.where.code for part in campaigns.parts(connection, own, one)] == [place.one.code]
        assert "codes" not in one.conditions and sum(one.counts.values()) == 1
        with pytest.raises(Forbidden):
            campaigns.draw_now(connection, own, code, "20261201-3999.42")
        with pytest.raises(Hidden):
            ending.close(connection, place.own, place.sight(place.one.code, "county"), code)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"name": ""}, "campaign-name"),
        ({"profile": ""}, "campaign-profile"),
        ({"deadline": "2026-01-01"}, "campaign-days"),
        ({"opens": "bald"}, "hub-day"),
        ({"draw": 1}, "draw-source"),
        ({"draw": -1}, "draw-source"),
        ({"draw": 3, "source": "x"}, "draw-count"),
        ({"sort": "none"}, "campaign-empty"),
    ],
)
def test_plans_that_cannot_be(place: Place, change: dict[str, object], code: str) -> None:
    with pytest.raises(UseError, match=code):
        started(place, **change)
    with place.database.reading() as connection:
        assert connection.execute(campaign.select()).all() == []


def test_notices_of_a_campaign_go_out_once_and_close_by_report(place: Place) -> None:
    code = started(place)
    with place.database.writing() as connection:
        first = sending.campaign_notices(connection, place.own, place.sight(), code)
        assert len(first) == 2 and sending.campaign_notices(connection, place.own, place.sight(), code) == []
    place.take(place.one.report(finished="2026-02-11T00:00:00Z"))
    from hub.work import closing

    with place.database.writing() as connection:
        assert len(closing.follow(connection, place.sight())) == 1
        found = {one.where.code: one.state for one in notices.listed(connection, place.sight())}
    assert found == {place.one.code: "closed", place.two.code: "issued"}


def test_whoever_is_inspected_neither_draws_nor_ends_what_was_ordered_from_above(place: Place) -> None:
    """Else a county draws the province's inspection of itself with a seed that spares whom it likes."""
    with place.database.writing() as connection:
        units.add(connection, "K1", "县", HUB, rank="county", since="2020-01-01")
        units.add(connection, "K1-1", "县馆一", "K1", rank="unit", since="2020-01-01")
        units.add(connection, "K1-2", "县馆二", "K1", rank="unit", since="2020-01-01")
    county = place.sight("K1", "county")
    code = started(place, unit="K1", draw=1, source="公开数字")
    with place.database.writing() as connection:
        assert campaigns.find(connection, county, code).code == code, "it is seen"
        for act in (
            lambda: campaigns.draw_now(connection, county, code, "mine"),
            lambda: ending.close(connection, place.own, county, code),
        ):
            with pytest.raises(Hidden):
                act()
        assert len(campaigns.draw_now(connection, place.sight(), code, "public")) == 1
        own = campaigns.create(connection, county, plan(unit="K1"))
        ending.close(connection, place.own, county, own)
        other = campaigns.create(connection, county, plan(unit="K1"))
        ending.close(connection, place.own, place.sight(), other)


def asked(place: Place, look: Callable[[Connection], object]) -> int:
    """How many statements it takes."""
    seen: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        seen.append(statement)

    sa.event.listen(place.database.engine, "before_cursor_execute", note)
    with place.database.reading() as connection:
        look(connection)
    sa.event.remove(place.database.engine, "before_cursor_execute", note)
    return len(seen)


def test_many_campaigns_and_many_reports_take_no_more_questions_than_one(place: Place) -> None:
    sight, code = place.sight(), started(place)
    looks: list[Callable[[Connection], object]] = [
        lambda connection: campaigns.listed(connection, sight),
        lambda connection: campaigns.find(connection, sight, code),
        lambda connection: following.changes(connection, sight, today()),
    ]
    place.take(place.one.report(finished="2026-02-11T00:00:00Z"))
    before = [asked(place, look) for look in looks]
    for _ in range(3):
        campaign_of_none = started(place, unit=place.one.code, profile="isolation")
        assert campaign_of_none != code
    place.take(place.two.report(finished="2026-02-11T00:00:00Z"))
    after_ = [asked(place, look) for look in looks]
    assert after_[:2] == before[:2]
    # One more for each campaign that is followed, and none for each report.
    assert after_[2] - before[2] <= 2 * 3


def test_a_campaign_from_above_is_seen_by_who_takes_part_without_the_list(place: Place) -> None:
    code = started(place, draw=2, source="收盘")
    with place.database.writing() as connection:
        campaigns.draw_now(connection, place.sight(), code, "3999.42")
    own = place.sight(place.one.code, "unit")
    with place.database.reading() as connection:
        (one,) = campaigns.listed(connection, own)
        assert campaigns.find(connection, own, code) == one == campaigns.by_id(connection, own, one.id)
    assert "codes" not in one.conditions and one.counts["asked"] == 1


def test_thousands_of_letters_are_written_in_steps(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    code, own, taken = started(place), place.own, []

    def step(connection: Connection, most: int) -> list[str]:
        taken.append(sending.campaign_notices(connection, own, place.sight(), code, most))
        return taken[-1]

    monkeypatch.setattr(sending, "STEP", 1)
    told = sending.in_steps(place.database, step)
    assert [len(one) for one in taken] == [1, 1, 0] and len(set(told)) == 2


def test_a_sort_may_be_told_in_words(place: Place) -> None:
    with place.database.writing() as connection:
        units.amend(connection, place.one.code, sort="special")
    assert set(states(place, started(place, sort="专门档案馆"))) == {place.one.code}
