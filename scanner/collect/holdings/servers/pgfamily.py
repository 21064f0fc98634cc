"""One session with a server of the PostgreSQL family, through whichever driver speaks to it: proven read-only, snapshot by snapshot.

Every table is asked in a READ ONLY, REPEATABLE READ transaction of its own, which is rolled back when the next table begins:
the counts of one table agree with each other, and neither a snapshot nor an ACCESS SHARE lock is held for longer than one table
takes. Row security is off in the sense of PostgreSQL: a policy that would hide rows makes the question fail.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from scanner.collect.holdings.servers.dialect import LONG_CHARS, Dialect, Field, needle_bytes, text_of
from scanner.errors import ReachError
from scanner.model.absent import Absent, Why

HASHED = 9
"""Values from which on the server (release 15) makes a table of a list."""
LOCK_SECONDS = 2
"""A table that another session holds exclusively is left out after so long."""
_SETTINGS = {
    "lock_timeout": f"{LOCK_SECONDS}s",
    "idle_in_transaction_session_timeout": "15min",
    "search_path": "pg_catalog",
    "datestyle": "ISO",
    "timezone": "UTC",
    "row_security": "off",
    "jit": "off",
    "cursor_tuple_fraction": "1.0",
    # Every scan begins at the beginning: the same rows are sampled, the same record numbers come first.
    "synchronize_seqscans": "off",
    "standard_conforming_strings": "on",
}
"""Set inside each transaction where the server knows them, so that nothing of it outlives the transaction."""


class PgDialect(Dialect):
    """``strpos`` under the C collation compares bytes, whatever the column's own collation says."""

    slices = True

    def quote(self, name: str) -> str:
        """An identifier; the per cent sign is the drivers' own mark."""
        return super().quote(name).replace("%", "%%")

    def cell(self, field: Field) -> str:
        """The column as text; a binary column as its first bytes."""
        name = self.quote(field.name)
        if field.column.kind == "bytes":
            return f"substring({name} from 1 for {LONG_CHARS})"
        if not field.long:
            return f"{name}::text"
        cut = f"left({name}::text, {LONG_CHARS})"
        # Its length in bytes stands beside a text; its characters would have to be counted.
        return (
            f"CASE WHEN octet_length({name}::text) <= {LONG_CHARS} THEN {name}::text ELSE {cut} END" if field.column.kind == "text" else cut
        )

    def exact(self, field: Field) -> str:
        """Text under the C collation: groups and comparisons are of bytes."""
        name = self.quote(field.name)
        return name if field.column.kind == "bytes" else f'{name}::text COLLATE "C"'

    def beyond(self, field: Field, plain: Iterable[str], params: list[object]) -> str:
        """A list of nine values or more is hashed by the server, a shorter one gone through row by row: one value stands there again."""
        values = ["", *sorted(set(plain) - {""})]
        values += [""] * (HASHED - len(values))
        return f"{self.exact(field)} NOT IN ({', '.join(self.bind(value, params) for value in values)})"

    def holds(self, field: Field, needle: str, params: list[object]) -> str:
        """Bytes of unknown encoding are searched for each form that the needle can have."""
        name = self.quote(field.name)
        if field.column.kind == "bytes" or field.raw:
            data = name if field.column.kind == "bytes" else f"convert_to({name}::text, 'SQL_ASCII')"
            return " OR ".join(f"position({self.bind(form, params)}::bytea in {data}) > 0" for form in needle_bytes(needle))
        return f'strpos({name}::text COLLATE "C", {self.bind(needle, params)}) > 0'


