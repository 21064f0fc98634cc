"""Which sheets and columns an inventory's workbook has, and its rows."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from scanner.errors import UseError
from scanner.rulebook.cells import BROKEN, MAX_ROWS, Book, Row, open_workbook, read_sheet
from scanner.rulebook.yaml_lines import load_lined

SHEETS = ("unit", "scope", "systems", "logins")


@cache
def layout() -> Mapping[str, Any]:
    """Sheets, columns and words of ``workbook.yaml``."""
    found = load_lined(files("scanner.targets").joinpath("workbook.yaml").read_text("utf-8"), "workbook.yaml")
    return dict(found)


def read_rows(path: Path, book: Book) -> dict[str, list[Row]]:
    """The filled rows of every sheet, examples left out. Raises UseError."""
    loaded = open_workbook(path)
    try:
        return {name: list(read_sheet(loaded, layout()[name], book, tuple(layout()["example"].values()))) for name in SHEETS}
    except BROKEN as error:
        raise UseError("workbook-unreadable", file=path, detail=type(error).__name__) from None


__all__ = ["MAX_ROWS", "SHEETS", "Book", "Row", "layout", "read_rows"]
