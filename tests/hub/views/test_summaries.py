"""Figures that a hub below sends: its silent units count, too, and are never taken for clean ones."""

from __future__ import annotations

import pytest

from hub.courier import upward
from hub.intake.door import Door
from hub.intake.fold import fold_all
from hub.intake.summary import SCHEMA
from hub.people.sight import ROLES, Sight
from hub.registry import units
from hub.registry.own import Own
from hub.views.dashboard import Dashboard, dashboard
from scanner.ledger.envelope import open_envelope
from tests.hub.post import HUB, register

NOW = {"units": 3, "core:CH1:confirmed": 2, "core:CH1:not_tested": 1, "hazard:major:registered": 2}


def told(hub: Own, registered: int = 5) -> None:
    """The city's newest summary."""
    city = register(hub.database, "330100", rank="city", role="hub")
    content = {"schema": SCHEMA, "unit": "330100", "registered": registered, "periods": {"now": NOW}}
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


@pytest.mark.parametrize("number", [-1, 10**10])
def test_a_count_that_cannot_be_is_refused(hub: Own, number: int) -> None:
    city = register(hub.database, "330100", rank="city", role="hub")
    content = {"schema": SCHEMA, "unit": "330100", "registered": number, "periods": {"now": NOW}}
    outcome = Door(hub, hub.database).accept(city.seal(content, kind="summary"), "cli")
    assert outcome.error is not None and outcome.error.code == "hub-summary-form"
