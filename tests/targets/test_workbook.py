"""The workbook: template, import, and every refusal naming its cell."""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from scanner.errors import UseError
from scanner.targets.workbook import read_workbook, template

FILLED: dict[str, dict[str, Any]] = {
    "单位": {"A2": "330100-001", "B2": "某市档案馆", "D2": "市级"},
    "授权": {"A2": "192.0.2.0/24", "A3": "2001:db8::/64", "B2": "分管领导", "C2": "2027-12-31"},
    "系统与资产": {"A2": "dams", "B2": "系统", "C2": 3, "D2": "lan", "G2": "web01", "H2": "Linux主机", "I2": "192.0.2.10", "J2": 22,
             "O2": "ops",
             "G3": "db", "H3": "数据库", "K3": "postgresql://192.0.2.11/a"},
    "登录": {"A2": "ops", "B2": "audit", "C2": "~/.ssh/id", "F2": "是"},
}  # fmt: skip


def workbook(folder: Path, **changes: Any) -> Path:
    """A filled template; ``changes`` are SHEET_CELL=value."""
    path = folder / "t.xlsx"
    path.write_bytes(template(["note"]))
    book = openpyxl.load_workbook(path)
    for sheet in book.worksheets[:4]:
        sheet.delete_rows(2)
        for place, value in FILLED[sheet.title].items():
            sheet[place] = value
    for name, value in changes.items():
        title, place = name.split("_")
        book[title][place] = value
    book.save(path)
    return path


def read(path: Path) -> dict[str, Any]:
    return read_workbook(path, path.with_name("inventory.yaml"))[0]


def refused(path: Path) -> UseError:
    with pytest.raises(UseError) as caught:
        read(path)
    return caught.value


def test_what_was_filled_in_comes_back(tmp_path: Path) -> None:
    data = read(workbook(tmp_path))
    assert data["unit"] == {"code": "330100-001", "name": "某市档案馆", "rank": "municipal"}
    assert data["scope"]["allow"] == ["192.0.2.0/24", "2001:db8::/64"]
    assert [target["id"] for target in data["systems"][0]["targets"]] == ["web01", "db"]
    assert data["logins"]["ops"] == {"user": "audit", "key": "~/.ssh/id", "sudo": True}


def test_an_untouched_template_is_an_empty_inventory(tmp_path: Path) -> None:
    path = tmp_path / "t.xlsx"
    path.write_bytes(template([]))
    data, skipped = read_workbook(path, tmp_path / "i.yaml")
    assert data == {"zones": {}, "systems": [], "logins": {}}
    assert len(skipped) == 4


def test_a_formula_is_refused_with_its_cell(tmp_path: Path) -> None:
    error = refused(workbook(tmp_path, 系统与资产_I2="=A1"))
    assert (error.code, error.fields["sheet"], error.fields["row"], error.fields["column"]) == ("workbook-formula", "系统与资产", "2", "I")


def test_what_the_inventory_refuses_is_named_by_its_cell(tmp_path: Path) -> None:
    error = refused(workbook(tmp_path, 系统与资产_I2="1.2.3"))
    assert "系统与资产!I2" in error.fields["file"]


def test_a_password_is_refused_with_its_cell_and_not_echoed(tmp_path: Path) -> None:
    error = refused(workbook(tmp_path, 登录_D2="Hunter2!"))
    assert "登录!D2" in error.fields["file"]
    assert "Hunter2" not in str(error)


@pytest.mark.parametrize("change,code", [
    ({"授权_A3": "1.2.3"}, "workbook-network"),
    ({"授权_B3": "别人"}, "workbook-differs"),
    ({"系统与资产_H2": "打印机"}, "workbook-choice"),
    ({"系统与资产_J2": "22a"}, "workbook-number"),
    ({"系统与资产_G3": None}, "workbook-empty"),
    ({"系统与资产_Z5": "x"}, "workbook-no-header"),
    ({"系统与资产_B1": "xx"}, "workbook-header"),
    ({"系统与资产_J2": 2.5}, "workbook-cell-kind"),
    ({"单位_A3": "x"}, "workbook-one-row"),
])  # fmt: skip
def test_a_wrong_cell_is_refused(tmp_path: Path, change: dict[str, Any], code: str) -> None:
    assert refused(workbook(tmp_path, **change)).code == code


def test_the_declared_dimension_is_not_trusted(tmp_path: Path) -> None:
    path = workbook(tmp_path)
    lying = tmp_path / "lying.xlsx"
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(lying, "w") as new:
        for name in old.namelist():
            data = old.read(name)
            if name.endswith("sheet3.xml"):
                import re

                data = re.sub(rb'<dimension ref="[^"]*"', b'<dimension ref="A1:B1"', data)
            new.writestr(name, data)
    assert read(lying) == read(path)


@pytest.mark.parametrize("raw", [b"", b"PK\x03\x04junk", b"\xd0\xcf\x11\xe0 old xls"])
def test_what_is_no_workbook_is_refused(tmp_path: Path, raw: bytes) -> None:
    path = tmp_path / "x.xlsx"
    path.write_bytes(raw)
    assert refused(path).code == "workbook-unreadable"


@pytest.mark.parametrize("member", ["xl/externalLinks/externalLink1.xml", "xl/vbaProject.bin", "xl/embeddings/x.bin"])
def test_links_to_other_files_and_macros_are_refused(tmp_path: Path, member: str) -> None:
    path = workbook(tmp_path)
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr(member, b"<x/>")
    assert refused(path).code == "workbook-unreadable"
