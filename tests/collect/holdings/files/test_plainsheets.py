"""Sheets read as arrays are what the reader of cells reads, or are left to it."""

from __future__ import annotations

import datetime
import io
import zipfile
from collections.abc import Callable

import openpyxl
import pytest
import xlsxwriter
from hypothesis import given, settings
from hypothesis import strategies as st

from scanner.collect.holdings.files import cellbook, package, plainrows, sheetwords
from scanner.collect.holdings.files.content import Content
from scanner.collect.holdings.files.plainsheets import plain_sheets
from scanner.errors import ReachError

SHEET, STRINGS = "xl/worksheets/sheet1.xml", "xl/sharedStrings.xml"
Read = list[tuple[str, int, list[list[str | None]]]]

texts = st.text(st.sampled_from("密级机甲 a&<>\"'_x0041\n19★\u3000]"), max_size=9)
cells = st.one_of(st.none(), texts, st.integers(0, 10**15), st.just("公开"))
grids = st.lists(st.lists(cells, max_size=6), max_size=12)
anything = st.one_of(
    cells, st.floats(-1e9, 1e9), st.booleans(), st.integers(-9, 10**17), st.just(datetime.date(2001, 5, 6)), st.just("=1+1")
)


def content(data: bytes) -> Content:
    return Content("a.xlsx", len(data), lambda: io.BytesIO(data))


def plain(data: bytes) -> Read | None:
    with package.opened(content(data)) as opened:
        found = plain_sheets(opened, sheetwords.book(opened))
    if found is None:
        return None
    sheets = [(one.name, one.width, [list(row) for row in zip(*one.columns)]) for one in found]
    return [(name, width if rows else 0, rows) for name, width, rows in sheets]


def by_cells(data: bytes) -> Read:
    sheets = [(sheet.name, sheet.width, [list(row) for row in sheet.every()]) for sheet in cellbook._read(content(data))]
    return [(name, width if rows else 0, rows) for name, width, rows in sheets]


def written(grid: list[list[object]], down: int = 0, right: int = 0, styled: bool = False) -> bytes:
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out)
    look = book.add_format({"bold": True, "num_format": "yyyy-mm-dd"}) if styled else None
    sheet = book.add_worksheet("目录")
    for y, row in enumerate(grid):
        for x, cell in enumerate(row):
            if isinstance(cell, datetime.date):
                sheet.write_datetime(y + down, x + right, cell, look)
            else:
                sheet.write(y + down, x + right, cell, look)
    book.close()
    return out.getvalue()


def saved(grid: list[list[object]]) -> bytes:
    out = io.BytesIO()
    book = openpyxl.Workbook()
    for row in grid:
        assert book.active is not None
        book.active.append(row)
    book.save(out)
    return out.getvalue()


