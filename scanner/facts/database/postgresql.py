"""PostgreSQL as the server itself tells it: effective settings, roles, rights, and the state of copies.

The value is what a session of this account starts with: file, command line and role settings resolved. Of what our own
session sets for itself, ``reset_val`` is that value.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from scanner.facts.database.rows import flag, maybe_number, number, one_row, rows, text
from scanner.facts.fact import Unreadable, fact
from scanner.model.absent import Absent, Why
from scanner.model.evidence import Answer, Probe

KINDS = ("database",)
_NAMES = (
    "archive_command", "archive_library", "archive_mode", "auth_delay.milliseconds",
    "credcheck.max_auth_failure", "credcheck.password_min_length", "data_checksums", "fsync", "full_page_writes",
    "idle_in_transaction_session_timeout", "idle_session_timeout", "listen_addresses", "log_connections", "log_destination",
    "log_disconnections", "log_file_mode", "log_line_prefix", "log_statement", "logging_collector", "password_encryption",
    "pgaudit.log", "pgaudit.role", "port", "shared_preload_libraries", "session_preload_libraries", "ssl",
    "ssl_max_protocol_version", "ssl_min_protocol_version", "statement_timeout", "tcp_keepalives_idle",
    "unix_socket_permissions", "wal_level",
)  # fmt: skip
# A command that copies WAL may hold a password; only whether there is one is asked.
_MASKED = "CASE WHEN {name} IN ('archive_command', 'archive_library') AND {value} NOT IN ('', '(disabled)') THEN '[set]' ELSE {value} END"
_SETTINGS = """SELECT name, {masked} AS value, source, pending_restart AS pending
FROM pg_settings WHERE name IN ({names}) ORDER BY name"""
_OVERRIDES = """SELECT coalesce(r.rolname::text, '*') AS role, coalesce(d.datname::text, '*') AS database,
split_part(c, '=', 1) AS name, {masked} AS value
FROM pg_db_role_setting s CROSS JOIN LATERAL unnest(s.setconfig) AS c
LEFT JOIN pg_roles r ON r.oid = s.setrole LEFT JOIN pg_database d ON d.oid = s.setdatabase
WHERE split_part(c, '=', 1) IN ({names}) ORDER BY 1, 2, 3"""


def _sql(question: str, name: str, value: str) -> str:
    return question.format(names=", ".join(f"'{one}'" for one in _NAMES), masked=_MASKED.format(name=name, value=value))


@fact(
    Probe(
        "postgresql.server",
        "sql",
        (
            """SELECT version() AS version, current_setting('server_version_num')::int AS number,
            current_date::text AS today, current_database()::text AS database, current_user::text AS account,
            pg_is_in_recovery() AS standby, (SELECT rolsuper FROM pg_roles WHERE rolname = current_user) AS superuser,
            pg_has_role(current_user, 'pg_read_all_settings', 'USAGE') AS sees_settings,
            coalesce((SELECT s.ssl FROM pg_stat_ssl s WHERE s.pid = pg_backend_pid()), false) AS tls,
            (SELECT s.version FROM pg_stat_ssl s WHERE s.pid = pg_backend_pid()) AS tls_version,
            (SELECT s.cipher FROM pg_stat_ssl s WHERE s.pid = pg_backend_pid()) AS tls_cipher""",
        ),
        kinds=KINDS,
    )
)
@dataclass(frozen=True, slots=True)
class PgServer:
    """Which server this is, and who asked it over what."""

    version: str
    """Whole sentence of ``version()``; products derived from PostgreSQL say so here."""
    number: int
    """``server_version_num``: 150012 is 15.12."""
    today: str
    """The server's date, YYYY-MM-DD."""
    database: str
    """The database of this session: what belongs to one database is seen of this one alone."""
    standby: bool
    superuser: bool
    """The asking account is a superuser."""
    sees_settings: bool
    """The asking account may see every setting."""
    tls: str | None
    """TLS version of this very session, None without TLS."""

    @property
    def genuine(self) -> bool:
        """PostgreSQL itself, not a product derived from it."""
        return self.version.startswith("PostgreSQL ")

    @classmethod
    def read(cls, answer: Answer) -> PgServer:
        row = one_row(answer)
        return cls(
            version=text(row, "version"),
            number=number(row, "number"),
            today=text(row, "today"),
            database=text(row, "database"),
            standby=flag(row, "standby"),
            superuser=flag(row, "superuser"),
            sees_settings=flag(row, "sees_settings"),
            tls=text(row, "tls_version") if flag(row, "tls") else None,
        )


