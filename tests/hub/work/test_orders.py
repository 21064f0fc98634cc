"""Orders of the hub above: taken in by themselves, sent on, proven upward under tickets; and what is refused."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from hub.clock import today
from hub.courier import upward
from hub.days import after
from hub.intake.door import Door, Outcome
from hub.intake.order_shape import check_order, ticket
from hub.people.sight import ROLES, Sight
from hub.registry import keys, units
from hub.registry.own import Own
from hub.store.database import Database, sqlite_url
from hub.store.tables import META, campaign, outgoing, quarantine
from hub.work import campaigns, clockwork, drafting, incoming, issuing, notices, sending, withdrawing
from hub.work.campaigns import Plan
from hub.work.drafting import Draft
from hub.work.draw import drawn
from hub.work.notices import CIRCULAR, RECTIFY, REMIND
from scanner.errors import UseError
from scanner.ledger.envelope import START, Envelope, make, open_envelope
from scanner.ledger.keys import PrivateKey, new_key
from scanner.ledger.trust import Pin, add_pin
from scanner.model.canonical import canonical
from tests.hub.post import Sender, alias, hazard, register

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

    def up(self) -> list[bytes]:
        """Summaries go up; returns them."""
        sent = []
        for lower, upper in ((self.county, self.city), (self.city, self.province)):
            lower.turn()
            made = upward.prepare(lower.own, lower.database)
            found = upper.take(made.data)
            assert found.code in ("accepted", "duplicate"), found.error
            sent.append(made.data)
        self.province.turn()
        return sent


def pin_above(lower: Office, key: PrivateKey, code: str) -> None:
    assert lower.own.home is not None
    add_pin(lower.own.home / "trust", Pin("hub", key.public.pem.decode(), code))


@pytest.fixture
def chain(tmp_path: Path) -> Iterator[Chain]:
    made = [office(tmp_path / code, code, rank) for code, rank in ((PROVINCE, "province"), (CITY, "city"), (COUNTY, "county"))]
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


def test_a_campaign_goes_down_and_its_proofs_come_up(chain: Chain) -> None:
    code = chain.province.start()
    assert len(chain.province.send(code)) == 1, "only the unit that no hub stands above gets its notice from here"
    chain.down()
    held = chain.county.only()
    assert (held.name, held.profile, held.opens, held.deadline, held.sender) == ("隔离专项", PROFILE, OPENS, DEADLINE, CITY)
    assert held.ordered is not None and (held.ordered["hub"], held.ordered["number"]) == (PROVINCE, code)
    assert set(chain.county.states(held.code)) == {chain.one.code, chain.two.code}
    assert [len(chain.county.waiting(one.code, "notice")) for one in (chain.one, chain.two)] == [1, 1]
    assert any("局330000" in text and code in text for text in chain.county.notices()[0].body["text"])
    proof = open_envelope(data := chain.one.report(finished=RUN, statuses=["met"], results=[])).digest
    assert chain.county.take(data).code == "accepted"
    chain.up()
    assert chain.province.states(code) == {
        chain.one.code: ("proven", proof),
        chain.two.code: ("asked", ""),
        chain.direct.code: ("asked", ""),
    }


def test_it_follows_what_stands_and_an_unmet_run_takes_the_proof_back(chain: Chain) -> None:
    code = chain.province.start()
    chain.province.send(code)
    chain.down()
    chain.county.take(chain.one.report(finished=RUN, statuses=["met"], results=[]))
    chain.up()
    chain.county.take(chain.one.report(finished=LATER, statuses=["unmet"]))
    chain.up()
    assert chain.province.states(code)[chain.one.code][0] == "reported"


def test_what_travels_up_names_no_unit(chain: Chain) -> None:
    code = chain.province.start()
    chain.province.send(code)
    chain.down()
    chain.county.take(chain.one.report(finished=RUN, statuses=["met"], hazards=[hazard(0, "closed")]))
    for data in chain.up():
        said = open_envelope(data).members["summary.json"]
        assert [word for word in (chain.one.code, chain.two.code, "馆", "linux.check", "H-", "T-") if word.encode() in said] == []
        (answer,) = json.loads(said)["orders"]
        assert (answer["of"], answer["states"], answer["silent"], len(answer["proofs"])) == (2, {"asked": 1, "proven": 1}, 0, 1)


def test_taken_in_twice_is_once(chain: Chain) -> None:
    code = chain.province.start()
    chain.province.send(code)
    assert chain.province.send(code) == []
    (data,) = chain.province.waiting(CITY, "order")
    first, second = chain.city.take(data), chain.city.take(data)
    assert (first.code, second.code) == ("accepted", "duplicate") and first.receipt == second.receipt is not None
    chain.city.turn()
    chain.city.turn()
    assert len(chain.city.waiting(COUNTY, "order")) == 1
    # The same order under another number makes no second campaign.
    text = open_envelope(data, decrypt=chain.city.own.encrypt).members["order.json"]
    assert chain.city.take(sealed(chain, text, sequence=2, previous=open_envelope(data).digest)).code == "accepted"
    assert chain.city.only().name == "隔离专项"


def test_a_draw_is_repeated_before_it_counts(chain: Chain) -> None:
    code = chain.province.start(draw=2, source="明天的公开数字")
    with chain.province.database.writing() as connection:
        chosen = campaigns.draw_now(connection, chain.province.sight, code, "20261201-3999.42")
    chain.province.send(code)
    chain.down()
    held = chain.county.only()
    assert (held.seed, held.drawn, held.conditions["of"]) == ("20261201-3999.42", 2, 3)
    assert (
        set(chain.county.states(held.code))
        == set(chosen) - {chain.direct.code}
        == set(drawn(held.seed, held.conditions["codes"], 2)) - {chain.direct.code}
    )


def order_in(chain: Chain, **more: object) -> dict[str, Any]:
    """The order that the province's next campaign makes."""
    code = chain.province.start(**more)
    if more.get("draw"):
        with chain.province.database.writing() as connection:
            campaigns.draw_now(connection, chain.province.sight, code, "20261201-3999.42")
    chain.province.send(code)
    found: dict[str, Any] = json.loads(open_envelope(chain.province.waiting(CITY, "order")[-1]).members["order.json"])
    return found


