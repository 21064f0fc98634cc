"""SQLite files: read in place, read-only, nothing is written beside them, no view or trigger of theirs is ever run."""

from __future__ import annotations

import re
import sqlite3
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from types import MappingProxyType
from typing import Any

from scanner.collect.holdings.ddl import column_comments, comments_around, table_comment
from scanner.collect.holdings.servers.affinity import field_of
from scanner.collect.holdings.servers.dialect import LONG_CHARS, Dialect, Field, decoded, text_of
from scanner.collect.holdings.servers.sqlite_file import Opened, occurring, open_bytes, open_file, told_cheaply, unchanged
from scanner.collect.holdings.servers.table import SqlTable
from scanner.errors import ReachError
from scanner.facts.holdings.reading import Found, Group, Place, Predicate, Standing, Unread
from scanner.facts.holdings.views import leaves_untold
from scanner.model.absent import Why

STEP = 20_000
"""Virtual machine steps between two looks at the clock."""
_SHADOW = ("_content", "_data", "_idx", "_docsize", "_config", "_segments", "_segdir", "_stat", "_node", "_parent", "_rowid")
_FULL_TEXT = re.compile(r"\bUSING\s+(fts[345])\s*\((.*)\)", re.IGNORECASE | re.DOTALL)
_CONTENT = re.compile(r"\bcontent\s*=\s*(?:'([^']*)'|\"([^\"]*)\"|(\w*))", re.IGNORECASE)


class SqliteDialect(Dialect):
    """``instr`` runs in C; text that is not UTF-8 is looked for by its bytes."""

    slices = True

    def __init__(self, opened: Opened) -> None:
        self.opened = opened
        self._known: dict[bytes, bool] = {}
        """Bytes to whether a text of the file may have them: it is searched once, which costs less than every cell would."""
        self._state: object = None

    def where(self, fields: dict[str, Field], predicate: Predicate, params: list[object]) -> str:
        """With what is rare and stands somewhere in the file."""
        rare = predicate.rare if told_cheaply(self.opened) else ()
        self._look_for([*(needle.encode("gb18030") for needle in predicate.needles), *map(str.encode, rare)])
        there = tuple(needle for needle in rare if self._known[needle.encode()])
        return super().where(fields, replace(predicate, needles=(*predicate.needles, *there), rare=()), params)

    def holds_rare(self, predicate: Predicate) -> bool:
        """As :meth:`where` found it."""
        return any(self._known.get(needle.encode(), False) for needle in predicate.rare)

    def _look_for(self, needles: Sequence[bytes]) -> None:
        state = self.opened.connection.execute("PRAGMA data_version").fetchone()
        if state != self._state:
            self._known.clear()
            self._state = state
        fresh = {needle for needle in needles if needle not in self._known}
        if fresh:
            found = occurring(self.opened, fresh)
            self._known.update((needle, needle in found) for needle in fresh)

    def _other(self, needle: str) -> bytes | None:
        """The needle in GB18030, where the file has it at all."""
        data = needle.encode("gb18030")
        self._look_for([data])
        return data if self._known[data] else None

    def bind(self, value: str | bytes, params: list[object]) -> str:
        """A parameter's place."""
        params.append(value)
        return "?"

    def cell(self, field: Field) -> str:
        """Text columns as they are; anything else as SQLite itself turns it into text."""
        name = self.quote(field.name)
        if field.column.kind == "bytes":
            return f"CAST(substr({name}, 1, {LONG_CHARS}) AS TEXT)"
        return name if field.column.kind == "text" and not field.raw else f"CAST({name} AS TEXT)"

    def holds(self, field: Field, needle: str, params: list[object]) -> str:
        """``instr`` on the text, and on the bytes where the file holds the needle in GB18030."""
        parts = [f"instr({self.cell(field)}, {self.bind(needle, params)}) > 0"]
        other = self._other(needle)
        if other is not None:
            parts.append(f"instr(CAST({self.quote(field.name)} AS BLOB), {self.bind(other, params)}) > 0")
        return " OR ".join(parts)


