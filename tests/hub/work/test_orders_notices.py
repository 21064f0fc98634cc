"""Notices of the hub above: sent on to the unit, closed by its proof there."""

from __future__ import annotations

import json

import pytest

from hub.registry import keys
from hub.work import notices, withdrawing
from hub.work.notices import CIRCULAR, RECTIFY, REMIND
from scanner.errors import UseError
from scanner.ledger.envelope import open_envelope
from scanner.ledger.keys import new_key
from tests.hub.chain import BEFORE, CITY, LATER, OPENS, PROFILE, PROVINCE, RUN, Chain
from tests.hub.post import Sender, alias, hazard


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
        withdrawing.withdraw(connection, chain.county.own, chain.county.sight, held.id, "不要了")


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
