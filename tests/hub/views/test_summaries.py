"""Figures that a hub below sends: its silent units count, too, and are never taken for clean ones."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import pytest

from hub.courier import upward
from hub.intake.door import Door
from hub.intake.fold import fold_all
from hub.intake.summary import SCHEMA
from hub.intake.told import mark
from hub.people.sight import ROLES, Sight
from hub.registry import units
from hub.registry.own import Own
from hub.views.dashboard import Dashboard, dashboard
from scanner.ledger.envelope import open_envelope
from tests.hub.post import HUB, register

NOW = {"units": 3, "core:CH1:confirmed": 2, "core:CH1:not_tested": 1, "hazard:major:registered": 2}


def told(hub: Own, registered: int = 5, code: str = "330100", names: Sequence[str] = ()) -> None:
    """The city's newest summary."""
    city = register(hub.database, code, rank="city", role="hub")
    content: dict[str, Any] = {"schema": SCHEMA, "unit": code, "registered": registered, "periods": {"now": NOW}}
    if names:
        content["marks"] = sorted(mark(name) for name in names)
    outcome = Door(hub, hub.database).accept(city.seal(content, kind="summary"), "cli")
    assert outcome.code == "accepted", outcome.error
    fold_all(hub.database)


def seen(hub: Own, code: str = "") -> Dashboard:
    with hub.database.reading() as connection:
        path = units.find(connection, HUB).path
        return dashboard(connection, Sight(1, "province", path, ROLES["province"], "某"), code, "2026-11-26")


def test_units_of_the_hub_below_count_and_its_silent_ones_are_unknown(hub: Own) -> None:
    told(hub)
    found = seen(hub)
    assert (found.whole.coverage.units, found.whole.coverage.reported) == (5, 3)
    assert [(row.where.code, row.coverage.units, row.coverage.reported) for row in found.rows] == [("330100", 5, 3)]
    assert found.silent["CH1"] == 2 and found.whole.figures.core["CH1"]["confirmed"] == 2


def test_units_that_are_registered_here_as_well_count_once(hub: Own) -> None:
    told(hub)
    register(hub.database, "330102-001", "330100")
    register(hub.database, "330000-001")
    assert (seen(hub).whole.coverage.units, seen(hub).whole.coverage.reported) == (6, 3)


def test_what_goes_further_up_speaks_of_all_of_them(hub: Own) -> None:
    told(hub)
    register(hub.database, "330000-001")
    said = open_envelope(upward.prepare(hub, hub.database).data).members["summary.json"]
    assert b'"registered":6' in said and said.count(b'"registered"') == 1


def test_a_unit_that_two_hubs_registered_counts_once_and_is_shown(hub: Own) -> None:
    told(hub, 4, names=["a", "b", "c", "d"])
    told(hub, 4, "330200", ["d", "e", "f", "g"])
    register(hub.database, "330000-001")
    found = seen(hub)
    assert (found.whole.coverage.units, found.whole.coverage.twice) == (8, 1)
    assert found.whole.coverage.reported == 5, "who of the two heard of it is not known: never more than certain"
    assert found.silent["CH1"] == 3, "one that is told of twice hides none that is silent"
    assert [(row.where.code, row.coverage.units, row.coverage.twice) for row in found.rows][-2:] == [("330100", 4, 0), ("330200", 4, 0)]
    said = json.loads(open_envelope(upward.prepare(hub, hub.database).data).members["summary.json"])
    assert said["registered"] == 8 and said["marks"] == sorted(map(mark, ["a", "b", "c", "d", "e", "f", "g", "330000-001"]))


def test_a_hub_that_is_retired_is_told_of_no_more(hub: Own) -> None:
    """Its units were put under another one: what it last said of them would count beside what they say now."""
    told(hub)
    told(hub, 4, "330200")
    with hub.database.writing() as connection:
        units.retire(connection, "330100", "2026-11-01")
    fold_all(hub.database)
    found = seen(hub)
    assert (found.whole.coverage.units, found.whole.coverage.reported) == (4, 3)
    assert (found.whole.figures.core["CH1"]["confirmed"], found.whole.figures.open["major"]) == (2, 2)


def test_a_unit_of_ours_that_a_hub_elsewhere_tells_of_counts_once(hub: Own) -> None:
    told(hub, 3, names=["330000-001", "330102-001", "x"])
    register(hub.database, "330000-001")
    register(hub.database, "330102-001", "330100")
    found = seen(hub)
    assert (found.whole.coverage.units, found.whole.coverage.twice) == (3, 1)


def test_a_hub_whose_release_sends_no_marks_is_taken_at_its_word(hub: Own) -> None:
    told(hub, 4, names=["a", "b", "c", "d"])
    told(hub, 4, "330200")
    assert (seen(hub).whole.coverage.units, seen(hub).whole.coverage.twice) == (8, 0)


@pytest.mark.parametrize("marks", [["b" * 16, "a" * 16], ["a" * 16] * 2, ["x"], ["A" * 16], "a" * 16, [1]])
def test_marks_that_are_none_are_refused(hub: Own, marks: object) -> None:
    city = register(hub.database, "330100", rank="city", role="hub")
    content = {"schema": SCHEMA, "unit": "330100", "registered": 1, "periods": {"now": NOW}, "marks": marks}
    outcome = Door(hub, hub.database).accept(city.seal(content, kind="summary"), "cli")
    assert outcome.error is not None and outcome.error.code == "hub-summary-form"


@pytest.mark.parametrize("number", [-1, 10**10])
def test_a_count_that_cannot_be_is_refused(hub: Own, number: int) -> None:
    city = register(hub.database, "330100", rank="city", role="hub")
    content = {"schema": SCHEMA, "unit": "330100", "registered": number, "periods": {"now": NOW}}
    outcome = Door(hub, hub.database).accept(city.seal(content, kind="summary"), "cli")
    assert outcome.error is not None and outcome.error.code == "hub-summary-form"
