"""Orders that are refused, and words of hubs below that do not count."""

from __future__ import annotations

import json
from typing import Any

import pytest
import sqlalchemy as sa

from hub.courier import upward
from hub.days import after
from hub.intake.order_shape import MAX_BYTES, check_order, ticket
from hub.registry import keys
from hub.store.tables import campaign, outgoing, quarantine
from hub.work import campaigns
from scanner.ledger.envelope import make, open_envelope
from scanner.ledger.keys import new_key
from scanner.ledger.trust import Pin, add_pin
from scanner.model.canonical import canonical
from tests.hub.chain import CITY, DEADLINE, LATER, PROVINCE, RUN, Chain, sealed
from tests.hub.post import Sender


def order_in(chain: Chain, **more: object) -> dict[str, Any]:
    """The order that the province's next campaign makes."""
    code = chain.province.start(**more)
    if more.get("draw"):
        with chain.province.database.writing() as connection:
            campaigns.draw_now(connection, chain.province.sight, code, "20261201-3999.42")
    chain.province.send(code)
    found: dict[str, Any] = json.loads(open_envelope(chain.province.waiting(CITY, "order")[-1]).members["order.json"])
    return found


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


LONG = "x" * 300
OUT_OF_BOUNDS: dict[str, dict[str, Any]] = {
    "a long name": {"name": LONG},
    "a name that moves the cursor": {"name": "局\x1b[2J"},
    "a long path": {"path": [PROVINCE] * 13},
    "a day that is none": {"issued": "2026-13-01"},
    "another nonce": {"nonce": "0"},
    "nothing asked": {"campaign": None},
    "a text as a number": {"number": 1},
}


@pytest.mark.parametrize("change", OUT_OF_BOUNDS.values(), ids=OUT_OF_BOUNDS)
def test_an_order_out_of_bounds_is_refused(chain: Chain, change: dict[str, Any]) -> None:
    found = chain.city.take(sealed(chain, {**order_in(chain), **change}))
    assert (found.code, found.error and found.error.code) == ("refused", "order-form")


@pytest.mark.parametrize(
    "data", [b" " * (MAX_BYTES + 1), b"[" * 100_000, b'{"schema":"shiqu/recall/1"}', b"\xff"], ids=["large", "deep", "bare", "text"]
)
def test_an_order_that_is_none_is_refused(chain: Chain, data: bytes) -> None:
    found = chain.city.take(sealed(chain, data))
    assert (found.code, found.error and found.error.code) == ("refused", "order-form")
