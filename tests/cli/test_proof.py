"""A result that nothing stands behind closes nothing, and the gate says on what it rests."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from scanner.cli.key_files import config_folder
from scanner.cli.main import main
from scanner.collect.local import machine
from scanner.ledger.home import Home
from scanner.ledger.seal import bindings, make
from scanner.ledger.trust import Pin, add_pin
from scanner.model.canonical import canonical_unchecked
from tests.ledger.bundle import UNIT, key

INVENTORY = """
unit: {code: "330100-001", name: 示例市档案馆}
systems:
  - {id: dams, name: 数字档案馆系统, grade: 3, targets: [{id: me, kind: linux, address: local}]}
"""
CHECK = "linux.ssh-root-login"


@pytest.fixture(scope="module")
def scanned(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("proof")
    (folder / "inventory.yaml").write_text(INVENTORY, "utf-8")
    for name in ("out", "next"):
        assert main(["scan", "-i", str(folder / "inventory.yaml"), "-o", str(folder / name), "--only", CHECK, "--quiet"]) in (0, 1, 4)
    shutil.rmtree(folder / "shiqu-home")
    return folder


@pytest.fixture
def unit(scanned: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Two runs that no ledger has seen."""
    monkeypatch.delenv("SHIQU_HOME", raising=False)
    monkeypatch.setenv("HOME", str(tmp_path / "auditor"))
    shutil.copytree(scanned, tmp_path / "unit")
    monkeypatch.chdir(tmp_path / "unit")
    return tmp_path / "unit"


Edit = Callable[[dict[str, Any]], None]


def edit(path: Path, change: Edit) -> None:
    document = json.loads(path.read_text("utf-8"))
    change(document)
    path.write_bytes(canonical_unchecked(document))


def flip(document: dict[str, Any]) -> None:
    """Say the other thing, as somebody does who wants a hazard gone."""
    for verdict in document["verdicts"]:
        if verdict["check"] == CHECK:
            verdict |= {"status": "met" if verdict["status"] != "met" else "unmet", "why": None}


def seal(folder: Path) -> None:
    path = folder / "result.json"
    path.with_name("result.json.seal").write_bytes(
        make("run", {"result.json": path}, bindings([path], UNIT), key(), "2026-11-25T08:00:00Z")
    )


def shiqu(*argv: str) -> int:
    return main([*argv, "-i", "inventory.yaml"])


def test_a_result_beside_its_shelf_is_entered(unit: Path) -> None:
    assert shiqu("ledger", "add", "out", "next") == 0


