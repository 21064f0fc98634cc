"""Results of other tools: kept under their origin, in whole results or handed in; nothing is counted, proven or closed by them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from hub.clock import today
from hub.days import after
from hub.intake import foreign
from hub.intake.door import Door
from hub.intake.fold import fold_all
from hub.people.sight import ROLES, Hidden, Sight
from hub.registry import units
from hub.registry.own import Own
from hub.store import tables as t
from hub.views.scope import find
from hub.views.unit_page import foreign_file, unit_page
from hub.work import closing, drafting, issuing, notices
from scanner.errors import UseError
from scanner.model.canonical import canonical
from tests.hub.post import HUB, Sender, alias, bulletin, hazard, register

ARF = Path(__file__).parents[2] / "shelves/foreign/openscap.arf.xml"
NMAP = b"""<nmaprun version="7.93"><scaninfo type="syn" protocol="tcp" numservices="2"/><host starttime="1764000000"><status state="up"/>
<address addr="192.0.2.7" addrtype="ipv4"/><ports><port protocol="tcp" portid="23"><state state="open"/><service name="telnet"/></port></ports></host>
<runstats><finished exit="success"/></runstats></nmaprun>"""


def kept(hub: Own, code: str) -> list[Any]:
    with hub.database.reading() as connection:
        where = units.find(connection, code)
        return list(connection.execute(sa.select(t.foreign).where(t.foreign.c.unit_id == where.id)))


def sight(hub: Own, code: str = HUB, role: str = "province") -> Sight:
    with hub.database.reading() as connection:
        return Sight(1, role, units.find(connection, code).path, ROLES[role], "张三")


def hand_in(hub: Own, code: str, found: dict[str, Any]) -> bool:
    with hub.database.writing() as connection:
        return foreign.keep(connection, units.find(connection, code).id, found, foreign.WEB, "张三")


def test_a_tools_file_is_kept_with_its_unit_under_its_origin(hub: Own) -> None:
    unit = register(hub.database, "330102-001")
    found = foreign.read("arf", "结果.arf.xml", ARF.read_bytes())
    assert hand_in(hub, unit.code, found) and not hand_in(hub, unit.code, found)
    with hub.database.reading() as connection:
        (one,) = unit_page(connection, sight(hub), unit.code, today()).foreign
    assert (one.origin, one.source, one.data["file"]) == ("arf", "web", "结果.arf.xml") and "OpenSCAP" in one.tool
    assert one.data["rows"] and one.data["rows"][0][4] == "fail" and sum(one.data["hosts"][0]["counts"].values()) >= len(one.data["rows"])


def test_another_units_people_do_not_find_it(hub: Own) -> None:
    unit, other = register(hub.database, "330102-001"), register(hub.database, "330102-002")
    hand_in(hub, unit.code, foreign.read("nmap", "scan.xml", NMAP))
    (row,) = kept(hub, unit.code)
    with hub.database.reading() as connection:
        own, foreigner = sight(hub, unit.code, "unit"), sight(hub, other.code, "unit")
        assert foreign_file(connection, own, find(connection, own, unit.code), row.id).data["rows"][0][:2] == [0, "tcp/23"]
        with pytest.raises(Hidden):
            foreign_file(connection, foreigner, find(connection, foreigner, other.code), row.id)


@pytest.mark.parametrize(
    ("origin", "data", "code"),
    [
        ("arf", b"", "foreign-size"),
        ("arf", NMAP, "import-unreadable"),
        ("nmap", b"<nmaprun", "import-unreadable"),
        ("wazuh", b'{"a": NaN}', "import-unreadable"),
        ("openvas", NMAP, "foreign-origin"),
        ("nmap", b'<!DOCTYPE x [<!ENTITY a "b">]>' + NMAP, "import-unreadable"),
    ],
)
def test_files_that_are_none(origin: str, data: bytes, code: str) -> None:
    with pytest.raises(UseError, match=code):
        foreign.read(origin, "file", data)


def view() -> dict[str, Any]:
    """As a result's ``views.foreign`` holds it."""
    host = {"name": "web01", "addresses": ["192.0.2.7"], "target": "web01", "began": "", "profile": "cis", "counts": {"fail": 1, "pass": 2}}
    row = {"host": 0, "key": "sshd_disable_root_login", "title": "Root", "said": "fail", "means": "fail", "severity": "high"}
    said = {"origin": "arf", "tool": "OpenSCAP 1.3", "file": "a.xml", "bytes": 10, "digest": "sha256:" + "7" * 64, "evidence": "sha256:e"}
    said |= {"imported": "2026-02-01T00:00:00Z", "whole": True, "left_out": 0, "more_hosts": 0, "more_rows": 3, "differing": 0}
    return {**said, "hosts": [host], "rows": [{**row, "check": None, "verdict": None, "differs": False}]}


def whole(unit: Sender, views: Any, finished: str = "2026-02-01T00:00:00Z") -> bytes:
    """A report that discloses everything."""
    from scanner.ledger.envelope import make

    unit.sequence += 1
    members = {"bulletin.json": canonical(bulletin(unit.code, finished=finished)), "result.json": canonical({"views": views, "x": 1})}
    return make(
        "report", unit.code, "", members, sequence=unit.sequence, previous=unit.previous, created=finished, disclosure="full", marking="",
        key=unit.key,
    )  # fmt: skip


def test_what_rests_in_a_whole_result_is_shown_as_foreign(hub: Own) -> None:
    unit = register(hub.database, "330102-001")
    assert Door(hub, hub.database).accept(whole(unit, {"foreign": [view()]}), "http").code == "accepted"
    (row,) = kept(hub, unit.code)
    assert (row.origin, row.source, row.tool, row.envelope_id) == ("arf", "envelope", "OpenSCAP 1.3", 1)
    with hub.database.reading() as connection:
        (one,) = unit_page(connection, sight(hub), unit.code, today()).foreign
    assert one.data["rows"] == [[0, "sshd_disable_root_login", "Root", "fail", "fail", "high"]] and one.data["more_rows"] == 3


@pytest.mark.parametrize("views", [{"foreign": [{"origin": "arf"}]}, {"foreign": 7}, {"foreign": [{**view(), "origin": "ours"}]}, [], None])
def test_a_result_with_a_foreign_part_of_no_form_is_taken_in_without_it(hub: Own, views: Any) -> None:
    unit = register(hub.database, "330102-001")
    assert Door(hub, hub.database).accept(whole(unit, views), "http").code == "accepted"
    assert kept(hub, unit.code) == []


def test_nothing_is_counted_or_closed_by_it(hub: Own) -> None:
    unit = register(hub.database, "330102-001")
    door = Door(hub, hub.database)
    door.accept(unit.report(hazards=[hazard(0)]), "http")
    fold_all(hub.database)
    with hub.database.writing() as connection:
        draft = drafting.Draft(notices.RECTIFY, unit.code, "整改", "", after(today(), 30), [alias("H", 0)])
        issuing.issue(connection, hub, sight(hub), drafting.draft(connection, sight(hub), draft))

    def counted() -> list[list[Any]]:
        with hub.database.reading() as connection:
            tables = (t.tier, t.item, t.standing, t.core, t.hazard, t.result)
            return [sorted(map(str, connection.execute(sa.select(table)))) for table in tables]

    before = counted()
    passing = foreign.read("arf", "a.xml", ARF.read_bytes().replace(b"<result>fail</result>", b"<result>pass</result>"))
    assert hand_in(hub, unit.code, passing)
    fold_all(hub.database)
    with hub.database.writing() as connection:
        assert closing.follow(connection, sight(hub)) == []
    assert counted() == before
