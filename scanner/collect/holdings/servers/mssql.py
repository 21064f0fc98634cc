"""SQL Server through pymssql. No server of this kind stands in the labs: its statements are tested against a recorded driver only."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import closing
from types import MappingProxyType
from typing import Any

from scanner.collect.holdings.servers.address import Server, elsewhere
from scanner.collect.holdings.servers.dbapi import PlainSession
from scanner.collect.holdings.servers.dialect import LONG_CHARS, Dialect, Field, needle_bytes, text_of
from scanner.collect.holdings.servers.listed import UNLISTED, Asker, each, group_of, lists_of
from scanner.collect.sql import Secret
from scanner.errors import ReachError
from scanner.facts.holdings.reading import CellKind, Column, Found, Place, Standing, Unread
from scanner.model.absent import Why

_BY_CODE = {
    229: Why.NO_PERMISSION, 230: Why.NO_PERMISSION, 297: Why.NO_PERMISSION, 300: Why.NO_PERMISSION, 916: Why.NO_PERMISSION,
    18452: Why.AUTH_FAILED, 18456: Why.AUTH_FAILED, 18470: Why.AUTH_FAILED, 18486: Why.AUTH_FAILED, 18487: Why.AUTH_FAILED,
    1222: Why.TIMED_OUT, 20003: Why.TIMED_OUT, 208: Why.COMMAND_MISSING, 207: Why.COMMAND_MISSING, 4060: Why.UNREACHABLE,
    20002: Why.UNREACHABLE, 20004: Why.UNREACHABLE, 20006: Why.UNREACHABLE, 20009: Why.UNREACHABLE, 20047: Why.UNREACHABLE,
}  # fmt: skip
BEGIN = ("SET LOCK_TIMEOUT 2000", "SET TRANSACTION ISOLATION LEVEL READ COMMITTED")
_COLUMNS = """SELECT s.name, t.name, c.name, y.name, c.max_length, CONVERT(nvarchar(2000), p.value) FROM sys.tables t
JOIN sys.schemas s ON s.schema_id = t.schema_id JOIN sys.columns c ON c.object_id = t.object_id
JOIN sys.types y ON y.user_type_id = c.system_type_id LEFT JOIN sys.extended_properties p
ON p.class = 1 AND p.major_id = t.object_id AND p.minor_id = c.column_id AND p.name = 'MS_Description'
WHERE t.is_ms_shipped = 0 ORDER BY s.name, t.name, c.column_id"""
_KEYS = """SELECT s.name, t.name, c.name FROM sys.indexes i JOIN sys.tables t ON t.object_id = i.object_id
JOIN sys.schemas s ON s.schema_id = t.schema_id JOIN sys.index_columns x ON x.object_id = i.object_id AND x.index_id = i.index_id
JOIN sys.columns c ON c.object_id = t.object_id AND c.column_id = x.column_id WHERE i.is_primary_key = 1 ORDER BY t.name, x.key_ordinal"""
_REFERENCES = """SELECT s.name, t.name, c.name, r.name, d.name FROM sys.foreign_key_columns f
JOIN sys.tables t ON t.object_id = f.parent_object_id JOIN sys.schemas s ON s.schema_id = t.schema_id
JOIN sys.columns c ON c.object_id = f.parent_object_id AND c.column_id = f.parent_column_id
JOIN sys.tables r ON r.object_id = f.referenced_object_id
JOIN sys.columns d ON d.object_id = f.referenced_object_id AND d.column_id = f.referenced_column_id"""
_RIGHTS = "SELECT HAS_PERMS_BY_NAME(DB_NAME(), 'DATABASE', 'SELECT')"
_NUMBERS = {"bit", "tinyint", "smallint", "int", "bigint", "decimal", "numeric", "float", "real", "money", "smallmoney"}
_TEXTS = {"char", "varchar", "nchar", "nvarchar", "text", "ntext", "xml", "sysname"}
_BYTES = {"binary", "varbinary", "image", "timestamp"}
_DUMB = {"geometry", "geography", "hierarchyid", "sql_variant"}


class MssqlDialect(Dialect):
    """Everything is compared as nvarchar under a binary collation; a mark at the end keeps trailing blanks apart."""

    def quote(self, name: str) -> str:
        """An identifier; the per cent sign is the driver's own mark."""
        return "[" + name.replace("]", "]]").replace("%", "%%") + "]"

    def cell(self, field: Field) -> str:
        """The column as Unicode text, dates in ISO form."""
        name = self.quote(field.name)
        if field.column.kind == "bytes":
            return f"SUBSTRING(CAST({name} AS varbinary(max)), 1, {LONG_CHARS})"
        if field.native in _DUMB:
            return "CAST(NULL AS nvarchar(1))"
        if field.column.kind == "date":
            return f"CONVERT(nvarchar(40), {name}, 121)"
        return f"LEFT(CONVERT(nvarchar(max), {name}), {LONG_CHARS})" if field.long else f"CONVERT(nvarchar(4000), {name})"

    def exact(self, field: Field) -> str:
        """Binary collation."""
        return self.cell(field) if field.column.kind == "bytes" else f"{self.cell(field)} COLLATE Latin1_General_BIN2"

    def beyond(self, field: Field, plain: Iterable[str], params: list[object]) -> str:
        """Trailing blanks count."""
        marks = ", ".join(self.bind(value + "|", params) for value in ("", *sorted(set(plain) - {""})))
        return f"({self.cell(field)} + N'|') COLLATE Latin1_General_BIN2 NOT IN ({marks})"

    def holds(self, field: Field, needle: str, params: list[object]) -> str:
        """``CHARINDEX``; pymssql writes text as N'…'."""
        name = self.quote(field.name)
        if field.column.kind == "bytes":
            forms = (*needle_bytes(needle), needle.encode("utf-16-le"))
            return " OR ".join(f"CHARINDEX(0x{form.hex()}, CAST({name} AS varbinary(max))) > 0" for form in forms)
        if field.native in _DUMB:
            return "1 = 0"
        return f"CHARINDEX({self.bind(needle, params)}, CONVERT(nvarchar(max), {name}) COLLATE Latin1_General_BIN2) > 0"

    def limited(self, select: str, rows: int) -> str:
        """``TOP``."""
        return select.replace("SELECT ", f"SELECT TOP ({rows}) ", 1)