class SqliteSession:
    """One connection. A read transaction lasts one turn, so that a writer of the archive's own waits for one table at most."""

    steady = True

    def __init__(self, opened: Opened, seconds: float) -> None:
        self.opened = opened
        self.connection = opened.connection
        self.until = time.monotonic() + seconds
        """On the monotonic clock: no statement goes on after it."""
        self._limit = self.until
        self._owner: object = None
        self._state: object = None
        # Text that is UTF-8 is decoded in C; the first that is not makes the session look at every text itself.
        self.connection.text_factory = str
        self.connection.set_progress_handler(lambda: time.monotonic() > self._limit, STEP)

    def turn(self, owner: object) -> object:
        """Let go of the last table's snapshot and take one for this table. SQLite itself numbers the states of the file."""
        if owner is not self._owner:
            if self.connection.in_transaction:
                self.connection.rollback()
            self._owner = owner
            try:
                self.connection.execute("BEGIN")
                self._state = self.connection.execute("PRAGMA data_version").fetchone()[0]
            except sqlite3.Error as error:
                self._owner = None
                raise ReachError(*_why(error)) from None
        return self._state

    def all(self, sql: str, params: Sequence[object] = (), seconds: float = 60.0) -> list[tuple[Any, ...]]:
        """The whole answer."""
        return list(self.stream(sql, params, seconds, 1000))

    def stream(self, sql: str, params: Sequence[object], seconds: float, size: int) -> Iterator[tuple[Any, ...]]:
        """Rows as they come. Raises ReachError with SQLite's error name."""
        self._limit = min(self.until, time.monotonic() + seconds)
        try:
            yield from self._rows(sql, params, size)
        except (sqlite3.Error, MemoryError) as error:
            raise ReachError(*_why(error)) from None
        if not unchanged(self.opened):
            raise ReachError(Why.TRUNCATED, "the file changed while it was read")

    def _rows(self, sql: str, params: Sequence[object], size: int) -> Iterator[tuple[Any, ...]]:
        """Rows of one statement. Asked once more, in the same snapshot, it answers with the same rows in the same order."""
        seen = 0
        try:
            for rows in self._fetched(sql, params, size):
                seen += len(rows)
                yield from rows
            return
        except sqlite3.OperationalError as error:
            if self.connection.text_factory is decoded or hasattr(error, "sqlite_errorname"):
                raise
        self.connection.text_factory = decoded
        for rows in self._fetched(sql, params, size):
            yield from rows[seen:]
            seen = max(0, seen - len(rows))

    def _fetched(self, sql: str, params: Sequence[object], size: int) -> Iterator[list[tuple[Any, ...]]]:
        cursor = self.connection.execute(sql, tuple(params))
        while rows := cursor.fetchmany(size):
            yield rows


def _why(error: Exception) -> tuple[Why, str]:
    name = getattr(error, "sqlite_errorname", None) or type(error).__name__
    if name == "SQLITE_INTERRUPT":
        return Why.TIMED_OUT, name
    if name in ("SQLITE_CORRUPT", "SQLITE_NOTADB") or name.startswith("SQLITE_CORRUPT_"):
        return Why.GARBLED, name
    return Why.COMMAND_FAILED, name


def read_sqlite(path: Path, shown: str, container: Mapping[str, str], seconds: float = 3600.0) -> Iterator[Found]:
    """The tables of one file as a group, and by name what of it could not be read.

    ``shown`` is the file's path relative to the target; ``container`` what the caller knows of its place (folder, volume).
    """
    yield from _read(partial(open_file, path), Place(shown, MappingProxyType({**container, "database": str(path)})), path, seconds)


def read_sqlite_bytes(data: bytes, shown: str, container: Mapping[str, str], seconds: float = 3600.0) -> Iterator[Found]:
    """The same for a file inside an archive, held in memory."""
    yield from _read(partial(open_bytes, data), Place(shown, MappingProxyType({**container, "database": shown})), Path(shown), seconds)


def _read(opener: Callable[[], Opened], place: Place, path: Path, seconds: float) -> Iterator[Found]:
    try:
        opened = opener()
    except ReachError as error:
        yield Unread(place, error.absent.why, error.absent.detail)
        return
    try:
        session = SqliteSession(opened, seconds)
        try:
            yield from _Reader(session, place, path).found()
        except ReachError as error:
            yield Unread(place, error.absent.why, error.absent.detail)
        for lost in opened.unread:
            yield Unread(Place(f"{place.path}{lost.suffix}", place.container), lost.why, lost.detail)
    finally:
        opened.close()


