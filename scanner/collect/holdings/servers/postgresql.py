"""PostgreSQL, KingbaseES and openGauss: three drivers, one way of reading."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, closing
from types import MappingProxyType
from typing import Any

from scanner.collect.holdings.servers.address import Server
from scanner.collect.holdings.servers.pgfamily import PgSession
from scanner.collect.holdings.servers.pgstanding import disguises, standing_of
from scanner.collect.holdings.servers.pgtables import Reader
from scanner.collect.sql import Secret, absent_of, connect, cut_at
from scanner.collect.sqlplace import Place as LoginPlace
from scanner.collect.sqlplace import offers_tls
from scanner.errors import ReachError
from scanner.facts.holdings.reading import Found, Place, Unread
from scanner.model.absent import Absent, Why

MAINTENANCE = {"kingbase": "test"}
"""Database that is always there, to log in where none was named; else ``postgres``."""
_DATABASES = """
SELECT datname::text, has_database_privilege(oid, 'CONNECT') FROM pg_catalog.pg_database
WHERE datallowconn AND NOT datistemplate ORDER BY datname"""


def read_postgresql(server: Server, secret: Secret, deadline: float) -> Iterator[Found]:
    """Every table of the database that was named, or of all databases. Raises ReachError for a login that did not come about."""
    standing: list[Found] = []
    names = [server.database] if server.database else []
    if not names:
        entry = MAINTENANCE.get(server.family, "postgres")
        with _session(server, entry, secret, deadline) as session:
            rows = session.all(_DATABASES)
        names = [str(name) for name, enter in rows if enter]
        for name in (str(name) for name, enter in rows if not enter):
            yield Unread(_place(server, name), Why.NO_PERMISSION, "no CONNECT on the database")
    for number, name in enumerate(names):
        try:
            with _session(server, name, secret, deadline) as session:
                yield from _database(session, server, name, standing)
        except ReachError as error:
            if number == 0:
                raise
            yield Unread(_place(server, name), error.absent.why, error.absent.detail)
    yield from standing


def _place(server: Server, database: str) -> Place:
    instance = f"{server.family}:{server.where}"
    return Place(
        database, MappingProxyType({"instance": instance, "database": f"{instance}/{database}", "host": server.address or "local"})
    )


def _database(session: PgSession, server: Server, name: str, standing: list[Found]) -> Iterator[Found]:
    known = standing_of(session, server, name)
    container = {"instance": known.instance, "database": f"{known.instance}/{name}", "host": server.address or "local"}
    if known.volume:
        container["volume"] = known.volume
    reader = Reader(session, name, container, ("replica",) if known.standby else (), known.raw)
    yield from reader.found()
    standing.append(known.standing(reader.views))


def _session(server: Server, database: str, secret: Secret, deadline: float) -> AbstractContextManager[PgSession]:
    return _Login(server, database, secret, deadline)


class _Login(AbstractContextManager[PgSession]):
    """One login, closed at the end. Raises ReachError; never tries twice."""

    def __init__(self, server: Server, database: str, secret: Secret, deadline: float) -> None:
        self.given = (server, database, secret, deadline)

    def __enter__(self) -> PgSession:
        server, database, secret, deadline = self.given
        if server.family == "kingbase":
            session = _kingbase(server, database, secret, deadline)
        elif server.family == "opengauss":
            session = _opengauss(server, database, secret, deadline)
        else:
            session = _psycopg(server, database, secret, deadline)
        self.cut = cut_at(session.connection, deadline) if hasattr(session.connection, "fileno") else closing(session.connection)
        self.cut.__enter__()
        try:
            session.prove()
        except ReachError:
            self.cut.__exit__(None, None, None)
            raise
        return session

    def __exit__(self, *error: Any) -> None:
        self.cut.__exit__(*error)


def _psycopg(server: Server, database: str, secret: Secret, deadline: float) -> PgSession:
    import psycopg

    place = LoginPlace(server.host, server.address, server.port, database, server.tls, server.root_certificate)
    connection = connect(place, secret, deadline)
    if isinstance(connection, Absent):
        raise ReachError(connection.why, connection.detail)
    session = PgSession(connection, psycopg.Error, _psycopg_why, deadline)
    if disguises(connection.info.parameter_status("server_encoding") or ""):
        # The server converts nothing, or what is not what it takes it for: text arrives as bytes and is read by its own look.
        connection.execute("SET client_encoding = 'SQL_ASCII'")
        session.undeclared = True
    return session


def _psycopg_why(error: Exception) -> Absent:
    import psycopg

    return absent_of(error) if isinstance(error, psycopg.Error) else Absent(Why.DEFECT, type(error).__name__)


def _kingbase(server: Server, database: str, secret: Secret, deadline: float) -> PgSession:
    try:
        import ksycopg2
    except ImportError:
        raise ReachError(Why.DRIVER_MISSING, "pip install ksycopg2") from None
    try:
        connection = ksycopg2.connect(
            host=server.host if server.address is None else server.address, port=server.port, dbname=database, user=secret.user,
            password=secret.password or "", sslmode=_mode(server), connect_timeout=10, application_name="shiqu",
            options="-c default_transaction_read_only=on", **({"sslrootcert": server.root_certificate} if server.root_certificate else {}),
        )  # fmt: skip
    except ksycopg2.Error as error:
        raise _refused(error) from None
    connection.autocommit = True
    return PgSession(connection, ksycopg2.Error, lambda error: _by_state(_state(error)), deadline)


def _opengauss(server: Server, database: str, secret: Secret, deadline: float) -> PgSession:
    """py-opengauss knows openGauss's own login; without it psycopg is tried, which an account with md5 lets in."""
    try:
        from py_opengauss.driver import dbapi20
    except (ImportError, SyntaxError):
        # Release 1.3.11 mixes tabs and spaces in this very module and cannot be imported.
        return _psycopg(server, database, secret, deadline)
    try:
        connection = dbapi20.connect(
            host=server.address or server.host, port=server.port, database=database, user=secret.user, password=secret.password or "",
            sslmode=_mode(server), connect_timeout=10, settings={"default_transaction_read_only": "on"},
        )  # fmt: skip
    except dbapi20.Error as error:
        raise _refused(error) from None
    connection.autocommit = True
    return PgSession(connection, dbapi20.Error, lambda error: _by_state(str(getattr(error, "code", "") or "")), deadline)