def field_of(native: str, length: int) -> Field:
    """Kind by type name; a length of -1 stands for max."""
    kind: CellKind = "number" if native in _NUMBERS else "text" if native in _TEXTS else "bytes" if native in _BYTES else "other"
    if "date" in native or native == "time":
        kind = "date"
    return Field(Column("", kind=kind), native, long=length == -1 or native in ("text", "ntext", "xml"))


def read_mssql(server: Server, secret: Secret, deadline: float) -> Iterator[Found]:
    """The database that was named, or every one; what the account may not enter is told. Raises ReachError when there is no session."""
    with closing(_connect(server, secret)) as connection:
        session = PlainSession(connection, _errors(), reach, deadline, begin=BEGIN)
        ask, dialect = Asker(session), MssqlDialect()
        session.turn(None)
        names = [server.database] if server.database else [
            row[0] for row in ask("databases", "SELECT name FROM sys.databases WHERE database_id > 4")
        ]  # fmt: skip
        identity = (ask("identity", "SELECT CONVERT(nvarchar(200), SERVERPROPERTY('ServerName'))") or [(server.where,)])[0][0]
        container = {"instance": f"mssql:{identity}", "host": server.address or "local"}
        for name in names:
            place = Place(name, MappingProxyType({**container, "database": f"mssql:{identity}/{name}"}))
            try:
                session.set(f"USE {dialect.quote(name)}")
                columns, keys, references, rights = (session.all(question, (), 60) for question in (_COLUMNS, _KEYS, _REFERENCES, _RIGHTS))
            except ReachError as error:
                yield Unread(place, error.absent.why, error.absent.detail)
                continue
            lists = lists_of(columns, keys, references, field_of)
            yield group_of(session, dialect, name, lists, place.container, "dbo", prefix=f"{dialect.quote(name)}.")
            if [text_of(cell) for row in rights for cell in row] != ["1"]:
                yield Unread(place, Why.NO_PERMISSION, UNLISTED)
        yield _standing(ask, server, names)


