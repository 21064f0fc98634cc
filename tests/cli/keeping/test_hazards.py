"""Hazards as a person follows them: assigned, mended, struck off on proof alone."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from scanner.ledger.home import Home
from tests.cli.keeping.unit import Later, hazard, shiqu


def test_assigning_sets_owner_deadline_and_measure(unit: Path, found: dict[str, Any], capsys: pytest.CaptureFixture[str]) -> None:
    shiqu("hazards", "assign", found["id"], "--owner", "张三", "--deadline", "2098-12-31", "--measure", "改配置")
    line = hazard(unit)
    assert (line["state"], line["owner"], line["deadline"]) == ("rectifying", "张三", "2098-12-31")
    shiqu("hazards", "list", "--owner", "张三")
    assert "整改中" in capsys.readouterr().out


@pytest.mark.parametrize(
    "argv",
    [
        ("--owner", "张三", "--deadline", "2000-01-01", "--measure", "x"),
        ("--owner", "张三", "--deadline", "明天", "--measure", "x"),
        ("--owner", " ", "--deadline", "2098-12-31", "--measure", "x"),
        ("--owner", "张三", "--deadline", "2098-12-31", "--measure", " "),
    ],
)
def test_a_wrong_assignment_is_refused(argv: tuple[str, ...], unit: Path, found: dict[str, Any]) -> None:
    shiqu("hazards", "assign", found["id"], *argv, code=2)
    assert hazard(unit)["state"] == "registered"


def test_a_met_strikes_it_off_and_a_later_unmet_brings_it_back(unit: Path, found: dict[str, Any], later: Later) -> None:
    shiqu("hazards", "verify", found["id"], "--result", str(later(2, "met")))
    assert hazard(unit)["state"] == "closed"
    shiqu("hazards", "verify", found["id"], "--result", str(later(3, "unmet")), code=1)
    assert (hazard(unit)["state"], hazard(unit)["times"]) == ("recurred", 1)


def test_what_is_lacking_is_said(found: dict[str, Any], later: Later, capsys: pytest.CaptureFixture[str]) -> None:
    shiqu("hazards", "verify", found["id"], "--result", str(later(2, "unknown")), code=1)
    assert "没有证据不能销号" in capsys.readouterr().out


def test_other_parameters_close_nothing(unit: Path, found: dict[str, Any], later: Later) -> None:
    shiqu("hazards", "verify", "--result", str(later(2, "met", values={"x": 1})), code=1)
    assert (hazard(unit)["state"], hazard(unit)["open_why"]) == ("review", "values-differ")


def test_a_report_of_mending_waits_for_review_and_falls_back(unit: Path, found: dict[str, Any], later: Later) -> None:
    shiqu("hazards", "verify", found["id"], "--mended", "张三", code=1)
    assert hazard(unit)["state"] == "review"
    shiqu("hazards", "verify", found["id"], "--result", str(later(2, "unmet")), code=1)
    assert hazard(unit)["state"] == "rectifying"


def closing(found: dict[str, Any], *more: str, code: int) -> None:
    Path("p.jpg").write_bytes(b"photo")
    shiqu(
        "hazards",
        "close",
        found["id"],
        "--by",
        "张三",
        "--second",
        "李四",
        "--statement",
        "现场核实",
        "--evidence",
        "p.jpg",
        *more,
        code=code,
    )


@pytest.mark.parametrize("status", ["unmet", "unknown"])
def test_persons_cannot_strike_off_what_a_machine_sees(status: str, unit: Path, found: dict[str, Any], later: Later) -> None:
    shiqu("ledger", "add", str(later(2, status)))
    closing(found, code=2)
    assert hazard(unit)["state"] == "registered"


def test_two_persons_with_papers_strike_off_what_no_machine_sees(unit: Path, found: dict[str, Any], later: Later) -> None:
    shiqu("ledger", "add", str(later(2, "not-applicable")))
    closing(found, code=0)
    closed = hazard(unit)["closed"]
    assert closed["how"] == "reviewed" and closed["by"] == ["张三", "李四"] and len(closed["evidence"]) == 1
    shiqu("ledger", "verify")


@pytest.mark.parametrize("second", ["张三", "张 三", "张三（副馆长）", "张三。"])
def test_one_person_is_not_two(second: str, found: dict[str, Any], later: Later) -> None:
    shiqu("ledger", "add", str(later(2, "awaits-person")))
    closing(found, "--second", second, code=2)


def test_show_tells_the_whole_story(found: dict[str, Any], later: Later, capsys: pytest.CaptureFixture[str]) -> None:
    shiqu("hazards", "verify", found["id"], "--result", str(later(2, "met")))
    shiqu("hazards", "show", found["id"], "--result", "later2/result.json")
    shown = capsys.readouterr().out
    assert all(word in shown for word in ("登记", "销号", "复查通过", "同一检查项"))


def test_an_unknown_hazard_is_refused(unit: Path) -> None:
    shiqu("hazards", "show", "H-NONE", code=2)


def review_by_hand(unit: Path, found: dict[str, Any], by: list[str], evidence: list[str]) -> None:
    closed = {"how": "reviewed", "run": "", "time": "2026-06-01T00:00:00Z", "evidence": evidence, "by": by, "statement": "x"}
    Home(unit / "shiqu-home").write([("hazard", {"key": "reviewed:x", "id": found["id"], "event": "reviewed", "closed": closed})])


def test_a_closing_written_by_hand_does_not_go_over_what_a_machine_saw(unit: Path, found: dict[str, Any]) -> None:
    review_by_hand(unit, found, ["张三", "李四"], ["sha256:" + "0" * 64])
    assert hazard(unit)["state"] == "registered"


@pytest.mark.parametrize(("by", "evidence"), [(["张三"], ["sha256:0"]), (["张三", "张 三"], ["sha256:0"]), (["张三", "李四"], [])])
def test_a_closing_by_one_person_or_without_papers_is_a_broken_row(
    by: list[str], evidence: list[str], unit: Path, found: dict[str, Any]
) -> None:
    review_by_hand(unit, found, by, evidence)
    shiqu("hazards", "list", code=5)
