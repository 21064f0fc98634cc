"""Oracle (oracledb, thin) and DM8 (dmPython), whose catalogues are alike.

No server of either kind stands in the labs: their statements are tested against a recorded driver only.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import closing
from types import MappingProxyType
from typing import Any

from scanner.collect.holdings.servers.address import Server, elsewhere
from scanner.collect.holdings.servers.dbapi import PlainSession
from scanner.collect.holdings.servers.dialect import Dialect, Field
from scanner.collect.holdings.servers.listed import UNLISTED, Asker, each, group_of, lists_of
from scanner.collect.sql import Secret
from scanner.errors import ReachError
from scanner.facts.holdings.reading import CellKind, Column, Found, Place, Standing, Unread
from scanner.model.absent import Why

CHUNK = 4000
"""What one text function returns of a large object at most."""
_WHYS = {
    1017: Why.AUTH_FAILED, 28000: Why.AUTH_FAILED, 28001: Why.AUTH_FAILED, -2501: Why.AUTH_FAILED, 942: Why.COMMAND_MISSING,
    904: Why.COMMAND_MISSING, 1031: Why.NO_PERMISSION, 1013: Why.TIMED_OUT, 3136: Why.TIMED_OUT, 12170: Why.TIMED_OUT,
    -5504: Why.NO_PERMISSION, -2106: Why.COMMAND_MISSING, -70028: Why.UNREACHABLE, 12514: Why.UNREACHABLE, 12541: Why.UNREACHABLE,
    4024: Why.TIMED_OUT, 6005: Why.UNREACHABLE, 3113: Why.UNREACHABLE,
}  # fmt: skip
_OWNED = {
    "oracle": "(SELECT username FROM all_users WHERE oracle_maintained = 'N')",
    "dm": "(SELECT username FROM all_users WHERE username NOT IN ('SYS', 'SYSAUDITOR', 'SYSSSO', 'SYSDBO', 'CTISYS'))",
}
_COLUMNS = """SELECT c.owner, c.table_name, c.column_name, c.data_type, c.data_length, m.comments FROM all_tab_columns c
JOIN all_tables t ON t.owner = c.owner AND t.table_name = c.table_name LEFT JOIN all_col_comments m
ON m.owner = c.owner AND m.table_name = c.table_name AND m.column_name = c.column_name
WHERE c.owner IN {owned} ORDER BY c.owner, c.table_name, c.column_id"""
_KEYS = """SELECT k.owner, k.table_name, c.column_name FROM all_constraints k JOIN all_cons_columns c
ON c.owner = k.owner AND c.constraint_name = k.constraint_name WHERE k.constraint_type = 'P' AND k.owner IN {owned}
ORDER BY k.owner, k.table_name, c.position"""
_REFERENCES = """SELECT k.owner, k.table_name, c.column_name, d.table_name, d.column_name FROM all_constraints k
JOIN all_cons_columns c ON c.owner = k.owner AND c.constraint_name = k.constraint_name
JOIN all_cons_columns d ON d.owner = k.r_owner AND d.constraint_name = k.r_constraint_name AND d.position = c.position
WHERE k.constraint_type = 'R' AND k.owner IN {owned}"""
_RIGHTS = "SELECT COUNT(*) FROM session_privs WHERE privilege IN ('SELECT ANY TABLE', 'READ ANY TABLE')"
_NUMBERS = ("number", "int", "dec", "numeric", "float", "double", "real", "bit", "binary_float", "binary_double")


_LARGE = ("blob", "image", "longvarbinary")
_CLOSED = ("long raw", "bfile")
RAW = 2000
"""Bytes of a large binary object that are read as text."""


class OracleDialect(Dialect):
    """Binds by place; an empty string may or may not be NULL, so its length is asked instead."""

    def __init__(self, mark: str) -> None:
        self.mark = mark
        """``:`` for Oracle's numbered binds, ``?`` for DM."""

    def bind(self, value: str | bytes, params: list[object]) -> str:
        """A parameter's place."""
        params.append(value)
        return f":{len(params)}" if self.mark == ":" else "?"

    def cell(self, field: Field) -> str:
        """The column as text; of a large object its beginning; bytes in the database's own encoding. Raises ReachError for what none can show."""
        name = self.quote(field.name)
        if field.column.kind == "bytes":
            if field.native in _CLOSED:
                raise ReachError(Why.NOT_ASKED, f"column {field.name} of type {field.native}")
            return f"UTL_RAW.CAST_TO_VARCHAR2({f'DBMS_LOB.SUBSTR({name}, {RAW}, 1)' if field.native in _LARGE else name})"
        if field.long:
            return f"DBMS_LOB.SUBSTR({name}, {CHUNK}, 1)"
        if field.column.kind == "date":
            return f"TO_CHAR({name}, 'YYYY-MM-DD HH24:MI:SS')"
        return name if field.column.kind == "text" else f"TO_CHAR({name})"

    def beyond(self, field: Field, plain: Iterable[str], params: list[object]) -> str:
        """Neither NULL nor of length nought nor plain."""
        cell = self.cell(field)
        values = sorted(set(plain) - {""})
        among = f" AND {cell} NOT IN ({', '.join(self.bind(value, params) for value in values)})" if values else ""
        return f"{cell} IS NOT NULL AND LENGTH({cell}) > 0{among}"

    def holds(self, field: Field, needle: str, params: list[object]) -> str:
        """``INSTR`` goes through a large object to its end."""
        if field.column.kind == "bytes":
            return f"{self.quote(field.name)} IS NOT NULL"
        name = self.quote(field.name) if field.long else self.cell(field)
        return f"INSTR({name}, {self.bind(needle, params)}) > 0"

    def limited(self, select: str, rows: int) -> str:
        """``ROWNUM``, which old versions know too."""
        return f"SELECT * FROM ({select}) WHERE ROWNUM <= {rows}"  # noqa: S608