@dataclass(frozen=True, slots=True)
class PgSetting:
    """One setting."""

    value: str
    """What a new session of this account starts with, in the setting's own unit."""
    source: str
    """Where the value comes from; ``session`` where ours hides it."""
    pending: bool
    """The file says something else already; it takes hold at the next restart."""


@fact(
    Probe(
        "postgresql.settings",
        "sql",
        (_sql(_SETTINGS, "name", "CASE WHEN source = 'session' THEN reset_val ELSE setting END"),),
        kinds=KINDS,
    )
)
@dataclass(frozen=True, slots=True)
class PgSettings:
    """Effective settings by name."""

    values: Mapping[str, PgSetting]

    def get(self, name: str) -> PgSetting | Absent:
        """The setting; absent when this server does not know it or this account may not see it."""
        found = self.values.get(name)
        return (
            found if found is not None else Absent(Why.NO_PERMISSION, f"{name}: not shown (unknown here, or pg_read_all_settings missing)")
        )

    def words(self, name: str) -> frozenset[str] | Absent:
        """A comma-separated setting as lower-case words."""
        found = self.get(name)
        if isinstance(found, Absent):
            return found
        return frozenset(word.strip().strip('"').lower() for word in found.value.split(",") if word.strip())

    @classmethod
    def read(cls, answer: Answer) -> PgSettings:
        values: dict[str, PgSetting] = {}
        for row in rows(answer):
            if row.get("value") is not None:
                values[text(row, "name")] = PgSetting(text(row, "value"), text(row, "source"), flag(row, "pending"))
        if not values:
            raise Unreadable("no settings")
        return cls(values)


@fact(
    Probe(
        "postgresql.setting-overrides",
        "sql",
        (_sql(_OVERRIDES, "split_part(c, '=', 1)", "substr(c, strpos(c, '=') + 1)"),),
        kinds=KINDS,
    )
)
@dataclass(frozen=True, slots=True)
class PgOverrides:
    """What ALTER ROLE … SET and ALTER DATABASE … SET change for some accounts."""

    items: tuple[tuple[str, str, str, str], ...]
    """(role or ``*``, database or ``*``, setting, value)."""

    def of(self, name: str) -> tuple[tuple[str, str], ...]:
        """Who changes this setting, as ``role@database``, and to what."""
        return tuple((f"{role}@{database}", value) for role, database, key, value in self.items if key == name)

    @classmethod
    def read(cls, answer: Answer) -> PgOverrides:
        return cls(tuple((text(r, "role"), text(r, "database"), text(r, "name"), text(r, "value")) for r in rows(answer)))


@fact(
    Probe(
        "postgresql.extensions",
        "sql",
        ("SELECT extname::text AS name, extversion AS version FROM pg_extension ORDER BY 1",),
        kinds=KINDS,
    )
)
@dataclass(frozen=True, slots=True)
class PgExtensions:
    """Extensions of the session's database."""

    versions: Mapping[str, str]

    @classmethod
    def read(cls, answer: Answer) -> PgExtensions:
        return cls({text(row, "name"): text(row, "version") for row in rows(answer)})


@fact(
    Probe(
        "postgresql.copies",
        "sql",
        (
            """SELECT a.archived_count::bigint AS archived, a.failed_count::bigint AS failed,
            extract(epoch FROM now() - a.last_archived_time)::bigint AS archived_ago,
            extract(epoch FROM now() - a.last_failed_time)::bigint AS failed_ago,
            (SELECT count(*) FROM pg_stat_replication) AS standbys,
            (SELECT count(*) FROM pg_replication_slots WHERE active) AS slots FROM pg_stat_archiver a""",
        ),
        kinds=KINDS,
    )
)
@dataclass(frozen=True, slots=True)
class PgCopies:
    """WAL archiving and replication as they run now."""

    archived: int
    failed: int
    archived_ago: int | None
    """Seconds since WAL was last archived; None when never."""
    failed_ago: int | None
    """Seconds since archiving last failed; None when never."""
    standbys: int
    slots: int
    """Replication slots in use."""

    @classmethod
    def read(cls, answer: Answer) -> PgCopies:
        row = one_row(answer)
        return cls(
            number(row, "archived"), number(row, "failed"), maybe_number(row, "archived_ago"), maybe_number(row, "failed_ago"),
            number(row, "standbys"), number(row, "slots"),
        )  # fmt: skip
