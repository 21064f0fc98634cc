"""A dictionary in a file of its own explains the columns and codes of the files that lie beside it, and of no others."""

from __future__ import annotations

import io
import zipfile
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import openpyxl
import pytest

from scanner.facts.holdings.codes import Small
from scanner.facts.holdings.keys import labels_beside
from scanner.facts.holdings.reading import Column
from tests.holdings.test_catalogues import held
from tests.holdings.test_odd_catalogues import NUMBERS, TITLES, Rows, text

OPAQUE = ("C01", "C02", "C03")
CODES = ("1", "2", "4", "1", "3", "1")
RECORDS: Rows = [*zip(NUMBERS, TITLES, CODES)]
FIELDS: Rows = [("字段", "名称", "说明"), ("C01", "档号", ""), ("C02", "题名", ""), ("C03", "密级", "1=公开；2=内部；3=秘密；4=机密")]
UNEXPLAINED: Rows = [(*row[:2], "") for row in FIELDS]
TABLE: Rows = [("代码", "名称"), ("1", "公开"), ("2", "内部"), ("3", "秘密"), ("4", "机密")]
DESCENDING: Rows = [("代码", "名称"), ("1", "机密"), ("2", "秘密"), ("3", "内部"), ("4", "公开")]
KNOWN, UNKNOWN, OPEN = Counter(C=2, N=4), Counter(U=6), Counter(N=6)


def counts(root: Path, wanted: str, **files: Rows) -> Counter[str]:
    """What one file of a folder comes to; names of files have a dot for their ``__``, and a folder for their ``___``."""
    for name, rows in files.items():
        path = root / f"{name.replace('___', '/')}.csv"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text(rows, encoding="gb18030"))
    found, raw = held(root)
    assert b"speaks" not in raw and b"asks" not in raw
    return next(+Counter(dict(store.counts)) for store in found.stores if store.path == wanted)


CASES: dict[str, tuple[dict[str, Rows], Sequence[str], Counter[str]]] = {
    "fields with codes": ({"字段说明": FIELDS}, OPAQUE, KNOWN),
    "fields, and codes in a third file": ({"字段说明": UNEXPLAINED, "密级代码": TABLE}, OPAQUE, KNOWN),
    "fields without codes": ({"字段说明": UNEXPLAINED}, OPAQUE, UNKNOWN),
    "codes of a column that is called so": ({"密级代码": TABLE}, ("档号", "题名", "密级"), KNOWN),
    "codes that do not tell of what": ({"代码": TABLE}, ("档号", "题名", "密级"), UNKNOWN),
    "two that disagree": ({"密级代码": TABLE, "密级代码二": DESCENDING}, ("档号", "题名", "密级"), UNKNOWN),
    "fields in another folder": ({"other___字段说明": FIELDS}, OPAQUE, OPEN),
    "fields of other columns": ({"字段说明": [(row[0].replace("C", "F"), *row[1:]) for row in FIELDS]}, OPAQUE, OPEN),
}


@pytest.mark.parametrize("name", CASES)
def test_codes_that_another_file_explains(name: str, tmp_path: Path) -> None:
    files, heads, wanted = CASES[name]
    assert counts(tmp_path, "data.csv", data=[heads, *RECORDS], **files) == wanted


def test_a_code_that_the_dictionary_leaves_out(tmp_path: Path) -> None:
    records = [*RECORDS[:5], (NUMBERS[5], TITLES[5], "7")]
    assert counts(tmp_path, "data.csv", data=[OPAQUE, *records], 字段说明=FIELDS) == Counter(C=2, N=3, U=1)


def test_members_of_one_archive(tmp_path: Path) -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("in/data.csv", text([OPAQUE, *RECORDS]))
        archive.writestr("in/fields.csv", text(FIELDS))
    (tmp_path / "a.zip").write_bytes(packed.getvalue())
    found = {store.path: +Counter(dict(store.counts)) for store in held(tmp_path)[0].stores}
    assert found["a.zip!in/data.csv"] == KNOWN


def test_codes_in_another_cell_of_a_sheet_of_fields(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    for title, rows in (("数据", [OPAQUE, *RECORDS]), ("数据字典", FIELDS)):
        sheet = book.create_sheet(title)
        for row in rows:
            sheet.append(row)
    book.save(tmp_path / "a.xlsx")
    found = {store.path: +Counter(dict(store.counts)) for store in held(tmp_path)[0].stores}
    assert found["a.xlsx#数据"] == KNOWN


def test_nothing_else_of_a_dictionary_goes_on() -> None:
    rows = (("C01", "题名（城东片区改造）", ""), ("C02", "密级", "1:公开 2:机密 城东片区改造会议"), ("C03", "城东片区", ""))
    told = labels_beside(Small("t", tuple(map(Column, ("a", "b", "c"))), rows))
    assert set(told) == {"C01", "C02"} and told["C02"] == "密级(1:公开;2:机密)" and "城东" not in "".join(told.values())
