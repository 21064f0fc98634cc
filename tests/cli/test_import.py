"""``shiqu import``: what other tools found stands beside what we found, and nothing passes by it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from reports.document import annexes
from reports.document.model import Heading, Table
from reports.document.study import study
from scanner.cli.main import main
from scanner.ledger.shelf import Shelf
from scanner.model.canonical import canonical_unchecked

SAMPLES = Path(__file__).parents[1] / "shelves" / "foreign"
ARF = str(SAMPLES / "openscap.arf.xml")
INVENTORY = """
unit: {code: "330100-001", name: 示例市档案馆}
scope: {allow: [192.0.2.0/24], authorised_by: 某人, until: 2099-12-31}
systems:
  - id: dams
    name: 数字档案馆系统
    grade: 3
    targets:
      - {id: web01, kind: linux, address: local}
"""
OWNER = "linux.file-owner-shadow"


@pytest.fixture(scope="module")
def scanned(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("unit")
    (folder / "inventory.yaml").write_text(INVENTORY, "utf-8")
    argv = [
        "scan",
        "web01",
        "-i",
        str(folder / "inventory.yaml"),
        "-o",
        str(folder / "out"),
        "--only",
        "linux.*",
        "--quiet",
        "--format",
        "json",
    ]
    assert main(argv) in (0, 1, 4)
    return folder


@pytest.fixture
def unit(scanned: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.delenv("SHIQU_HOME", raising=False)
    monkeypatch.chdir(tmp_path)
    return scanned


def judged(shelf: str, out: str, *more: str) -> dict[str, Any]:
    assert main(["judge", shelf, "-o", out, *more]) in (1, 4)
    document: dict[str, Any] = json.loads(Path(out, "result.json").read_text("utf-8"))
    return document


def comparable(document: dict[str, Any]) -> Any:
    """What a foreign file must not change; the copy is a run of its own."""
    hazards = json.loads(json.dumps(document["hazards"]).replace(document["run"]["id"], "RUN"))
    return document["verdicts"], document["systems"], document["core_hazards"], document["gate"], hazards


def test_a_foreign_file_beside_a_run_changes_no_verdict_and_no_finding(unit: Path) -> None:
    assert main(["import", "arf", ARF, "--target", "web01", "--shelf", str(unit / "out"), "-o", "both.zip"]) == 0
    bare, both = judged(str(unit / "out" / "shelf.zip"), "bare"), judged("both.zip", "both")
    assert comparable(bare) == comparable(both)
    assert bare["views"]["foreign"] == [] and bare["run"]["id"] != both["run"]["id"]
    (block,) = both["views"]["foreign"]
    assert (block["origin"], block["tool"], block["file"]) == ("arf", "OpenSCAP 1.3.7", "openscap.arf.xml")
    assert block["hosts"][0]["target"] == "web01" and block["hosts"][0]["counts"] == {"fail": 1, "pass": 3, "not-applicable": 3}


def test_where_tool_and_verdict_contradict_somebody_is_told(unit: Path) -> None:
    text = Path(ARF).read_text("utf-8").replace("<result>pass</result>", "<result>fail</result>")
    Path("arf.xml").write_text(text, "utf-8")
    main(["import", "arf", "arf.xml", "--target", "web01", "--shelf", str(unit / "out"), "-o", "both.zip"])
    document = judged("both.zip", "both")
    (block,) = document["views"]["foreign"]
    differing = [row for row in block["rows"] if row["differs"]]
    assert block["differing"] == len(differing) > 0 and block["rows"][: len(differing)] == differing
    for row in differing:
        verdict = document["verdicts"][row["verdict"]]
        assert (row["means"], verdict["status"], verdict["target"]) == ("fail", "met", "web01")
        assert row["key"] in verdict["references"]["cac"]
    page = Path("both/report.html").read_text("utf-8")
    assert 'id="foreign"' in page and f"有 {len(differing)} 条与石渠的判定相反" in page


def test_paper_shows_them_in_annex_e(unit: Path) -> None:
    main(["import", "arf", ARF, "--target", "web01", "--shelf", str(unit / "out"), "-o", "both.zip"])
    main(["judge", "both.zip", "-o", "both", "--format", "json"])
    document = json.loads(Path("both/result.json").read_text("utf-8"))
    blocks = annexes.by_hand(study(document, "zh", "liaison"), "ef")
    names = [block.text for block in blocks if isinstance(block, Heading)]
    assert names[0].startswith("附录 E") and "openscap.arf.xml" in names[1] and names[2].startswith("附录 F")
    (hosts, lines) = (block for block in blocks if isinstance(block, Table))
    assert hosts.rows[0][1] == "web01" and "不通过 1" in str(hosts.rows[0][3])
    assert [row[1].text for row in lines.rows] == ["file_permissions_systemmap"]  # type: ignore[union-attr]


def test_a_passing_foreign_file_alone_passes_nothing(unit: Path) -> None:
    assert main(["import", "arf", ARF, "-i", str(unit / "inventory.yaml"), "-o", "alone.zip"]) == 0
    assert main(["judge", "alone.zip", "-o", "alone"]) == 4
    document = json.loads(Path("alone/result.json").read_text("utf-8"))
    assert not [line for line in document["verdicts"] if line["status"] == "met"] and document["gate"] != "pass"
    assert main(["import", "nmap", str(SAMPLES / "nmap.xml"), "-o", "bare.zip"]) == 0
    assert main(["judge", "bare.zip", "-o", "bare"]) == 4


def test_what_rests_is_of_foreign_kind_and_holds_no_secret(unit: Path) -> None:
    item = {"id": 1, "policy_id": "p", "title": "password = Winter-2026!", "result": "passed", "command": "mysql -pWinter-2026!"}
    Path("w.json").write_text(json.dumps({"data": {"affected_items": [item], "total_affected_items": 1}}), "utf-8")
    assert main(["import", "wazuh", "w.json", "-o", "w.zip"]) == 0
    shelf = Shelf(Path("w.zip"))
    ((key, head),) = [(key, shelf.head_of(key)[0]) for _, probe, key, _ in shelf.records() if probe.startswith("foreign.wazuh.")]
    assert head["kind"] == "foreign" and b"Winter" not in shelf.object(key)
    shelf.close()


def test_the_same_shelf_gives_the_same_bytes_again(unit: Path) -> None:
    files = [str(SAMPLES / name) for name in ("wazuh-checks.json", "wazuh-alerts.json")]
    assert main(["import", "wazuh", *files, "--shelf", str(unit / "out"), "-o", "w.zip"]) == 0
    one, two = judged("w.zip", "one"), judged("w.zip", "two")
    assert one == two and [block["file"] for block in one["views"]["foreign"]].count("wazuh-alerts.json") == 1


@pytest.mark.parametrize(
    "argv",
    [
        ["arf", str(SAMPLES / "nmap.xml")],
        ["nmap", ARF],
        ["nmap", str(SAMPLES / "nmap.xml"), "--target", "web01"],
        ["arf", "missing.xml"],
        ["arf", ARF, "--shelf", "x", "-i", "y"],
    ],
    ids=["other-tool", "other-tool-2", "two-hosts", "missing", "both"],
)
def test_a_wrong_file_is_refused_in_one_sentence_and_nothing_is_written(
    argv: list[str], unit: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["import", *argv, "-o", "x.zip"]) == 2
    assert capsys.readouterr().err.count("\n") == 1 and not Path("x.zip").exists()


def test_a_place_where_nothing_can_be_written_is_named(unit: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for more in ((), ("--shelf", str(unit / "out"))):
        assert main(["import", "arf", ARF, *more, "-o", "nowhere/x.zip"]) == 5
        assert "nowhere/x.zip" in capsys.readouterr().err


def test_nothing_is_written_over(unit: Path) -> None:
    Path("x.zip").write_text("mine")
    assert main(["import", "arf", ARF, "-o", "x.zip"]) == 2
    assert Path("x.zip").read_text() == "mine"


HOSTILE = [5, [{}], [{"rows": []}]]


@pytest.mark.parametrize("view", HOSTILE, ids=range(len(HOSTILE)))
def test_a_result_with_another_view_is_refused(view: Any, unit: Path) -> None:
    document = json.loads((unit / "out" / "result.json").read_text("utf-8"))
    document["views"]["foreign"] = view
    Path("r.json").write_bytes(canonical_unchecked(document))
    assert main(["report", "r.json", "-o", "rep"]) == 2


def test_every_hostile_text_of_a_foreign_file_is_inert_on_the_page(unit: Path) -> None:
    evil = "</script><script>alert(1)</script><img src=http://192.0.2.66/x>{{7*7}}"
    item = {"id": evil, "policy_id": evil, "title": evil, "result": evil}
    Path("w.json").write_text(json.dumps({"data": {"affected_items": [item], "total_affected_items": 1}}), "utf-8")
    main(["import", "wazuh", "w.json", "--shelf", str(unit / "out"), "-o", "w.zip"])
    main(["judge", "w.zip", "-o", "w"])
    page = Path("w/report.html").read_text("utf-8")
    assert "<script>alert(1)" not in page and "<img src=http" not in page and "{{7*7}}" in page
