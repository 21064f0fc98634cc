"""Work at the hub's own terminal: for the unit that runs it, or one below."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from hub.cli import hub
from hub.clock import today
from hub.days import after
from hub.intake.door import Door
from hub.people import believed
from hub.registry import own, units
from hub.store.tables import meta
from hub.work import drafting
from hub.work.drafting import Draft
from scanner.errors import ShiquError
from tests.hub.post import alias, hazard, register

PASSPHRASE = "long enough for a test"
HUB, UNIT = "330000", "330101-001"


class Desk:
    def __init__(self, home: Path) -> None:
        self.home = home
        self.own = own.found(
            home, own.Settings(HUB, ""), name="示例省局", rank="province", division="330000", algorithm="ed25519", passphrase=PASSPHRASE
        )
        self.unit = register(self.own.database, UNIT, HUB)

    def run(self, *argv: str) -> Result:
        return CliRunner().invoke(
            hub, [*argv, "--home", str(self.home)], env={"SHIQU_HUB_PASSPHRASE": "env:SQ_TEST", "SQ_TEST": PASSPHRASE}
        )

    def said(self, *argv: str) -> str:
        found = self.run(*argv)
        assert found.exception is None or isinstance(found.exception, SystemExit), found.exception
        return found.output


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    one = Desk(tmp_path / "home")
    yield one
    one.own.database.close()


def test_a_campaign_from_draw_to_notices(desk: Desk) -> None:
    days = ("--opens", "2026-01-01", "--deadline", after(today(), 30))
    made = desk.said("campaign", "create", "--name", "专项", "-p", "isolation", *days, "--draw", "1", "--source", "公开数字")
    code = f"ZX{today()[:4]}-001"
    assert code in made and "sha256:" in made
    assert UNIT in desk.said("campaign", "draw", code, "--seed", "20261201-3999.42")
    assert f"〔{today()[:4]}〕1号" in desk.said("campaign", "send", code)
    assert "已通知" in desk.said("campaign", "show", code) and code in desk.said("campaign", "list")
    assert desk.said("campaign", "close", code) and "已结束" in desk.said("campaign", "list")


def test_a_notice_is_issued_shown_and_written(desk: Desk, tmp_path: Path) -> None:
    Door(desk.own, desk.own.database).accept(desk.unit.report(hazards=[hazard(0)]), "cli")
    desk.said("notice", "word", "示档安函")
    with desk.own.database.writing() as connection:
        from hub.people.sight import ROLES, Sight

        sight = Sight(1, "province", units.find(connection, HUB).path, ROLES["province"], "张三")
        number = str(drafting.draft(connection, sight, Draft("rectify", UNIT, "整改", "", after(today(), 30), (alias("H", 0),))))
    assert f"示档安函〔{today()[:4]}〕1号" in desk.said("notice", "issue", number)
    assert alias("H", 0) in desk.said("notice", "show", number) and "整改" in desk.said("notice", "list", "--state", "issued")
    file = tmp_path / "letter.docx"
    desk.said("notice", "paper", number, "-o", str(file))
    assert file.read_bytes().startswith(b"PK")
    digest = "sha256:" + "7" * 64
    assert digest in desk.said("notice", "rulebook", digest)


def test_a_table_in_three_forms(desk: Desk, tmp_path: Path) -> None:
    for form in ("xlsx", "csv", "json"):
        file = tmp_path / f"t.{form}"
        assert "2 行" in desk.said("table", "tree", "-o", str(file))
        assert file.stat().st_size > 100
    assert len(json.loads((tmp_path / "t.json").read_bytes())["rows"]) == 2


def test_advisories_and_packs(desk: Desk, tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("请排查。\n", "utf-8")
    (tmp_path / "p.json").write_text(json.dumps({"schema": "shiqu/pack/1", "name": "p", "version": 1, "values": {"a": 1}}))
    desk.said("advisory", "publish", "--title", "预警", "--text", str(tmp_path / "a.txt"), "--check", "linux.check-0")
    desk.said("advisory", "pack", str(tmp_path / "p.json"))
    listed = desk.said("advisory", "list")
    assert "预警" in listed and "规则包  p  1" in listed


def test_a_turn_may_be_repeated(desk: Desk) -> None:
    Door(desk.own, desk.own.database).accept(desk.unit.report(hazards=[hazard(0)]), "cli")
    assert "逐级上报 1 次" in desk.said("turn") and "逐级上报 0 次" in desk.said("turn")


def test_a_clock_that_leapt_is_asked_about_until_somebody_has_looked_at_it(desk: Desk) -> None:
    desk.said("turn")
    with desk.own.database.writing() as connection:
        connection.execute(meta.update().where(meta.c.name == believed.MARK).values(value=after(today(), -30)))
    environment = {"SHIQU_HUB_PASSPHRASE": "env:SQ_TEST", "SQ_TEST": PASSPHRASE}
    found = CliRunner().invoke(hub, ["turn", "--home", str(desk.home)], env=environment, standalone_mode=False)
    assert found.return_value == 4 and f"时钟跳到了 {today()}" in found.output
    assert "时钟跳到了" not in desk.said("turn", "--clock-checked")
    again = desk.run("turn", "--clock-checked")
    assert isinstance(again.exception, ShiquError) and again.exception.code == "clock-not-doubted"


def test_a_notice_and_a_campaign_are_withdrawn_by_command(desk: Desk) -> None:
    days = ("--opens", "2026-01-01", "--deadline", after(today(), 30))
    desk.said("campaign", "create", "--name", "专项", "-p", "isolation", *days)
    code = f"ZX{today()[:4]}-001"
    desk.said("campaign", "send", code)
    found = desk.run("notice", "withdraw", "1")
    assert isinstance(found.exception, ShiquError) and found.exception.code == "notice-why"
    assert "督查已撤回" in desk.said("campaign", "withdraw", code, "--why", "口径有误")
    assert "已撤回" in desk.said("campaign", "list") and "已撤回" in desk.said("notice", "list")


def test_a_unit_that_only_reports_issues_nothing(desk: Desk) -> None:
    found = desk.run("campaign", "list", "--as", UNIT)
    assert isinstance(found.exception, ShiquError) and found.exception.code == "hub-acting"


@pytest.mark.parametrize("name", ["t.txt", "t", "t.xls"])
def test_other_forms_are_refused(desk: Desk, tmp_path: Path, name: str) -> None:
    found = desk.run("table", "tree", "-o", str(tmp_path / name))
    assert isinstance(found.exception, ShiquError) and found.exception.code == "hub-table-form"
