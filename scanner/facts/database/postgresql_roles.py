"""PostgreSQL's roles, how their passwords are stored, and what everyone may do."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from scanner.facts.database.rows import flag, rows, text, texts
from scanner.facts.fact import Unreadable, fact
from scanner.model.evidence import Answer, Probe

KINDS = ("database",)


@dataclass(frozen=True, slots=True)
class PgRole:
    """One role and what it may do."""

    name: str
    superuser: bool
    login: bool
    create_role: bool
    bypass_rls: bool
    replication: bool
    powers: tuple[str, ...]
    """Superuser roles, and predefined roles that reach the server's files and programs, that it can take on."""


@fact(
    Probe(
        "postgresql.roles",
        "sql",
        (
            """SELECT r.rolname::text AS name, r.rolsuper AS superuser, r.rolcanlogin AS login, r.rolcreaterole AS create_role,
            r.rolbypassrls AS bypass_rls, r.rolreplication AS replication,
            ARRAY(SELECT p.rolname::text FROM pg_roles p WHERE (p.rolsuper OR p.rolname IN ('pg_execute_server_program',
            'pg_write_server_files', 'pg_read_server_files')) AND p.oid <> r.oid AND NOT r.rolsuper
            AND pg_has_role(r.oid, p.oid, 'MEMBER') ORDER BY 1) AS powers
            FROM pg_roles r WHERE r.rolname !~ '^pg_' ORDER BY 1""",
        ),
        kinds=KINDS,
    )
)
@dataclass(frozen=True, slots=True)
class PgRoles:
    """Every role but the predefined ones."""

    roles: tuple[PgRole, ...]

    @classmethod
    def read(cls, answer: Answer) -> PgRoles:
        found = tuple(
            PgRole(
                text(row, "name"), flag(row, "superuser"), flag(row, "login"), flag(row, "create_role"),
                flag(row, "bypass_rls"), flag(row, "replication"), texts(row, "powers"),
            )
            for row in rows(answer)
        )  # fmt: skip
        if not any(role.superuser for role in found):
            raise Unreadable("a server without any superuser")
        return cls(found)


@fact(
    Probe(
        "postgresql.role-secrets",
        "sql",
        (
            """SELECT rolname::text AS name, rolcanlogin AS login, CASE WHEN rolpassword IS NULL THEN 'none'
            WHEN left(rolpassword, 14) = 'SCRAM-SHA-256$' THEN 'scram-sha-256' WHEN left(rolpassword, 3) = 'md5' THEN 'md5'
            ELSE 'other' END AS kind FROM pg_authid WHERE rolname !~ '^pg_' ORDER BY 1""",
        ),
        kinds=KINDS,
    )
)
@dataclass(frozen=True, slots=True)
class PgSecrets:
    """How each role's password is stored; the hash itself never leaves the server."""

    kinds: Mapping[str, str]
    """Role that may log in to ``scram-sha-256``, ``md5``, ``none`` or ``other``."""

    @classmethod
    def read(cls, answer: Answer) -> PgSecrets:
        found = rows(answer)
        if not found:
            raise Unreadable("no roles")
        return cls({text(row, "name"): text(row, "kind") for row in found if flag(row, "login")})


@fact(
    Probe(
        "postgresql.public-rights",
        "sql",
        (
            """SELECT 'database' AS what, d.datname::text AS name, has_database_privilege('public', d.oid, 'CONNECT') AS use,
            has_database_privilege('public', d.oid, 'CREATE') AS make FROM pg_database d WHERE d.datallowconn AND NOT d.datistemplate
            UNION ALL SELECT 'schema', n.nspname::text, has_schema_privilege('public', n.oid, 'USAGE'),
            has_schema_privilege('public', n.oid, 'CREATE') FROM pg_namespace n
            WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema' ORDER BY 1, 2""",
        ),
        kinds=KINDS,
    )
)
@dataclass(frozen=True, slots=True)
class PgPublic:
    """What everyone (PUBLIC) may do: all databases, and the schemas of the session's own."""

    databases: Mapping[str, tuple[bool, bool]]
    """Database to (may connect, may create)."""
    schemas: Mapping[str, tuple[bool, bool]]
    """Schema to (may use, may create)."""

    @classmethod
    def read(cls, answer: Answer) -> PgPublic:
        found = {
            what: {text(r, "name"): (flag(r, "use"), flag(r, "make")) for r in rows(answer) if text(r, "what") == what}
            for what in ("database", "schema")
        }
        if not found["database"]:
            raise Unreadable("no databases")
        return cls(found["database"], found["schema"])
