"""The tree of units. ``path`` holds the ids from the root down, so that a subtree is one prefix."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from hub.registry.sorts import sort_of
from hub.store.tables import unit
from scanner.errors import UseError
from scanner.model.canonical import canonical

RANKS = ("nation", "province", "city", "county", "unit")
"""From the top down: a unit stands under one of a higher rank."""
MAX_NAME, MAX_CONTACTS, MAX_DEPTH = 200, 50, 12
_CODE = re.compile(r"[0-9A-Za-z\u4e00-\u9fff][0-9A-Za-z\u4e00-\u9fff._-]{0,63}")
_DIVISION = re.compile(r"\d{6}")
_DAY = re.compile(r"\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])")
CONTACT = ("name", "duty", "phone", "deputy")


@dataclass(frozen=True, slots=True)
class Unit:
    """One unit as it is registered."""

    id: int
    code: str
    """As its inventory and its envelopes name it."""
    name: str
    parent_id: int | None
    path: str
    """``/1/7/42/``: ids from the root down to itself."""
    depth: int
    rank: str
    """One of :data:`RANKS`."""
    division: str
    """Six digits of the administrative division, or empty."""
    sort: str
    """Comprehensive archive, special archive, department …: like is compared with like."""
    contacts: tuple[Mapping[str, str], ...]
    """People to call: name, duty, phone, deputy."""
    since: str
    retired: str
    """Day from which it reports no more; empty while it does."""


def above(path: str) -> tuple[int, ...]:
    """Ids of a unit and of everything above it, from the root down."""
    return tuple(int(part) for part in path.split("/") if part)


def below(path: str) -> sa.ColumnElement[bool]:
    """True of a unit that stands in the subtree of this path, its root included. A path that is none covers nothing."""
    if not re.fullmatch(r"/(\d+/)+", path):
        return sa.false()
    # LIKE and no range: how a range of text sorts depends on the collation of the server.
    return unit.c.path.like(path + "%")


def in_use(column: sa.ColumnElement[Any]) -> sa.ColumnElement[bool]:
    """True of a row whose unit is not retired: what such a one had left to mend is nobody's any more."""
    return column.not_in(sa.select(unit.c.id).where(unit.c.retired != ""))


def add(
    connection: Connection,
    code: str,
    name: str,
    parent: str | None,
    *,
    rank: str,
    since: str,
    division: str = "",
    sort: str = "",
    contacts: Sequence[Mapping[str, str]] = (),
) -> Unit:
    """Register a unit. Raises UseError: code taken, parent unknown or of no higher rank, a value that is none."""
    _check(code, name, rank, division, since)
    over = find(connection, parent) if parent is not None else None
    if connection.execute(sa.select(unit.c.id).where(unit.c.code == code)).first():
        raise UseError("hub-unit-taken", unit=code)
    _check_place(connection, code, rank, over)
    values: dict[str, Any] = {
        **{"code": code, "name": name, "rank": rank, "division": division, "sort": sort_of(sort), "since": since},
        **{"parent_id": over.id if over else None, "path": f"?{code}", "depth": over.depth + 1 if over else 0},
        "contacts": canonical(checked_contacts(code, contacts)).decode(),
    }
    number = connection.execute(unit.insert().values(values).returning(unit.c.id)).scalar_one()
    path = f"{over.path if over else '/'}{number}/"
    connection.execute(unit.update().where(unit.c.id == number).values(path=path))
    return by_id(connection, number)


def amend(connection: Connection, code: str, **values: Any) -> Unit:
    """Change name, division, sort or contacts. Raises UseError."""
    held = find(connection, code)
    name, division = values.get("name", held.name), values.get("division", held.division)
    _check(code, name, held.rank, division, held.since)
    written = {key: value for key, value in values.items() if key in ("name", "division", "sort")}
    if "sort" in written:
        written["sort"] = sort_of(written["sort"])
    if "contacts" in values:
        written["contacts"] = canonical(checked_contacts(code, values["contacts"])).decode()
    if written:
        connection.execute(unit.update().where(unit.c.id == held.id).values(written))
    return by_id(connection, held.id)