def sealed(chain: Chain, content: bytes | dict[str, Any], *, key: PrivateKey | None = None, **other: Any) -> bytes:
    data = content if isinstance(content, bytes) else canonical(content)
    said: dict[str, Any] = {"sequence": 1, "previous": START, "created": "2026-02-01T00:00:00Z", "disclosure": "masked", "marking": ""}
    unit, to = other.pop("unit", PROVINCE), other.pop("to", CITY)
    return make("order", unit, to, {"order.json": data}, key=key or chain.province.own.sign, **(said | other))


def test_orders_that_are_refused(chain: Chain) -> None:
    order = order_in(chain, draw=2, source="明天的公开数字")
    swapped = {**order["campaign"], "codes": [*order["campaign"]["codes"][:-1], "999999-001"]}
    refused = {
        "order-upper-unknown": sealed(chain, order, key=new_key("ed25519", PROVINCE)),
        "order-upper-other-unit": sealed(chain, order, unit="440000"),
        "hub-envelope-elsewhere": sealed(chain, order, to=""),
        "order-draw": sealed(chain, {**order, "campaign": swapped}),
        "order-past": sealed(chain, {**order, "deadline": "2026-03-01"}),
        "order-own": sealed(chain, {**order, "hub": CITY, "path": [CITY]}),
        "order-elsewhere": sealed(chain, {**order, "path": [PROVINCE, CITY, "330199"]}),
        "order-form": sealed(chain, {**order, "more": 1}),
        "campaign-days": sealed(chain, {**order, "campaign": {**order["campaign"], "opens": after(DEADLINE, 1)}}),
        "draw-seed": sealed(chain, {**order, "campaign": {**order["campaign"], "seed": "x"}}),
        "dispatch-form": chain.province.waiting(CITY, "order")[0][:-1],
    }
    for code, data in refused.items():
        found = chain.city.take(data)
        assert (found.code, found.error and found.error.code, found.receipt) == ("refused", code, None)
    with chain.city.database.reading() as connection:
        assert connection.execute(sa.select(campaign)).all() == []
        assert set(connection.execute(sa.select(quarantine.c.code)).scalars()) == set(refused)
    assert chain.city.take(sealed(chain, order)).code == "accepted"
    conflict = chain.city.take(sealed(chain, {**order, "name": "另一个"}))
    assert (conflict.code, conflict.error and conflict.error.code) == ("conflict", "order-conflict")


