"""Databases: one read-only session per target, every question answered or refused on its own.

Only ``postgresql://`` is spoken here, through psycopg 3. The session is proven read-only before the first question: it asks
for ``default_transaction_read_only=on`` when it logs in, looks whether it holds, and then works in one READ ONLY transaction,
which no statement can turn back and which is never committed. Its time limits are set inside that transaction, so that
``pg_settings.reset_val`` still shows what the server itself is set to.
"""

from __future__ import annotations

import os
import re
import socket
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any, Protocol

from scanner.collect.places import Pins
from scanner.collect.sqlplace import Place, offers_tls, place_of
from scanner.model.absent import Absent, Why
from scanner.model.canonical import canonical
from scanner.model.evidence import Evidence, Probe
from scanner.model.target import Target

if TYPE_CHECKING:
    import psycopg

MAX_ROWS = 5000
"""A probe that gives more rows than this is truncated."""
CONNECT_SECONDS = 10
"""Time limit of the one connection attempt, in seconds."""
_QUESTION = re.compile(r"\s*(select|show|with)\b[^;]*", re.IGNORECASE)
_UNREACHABLE = {"3D000", "53300", "57P01", "57P02", "57P03"}
_BY_STATE = {
    "42501": Why.NO_PERMISSION,
    "28P01": Why.AUTH_FAILED,
    "28000": Why.AUTH_FAILED,
    "57014": Why.TIMED_OUT,
    "55P03": Why.TIMED_OUT,
    "25P03": Why.TIMED_OUT,
    # The table, column, setting or function that would show it is not in this version.
    "42P01": Why.COMMAND_MISSING,
    "42703": Why.COMMAND_MISSING,
    "42704": Why.COMMAND_MISSING,
    "42883": Why.COMMAND_MISSING,
    "3F000": Why.COMMAND_MISSING,
}


class Secret(Protocol):
    """What is needed to log in; :class:`scanner.collect.login.Login` is one."""

    @property
    def name(self) -> str:
        """Name in the inventory: the only part that evidence shows."""

    @property
    def user(self) -> str | None:
        """Account."""

    @property
    def password(self) -> str | None:
        """Password; None for certificate or trust logins."""


def ask_sql(target: Target, secret: Secret | None, probes: Sequence[Probe], deadline: float, pins: Pins = None) -> list[Evidence]:
    """One piece of evidence per probe. Never raises for anything a server can do.

    ``deadline`` is on the monotonic clock, in seconds. At most one login is tried.
    """
    began, started = time.monotonic(), time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    got = _session(target, secret, probes, deadline, pins)
    operator = f"{secret.name if secret is not None else '-'} psycopg"
    took = round(time.monotonic() - began, 3)
    out = []
    for probe in probes:
        answer = got if isinstance(got, Absent) else got[probe.id]
        absent = answer if isinstance(answer, Absent) else None
        out.append(
            Evidence(
                target=target.id,
                probe=probe.id,
                stdout=b"" if isinstance(answer, Absent) else answer,
                exit=None if absent is not None else 0,
                absent=absent,
                started=started,
                seconds=took,
                operator=operator,
                privilege="user",
            )
        )
    return out


def _session(
    target: Target, secret: Secret | None, probes: Sequence[Probe], deadline: float, pins: Pins
) -> Absent | dict[str, bytes | Absent]:
    place = place_of(target.url, pins)
    if isinstance(place, Absent):
        return place
    if secret is None or not secret.user:
        return Absent(Why.NOT_DECLARED, "login")
    try:
        import psycopg
    except ImportError:
        return Absent(Why.DRIVER_MISSING, "psycopg")
    connection = connect(place, secret, deadline)
    if isinstance(connection, Absent):
        return connection
    got: dict[str, bytes | Absent] = {}
    try:
        with cut_at(connection, deadline):
            refused = _prove(connection)
            if refused is not None:
                return refused
            for probe in probes:
                got[probe.id] = _ask(connection, probe, deadline)
    except psycopg.Error as error:
        lost = Absent(Why.TIMED_OUT, "session") if time.monotonic() >= deadline else absent_of(error)
        return {probe.id: got.get(probe.id, lost) for probe in probes}
    return got


