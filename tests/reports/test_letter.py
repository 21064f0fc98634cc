"""The official letter: the standard's form, well-formed whatever it says, the same bytes each time; and the plain table beside it."""

from __future__ import annotations

import csv
import io
import zipfile
from typing import Any

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from reports import letter, plain_table

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
LETTER: dict[str, Any] = {
    "head": "示例省档案局",
    "number": "示档安函〔2026〕1号",
    "title": "关于限期整改安全隐患的通知",
    "to": "示例市档案馆：",
    "blocks": [
        {"style": "body", "text": "现通知如下。"},
        {"caption": "隐患清单", "head": ["序号", "隐患编号"], "shares": [1, 3], "rows": [["1", "H-AAAA-BBBB-CCCC"]]},
        {"style": "section", "text": "一、整改要求"},
    ],
    "issuer": "示例省档案局",
    "date": "2026年11月26日",
    "after": [{"style": "note", "text": "（脱敏版）"}],
}


def parts(data: bytes) -> dict[str, etree._Element]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {name: etree.fromstring(archive.read(name)) for name in archive.namelist()}


def lines(data: bytes) -> list[tuple[str, str]]:
    """Style and text of every paragraph."""
    body = parts(data)["word/document.xml"]
    return [
        (p.find(f"{W}pPr/{W}pStyle").get(f"{W}val"), "".join(t.text or "" for t in p.iter(f"{W}t")))  # type: ignore[union-attr]
        for p in body.iter(f"{W}p")
    ]


def test_order_of_an_official_letter() -> None:
    found = lines(letter.docx(LETTER))
    assert [style for style, _ in found[:5]] == ["Head", "Number", "Title", "Addressee", "Body"]
    assert [text for style, text in found if style in ("From", "Date", "Note") and text] == ["示例省档案局", "2026年11月26日", "（脱敏版）"]
    assert ("Cell", "H-AAAA-BBBB-CCCC") in found


def test_a_mark_stands_first_and_at_the_foot() -> None:
    data = letter.docx(LETTER, marking="秘密★1年")
    assert lines(data)[0] == ("Mark", "秘密★1年")
    assert "秘密★1年" in "".join(parts(data)["word/footer1.xml"].itertext())


def test_sizes_are_the_standards() -> None:
    found = parts(letter.docx(LETTER))
    margins = found["word/document.xml"].find(f".//{W}pgMar")
    assert margins is not None
    millimetres = {side: round(int(margins.get(f"{W}{side}")) / 56.7) for side in ("top", "left", "right")}
    assert millimetres == {"top": 37, "left": 28, "right": 26}
    assert found["word/styles.xml"].find(f".//{W}rPrDefault//{W}sz").get(f"{W}val") == "32"  # type: ignore[union-attr]


def test_every_style_that_is_used_is_there() -> None:
    found = parts(letter.docx(LETTER, marking="秘密"))
    known = {one.get(f"{W}styleId") for one in found["word/styles.xml"].iter(f"{W}style")}
    used = {one.get(f"{W}val") for part in found.values() for one in part.iter(f"{W}pStyle", f"{W}rStyle")}
    assert used <= known


def test_the_same_letter_gives_the_same_bytes() -> None:
    assert letter.docx(LETTER) == letter.docx(LETTER)


@given(st.text(max_size=60))
def test_no_text_breaks_out(text: str) -> None:
    data = letter.docx(
        {**LETTER, "title": text, "blocks": [{"style": "body", "text": text}, {"head": [text], "shares": [1], "rows": [[text]]}]}
    )
    assert len(parts(data)) == 9


def test_no_cell_of_a_table_acts() -> None:
    table = {
        "title": "=cmd()",
        "head": ["=1+1", "b"],
        "rows": [["=cmd|' /C calc'!A0", 5], ["+1", None], ["-x", 1.5], ["@x", True]],
        "foot": "f",
        "day": "2026-11-26",
    }
    sheet = openpyxl.load_workbook(io.BytesIO(plain_table.xlsx(table))).worksheets[0]
    cells = [cell for row in sheet.iter_rows() for cell in row]
    assert {cell.data_type for cell in cells if cell.value is not None} <= {"s", "n"} and sheet["B2"].value == 5
    rows = list(csv.reader(io.StringIO(plain_table.csv_file(table).decode("utf-8-sig"))))
    assert not any(cell.startswith(("=", "+", "@", "-")) for row in rows for cell in row) and rows[1][1] == "5"


@pytest.mark.parametrize("marking", [None, "秘密★1年"])
def test_a_mark_of_a_table_stands_in_every_row(marking: str | None) -> None:
    table = {"title": "t", "head": ["a"], "rows": [["x"], ["y"]], "foot": "f", "day": "2026-11-26"}
    rows = list(csv.reader(io.StringIO(plain_table.csv_file(table, marking=marking).decode("utf-8-sig"))))
    assert [row[1:] for row in rows[1:]] == [[marking]] * 2 if marking else [len(row) for row in rows] == [1, 1, 1]