def changed(data: bytes, name: str, change: Callable[[bytes], bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for info in old.infolist():
            new.writestr(info.filename, change(old.read(info)) if info.filename == name else old.read(info))
    return out.getvalue()


CATALOGUE: list[list[object]] = [
    ["档号", "题名", "密级", "页数"],
    *([f"A{n}", f"甲{n}", "机密" if n % 7 == 0 else "公开", n] for n in range(30)),
]


def test_a_catalogue_is_read_as_arrays() -> None:
    data = written(CATALOGUE)
    assert plain(data) == by_cells(data)
    assert plain(data) is not None


def test_texts_in_cells_are_left_to_the_reader_of_cells() -> None:
    assert plain(saved(CATALOGUE)) is None


@given(grids, st.integers(0, 3), st.integers(0, 3))
@settings(max_examples=40, deadline=None)
def test_texts_and_whole_numbers(grid: list[list[object]], down: int, right: int) -> None:
    data = written(grid, down, right)
    found = plain(data)
    assert found is None or found == by_cells(data)


@given(st.lists(st.lists(anything, max_size=5), max_size=8), st.booleans())
@settings(max_examples=40, deadline=None)
def test_anything_else(grid: list[list[object]], styled: bool) -> None:
    data = written(grid, styled=styled)
    found = plain(data)
    assert found is None or found == by_cells(data)


@given(st.sampled_from([SHEET, STRINGS]), st.integers(0, 5000), st.integers(0, 12), st.sampled_from([
    b"", b"<", b">", b'"', b"1", b"12", b" ", b"</row>", b'<row r="9">', b"<c>", b"</c>", b"<v>3</v>", b'<c r="B2" t="s"><v>1</v></c>',
    b"<!-- -->", b"<![CDATA[x]]>", b"<is><t>x</t></is>", b' t="inlineStr"', b' t="b"', b' s="1"', b"&#23494;", b"<f>1</f>", b"<si><t>x</t></si>",
    b"<r><t>y</t></r>", b"<t/>", b"<rPh><t>z</t></rPh>", b'<mergeCell ref="A1:A4"/>', b"\r\n", b"\xff", b"<row/>", b"</sheetData>", b"<sheetData>",
]))  # fmt: skip
@settings(max_examples=120, deadline=None)
def test_whatever_is_changed_is_read_alike_or_not_at_all(name: str, at: int, gone: int, put: bytes) -> None:
    data = changed(written(CATALOGUE), name, lambda old: old[: at % len(old)] + put + old[at % len(old) + gone :])
    try:
        found = plain(data)
    except (ReachError, ValueError, SyntaxError):
        return
    if found is not None:
        try:
            alike = by_cells(data)
        except ReachError:
            # Refused for what says nothing of cells, a dimension out of shape: every cell must be as it was.
            alike = by_cells(written(CATALOGUE))
        assert found == alike


@pytest.mark.parametrize(
    ("name", "old", "new"),
    [
        (SHEET, b'<c r="C5" t="s"><v>', b'<c r="C5" t="s"><f>1</f><v>'),
        (SHEET, b'<c r="C5" ', b'<c r="C6" '),
        (SHEET, b'<c r="C5" ', b'<c r="A5" '),
        (SHEET, b'<row r="5" ', b'<row r="4" '),
        (SHEET, b'<row r="5" ', b'<row r="" '),
        (SHEET, b"<sheetData>", b"<!-- --><sheetData>"),
        (SHEET, b"</sheetData>", b'</sheetData><mergeCells count="1"><mergeCell ref="C2:C4"/></mergeCells>'),
        (SHEET, b'<c r="D5"><v>', b'<c r="D5"><v>-'),
        (SHEET, b'<c r="D5">', b'<c r="D5" t="b">'),
        (SHEET, b'<c r="D5">', b'<c r="D5" s="7">'),
        (SHEET, b"<worksheet ", b'<?xml version="1.0" encoding="gbk"?><worksheet '),
        (STRINGS, "<t>公开</t>".encode(), "<r><t>公</t></r><r><t>开</t></r>".encode()),
        (STRINGS, "<t>机密</t>".encode(), "<t>机&#23494;</t>".encode()),
        (STRINGS, "<t>机密</t>".encode(), "<t>机</t><rPh><t>x</t></rPh>".encode()),
        (STRINGS, b"</sst>", b"<extLst/></sst>"),
        (STRINGS, b"<t>A1</t>", b"<t> A1</t>"),
        (STRINGS, b"<t>A1</t>", b"<t>A1 </t>"),
    ],
)
def test_left_to_the_reader_of_cells(name: str, old: bytes, new: bytes) -> None:
    def change(data: bytes) -> bytes:
        assert old in data
        return data.replace(old, new, 1)

    assert plain(changed(written(CATALOGUE), name, change)) is None


def test_a_caption_merged_over_columns_is_no_hindrance() -> None:
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out)
    sheet = book.add_worksheet()
    sheet.merge_range("A1:D1", "档案目录")
    sheet.write_row("A2", ["档号", "题名"])
    book.close()
    assert plain(out.getvalue()) == by_cells(out.getvalue()) == [("Sheet1", 2, [["档案目录", None], ["档号", "题名"]])]


def test_of_a_large_sheet_no_arrays_are_made(monkeypatch: pytest.MonkeyPatch) -> None:
    data = written(CATALOGUE)
    monkeypatch.setattr(sheetwords, "HELD", 2000)
    assert plain(data) is None


@given(grids, st.integers(0, 3), st.integers(200, 900))
@settings(max_examples=40, deadline=None)
def test_some_rows_at_a_time(grid: list[list[object]], right: int, at_once: int) -> None:
    """Columns that are used in some pieces only, rows that are larger than a piece."""
    data = written(grid, right=right)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(plainrows, "AT_ONCE", at_once)
        found = plain(data)
    assert found is None or found == by_cells(data)


def test_a_catalogue_in_pieces_is_read_as_arrays(monkeypatch: pytest.MonkeyPatch) -> None:
    data = written(CATALOGUE)
    whole = plain(data)
    monkeypatch.setattr(plainrows, "AT_ONCE", 700)
    assert whole is not None and plain(data) == whole


@pytest.mark.parametrize("at_once", [700, 1024 * 1024])
def test_rows_out_of_order_are_left_to_the_reader_of_cells(at_once: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Wherever a piece ends: the later row may be the first one of the next."""
    monkeypatch.setattr(plainrows, "AT_ONCE", at_once)
    for row in range(2, 31):
        number = str(row).encode()

        def change(old: bytes, number: bytes = number) -> bytes:
            rows = old.split(b"</row>")
            rows[int(number) - 1], rows[int(number)] = rows[int(number)], rows[int(number) - 1]
            return b"</row>".join(rows)

        assert plain(changed(written(CATALOGUE), SHEET, change)) is None