class _Reader:
    """Names, columns and keys of one file."""

    def __init__(self, session: SqliteSession, place: Place, path: Path) -> None:
        self.session = session
        self.place = place
        self.path = path
        self.dialect = SqliteDialect(session.opened)

    def found(self) -> Iterator[Found]:
        rows = self.session.all("SELECT type, name, sql FROM sqlite_master WHERE type IN ('table', 'view') ORDER BY rowid")
        tables = {str(text_of(name)): str(text_of(sql) or "") for kind, name, sql in rows if kind == "table"}
        views = {str(text_of(name)): str(text_of(sql) or "") for kind, name, sql in rows if kind == "view"}
        virtual = {name for name, sql in tables.items() if re.match(r"\s*CREATE\s+VIRTUAL\s", sql, re.IGNORECASE)}
        shadows = {base + end for base in virtual for end in _SHADOW}
        sources, unread = [], []
        for name, sql in tables.items():
            if name.startswith("sqlite_") or (name in shadows and _readable(sql, tables, name)):
                continue
            try:
                sources.append(self.table(name, sql, name in virtual))
            except ReachError as error:
                unread.append(Unread(self.inside(name), error.absent.why, error.absent.detail))
        around = comments_around({self.inside(name).path: table_comment(sql) for name, sql in tables.items()})
        yield Group(self.place.path, tuple(sources), around, tuple(views.values()))
        yield from unread
        yield from (Unread(self.inside(name), Why.GARBLED, "a view that gives levels") for name, sql in views.items() if leaves_untold(sql))
        yield Standing(storage=MappingProxyType({"product": "sqlite", "views": list(views), **self.session.opened.standing}))

    def inside(self, name: str, lineage: tuple[str, ...] = (), copy_of: str | None = None) -> Place:
        base = self.place
        return Place(f"{base.path}#{name}", base.container, lineage, f"{base.path}#{copy_of}" if copy_of else None)

    def table(self, name: str, sql: str, virtual: bool) -> SqlTable:
        index = _FULL_TEXT.search(sql) if virtual else None
        if virtual and index is None:
            raise ReachError(Why.DRIVER_MISSING, "virtual table")
        quoted = self.dialect.quote(name)
        columns = self.session.all(f"PRAGMA table_xinfo({quoted})")
        said = column_comments(sql) if not virtual and ("--" in sql or "/*" in sql) else {}
        fields = tuple(_commented(field_of(str(text_of(row[1])), str(text_of(row[2]) or "")), said) for row in columns if row[6] != 1)
        keys = sorted((row[5], str(text_of(row[1]))) for row in columns if row[5])
        content = _CONTENT.search(index[2]) if index is not None else None
        copied = next((part for part in content.groups() if part), None) if content is not None else None
        return SqlTable(
            session=self.session,
            dialect=self.dialect,
            place=self.inside(name, ("index",) if index is not None else (), copied),
            name=name,
            origin=quoted,
            fields=fields,
            key=tuple(key for _, key in keys),
            references=self.references(quoted),
            estimate=None if virtual else self.highest(quoted),
        )

    def highest(self, quoted: str) -> int | None:
        """The highest row number: as many rows at most as long as none was removed. None where rows have no numbers."""
        try:
            return int(text_of(self.session.all(f"SELECT MAX(rowid) FROM {quoted}")[0][0]) or 0)  # noqa: S608
        except (ReachError, ValueError):
            return None

    def references(self, quoted: str) -> Mapping[str, tuple[str, str]]:
        found: dict[str, tuple[str, str]] = {}
        for row in self.session.all(f"PRAGMA foreign_key_list({quoted})"):
            table, column, theirs = (text_of(cell) for cell in row[2:5])
            if table and column:
                found[column] = (table, theirs or self._only_key(table))
        return MappingProxyType(found)

    def _only_key(self, table: str) -> str:
        rows = self.session.all(f"PRAGMA table_xinfo({self.dialect.quote(table)})")
        return next((str(text_of(row[1])) for row in rows if row[5] == 1), "rowid")


def _readable(shadow_sql: str, tables: Mapping[str, str], name: str) -> bool:
    """Whether a shadow table's rows are read through its virtual table."""
    return any(name.startswith(base + "_") and _FULL_TEXT.search(sql) for base, sql in tables.items() if base != name) or not shadow_sql


def _commented(field: Field, said: Mapping[str, str]) -> Field:
    comment = said.get(field.column.name.lower())
    return replace(field, column=replace(field.column, comment=comment)) if comment else field
