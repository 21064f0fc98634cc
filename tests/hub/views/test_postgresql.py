"""The same province on PostgreSQL gives the same views, and the same work gives the same states."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy.engine import Connection

from hub.clock import today
from hub.days import after
from hub.intake.door import Door
from hub.people.sight import ROLES, Sight
from hub.registry import units
from hub.store.database import Database
from hub.store.tables import META
from hub.views import alike, board, coverage, dashboard, items, scope, unit_page
from hub.views.plain import plain
from hub.work import advisories, campaigns, clockwork, drafting, issuing, notices, packs
from hub.work.drafting import Draft
from scanner.model.canonical import canonical
from tests.hub import province
from tests.hub.post import HUB, alias, hazard, hub_with, register
from tests.hub.postgres import POSSIBLE, Server
from tests.hub.province import DAY, World
from tests.hub.views.conftest import sight

pytestmark = [pytest.mark.lab, pytest.mark.skipif(not POSSIBLE, reason="needs root and PostgreSQL")]
VIEWS: dict[str, Callable[[Connection, Sight], Any]] = {
    "dashboard": lambda connection, own: dashboard.dashboard(connection, own, "", DAY),
    "coverage": lambda connection, own: coverage.debts(connection, own, scope.find(connection, own), DAY),
    "board": lambda connection, own: board.board(connection, own, board.Filter(late=True), DAY),
    "items": lambda connection, own: items.listed(connection, own, "", items.CHECK),
    "item": lambda connection, own: items.page(connection, own, "", items.CHECK, items.listed(connection, own, "", items.CHECK)[0].code),
    "alike": lambda connection, own: alike.comparison(connection, own, "", "special", DAY),
    "unit": lambda connection, own: unit_page.unit_page(connection, own, "330101-001", DAY),
}


@pytest.fixture(scope="module")
def same(postgres: Server) -> Any:
    database = Database(postgres.url())
    META.create_all(database.engine)
    yield database, province.make(database, units=60, cities=4, counties=3)
    database.close()


@pytest.mark.parametrize("name", VIEWS)
def test_views_are_the_same(filled: tuple[Database, World], same: tuple[Database, World], name: str) -> None:
    told = []
    for database, world in (filled, same):
        with database.reading() as connection:
            told.append(plain(VIEWS[name](connection, sight(world, "330000"))))
    assert told[0] == told[1]


def test_work_is_the_same(postgres: Server) -> None:
    database = Database(postgres.url())
    META.create_all(database.engine)
    own = hub_with(database)
    one, door = register(database, "330101-001"), Door(own, database)
    door.accept(one.report(hazards=[hazard(0), hazard(1)]), "cli")
    with database.writing() as connection:
        chief = Sight(1, "province", units.find(connection, HUB).path, ROLES["province"], "张三")
        draft = Draft("rectify", one.code, "整改", "", after(today(), 30), (alias("H", 0),))
        number = drafting.draft(connection, chief, draft)
        issuing.issue(connection, own, chief, number)
        plan = campaigns.Plan("专项", "gbt22239-l3", HUB, "2026-02-10", after(today(), 30))
        code = campaigns.create(connection, chief, plan)
        advisories.publish(connection, own, chief, unit_code=HUB, title="预警", level="high", text="请查。", checks=["linux.check-1"])
        packs.add(connection, own, chief, canonical({"schema": "shiqu/pack/1", "name": "p", "version": 1, "values": {"a": 1}}))
    door.accept(one.report(finished="2026-03-01T00:00:00Z", statuses=["met", "met"], hazards=[hazard(0, "closed"), hazard(1)]), "cli")
    assert clockwork.turn(database, "2026-03-31") == clockwork.Done(1, 1, 1)
    assert clockwork.turn(database, "2026-03-31") == clockwork.Done(0, 0, 0)
    with database.reading() as connection:
        assert notices.find(connection, chief, number).state == "closed"
        assert campaigns.find(connection, chief, code).counts["proven"] == 1
    database.close()
