"""Pages of what goes between hubs: who got it, what came back, and what was taken back."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from hub.people import passwords
from hub.registry import units
from hub.store.tables import account
from hub.web.app import built
from hub.web.ask import State
from hub.work.notices import REMIND
from tests.hub.chain import OPENS, PROFILE, RUN, Chain, Office, chained
from tests.hub.web.stand import PASSWORD, Browser, Stand


class Room(Stand):
    """One hub of the chain, and its officer."""

    def __init__(self, office: Office) -> None:
        self.own, self.database = office.own, office.database
        with self.database.writing() as connection:
            where = units.find(connection, office.own.code)
            values = {"name": "officer", "full_name": "张三", "role": where.rank, "unit_id": where.id}
            connection.execute(account.insert().values(**values, password=passwords.hashed(PASSWORD), created="2026-01-01T00:00:00Z"))
        self.state = State(self.own, self.database, second="none")
        self.app = built(self.state)
        self.runner = asyncio.Runner()


@pytest.fixture
def chain(tmp_path: Path) -> Iterator[Chain]:
    with chained(tmp_path) as made:
        yield made


@pytest.fixture
def rooms(chain: Chain) -> Iterator[tuple[Browser, Browser]]:
    """Of the province and of the county."""
    both = [Room(office) for office in (chain.province, chain.county)]
    yield both[0].browser("officer"), both[1].browser("officer")
    for one in both:
        one.runner.close()


def test_the_page_of_a_notice_tells_what_its_unit_did_under_a_hub_below(chain: Chain, rooms: tuple[Browser, Browser]) -> None:
    province, county = rooms
    number = chain.province.issue(kind=REMIND, title="催报", report={"profile": PROFILE, "after": OPENS}, unit=chain.one.code)
    chain.down()
    assert "还没有回音" in province.get(f"/notices/{number}").text
    held = chain.county.notices()[0].id
    assert county.post(f"/notices/{held}/reply", {"reply": "已布置整改。<b>&"}).status_code == 303
    chain.up()
    above, below = province.get(f"/notices/{number}").text, county.get(f"/notices/{held}").text
    mark = chain.province.notices()[0].body["relayed"]["digest"]
    assert "已回复" in above and "由下级汇集端 330100 的汇总转报" in above and mark in above and "已布置整改" not in above
    assert mark in below and "已布置整改" in below
    chain.up("full", "full")
    above = province.get(f"/notices/{number}").text
    assert mark in above and "已布置整改。&lt;b&gt;&amp;" in above and "原文没有报上来" not in above

    assert province.post(f"/notices/{number}/withdraw", {"why": "发错了单位"}).status_code == 303
    assert "还没有取走" in province.get(f"/notices/{number}").text
    chain.down()
    assert "发错了单位" in county.get(f"/notices/{held}").text


def test_the_page_of_a_closed_notice_shows_what_its_unit_replied_before(chain: Chain, rooms: tuple[Browser, Browser]) -> None:
    province, county = rooms
    number = chain.province.issue(kind=REMIND, title="催报", report={"profile": PROFILE, "after": OPENS}, unit=chain.one.code)
    chain.down()
    assert county.post(f"/notices/{chain.county.notices()[0].id}/reply", {"reply": "已整改完毕。"}).status_code == 303
    chain.county.take(chain.one.report(finished=RUN))
    chain.up()
    above = province.get(f"/notices/{number}").text
    mark = chain.province.notices()[0].body["relayed"]["digest"]
    assert "下级汇集端 330100 签名证明" in above and mark in above and "原文没有报上来" in above
    chain.up("full", "full")
    above = province.get(f"/notices/{number}").text
    assert mark in above and "已整改完毕。" in above and "原文没有报上来" not in above


def test_a_campaign_is_withdrawn_on_its_page_and_not_below(chain: Chain, rooms: tuple[Browser, Browser]) -> None:
    province, county = rooms
    code = chain.province.start()
    chain.province.send(code)
    chain.down()
    ours = chain.county.only().code
    assert "/withdraw" not in county.get(f"/campaigns/{ours}").text
    assert county.post(f"/campaigns/{ours}/withdraw", {"why": "不办"}).status_code == 400
    assert f"/campaigns/{code}/withdraw" in province.get(f"/campaigns/{code}").text
    assert province.post(f"/campaigns/{code}/withdraw", {"why": ""}).status_code == 400
    assert province.post(f"/campaigns/{code}/withdraw", {"why": "口径有误"}).status_code == 303
    chain.down()
    for browser, name in ((province, code), (county, ours)):
        said = browser.get(f"/campaigns/{name}").text
        assert "已撤回" in said and "口径有误" in said and "/withdraw" not in said
