"""The register as a workbook: every mistake names its cell, and then nothing is imported."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path

import openpyxl
import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from hub.registry import cells, units, workbook
from hub.store.tables import key, system, unit
from scanner.errors import UseError
from scanner.ledger.keys import new_key
from tests.hub.tree import opened, plant

Sheets = dict[str, list[list[object]]]


@pytest.fixture
def connection(tmp_path: Path) -> Iterator[Connection]:
    database = opened(tmp_path)
    with database.writing() as one:
        plant(one)
        yield one
    database.close()


def book(rows: Sheets, lang: str = "zh") -> bytes:
    held = openpyxl.load_workbook(io.BytesIO(workbook.template(lang)))
    for name, lines in rows.items():
        sheet = held[cells.layout()[name][lang]]
        for line in lines:
            sheet.append(line)
    out = io.BytesIO()
    held.save(out)
    return out.getvalue()


def enter(connection: Connection, rows: Sheets, lang: str = "zh") -> workbook.Done:
    return workbook.enter(connection, workbook.read(book(rows, lang), "u.xlsx"), "2026-11-01", None)


def wrong(connection: Connection, rows: Sheets) -> tuple[str, str]:
    with pytest.raises(UseError) as caught:
        enter(connection, rows)
    assert caught.value.code == "hub-workbook-cell"
    return caught.value.fields["place"], caught.value.fields["reason"]


GOOD: Sheets = {
    "units": [
        ["X2", "新馆分馆", "X1", "unit", "", ""],
        ["X1", "新馆", "K1", "unit", 330101, "综合档案馆"],
        ["U1", "东县馆（新名）", "K1", "unit", "", ""],
    ],
    "contacts": [["X1", "张三", "联络员", "0571-1", ""], ["X1", "李四", "", "", ""]],
    "systems": [["X1", "dams", "数字档案馆系统", 3, "unclassified", "备-1", "2026-01-01", ""]],
    "keys": [["X1", new_key("ed25519").public.pem.decode(), "2026-01-01", ""]],
}


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_everything_is_entered_whatever_the_order_of_rows(connection: Connection, lang: str) -> None:
    assert enter(connection, GOOD, lang) == workbook.Done(added=2, amended=1, systems=1, keys=1)
    made = units.find(connection, "X1")
    assert (made.division, made.sort, [one["name"] for one in made.contacts]) == ("330101", "comprehensive", ["张三", "李四"])
    assert units.above(units.find(connection, "X2").path)[-2] == made.id
    assert units.find(connection, "U1").name == "东县馆（新名）"
    assert connection.execute(sa.select(system.c.grade)).scalar_one() == 3
    assert connection.execute(sa.select(sa.func.count()).select_from(key)).scalar_one() == 1


def test_the_same_workbook_twice_changes_nothing_but_refuses_the_key(connection: Connection) -> None:
    enter(connection, {name: rows for name, rows in GOOD.items() if name != "keys"})
    again = enter(connection, {name: rows for name, rows in GOOD.items() if name != "keys"})
    assert again == workbook.Done(added=0, amended=3, systems=1, keys=0)


@pytest.mark.parametrize(
    ("rows", "place", "reason"),
    [
        ({"units": [["X1", "馆", "K9", "unit"]]}, "单位!C3", "上级没有登记"),
        ({"units": [["X1", "", "K1", "unit"]]}, "单位!B3", "不能为空"),
        ({"units": [["X1", "馆", "K1", "village"]]}, "单位!D3", "级别 village 不对"),
        ({"units": [["X1", "馆", "K1", "unit", "33"]]}, "单位!E3", "行政区划代码 33 不对"),
        ({"units": [["a b", "馆", "K1", "unit"]]}, "单位!A3", "单位代码 a b 不对"),
        ({"units": [["X1", "馆", "K1", "unit"], ["X1", "馆", "K1", "unit"]]}, "单位!A4", "已经出现过"),
        ({"units": [["X1", "馆", "X2", "unit"], ["X2", "馆", "X1", "unit"]]}, "单位!C3", "互为上级"),
        ({"units": [["U1", "馆", "K2", "unit"]]}, "单位!C3", "和登记的上级不一样"),
        ({"units": [["X1", "局", "U1", "county"]]}, "单位!C3", "上级的级别必须更高"),
        ({"units": [["X1", "=1+1", "K1", "unit"]]}, "单位!B3", "不能有公式"),
        ({"contacts": [["U9", "张三"]]}, "联系人!A3", "没有登记单位 U9"),
        ({"systems": [["U1", "dams", "系统", 6]]}, "系统!D3", "只能写"),
        ({"systems": [["U1", "dams", "系统", 3, "secret"]]}, "系统!E3", "只能写"),
        ({"systems": [["U1", "dams", "系统", 3, "", "", "2026/1/1"]]}, "系统!G3", "2026-11-26"),
        ({"keys": [["U1", "no key", "2026-01-01"]]}, "密钥!B3", "读不出来"),
        ({"keys": [["U9", new_key("ed25519").public.pem.decode(), "2026-01-01"]]}, "密钥!A3", "没有登记单位 U9"),
        ({"keys": [["U1", new_key("ed25519").public.pem.decode(), ""]]}, "密钥!C3", "不能为空"),
    ],
)
def test_a_mistake_names_its_cell(connection: Connection, rows: Sheets, place: str, reason: str) -> None:
    found = wrong(connection, rows)
    assert found[0] == place and reason in found[1]


def test_after_a_mistake_nothing_is_there(tmp_path: Path) -> None:
    database = opened(tmp_path)
    with database.writing() as connection:
        plant(connection)
        before = connection.execute(sa.select(sa.func.count()).select_from(unit)).scalar_one()
    with pytest.raises(UseError), database.writing() as connection:
        enter(connection, {"units": [["X1", "馆", "K1", "unit"]], "keys": [["X1", "no key", "2026-01-01"]]})
    with database.reading() as connection:
        assert connection.execute(sa.select(sa.func.count()).select_from(unit)).scalar_one() == before
    database.close()


def test_rows_outside_the_size_that_the_file_tells_are_read(connection: Connection) -> None:
    import re
    import zipfile

    data, out = book({"units": [["X1", "馆", "K1", "unit"]]}), io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(out, "w") as new:
        for name in old.namelist():
            held = old.read(name)
            new.writestr(name, re.sub(rb'<dimension ref="[^"]*"', b'<dimension ref="A1:A1"', held) if "sheet1" in name else held)
    assert workbook.enter(connection, workbook.read(out.getvalue(), "u.xlsx"), "2026-11-01", None).added == 1


@pytest.mark.parametrize("data", [b"", b"PK\x03\x04", b"unit,name\n", book({})[:-200], b"\0" * 1000])
def test_what_is_no_workbook_is_refused(data: bytes) -> None:
    with pytest.raises(UseError) as caught:
        workbook.read(data, "u.xlsx")
    assert caught.value.code == "hub-workbook-unreadable"


def test_a_bomb_is_refused_before_it_is_inflated() -> None:
    import zipfile

    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet1.xml", b"\0" * (cells.MAX_INFLATED + 1))
    with pytest.raises(UseError) as caught:
        workbook.read(out.getvalue(), "u.xlsx")
    assert caught.value.code == "hub-workbook-large"


def test_a_heading_that_is_gone_is_named(connection: Connection) -> None:
    held = openpyxl.load_workbook(io.BytesIO(book({"units": [["X1", "馆", "K1", "unit"]]})))
    held["单位"]["C1"] = "上级"
    out = io.BytesIO()
    held.save(out)
    with pytest.raises(UseError) as caught:
        workbook.read(out.getvalue(), "u.xlsx")
    assert (caught.value.code, caught.value.fields["column"]) == ("hub-workbook-heading", "上级代码")


def test_no_cell_of_the_template_is_a_formula() -> None:
    for sheet in openpyxl.load_workbook(io.BytesIO(workbook.template("zh"))).worksheets:
        assert all(cell.data_type != "f" for row in sheet.iter_rows() for cell in row)


PEM = new_key("ed25519").public.pem.decode()


@pytest.mark.parametrize(
    ("rows", "cell"),
    [
        ({"units": [["U5", "被改名", "P2", "unit", "", ""]]}, "C3"),
        ({"units": [["X9", "新馆", "P2", "unit", "", ""]]}, "C3"),
        ({"units": [], "keys": [["U5", PEM, "2026-01-01", ""]]}, "A3"),
        ({"units": [], "contacts": [["U5", "张三", "", "", ""]]}, "A3"),
        ({"units": [], "systems": [["N", "dams", "系统", 3, "unclassified", "", "", ""]]}, "A3"),
    ],
)
def test_whoever_keeps_one_province_enters_nothing_about_another(connection: Connection, rows: Sheets, cell: str) -> None:
    """A key that a province's administrator pins for a foreign unit speaks for it ever after."""
    before = [connection.execute(sa.select(table).order_by(table.c.id)).all() for table in (unit, key, system)]
    path = units.find(connection, "P1").path
    with pytest.raises(UseError) as caught:
        workbook.enter(connection, workbook.read(book(rows), "u.xlsx"), "2026-11-01", path)
    assert caught.value.code == "hub-workbook-cell" and cell in caught.value.fields["place"]
    assert [connection.execute(sa.select(table).order_by(table.c.id)).all() for table in (unit, key, system)] == before
    assert workbook.enter(connection, workbook.read(book(GOOD), "u.xlsx"), "2026-11-01", path).added == 2
