"""Province, city and county in one process: three hubs, each with its own database and folder, and what goes between them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from hub.clock import today
from hub.courier import upward
from hub.days import after
from hub.intake.door import Door, Outcome
from hub.people.sight import ROLES, Sight
from hub.registry import units
from hub.registry.own import Own
from hub.store.database import Database, sqlite_url
from hub.store.tables import META, outgoing
from hub.work import campaigns, clockwork, drafting, incoming, issuing, notices, sending
from hub.work.campaigns import Plan
from hub.work.drafting import Draft
from scanner.ledger.envelope import START, make
from scanner.ledger.keys import PrivateKey, new_key
from scanner.ledger.trust import Pin, add_pin
from scanner.model.canonical import canonical
from scanner.model.dispatch import FIGURES
from tests.hub.post import Sender, register

PROFILE, OPENS, DEADLINE = "gbt22239-l3", "2026-02-10", after(today(), 30)
PROVINCE, CITY, COUNTY = "330000", "330100", "330102"
BEFORE, RUN, LATER = "2026-02-11T00:00:00Z", "2026-02-12T00:00:00Z", "2026-02-13T00:00:00Z"


@dataclass
class Office:
    """One hub."""

    own: Own
    door: Door

    @property
    def database(self) -> Database:
        return self.own.database

    @property
    def sight(self) -> Sight:
        with self.database.reading() as connection:
            return Sight(1, "province", units.find(connection, self.own.code).path, ROLES["province"], "张三")

    def waiting(self, to: str, kind: str) -> list[bytes]:
        """Envelopes downward, as a disc carries them."""
        with self.database.reading() as connection:
            c = outgoing.c
            statement = sa.select(c.data).where(c.to_id == units.find(connection, to).id, c.kind == kind).order_by(c.id)
            return [bytes(data) for data in connection.execute(statement).scalars()]

    def take(self, data: bytes) -> Outcome:
        return self.door.accept(data, "folder")

    def turn(self) -> None:
        incoming.pass_on(self.own, self.database)
        clockwork.turn(self.database)

    def start(self, **more: object) -> str:
        plan = Plan(**({"name": "隔离专项", "profile": PROFILE, "unit": self.own.code, "opens": OPENS, "deadline": DEADLINE} | more))  # type: ignore[arg-type]
        with self.database.writing() as connection:
            return campaigns.create(connection, self.sight, plan)

    def send(self, code: str) -> list[str]:
        with self.database.writing() as connection:
            return sending.campaign_notices(connection, self.own, self.sight, code)

    def states(self, code: str) -> dict[str, tuple[str, str]]:
        """Unit to state and vouched digest."""
        with self.database.reading() as connection:
            found = campaigns.find(connection, self.sight, code)
            return {one.where.code: (one.state, one.proof) for one in campaigns.parts(connection, self.sight, found)}

    def only(self) -> campaigns.Campaign:
        with self.database.reading() as connection:
            (found,) = campaigns.listed(connection, self.sight)
        return found

    def notices(self) -> list[notices.Notice]:
        with self.database.reading() as connection:
            return notices.listed(connection, self.sight)

    def issue(self, **wanted: Any) -> int:
        with self.database.writing() as connection:
            number = drafting.draft(connection, self.sight, Draft(**({"text": "请抓紧。", "deadline": DEADLINE} | wanted)))
            issuing.issue(connection, self.own, self.sight, number)
        return number


def office(folder: Path, code: str, rank: str) -> Office:
    folder.mkdir()
    database = Database(sqlite_url(folder / "hub.db"))
    META.create_all(database.engine)
    with database.writing() as connection:
        units.add(connection, code, f"局{code}", None, rank=rank, since="2020-01-01")
    own = Own(code, new_key("ed25519", code), new_key("x25519", code), database, folder)
    return Office(own, Door(own, database, incoming.take))


@dataclass
class Chain:
    """Province, city and county, each with its own tree; units that only the county and the province know."""

    province: Office
    city: Office
    county: Office
    one: Sender
    two: Sender
    direct: Sender
    """A unit of the province itself."""

    def down(self) -> None:
        """Everything that waits goes down, from hub to hub."""
        for upper, lower in ((self.province, self.city), (self.city, self.county)):
            for data in upper.waiting(lower.own.code, "order"):
                assert lower.take(data).code in ("accepted", "duplicate")
            lower.turn()

    def up(self, county: str = FIGURES, city: str = FIGURES) -> list[bytes]:
        """Summaries go up, each telling as much as is said; returns them."""
        sent = []
        for lower, upper, disclosure in ((self.county, self.city, county), (self.city, self.province, city)):
            lower.turn()
            made = upward.prepare(lower.own, lower.database, "", disclosure)
            found = upper.take(made.data)
            assert found.code in ("accepted", "duplicate"), found.error
            sent.append(made.data)
        self.province.turn()
        return sent


def pin_above(lower: Office, key: PrivateKey, code: str) -> None:
    assert lower.own.home is not None
    add_pin(lower.own.home / "trust", Pin("hub", key.public.pem.decode(), code))


@contextmanager
def chained(folder: Path) -> Iterator[Chain]:
    """All three, each knowing the key of its neighbour."""
    made = [office(folder / code, code, rank) for code, rank in ((PROVINCE, "province"), (CITY, "city"), (COUNTY, "county"))]
    province, city, county = made
    for upper, lower, rank in ((province, city, "city"), (city, county, "county")):
        register(upper.database, lower.own.code, upper.own.code, rank=rank, key=lower.own.sign, role="hub")
        pin_above(lower, upper.own.sign, upper.own.code)
    with province.database.writing() as connection:
        units.add(connection, COUNTY, "县", CITY, rank="county", since="2020-01-01")
    senders = [register(county.database, f"{COUNTY}-00{number}", COUNTY) for number in (1, 2)]
    for one in senders:
        register(province.database, one.code, COUNTY)
    yield Chain(province, city, county, senders[0], senders[1], register(province.database, "330000-001", PROVINCE))
    for one in made:
        one.database.close()


def sealed(chain: Chain, content: bytes | dict[str, Any], *, key: PrivateKey | None = None, **other: Any) -> bytes:
    data = content if isinstance(content, bytes) else canonical(content)
    said: dict[str, Any] = {"sequence": 1, "previous": START, "created": "2026-02-01T00:00:00Z", "disclosure": "masked", "marking": ""}
    unit, to = other.pop("unit", PROVINCE), other.pop("to", CITY)
    return make("order", unit, to, {"order.json": data}, key=key or chain.province.own.sign, **(said | other))
