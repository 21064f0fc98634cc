"""How a MySQL or MariaDB server is kept, as far as it shows."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from scanner.collect.holdings.servers.address import Server, elsewhere
from scanner.collect.holdings.servers.dialect import text_of
from scanner.collect.holdings.servers.local import files_of
from scanner.collect.holdings.servers.mysql import MysqlSession
from scanner.errors import ReachError
from scanner.facts.holdings.reading import Standing

_VARIABLES = (
    "server_uuid", "hostname", "datadir", "pid_file", "have_ssl", "require_secure_transport", "innodb_encrypt_tables", "log_bin",
    "encrypt_binlog", "binlog_encryption", "default_table_encryption", "wsrep_cluster_address", "innodb_encrypt_log",
    "innodb_redo_log_encrypt",
)  # fmt: skip
_GRANT = re.compile(r"GRANT (?P<what>.+?) ON (?:\*|`(?P<database>(?:[^`]|``)+)`)\.\* TO ", re.IGNORECASE)
Ask = Callable[[str, str], list[tuple[Any, ...]]]


@dataclass(slots=True)
class Known:
    """What the server said of itself."""

    instance: str
    volume: str | None
    replica: bool
    storage: dict[str, object]
    peers: list[dict[str, str]]
    unseen: list[dict[str, str]]
    listed: bool = True
    """Every table of what was asked for is listed; False where the account is told of some only."""
    views: list[str] = field(default_factory=list)

    def standing(self, server: Server) -> Standing:
        """As the evidence keeps it."""
        storage = {**self.storage, "server": server.where, "views": self.views, "unseen": self.unseen}
        return Standing(MappingProxyType(storage), MappingProxyType({"elsewhere": self.peers}))


def known_of(session: MysqlSession, server: Server) -> Known:
    """Ask; what is refused stands in ``unseen`` with its reason."""
    unseen: list[dict[str, str]] = []

    def ask(what: str, sql: str) -> list[tuple[Any, ...]]:
        try:
            return session.all(sql, (), 10)
        except ReachError as error:
            unseen.append({"what": what, "why": error.absent.why.value, "detail": error.absent.detail})
            return []

    names = ", ".join(f"'{name}'" for name in _VARIABLES)
    settings = {str(row[0]): str(row[1]) for row in ask("variables", f"SHOW VARIABLES WHERE Variable_name IN ({names})")}
    tls = [str(row[1]) for row in ask("tls", "SHOW SESSION STATUS LIKE 'Ssl_version'")]
    family = "mariadb" if session.maria else "mysql"
    identity = settings.get("server_uuid") or f"{settings.get('hostname', '')}:{settings.get('datadir', '')}".strip(":")
    files, volume = files_of(server, settings.get("datadir"), settings.get("pid_file"), ("mariadbd", "mysqld"))
    peers, replica = _peers(ask, session.maria)
    grants = [str(text_of(row[0])) for row in ask("grants", "SHOW GRANTS")]
    if not lists_all(grants, ""):
        unseen.append({"what": "tables", "why": "no-permission", "detail": "no SELECT on *.*: tables without a grant are not listed"})
    storage: dict[str, object] = {
        "product": family,
        "version": session.version,
        "database": server.database,
        "tls": {"session": bool(tls and tls[0]), "version": tls[0] if tls else "", "server": settings.get("have_ssl")},
        "at_rest": _at_rest(ask, session.maria, settings),
        "binlog_encryption": settings.get("encrypt_binlog") or settings.get("binlog_encryption")
        if settings.get("log_bin") == "ON"
        else None,
        "data_directory": settings.get("datadir"),
        "read_only": "READ ONLY transactions",
        **({"file": files} if files else {}),
    }
    peers += elsewhere("cluster", settings.get("wsrep_cluster_address", ""))
    return Known(f"{family}:{identity or server.where}", volume, replica, storage, peers, unseen, lists_all(grants, server.database or ""))


def _at_rest(ask: Ask, maria: bool, settings: dict[str, str]) -> dict[str, object]:
    """Tablespaces that the server says are encrypted, of all that it lists; without the right to see them, the setting alone."""
    if maria:
        rows = ask(
            "encryption",
            "SELECT COUNT(*), SUM(encryption_scheme > 0 AND current_key_id > 0) FROM information_schema.innodb_tablespaces_encryption",
        )
        every = ask("encryption", "SELECT COUNT(*) FROM information_schema.innodb_sys_tablespaces")
    else:
        rows = ask("encryption", "SELECT COUNT(*), SUM(encryption = 'Y') FROM information_schema.innodb_tablespaces")
        every = [(rows[0][0],)] if rows else []
    if not rows or not every:
        return {"state": "unknown", "how": f"innodb_encrypt_tables={settings.get('innodb_encrypt_tables', '?')}"}
    total, done = int(every[0][0]), int(rows[0][1] or 0)
    return {"state": "off" if done == 0 else "on" if done >= total else "part", "how": "tablespaces", "total": total, "encrypted": done}


def _peers(ask: Ask, maria: bool) -> tuple[list[dict[str, str]], bool]:
    peers = [{"kind": "foreign-server", "where": str(text_of(row[0]))} for row in ask("foreign-servers", "SELECT Host FROM mysql.servers")]
    primaries = ask("replica-status", "SHOW ALL SLAVES STATUS" if maria else "SHOW REPLICA STATUS")
    # The primary's address is the second column of MySQL's answer and the fourth of MariaDB's.
    at = 3 if maria else 1
    peers += [{"kind": "primary", "where": str(text_of(row[at]))} for row in primaries]
    rows = ask("replicas", "SELECT host FROM information_schema.processlist WHERE command LIKE 'Binlog Dump%'")
    peers += [{"kind": "replica", "where": str(text_of(row[0])).rpartition(":")[0]} for row in rows]
    return peers, bool(primaries)


def lists_all(grants: Sequence[str], database: str) -> bool:
    """Whether an account with these grants is told of every table of a database; of the whole server where none is named.

    One that may not read everything is not even told what else there is. What was revoked in part leaves that open.
    """
    found = [match for grant in grants if (match := _GRANT.match(grant)) is not None]
    reading = [match for match in found if "SELECT" in _words(match["what"]) or "ALL PRIVILEGES" in match["what"].upper()]
    if any(grant.upper().startswith("REVOKE") for grant in grants):
        return False
    return any(match["database"] is None or (database and _means(match["database"], database)) for match in reading)


def _words(privileges: str) -> list[str]:
    return [word.strip().upper() for word in privileges.split(",")]


def _means(pattern: str, database: str) -> bool:
    """As the server compares: ``%`` and ``_`` stand for others unless a backslash is before them."""
    parts = re.split(r"(\\.|%|_)", pattern.replace("``", "`"))
    spelt = "".join({"%": ".*", "_": "."}.get(part, re.escape(part[1:] if part.startswith("\\") else part)) for part in parts)
    return re.fullmatch(spelt, database) is not None
