"""What a PostgreSQL-family database holds: tables, columns, keys and views, read from its catalogue."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from scanner.collect.holdings.ddl import comments_around
from scanner.collect.holdings.servers.dialect import Field
from scanner.collect.holdings.servers.pgfamily import PgDialect, PgSession
from scanner.collect.holdings.servers.pgheap import HeapTable
from scanner.collect.holdings.servers.table import SqlTable
from scanner.errors import ReachError
from scanner.facts.holdings.reading import CellKind, Column, Group, Place, Source, Unread
from scanner.facts.holdings.views import leaves_untold
from scanner.model.absent import Absent, Why

UNDEFINED = "definitions of views"
"""Detail of a database whose views may work out levels that nobody saw."""
TABLE_SECONDS = 600.0
VIEW_SECONDS = 20.0
"""A view that has not answered by then is left out by name."""
OWN_OIDS = 16384
"""Objects with lower numbers came with the server."""
_RELATIONS = """
SELECT c.oid::bigint, n.nspname::text, c.relname::text, c.relkind::text, has_table_privilege(c.oid, 'SELECT'),
  COALESCE((SELECT p.relkind::text = 'p' FROM pg_catalog.pg_inherits i JOIN pg_catalog.pg_class p ON p.oid = i.inhparent
    WHERE i.inhrelid = c.oid LIMIT 1), false),
  EXISTS (SELECT 1 FROM pg_catalog.pg_inherits i WHERE i.inhparent = c.oid),
  COALESCE((SELECT spcname::text FROM pg_catalog.pg_tablespace s WHERE s.oid = c.reltablespace), ''), c.reltuples::bigint,
  COALESCE(obj_description(c.oid, 'pg_class'), '')
FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE c.oid >= 16384 AND c.relkind IN ('r', 'p', 'm', 'f', 'v') AND c.relpersistence <> 't'
  AND n.nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast') ORDER BY n.nspname, c.relname"""
_COLUMNS = """
SELECT a.attrelid::bigint, a.attname::text, t.typname::text, t.typcategory::text, a.atttypmod,
  COALESCE(col_description(a.attrelid, a.attnum), '')
FROM pg_catalog.pg_attribute a JOIN pg_catalog.pg_type t ON t.oid = a.atttypid JOIN pg_catalog.pg_class c ON c.oid = a.attrelid
WHERE c.oid >= 16384 AND c.relkind IN ('r', 'p', 'm', 'v') AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attrelid, a.attnum"""
_KEYS = """
SELECT k.conrelid::bigint, k.contype::text, k.confrelid::bigint, k.conkey, k.confkey FROM pg_catalog.pg_constraint k
WHERE k.conrelid >= 16384 AND k.contype IN ('p', 'f')"""
_NUMBERS = """
SELECT a.attrelid::bigint, a.attnum, a.attname::text FROM pg_catalog.pg_attribute a WHERE a.attrelid >= 16384 AND a.attnum > 0"""
_VIEWS = """
SELECT DISTINCT r.ev_class::bigint, d.refclassid = 'pg_catalog.pg_proc'::regclass, d.refobjid::bigint
FROM pg_catalog.pg_rewrite r JOIN pg_catalog.pg_depend d ON d.classid = 'pg_catalog.pg_rewrite'::regclass AND d.objid = r.oid
WHERE r.ev_class >= 16384 AND d.refobjid <> r.ev_class
  AND d.refclassid IN ('pg_catalog.pg_class'::regclass, 'pg_catalog.pg_proc'::regclass)"""
_DEFINITIONS = """
SELECT c.oid::bigint, pg_catalog.pg_get_viewdef(c.oid) FROM pg_catalog.pg_class c WHERE c.oid >= 16384 AND c.relkind = 'v' ORDER BY c.oid"""
_KINDS: Mapping[str, CellKind] = MappingProxyType({"N": "number", "D": "date", "S": "text", "E": "text"})
_UNBOUNDED = {"text", "json", "jsonb", "xml", "clob"}


