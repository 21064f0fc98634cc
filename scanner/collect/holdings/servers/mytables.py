"""What a MySQL or MariaDB server holds, read from ``information_schema``."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from scanner.collect.holdings.ddl import comments_around
from scanner.collect.holdings.servers.address import Server
from scanner.collect.holdings.servers.dialect import Field, text_of
from scanner.collect.holdings.servers.listed import UNLISTED
from scanner.collect.holdings.servers.mysql import MysqlDialect, MysqlSession
from scanner.collect.holdings.servers.mystanding import Known, known_of
from scanner.collect.holdings.servers.table import SqlTable
from scanner.facts.holdings.reading import CellKind, Column, Found, Group, Place, Source, Unread
from scanner.facts.holdings.views import leaves_untold
from scanner.model.absent import Why

TABLE_SECONDS = 600.0
VIEW_SECONDS = 20.0
SYSTEM = ("information_schema", "performance_schema", "mysql", "sys")
AWAY = {"FEDERATED", "FEDERATEDX", "CONNECT", "SPIDER", "S3", "OQGRAPH"}
"""Engines whose rows lie on another server or in other files."""
STEADY = {"InnoDB", "ROCKSDB", "TokuDB"}
"""Engines that answer from a snapshot."""
_NUMBERS = {"tinyint", "smallint", "mediumint", "int", "bigint", "decimal", "float", "double", "year", "bit"}
_DATES = {"date", "datetime", "timestamp", "time"}
_TEXTS = {"char", "varchar", "tinytext", "text", "mediumtext", "longtext", "enum", "set", "json"}
_BYTES = {"binary", "varbinary", "tinyblob", "blob", "mediumblob", "longblob"}
_LONG = {"mediumtext", "longtext", "json", "mediumblob", "longblob", "text", "blob"}
_HONEST = ("utf8", "utf8mb3", "utf8mb4", "gbk", "gb2312", "gb18030", "big5", "ucs2", "utf16", "utf16le", "utf32")
"""Character sets in which Chinese can stand as what it is; under any other one its bytes are in disguise."""
_UNDER = re.compile(r"\b(?:from|join)\s*\(*\s*`((?:[^`]|``)+)`\.`((?:[^`]|``)+)`", re.IGNORECASE)
_COMMA = re.compile(r",\s*`((?:[^`]|``)+)`\.`((?:[^`]|``)+)`(?!\s*\.)")


@dataclass(slots=True)
class Listed:
    """One row of the server's own list."""

    schema: str
    name: str
    kind: str
    engine: str
    options: str
    rows: int
    """As the server's statistics have it."""
    comment: str
    fields: list[Field] = field(default_factory=list)
    key: list[str] = field(default_factory=list)
    references: dict[str, tuple[str, str]] = field(default_factory=dict)
    hidden: bool = False
    """Columns that the account may not see."""


def read_tables(session: MysqlSession, server: Server) -> Iterator[Found]:
    """One group per database, what stays unread by name, and the server's standing. Raises ReachError when the list is refused."""
    session.turn(None)
    dialect = MysqlDialect()
    if server.database:
        only = f"table_schema = {dialect.bind(server.database, [])}"
    else:
        only = f"table_schema NOT IN ({', '.join(dialect.bind(name, []) for name in SYSTEM)})"
    tables = _tables(session, only)
    views = _views(session, only)
    known = known_of(session, server)
    by_schema: dict[str, list[Listed]] = defaultdict(list)
    for item in tables.values():
        by_schema[item.schema].append(item)
    stored = {key for key, item in tables.items() if item.kind != "VIEW" and item.engine.upper() not in AWAY}
    for schema in sorted(by_schema) or ([server.database] if server.database else []):
        yield from _Schema(session, known, schema, server).found(by_schema[schema], stored, views)
    if not known.listed:
        place = Place(server.database or "*", MappingProxyType({"instance": known.instance, "host": server.address or "local"}))
        yield Unread(place, Why.NO_PERMISSION, UNLISTED)
    yield known.standing(server)


def _tables(session: MysqlSession, only: str) -> dict[tuple[str, str], Listed]:
    found: dict[tuple[str, str], Listed] = {}
    ask = f"SELECT table_schema, table_name, table_type, COALESCE(engine, ''), COALESCE(create_options, ''), COALESCE(table_rows, 0), table_comment FROM information_schema.tables WHERE {only}"  # noqa: S608
    for row in session.all(ask):
        schema, name, kind, engine, options, rows, comment = (str(text_of(cell) or "") for cell in row)
        if kind not in ("SEQUENCE", "SYSTEM VIEW", "TEMPORARY"):
            found[schema, name] = Listed(schema, name, kind, engine, options, int(rows), comment)
    ask = (
        "SELECT table_schema, table_name, column_name, data_type, COALESCE(character_set_name, ''), column_comment, ordinal_position "  # noqa: S608
        f"FROM information_schema.columns WHERE {only} ORDER BY table_schema, table_name, ordinal_position"
    )
    for row in session.all(ask):
        schema, name, column, native, charset, comment, position = (str(text_of(cell)) for cell in row)
        item = found.get((schema, name))
        if item is not None:
            item.fields.append(_field(column, native, charset, comment))
            item.hidden |= int(position) != len(item.fields)
    ask = (
        "SELECT table_schema, table_name, column_name, constraint_name, referenced_table_name, referenced_column_name "  # noqa: S608
        f"FROM information_schema.key_column_usage WHERE {only} ORDER BY table_schema, table_name, constraint_name, ordinal_position"
    )
    for row in session.all(ask):
        schema, name, column, constraint, other, theirs = (text_of(cell) or "" for cell in row)
        item = found.get((schema, name))
        if item is not None and constraint == "PRIMARY":
            # A table that keeps its past has a column in its key that it does not list.
            item.key += [column] if any(column == field.name for field in item.fields) else []
        elif item is not None and other and theirs:
            item.references[column] = (other, theirs)
    return found


