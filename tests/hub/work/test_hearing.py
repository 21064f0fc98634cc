"""Receipt and reply of a unit go up in the summaries of its hub; text and names do not."""

from __future__ import annotations

import json
from typing import Any

import pytest
import sqlalchemy as sa

from hub.clock import now
from hub.courier import upward
from hub.intake.order_shape import check_order, reply_mark, ticket
from hub.store.tables import outgoing
from hub.work import answering, notices
from hub.work.notices import REMIND
from scanner.ledger.envelope import make, open_envelope
from scanner.model.canonical import canonical, digest
from tests.hub.chain import CITY, OPENS, PROFILE, RUN, Chain, Office

REPLY = "已布置整改，预计十日内完成。"


@pytest.fixture
def asked(chain: Chain) -> Chain:
    """A notice of the province stands at the unit's county."""
    chain.province.issue(kind=REMIND, title="催报", report={"profile": PROFILE, "after": OPENS}, unit=chain.one.code)
    chain.down()
    return chain


def at_county(chain: Chain, reply: str = "") -> None:
    """The unit confirms, or replies."""
    (one, *_) = [held for held in chain.county.notices() if held.where.code == chain.one.code]
    with chain.county.database.writing() as connection:
        if reply:
            answering.reply(connection, chain.county.sight, one.id, reply)
        else:
            answering.receive(connection, chain.county.sight, one.id)


def told(office: Office) -> notices.Notice:
    (found,) = office.notices()
    return found


def test_a_receipt_goes_up_through_three_hubs(asked: Chain) -> None:
    at_county(asked)
    asked.up()
    at = told(asked.county).received
    for office in (asked.city, asked.province):
        assert (told(office).state, told(office).received) == ("received", at)
    assert told(asked.province).body["relayed"]["hub"] == CITY


def test_a_reply_goes_up_by_its_digest_and_its_text_stays(asked: Chain) -> None:
    at_county(asked, REPLY)
    for data in asked.up():
        said = open_envelope(data).members["summary.json"]
        assert [word for word in (REPLY[:4], asked.one.code) if word.encode() in said] == []
    found = told(asked.province)
    mark = reply_mark(check_order(found.order_text.encode())["nonce"], REPLY)
    assert (found.state, found.reply, found.body["relayed"]["digest"]) == ("replied", "", mark)


def test_another_reply_has_another_digest_and_the_same_in_a_newer_summary_is_the_same(asked: Chain) -> None:
    at_county(asked, REPLY)
    asked.up()
    first = told(asked.province).body["relayed"]
    asked.county.take(asked.two.report(finished=RUN))
    asked.up()
    assert told(asked.province).body["relayed"] == first
    at_county(asked, "已完成。")
    asked.up()
    assert told(asked.province).body["relayed"]["digest"] != first["digest"]


def test_a_receipt_is_not_taken_back_by_a_summary_that_tells_less(asked: Chain) -> None:
    at_county(asked)
    asked.up()
    say(asked, [])
    assert told(asked.province).state == "received"


def test_neither_closes_and_the_proof_does(asked: Chain) -> None:
    at_county(asked, REPLY)
    asked.up()
    asked.county.take(asked.one.report(finished=RUN, statuses=["unmet"]))
    asked.up()
    assert [told(office).state for office in (asked.county, asked.city, asked.province)] == ["closed"] * 3


def test_a_hub_says_it_for_no_unit_of_anybody_else(chain: Chain) -> None:
    for unit in (chain.one, chain.direct):
        chain.province.issue(kind=REMIND, title="催报", report={"profile": PROFILE, "after": OPENS}, unit=unit.code)
    chain.down()
    say(chain, [("received", RUN)], codes=[chain.one.code, chain.direct.code])
    assert {one.where.code: one.state for one in chain.province.notices()} == {chain.one.code: "received", chain.direct.code: "issued"}


@pytest.mark.parametrize("at", ["2026-02-31T00:00:00Z", "2026-99-99T99:99:99Z"])
def test_a_time_that_no_calendar_has_says_nothing(asked: Chain, at: str) -> None:
    say(asked, [("received", at)])
    assert told(asked.province).state == "issued"


def test_nothing_was_received_later_than_now(asked: Chain) -> None:
    say(asked, [("received", "2999-01-01T00:00:00Z")])
    found = told(asked.province)
    assert found.state == "received" and found.received <= now()


@pytest.mark.parametrize("state", ["withdrawn", "draft", "issued", "nonsense"])
def test_other_states_of_a_hub_below_change_nothing(asked: Chain, state: str) -> None:
    say(asked, [(state, RUN)])
    assert told(asked.province).state == "issued"


def test_who_got_the_letter_of_a_campaign_got_the_campaign(chain: Chain) -> None:
    code = chain.province.start()
    chain.province.send(code)
    chain.down()
    at_county(chain)
    chain.up()
    assert chain.county.states(chain.county.only().code)[chain.one.code][0] == "received"
    assert {unit: state for unit, (state, _) in chain.province.states(code).items()} == {
        chain.one.code: "received",
        chain.two.code: "asked",
        chain.direct.code: "asked",
    }


def say(chain: Chain, lines: list[tuple[str, str]], codes: list[str] | None = None) -> None:
    """The city's next summary tells this of the province's notices, whatever is true."""
    answers: list[dict[str, Any]] = []
    for one in chain.province.notices():
        if not one.order_text:
            continue
        nonce = check_order(one.order_text.encode())["nonce"]
        proofs = sorted((ticket(nonce, code), state, "sha256:" + "5" * 64, at) for state, at in lines for code in codes or [chain.one.code])
        about = open_envelope(chain.province.waiting(CITY, "order")[-1]).members["order.json"]
        assert about.decode() == one.order_text
        answers.append({"order": digest(about), "of": 1, "states": {}, "silent": 0, "proofs": [list(line) for line in proofs]})
    with chain.city.database.reading() as connection:
        summary = {**upward.summary(connection, CITY), "orders": answers}
        rows = sa.select(outgoing.c.sequence, outgoing.c.digest).where(outgoing.c.kind == "summary").order_by(outgoing.c.sequence.desc())
        last = connection.execute(rows).first()
    row: dict[str, Any] = {"sequence": 1, "previous": "sha256:" + "0" * 64}
    if last is not None:
        row = {"sequence": last.sequence + 1, "previous": last.digest}
    data = make(
        "summary",
        CITY,
        "",
        {"summary.json": canonical(summary)},
        created=RUN,
        disclosure="figures",
        marking="",
        key=chain.city.own.sign,
        **row,
    )
    found = chain.province.take(data)
    assert found.code == "accepted", found.error
    chain.province.turn()
    assert json.loads(open_envelope(data).members["summary.json"])["orders"] == answers
