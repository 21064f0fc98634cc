"""The checklist as a workbook or as YAML: written for a profile's clauses, read back with the place of every cell."""

from __future__ import annotations

import io
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

import yaml

from scanner.errors import UseError
from scanner.ledger.attest import KEYS, Asked, Fail, Form
from scanner.model.declaration import text_digest
from scanner.rulebook.cells import BROKEN, MAX_ROWS, Book, Cell, Row, open_workbook, read_sheet
from scanner.rulebook.yaml_lines import Lined, load_file, load_lined

WORKBOOKS = (".xlsx", ".xlsm", ".xls", ".et")
_WIDTHS = {"clause": 60, "statement": 40, "evidence": 30, "text": 16}


@cache
def layout() -> Mapping[str, Any]:
    """Sheet, columns and words of ``attest.yaml``."""
    return dict(load_lined(files("scanner.ledger").joinpath("attest.yaml").read_text("utf-8"), "attest.yaml"))


def fields(asked: Asked) -> dict[str, str]:
    """What the checklist says of a line before anybody fills it in."""
    control = asked.control
    return {
        "item": control.id,
        "system": asked.system or "",
        "layer": control.layer,
        "point": control.control_point,
        "clause": control.text.zh,
        "method": "、".join(layout()["methods"][one] for one in control.method),
        "text": text_digest(control),
    }


def to_workbook(lines: Iterable[Asked], notes: Sequence[str]) -> bytes:
    """A checklist to fill in. Whatever stands in it is text: no formula, no link."""
    import xlsxwriter

    stream = io.BytesIO()
    book = xlsxwriter.Workbook(stream, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    head = book.add_format({"bold": True, "bg_color": "#DCE6F1", "border": 1, "text_wrap": True})
    given = book.add_format({"num_format": "@", "text_wrap": True, "valign": "top", "font_color": "#595959"})
    free = book.add_format({"num_format": "@", "text_wrap": True, "valign": "top", "bg_color": "#FFF9E5", "border": 1})
    columns = layout()["items"]["columns"]
    sheet = book.add_worksheet(layout()["items"]["zh"])
    sheet.freeze_panes(1, 1)
    last = 1
    for number, line in enumerate(lines, 1):
        known, last = fields(line), number
        for index, column in enumerate(columns):
            sheet.write_string(number, index, known.get(column["key"], ""), given if column["key"] in known else free)
    for index, column in enumerate(columns):
        sheet.set_column(index, index, _WIDTHS.get(column["key"], max(12, 2 * len(column["zh"]) + 2)))
        sheet.write_string(0, index, column["zh"], head)
        if "choices" in column:
            sheet.data_validation(1, index, min(last + 200, MAX_ROWS - 1), index, {"validate": "list", "source": list(column["choices"])})
    sheet.autofilter(0, 0, last, len(columns) - 1)
    sheet = book.add_worksheet(layout()["notes"]["zh"])
    sheet.set_column(0, 0, 100)
    for index, note in enumerate(notes):
        sheet.write_string(index, 0, note)
    book.close()
    return stream.getvalue()


def to_yaml(lines: Iterable[Asked], notes: Sequence[str]) -> bytes:
    """The same as YAML."""
    out = "".join(f"# {note}\n" for note in notes)
    rows: list[dict[str, Any]] = []
    for line in lines:
        known = fields(line)
        rows.append(
            {
                key: known.get(key, "")
                for key in ("item", "system", "point", "clause", "method", "says", "statement", "by", "since", "until")
            }
        )
        rows[-1] |= {"evidence": [], "text": known["text"]}
    return (out + yaml.safe_dump({"attestations": rows}, allow_unicode=True, sort_keys=False, width=200)).encode()


def read_checklist(path: Path) -> list[Form]:
    """Every line of a checklist. Raises UseError naming sheet, row and column, or line."""
    return _from_workbook(path) if path.suffix.lower() in WORKBOOKS else _from_yaml(path)


def _from_workbook(path: Path) -> list[Form]:
    book = Book(str(path))
    loaded = open_workbook(path)
    try:
        for sheet in loaded.worksheets:
            # What nobody saw when he signed is nobody's statement.
            if sheet.sheet_state != "visible":
                raise UseError("workbook-hidden", file=path, sheet=sheet.title[:60])
        rows = list(read_sheet(loaded, layout()["items"], book))
    except BROKEN as error:
        raise UseError("workbook-unreadable", file=path, detail=type(error).__name__) from None
    return [Form(text={key: row.text.get(key, "") for key in KEYS}, fail=_row_fail(book, row), folder=path.parent) for row in rows]


def _row_fail(book: Book, row: Row) -> Fail:
    def fail(code: str, key: str, **more: object) -> UseError:
        column = Cell(row.sheet, row.number, row.column.get(key, 1)).place()
        return UseError(code, file=book.file, line=row.number, column=column, **more)

    return fail


def _from_yaml(path: Path) -> list[Form]:
    data = load_file(path)
    if not isinstance(data, Lined) or set(data) != {"attestations"} or not isinstance(data["attestations"], list):
        raise UseError("attest-shape", file=path, line=1)
    return [_yaml_form(item, path, data.lines["attestations"]) for item in data["attestations"]]


def _yaml_form(item: Any, path: Path, line: int) -> Form:
    if not isinstance(item, Lined):
        raise UseError("attest-shape", file=path, line=line)
    known = {*KEYS, "layer", "point", "clause", "method"}
    choices = next(column["choices"] for column in layout()["items"]["columns"] if column["key"] == "says")
    text: dict[str, str] = {}
    for key, value in item.items():
        if key not in known:
            raise UseError("attest-key-unknown", file=path, line=item.lines[key], key=key[:40])
        if key == "evidence" and isinstance(value, list) and all(isinstance(name, str) for name in value):
            value = "\n".join(value)
        if value is not None and not isinstance(value, str):
            raise UseError("attest-shape", file=path, line=item.lines[key])
        text[key] = (value or "").strip()
    text["says"] = choices.get(text.get("says", ""), text.get("says", ""))
    return Form(text={key: text.get(key, "") for key in KEYS}, fail=_line_fail(path, item), folder=path.parent)


def _line_fail(path: Path, item: Lined) -> Fail:
    return lambda code, key, **more: UseError(code, file=path, line=item.lines.get(key, item.line), column=key, **more)