@dataclass(slots=True)
class Relation:
    """One row of the server's own list."""

    oid: int
    schema: str
    name: str
    kind: str
    readable: bool
    part: bool
    """A partition: its rows are read through the table that it is a part of."""
    parent: bool
    """Others inherit from it; only its own rows are read here."""
    tablespace: str
    estimate: int
    """Rows as the server's statistics have it; negative where it has none."""
    comment: str
    fields: list[Field] = field(default_factory=list)


class Reader:
    """The tables of the database that a session stands in."""

    def __init__(self, session: PgSession, database: str, container: Mapping[str, str], lineage: tuple[str, ...], raw: bool) -> None:
        self.session = session
        self.database = database
        self.container = container
        self.lineage = lineage
        """Of every table alike: a standby's tables are replicas."""
        self.raw = raw
        """The database declares no encoding, or one that Chinese cannot stand in."""
        self.dialect = PgDialect()
        self.views: list[str] = []
        """Views that were not run, because the tables under them are read."""
        self._covered: set[int] = set()
        self._paths: dict[int, str] = {}

    def found(self) -> Iterator[Group | Unread]:
        """One group with all tables, then what stays unread by name. Raises ReachError when the catalogue itself cannot be read."""
        self.session.turn(self)
        relations = {int(row[0]): Relation(int(row[0]), *row[1:]) for row in self.session.all(_RELATIONS)}
        for oid, *rest in self.session.all(_COLUMNS):
            if int(oid) in relations:
                relations[int(oid)].fields.append(self._field(*rest))
        under, calling = self._views()
        self._paths = {oid: self._path(item) for oid, item in relations.items()}
        names = self._names(relations)
        primary, foreign = self._keys(names)
        sources: list[Source] = []
        unread: list[Unread] = []
        for oid, item in relations.items():
            why = self._left_out(item, relations, under, calling)
            if why is not None:
                unread.append(Unread(self._place(item, under), *why))
            elif not item.part and oid not in self._covered:
                sources.append(self._table(item, names[oid], under, primary.get(oid, ()), foreign.get(oid, {})))
        told, lost = self._definitions()
        around = comments_around({self._paths[oid]: item.comment for oid, item in relations.items()})
        yield Group(self.database, tuple(sources), around, tuple(told.values()))
        yield from unread
        if lost is not None:
            yield Unread(Place(self.database, MappingProxyType(dict(self.container))), lost.why, UNDEFINED)
        # Those that are run show what they make of a level themselves.
        for oid in sorted(self._covered & told.keys()):
            if leaves_untold(told[oid]):
                yield Unread(self._place(relations[oid], under), Why.GARBLED, "a view that gives levels")

    def _definitions(self) -> tuple[dict[int, str], Absent | None]:
        """Views that speak of secrecy, as the server writes them: what they work out explains the columns below. Or why nobody knows."""
        try:
            rows = self.session.all(_DEFINITIONS)
        except ReachError as error:
            return {}, error.absent
        return {int(oid): text for oid, text in rows if text and "密" in text}, None

    def _field(self, name: str, native: str, category: str, width: int, comment: str) -> Field:
        kind: CellKind = "bytes" if native in ("bytea", "blob", "raw") else _KINDS.get(category, "other")
        long = native in _UNBOUNDED or (native in ("varchar", "bpchar") and width < 0) or kind == "other"
        return Field(Column(name, comment, kind), native, raw=self.raw, long=long)

    def _views(self) -> tuple[dict[int, set[int]], set[int]]:
        """View to the relations under it, and the views that call functions which did not come with the server."""
        under: dict[int, set[int]] = defaultdict(set)
        calling = set()
        for view, function, other in self.session.all(_VIEWS):
            if not function:
                under[int(view)].add(int(other))
            elif int(other) >= OWN_OIDS:
                calling.add(int(view))
        return under, calling

    def _left_out(
        self, item: Relation, relations: Mapping[int, Relation], under: Mapping[int, set[int]], calling: set[int]
    ) -> tuple[Why, str] | None:
        if item.kind == "f":
            return Why.NOT_ASKED, "foreign table: its rows lie on another server"
        if item.kind == "v":
            base = _base(item.oid, relations, under)
            if any(relations[oid].kind == "f" for oid in base):
                return Why.NOT_ASKED, "view over a foreign table"
            if base and all(relations[oid].readable for oid in base):
                self.views.append(f"{item.schema}.{item.name}")
                self._covered.add(item.oid)
                return None
            if item.oid in calling or any(oid in calling for oid in under.get(item.oid, ())):
                return Why.NOT_ASKED, "view that runs functions of its own"
        if not item.readable and not item.part:
            return Why.NO_PERMISSION, "no SELECT on it"
        return None

    def _names(self, relations: Mapping[int, Relation]) -> dict[int, str]:
        """Bare names where they mean one table, else with the schema."""
        count: dict[str, int] = defaultdict(int)
        for item in relations.values():
            count[item.name] += 1
        return {oid: item.name if count[item.name] == 1 else f"{item.schema}.{item.name}" for oid, item in relations.items()}

    def _keys(self, names: Mapping[int, str]) -> tuple[dict[int, tuple[str, ...]], dict[int, dict[str, tuple[str, str]]]]:
        columns = {(int(oid), int(number)): name for oid, number, name in self.session.all(_NUMBERS)}
        primary: dict[int, tuple[str, ...]] = {}
        foreign: dict[int, dict[str, tuple[str, str]]] = defaultdict(dict)
        for oid, kind, other, ours, theirs in self.session.all(_KEYS):
            if kind == "p":
                primary[int(oid)] = tuple(columns[int(oid), int(number)] for number in ours)
            elif len(ours) == 1 and int(other) in names:
                foreign[int(oid)][columns[int(oid), int(ours[0])]] = (names[int(other)], columns[int(other), int(theirs[0])])
        return primary, foreign

    def _path(self, item: Relation) -> str:
        return f"{self.database}#{item.name if item.schema == 'public' else f'{item.schema}.{item.name}'}"

    def _place(self, item: Relation, under: Mapping[int, set[int]]) -> Place:
        base = [oid for oid in under.get(item.oid, ()) if oid in self._paths]
        container = {**self.container, "schema": f"{self.container['database']}/{item.schema}"}
        return Place(
            self._paths[item.oid],
            MappingProxyType(container),
            # What a materialized view holds is kept a second time.
            self.lineage + (("view",) if item.kind in "vm" else ()) + (("cache",) if item.kind == "m" else ()),
            self._paths[base[0]] if len(base) == 1 and item.kind in "vm" else None,
        )

    def _table(
        self, item: Relation, name: str, under: Mapping[int, set[int]], key: tuple[str, ...], references: Mapping[str, tuple[str, str]]
    ) -> SqlTable:
        only = "ONLY " if item.parent and item.kind == "r" else ""
        known: dict[str, Any] = {
            "session": self.session,
            "dialect": self.dialect,
            "place": self._place(item, under),
            "name": name,
            "origin": f"{only}{self.dialect.quote(item.schema)}.{self.dialect.quote(item.name)}",
            "fields": tuple(item.fields),
            "key": key,
            "references": MappingProxyType(dict(references)),
            "estimate": max(0, item.estimate),
            "seconds": VIEW_SECONDS if item.kind == "v" else TABLE_SECONDS,
        }
        return HeapTable(**known, oid=item.oid) if item.kind in "rm" else SqlTable(**known)


def _base(oid: int, relations: Mapping[int, Relation], under: Mapping[int, set[int]]) -> set[int]:
    """The stored relations under a view, through views under it."""
    found: set[int] = set()
    seen = {oid}
    open_ = [oid]
    while open_:
        for below in under.get(open_.pop(), ()):
            if below in seen or below not in relations:
                continue
            seen.add(below)
            if relations[below].kind == "v":
                open_.append(below)
            else:
                found.add(below)
    return found
