"""The inventory as an Excel workbook: a template to fill in, and a reader.

A refusal of :func:`parse_inventory` speaks of lines; here every cell gets a line of its own, so that it can be named again.
"""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from scanner.errors import UseError
from scanner.rulebook.yaml_lines import Lined
from scanner.targets.inventory import parse_inventory
from scanner.targets.workbook_cells import MAX_ROWS, SHEETS, Book, Row, layout, read_rows

SYSTEM_KEYS = ("name", "grade", "zone", "holds")


def template(notes: Sequence[str]) -> bytes:
    """An empty workbook with lists, one example row a sheet (read by nobody) and a sheet of notes."""
    import xlsxwriter

    stream = io.BytesIO()
    book = xlsxwriter.Workbook(stream, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    head = book.add_format({"bold": True, "bg_color": "#DCE6F1", "border": 1, "text_wrap": True})
    grey, text = book.add_format({"italic": True, "font_color": "#7F7F7F", "num_format": "@"}), book.add_format({"num_format": "@"})
    for name in SHEETS:
        sheet = book.add_worksheet(layout()[name]["zh"])
        sheet.freeze_panes(1, 0)
        for index, column in enumerate(layout()[name]["columns"]):
            sheet.set_column(index, index, max(12, 2 * len(column["zh"]) + 4), text)
            sheet.write_string(0, index, column["zh"], head)
            mark = layout()["example"]["zh"] + " " if index == 0 else ""
            sheet.write_string(1, index, mark + column["example"], grey)
            if "choices" in column:
                sheet.data_validation(1, index, MAX_ROWS - 1, index, {"validate": "list", "source": list(column["choices"])})
    sheet = book.add_worksheet(layout()["notes"]["zh"])
    sheet.set_column(0, 0, 100)
    for index, note in enumerate(notes):
        sheet.write_string(index, 0, note)
    book.close()
    return stream.getvalue()


def read_workbook(path: Path, goal: Path) -> tuple[dict[str, Any], list[str]]:
    """The inventory that a workbook describes, validated as if it stood at ``goal``, and the example rows left out.

    Raises UseError naming sheet, row and column.
    """
    book = Book(str(path))
    data = _document(book, read_rows(path, book))
    try:
        parse_inventory(data, goal)
    except UseError as error:
        number = int(error.fields.get("line", "0"))
        if not 1 <= number <= len(book.cells):
            raise
        cell = book.cells[number - 1]
        raise UseError(error.code, **{**error.fields, "file": f"{path} {cell.place()}", "line": cell.row}) from None
    return _plain(data), book.skipped


def _document(book: Book, rows: Mapping[str, Sequence[Row]]) -> Lined:
    top = _lined()
    for row in rows["unit"]:
        if "unit" in top:
            raise book.error("workbook-one-row", row, "code")
        top["unit"] = book.mapping(row, ("code", "name", "region", "rank"))
    scope = _scope(book, rows["scope"])
    if scope is not None:
        top["scope"] = scope
    top["zones"], top["systems"] = _systems(book, rows["systems"])
    top["logins"] = _logins(book, rows["logins"])
    for key in top:
        top.lines[key] = 0
    return top


def _scope(book: Book, rows: Sequence[Row]) -> Lined | None:
    if not rows:
        return None
    scope = book.mapping(rows[0], ("authorised_by", "until", "hours"))
    scope["allow"], scope.lines["allow"] = [], book.line(rows[0], "allow")
    for row in rows:
        for key in ("authorised_by", "until", "hours"):
            if row.text.get(key, scope.get(key)) != scope.get(key):
                raise book.error("workbook-differs", row, key)
        if "allow" in row.text:
            # Each is validated alone, so that the right cell is named.
            alone = _lined(scope=_lined(allow=[row.text["allow"]]))
            try:
                parse_inventory(alone, Path(book.file))
            except UseError:
                raise book.error("workbook-network", row, "allow") from None
            scope["allow"].append(row.text["allow"])
    return scope


def _systems(book: Book, rows: Sequence[Row]) -> tuple[Lined, list[Lined]]:
    zones = _lined()
    systems: dict[str, Lined] = {}
    last: str | None = None
    for row in rows:
        name = row.text.get("system", last)
        if name is None:
            raise book.error("workbook-empty", row, "system")
        last = name
        if name not in systems:
            row.text["system"] = name
            system = book.mapping(row, SYSTEM_KEYS)
            system["id"], system.lines["id"] = name, book.line(row, "system")
            system["targets"], system.lines["targets"] = [], book.line(row, "id")
            systems[name] = system
        for key in SYSTEM_KEYS:
            if row.text.get(key, systems[name].get(key)) != systems[name].get(key):
                raise book.error("workbook-differs", row, key)
        _zone(book, row, zones)
        keys = ("id", "kind", "address", "port", "url", "host", "platform", "config", "login")
        if any(row.text.get(key) for key in keys):
            if "id" not in row.text:
                raise book.error("workbook-empty", row, "id")
            target = book.mapping(row, keys)
            _whole(book, row, target, "port")
            systems[name]["targets"].append(target)
    return zones, list(systems.values())


def _zone(book: Book, row: Row, zones: Lined) -> None:
    name, kind = row.text.get("zone"), row.text.get("zone_kind")
    if name is None:
        return
    if name not in zones:
        zones[name], zones.lines[name] = Lined(kind=kind or "lan"), book.line(row, "zone")
        zones[name].lines, zones[name].line = {"kind": book.line(row, "zone_kind")}, book.line(row, "zone")
    elif kind is not None and kind != zones[name]["kind"]:
        raise book.error("workbook-differs", row, "zone_kind")


def _logins(book: Book, rows: Sequence[Row]) -> Lined:
    logins = _lined()
    for row in rows:
        name = row.text.get("login")
        if name is None:
            raise book.error("workbook-empty", row, "login")
        if name in logins:
            raise book.error("workbook-differs", row, "login")
        login = book.mapping(row, ("user", "key", "password", "known_hosts", "sudo", "address", "port", "jump"))
        if "sudo" in login:
            login["sudo"] = login["sudo"] == "true"
        _whole(book, row, login, "port")
        logins[name], logins.lines[name] = login, book.line(row, "login")
    return logins


def _whole(book: Book, row: Row, into: Lined, key: str) -> None:
    if key in into:
        if not (into[key].isascii() and into[key].isdigit() and len(into[key]) < 6):
            raise book.error("workbook-number", row, key)
        into[key] = int(into[key])


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    return [_plain(item) for item in value] if isinstance(value, list) else value


def _lined(**data: Any) -> Lined:
    """A mapping that stands nowhere."""
    out = Lined(**data)
    out.lines, out.line = dict.fromkeys(data, 0), 0
    return out
