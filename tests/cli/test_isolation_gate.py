"""From the test of a unit's zone pairs to a gate that passes: the scan takes their records along, and two persons sign."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path
from typing import Any

import pytest

from scanner.cli.main import main
from scanner.ledger.ends import write_ending, write_plan
from tests.cli.signing import sign
from tests.facts.network.made import SEED, Bench

PAIR = "  - {between: [lan, internet], require: physical, sentinels: [{id: edge, addresses: [198.51.100.50]}]}\n"
INVENTORY = """
unit: {code: "330100-001", name: 示例市档案馆}
scope: {allow: [192.0.2.0/24, "sqlite:./**"], authorised_by: 分管领导}
zones:
  lan: {kind: lan, networks: [192.0.2.0/24]}
  internet: {kind: internet, networks: [198.51.100.0/24]}
  office: {kind: extranet, networks: [198.51.100.0/24]}
isolation:
@@systems:
  - id: dams
    name: 数字档案馆系统
    grade: 3
    zone: lan
    holds: unclassified
    targets:
      - {id: open, kind: catalogue, url: "sqlite:///open.db"}
""".replace("@@", PAIR)
SECOND = "  - {between: [lan, office], require: physical, sentinels: [{id: edge, addresses: [198.51.100.50]}]}\n"
POLICY = "policy: core\ntitle: {zh: 四项核心隐患, en: Core hazards}\nproof: []\nrules: []\n"
OFFICE = {
    "pair": "lan:office",
    "zones": {"lan": {"kind": "lan", "networks": ["192.0.2.0/24"]}, "office": {"kind": "extranet", "networks": ["198.51.100.0/24"]}},
}


@pytest.fixture
def unit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A unit with one open catalogue and one zone pair; two persons signed for the four core hazards."""
    monkeypatch.delenv("SHIQU_HOME", raising=False)
    monkeypatch.setenv("HOME", str(tmp_path / "user"))
    folder = tmp_path / "unit"
    folder.mkdir()
    monkeypatch.chdir(folder)
    Path("inventory.yaml").write_text(INVENTORY, "utf-8")
    Path("core.yaml").write_text(POLICY, "utf-8")
    with sqlite3.connect("open.db") as store:
        store.execute("CREATE TABLE da(dh TEXT, tm TEXT, mj TEXT)")
        store.executemany("INSERT INTO da VALUES(?, ?, '公开')", [(f"X-{n}", f"会议材料第{n}号") for n in range(20)])
    store.close()
    sign("segregation", "isolation")
    return folder


def scanned(output: str = "scan", *argv: str) -> dict[str, Any]:
    assert main(["scan", *argv, "-i", "inventory.yaml", "-o", output, "--quiet", "--format", "json"]) in (0, 1, 4)
    return result(output)


def result(folder: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(Path(folder, "result.json").read_text("utf-8"))
    return found


def core(document: dict[str, Any]) -> dict[str, str]:
    return {line["id"]: line["state"] for line in document["core_hazards"]}


def records_of(name: str, *, breach: bool = False, **more: Any) -> str:
    """Both ends' records of a test of a pair; the line of the inventory that names them."""
    bench = Bench(**more)
    frames = bench.routed()
    if breach:
        bench.arrives(frames[0])
    place = Path(name)
    place.mkdir()
    write_plan(place / "plan.json", bench.data)
    write_ending(place / "inner.zip", bench.record("in"), SEED)
    write_ending(place / "outer.zip", bench.record("out:edge"), SEED)
    return f"records: {{plan: {name}/plan.json, inner: {name}/inner.zip, outer: [{name}/outer.zip]}}"


def declare(*pairs: str) -> None:
    """The zone pairs that the inventory declares, each with more words."""
    text = INVENTORY.replace(PAIR, "".join(pairs))
    Path("inventory.yaml").write_text(text, "utf-8")


def gate(*folders: str) -> int:
    return main(["gate", *folders, "-i", "inventory.yaml", "--policy", "core.yaml"])


def test_a_unit_passes_by_a_scan_that_takes_the_records_of_its_zone_pairs_along(unit: Path) -> None:
    assert core(scanned("untested")) == dict.fromkeys(("CH1", "CH2", "CH3"), "cleared") | {"CH4": "not_tested"}
    assert gate("untested") == 4
    declare(PAIR.replace("}]}", "}], " + records_of("test") + "}"))
    assert set(core(scanned()).values()) == {"cleared"}
    assert gate("scan") == 0


def test_a_breach_in_the_records_fails(unit: Path) -> None:
    declare(PAIR.replace("}]}", "}], " + records_of("test", breach=True) + "}"))
    assert core(scanned())["CH4"] == "confirmed"
    assert gate("scan") == 1


def test_each_pair_of_a_unit_has_to_be_tested(unit: Path) -> None:
    one = PAIR.replace("}]}", "}], " + records_of("one") + "}")
    declare(one, SECOND)
    assert core(scanned("half"))["CH4"] == "not_tested"
    assert gate("half") == 4
    declare(one, SECOND.replace("}]}", "}], " + records_of("two", **OFFICE) + "}"))
    assert core(scanned())["CH4"] == "cleared"
    assert gate("scan") == 0