def _standing(ask: Asker, server: Server, names: list[str]) -> Standing:
    encrypted = {
        row[0]: row[1]
        for row in ask("encryption", "SELECT name, CONVERT(nvarchar(1), is_encrypted) FROM sys.databases WHERE database_id > 4")
    }
    of = [encrypted.get(name, "?") for name in names]
    state = "unknown" if "?" in of or not of else "on" if set(of) == {"1"} else "off" if set(of) == {"0"} else "part"
    tls = ask("tls", "SELECT encrypt_option FROM sys.dm_exec_connections WHERE session_id = @@SPID")
    may = ask(
        "rights",
        "SELECT CONVERT(nvarchar(9), IS_ROLEMEMBER('db_denydatawriter')), CONVERT(nvarchar(20), DATABASEPROPERTYEX(DB_NAME(), 'Updateability'))",
    )
    kept = bool(may) and (may[0][0] == "1" or may[0][1] == "READ_ONLY")
    peers = [*each(ask("linked-servers", "SELECT COALESCE(data_source, name) FROM sys.servers WHERE is_linked = 1"), "foreign-server")]
    peers += each(ask("replicas", "SELECT replica_server_name FROM sys.availability_replicas"), "replica")
    files = ask(
        "backups",
        "SELECT TOP (20) b.database_name, CONVERT(nvarchar(40), b.backup_finish_date, 126), f.physical_device_name FROM msdb.dbo.backupset b "
        "JOIN msdb.dbo.backupmediafamily f ON f.media_set_id = b.media_set_id ORDER BY b.backup_finish_date DESC",
    )
    for _, _, device in files:
        peers += elsewhere("backup", device) or ([{"kind": "backup", "where": device.split("\\")[2]}] if device.startswith("\\\\") else [])
    storage = {
        "product": "mssql",
        "version": (ask("version", "SELECT CONVERT(nvarchar(200), SERVERPROPERTY('ProductVersion'))") or [("",)])[0][0],
        "server": server.where,
        "database": server.database,
        "tls": {"session": tls[0][0] == "TRUE" if tls else None, "version": "", "server": None},
        "at_rest": {"state": state, "how": "sys.databases.is_encrypted"},
        "read_only": "the account cannot write" if kept else "only single SELECT statements are sent; the account itself may write",
        "views": [row[0] for row in ask("views", "SELECT SCHEMA_NAME(schema_id) + '.' + name FROM sys.views WHERE is_ms_shipped = 0")],
        "unseen": ask.unseen,
    }
    backups = tuple(MappingProxyType({"path": device, "finished": done, "of": name}) for name, done, device in files)
    return Standing(MappingProxyType(storage), MappingProxyType({"elsewhere": peers}), backups)


def _errors() -> type[Exception]:
    import pymssql

    found: type[Exception] = pymssql.Error
    return found


def _connect(server: Server, secret: Secret) -> Any:
    try:
        import pymssql
    except ImportError:
        raise ReachError(Why.DRIVER_MISSING, "pip install pymssql") from None
    # FreeTDS encrypts the login itself in any case; "require" keeps the rest of the session encrypted too.
    encryption = {"disable": "off", "prefer": "request"}.get(server.tls, "require")
    try:
        return pymssql.connect(
            server=server.address or server.host, port=str(server.port), user=secret.user, password=secret.password or "",
            database=server.database or "master", login_timeout=10, timeout=600, charset="UTF-8", appname="shiqu", read_only=True,
            encryption=encryption, autocommit=False,
        )  # fmt: skip
    except pymssql.Error as error:
        raise reach(error) from None


def reach(error: Exception) -> ReachError:
    """By number alone: sentences may quote data."""
    first = error.args[0] if error.args else None
    code = first[0] if isinstance(first, tuple) and first else first
    number = code if isinstance(code, int) else 0
    return ReachError(_BY_CODE.get(number, Why.COMMAND_FAILED if number else Why.UNREACHABLE), f"{number} {type(error).__name__}")
