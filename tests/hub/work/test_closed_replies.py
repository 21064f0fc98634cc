"""What a unit replied goes up although its notice closed before anything was told: once, whatever is told again."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from hub.courier import upward
from hub.courier.answers import answers
from hub.courier.replies import replies
from hub.intake.order_shape import check_order, reply_mark
from hub.registry import units
from hub.store.tables import log
from hub.work import answering, notices
from hub.work.notices import REMIND
from scanner.ledger.envelope import open_envelope
from tests.hub.chain import COUNTY, OPENS, PROFILE, RUN, Chain, Office

REPLY = "已整改完毕，请予销号。"


@pytest.fixture
def closed(chain: Chain) -> Chain:
    """The unit replied, and its report closed the notice at the county; nothing went up yet."""
    chain.province.issue(kind=REMIND, title="催报", report={"profile": PROFILE, "after": OPENS}, unit=chain.one.code)
    chain.down()
    (one,) = chain.county.notices()
    with chain.county.database.writing() as connection:
        answering.reply(connection, chain.county.sight, one.id, REPLY)
    chain.county.take(chain.one.report(finished=RUN))
    chain.county.turn()
    return chain


def told(office: Office) -> notices.Notice:
    (found,) = office.notices()
    return found


def written(office: Office) -> list[str]:
    """What the log says of replies and closings."""
    wanted = log.c.action.in_(("notice.receive", "notice.reply", "notice.close"))
    with office.database.reading() as connection:
        return list(connection.execute(sa.select(log.c.action).where(wanted).order_by(log.c.n)).scalars())


def test_its_text_goes_up_with_the_proof_in_full_summaries(closed: Chain) -> None:
    closed.up("full", "full")
    assert [(told(office).state, told(office).answer) for office in (closed.city, closed.province)] == [("closed", REPLY)] * 2
    assert told(closed.province).received == told(closed.county).received
    assert told(closed.province).body["proof"]["envelope"] == told(closed.city).body["proof"]["envelope"]


@pytest.mark.parametrize("disclosure", ["figures", "masked"])
def test_its_digest_goes_up_and_its_text_stays_otherwise(closed: Chain, disclosure: str) -> None:
    for data in closed.up(disclosure, disclosure):
        assert REPLY[:4].encode() not in open_envelope(data).members["summary.json"]
    found = told(closed.province)
    mark = reply_mark(check_order(found.order_text.encode())["nonce"], REPLY)
    assert (found.state, found.answer, found.body["relayed"]["digest"]) == ("closed", "", mark)


def test_it_is_written_down_once_however_often_it_is_told(closed: Chain) -> None:
    for _ in range(2):
        closed.up("full", "full")
        closed.county.take(closed.two.report(finished=RUN))
        for office in (closed.city, closed.province):
            office.turn()
    assert [written(office) for office in (closed.city, closed.province)] == [["notice.reply", "notice.close"]] * 2


def test_its_text_may_come_after_the_notice_closed_above_and_stays(closed: Chain) -> None:
    closed.up()
    assert (told(closed.province).state, told(closed.province).answer) == ("closed", "")
    closed.up("full", "full")
    assert told(closed.province).answer == REPLY
    closed.county.take(closed.two.report(finished=RUN))
    closed.up()
    assert (told(closed.province).state, told(closed.province).answer) == ("closed", REPLY)
    assert written(closed.province) == ["notice.reply", "notice.close", "notice.reply"]


def test_what_was_known_before_it_closed_is_not_told_anew(closed: Chain) -> None:
    """The same reply, first told while the notice stood."""
    with closed.county.database.writing() as connection:
        connection.execute(notices.notice.update().values(state="replied", closed="", closed_by=None))
    # As the summary of then said it.
    made = upward.prepare(closed.county.own, closed.county.database, "", "full")
    assert closed.city.take(made.data).code == "accepted"
    closed.city.turn()
    assert (told(closed.city).state, told(closed.city).answer) == ("replied", REPLY)
    closed.up()
    assert (told(closed.city).state, told(closed.city).answer) == ("closed", REPLY)
    assert written(closed.city) == ["notice.reply", "notice.close"]


def test_replies_to_what_stands_go_before_those_to_what_is_closed(closed: Chain) -> None:
    with closed.county.database.reading() as connection:
        path, orders = units.find(connection, COUNTY).path, answers(connection, "/1/")
        assert [one["text"] for one in replies(connection, path, orders, 4000)] == [REPLY]
    closed.province.issue(kind=REMIND, title="再催", report={"profile": PROFILE, "after": "2026-03-01"}, unit=closed.one.code)
    closed.down()
    with closed.county.database.writing() as connection:
        # The older one is asked again, so that the closed one is the newer.
        first, second = sorted(closed.county.notices(), key=lambda one: one.id)
        swapped = {"state": "replied", "closed": "", "closed_by": None}
        kept = {"state": "closed", "closed": first.closed, "closed_by": first.closed_by, "reply": "新", "received": first.received}
        connection.execute(notices.notice.update().where(notices.notice.c.id == first.id).values(swapped))
        connection.execute(notices.notice.update().where(notices.notice.c.id == second.id).values(kept))
    with closed.county.database.reading() as connection:
        orders = answers(connection, "/1/")
        by_room = [{one["text"] for one in replies(connection, path, orders, room)} for room in (300, 4000)]
    assert by_room == [{REPLY}, {REPLY, "新"}]


def test_a_reply_given_here_is_not_replaced_by_what_a_hub_below_tells(closed: Chain) -> None:
    (one,) = closed.province.notices()
    with closed.province.database.writing() as connection:
        answering.reply(connection, closed.province.sight, one.id, "已当面报告。")
    closed.up("full", "full")
    assert (told(closed.province).state, told(closed.province).answer) == ("closed", "已当面报告。")
    assert "relayed" not in told(closed.province).body and written(closed.province) == ["notice.reply", "notice.close"]


def test_a_reply_is_heard_of_a_notice_that_only_the_hub_above_closed(chain: Chain) -> None:
    chain.province.issue(kind=REMIND, title="催报", report={"profile": PROFILE, "after": OPENS}, unit=chain.one.code)
    chain.down()
    with chain.county.database.writing() as connection:
        answering.reply(connection, chain.county.sight, chain.county.notices()[0].id, REPLY)
    with chain.city.database.writing() as connection:
        connection.execute(notices.notice.update().values(state="closed", closed=RUN))
    chain.up("full", "full")
    assert (told(chain.city).state, told(chain.city).answer) == ("closed", REPLY)
    assert (told(chain.province).state, told(chain.province).answer) == ("replied", REPLY)
