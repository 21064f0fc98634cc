"""Opening the database, and the two ways to write many rows at once."""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import chain, islice
from pathlib import Path
from time import monotonic
from typing import Any, cast

import psycopg
import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.exc import InterfaceError, InternalError, OperationalError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolError

from scanner.errors import KeepError, UseError

LOCK_SECONDS = 30
SERVER = {"connect_timeout": "5", "keepalives_idle": "10", "keepalives_interval": "5", "keepalives_count": "3", "tcp_user_timeout": "30000"}
"""A server whose machine vanished answers nothing at all: without these an upload waits for minutes where a 503 would send it home. A URL may say otherwise."""
FRESH_SECONDS = 2.0
"""Since a connection was last used."""
AT_ONCE = 100
"""Rows of one statement on SQLite, which takes 32,766 values at most."""
BROKEN_RULES = (SQLAlchemyError, sqlite3.DatabaseError, psycopg.DatabaseError)
"""What a transaction raises that breaks a rule of the schema."""


class Database:
    """One hub's database. Opening it neither creates nor migrates anything: see :mod:`hub.store.migrate`."""

    def __init__(self, url: str) -> None:
        """``url``: ``sqlite:///FILE`` or ``postgresql://…``. Raises UseError for another kind."""
        self.url = checked_url(url)
        self.postgres = self.url.startswith("postgresql")
        said = {name: value for name, value in SERVER.items() if name not in sa.make_url(self.url).query} if self.postgres else {}
        self.engine: Engine = sa.create_engine(self.url, connect_args=said, pool_size=8, max_overflow=8, hide_parameters=True)
        self._once = self.engine.execution_options(isolation_level="AUTOCOMMIT") if self.postgres else self.engine
        if self.postgres:
            event.listen(self.engine, "checkin", _used)
            event.listen(self.engine, "checkout", _still_there)
        else:
            event.listen(self.engine, "connect", _settle_sqlite)
            event.listen(self.engine, "begin", _begin_sqlite)

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A connection that sees one state throughout and writes nothing."""
        with _told(), self.engine.connect() as connection:
            if self.postgres:
                connection = connection.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
            else:
                connection.info["reading"] = True
            try:
                with connection.begin():
                    yield connection
            finally:
                connection.info.pop("reading", None)

    @contextmanager
    def glancing(self) -> Iterator[Connection]:
        """A connection for one statement that reads: on a server no transaction is begun and ended for it."""
        if not self.postgres:
            with self.reading() as connection:
                yield connection
            return
        with _told(), self._once.connect() as connection:
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """A transaction: what was done in it is on the disk when the block ends, or not there at all. Raises KeepError."""
        with _told(), self.engine.begin() as connection:
            yield connection

    def close(self) -> None:
        """Give all connections back."""
        self.engine.dispose()


def bulk(connection: Connection, table: sa.Table, names: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Write rows as fast as the database takes them: COPY on PostgreSQL, a hundred rows a statement on SQLite."""
    raw: Any = connection.connection.driver_connection
    columns = ", ".join(f'"{name}"' for name in names)
    if connection.dialect.name == "postgresql":
        _copy(connection, f'COPY "{table.name}" ({columns}) FROM STDIN', [table.c.get(name) for name in names], rows)
        return
    head = f'INSERT INTO "{table.name}" ({columns}) VALUES '  # noqa: S608 - names of our own schema
    _insert_many(raw, head, f"({', '.join('?' * len(names))})", rows)


def _insert_many(raw: sqlite3.Connection, head: str, marks: str, rows: Iterable[Sequence[Any]]) -> None:
    # Many rows a statement: the lock of the interpreter is given up and fought for again once for all of them, not at every row.
    several, rest = head + ", ".join([marks] * AT_ONCE), iter(rows)
    while block := list(islice(rest, AT_ONCE)):
        if len(block) == AT_ONCE:
            raw.execute(several, list(chain.from_iterable(block)))
        else:
            raw.executemany(head + marks, block)


def _copy(connection: Connection, statement: str, columns: Sequence[sa.Column[Any] | None], rows: Iterable[Sequence[Any]]) -> None:
    raw: Any = connection.connection.driver_connection
    known = [column for column in columns if column is not None]
    whole = len(known) == len(columns)
    if whole and any(isinstance(column.type, sa.LargeBinary) for column in known):
        # As text every byte would be two, to be made here and to be read there.
        with raw.cursor() as cursor, cursor.copy(f"{statement} (FORMAT BINARY)") as copy:
            copy.set_types([column.type.compile(connection.dialect).lower() for column in known])
            for row in rows:
                copy.write_row(row)
        return
    numbers = whole and all(isinstance(column.type, sa.Integer) and not column.nullable for column in known)
    form = "\t".join(["%d"] * len(columns)) + "\n"
    with raw.cursor() as cursor, cursor.copy(statement) as copy:
        copy.write("".join([form % tuple(row) for row in rows] if numbers else ["\t".join(map(_copied, row)) + "\n" for row in rows]))


