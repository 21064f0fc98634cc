"""Hazards, ledger, attestations, waivers and the gate as a person uses them, around a real scan of this machine."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml

from scanner.cli.key_files import config_folder
from scanner.cli.main import main
from scanner.ledger.home import Home
from scanner.ledger.seal import bindings
from scanner.ledger.seal import make as sealed
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
    """A unit's folder after its first scan."""
    folder = tmp_path_factory.mktemp("unit")
    (folder / "inventory.yaml").write_text(INVENTORY, "utf-8")
    code = main(["scan", "-i", str(folder / "inventory.yaml"), "-o", str(folder / "out"), "--only", "linux.ssh-*", "--quiet"])
    assert code in (0, 1, 4)
    return folder


@pytest.fixture
def unit(scanned: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of it: every test begins after the first scan."""
    monkeypatch.delenv("SHIQU_HOME", raising=False)
    monkeypatch.setenv("HOME", str(tmp_path / "auditor"))
    add_pin(config_folder("trust"), Pin("unit", key().public.pem.decode(), UNIT))
    shutil.copytree(scanned, tmp_path / "unit")
    monkeypatch.chdir(tmp_path / "unit")
    return tmp_path / "unit"


Later = Callable[..., Path]


@pytest.fixture
def later(unit: Path) -> Later:
    """Make the result of a later run, its verdicts on one check changed, and seal it as the unit does."""

    def make(day: int, status: str, check: str = CHECK, **run: Any) -> Path:
        document = json.loads((unit / "out" / "result.json").read_text("utf-8"))
        document["run"] |= {"id": f"later{day}", "finished": f"2099-01-{day:02}T00:00:00Z", **run}
        for verdict in document["verdicts"]:
            if verdict["check"] == check:
                verdict |= {"status": status, "why": None if status in ("met", "unmet") else "timed-out"}
        path = unit / f"later{day}" / "result.json"
        path.parent.mkdir()
        path.write_bytes(canonical_unchecked(document))
        path.with_name("result.json.seal").write_bytes(
            sealed("run", {"result.json": path}, bindings([path], UNIT), key(), "2099-02-01T00:00:00Z")
        )
        return path

    return make


def shiqu(*argv: str, code: int = 0) -> None:
    assert main([*argv, "-i", "inventory.yaml"]) == code


def hazard(unit: Path, check: str = CHECK) -> dict[str, Any]:
    return next(line for line in Home(unit / "shiqu-home").book().hazards.values() if line["check"] == check)


@pytest.fixture
def found(unit: Path, later: Later) -> dict[str, Any]:
    """A hazard on the check at hand, whatever this machine's own state is."""
    shiqu("ledger", "add", str(later(1, "unmet")))
    return hazard(unit)


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


def attested(says: str, item: str = "AC-FILING", settle: bool = True) -> None:
    """Fill one line of the acceptance checklist, submit and accept it."""
    Path("p.jpg").write_bytes(b"photo")
    Path("c.yaml").unlink(missing_ok=True)
    shiqu("attest", "template", "-p", "acceptance", "-o", "c.yaml")
    data = yaml.safe_load(Path("c.yaml").read_text("utf-8"))
    for line in data["attestations"]:
        if line["item"] == item:
            line |= {
                "says": says,
                "by": "张三",
                "since": "2026-01-01",
                "until": "2028-12-31",
                "statement": "看过原件",
                "evidence": ["p.jpg"],
            }
    Path("c.yaml").write_text(yaml.safe_dump(data, allow_unicode=True), "utf-8")
    shiqu("attest", "import", "c.yaml", "--by", "赵六")
    if settle:
        shiqu("attest", "accept", "all", "--by", "王五")


def acceptance(folder: str) -> dict[str, Any]:
    main(["scan", "-i", "inventory.yaml", "-p", "acceptance", "-o", folder, "--only", CHECK, "--quiet"])
    document: dict[str, Any] = json.loads(Path(folder, "result.json").read_text("utf-8"))
    return document


def of_control(document: dict[str, Any], control: str) -> dict[str, Any]:
    found: dict[str, Any] = next(one for one in document["systems"][0]["findings"] if one["control"] == control)
    return found


@pytest.fixture
def today(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in ("keeping", "attest", "waive", "gate"):
        monkeypatch.setattr(f"scanner.cli.{module}.today", lambda: date(2026, 6, 1))


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


def test_the_inventory_of_this_folder_need_not_be_named(unit: Path, today: None, capsys: pytest.CaptureFixture[str]) -> None:
    attested("符合")
    assert main(["attest", "list"]) == 0 and "AC-FILING" in capsys.readouterr().out
    assert main(["attest", "template", "-o", "mine.yaml"]) == 0 and main(["waive", "list"]) == 0


def test_without_any_inventory_there_is_no_checklist(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["attest", "template", "-o", "mine.yaml"]) == 2 and not (tmp_path / "mine.yaml").exists()
