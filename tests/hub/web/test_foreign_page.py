"""Another tool's file handed in on the unit's page: shown with its origin, by those who may, for the unit that they see."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from hub.store.tables import foreign
from tests.hub.web.stand import Stand, standing

SCAN = b"""<nmaprun version="7.93"><host><status state="up"/><address addr="192.0.2.7" addrtype="ipv4"/>
<ports><port protocol="tcp" portid="23"><state state="open"/><service name="&lt;b&gt;telnet"/></port></ports></host>
<runstats><finished exit="success"/></runstats></nmaprun>"""


@pytest.fixture
def stand(tmp_path: Path) -> Iterator[Stand]:
    with standing(tmp_path) as one:
        yield one


def kept(stand: Stand) -> int:
    with stand.database.reading() as connection:
        return int(connection.execute(sa.select(sa.func.count()).select_from(foreign)).scalar_one())


def test_it_is_handed_in_and_shown(stand: Stand) -> None:
    browser = stand.browser("u1")
    for sentence in ("已记在这个单位名下", "早已记过"):
        answer = browser.post("/u/U1/foreign", {"origin": "nmap"}, files={"file": ("扫描.xml", SCAN)})
        assert answer.status_code == 303 and sentence in browser.get(answer.headers["location"]).text
    assert kept(stand) == 1
    page = browser.get("/u/U1").text
    assert "网页提交" in page and "扫描.xml" in page and "不参与判定" in page
    lines = browser.get("/u/U1/foreign/1").text
    assert "tcp/23" in lines and "192.0.2.7" in lines and "&lt;b&gt;telnet" in lines and "<b>telnet" not in lines


@pytest.mark.parametrize(
    ("who", "unit", "status"), [("u1", "U5", 404), ("look", "U1", 403), ("sys", "U1", 403), ("k1", "U1", 303)], ids=lambda value: str(value)
)
def test_who_may_hand_in_for_whom(stand: Stand, who: str, unit: str, status: int) -> None:
    answer = stand.browser(who).post(f"/u/{unit}/foreign", {"origin": "nmap"}, files={"file": ("a.xml", SCAN)})
    assert (answer.status_code, kept(stand)) == (status, int(status == 303))


@pytest.mark.parametrize(
    ("fields", "data"), [({"origin": "nmap"}, b"<x/>"), ({"origin": "openvas"}, SCAN), ({}, SCAN), ({"origin": "arf"}, b"")]
)
def test_what_is_none_is_told_on_the_same_page(stand: Stand, fields: dict[str, str], data: bytes) -> None:
    answer = stand.browser("u1").post("/u/U1/foreign", fields, files={"file": ("a.xml", data)})
    assert answer.status_code in (400, 422) and "其他工具的结果" in answer.text and kept(stand) == 0
