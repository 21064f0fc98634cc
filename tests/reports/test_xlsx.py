"""report.xlsx: read back by two independent readers; text stays text, long tables go on, the same input gives the same bytes."""

import io
import zipfile
from typing import Any

import openpyxl
import pytest
import python_calamine
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from reports.inert import line
from reports.json_file import render as render_json
from reports.workbook import MAX_TEXT, Sheet, write
from reports.workbook_parts import INKS, Page
from reports.xlsx import render
from scanner.model.short_code import short_code
from tests.golden.make_result import small
from tests.reports.hostile import FORMULAS, hostile

READERS = ("leader", "liaison", "annex")


def opened(data: bytes) -> Any:
    return openpyxl.load_workbook(io.BytesIO(data))


def register(data: bytes) -> list[dict[str, Any]]:
    head, *found = opened(data)["判定登记册"].iter_rows(values_only=True)
    return [dict(zip(head, row)) for row in found]


def test_the_register_holds_every_verdict() -> None:
    result = small()
    assert [(row["序号"], row["对象"], row["判定代码"]) for row in register(render(result))] == [
        (number, line(verdict["target"]), verdict["status"]) for number, verdict in enumerate(result["verdicts"])
    ]


def test_waivers_and_attestations_stand_beside_the_verdict() -> None:
    found = register(render(small()))
    waived = [row for row in found if row["例外审批"]]
    assert waived and {row["判定代码"] for row in waived} <= {"unmet", "met", "unknown"}
    assert any(row["人工证明"] for row in found)
    assert "unmet" in {row["判定代码"] for row in waived}


def test_only_what_is_met_or_compliant_is_green() -> None:
    book = opened(render(small()))
    ink = INKS["good"][0]
    green = {cell.value for sheet in book for row in sheet.iter_rows() for cell in row if cell.font.color and cell.font.color.rgb == ink}
    assert green == {"满足", "符合"}


@pytest.mark.parametrize("reader", READERS)
def test_every_sheet_is_filterable_frozen_and_carries_the_mark(reader: str) -> None:
    book = opened(render(small(), reader=reader, marking="秘密★1年&D"))
    for sheet in book:
        assert sheet.freeze_panes == "A2" and sheet.print_title_rows == "$1:$1"
        assert sheet.auto_filter.ref == f"A1:{sheet.cell(1, sheet.max_column).column_letter}{sheet.max_row}"
        assert "秘密★1年" in sheet.oddHeader.center.text and "秘密★1年" in sheet.oddFooter.center.text
    with zipfile.ZipFile(io.BytesIO(render(small(), marking="&D&Z"))) as package:
        assert "&amp;C&amp;&amp;D&amp;&amp;Z<" in package.read("xl/worksheets/sheet1.xml").decode()


def test_the_two_readers_read_the_same() -> None:
    data = render(small(), reader="annex")
    book = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(data))
    other = opened(data)
    assert book.sheet_names == other.sheetnames
    for name in book.sheet_names:
        mine = [[cell.value if cell.value is not None else "" for cell in row] for row in other[name].iter_rows()]
        theirs = [list(row) for row in book.get_sheet_by_name(name).to_python(skip_empty_area=False)]
        assert theirs == mine


@pytest.mark.parametrize("reader", READERS)
def test_hostile_text_is_text(reader: str) -> None:
    data = render(hostile(), reader=reader)
    with zipfile.ZipFile(io.BytesIO(data)) as package:
        for name in package.namelist():
            xml = package.read(name)
            assert b"<f>" not in xml and b"hyperlink" not in xml.lower().replace(b"=hyperlink", b"") and b"TargetMode" not in xml
            etree.fromstring(xml)
        styles = etree.fromstring(package.read("xl/styles.xml"))
        formats = styles.find("{*}cellXfs")
        assert formats is not None
        quoted = [one.get("quotePrefix") == "1" for one in formats]
        for name in package.namelist():
            if name.startswith("xl/worksheets/"):
                for cell in etree.fromstring(package.read(name)).iter("{*}c"):
                    assert cell.get("t") in (None, "s")
                    assert cell.get("t") is None or quoted[int(cell.get("s", ""))]
    for sheet in opened(data):
        for row in sheet.iter_rows():
            for cell in row:
                assert cell.data_type in ("s", "n") and cell.hyperlink is None
                assert cell.value is None or not isinstance(cell.value, str) or (cell.value.isprintable() and len(cell.value) <= MAX_TEXT)


def test_long_tables_go_on_in_further_sheets() -> None:
    result = small()
    book = opened(render(result, max_rows=100))
    parts = [name for name in book.sheetnames if name.startswith("判定登记册")]
    assert parts == ["判定登记册", "判定登记册 2", "判定登记册 3"]
    numbers = [row[0] for name in parts for row in book[name].iter_rows(min_row=2, values_only=True)]
    assert numbers == list(range(len(result["verdicts"])))
    assert all(book[name].max_row <= 100 for name in book.sheetnames)


