"""MySQL and MariaDB through PyMySQL: one session, set READ ONLY and looked at, one consistent snapshot per table."""

from __future__ import annotations

import socket
import ssl
import time
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from scanner.collect.holdings.servers.address import Server
from scanner.collect.holdings.servers.dialect import LONG_CHARS, Dialect, Field, needle_bytes
from scanner.collect.sql import Secret, cut_at
from scanner.errors import ReachError
from scanner.facts.holdings.reading import Found
from scanner.model.absent import Why

CONNECT_SECONDS = 10
LOCK_SECONDS = 2
_BY_CODE = {
    1044: Why.NO_PERMISSION, 1142: Why.NO_PERMISSION, 1143: Why.NO_PERMISSION, 1227: Why.NO_PERMISSION, 1370: Why.NO_PERMISSION,
    1045: Why.AUTH_FAILED, 1698: Why.AUTH_FAILED, 1862: Why.AUTH_FAILED, 3118: Why.AUTH_FAILED, 4151: Why.AUTH_FAILED,
    1205: Why.TIMED_OUT, 1317: Why.TIMED_OUT, 1969: Why.TIMED_OUT, 3024: Why.TIMED_OUT,
    1040: Why.UNREACHABLE, 1049: Why.UNREACHABLE, 2002: Why.UNREACHABLE, 2003: Why.UNREACHABLE, 2006: Why.UNREACHABLE,
    2013: Why.UNREACHABLE, 2014: Why.UNREACHABLE, 2055: Why.UNREACHABLE, 1109: Why.COMMAND_MISSING, 1146: Why.COMMAND_MISSING,
    1193: Why.COMMAND_MISSING, 1054: Why.COMMAND_MISSING, 1064: Why.COMMAND_MISSING,
}  # fmt: skip


class MysqlDialect(Dialect):
    """Literals are written in hexadecimal, so that no quoting rule, mode or character set can change what they mean."""

    slices = True

    def quote(self, name: str) -> str:
        """An identifier."""
        return "`" + name.replace("`", "``") + "`"

    def bind(self, value: str | bytes, params: list[object]) -> str:
        """The value itself, as bytes."""
        data = value.encode("utf-8") if isinstance(value, str) else value
        return f"X'{data.hex()}'"

    def cell(self, field: Field) -> str:
        """The column as UTF-8; text whose declared character set may be a lie, as bytes."""
        name = self.quote(field.name)
        if field.column.kind == "bytes" or field.raw:
            return f"LEFT(CAST({name} AS BINARY), {LONG_CHARS})"
        if field.column.kind != "text":
            return f"CAST({_counted(field, name)} AS CHAR CHARACTER SET utf8mb4)"
        return f"LEFT({name}, {LONG_CHARS})" if field.long else name

    def exact(self, field: Field) -> str:
        """Bytes of the column in UTF-8: no collation makes two values one."""
        name = self.quote(field.name)
        if field.column.kind == "bytes" or field.raw or field.native.startswith("utf8"):
            return f"CAST({name} AS BINARY)"
        return f"CAST(CONVERT({_counted(field, name)} USING utf8mb4) AS BINARY)"

    def beyond(self, field: Field, plain: Iterable[str], params: list[object]) -> str:
        """Compared as bytes. A list of two forms where nobody knows in which encoding the value stands."""
        forms = {form for value in plain if value for form in (needle_bytes(value) if field.raw else (value.encode("utf-8"),))}
        marks = ", ".join(["X''", *(self.bind(form, params) for form in sorted(forms))])
        return f"{self.exact(field)} NOT IN ({marks})"

    def holds(self, field: Field, needle: str, params: list[object]) -> str:
        """On bytes; a byte sequence of UTF-8 is never found inside of other characters."""
        name = self.quote(field.name)
        if field.column.kind == "bytes" or field.raw:
            return " OR ".join(f"INSTR(CAST({name} AS BINARY), {self.bind(form, params)}) > 0" for form in needle_bytes(needle))
        if field.native.startswith("utf8") and not set(needle) & set("%_\\"):
            # Quicker than INSTR by a seventh; a collation that has its say can only find more.
            return f"{name} LIKE CAST({self.bind(f'%{needle}%', params)} AS BINARY)"
        return f"INSTR({self.exact(field)}, {self.bind(needle, params)}) > 0"