def test_a_revoked_key_of_the_hub_above_gives_no_orders(chain: Chain) -> None:
    order = order_in(chain)
    assert chain.city.own.home is not None
    pin = Pin("hub", chain.province.own.sign.public.pem.decode(), PROVINCE, revoked="2026-01-01")
    add_pin(chain.city.own.home / "trust", pin)
    found = chain.city.take(sealed(chain, order))
    assert found.error is not None and found.error.code == "order-upper-revoked"


def test_a_hub_speaks_for_no_unit_that_does_not_stand_under_it(chain: Chain) -> None:
    code = chain.province.start()
    chain.province.send(code)
    chain.down()
    chain.up()
    text = chain.province.only().order_text
    nonce = check_order(text.encode())["nonce"]
    lines = sorted((ticket(nonce, one.code), "proven", "sha256:" + "5" * 64, RUN) for one in (chain.one, chain.direct))
    with chain.city.database.reading() as connection:
        summary = upward.summary(connection, CITY)
        last = connection.execute(sa.select(outgoing.c.digest).where(outgoing.c.kind == "summary")).scalar_one()
    forged = {**summary, "orders": [{**summary["orders"][0], "proofs": [list(line) for line in lines]}]}
    data = make(
        "summary", CITY, "", {"summary.json": canonical(forged)}, sequence=2, previous=last, created=RUN, disclosure="figures",
        marking="", key=chain.city.own.sign,
    )  # fmt: skip
    assert chain.province.take(data).code == "accepted"
    chain.province.turn()
    found = chain.province.states(code)
    assert (found[chain.one.code][0], found[chain.direct.code][0]) == ("proven", "asked")


def test_what_the_unit_reported_here_goes_before_what_is_vouched_for(chain: Chain) -> None:
    code = chain.province.start()
    chain.province.send(code)
    chain.down()
    chain.county.take(chain.one.report(finished=RUN, statuses=["met"], results=[]))
    chain.up()
    with chain.province.database.writing() as connection:
        key = new_key("ed25519")
        keys.pin(connection, chain.one.code, key.public.pem, since="2020-01-01")
    chain.province.take(Sender(chain.one.code, key).report(finished=LATER, statuses=["unmet"]))
    chain.province.turn()
    assert chain.province.states(code)[chain.one.code] == ("reported", "")


def test_a_hub_whose_units_nobody_here_knows_takes_part_in_figures(chain: Chain) -> None:
    code = chain.city.start()
    assert chain.city.send(code) == [] and chain.city.states(code) == {}
    (data,) = chain.city.waiting(COUNTY, "order")
    assert chain.county.take(data).code == "accepted"
    chain.county.turn()
    chain.county.take(chain.one.report(finished=RUN, statuses=["met"], results=[]))
    chain.up()
    from hub.work.vouching import hubs

    with chain.city.database.reading() as connection:
        ((handed, answer),) = hubs(connection, chain.city.sight, chain.city.only().order_text)
    assert handed.hub.code == COUNTY and answer is not None and (answer["of"], answer["states"]["proven"]) == (2, 1)


