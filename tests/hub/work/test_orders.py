"""Campaigns of the hub above: taken in by themselves, sent on, proven upward under tickets."""

from __future__ import annotations

import json

import pytest

from hub.registry import keys
from hub.work import campaigns, ending
from hub.work.draw import drawn
from hub.work.vouching import hubs
from scanner.errors import UseError
from scanner.ledger.envelope import Envelope, open_envelope
from tests.hub.chain import CITY, COUNTY, DEADLINE, LATER, OPENS, PROFILE, PROVINCE, RUN, Chain, sealed
from tests.hub.post import hazard


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


def test_a_hub_whose_units_nobody_here_knows_takes_part_in_figures(chain: Chain) -> None:
    code = chain.city.start()
    assert chain.city.send(code) == [] and chain.city.states(code) == {}
    (data,) = chain.city.waiting(COUNTY, "order")
    assert chain.county.take(data).code == "accepted"
    chain.county.turn()
    chain.county.take(chain.one.report(finished=RUN, statuses=["met"], results=[]))
    chain.up()
    with chain.city.database.reading() as connection:
        ((handed, answer),) = hubs(connection, chain.city.sight, chain.city.only().order_text)
    assert handed.hub.code == COUNTY and answer is not None and (answer["of"], answer["states"]["proven"]) == (2, 1)


def test_a_campaign_from_above_is_not_ended_here(chain: Chain) -> None:
    chain.province.send(chain.province.start())
    chain.down()
    with chain.county.database.writing() as connection, pytest.raises(UseError, match="campaign-upper"):
        ending.close(connection, chain.county.own, chain.county.sight, chain.county.only().code)


def test_an_order_to_a_hub_with_a_key_is_encrypted_to_it(chain: Chain) -> None:
    assert chain.city.own.encrypt is not None
    with chain.province.database.writing() as connection:
        keys.pin(connection, CITY, chain.city.own.encrypt.public.pem, since="2020-01-01", role="hub")
    chain.province.send(chain.province.start())
    (data,) = chain.province.waiting(CITY, "order")
    opened: Envelope = open_envelope(data, decrypt=chain.city.own.encrypt)
    assert "隔离专项".encode() not in data and opened.manifest["kind"] == "order"
    assert chain.city.take(data).code == "accepted"