def _counted(field: Field, name: str) -> str:
    """What is kept in bits is a number: as text it would be a character that nobody can see."""
    return f"({name} + 0)" if field.native.lower() == "bit" else name


class MysqlSession:
    """One connection, in transactions that the server itself keeps from writing."""

    steady = True

    def __init__(self, connection: Any, deadline: float) -> None:
        self.connection = connection
        self.deadline = deadline
        """On the monotonic clock."""
        self.maria = False
        self.version = ""
        self._owner: object = None
        self._turn = 0
        self._limit = -1.0
        self._streaming = False

    def fileno(self) -> int:
        """The line, for whoever has to cut it."""
        return int(self.connection._sock.fileno())

    def close(self) -> None:
        """End without waiting for what is still on its way."""
        if self._streaming:
            self.connection._force_close()
        elif self.connection.open:
            self.connection.close()

    def prove(self) -> None:
        """Set the session READ ONLY and look whether it is. Raises ReachError when it is not."""
        self.version = str(self._ask("SELECT VERSION()")[0][0])
        self.maria = "mariadb" in self.version.lower()
        for setting in (
            "SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ", "SESSION TRANSACTION READ ONLY", "SESSION sql_mode = ''",
            f"SESSION lock_wait_timeout = {LOCK_SECONDS}", "SESSION net_write_timeout = 600", "SESSION wait_timeout = 3600",
        ):  # fmt: skip
            self._ask(f"SET {setting}")
        rows = self._ask("SHOW SESSION VARIABLES WHERE Variable_name IN ('tx_read_only', 'transaction_read_only')")
        if not rows or {str(value).upper() for _, value in rows} - {"ON", "1"}:
            raise ReachError(Why.NOT_ASKED, "the session is not read-only; nothing was asked")

    def turn(self, owner: object) -> int:
        """Let go of the last table's snapshot and metadata lock; begin anew for this table."""
        if owner is not self._owner or not self._turn:
            self._idle()
            self._ask("ROLLBACK")
            self._ask("START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY")
            self._owner, self._turn = owner, self._turn + 1
        return self._turn

    def all(self, sql: str, params: Sequence[object] = (), seconds: float = 60.0) -> list[tuple[Any, ...]]:
        """The whole answer."""
        self._idle()
        self._limited(seconds)
        return self._ask(sql)

    def stream(self, sql: str, params: Sequence[object], seconds: float, size: int) -> Iterator[tuple[Any, ...]]:
        """Rows as the server sends them: nothing is gathered, neither here nor there."""
        from pymysql.cursors import SSCursor
        from pymysql.err import MySQLError

        self._idle()
        self._limited(seconds)
        self._streaming = True
        try:
            cursor = self.connection.cursor(SSCursor)
            cursor.execute(sql)
            while rows := cursor.fetchmany(size):
                yield from rows
            self._streaming = False
            cursor.close()
        except GeneratorExit:
            # What was not fetched is read and dropped, as the protocol has it.
            cursor.close()
            self._streaming = False
            raise
        except (MySQLError, OSError, EOFError) as error:
            self._streaming = False
            raise reach(error) from None

    def _idle(self) -> None:
        if self._streaming:
            raise ReachError(Why.DEFECT, "a question while another one's rows are still coming")

    def _limited(self, seconds: float) -> None:
        left = self.deadline - time.monotonic()
        if left < 0.5:
            raise ReachError(Why.TIMED_OUT, "session")
        limit = min(seconds, left)
        if limit != self._limit:
            self._ask(
                f"SET SESSION max_statement_time = {limit:.3f}" if self.maria else f"SET SESSION max_execution_time = {int(limit * 1000)}"
            )
            self._limit = limit

    def _ask(self, sql: str) -> list[tuple[Any, ...]]:
        from pymysql.err import MySQLError

        try:
            with self.connection.cursor() as cursor:
                cursor.execute(sql)
                return list(cursor.fetchall())
        except (MySQLError, OSError, EOFError) as error:
            raise reach(error) from None


