"""A checklist line by line: what is missing, untrue, expired or about other words is refused with its place."""

from __future__ import annotations

import io
import zipfile
from datetime import date
from pathlib import Path
from typing import Any

import openpyxl
import pytest
import yaml

from scanner.errors import UseError
from scanner.ledger.attest import Asked, Stated, Terms, find, read_form, settle, submit
from scanner.ledger.attest_sheet import read_checklist, to_workbook, to_yaml
from scanner.ledger.home import Home
from scanner.model.control import Control, Words
from scanner.model.declaration import text_digest

DAY = date(2026, 7, 1)


def control(name: str = "X-1", core: str | None = None, method: tuple[str, ...] = ("physical",)) -> Control:
    words = Words(zh="机房出入口有人值守", en="the door is guarded")
    return Control(id=name, clause=name, layer="安全物理环境", control_point="物理访问控制", text=words, method=method, core_hazard=core)


CONTROLS = {"X-1": control(), "CH4": control("CH4", core="CH4"), "X-2": control("X-2", method=("interview",))}
TERMS = Terms(controls=CONTROLS, systems=["dams"], day=DAY)
ASKED = [Asked(control=one, system="dams") for one in CONTROLS.values()]


def line(**changes: Any) -> dict[str, Any]:
    filled: dict[str, Any] = {
        "item": "X-1", "system": "dams", "says": "符合", "statement": "", "by": "张三", "since": "2026-06-01", "until": "2027-05-31",
        "evidence": ["p.jpg"], "text": text_digest(CONTROLS["X-1"]),
    }  # fmt: skip
    if changes.get("item") in CONTROLS:
        filled["text"] = text_digest(CONTROLS[changes["item"]])
    return {key: value for key, value in (filled | changes).items() if value is not None}


def stated(folder: Path, **changes: Any) -> Stated | None:
    """One line of a YAML checklist, read."""
    (folder / "p.jpg").write_bytes(b"photo")
    path = folder / "c.yaml"
    path.write_text(yaml.safe_dump({"attestations": [line(**changes)]}, allow_unicode=True), "utf-8")
    return read_form(read_checklist(path)[0], TERMS)


def test_a_good_line_becomes_a_statement_that_waits(tmp_path: Path) -> None:
    got = stated(tmp_path)
    assert got is not None
    assert got.line["state"] == "submitted" and got.line["by"] == "张三" and got.papers == (b"photo",)


@pytest.mark.parametrize("says", ["", "未核对"])
def test_a_line_that_nobody_filled_in_is_no_statement(says: str, tmp_path: Path) -> None:
    assert stated(tmp_path, says=says) is None


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"item": "X-9"}, "attest-item-unknown"),
        ({"system": "other"}, "attest-system-unknown"),
        ({"says": "很好"}, "attest-says"),
        ({"by": ""}, "attest-empty"),
        ({"by": None}, "attest-empty"),
        ({"by": "张\u202e三"}, "attest-person"),
        ({"since": "2026-6-1"}, "attest-day"),
        ({"since": "2026-02-30"}, "attest-day"),
        ({"since": "20260601"}, "attest-day"),
        ({"since": "2026-07-02", "until": "2026-08-01"}, "attest-future"),
        ({"until": "2026-06-30"}, "attest-expired"),
        ({"until": "2029-12-31"}, "attest-too-long"),
        ({"text": "sha256:" + "0" * 64}, "attest-text-changed"),
        ({"evidence": []}, "attest-evidence-missing"),
        ({"evidence": ["none.jpg"]}, "attest-paper"),
        ({"evidence": ["../outside.jpg"]}, "attest-paper"),
        ({"evidence": ["/etc/hostname"]}, "attest-paper"),
        ({"evidence": ["."]}, "attest-paper"),
        ({"says": "不符合"}, "attest-statement-missing"),
        ({"says": "不适用"}, "attest-statement-missing"),
        ({"item": "CH4"}, "attest-two-persons"),
        ({"item": "CH4", "by": "张三、张三"}, "attest-two-persons"),
        ({"item": "CH4", "by": "张三、李四", "evidence": []}, "attest-evidence-missing"),
        ({"item": "CH4", "by": "张三、李四", "says": "不适用", "statement": "没有外网"}, "attest-core-applies"),
        ({"colour": "red"}, "attest-key-unknown"),
        ({"since": 20260601}, "attest-shape"),
    ],
)
def test_a_fault_is_refused_with_file_and_line(changes: Any, code: str, tmp_path: Path) -> None:
    (tmp_path.parent / "outside.jpg").write_bytes(b"x")
    with pytest.raises(UseError) as caught:
        stated(tmp_path, **changes)
    assert caught.value.code == code and "c.yaml" in caught.value.fields["file"] and int(caught.value.fields["line"]) >= 2


