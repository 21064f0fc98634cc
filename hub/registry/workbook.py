"""Units, contacts, systems and keys as an Excel workbook: a template to fill in, and the import, which is whole or not at all."""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeVar

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from hub.registry import keys, units
from hub.registry.cells import MAX_ROWS, SHEETS, Row, layout, read
from hub.registry.units import below
from hub.store.tables import system as table
from hub.store.tables import unit
from hub.words import say
from scanner.errors import UseError

Made = TypeVar("Made")
_DAY = re.compile(r"\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])")
_COLUMN = {
    "hub-unit-name": "name",
    "hub-unit-rank": "rank",
    "hub-unit-division": "division",
    "hub-unit-unknown": "parent",
    "hub-unit-parent-rank": "parent",
    "hub-unit-parent-retired": "parent",
    "hub-unit-deep": "parent",
}
"""Which cell an error of the register is about; every other is about the first."""


@dataclass(frozen=True, slots=True)
class Done:
    """What an import did."""

    added: int
    amended: int
    systems: int
    keys: int


def template(lang: str) -> bytes:
    """An empty workbook with lists to choose from, one example row a sheet (read by nobody) and a sheet of notes."""
    import xlsxwriter

    stream = io.BytesIO()
    book = xlsxwriter.Workbook(stream, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    head = book.add_format({"bold": True, "bg_color": "#E3EDEE", "border": 1, "text_wrap": True})
    grey, text = book.add_format({"italic": True, "font_color": "#7F7F7F", "num_format": "@"}), book.add_format({"num_format": "@"})
    for name in SHEETS:
        sheet = book.add_worksheet(layout()[name][lang])
        sheet.freeze_panes(1, 0)
        for index, column in enumerate(layout()[name]["columns"].values()):
            sheet.set_column(index, index, max(14, 2 * len(column[lang]) + 4), text)
            sheet.write_string(0, index, column[lang], head)
            mark = layout()["example"][lang] + " " if index == 0 else ""
            sheet.write_string(1, index, mark + str(column["example"]), grey)
            if "choices" in column:
                sheet.data_validation(1, index, MAX_ROWS - 1, index, {"validate": "list", "source": list(column["choices"])})
    sheet = book.add_worksheet(say("hub.workbook.notes", lang))
    sheet.set_column(0, 0, 100)
    for index in range(1, 6):
        sheet.write_string(index - 1, 0, say(f"hub.workbook.note-{index}", lang))
    book.close()
    return stream.getvalue()


def enter(connection: Connection, rows: Mapping[str, Sequence[Row]], day: str, within: str | None) -> Done:
    """Register what the rows say. Raises UseError naming the cell; the caller's transaction then takes everything back.

    ``within``: path of the unit below which everything stands that may be touched, itself included; None for the whole tree. Whatever is
    elsewhere is not there.
    """
    _needed(rows)
    added, amended = _units(connection, rows["units"], day, within)
    _check_within(connection, [row for name in ("contacts", "systems", "keys") for row in rows[name]], within)
    _contacts(connection, rows["contacts"])
    for row in rows["systems"]:
        _system(connection, row)
    for row in rows["keys"]:
        _key(connection, row)
    return Done(added, amended, len(rows["systems"]), len(rows["keys"]))


def systems_of(connection: Connection, unit_id: int) -> list[Any]:
    """What is registered of a unit's systems."""
    return list(connection.execute(sa.select(table).where(table.c.unit_id == unit_id).order_by(table.c.code)))


def _check_within(connection: Connection, rows: Sequence[Row], within: str | None) -> None:
    known = set(connection.execute(sa.select(unit.c.code).where(_place(within))).scalars())
    for row in rows:
        if row.text["unit"] not in known:
            raise row.wrong("unit", "error.hub-unit-unknown", unit=row.text["unit"])


def _place(within: str | None) -> sa.ColumnElement[bool]:
    return below(within) if within is not None else sa.true()


def _units(connection: Connection, rows: Sequence[Row], day: str, within: str | None) -> tuple[int, int]:
    held = {row.code: row.parent_id for row in connection.execute(sa.select(unit.c.code, unit.c.parent_id).where(_place(within)))}
    codes = {number: code for code, number in connection.execute(sa.select(unit.c.code, unit.c.id))}
    new = {row.text["code"]: row for row in rows if row.text["code"] not in held}
    seen: set[str] = set()
    amended = 0
    for row in rows:
        code, parent = row.text["code"], row.text["parent"]
        if code in seen:
            raise row.wrong("code", "hub.cell.twice")
        seen.add(code)
        if parent not in held and parent not in new:
            raise row.wrong("parent", "hub.cell.parent")
        if code in held:
            number = held[code]
            if number is None or codes[number] != parent:
                raise row.wrong("parent", "hub.cell.moved")
            values = {key: row.text[key] for key in ("name", "division", "sort") if key in row.text}
            _told(row, "code", partial(units.amend, connection, code, **values))
            amended += 1
    for row in _downward(new):
        _add(connection, row, day)
    return len(new), amended


def _add(connection: Connection, row: Row, day: str) -> None:
    text = row.text
    division, sort = text.get("division", ""), text.get("sort", "")
    make = partial(units.add, connection, text["code"], text["name"], text["parent"], rank=text["rank"], since=day)
    _told(row, "code", partial(make, division=division, sort=sort))


def _key(connection: Connection, row: Row) -> None:
    text = row.text
    pem = text["pem"].replace("\r\n", "\n").encode()
    _told(row, "pem", partial(keys.pin, connection, text["unit"], pem, since=text["since"], until=text.get("until", "")))


def _downward(new: Mapping[str, Row]) -> list[Row]:
    """Parents before children. Raises UseError for units that stand below each other."""
    out: dict[str, Row] = {}
    for code, row in new.items():
        way: list[str] = []
        while code in new and code not in out:
            if code in way:
                raise row.wrong("parent", "hub.cell.circle")
            way.append(code)
            code = new[code].text["parent"]
        for one in reversed(way):
            out[one] = new[one]
    return list(out.values())


def _contacts(connection: Connection, rows: Sequence[Row]) -> None:
    """Those of a unit that is named here are replaced by what stands here."""
    held: dict[str, list[Row]] = {}
    for row in rows:
        held.setdefault(row.text["unit"], []).append(row)
    for code, of_unit in held.items():
        people = [{key: row.text.get(key, "") for key in units.CONTACT} for row in of_unit]
        _told(of_unit[0], "unit", partial(units.amend, connection, code, contacts=people))


def _system(connection: Connection, row: Row) -> None:
    text = row.text
    number = _told(row, "unit", lambda: units.find(connection, text["unit"])).id
    grade = text.get("grade", "")
    if grade and grade not in ("1", "2", "3", "4", "5"):
        raise row.wrong("grade", "hub.cell.choice", choices="1 2 3 4 5")
    if text.get("holds", "unclassified") not in ("unclassified", "classified"):
        raise row.wrong("holds", "hub.cell.choice", choices="unclassified classified")
    for key in ("code", "name", "filing"):
        if len(text.get(key, "")) > units.MAX_NAME or not units.printable(text.get(key, "")):
            raise row.wrong(key, "hub.cell.text", most=units.MAX_NAME)
    values: dict[str, Any] = {key: text.get(key, "") for key in ("name", "holds", "filing", "filed", "evaluated")}
    values["grade"] = int(grade) if grade else None
    same = table.c.unit_id == number, table.c.code == text["code"]
    if connection.execute(table.update().where(*same).values(values)).rowcount == 0:
        connection.execute(table.insert().values(unit_id=number, code=text["code"], **values))


def _needed(rows: Mapping[str, Sequence[Row]]) -> None:
    for name, held in rows.items():
        for key, column in layout()[name]["columns"].items():
            for row in held:
                if column.get("needed") and key not in row.text:
                    raise row.wrong(key, "hub.cell.empty")
                if column.get("day") and key in row.text and not _DAY.fullmatch(row.text[key]):
                    raise row.wrong(key, "hub.cell.day")


def _told(row: Row, column: str, deed: Callable[[], Made]) -> Made:
    """Do it, and say which cell it failed on."""
    try:
        return deed()
    except UseError as error:
        if row.sheet == "units":
            column = _COLUMN.get(error.code, column)
        elif error.code == "hub-unit-unknown":
            column = "unit"
        raise row.wrong(column, f"error.{error.code}", **error.fields) from None


__all__ = ["Done", "enter", "read", "systems_of", "template"]
