"""A sealed run leaves a row: the head that the next run takes along holds it, and no other seal takes its place unseen."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from scanner.cli.key_files import config_folder
from scanner.cli.main import main
from scanner.ledger.chain import START, Chain, seal_row
from scanner.ledger.home import Home
from scanner.ledger.keys import write_key
from scanner.ledger.seal import bindings, make, members_of
from scanner.ledger.trust import Pin, add_pin
from scanner.ledger.verify import open_seal
from scanner.model.canonical import canonical
from tests.ledger.bundle import UNIT, key

INVENTORY = """
unit: {code: "330100-001", name: 示例市档案馆}
systems:
  - {id: dams, name: 数字档案馆系统, grade: 3, targets: [{id: me, kind: linux, address: local}]}
"""
PASSPHRASE = "a long passphrase"


@pytest.fixture(scope="module")
def scanned(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("rows")
    (folder / "inventory.yaml").write_text(INVENTORY, "utf-8")
    write_key(folder / "unit.key", key(), PASSPHRASE)
    scan(folder, "one")
    return folder


@pytest.fixture
def unit(scanned: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.delenv("SHIQU_HOME", raising=False)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("SQ_PASS", PASSPHRASE)
    shutil.copytree(scanned, tmp_path / "unit")
    monkeypatch.chdir(tmp_path / "unit")
    return tmp_path / "unit"


def scan(folder: Path, name: str) -> None:
    argv = [
        "scan",
        "-i",
        str(folder / "inventory.yaml"),
        "-o",
        str(folder / name),
        "--only",
        "linux.ssh-root-login",
        "--quiet",
        "--format",
        "json",
    ]
    assert main(argv) in (0, 1, 4)


def seal(name: str = "one", *more: str) -> int:
    return main(["seal", name, "--key", "unit.key", "--passphrase", "env:SQ_PASS", *more])


def rows(unit: Path) -> list[dict[str, Any]]:
    return [row.body for row in Home(unit / "shiqu-home").chain.rows() if row.kind == "seal"]


def test_a_seal_is_entered_and_the_next_run_takes_it_along(unit: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert seal("one", "-i", "inventory.yaml") == 0
    made = open_seal(unit / "one" / "result.json.seal")
    (row,) = rows(unit)
    assert (row["seal"], row["fingerprint"], row["result"]) == (made.digest, key().public.fingerprint, made.statement.result)
    head = Home(unit / "shiqu-home").chain.head()
    scan(unit, "two")
    run = json.loads((unit / "two/result.json").read_text("utf-8"))["run"]
    assert (run["ledger"]["rows"], run["ledger"]["head"]) == head
    capsys.readouterr()
    assert main(["ledger", "list", "-i", "inventory.yaml", "--kind", "seal"]) == 0
    assert "签封" in capsys.readouterr().out
    assert main(["ledger", "verify", "-i", "inventory.yaml", "--against", "one", "--against", "two"]) == 0


def test_sealing_again_leaves_a_row_of_its_own(unit: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seal()
    monkeypatch.setattr("scanner.cli.seal.now_text", lambda: "2099-01-01T00:00:00Z")
    seal()
    assert len({row["seal"] for row in rows(unit)}) == 2


def test_a_seal_that_the_ledger_does_not_know_is_found(unit: Path, capsys: pytest.CaptureFixture[str]) -> None:
    seal()
    kind, first, files = members_of(unit / "one")
    held: dict[str, bytes | Path] = {path.name: path for path in files}
    first.with_name("result.json.seal").write_bytes(make(kind, held, bindings(files, UNIT), key(), "2099-01-01T00:00:00Z"))
    assert main(["verify", "one"]) == 4
    assert main(["ledger", "verify", "-i", "inventory.yaml", "--against", "one"]) == 5
    assert "不是其中任何一份" in capsys.readouterr().err


def test_a_result_that_its_shelf_does_not_give_is_not_sealed(unit: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = unit / "one" / "result.json"
    document = json.loads(path.read_text("utf-8"))
    (verdict,) = (one for one in document["verdicts"] if one["check"] == "linux.ssh-root-login")
    verdict |= {"status": "met" if verdict["status"] != "met" else "unmet", "why": None}
    path.write_bytes(canonical(document))
    assert seal() == 5
    assert "被改动过" in capsys.readouterr().err and not (unit / "one/result.json.seal").exists()
    path.with_name("shelf.zip").unlink()
    assert seal() == 0


def test_a_run_that_the_ledger_does_not_know_leaves_no_row_and_that_is_said(unit: Path, capsys: pytest.CaptureFixture[str]) -> None:
    shutil.rmtree(unit / "shiqu-home")
    assert seal() == 0
    assert "没有记入台账" in capsys.readouterr().err and not (unit / "shiqu-home").exists()


def test_a_row_of_a_seal_in_another_shape_is_a_broken_row(unit: Path) -> None:
    home = Home(unit / "shiqu-home")
    home.write([("seal", {"key": "seal:x", "run": 5})])
    assert main(["ledger", "list", "-i", "inventory.yaml"]) == 0
    assert main(["hazards", "list", "-i", "inventory.yaml"]) == 5


def test_a_clock_that_was_set_back_shows(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SHIQU_HOME", raising=False)
    prev, lines = START, []
    for number, day in enumerate(("2026-01-02", "2026-01-03", "2025-12-01"), 1):
        row = seal_row(number, prev, f"{day}T00:00:00Z", "note", {"key": f"n{number}", "text": "x", "by": "张三"})
        prev = row["digest"]
        lines.append(canonical(row) + b"\n")
    home = tmp_path / "shiqu-home"
    home.mkdir()
    (home / "ledger.jsonl").write_bytes(b"".join(lines))
    (home / "ledger.head").write_text(f"3 {prev}\n")
    assert len(Chain(home / "ledger.jsonl").rows()) == 3
    assert main(["ledger", "verify", "-i", str(tmp_path / "inventory.yaml")]) == 0
    assert "第 3 行" in capsys.readouterr().err


def test_the_gate_names_the_key_and_refuses_an_older_run_for_a_newer(unit: Path, capsys: pytest.CaptureFixture[str]) -> None:
    seal()
    add_pin(config_folder("trust"), Pin("unit", key().public.pem.decode(), UNIT))
    home = Home(unit / "shiqu-home")
    body = home.book().runs[0] | {"key": "run:later", "run": "later", "time": "2099-01-01T00:00:00Z", "narrowed": False}
    home.write([("run", body)])
    capsys.readouterr()
    assert main(["gate", "one", "-i", "inventory.yaml"]) in (1, 4)
    shown = capsys.readouterr().out
    assert "更新的一次扫描 later" in shown and key().public.fingerprint[7:11] in shown