def add_to(connection: Connection, table: sa.Table, keys: Sequence[str], column: str, deltas: Iterable[tuple[Sequence[Any], int]]) -> None:
    """Add to counters, making those that are not there. No key is given twice."""
    # Sorted: two writers never wait for each other crosswise.
    rows = sorted((*key, delta) for key, delta in deltas if delta)
    if not rows:
        return
    raw: Any = connection.connection.driver_connection
    names = [*keys, column]
    columns, on = ", ".join(f'"{name}"' for name in names), ", ".join(f'"{name}"' for name in keys)
    tail = f'ON CONFLICT ({on}) DO UPDATE SET "{column}" = "{table.name}"."{column}" + excluded."{column}"'
    head = f'INSERT INTO "{table.name}" ({columns})'
    if connection.dialect.name != "postgresql":
        raw.executemany(f"{head} VALUES ({', '.join('?' * len(names))}) {tail}", rows)
        return
    arrays = ", ".join(f"%s::{table.c[name].type.compile(connection.dialect)}[]" for name in names)
    with raw.cursor() as cursor:
        statement = f"{head} SELECT * FROM unnest({arrays}) {tail}"  # noqa: S608 - names of our own schema
        cursor.execute(statement, [list(values) for values in zip(*rows, strict=True)])


def _used(_raw: Any, record: Any) -> None:
    record.info["used"] = monotonic()


def _still_there(raw: Any, record: Any, _proxy: Any) -> None:
    # A server may have gone and come back; a file has not. One that has just answered is not asked again whether it is there.
    if monotonic() - record.info.get("used", 0.0) < FRESH_SECONDS:
        return
    try:
        raw.autocommit = True
        raw.execute("")
        raw.autocommit = False
    except psycopg.Error as error:
        raise sa.exc.DisconnectionError(str(error)) from None


_ALONE = sa.select(sa.func.pg_advisory_xact_lock(sa.bindparam("number", type_=sa.BigInteger)))


def alone(connection: Connection, what: str) -> None:
    """Wait until no other transaction does the same, whatever process it is of; held to the end of this one. SQLite has one writer anyway."""
    if connection.dialect.name == "postgresql":
        number = int.from_bytes(hashlib.sha256(what.encode()).digest()[:8], "big", signed=True)
        connection.execute(_ALONE, {"number": number})


def _copied(value: Any) -> str:
    if type(value) is int:
        return str(value)
    if value is None:
        return r"\N"
    if isinstance(value, bytes):
        return r"\\x" + value.hex()
    return str(value).replace("\\", r"\\").replace("\t", r"\t").replace("\n", r"\n").replace("\r", r"\r")


def checked_url(url: str) -> str:
    """The address as the driver wants it. Raises UseError for a database of another kind."""
    try:
        parsed = sa.make_url(url)
    except SQLAlchemyError:
        raise UseError("hub-database-url", url="?") from None
    kind = parsed.get_backend_name()
    if kind == "postgresql":
        return parsed.set(drivername="postgresql+psycopg").render_as_string(hide_password=False)
    if kind == "sqlite" and parsed.database:
        return url
    raise UseError("hub-database-url", url=parsed.render_as_string())


def sqlite_url(path: Path) -> str:
    """The URL of a file."""
    return f"sqlite:///{path.absolute()}"


@contextmanager
def _told() -> Iterator[None]:
    """Say what the database said: full disk, gone server, locked file. What breaks a rule of the schema stays what it is."""
    try:
        yield
    except (OperationalError, InterfaceError, InternalError) as error:
        raise _named(error.orig or error) from None
    except (PoolError, sqlite3.OperationalError, psycopg.OperationalError, psycopg.InterfaceError) as error:
        raise _named(error) from None
    except BROKEN_RULES as error:
        _hush(error)
        raise


def _hush(error: BaseException) -> None:
    """Whoever logs it logs its first line: the others quote the key that was there already, or the row that could not be read."""
    one: BaseException | None = error
    while one is not None:
        if isinstance(one, BROKEN_RULES) and one.args:
            one.args = (str(one.args[0]).partition("\n")[0], *one.args[1:])
        one = one.__cause__ or one.__context__


def _named(error: BaseException) -> KeepError:
    # The first line only: what follows quotes the statement and its values.
    detail = (str(error).splitlines() or [type(error).__name__])[0][:200]
    if isinstance(error, psycopg.errors.DiskFull) or "disk is full" in detail:
        return KeepError("hub-disk-full", detail=detail)
    return KeepError("hub-database", detail=detail)


def _settle_sqlite(raw: sqlite3.Connection, _record: Any) -> None:
    raw.isolation_level = None
    for word in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", f"busy_timeout={LOCK_SECONDS * 1000}", "trusted_schema=OFF"):
        raw.execute(f"PRAGMA {word}")


def _begin_sqlite(connection: Connection) -> None:
    # A writer takes its lock at once: one that reads first and writes later could only be refused.
    reading, raw = bool(connection.info.get("reading")), cast(sqlite3.Connection, connection.connection.driver_connection)
    raw.execute(f"PRAGMA query_only={'ON' if reading else 'OFF'}")
    raw.execute("BEGIN" if reading else "BEGIN IMMEDIATE")
