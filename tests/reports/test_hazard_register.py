"""The register of hazards as XLSX, DOCX and CSV: everything is there, nothing can act, the same input gives the same bytes."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Callable
from typing import Any

import openpyxl
import pytest
from lxml import etree

from reports.hazard_register import COLUMNS, csv_file, docx, xlsx

Render = Callable[..., bytes]
EVIL = '=HYPERLINK("http://192.0.2.1")\x00\u202e<script>\n'


def hazard(number: int, state: str = "registered", **changes: Any) -> dict[str, Any]:
    closed = {
        "how": "reviewed",
        "run": "",
        "time": "2026-03-01T00:00:00Z",
        "evidence": ["sha256:a"],
        "by": ["张三", "李四"],
        "statement": "看过",
    }
    base: dict[str, Any] = {
        "id": f"H-{number}", "state": state, "level": "major", "risk": "RC6", "system": "dams", "target": "web01", "check": "linux.x",
        "title": {"zh": "禁止直接登录", "en": "no root login"}, "remedy": {"zh": "改配置", "en": "change it"}, "found": {"time": "t", "evidence": ["sha256:a"]},
        "last": "t", "times": 2, "owner": "王五", "deadline": "2026-02-01", "overdue": state != "closed", "measure": "改", "open_why": "unmet",
        "closed": closed if state == "closed" else None,
    }  # fmt: skip
    return base | changes


def register(*hazards: dict[str, Any], classified: bool = False) -> dict[str, Any]:
    return {"unit": "u1", "day": "2026-06-01", "rows": 7, "head": "sha256:h", "classified": classified, "hazards": list(hazards)}


BOTH = register(hazard(1), hazard(2, "closed"))
HOSTILE = register(hazard(1, owner=EVIL, measure=EVIL, target=EVIL, title={"zh": EVIL, "en": EVIL}))


@pytest.mark.parametrize("render", [xlsx, docx, csv_file])
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_same_register_gives_the_same_bytes(render: Render, lang: str) -> None:
    assert render(BOTH, lang=lang) == render(BOTH, lang=lang)


def cells(data: bytes) -> list[list[Any]]:
    return [[cell.value for cell in row] for row in openpyxl.load_workbook(io.BytesIO(data)).worksheets[0].iter_rows()]


def test_the_workbook_has_a_row_for_every_hazard() -> None:
    found = cells(xlsx(BOTH, lang="zh"))
    assert len(found) == 3 and len(found[0]) == len(COLUMNS)
    assert found[1][:3] == ["H-1", "登记", "重大"] and "最近一次检查仍不满足" in found[1]
    assert found[2][1] == "已销号" and "张三、李四" in found[2]


def test_no_cell_of_the_workbook_is_a_formula() -> None:
    sheet = openpyxl.load_workbook(io.BytesIO(xlsx(HOSTILE, lang="zh"))).worksheets[0]
    assert {cell.data_type for row in sheet.iter_rows() for cell in row if cell.value is not None} <= {"s", "n"}


def test_no_cell_of_the_table_is_a_formula_or_breaks_it() -> None:
    rows = list(csv.reader(io.StringIO(csv_file(HOSTILE, lang="zh").decode("utf-8-sig"), newline="")))
    assert len(rows) == 2 and not any(cell.startswith("=") for row in rows for cell in row)


def text(data: bytes, name: str = "word/document.xml") -> str:
    with zipfile.ZipFile(io.BytesIO(data)) as package:
        return "".join(etree.fromstring(package.read(name)).itertext())


def test_the_document_shows_open_ones_before_closed_ones_and_nothing_acts() -> None:
    shown = text(docx(BOTH, lang="zh"))
    assert shown.index("H-1") < shown.index("H-2")
    assert "\u202e" not in text(docx(HOSTILE, lang="zh")) and "sha256:h" in shown


@pytest.mark.parametrize(("given", "shown"), [(None, "密级待定"), ("秘密★1年", "秘密★1年")])
def test_a_register_of_classified_systems_carries_a_mark(given: str | None, shown: str) -> None:
    secret = register(hazard(1), classified=True)
    assert shown in text(docx(secret, lang="zh", marking=given), "word/header1.xml")
    assert shown in csv_file(secret, lang="zh", marking=given).decode("utf-8-sig")
    sheet = openpyxl.load_workbook(io.BytesIO(xlsx(secret, lang="zh", marking=given))).worksheets[0]
    assert shown in str(sheet.oddHeader.center.text) + str(sheet.oddHeader.left.text) + str(sheet.oddHeader.right.text)