def _mode(server: Server) -> str:
    """libpq's ``prefer`` tries a refused password again without TLS: the server is asked first, and one way is taken."""
    if server.tls != "prefer":
        return server.tls
    offered = offers_tls(LoginPlace(server.host, server.address, server.port, "", server.tls, None), 10) if server.address else False
    if isinstance(offered, Absent):
        raise ReachError(offered.why, offered.detail)
    if not offered and not server.near:
        raise ReachError(Why.NOT_ASKED, "no TLS: the password was not sent; sslmode=disable allows it")
    return "require" if offered else "disable"


def _refused(error: Exception) -> ReachError:
    state = str(getattr(error, "pgcode", None) or getattr(error, "code", None) or "")
    if state.startswith("28") or "authentication" in str(error).lower():
        return ReachError(Why.AUTH_FAILED, "refused at login")
    return ReachError(Why.UNREACHABLE, f"{state} {type(error).__name__}".strip())


def _state(error: Exception) -> str:
    return str(getattr(error, "pgcode", None) or getattr(getattr(error, "diag", None), "sqlstate", None) or "")


def _by_state(state: str) -> Absent:
    words = {"42501": Why.NO_PERMISSION, "57014": Why.TIMED_OUT, "55P03": Why.TIMED_OUT, "25P03": Why.TIMED_OUT}
    return Absent(words.get(state, Why.UNREACHABLE if state.startswith(("08", "57P")) else Why.COMMAND_FAILED), state or "no code")
