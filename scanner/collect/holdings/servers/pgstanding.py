"""How a PostgreSQL-family server is kept, as far as it shows: identity, encryption, files, peers, copies."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from scanner.collect.holdings.servers.address import Server, conninfo_host, elsewhere
from scanner.collect.holdings.servers.local import files_of
from scanner.collect.holdings.servers.pgfamily import PgSession
from scanner.errors import ReachError
from scanner.facts.holdings.reading import Standing

_SETTINGS = (
    "server_version", "ssl", "server_encoding", "data_directory", "data_directory_mode", "archive_mode", "archive_command",
    "primary_conninfo", "enable_tde", "transparent_encrypt_kms_url", "password_encryption", "log_directory",
)  # fmt: skip
_PEERS = (
    ("foreign-server", "SELECT srvname::text || ' ' || COALESCE(array_to_string(srvoptions, ' '), '') FROM pg_catalog.pg_foreign_server"),
    (
        "dblink",
        "SELECT DISTINCT 'host=' || (regexp_matches(said, 'host(?:addr)?\\s*=\\s*''*([^ '';,)]+)', 'g'))[1] FROM (SELECT definition AS said "
        "FROM pg_catalog.pg_views WHERE definition LIKE '%dblink%' UNION ALL SELECT prosrc FROM pg_catalog.pg_proc WHERE prosrc LIKE '%dblink%') AS texts",
    ),
    ("subscription", "SELECT 'host=' || COALESCE(substring(subconninfo from 'host=''?([^ '']+)'), '?') FROM pg_catalog.pg_subscription"),
    ("replica", "SELECT 'host=' || COALESCE(host(client_addr), 'local') FROM pg_catalog.pg_stat_replication"),
    ("replication-slot", "SELECT slot_name::text FROM pg_catalog.pg_replication_slots"),
    ("primary", "SELECT 'host=' || sender_host FROM pg_catalog.pg_stat_wal_receiver WHERE sender_host IS NOT NULL"),
)


@dataclass(slots=True)
class Known:
    """What one database said of its server."""

    instance: str
    volume: str | None
    standby: bool
    raw: bool
    storage: dict[str, object]
    peers: list[dict[str, str]]
    backups: list[dict[str, object]]
    unseen: list[dict[str, str]] = field(default_factory=list)

    def standing(self, views: Sequence[str]) -> Standing:
        """As the evidence keeps it."""
        storage = {**self.storage, "views": list(views), "unseen": self.unseen}
        return Standing(MappingProxyType(storage), MappingProxyType({"elsewhere": self.peers}), tuple(self.backups))


def standing_of(session: PgSession, server: Server, database: str) -> Known:
    """Ask; what is refused stands in ``unseen`` with its reason. Raises ReachError when the session itself is lost."""
    session.turn(None)
    unseen: list[dict[str, str]] = []

    def ask(what: str, sql: str) -> list[tuple[Any, ...]]:
        try:
            return session.all(sql, (), 10)
        except ReachError as error:
            unseen.append({"what": what, "why": error.absent.why.value, "detail": error.absent.detail})
            return []

    names = ", ".join(f"'{name}'" for name in _SETTINGS)
    listed = ask("settings", f"SELECT name::text, setting::text FROM pg_catalog.pg_settings WHERE name IN ({names})")  # noqa: S608
    settings = {_text(name): _text(value) for name, value in listed}
    identity = ask("identity", "SELECT system_identifier::text FROM pg_catalog.pg_control_system()")
    instance = f"{server.family}:{_text(identity[0][0])}" if identity else f"{server.family}:{server.where}"
    standby = [row[0] for row in ask("standby", "SELECT pg_catalog.pg_is_in_recovery()")] == [True]
    tls = ask("tls", "SELECT ssl, COALESCE(version, '') FROM pg_catalog.pg_stat_ssl WHERE pid = pg_catalog.pg_backend_pid()")
    spaces = ask("tablespaces", "SELECT spcname::text, pg_catalog.pg_tablespace_location(oid) FROM pg_catalog.pg_tablespace")
    files, volume = files_of(server, settings.get("data_directory"), "postmaster.pid", ("postgres", "kingbase", "gaussdb"))
    storage: dict[str, object] = {
        **({"file": files} if files else {}),
        "product": server.family,
        "version": settings.get("server_version", ""),
        "server": server.where,
        "database": database,
        "tls": {"session": bool(tls[0][0]) if tls else None, "version": _text(tls[0][1]) if tls else "", "server": settings.get("ssl")},
        "at_rest": _at_rest(server, settings),
        "data_directory": settings.get("data_directory"),
        "data_directory_mode": settings.get("data_directory_mode"),
        "tablespaces": [{"name": _text(name), "location": _text(place or "")} for name, place in spaces],
    }
    peers = _peers(ask) + elsewhere("archive-command", settings.get("archive_command", ""))
    if settings.get("primary_conninfo"):
        peers.append({"kind": "primary", "where": conninfo_host(settings["primary_conninfo"])})
    return Known(
        instance, volume, standby, disguises(settings.get("server_encoding", "")), storage, peers, _archived(ask, settings), unseen
    )


def disguises(encoding: str) -> bool:
    """Whether Chinese cannot stand in an encoding as what it is: none is declared, or one of the West's. Its bytes are what a program put there."""
    return encoding == "SQL_ASCII" or encoding.startswith(("LATIN", "WIN", "ISO_8859", "KOI8"))


def _peers(ask: Any) -> list[dict[str, str]]:
    peers = []
    for kind, sql in _PEERS:
        for (row,) in ask(kind, sql):
            text = _text(row)
            host = conninfo_host(text)
            peers.append({"kind": kind, "where": host if host != "?" or text.startswith("host=") else text.split(" ")[0]})
    return peers


def _archived(ask: Any, settings: dict[str, str]) -> list[dict[str, object]]:
    if settings.get("archive_mode", "off") == "off":
        return []
    rows = ask("archiver", "SELECT last_archived_time::text, failed_count FROM pg_catalog.pg_stat_archiver")
    hosts = [item["where"] for item in elsewhere("archive", settings.get("archive_command", ""))]
    return [{"path": "wal-archive", "finished": _text(done or ""), "failed": failed, "where": hosts} for done, failed in rows]


def _at_rest(server: Server, settings: dict[str, str]) -> dict[str, str]:
    """PostgreSQL itself encrypts nothing; what a file system or disk below does, the server cannot say."""
    if "enable_tde" in settings:
        return {"state": "on" if settings["enable_tde"] == "on" else "off", "how": "enable_tde"}
    if server.family == "postgresql":
        return {"state": "off", "how": "the server has none; file system and disk are not seen from here"}
    return {"state": "unknown", "how": "no setting shows it"}


def _text(value: object) -> str:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)