class PgSession:
    """One connection of any DB-API driver, in autocommit mode: transactions are begun and ended by statements."""

    steady = True

    def __init__(self, connection: Any, errors: type[Exception], why: Callable[[Exception], Absent], deadline: float) -> None:
        self.connection = connection
        self.errors = errors
        self.why = why
        self.deadline = deadline
        """On the monotonic clock."""
        self.undeclared = False
        """Text arrives as bytes of an encoding that the database does not know."""
        self._owner: object = None
        self._turn = self._names = 0
        self._limit = -1
        self._open = False
        self._settings = ""
        """The call that sets those of our settings that the server knows."""
        self._state: object = None
        self._missing: set[str] = set()
        """Functions that this server does not have."""
        self._broken = ""
        """The savepoint that was last rolled back to."""

    def prove(self) -> None:
        """Look whether the session is read-only, as it was asked to be at login. Raises ReachError when it is not."""
        if self._guarded(lambda: self._run("SHOW transaction_read_only"))[0][0] != "on":
            raise ReachError(Why.NOT_ASKED, "the session is not read-only; nothing was asked")

    def turn(self, owner: object) -> object:
        """End the last table's transaction and begin one for this table. Raises ReachError.

        Two transactions with the same snapshot see the same rows: no other one was begun in between.
        """
        if owner is not self._owner or not self._open:
            self._guarded(self._begin)
            self._owner, self._open = owner, True
            self._turn += 1
            self._state = self._snapshot()
        return self._state

    def _snapshot(self) -> object:
        for function in ("pg_current_snapshot", "txid_current_snapshot"):
            if function not in self._missing:
                try:
                    return self.all(f"SELECT pg_catalog.{function}()::text", (), 5)[0][0]
                except ReachError:
                    self._missing.add(function)
        return self._turn

    def _begin(self) -> None:
        if self._open:
            self._open = False
            self._run("ROLLBACK")
        self._run("START TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        if self._run("SHOW transaction_read_only")[0][0] != "on":
            raise ReachError(Why.NOT_ASKED, "the transaction is not read-only; nothing was asked")
        if not self._settings:
            # The list costs the server more than all else of a turn: it is asked for once.
            names = ", ".join(f"'{name}'" for name in _SETTINGS)
            rows = self._run(f"SELECT name::text FROM pg_catalog.pg_settings WHERE name IN ({names}) ORDER BY name")  # noqa: S608
            self._settings = ", ".join(f"pg_catalog.set_config('{name}', '{_SETTINGS[str(name)]}', true)" for (name,) in rows)
        self._run(f"SELECT {self._settings}")
        self._limit = -1

    def all(self, sql: str, params: Sequence[object] = (), seconds: float = 60.0) -> list[tuple[Any, ...]]:
        """One question in its own savepoint: what the server refuses costs this answer only."""
        if not self._open:
            self.turn(None)
        mark = self._mark()
        self._guarded(lambda: self._enter(mark, seconds))
        rows = self._within(mark, lambda: self._run(sql, params))
        self._guarded(lambda: self._run(f"RELEASE SAVEPOINT {mark}"))
        return rows

    def stream(self, sql: str, params: Sequence[object], seconds: float, size: int) -> Iterator[tuple[Any, ...]]:
        """A cursor on the server's side. The time limit is that of each fetch; the run's own deadline ends them all."""
        mark = self._mark()
        self._guarded(lambda: self._enter(mark, seconds))
        self._within(mark, lambda: self._run(f"DECLARE {mark} NO SCROLL CURSOR FOR {sql}", params))
        try:
            while rows := self._within(mark, lambda: self._run(f"FETCH FORWARD {size} FROM {mark}")):
                yield from rows
                if len(rows) < size:
                    break
                self._guarded(lambda: self._limited(seconds))
        finally:
            if self._open and mark != self._broken:
                self._guarded(lambda: self._run(f"CLOSE {mark}"))
                self._guarded(lambda: self._run(f"RELEASE SAVEPOINT {mark}"))

    def _mark(self) -> str:
        self._names += 1
        return f"shiqu_{self._names}"

    def _enter(self, mark: str, seconds: float) -> None:
        self._run(f"SAVEPOINT {mark}")
        self._limited(seconds)

    def _limited(self, seconds: float) -> None:
        left = self.deadline - time.monotonic()
        if left < 0.5:
            raise ReachError(Why.TIMED_OUT, "session")
        # Rounded, so that a limit which the deadline does not touch is said to the server once.
        limit = int(min(seconds, left) * 1000)
        if limit != self._limit:
            self._run(f"SET LOCAL statement_timeout = {limit}")
            self._limit = limit

    def _within(self, mark: str, ask: Callable[[], list[tuple[Any, ...]]]) -> list[tuple[Any, ...]]:
        try:
            return ask()
        except self.errors as error:
            found = self.why(error)
            self._broken, self._limit = mark, -1
            self._guarded(lambda: self._run(f"ROLLBACK TO SAVEPOINT {mark}"))
            raise ReachError(found.why, found.detail) from None

    def _guarded(self, act: Callable[[], Any]) -> Any:
        """Statements of our own: when one of them fails, the session is lost."""
        try:
            return act()
        except self.errors as error:
            self._open = False
            found = self.why(error)
            raise ReachError(found.why, found.detail) from None

    def _run(self, sql: str, params: Sequence[object] = ()) -> list[tuple[Any, ...]]:
        cursor = self.connection.cursor()
        try:
            if params:
                cursor.execute(sql, tuple(params))
            else:
                cursor.execute(sql.replace("%%", "%"))
            rows = list(cursor.fetchall()) if cursor.description else []
            return [tuple(text_of(cell) if isinstance(cell, bytes) else cell for cell in row) for row in rows] if self.undeclared else rows
        finally:
            cursor.close()
