"""Receipt and reply of a unit go up in the summaries of its hub; names do not, and text only in full ones."""

from __future__ import annotations

import json
from typing import Any

import pytest
import sqlalchemy as sa

from hub.clock import now
from hub.courier import upward
from hub.courier.answers import answers
from hub.courier.replies import replies
from hub.intake.order_shape import check_order, reply_mark, ticket
from hub.registry import units
from hub.store.tables import log as rows
from hub.store.tables import outgoing, system
from hub.work import answering, notices
from hub.work.notices import REMIND
from scanner.ledger.envelope import make, open_envelope
from scanner.model.canonical import canonical, digest
from tests.hub.chain import CITY, COUNTY, OPENS, PROFILE, RUN, Chain, Office
from tests.hub.post import bulletin

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


@pytest.mark.parametrize("disclosure", ["figures", "masked"])
def test_a_reply_goes_up_by_its_digest_and_its_text_stays(asked: Chain, disclosure: str) -> None:
    at_county(asked, REPLY)
    for data in asked.up(disclosure, disclosure):
        said = open_envelope(data).members["summary.json"]
        assert [word for word in (REPLY[:4], asked.one.code) if word.encode() in said] == []
    found = told(asked.province)
    mark = reply_mark(check_order(found.order_text.encode())["nonce"], REPLY)
    assert (found.state, found.answer, found.body["relayed"]["digest"]) == ("replied", "", mark)


def test_a_reply_goes_up_in_full_through_three_hubs_and_names_nobody(asked: Chain) -> None:
    at_county(asked, REPLY)
    for data in asked.up("full", "full"):
        assert asked.one.code.encode() not in open_envelope(data).members["summary.json"]
    assert [(one.state, one.answer) for one in map(told, (asked.city, asked.province))] == [("replied", REPLY)] * 2


def test_a_reply_stops_at_the_hub_that_does_not_tell_in_full(asked: Chain) -> None:
    at_county(asked, REPLY)
    asked.up("full", "masked")
    assert [told(office).answer for office in (asked.city, asked.province)] == [REPLY, ""]


def test_the_text_may_come_after_its_digest_and_stays_when_a_later_summary_leaves_it_out(asked: Chain) -> None:
    at_county(asked, REPLY)
    asked.up()
    asked.up("full", "full")
    assert told(asked.province).answer == REPLY
    asked.county.take(asked.two.report(finished=RUN))
    asked.up()
    assert told(asked.province).answer == REPLY
    at_county(asked, "已完成。")
    asked.up()
    # It is another reply, and of that one only the digest is known.
    assert told(asked.province).answer == ""
    with asked.province.database.reading() as connection:
        done = list(connection.execute(sa.select(rows.c.action).where(rows.c.action.like("notice.repl%")).order_by(rows.c.n)).scalars())
    assert done == ["notice.reply"] * 3


@pytest.mark.parametrize("sort", ["registry", "report", "marking"])
def test_of_a_unit_with_classified_matters_the_digest_alone_goes_up(asked: Chain, sort: str) -> None:
    content = bulletin(asked.one.code, finished="2026-02-01T00:00:00Z")
    if sort == "report":
        content["systems"][0] |= {
            "holds": "classified",
            "rate": None,
            "score_2021": None,
            "major": None,
            "verdict": None,
            "why": "classified",
        }
    found = asked.county.take(asked.one.seal(content, created="2026-02-01T00:00:00Z", marking="秘密" if sort == "marking" else ""))
    assert found.code == "accepted", found.error
    if sort == "registry":
        with asked.county.database.writing() as connection:
            values = {"unit_id": units.find(connection, asked.one.code).id, "code": "oa", "name": "办公", "holds": "classified"}
            connection.execute(system.insert().values(values))
    at_county(asked, REPLY)
    for data in asked.up("full", "full"):
        assert REPLY.encode() not in open_envelope(data).members["summary.json"]
    assert (told(asked.province).state, told(asked.province).answer) == ("replied", "")


def test_replies_go_up_as_far_as_there_is_room(asked: Chain) -> None:
    asked.province.issue(kind=REMIND, title="再催", report={"profile": PROFILE, "after": OPENS}, unit=asked.two.code)
    asked.down()
    with asked.county.database.writing() as connection:
        for one in notices.listed(connection, asked.county.sight):
            answering.reply(connection, asked.county.sight, one.id, REPLY if one.where.code == asked.two.code else "长" * 1000)
    with asked.county.database.reading() as connection:
        path, orders = units.find(connection, COUNTY).path, answers(connection, "/1/")
        by_room = [[one["text"][:1] for one in replies(connection, path, orders, room)] for room in (100, 300, 4000)]
    assert [len(texts) for texts in by_room] == [0, 1, 2] and by_room[1] == [REPLY[:1]]


def test_a_text_that_is_not_that_of_the_digest_is_nobodys(asked: Chain) -> None:
    say(asked, [("replied", RUN)], reply="已全部整改完毕。")
    assert (told(asked.province).state, told(asked.province).answer) == ("replied", "")


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


def say(chain: Chain, lines: list[tuple[str, str]], codes: list[str] | None = None, reply: str = "") -> None:
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
    with chain.city.database.writing() as connection:
        disclosure = "full" if reply else "figures"
        summary: dict[str, Any] = {**upward.summary(connection, CITY, disclosure), "orders": answers}
        if reply:
            summary["replies"] = [{"order": one["order"], "ticket": line[0], "text": reply} for one in answers for line in one["proofs"]]
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
        disclosure=disclosure,
        marking="",
        key=chain.city.own.sign,
        **row,
    )
    found = chain.province.take(data)
    assert found.code == "accepted", found.error
    chain.province.turn()
    assert json.loads(open_envelope(data).members["summary.json"])["orders"] == answers
