"""A workbook that was edited in an office program is told by its cells."""

import io
from collections.abc import Callable
from typing import Any

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reports.xlsx import render
from scanner.cli.verify import _place
from scanner.ledger import sheets
from scanner.ledger.pieces import compare, pieces
from tests.golden.make_result import small
from tests.ledger.bundle import table
from tests.ledger.spoil import zipped

SHEET = "判定登记册"


@pytest.fixture(scope="module")
def sealed() -> bytes:
    return render(small())


def edited(data: bytes, change: Callable[[Any], object]) -> bytes:
    """What an office program makes of it: every part is written anew."""
    book = openpyxl.load_workbook(io.BytesIO(data))
    change(book)
    held = io.BytesIO()
    book.save(held)
    return held.getvalue()


def test_an_edited_cell_is_named_although_every_part_is_new(sealed: bytes) -> None:
    def change(book: Any) -> None:
        book[SHEET]["D7"] = "合格"

    changes = compare(pieces(sealed), pieces(edited(sealed, change)))
    assert changes == [("changed", f"cell|{SHEET}|D7")]
    assert "判定登记册" in _place(changes[0]) and "D7" in _place(changes[0])


def test_cells_of_one_row_or_one_column_are_named_one_by_one(sealed: bytes) -> None:
    def row(book: Any) -> None:
        book[SHEET]["B3"], book[SHEET]["E3"] = "甲", 7

    def column(book: Any) -> None:
        book[SHEET]["C4"], book[SHEET]["C9"] = "甲", "乙"

    assert [label for _, label in compare(pieces(sealed), pieces(edited(sealed, row)))] == [f"cell|{SHEET}|B3", f"cell|{SHEET}|E3"]
    assert [label for _, label in compare(pieces(sealed), pieces(edited(sealed, column)))] == [f"cell|{SHEET}|C4", f"cell|{SHEET}|C9"]


def test_a_square_of_cells_is_told_by_its_rows(sealed: bytes) -> None:
    def change(book: Any) -> None:
        book[SHEET]["B3"], book[SHEET]["E5"] = "甲", "乙"

    assert compare(pieces(sealed), pieces(edited(sealed, change))) == [
        ("changed", f"sheet-row|{SHEET}|3"),
        ("changed", f"sheet-row|{SHEET}|5"),
    ]


def test_a_dropped_row_and_a_dropped_sheet_are_named(sealed: bytes) -> None:
    found = compare(pieces(sealed), pieces(edited(sealed, lambda book: book[SHEET].delete_rows(6))))
    assert found == [("missing", f"sheet-row|{SHEET}|6")]
    found = compare(pieces(sealed), pieces(edited(sealed, lambda book: book.remove(book[SHEET]))))
    assert found == [("missing", f"sheet|{SHEET}|")]


def test_where_no_value_changed_the_parts_are_named(sealed: bytes) -> None:
    changes = compare(pieces(sealed), pieces(edited(sealed, lambda book: None)))
    assert changes and all(label.startswith("member|") for _, label in changes)


def test_numbers_are_the_same_however_they_are_spelt() -> None:
    again = zipped(table(), lambda _, held: held.replace(b'<c r="B18"><v>17</v>', b'<c r="B18"><v>1.7E1</v>'))
    assert again != table()
    assert all(label.startswith("member|") for _, label in compare(pieces(table()), pieces(again)))


def test_a_workbook_with_a_doctype_is_not_taken_apart() -> None:
    bomb = zipped(table(), lambda name, held: held.replace(b"<sst ", b'<!DOCTYPE x [<!ENTITY a "b">]><sst ', 1))
    assert not any(label.startswith(sheets.KINDS) for label, _ in pieces(bomb))


@pytest.mark.parametrize("encoding", [b"UTF-9", b"utf-16", b"big5", b"idna", b"rot13"])
def test_a_workbook_in_another_encoding_is_not_taken_apart(encoding: bytes) -> None:
    odd = zipped(table(), lambda name, held: held.replace(b'encoding="UTF-8"', b'encoding="' + encoding + b'"', 1))
    assert pieces(odd) and not any(label.startswith(sheets.KINDS) for label, _ in pieces(odd))


def test_rows_of_a_long_sheet_share_digests(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sheets, "MAX_ROWS", 10)
    old, new = pieces(table()), pieces(table(cell="部分符合"))
    assert sum(label.startswith("sheet-row|") for label, _ in old) == 10
    assert compare(old, new) == [("changed", "cell|发现|C16–18")]


def test_too_many_cells_are_told_by_the_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sheets, "MAX_CELLS", 20)
    assert not any(label.startswith(sheets.KINDS) for label, _ in pieces(table()))


@given(st.integers(0, 6000), st.integers(0, 255), st.booleans())
def test_a_broken_workbook_never_raises(at: int, byte: int, inside: bool) -> None:
    data = table()
    if inside:
        broken = zipped(data, lambda name, held: held[: at % len(held)] + bytes([byte]) + held[at % len(held) + 1 :])
    else:
        broken = data[: at % len(data)] + bytes([byte]) + data[at % len(data) + 1 :]
    assert pieces(broken)