def reach(error: Exception) -> ReachError:
    """By code alone: the server's sentences may quote data."""
    code = error.args[0] if error.args and isinstance(error.args[0], int) else 0
    if not code:
        return ReachError(Why.UNREACHABLE, type(error).__name__)
    return ReachError(_BY_CODE.get(code, Why.COMMAND_FAILED), f"{code} {type(error).__name__}")


def read_mysql(server: Server, secret: Secret, deadline: float) -> Iterator[Found]:
    """Every table of the database that was named, or of all that the account sees. Raises ReachError when there is no session."""
    from scanner.collect.holdings.servers.mytables import read_tables

    session = MysqlSession(_login(server, secret, deadline), deadline)
    with cut_at(session, deadline):
        session.prove()
        yield from read_tables(session, server)


def _login(server: Server, secret: Secret, deadline: float) -> Any:
    """One login, over a line of our own, so that the address is the one that was settled."""
    try:
        import pymysql
        from pymysql.converters import encoders
    except ImportError:
        raise ReachError(Why.DRIVER_MISSING, "pip install pymysql") from None
    seconds = min(CONNECT_SECONDS, deadline - time.monotonic())
    if seconds <= 0:
        raise ReachError(Why.TIMED_OUT, "no time left to connect")
    try:
        line = socket.create_connection((server.address, server.port), seconds) if server.address else _unix(server.host, seconds)
    except TimeoutError:
        raise ReachError(Why.UNREACHABLE, "connection timed out") from None
    except OSError as error:
        raise ReachError(Why.UNREACHABLE, error.strerror or type(error).__name__) from None
    refuse: dict[bytes, Any] = {} if server.near else {b"mysql_clear_password": _InTheClear, b"dialog": _InTheClear}
    try:
        connection = pymysql.connect(
            host=server.host, user=secret.user, password=secret.password or "", database=server.database or None, charset="utf8mb4",
            conv=dict(encoders), autocommit=True, local_infile=False, defer_connect=True, connect_timeout=int(seconds) or 1,
            program_name="shiqu", auth_plugin_map=refuse, **_tls(server),
        )  # fmt: skip
        connection.connect(line)
    except (pymysql.err.MySQLError, ssl.SSLError, OSError, EOFError, RuntimeError) as error:
        line.close()
        raise _refused(error) from None
    line.settimeout(None)
    return connection


def _unix(path: str, seconds: float) -> socket.socket:
    line = socket.socket(socket.AF_UNIX)
    line.settimeout(seconds)
    line.connect(path)
    return line


class _InTheClear:
    """A server that asks for the password in clear does not get it over an open network."""

    def __init__(self, connection: Any) -> None:
        self.connection = connection

    def authenticate(self, packet: Any) -> Any:
        """Refuse, unless the line is TLS."""
        if not self.connection._secure:
            raise RuntimeError
        self.connection.write_packet(self.connection.password + b"\0")
        answer = self.connection._read_packet()
        answer.check_error()
        return answer


def _tls(server: Server) -> dict[str, Any]:
    if server.tls == "disable" or not server.address:
        return {"ssl_disabled": True}
    if server.tls == "prefer":
        return {}
    context = ssl.create_default_context(cafile=server.root_certificate)
    context.check_hostname = server.tls == "verify-full"
    if server.tls == "require":
        context.verify_mode = ssl.CERT_NONE
    return {"ssl": context}


def _refused(error: Exception) -> ReachError:
    if isinstance(error, ssl.SSLCertVerificationError):
        return ReachError(Why.HOST_KEY_CHANGED, "certificate not accepted")
    if isinstance(error, RuntimeError):
        return ReachError(Why.AUTH_FAILED, "the server wants the password in clear without TLS; it was not sent")
    return reach(error)