def test_a_notice_to_a_unit_under_a_lower_hub_is_closed_by_its_proof_there(chain: Chain) -> None:
    number = chain.province.issue(kind=REMIND, unit=chain.one.code, title="催报", report={"profile": PROFILE, "after": OPENS})
    told = chain.province.notices()[0].number
    chain.down()
    (held,) = chain.county.notices()
    assert (held.number, held.where.code, held.sender, held.state) == (told, chain.one.code, CITY, "issued")
    (letter,) = chain.county.waiting(chain.one.code, "notice")
    said = json.loads(open_envelope(letter).members["notice.json"])
    assert (said["number"], said["issuer"], said["unit"]) == (told, f"局{PROVINCE}", chain.one.code)
    chain.up()
    assert chain.province.notices()[0].state == "issued"
    proof = open_envelope(data := chain.one.report(finished=RUN, statuses=["unmet"])).digest
    chain.county.take(data)
    chain.up()
    with chain.province.database.reading() as connection:
        one = notices.find(connection, chain.province.sight, number)
    assert (one.state, one.body["proof"]["hub"], one.body["proof"]["envelope"]) == ("closed", CITY, proof)
    with chain.county.database.writing() as connection, pytest.raises(UseError, match="notice-upper"):
        withdrawing.withdraw(connection, chain.county.sight, held.id, "不要了")


def test_a_notice_to_rectify_is_proven_by_the_hazards_that_the_lower_hub_knows(chain: Chain) -> None:
    with chain.province.database.writing() as connection:
        key = new_key("ed25519")
        keys.pin(connection, chain.one.code, key.public.pem, since="2020-01-01")
    copy = Sender(chain.one.code, key)
    chain.province.take(copy.report(finished=BEFORE, hazards=[hazard(0)]))
    chain.county.take(chain.one.report(finished=BEFORE, hazards=[hazard(0)]))
    chain.province.issue(kind=RECTIFY, unit=chain.one.code, title="整改", hazards=[alias("H", 0)])
    chain.down()
    (held,) = chain.county.notices()
    assert held.body["demand"]["hazards"][0]["check"] == "linux.check-0"
    chain.county.take(chain.one.report(finished=RUN, statuses=["unmet"], hazards=[hazard(0)]))
    chain.up()
    assert chain.province.notices()[0].state == "issued"
    chain.county.take(chain.one.report(finished=LATER, statuses=["met"], hazards=[hazard(0, "closed")]))
    chain.up()
    assert chain.province.notices()[0].state == "closed"


def test_a_circular_reaches_the_units_of_every_hub(chain: Chain) -> None:
    chain.province.issue(kind=CIRCULAR, unit=PROVINCE, title="通报", deadline="")
    chain.down()
    assert len(chain.province.waiting(chain.direct.code, "notice")) == 1
    assert [len(chain.county.waiting(one.code, "notice")) for one in (chain.one, chain.two)] == [1, 1]
    assert "orders" not in json.loads(open_envelope(chain.up()[0]).members["summary.json"])


def test_a_campaign_from_above_is_not_ended_here(chain: Chain) -> None:
    chain.province.send(chain.province.start())
    chain.down()
    with chain.county.database.writing() as connection, pytest.raises(UseError, match="campaign-upper"):
        campaigns.close(connection, chain.county.sight, chain.county.only().code)


def test_an_order_to_a_hub_with_a_key_is_encrypted_to_it(chain: Chain) -> None:
    assert chain.city.own.encrypt is not None
    with chain.province.database.writing() as connection:
        keys.pin(connection, CITY, chain.city.own.encrypt.public.pem, since="2020-01-01", role="hub")
    chain.province.send(chain.province.start())
    (data,) = chain.province.waiting(CITY, "order")
    opened: Envelope = open_envelope(data, decrypt=chain.city.own.encrypt)
    assert "隔离专项".encode() not in data and opened.manifest["kind"] == "order"
    assert chain.city.take(data).code == "accepted"