@pytest.mark.parametrize("argv", [("ledger", "add", "out"), ("hazards", "verify", "--result", "out/result.json")])
def test_an_edited_result_enters_nothing(argv: tuple[str, ...], unit: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert shiqu("ledger", "add", "next") == 0
    before = (unit / "shiqu-home" / "ledger.jsonl").read_bytes()
    edit(unit / "out" / "result.json", flip)
    assert shiqu(*argv) == 5
    assert "被改动过" in capsys.readouterr().err
    assert (unit / "shiqu-home" / "ledger.jsonl").read_bytes() == before


def test_a_result_alone_enters_nothing_and_with_its_shelf_it_does(unit: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (unit / "out" / "shelf.zip").rename(unit / "kept.zip")
    assert shiqu("ledger", "add", "out") == 5
    assert "真伪无从核验" in capsys.readouterr().err and not (unit / "shiqu-home").exists()
    assert shiqu("ledger", "add", "out", "--shelf", "kept.zip") == 0


def test_a_shelf_of_another_run_proves_nothing(unit: Path) -> None:
    assert shiqu("ledger", "add", "out", "--shelf", "next/shelf.zip") == 5


def test_a_result_judged_by_another_profile_replays_by_it(unit: Path) -> None:
    main(["judge", "out/shelf.zip", "-p", "acceptance", "-o", "acc", "--format", "json"])
    assert shiqu("ledger", "add", "acc", "--shelf", "out/shelf.zip") == 0


def test_a_result_of_another_rulebook_cannot_be_compared(unit: Path, capsys: pytest.CaptureFixture[str]) -> None:
    edit(unit / "out" / "result.json", lambda document: document["run"].update(rulebook="sha256:" + "0" * 64))
    assert shiqu("ledger", "add", "out") == 5
    assert "另一版规则" in capsys.readouterr().err


@pytest.mark.parametrize(("trusted", "code"), [(True, 0), (False, 5)])
def test_a_seal_counts_when_its_key_is_trusted(trusted: bool, code: int, unit: Path) -> None:
    seal(unit / "out")
    (unit / "out" / "shelf.zip").unlink()
    if trusted:
        add_pin(config_folder("trust"), Pin("unit", key().public.pem.decode(), UNIT))
    assert shiqu("ledger", "add", "out") == code


def test_a_run_is_entered_with_one_result_only(unit: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert shiqu("ledger", "add", "out") == 0
    main(["judge", "out/shelf.zip", "-p", "acceptance", "-o", "acc", "--format", "json"])
    assert shiqu("ledger", "add", "acc", "--shelf", "out/shelf.zip") == 5
    assert "只登记一次" in capsys.readouterr().err
    assert len(Home(unit / "shiqu-home").book().runs) == 1


def test_no_path_is_never_met(unit: Path, capsys: pytest.CaptureFixture[str]) -> None:
    def claim(document: dict[str, Any]) -> None:
        for line in (document["verdicts"][0], document["asked"][0]):
            line["check"] = "isolation.no-path"
        document["verdicts"][0] |= {"status": "met", "why": None}
        document["texts"]["checks"]["isolation.no-path"] = document["texts"]["checks"][CHECK]

    edit(unit / "out" / "result.json", claim)
    seal(unit / "out")
    add_pin(config_folder("trust"), Pin("unit", key().public.pem.decode(), UNIT))
    for argv in (["report", "out/result.json"], ["gate", "out"], ["ledger", "add", "out"], ["diff", "next", "out"]):
        assert main(argv) == 5
        assert "自相矛盾" in capsys.readouterr().err


def test_the_gate_names_what_it_rests_on(unit: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main(["gate", "out"])
    assert "重放，得到同一结果；短码 " in capsys.readouterr().out
    (unit / "out" / "shelf.zip").unlink()
    main(["gate", "out"])
    shown = capsys.readouterr().out
    assert "真伪无从核验" in shown and "结果摘要 sha256:" in shown
    seal(unit / "out")
    main(["gate", "out"])
    assert "没有登记为可信" in capsys.readouterr().out
    add_pin(config_folder("trust"), Pin("unit", key().public.pem.decode(), UNIT))
    main(["gate", "out"])
    assert "有可信的签封" in capsys.readouterr().out


def trusted(folder: Path) -> None:
    seal(folder)
    add_pin(config_folder("trust"), Pin("unit", key().public.pem.decode(), UNIT))


def test_the_gate_says_that_a_result_is_not_sealed_and_so_not_enough(unit: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["gate", "out"]) in (1, 4)
    assert "没有签封" in insufficient(capsys.readouterr().out)
    trusted(unit / "out")
    main(["gate", "out"])
    assert "签封" not in insufficient(capsys.readouterr().out)


def insufficient(shown: str) -> str:
    return shown.partition("二、证据不足")[2].partition("\n三、")[0]


@pytest.mark.parametrize("argv", [("gate", "out"), ("ledger", "add", "out")])
def test_a_trusted_seal_does_not_cover_what_the_shelf_does_not_give(argv: tuple[str, ...], unit: Path) -> None:
    edit(unit / "out" / "result.json", flip)
    trusted(unit / "out")
    assert shiqu(*argv) == 5


def test_the_gate_finds_the_shelf_of_a_second_result_beside_the_first(unit: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main(["judge", "out/shelf.zip", "-p", "acceptance", "-o", "acc", "--format", "json"])
    capsys.readouterr()
    main(["gate", "acc", "out"])
    assert "证据架不在旁边" not in capsys.readouterr().out
    main(["gate", "acc"])
    assert "证据架不在旁边" in insufficient(capsys.readouterr().out)
    main(["gate", "acc", "--shelf", "out/shelf.zip"])
    assert "证据架不在旁边" not in capsys.readouterr().out
    assert main(["gate", "acc", "--shelf", "next/shelf.zip"]) == 5


def test_the_gate_does_not_pass_what_another_rulebook_judged(unit: Path, capsys: pytest.CaptureFixture[str]) -> None:
    edit(unit / "out" / "result.json", lambda document: document["run"].update(rulebook="sha256:" + "0" * 64))
    trusted(unit / "out")
    assert main(["gate", "out"]) in (1, 4)
    shown = insufficient(capsys.readouterr().out)
    assert "另一版规则（000000000000）判定" in shown and "无从对照" in shown


def test_the_gate_refuses_what_a_seal_or_a_shelf_contradicts(unit: Path) -> None:
    seal(unit / "out")
    for name in ("out", "next"):
        edit(unit / name / "result.json", flip)
        assert main(["gate", name]) == 5


@pytest.mark.parametrize("state", ["cleared", "suspected"])
def test_a_core_hazard_is_not_better_than_its_verdicts(state: str, unit: Path) -> None:
    def wash(document: dict[str, Any]) -> None:
        document["verdicts"][0] |= {"status": "unmet", "why": None}
        document["core_hazards"][0] |= {"state": state, "verdicts": [0]}

    edit(unit / "out" / "result.json", wash)
    (unit / "out" / "shelf.zip").unlink()
    assert main(["gate", "out"]) == 5


@pytest.mark.parametrize(
    "text",
    ['{"schema":"shiqu/result/1"}', '{"schema":"shiqu/result/1","run":{"id":1}}', "[]", "{", "[" * 100_000],
    ids=["bare", "run", "list", "cut", "deep"],
)
@pytest.mark.parametrize(
    "argv",
    [["report"], ["gate"], ["ledger", "add"], ["hazards", "verify", "--result"], ["diff", "out/result.json"]],
    ids=lambda argv: argv[0],
)
def test_what_is_no_result_is_said_in_one_sentence(argv: list[str], text: str, unit: Path, capsys: pytest.CaptureFixture[str]) -> None:
    shiqu("ledger", "add", "next")
    capsys.readouterr()
    (unit / "bad.json").write_text(text)
    assert main([*argv, "bad.json"]) == 2
    said = capsys.readouterr().err
    assert "读不出来" in said and said.count("\n") == 1


def drop(*path: str) -> Edit:
    def change(document: dict[str, Any]) -> None:
        place: Any = document
        for part in path[:-1]:
            place = place[int(part)] if isinstance(place, list) else place[part]
        del place[path[-1]]

    return change


@pytest.mark.parametrize(
    "change",
    [
        drop("run", "finished"),
        drop("texts", "checks", CHECK),
        drop("verdicts", "0", "evidence"),
        lambda document: document["run"].update(finished="soon"),
        lambda document: document["evidence"].clear(),
        lambda document: document["systems"][0]["findings"][0].update(verdicts=[10_000]),
        lambda document: document["systems"][0]["findings"][0].update(control="X-1"),
        lambda document: document["core_hazards"][0].update(verdicts=[-1]),
        lambda document: document["verdicts"][0].update(status="good"),
    ],
)
def test_a_result_with_a_hole_is_refused(change: Edit, unit: Path, capsys: pytest.CaptureFixture[str]) -> None:
    edit(unit / "out" / "result.json", change)
    assert main(["gate", "out"]) == 2
    assert "读不出来" in capsys.readouterr().err


def bare_scan(folder: Path, name: str, monkeypatch: pytest.MonkeyPatch, of: str | None = None) -> None:
    (folder / "machine-id").write_text((of or name) + "\n")
    monkeypatch.setattr("scanner.collect.local.IDS", (str(folder / "machine-id"),))
    assert main(["scan", "--only", CHECK, "--quiet", "--format", "json", "-o", str(folder / name)]) in (0, 1, 4)


def test_two_machines_that_are_both_called_local_are_not_mixed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("SHIQU_HOME", raising=False)
    monkeypatch.chdir(tmp_path)
    for name in ("one", "two"):
        bare_scan(tmp_path, name, monkeypatch)
    bare_scan(tmp_path, "again", monkeypatch, of="one")
    assert '"one"' not in (tmp_path / "one" / "result.json").read_text("utf-8")
    assert main(["ledger", "add", "one", "again"]) == 0
    before = (tmp_path / "shiqu-home" / "ledger.jsonl").read_bytes()
    assert main(["ledger", "add", "two"]) == 2
    assert "不是同一台机器" in capsys.readouterr().err
    assert (tmp_path / "shiqu-home" / "ledger.jsonl").read_bytes() == before
    assert main(["diff", "one", "two"]) in (0, 1)
    assert "不是同一台" in capsys.readouterr().out


def test_without_any_id_the_name_tells_a_machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "machine-id").write_text("uninitialized\n")
    monkeypatch.setattr("scanner.collect.local.IDS", (str(tmp_path / "machine-id"), str(tmp_path / "missing")))
    assert machine() == f"machine {os.uname().nodename}"
