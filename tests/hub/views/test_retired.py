"""Who is retired owes nothing and counts nowhere: what it sent stays on its own page, and hides nobody who is silent."""

from __future__ import annotations

from hub.intake.door import Door
from hub.intake.fold import fold_all
from hub.people.sight import ROLES, Sight
from hub.registry import units
from hub.registry.own import Own
from hub.views import board, dashboard, unit_page
from hub.work import escalation
from tests.hub.post import HUB, hazard, register

DAY = "2026-11-26"


def sight(own: Own) -> Sight:
    with own.database.reading() as connection:
        return Sight(1, "province", units.find(connection, HUB).path, ROLES["province"], "某")


def retired(own: Own) -> None:
    """Three units: one reported and is retired, one reported, one is silent."""
    one, two, _ = (register(own.database, f"330000-00{number}") for number in (1, 2, 3))
    door = Door(own, own.database)
    for sender in (one, two):
        line = hazard(1, deadline="2026-03-01", times=2)
        assert door.accept(sender.report(core="cleared", hazards=[line]), "http").code == "accepted"
    fold_all(own.database)
    with own.database.writing() as connection:
        units.retire(connection, one.code, "2026-11-01")
    fold_all(own.database)


def test_it_hides_no_silent_unit(hub: Own) -> None:
    retired(hub)
    with hub.database.reading() as connection:
        found = dashboard.dashboard(connection, sight(hub), "", DAY)
    assert (found.whole.coverage.units, found.whole.coverage.reported) == (2, 1)
    assert (found.silent["CH4"], found.whole.figures.core["CH4"]["cleared"]) == (1, 1)


def test_its_hazards_are_nobodys_to_mend(hub: Own) -> None:
    retired(hub)
    with hub.database.reading() as connection:
        found = dashboard.dashboard(connection, sight(hub), "", DAY)
        lines = board.board(connection, sight(hub), board.Filter(), DAY)
        due = escalation.due_on(connection, sight(hub), DAY)
    assert (found.whole.overdue, found.classes["RC1"]["high"], [one.where.code for one in found.repeats]) == (1, 1, ["330000-002"])
    assert (lines.total, lines.late, [one.where.code for one in lines.rows]) == (1, 1, ["330000-002"])
    assert len(due) == 1


def test_its_own_page_keeps_them(hub: Own) -> None:
    retired(hub)
    with hub.database.reading() as connection:
        page = unit_page.unit_page(connection, sight(hub), "330000-001", DAY)
        lines = board.board(connection, sight(hub), board.Filter(unit="330000-001"), DAY)
    assert len(page.hazards) == 1 == lines.total and page.standing
