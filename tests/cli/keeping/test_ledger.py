"""The ledger as a person uses it: what enters it, whether it is whole, what leaves it."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from scanner.cli.gate import _hazards as hazards_before
from scanner.cli.main import main
from scanner.ledger.home import Book, Home
from tests.cli.keeping.unit import CHECK, Later, shiqu


def test_a_scan_registers_what_is_unmet(unit: Path) -> None:
    document = json.loads((unit / "out" / "result.json").read_text("utf-8"))
    unmet = {verdict["check"] for verdict in document["verdicts"] if verdict["status"] == "unmet"}
    assert {line["check"] for line in Home(unit / "shiqu-home").book().hazards.values()} == unmet
    assert {line["check"] for line in document["hazards"]} == unmet


def test_a_bare_look_makes_no_ledger(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    main(["scan", "-o", "out", "--only", CHECK, "--quiet"])
    assert not (tmp_path / "shiqu-home").exists() and (tmp_path / "out" / "result.json").exists()


def test_the_home_may_stand_elsewhere(unit: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHIQU_HOME", str(tmp_path / "elsewhere"))
    before = (unit / "shiqu-home" / "ledger.jsonl").read_bytes()
    shiqu("ledger", "add", "out")
    assert (tmp_path / "elsewhere" / "ledger.jsonl").exists()
    assert (unit / "shiqu-home" / "ledger.jsonl").read_bytes() == before


def test_a_run_entered_twice_changes_nothing(unit: Path) -> None:
    before = (unit / "shiqu-home" / "ledger.jsonl").read_bytes()
    shiqu("ledger", "add", "out")
    assert (unit / "shiqu-home" / "ledger.jsonl").read_bytes() == before


def test_a_broken_ledger_is_named_by_its_row_and_nothing_goes_on(
    unit: Path, found: dict[str, Any], capsys: pytest.CaptureFixture[str]
) -> None:
    path = unit / "shiqu-home" / "ledger.jsonl"
    lines = path.read_bytes().split(b"\n")
    row = next(number for number, line in enumerate(lines) if found["id"].encode() in line)
    path.write_bytes(b"\n".join([*lines[:row], lines[row].replace(b'"registered"', b'"closed"'), *lines[row + 1 :]]))
    shiqu("ledger", "verify", code=5)
    assert f"第 {row + 1} 行" in capsys.readouterr().err
    for argv in (("hazards", "list"), ("ledger", "add", "out"), ("scan", "-o", "out9", "--only", CHECK)):
        shiqu(*argv, code=5)


def test_a_kept_result_shows_that_the_ledger_was_rewritten(unit: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main(["scan", "-i", "inventory.yaml", "-o", "second", "--only", CHECK, "--quiet"])
    shiqu("ledger", "verify", "--against", "second")
    shutil.rmtree(unit / "shiqu-home")
    shiqu("ledger", "add", "second")
    shiqu("ledger", "verify", "--against", "second", code=5)
    assert "改写" in capsys.readouterr().err


def test_a_ledger_that_is_not_there_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["hazards", "list"]) == 2


def test_the_gate_speaks_in_words_for_the_minutes(unit: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["gate", "out", "-o", "minutes.txt"]) in (1, 4)
    shown = capsys.readouterr().out
    assert Path("minutes.txt").read_text("utf-8") == shown
    assert all(word in shown for word in ("示例市档案馆", "核心隐患 CH4 没有测", "不是法定等级测评结论"))


@pytest.mark.parametrize("name", ["t.xlsx", "t.docx", "t.csv"])
def test_the_register_is_exported_by_its_extension(name: str, unit: Path, found: dict[str, Any]) -> None:
    shiqu("hazards", "export", "-o", name)
    assert (unit / name).stat().st_size > 200 and (unit / name).stat().st_mode & 0o777 == 0o600


def test_an_export_nobody_renders_is_refused(unit: Path, found: dict[str, Any]) -> None:
    shiqu("hazards", "export", "-o", "t.pptx", code=2)


def test_the_gate_takes_no_older_ledger(unit: Path, later: Later, capsys: pytest.CaptureFixture[str]) -> None:
    shutil.copytree(unit / "shiqu-home", unit / "older")
    shiqu("ledger", "add", str(later(1, "unmet")))
    last = Home(unit / "shiqu-home").book().rows[-1]
    path = later(2, "unmet", ledger={"rows": last.n, "head": last.digest})
    assert main(["gate", str(path), "-i", "inventory.yaml"]) in (1, 4)
    shutil.rmtree(unit / "shiqu-home")
    shutil.copytree(unit / "older", unit / "shiqu-home")
    capsys.readouterr()
    assert main(["gate", str(path), "-i", "inventory.yaml"]) == 5
    assert "对不上" in capsys.readouterr().err
    # As long as the result says, and another one.
    shutil.rmtree(unit / "shiqu-home")
    Home(unit / "shiqu-home").write([("note", {"key": f"n{n}"}) for n in range(last.n)])
    assert main(["gate", str(path), "-i", "inventory.yaml"]) == 5


def test_hazards_of_a_run_that_the_ledger_does_not_know_count() -> None:
    result = {"run": {"id": "r"}, "hazards": [{"id": "a", "state": "registered"}, {"id": "b", "state": "registered"}]}
    assert hazards_before([result], Book([]))[0] == result["hazards"]
    book = Book([], hazards={"b": {"id": "b", "state": "closed"}})
    assert {line["id"]: line["state"] for line in hazards_before([result], book)[0]} == {"a": "registered", "b": "closed"}
    book.runs.append({"run": "r", "rulebook": "", "figures": {}})
    assert [line["id"] for line in hazards_before([result], book)[0]] == ["b"]