def field_of(native: str, length: int) -> Field:
    """Kind by type name."""
    kind: CellKind = "other"
    if "char" in native or "clob" in native or native in ("text", "long", "longvarchar"):
        kind = "text"
    elif native.startswith(("date", "time")):
        kind = "date"
    elif native.startswith(_NUMBERS):
        kind = "number"
    elif native in ("raw", "long raw", "blob", "bfile", "image", "varbinary", "binary", "longvarbinary"):
        kind = "bytes"
    return Field(Column("", kind=kind), native, long="clob" in native or native in ("text", "longvarchar"))


def read_oracle(server: Server, secret: Secret, deadline: float) -> Iterator[Found]:
    """Every table that the account sees, but for the server's own. Raises ReachError when there is no session."""
    connection, errors = _oracle(server, secret) if server.family == "oracle" else _dm(server, secret)

    def limit(seconds: float) -> None:
        if server.family == "oracle":
            connection.call_timeout = int(seconds * 1000)

    with closing(connection):
        oracle = server.family == "oracle"
        begin = ("SET TRANSACTION READ ONLY",)
        session = PlainSession(connection, errors, reach, deadline, begin=begin, limit=limit, steady=oracle)
        session.turn(None)
        owned = _OWNED[server.family]
        columns, keys, references = (session.all(question.format(owned=owned), (), 120) for question in (_COLUMNS, _KEYS, _REFERENCES))
        ask = Asker(session)
        name = server.database or server.family
        where = "SELECT TO_CHAR(dbid), database_role FROM v$database" if oracle else "SELECT instance_name, mode$ FROM v$instance"
        identity = ask("identity", where) or [(server.where, "")]
        instance = f"{server.family}:{identity[0][0]}"
        replica = "STANDBY" in identity[0][1].upper()
        place = Place(name, MappingProxyType({"instance": instance, "database": f"{instance}/{name}", "host": server.address or "local"}))
        lineage = ("replica",) if replica else ()
        dialect = OracleDialect(":" if oracle else "?")
        lists = lists_of(columns, keys, references, field_of)
        yield group_of(session, dialect, name, lists, place.container, (secret.user or "").upper(), lineage=lineage)
        rights = ask("rights", _RIGHTS)
        if not rights or rights[0][0] in ("", "0"):
            yield Unread(place, Why.NO_PERMISSION, UNLISTED)
        yield _standing(ask, server, oracle)


