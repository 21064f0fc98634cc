"""Attestations and waivers as persons write them around a scan."""

from __future__ import annotations

import json
import shutil
from datetime import date, timedelta
from pathlib import Path

import pytest

from scanner.cli.main import main
from scanner.ledger.home import Home
from tests.cli.keeping.unit import CHECK, acceptance, attested, hazard, of_control, shiqu


def test_an_accepted_attestation_enters_the_scan_and_is_replayed(unit: Path, today: None) -> None:
    attested("符合")
    document = acceptance("third")
    assert (of_control(document, "AC-FILING")["result"], of_control(document, "AC-FILING")["basis"]) == ("compliant", "attested")
    shutil.rmtree(unit / "shiqu-home")
    assert main(["judge", "third/shelf.zip", "-o", "again", "--format", "json"]) in (1, 4)
    assert Path("third/result.json").read_bytes() == Path("again/result.json").read_bytes()


@pytest.mark.parametrize("by", ["张三", "张 三", "赵六（馆长）"])
def test_whoever_stated_or_imported_does_not_accept(by: str, unit: Path, today: None) -> None:
    attested("符合", settle=False)
    shiqu("attest", "accept", "all", "--by", by, code=2)
    shiqu("attest", "accept", "all", "--by", "王五")


def test_one_login_that_writes_both_names_is_told(
    unit: Path, today: None, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    attested("符合")
    assert "同一个系统账户" in capsys.readouterr().err
    shutil.rmtree(unit / "shiqu-home")
    attested("符合", settle=False)
    monkeypatch.setattr("scanner.cli.attest.getpass.getuser", lambda: "another")
    shiqu("attest", "accept", "all", "--by", "王五")
    assert "同一个系统账户" not in capsys.readouterr().err


def by_hand(unit: Path, control: str, days: int) -> None:
    """A waiver that no command would write, chained as whoever knows the rule does it."""
    day = date.today()
    line = {
        "id": f"WV-{control}", "control": control, "system": None, "state": "accepted", "approved_by": "馆长", "reason": "x", "measure": "y",
        "since": (day - timedelta(30)).isoformat(), "until": (day + timedelta(days)).isoformat(),
    }  # fmt: skip
    Home(unit / "shiqu-home").write([("waiver", {"key": f"added:{control}", "id": line["id"], "event": "added", "line": line})])


def test_a_waiver_written_into_the_ledger_by_hand_covers_no_core_hazard_and_not_for_ever(unit: Path) -> None:
    for control, days in (("AB-05", 30), ("CH1", 30), ("AB-01", 30), ("AB-02", 3000)):
        by_hand(unit, control, days)
    main(["scan", "-i", "inventory.yaml", "-p", "archives-l3", "-o", "third", "--only", CHECK, "--quiet"])
    document = json.loads(Path("third", "result.json").read_text("utf-8"))
    assert [of_control(document, control)["waiver"] is None for control in ("AB-05", "AB-02", "AB-01")] == [True, True, False]


def test_a_statement_against_a_clause_becomes_a_hazard(unit: Path, today: None) -> None:
    attested("不符合")
    assert of_control(acceptance("third"), "AC-FILING")["result"] == "noncompliant"
    assert hazard(unit, "person.AC-FILING")["risk"] == "RC1"
    assert main(["gate", "third"]) == 1


def test_a_waiver_stands_beside_the_finding(unit: Path, today: None) -> None:
    shiqu("waive", "add", "AC-11", "--approver", "馆长", "--reason", "新库未建成", "--measure", "每周人工核对", "--until", "2026-12-31")
    finding = of_control(acceptance("third"), "AC-11")
    assert (finding["result"], finding["waiver"]["approved_by"]) == ("insufficient", "馆长")


@pytest.mark.parametrize("control", ["CH1", "CH2", "CH3", "CH4", "AB-05"])
def test_nothing_that_speaks_to_a_core_hazard_is_waived(control: str, unit: Path, today: None) -> None:
    shiqu("waive", "add", control, "--approver", "馆长", "--reason", "x", "--measure", "y", "--until", "2026-12-31", code=2)


@pytest.mark.parametrize(
    "argv",
    [
        ("--until", "2026-05-31"),
        ("--until", "2028-01-01"),
        ("--until", "2026-12-31", "--measure", " "),
        ("--until", "2026-12-31", "--approver", " "),
    ],
)
def test_a_waiver_without_end_measure_or_approver_is_refused(argv: tuple[str, ...], unit: Path, today: None) -> None:
    base = {"--approver": "馆长", "--reason": "x", "--measure": "y"} | dict(zip(argv[::2], argv[1::2], strict=True))
    shiqu("waive", "add", "AC-11", *[part for pair in base.items() for part in pair], code=2)


def test_a_revoked_waiver_is_no_longer_shown(unit: Path, today: None, capsys: pytest.CaptureFixture[str]) -> None:
    shiqu("waive", "add", "AC-11", "--approver", "馆长", "--reason", "x", "--measure", "y", "--until", "2026-12-31")
    shiqu("waive", "list")
    name = capsys.readouterr().out.split("例外 ")[1].split(" ")[0]
    shiqu("waive", "revoke", name, "--by", "馆长", "--remark", "已整改")
    assert of_control(acceptance("third"), "AC-11")["waiver"] is None


def test_the_inventory_of_this_folder_need_not_be_named(unit: Path, today: None, capsys: pytest.CaptureFixture[str]) -> None:
    attested("符合")
    assert main(["attest", "list"]) == 0 and "AC-FILING" in capsys.readouterr().out
    assert main(["attest", "template", "-o", "mine.yaml"]) == 0 and main(["waive", "list"]) == 0


def test_without_any_inventory_there_is_no_checklist(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["attest", "template", "-o", "mine.yaml"]) == 2 and not (tmp_path / "mine.yaml").exists()