def connect(place: Place, secret: Secret, deadline: float) -> psycopg.Connection[Any] | Absent:
    """One login, read-only from its first statement on; nothing of this account's own configuration is read."""
    import psycopg

    seconds = min(CONNECT_SECONDS, int(deadline - time.monotonic()))
    if seconds < 1:
        return Absent(Why.TIMED_OUT, "no time left to connect")
    # libpq's own `prefer` tries a refused password a second time without TLS; asking first keeps it at one login.
    tls = False if place.socket else offers_tls(place, seconds)
    if isinstance(tls, Absent):
        return tls
    if place.sslmode in ("require", "verify-ca", "verify-full"):
        mode = place.sslmode
    else:
        mode = "require" if tls and place.sslmode == "prefer" else "disable"
    options: dict[str, Any] = {
        "host": place.host,
        "port": place.port,
        "dbname": place.database,
        "user": secret.user,
        # Empty, not left out: libpq must not go and look into PGPASSWORD or ~/.pgpass.
        "password": secret.password or "",
        "passfile": os.devnull,
        "sslmode": mode,
        "sslcertmode": "disable",
        "gssencmode": "disable",
        "channel_binding": "prefer",
        "target_session_attrs": "any",
        "load_balance_hosts": "disable",
        "connect_timeout": seconds,
        "application_name": "shiqu",
        "client_encoding": "UTF8",
        "options": "-c default_transaction_read_only=on",
    }
    if place.address:
        options["hostaddr"] = place.address
    if place.root_certificate:
        options["sslrootcert"] = place.root_certificate
    if mode == "disable" and not place.near:
        # A server may ask for the password in clear; over a bare network it does not get it.
        options["require_auth"] = "!password"
    try:
        return psycopg.connect(**options, autocommit=True, prepare_threshold=None)
    except psycopg.errors.ConnectionTimeout:
        return Absent(Why.UNREACHABLE, "connection timed out")
    except psycopg.Error as error:
        return _no_login(error)


def _no_login(error: psycopg.Error) -> Absent:
    """Why a connection failed. libpq gives no SQLSTATE here, and the sentence may be in the server's language."""
    text = str(error)
    if re.search(r'database ".*" does not exist|数据库 ?".*" ?不存在', text):
        return Absent(Why.UNREACHABLE, "3D000 no such database")
    if "too many" in text or "starting up" in text or "shutting down" in text:
        return Absent(Why.UNREACHABLE, "the server takes no connection now")
    if "method requirement" in text:
        return Absent(Why.AUTH_FAILED, "the server wants the password in clear without TLS; it was not sent")
    if "certificate verify failed" in text or "server certificate for" in text:
        return Absent(Why.HOST_KEY_CHANGED, "certificate not accepted")
    pgconn = error.pgconn
    used = pgconn is not None and (pgconn.used_password or pgconn.needs_password)
    if used or re.search(r"authentication failed|pg_hba\.conf|role \".*\" does not exist|认证失败|角色 ?\".*\" ?不存在", text):
        return Absent(Why.AUTH_FAILED, "refused at login")
    if "startup parameter" in text:
        return Absent(Why.NOT_ASKED, "read-only cannot be set at login (a pooler in between?); nothing was asked")
    return Absent(Why.UNREACHABLE, text.rpartition("failed: ")[2].strip().split("\n")[0][:120])


class Line(Protocol):
    """What can be cut and closed."""

    def fileno(self) -> int:
        """The socket."""

    def close(self) -> None:
        """Let go of it."""


@contextmanager
def cut_at(connection: Line, deadline: float) -> Iterator[None]:
    """Close at the end, and cut the line at the deadline: a server that falls silent must not hold us."""

    def cut() -> None:
        with suppress(OSError, ValueError):
            handle = socket.socket(fileno=os.dup(connection.fileno()))
            with handle:
                handle.shutdown(socket.SHUT_RDWR)

    timer = threading.Timer(max(0.0, deadline - time.monotonic()), cut)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
        connection.close()