def _standing(ask: Asker, server: Server, oracle: bool) -> Standing:
    links = ask("links", "SELECT host FROM all_db_links" if oracle else "SELECT host FROM dba_db_links")
    peers = [item for row in links for item in elsewhere("link", f"//{row[0]}/") or each([row], "link")]
    at_rest: dict[str, object] = {"state": "unknown", "how": "no list shows it"}
    tls = None
    if oracle:
        rows = ask(
            "encryption",
            "SELECT encrypted FROM dba_tablespaces WHERE contents = 'PERMANENT' AND tablespace_name NOT IN ('SYSTEM', 'SYSAUX')",
        )
        states = {row[0] for row in rows}
        if states:
            at_rest = {"state": "on" if states == {"YES"} else "off" if states == {"NO"} else "part", "how": "dba_tablespaces.encrypted"}
        protocol = ask("tls", "SELECT SYS_CONTEXT('USERENV', 'NETWORK_PROTOCOL') FROM dual")
        tls = protocol[0][0].lower() == "tcps" if protocol else None
    version = ask("version", "SELECT version FROM product_component_version" if oracle else "SELECT banner FROM v$version")
    storage = {
        "product": server.family,
        "version": version[0][0] if version else "",
        "server": server.where,
        "database": server.database,
        "tls": {"session": tls, "version": "", "server": None},
        "at_rest": at_rest,
        "read_only": "READ ONLY transactions",
        "views": [".".join(row) for row in ask("views", f"SELECT owner, view_name FROM all_views WHERE owner IN {_OWNED[server.family]}")],  # noqa: S608
        "unseen": ask.unseen,
    }
    return Standing(MappingProxyType(storage), MappingProxyType({"elsewhere": peers}))


def _oracle(server: Server, secret: Secret) -> tuple[Any, type[Exception]]:
    try:
        import oracledb
    except ImportError:
        raise ReachError(Why.DRIVER_MISSING, "pip install oracledb") from None
    protocol = {} if server.tls in ("disable", "prefer") else {"protocol": "tcps", "ssl_server_dn_match": server.tls == "verify-full"}
    try:
        connection = oracledb.connect(
            user=secret.user, password=secret.password or "", host=server.address or server.host, port=server.port,
            service_name=server.database, tcp_connect_timeout=10, retry_count=0, **protocol,
        )  # fmt: skip
    except oracledb.Error as error:
        raise reach(error) from None
    return connection, oracledb.Error


def _dm(server: Server, secret: Secret) -> tuple[Any, type[Exception]]:
    try:
        import dmPython
    except ImportError:
        raise ReachError(Why.DRIVER_MISSING, "pip install dmPython") from None
    try:
        connection = dmPython.connect(
            user=secret.user, password=secret.password or "", server=server.address or server.host, port=server.port, autoCommit=False,
            login_timeout=10,
        )  # fmt: skip
    except dmPython.Error as error:
        raise reach(error) from None
    return connection, dmPython.Error


def reach(error: Exception) -> ReachError:
    """By code alone, as the server gives it: sentences may quote data."""
    first = error.args[0] if error.args else None
    code = getattr(first, "code", None)
    number = code if isinstance(code, int) else 0
    return ReachError(_WHYS.get(number, Why.COMMAND_FAILED if number else Why.UNREACHABLE), f"CODE:{number} {type(error).__name__}")