def _field(name: str, native: str, charset: str, comment: str) -> Field:
    kind: CellKind = "other"
    for words, word in ((_NUMBERS, "number"), (_DATES, "date"), (_TEXTS, "text"), (_BYTES, "bytes")):
        if native.lower() in words:
            kind = word  # type: ignore[assignment]
    disguised = kind == "text" and bool(charset) and charset not in _HONEST
    return Field(Column(name, comment, kind), charset if kind == "text" else native, raw=disguised, long=native.lower() in _LONG)


def _views(session: MysqlSession, only: str) -> dict[tuple[str, str], str]:
    ask = f"SELECT table_schema, table_name, COALESCE(view_definition, '') FROM information_schema.views WHERE {only}"  # noqa: S608
    return {(str(text_of(schema)), str(text_of(name))): str(text_of(text)) for schema, name, text in session.all(ask)}


def tables_under(definition: str) -> set[tuple[str, str]]:
    """Tables that a view's definition, as the server writes it, reads from."""
    found = [*_UNDER.findall(definition), *_COMMA.findall(definition)]
    return {(schema.replace("``", "`"), name.replace("``", "`")) for schema, name in found}


class _Schema:
    """The tables of one database."""

    def __init__(self, session: MysqlSession, known: Known, schema: str, server: Server) -> None:
        self.session = session
        self.known = known
        self.schema = schema
        self.dialect = MysqlDialect()
        # Schema and database are one and the same here.
        name = f"{known.instance}/{schema}"
        self.container = {"instance": known.instance, "database": name, "schema": name, "host": server.address or "local"}
        if known.volume:
            self.container["volume"] = known.volume

    def found(self, listed: list[Listed], stored: set[tuple[str, str]], views: Mapping[tuple[str, str], str]) -> Iterator[Found]:
        sources: list[Source] = []
        unread: list[Unread] = []
        for item in listed:
            why = self._left_out(item)
            if why is not None:
                unread.append(Unread(self._place(item), *why))
            elif item.kind == "VIEW" and _covered((item.schema, item.name), stored, views):
                self.known.views.append(f"{item.schema}.{item.name}")
                if leaves_untold(views[item.schema, item.name]):
                    unread.append(Unread(self._place(item), Why.GARBLED, "a view that gives levels"))
            else:
                sources.append(self._table(item))
        told = tuple(text for (schema, _), text in sorted(views.items()) if schema == self.schema)
        around = comments_around({self._place(item).path: item.comment for item in listed if item.kind != "VIEW"})
        yield Group(self.schema, tuple(sources), around, told)
        yield from unread

    def _left_out(self, item: Listed) -> tuple[Why, str] | None:
        if item.engine.upper() in AWAY:
            self.known.peers.append({"kind": f"engine-{item.engine.lower()}", "where": f"{item.schema}.{item.name}"})
            return Why.NOT_ASKED, f"engine {item.engine}: its rows lie elsewhere"
        if item.kind != "VIEW" and not item.engine:
            return Why.GARBLED, "the server cannot open it"
        if item.engine.upper() == "MRG_MYISAM":
            self.known.views.append(f"{item.schema}.{item.name}")
        if not item.fields or item.hidden:
            return Why.NO_PERMISSION, "columns that the account may not see"
        return None

    def _place(self, item: Listed) -> Place:
        lineage = (("replica",) if self.known.replica else ()) + (("view",) if item.kind == "VIEW" else ())
        return Place(f"{self.schema}#{item.name}", MappingProxyType(self.container), lineage)

    def _table(self, item: Listed) -> SqlTable:
        # A table that keeps its past is read with it.
        past = " FOR SYSTEM_TIME ALL" if item.kind == "SYSTEM VERSIONED" else ""
        return SqlTable(
            session=self.session,
            dialect=self.dialect,
            place=self._place(item),
            name=item.name,
            origin=f"{self.dialect.quote(item.schema)}.{self.dialect.quote(item.name)}{past}",
            fields=tuple(item.fields),
            key=tuple(item.key),
            references=MappingProxyType(item.references),
            seconds=VIEW_SECONDS if item.kind == "VIEW" else TABLE_SECONDS,
            steady=item.engine in STEADY,
            estimate=item.rows,
        )


def _covered(view: tuple[str, str], stored: set[tuple[str, str]], views: Mapping[tuple[str, str], str], depth: int = 0) -> bool:
    """Whether everything under a view is read anyway."""
    under = tables_under(views.get(view, ""))
    return bool(under) and depth < 20 and all(item in stored or _covered(item, stored, views, depth + 1) for item in under)