def _prove(connection: psycopg.Connection[Any]) -> Absent | None:
    """Refuse to go on unless the session is read-only; then bind it into one READ ONLY transaction with time limits."""
    if _one(connection, "SHOW transaction_read_only") != "on":
        return Absent(Why.NOT_ASKED, "the session is not read-only; nothing was asked")
    connection.execute(
        "BEGIN ISOLATION LEVEL READ COMMITTED READ ONLY; SET LOCAL lock_timeout = '2s'; SET LOCAL statement_timeout = '10s'; "
        "SET LOCAL idle_in_transaction_session_timeout = '30s'; SET LOCAL search_path = pg_catalog; "
        "SET LOCAL datestyle = 'ISO'; SET LOCAL timezone = 'UTC'"
    )
    if _one(connection, "SHOW transaction_read_only") != "on":
        return Absent(Why.NOT_ASKED, "the transaction is not read-only; nothing was asked")
    return None


def _one(connection: psycopg.Connection[Any], question: str) -> object:
    row = connection.execute(question.encode()).fetchone()
    return row[0] if row is not None else None


def _ask(connection: psycopg.Connection[Any], probe: Probe, deadline: float) -> bytes | Absent:
    """One question in its own savepoint: what the server refuses costs this answer only."""
    import psycopg

    if probe.via != "sql" or len(probe.ask) != 1 or not _QUESTION.fullmatch(probe.ask[0]):
        return Absent(Why.NOT_ASKED, "not a single SELECT or SHOW")
    left = deadline - time.monotonic()
    if left < 0.5:
        return Absent(Why.TIMED_OUT, "session")
    limit = int(min(float(probe.seconds), left) * 1000)
    connection.execute(f"SAVEPOINT probe; SET LOCAL statement_timeout = {limit}".encode())
    try:
        answer = _rows(connection, probe)
    except psycopg.Error as error:
        if connection.closed:
            raise
        connection.execute("ROLLBACK TO SAVEPOINT probe")
        return absent_of(error)
    connection.execute("RELEASE SAVEPOINT probe")
    return answer


def _rows(connection: psycopg.Connection[Any], probe: Probe) -> bytes | Absent:
    question = probe.ask[0].strip()
    if not question.lower().startswith("show"):
        question = f"SELECT * FROM ({question}) AS answer LIMIT {MAX_ROWS + 1}"  # noqa: S608  (our own probe)
    out: list[bytes] = []
    size = rows = 0
    with connection.cursor() as cursor:
        # Row by row, and to the end: stopping early would open a second connection to cancel.
        for row in cursor.stream(question.encode()):
            names = [column.name for column in cursor.description or ()]
            rows += 1
            if size > probe.max_bytes or rows > MAX_ROWS:
                continue
            line = canonical({name: _plain(value) for name, value in zip(names, row, strict=True)})
            size += len(line) + 1
            out.append(line)
    if rows > MAX_ROWS:
        return Absent(Why.TRUNCATED, f"more than {MAX_ROWS} rows")
    if size > probe.max_bytes:
        return Absent(Why.TRUNCATED, f"more than {probe.max_bytes} bytes")
    return b"".join(line + b"\n" for line in out)


def _plain(value: Any) -> Any:
    if value is None or isinstance(value, str | bool | int):
        return value
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in value.items()}
    return str(value)


def absent_of(error: psycopg.Error) -> Absent:
    """Absent by SQLSTATE alone: the server's sentences may quote data and are left out."""
    state = error.sqlstate or ""
    name = type(error).__name__
    if state in _BY_STATE:
        return Absent(_BY_STATE[state], f"{state} {name}")
    if not state or state.startswith("08") or state in _UNREACHABLE:
        return Absent(Why.UNREACHABLE, f"{state} {name}".strip())
    return Absent(Why.COMMAND_FAILED, f"{state} {name}")
