"""Two officers at one campaign, on both databases: who comes second waits, and then finds what the first one did."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from hub.clock import today
from hub.days import after
from hub.intake.order_shape import WITHDRAWN
from hub.people.sight import ROLES, Sight
from hub.registry import units
from hub.registry.own import Own
from hub.store import database as store
from hub.store.database import Database
from hub.store.tables import campaign, outgoing
from hub.work import campaigns, ending, sending
from hub.work.campaigns import Plan
from hub.work.ordering import recall_text
from scanner.errors import KeepError, UseError
from tests.hub.post import HUB, register
from tests.hub.work.conftest import meanwhile

CITY, UPPER = "330100", "310000"
WAIT = 200
"""Milliseconds after which who waits for a lock gives up: the first officer goes on only then, however slow the machine is."""
Act = Callable[[Connection, Own, Sight, str], object]


def _recall(connection: Connection, own: Own, sight: Sight, code: str) -> None:
    """The hub above takes it back."""
    order = connection.execute(sa.select(campaign.c.order_text).where(campaign.c.code == code)).scalar_one()
    text = recall_text(order, WITHDRAWN, "口径有误")
    said = {"schema": "", "hub": UPPER, "order": "", "number": "1", "issued": "", "end": WITHDRAWN, "why": "口径有误"}
    ending.recalled(connection, sight, order, UPPER, said, text)  # type: ignore[arg-type]


ACTS: dict[str, Act] = {
    "close": ending.close,
    "withdraw": lambda connection, own, sight, code: ending.withdraw(connection, own, sight, code, "口径有误"),
    "draw": lambda connection, _own, sight, code: campaigns.draw_now(connection, sight, code, "3999.42"),
    "send": sending.campaign_notices,
    "recall": _recall,
}
PAIRS = [
    # First, second, what the second is told when it comes to it, how the campaign ends, envelopes to the hub below.
    ("close", "withdraw", "campaign-closed", "closed", 0),
    ("withdraw", "close", "campaign-closed", "withdrawn", 0),
    ("close", "close", "campaign-closed", "closed", 0),
    ("send", "send", None, "open", 1),
    ("send", "withdraw", None, "withdrawn", 2),
    ("withdraw", "send", "campaign-closed", "withdrawn", 0),
    ("draw", "withdraw", None, "withdrawn", 0),
    ("withdraw", "draw", "campaign-drawn", "withdrawn", 0),
    ("draw", "draw", "campaign-drawn", "open", 0),
    ("send", "recall", None, "withdrawn", 1),
    ("recall", "send", "campaign-closed", "withdrawn", 0),
]


class Desk:
    """The campaign, and two connections to it that wait a moment only."""

    def __init__(self, hub: Own, kind: str) -> None:
        self.own = hub
        hub_below = register(hub.database, CITY, HUB, rank="city", role="hub")
        assert hub_below.code == CITY
        for number in (1, 2):
            register(hub.database, f"330000-00{number}")
        plan = Plan(
            "专项", "archives-l3", HUB, today(), after(today(), 30), 1 if kind == "draw" else 0, "", "收盘" if kind == "draw" else ""
        )
        with hub.database.writing() as connection:
            self.sight = Sight(1, "province", units.find(connection, HUB).path, ROLES["province"], "张三")
            self.code = campaigns.create(connection, self.sight, plan)
            if kind == "recall":
                one = campaigns.find(connection, self.sight, self.code)
                text = sending.order_of(connection, self.sight, one)
                connection.execute(campaign.update().values(sender=UPPER, order_text=text))
        self.rooms = [self._room() for _ in range(2)]

    def _room(self) -> Database:
        url = self.own.database.url
        database = Database(f"{url}?options=-c%20lock_timeout%3D{WAIT}" if self.own.database.postgres else url)
        if not database.postgres:
            sa.event.listen(database.engine, "connect", lambda raw, _: raw.execute(f"PRAGMA busy_timeout={WAIT}"))
        return database

    def does(self, officer: int, name: str) -> None:
        with self.rooms[officer].writing() as connection:
            ACTS[name](connection, self.own, self.sight, self.code)

    def stands(self) -> tuple[str, int]:
        with self.own.database.reading() as connection:
            sent = sa.select(sa.func.count()).select_from(outgoing).where(outgoing.c.kind == "order")
            return campaigns.find(connection, self.sight, self.code).state, int(connection.execute(sent).scalar_one())


@pytest.fixture
def desk(hub: Own, request: pytest.FixtureRequest) -> Iterator[Desk]:
    made = Desk(hub, request.param)
    yield made
    for room in made.rooms:
        room.close()


def sort(first: str, second: str) -> str:
    """Of the campaign that both can do something with."""
    return next((one for one in ("draw", "recall") if one in (first, second)), "")


@pytest.mark.parametrize(
    ("desk", "first", "second", "told", "state", "sent"),
    [pytest.param(sort(*pair[:2]), *pair, id=f"{pair[0]}-{pair[1]}") for pair in PAIRS],
    indirect=["desk"],
)
def test_who_comes_second_waits_and_finds_what_was_done(
    desk: Desk, first: str, second: str, told: str | None, state: str, sent: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    waited: list[Any] = []

    def act() -> None:
        with pytest.raises(KeepError, match="hub-database") as caught:
            desk.does(1, second)
        waited.append(caught.value)

    meanwhile(monkeypatch, campaigns, "find", act)
    desk.does(0, first)
    assert len(waited) == 1
    if told is None:
        desk.does(1, second)
    else:
        with pytest.raises(UseError, match=told):
            desk.does(1, second)
    assert desk.stands() == (state, sent)


@pytest.mark.parametrize("desk", ["draw"], indirect=True)
def test_without_the_lock_the_second_would_get_between(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the test above is worth: on a server a withdrawn campaign would be open again, and a file would turn the first one away."""
    monkeypatch.setattr(campaigns, "alone", lambda *_: None)
    for room in desk.rooms if not desk.own.database.postgres else ():
        sa.event.remove(room.engine, "begin", store._begin_sqlite)
        sa.event.listen(room.engine, "begin", lambda connection: connection.connection.driver_connection.execute("BEGIN"))
    meanwhile(monkeypatch, campaigns, "find", lambda: desk.does(1, "withdraw"))
    if desk.own.database.postgres:
        desk.does(0, "draw")
        assert desk.stands()[0] == "open"
    else:
        with pytest.raises(KeepError, match="hub-database"):
            desk.does(0, "draw")
        assert desk.stands()[0] == "withdrawn"