def test_a_link_out_of_the_folder_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "link.jpg").symlink_to("/etc/hostname")
    with pytest.raises(UseError, match="attest-paper"):
        stated(tmp_path, evidence=["link.jpg"])


def test_an_interview_needs_no_paper(tmp_path: Path) -> None:
    assert stated(tmp_path, item="X-2", evidence=[]) is not None


def test_an_empty_system_speaks_of_the_whole_unit(tmp_path: Path) -> None:
    got = stated(tmp_path, system="")
    assert got is not None and got.line["system"] is None


def test_the_yaml_template_is_a_checklist_that_nobody_filled_in(tmp_path: Path) -> None:
    path = tmp_path / "c.yaml"
    path.write_bytes(to_yaml(ASKED, ["说明"]))
    assert [read_form(form, TERMS) for form in read_checklist(path)] == [None, None, None]


# Workbooks: filled in as a person would, and as an attacker would.


def workbook(folder: Path, **cells: str) -> Path:
    """The template with its first line filled in; ``cells`` by header."""
    (folder / "p.jpg").write_bytes(b"photo")
    book = openpyxl.load_workbook(io.BytesIO(to_workbook(ASKED, ["说明"])))
    sheet = book.worksheets[0]
    column = {cell.value: cell.column for cell in sheet[1]}
    filled = {"结论": "符合", "核对人": "张三", "核对日期": "2026-06-01", "有效期至": "2027-05-31", "照片或材料文件": "p.jpg"} | cells
    for name, value in filled.items():
        sheet.cell(2, column[name]).value = value
    path = folder / "c.xlsx"
    book.save(path)
    return path


def test_the_workbook_is_read_back(tmp_path: Path) -> None:
    got = [read_form(form, TERMS) for form in read_checklist(workbook(tmp_path))]
    assert got[0] is not None and got[0].line["control"] == "X-1" and got[1:] == [None, None]


def test_a_fault_in_a_workbook_names_sheet_row_and_column(tmp_path: Path) -> None:
    with pytest.raises(UseError) as caught:
        read_form(read_checklist(workbook(tmp_path, 有效期至="2020-01-01"))[0], TERMS)
    assert caught.value.fields["column"] == "举证核对表!K2"


def test_a_formula_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UseError, match="workbook-formula"):
        read_checklist(workbook(tmp_path, 情况说明='=HYPERLINK("http://192.0.2.1")'))


def test_a_hidden_sheet_is_refused(tmp_path: Path) -> None:
    path = workbook(tmp_path)
    book = openpyxl.load_workbook(path)
    book.worksheets[1].sheet_state = "hidden"
    book.save(path)
    with pytest.raises(UseError, match="workbook-hidden"):
        read_checklist(path)


