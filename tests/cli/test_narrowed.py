"""Who leaves the guilty store out gets no pass: a run of some targets clears nothing, nor do another unit's signatures."""

from __future__ import annotations

import json
import shutil
import sqlite3
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from scanner import flow
from scanner.assess.narrowed import is_narrowed
from scanner.cli.asking import local_options, request_from
from scanner.cli.main import main
from scanner.errors import UseError
from scanner.ledger.store import Store
from scanner.targets.inventory import read_inventory
from tests.cli.signing import sign

CODE = "330100-001"
INVENTORY = """
unit: {{code: "{code}", name: 示例市档案馆}}
scope: {{allow: ["sqlite:./**"], authorised_by: 分管领导}}
zones: {{lan: {{kind: lan, networks: [192.0.2.0/24]}}}}
systems:
  - id: dams
    name: 数字档案馆系统
    grade: 3
    zone: lan
    holds: unclassified
    targets:
      - {{id: open, kind: catalogue, url: "sqlite:///open.db"}}
      - {{id: guilty, kind: catalogue, url: "sqlite:///guilty.db"}}
"""
ITEM = "CH2"


@pytest.fixture
def unit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.delenv("SHIQU_HOME", raising=False)
    monkeypatch.setenv("HOME", str(tmp_path / "user"))
    return made(tmp_path / "unit", CODE, monkeypatch)


def made(folder: Path, code: str, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder.mkdir()
    monkeypatch.chdir(folder)
    Path("inventory.yaml").write_text(INVENTORY.format(code=code), "utf-8")
    for name, levels in (("open", ("公开", "公开")), ("guilty", ("公开", "机密"))):
        with sqlite3.connect(f"{name}.db") as store:
            store.execute("CREATE TABLE da(dh TEXT, tm TEXT, mj TEXT)")
            store.executemany("INSERT INTO da VALUES(?, ?, ?)", [(f"X-{n}", f"会议材料第{n}号", levels[n % 2]) for n in range(20)])
        store.close()
    return folder


def scanned(*argv: str, output: str = "out") -> dict[str, Any]:
    assert main(["scan", *argv, "-i", "inventory.yaml", "-p", "segregation", "-o", output, "--quiet"]) in (0, 1, 4)
    found: dict[str, Any] = json.loads(Path(output, "result.json").read_text("utf-8"))
    return found


def core(document: dict[str, Any], hazard: str = ITEM) -> str:
    return str(next(line["state"] for line in document["core_hazards"] if line["id"] == hazard))


def cleared(line: dict[str, Any]) -> bool:
    return line["state"] == "cleared"


def test_a_store_that_was_left_out_clears_nothing(unit: Path) -> None:
    sign("segregation")
    assert core(scanned()) == "confirmed"
    part = scanned("open", output="part")
    assert part["run"]["narrowed"] is True and not any(map(cleared, part["core_hazards"]))
    assert part["gate"] != "pass"
    # What is there is nothing to speak against: with the guilty store gone from the unit the same signature clears it.
    text = Path("inventory.yaml").read_text("utf-8")
    Path("inventory.yaml").write_text("\n".join(line for line in text.splitlines() if "guilty" not in line), "utf-8")
    assert core(scanned(output="whole")) == "cleared"


def test_a_scan_names_each_core_hazard(unit: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["scan", "-i", "inventory.yaml", "-p", "segregation", "-o", "out"]) == 1
    told = capsys.readouterr().out
    assert "核心隐患 CH2 涉密与非涉密目录混存：确认命中" in told and "核心隐患 CH4 局域网与外网未物理隔离：未测" in told


def test_the_gate_says_that_a_run_was_of_some_targets(unit: Path, capsys: pytest.CaptureFixture[str]) -> None:
    scanned("open")
    capsys.readouterr()
    assert main(["gate", "out"]) == 4
    assert "只查了一部分" in capsys.readouterr().out


def test_a_store_that_came_into_the_inventory_since_is_asked_for(unit: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = Path("inventory.yaml").read_text("utf-8")
    Path("inventory.yaml").write_text("\n".join(line for line in text.splitlines() if "guilty" not in line), "utf-8")
    scanned()
    for inventory, told in ((None, False), (text, True)):
        if inventory is not None:
            Path("inventory.yaml").write_text(inventory, "utf-8")
        capsys.readouterr()
        assert main(["gate", "out", "-i", "inventory.yaml"]) == 4
        assert ("这些结果都没有查：guilty" in capsys.readouterr().out) is told


def test_another_units_signatures_clear_nothing(unit: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = Path("inventory.yaml").read_text("utf-8")
    Path("inventory.yaml").write_text("\n".join(line for line in text.splitlines() if "guilty" not in line), "utf-8")
    sign("segregation")
    assert core(scanned()) == "cleared"
    other = made(tmp_path / "other", "330100-002", monkeypatch)
    (other / "inventory.yaml").write_text((unit / "inventory.yaml").read_text("utf-8").replace(CODE, "330100-002"), "utf-8")
    shutil.copytree(unit / "shiqu-home", other / "shiqu-home")
    found = scanned()
    assert core(found) == "scan_clean_only"
    assert all(finding["attestation"] is None for system in found["systems"] for finding in system["findings"])


def test_what_is_a_part_of_a_unit() -> None:
    whole = {
        "inventory": {"targets": ["a", "b"], "isolation": [{"between": ["lan", "internet"]}]},
        "members": {"a": {}, "b": {}, "lan:internet": {}},
    }
    assert not is_narrowed(whole) and not is_narrowed({"inventory": {}, "members": {"local": {}}})
    assert is_narrowed({**whole, "only": ["linux.*"]}) and is_narrowed({**whole, "skip": ["linux.*"]})
    for left in whole["members"]:
        assert is_narrowed({**whole, "members": {name: {} for name in whole["members"] if name != left}})


def asked() -> flow.Request:
    return request_from(read_inventory(Path("inventory.yaml")), (), local_options("tester"), secrets=False)


def test_a_run_goes_on_under_the_declaration_that_it_shows(unit: Path) -> None:
    Path("run").mkdir()
    request, store = asked(), Store(Path("run"))
    store.put_meta("head", request.head(flow.plan_for(request), "r", flow.now_text()))
    store.close()
    text = Path("inventory.yaml").read_text("utf-8")
    Path("inventory.yaml").write_text(text.replace("authorised_by: 分管领导", "authorised_by: 分管领导, until: 2099-12-31"), "utf-8")
    flow.resume_request_matches(asked(), Path("run"))
    Path("inventory.yaml").write_text(text.replace("{kind: lan,", "{kind: classified, level: 机密,"), "utf-8")
    with pytest.raises(UseError) as caught:
        flow.resume_request_matches(asked(), Path("run"))
    assert caught.value.fields["key"] == "inventory"


def test_what_was_seen_long_ago_is_not_gone_on_with(unit: Path) -> None:
    """The store was clean when the run was stopped; whatever lies there now, it would pass as of today."""
    for days, old in ((flow.RESUME_DAYS, False), (flow.RESUME_DAYS + 1, True)):
        folder = Path(f"run{days}")
        folder.mkdir()
        request, store = asked(), Store(folder)
        began = datetime.now(UTC) - timedelta(days=days, hours=1)
        store.put_meta("head", request.head(flow.plan_for(request), "r", began.strftime("%Y-%m-%dT%H:%M:%SZ")))
        store.close()
        if not old:
            flow.resume_request_matches(request, folder)
            continue
        with pytest.raises(UseError, match="resume-old"):
            flow.resume_request_matches(request, folder)