@pytest.mark.parametrize(("rows", "sheets"), [(0, 1), (1, 1), (9, 1), (10, 2), (18, 2), (19, 3)])
def test_no_sheet_is_left_empty_at_the_edge(rows: int, sheets: int) -> None:
    data = write([Sheet("x", ["h"], [9], iter([(n,) for n in range(rows)]), {})], Page("", ""), "2026-01-01T00:00:00Z", max_rows=10)
    book = opened(data)
    assert len(book.sheetnames) == sheets
    assert sum(sheet.max_row - 1 for sheet in book) == rows


def one_cell(text: Any) -> Any:
    return opened(write([Sheet("x", ["h"], [9], [(text,)], {})], Page("", ""), "2026-01-01T00:00:00Z")).active["A2"].value


@pytest.mark.parametrize("text", [*FORMULAS, "_x000D_", "disable_x11_forwarding", "a\u2028b", "<b>&\"'", " spaces ", "𠮷" * 20, "'quoted"])
def test_a_cell_reads_back_as_what_was_shown(text: str) -> None:
    assert one_cell(text) == line(text)


@settings(max_examples=40)
@given(st.lists(st.text(min_size=1, max_size=30), min_size=1, max_size=20))
def test_any_text_reads_back(texts: list[str]) -> None:
    data = write([Sheet("x", ["h"], [9], [(text,) for text in texts], {})], Page("", ""), "2026-01-01T00:00:00Z")
    assert [row[0] for row in opened(data).active.iter_rows(min_row=2, values_only=True)] == [line(text) for text in texts]


def test_a_cell_never_exceeds_what_the_format_holds() -> None:
    assert one_cell("x" * 100_000) == "x" * MAX_TEXT
    assert one_cell("𠮷" * 100_000) == "𠮷" * (MAX_TEXT // 2)


@pytest.mark.parametrize("value", [float("inf"), float("nan")])
def test_numbers_that_are_none_become_text(value: float) -> None:
    assert one_cell(value) == str(value)


@pytest.mark.parametrize("reader", READERS)
def test_same_input_same_bytes(reader: str) -> None:
    data = render(small(), reader=reader)
    assert data == render(small(), reader=reader)
    with zipfile.ZipFile(io.BytesIO(data)) as package:
        assert {entry.date_time for entry in package.infolist()} == {(1980, 1, 1, 0, 0, 0)}
    assert opened(data).properties.created.isoformat() == "2026-11-24T06:14:02"


def test_english_first_when_asked() -> None:
    assert "Register of verdicts" in opened(render(small(), lang="en")).sheetnames


def hazard(number: int, state: str, **more: Any) -> dict[str, Any]:
    found = {"run": "r1", "time": "2026-10-01T00:00:00Z", "evidence": []}
    line = {"id": f"H-AAAA-AAAA-AAA{number}", "target": "web01", "check": "linux.ssh-root-login", "system": "dams", "risk": "RC5"}
    line |= {"level": "high", "state": state, "found": found, "last": "2026-11-24T06:14:02Z", "status": "unmet", "open_why": "unmet"}
    return line | {"times": 0, "owner": "", "deadline": "", "measure": "", "closed": None, **more}


def test_the_ledger_of_hazards_stands_in_the_workbook_when_there_is_one() -> None:
    assert "隐患台账" not in opened(render(small())).sheetnames
    closed = {"how": "reviewed", "run": "r2", "time": "2026-11-01T00:00:00Z", "evidence": [], "by": ["甲", "乙"], "statement": "=1+1"}
    lines = [hazard(2, "closed", closed=closed, open_why=None), hazard(3, "recurred", times=2, owner="丙")]
    head, *rows = opened(render(small() | {"hazards": lines}))["隐患台账"].iter_rows(values_only=True)
    found = [dict(zip(head, row)) for row in rows]
    assert [(row["状态"], row["责任人"], row["复发次数"]) for row in found] == [("复发", "丙", 2), ("已销号", None, 0)]
    assert "两人核实" in found[1]["销号凭据"] and "=1+1" in found[1]["销号凭据"]


def test_the_summary_names_the_code_that_matches_the_result_file() -> None:
    result = small()
    values = [row[1] for row in opened(render(result))["总览"].iter_rows(values_only=True)]
    assert short_code(render_json(result)) in values


def test_the_summary_says_what_the_run_did_not_get_to() -> None:
    for changes, wanted in (
        ({}, ()),
        ({"narrowed": True}, ("部分检查项",)),
        ({"narrowed": True, "interrupted": True}, ("中途停止", "部分检查项")),
    ):
        result = small()
        result["run"] |= changes
        said = [row[2] for row in opened(render(result))["总览"].iter_rows(values_only=True) if row[1] == result["run"]["id"]]
        assert len(said) == 1 and (all(word in said[0] for word in wanted) if wanted else said == [None])


def test_a_wide_register_is_printed_over_two_pages_that_repeat_its_first_columns() -> None:
    book = opened(render(small()))
    wide, narrow = book["判定登记册"], book["核心隐患与验收把关"]
    assert (wide.page_setup.fitToWidth, narrow.page_setup.fitToWidth) == (2, 1)
    assert wide.print_title_rows == "$1:$1" == narrow.print_title_rows
    assert str(wide.print_title_cols).startswith("$A:$") and narrow.print_title_cols is None