def move(connection: Connection, code: str, parent: str) -> Unit:
    """Hang a unit and its subtree under another. Raises UseError: not below itself, and not below a lower rank.

    The roll-ups of the regions that it leaves and joins are the fold's to mend: the caller asks for that.
    """
    held, over = find(connection, code), find(connection, parent)
    if over.path.startswith(held.path):
        raise UseError("hub-unit-circle", unit=code, parent=parent)
    _check_place(connection, code, held.rank, over)
    path, deeper = f"{over.path}{held.id}/", over.depth + 1 - held.depth
    rest = sa.func.substr(unit.c.path, len(held.path) + 1)
    connection.execute(
        unit.update().where(below(held.path)).values(path=sa.literal(path).concat(rest), depth=unit.c.depth + deeper),
    )
    connection.execute(unit.update().where(unit.c.id == held.id).values(parent_id=over.id))
    return by_id(connection, held.id)


def retire(connection: Connection, code: str, day: str) -> Unit:
    """From this day it reports no more; what it sent stays. Raises UseError while units below it still report."""
    held = find(connection, code)
    _check(code, held.name, held.rank, held.division, day)
    under = sa.select(unit.c.code).where(below(held.path), unit.c.id != held.id, unit.c.retired == "").limit(1)
    if (first := connection.execute(under).scalar()) is not None:
        raise UseError("hub-unit-has-units", unit=code, below=first)
    connection.execute(unit.update().where(unit.c.id == held.id).values(retired=day))
    return by_id(connection, held.id)


def find(connection: Connection, code: str) -> Unit:
    """By code. Raises UseError."""
    row = connection.execute(sa.select(unit).where(unit.c.code == code)).first()
    if row is None:
        raise UseError("hub-unit-unknown", unit=code)
    return made(row)


def by_id(connection: Connection, number: int) -> Unit:
    """By id. Raises UseError."""
    row = connection.execute(sa.select(unit).where(unit.c.id == number)).first()
    if row is None:
        raise UseError("hub-unit-unknown", unit=number)
    return made(row)


def top(connection: Connection) -> Unit:
    """The root of the tree. Raises UseError before there is one."""
    row = connection.execute(sa.select(unit).where(unit.c.parent_id.is_(None))).first()
    if row is None:
        raise UseError("hub-unit-unknown", unit="-")
    return made(row)


def listed(connection: Connection, path: str) -> list[Unit]:
    """A subtree, parents before children, by code beside each other."""
    rows = [made(row) for row in connection.execute(sa.select(unit).where(below(path)))]
    codes = {row.id: row.code for row in rows}
    return sorted(rows, key=lambda row: [codes.get(number, "") for number in above(row.path)])


def made(row: Any) -> Unit:
    """Of a row of the table."""
    return Unit(**{**row._mapping, "contacts": tuple(msgspec.json.decode(row.contacts))})


def checked_contacts(code: str, contacts: Sequence[Mapping[str, str]]) -> list[dict[str, str]]:
    """As they are kept: the four fields and no other. Raises UseError."""
    if len(contacts) > MAX_CONTACTS:
        raise UseError("hub-unit-contacts", unit=code, most=MAX_CONTACTS)
    found = [{key: str(one.get(key, "")).strip() for key in CONTACT} for one in contacts]
    for one in found:
        if not one["name"] or any(len(value) > MAX_NAME or not printable(value) for value in one.values()):
            raise UseError("hub-unit-contact", unit=code)
    return found


def printable(text: str) -> bool:
    """No control and no bidirectional characters."""
    return all(char.isprintable() for char in text)


def _check(code: str, name: str, rank: str, division: str, day: str) -> None:
    if not _CODE.fullmatch(code):
        raise UseError("hub-unit-code", unit=code[:80])
    if not name.strip() or len(name) > MAX_NAME or not printable(name):
        raise UseError("hub-unit-name", unit=code)
    if rank not in RANKS:
        raise UseError("hub-unit-rank", unit=code, rank=rank)
    if division and not _DIVISION.fullmatch(division):
        raise UseError("hub-unit-division", unit=code, division=division)
    if not _DAY.fullmatch(day):
        raise UseError("hub-day", day=day)


def _check_place(connection: Connection, code: str, rank: str, over: Unit | None) -> None:
    if over is None:
        if (root := connection.execute(sa.select(unit.c.code).where(unit.c.parent_id.is_(None))).scalar()) is not None:
            raise UseError("hub-unit-second-root", unit=code, root=root)
        return
    if over.retired:
        raise UseError("hub-unit-parent-retired", unit=code, parent=over.code)
    # Below the lowest rank stand its own branches.
    if RANKS.index(over.rank) >= RANKS.index(rank) and rank != RANKS[-1]:
        raise UseError("hub-unit-parent-rank", unit=code, parent=over.code)
    if over.depth >= MAX_DEPTH:
        raise UseError("hub-unit-deep", unit=code, most=MAX_DEPTH)