def added(path: Path, name: str, data: bytes) -> Path:
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, data)
    return path


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("xl/vbaProject.bin", b"macro"),
        ("xl/externalLinks/externalLink1.xml", b"<a/>"),
        ("xl/embeddings/oleObject1.bin", b"ole"),
        ("xl/bomb.xml", b"0" * 120_000_000),
        ("xl/evil.xml", b'<!DOCTYPE a [<!ENTITY b "c">]><a/>'),
    ],
    ids=["macro", "external", "embedded", "bomb", "entity"],
)
def test_a_hostile_workbook_is_refused(name: str, data: bytes, tmp_path: Path) -> None:
    with pytest.raises(UseError, match="workbook-unreadable"):
        read_checklist(added(workbook(tmp_path), name, data))


def test_too_many_rows_are_refused(tmp_path: Path) -> None:
    path = workbook(tmp_path)
    book = openpyxl.load_workbook(path)
    for _ in range(5001):
        book.worksheets[0].append(["X-1"])
    book.save(path)
    with pytest.raises(UseError, match="workbook-too-long"):
        read_checklist(path)


def test_no_workbook_at_all_is_refused(tmp_path: Path) -> None:
    (tmp_path / "c.xlsx").write_bytes(b"PK\x03\x04nothing")
    with pytest.raises(UseError, match="workbook-unreadable"):
        read_checklist(tmp_path / "c.xlsx")


def test_hostile_words_stay_text_in_the_template() -> None:
    words = Words(zh="=1+1", en="=1+1")
    evil = Control(id="=X", clause="c", layer="@SUM(A1)", control_point="-1", text=words, method=("document",))
    sheet = openpyxl.load_workbook(io.BytesIO(to_workbook([Asked(control=evil, system="+s")], []))).worksheets[0]
    assert {cell.data_type for row in sheet.iter_rows() for cell in row if cell.value is not None} == {"s"}


# The second person.


def kept(folder: Path, **changes: Any) -> tuple[Home, str]:
    home, got = Home(folder / "home"), stated(folder, **changes)
    assert got is not None
    submit(home, [got], "operator")
    return home, got.line["id"]


def test_what_was_submitted_does_not_count_yet(tmp_path: Path) -> None:
    home, _ = kept(tmp_path)
    assert home.book().standing(home.book().attestations) == []


def test_what_another_person_accepted_counts(tmp_path: Path) -> None:
    home, key = kept(tmp_path)
    settle(home, [key], "accepted", "王五", "operator", "")
    assert [one["id"] for one in home.book().standing(home.book().attestations)] == [key]


def test_nobody_accepts_his_own_statement(tmp_path: Path) -> None:
    home, key = kept(tmp_path)
    with pytest.raises(UseError, match="attest-own"):
        settle(home, [key], "accepted", "张三", "operator", "")


@pytest.mark.parametrize("state", ["rejected", "withdrawn"])
def test_what_was_rejected_or_withdrawn_does_not_count(state: str, tmp_path: Path) -> None:
    home, key = kept(tmp_path)
    settle(home, [key], state, "王五", "operator", "照片不清")
    assert home.book().standing(home.book().attestations) == []
    with pytest.raises(UseError, match="attest-settled"):
        settle(home, [key], "accepted", "王五", "operator", "")


def test_the_same_file_twice_enters_nothing_twice(tmp_path: Path) -> None:
    home, _ = kept(tmp_path)
    got = stated(tmp_path)
    assert got is not None and submit(home, [got], "operator") == 0


def test_a_later_statement_takes_the_place_of_an_earlier_one(tmp_path: Path) -> None:
    home, first = kept(tmp_path)
    settle(home, [first], "accepted", "王五", "operator", "")
    _, second = kept(tmp_path, says="不符合", statement="门坏了")
    settle(home, [second], "accepted", "王五", "operator", "")
    assert [one["id"] for one in home.book().standing(home.book().attestations)] == [second]


def test_a_paper_that_was_changed_is_found(tmp_path: Path) -> None:
    home, key = kept(tmp_path)
    paper = find(home.book(), key)["evidence"][0]
    assert home.damaged_papers(home.book()) == []
    (home.folder / "attestations" / paper[7:]).write_bytes(b"other")
    assert home.damaged_papers(home.book()) == [paper]
