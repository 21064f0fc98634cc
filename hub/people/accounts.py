"""Accounts: who comes in, as what, and the lock on the door.

Whether a name exists shows neither in words nor in time: an unknown one is worked on like a known one and answered like a wrong password.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from hub.clock import later
from hub.people import log, passwords
from hub.people.sight import ADMINISTRATORS, ROLES
from hub.registry.units import below, find, printable
from hub.store.tables import account as table
from hub.store.tables import session, token, unit
from scanner.errors import UseError

FAILURES, LOCK_SECONDS, LONGEST_LOCK = 5, 15 * 60, 4 * 3600
CHANGE_DAYS = 180
AT_ONCE = "0001-01-01"
"""In ``must_change``, which holds the day from which a password must be changed."""
ORIGINS = ("local", "ldap", "oidc")
_NAME = re.compile(r"[0-9A-Za-z\u4e00-\u9fff][0-9A-Za-z\u4e00-\u9fff._@-]{1,63}")


@dataclass(frozen=True, slots=True)
class Account:
    """Somebody who may come in. Hash and secret are not part of it."""

    id: int
    name: str
    full_name: str
    role: str
    """One of :data:`hub.people.sight.ROLES`."""
    unit_id: int
    """Root of what may be seen."""
    origin: str
    """``local``, ``ldap`` or ``oidc``."""
    subject: str
    """Who it is there."""
    second: bool
    """Whether a second factor is set up."""
    failed: int
    locked_until: str
    must_change: str
    """Day from which the password must be changed."""
    disabled: str
    created: str

    def locked(self, at: str) -> bool:
        """Whether nobody comes in. A lock longer than any is of a clock that ran ahead and was put right: it would last for as long as that was off."""
        return at < self.locked_until <= later(at, LONGEST_LOCK)


def add(
    connection: Connection,
    by: str,
    name: str,
    full_name: str,
    role: str,
    code: str,
    *,
    password: str,
    at: str,
    origin: str = "local",
    subject: str = "",
) -> Account:
    """A new account with a first password, which must be changed at once. Raises UseError."""
    held = find(connection, code)
    _check(connection, name, full_name, role, origin, subject)
    if origin == "local":
        passwords.check(password, name)
    values: dict[str, Any] = {"name": name, "full_name": full_name.strip(), "role": role, "unit_id": held.id, "created": at}
    values |= {"origin": origin, "subject": subject, "must_change": AT_ONCE if origin == "local" else ""}
    connection.execute(table.insert().values(**values, password=passwords.hashed(password) if origin == "local" else ""))
    log.write(connection, by, "account.add", held.id, {"name": name, "role": role, "origin": origin})
    return find_account(connection, name)


def find_account(connection: Connection, name: str) -> Account:
    """Raises UseError."""
    row = connection.execute(sa.select(table).where(table.c.name == name)).first()
    if row is None:
        raise UseError("hub-account-unknown", name=name[:80])
    return made(row)


def by_id(connection: Connection, number: int) -> Account | None:
    """None when there is none."""
    row = connection.execute(sa.select(table).where(table.c.id == number)).first()
    return made(row) if row is not None else None


def by_subject(connection: Connection, origin: str, subject: str) -> Account | None:
    """The account that a person of a directory comes in by: made before, never by coming."""
    statement = sa.select(table).where(table.c.origin == origin, table.c.subject == subject, table.c.subject != "")
    row = connection.execute(statement).first()
    return made(row) if row is not None else None


def listed(connection: Connection, path: str) -> list[tuple[Account, str]]:
    """The accounts whose unit stands in a subtree, with its code, by name."""
    statement = sa.select(table, unit.c.code.label("unit_code")).join(unit, unit.c.id == table.c.unit_id)
    statement = statement.where(below(path)).order_by(table.c.name)
    return [(made(row), row.unit_code) for row in connection.execute(statement)]


def hash_of(connection: Connection, name: str) -> str:
    """What a password is held against; empty for an unknown name and for one of a directory."""
    found = connection.execute(sa.select(table.c.password).where(table.c.name == name, table.c.origin == "local")).scalar()
    return found or ""


def subject_of(connection: Connection, name: str, origin: str) -> str:
    """Who an account of this name is in a directory; empty for every other name."""
    found = connection.execute(sa.select(table.c.subject).where(table.c.name == name, table.c.origin == origin)).scalar()
    return found or ""


def settle(connection: Connection, name: str, good: bool, at: str) -> Account | None:
    """Count the attempt and say who came in: None for a wrong password, an unknown name, a locked and a disabled account alike."""
    row = connection.execute(sa.select(table).where(table.c.name == name)).first()
    if row is None:
        # What was typed is not kept: people type their password into the wrong field.
        log.write(connection, "?", "login.failed", None, {"known": False})
        return None
    found = made(row)
    if found.locked(at) or found.disabled:
        log.write(connection, name, "login.refused", found.unit_id, {"locked": found.locked(at)})
        return None
    if good:
        return found
    failed = found.failed + 1
    values: dict[str, Any] = {"failed": failed}
    if failed >= FAILURES:
        values["locked_until"] = later(at, min(LOCK_SECONDS << (failed - FAILURES), LONGEST_LOCK))
    connection.execute(table.update().where(table.c.id == found.id).values(values))
    log.write(connection, name, "login.failed", found.unit_id, {"failed": failed, "locked": "locked_until" in values})
    return None


def arrived(connection: Connection, found: Account, how: str) -> None:
    """All factors were right: the count of failures begins anew."""
    connection.execute(table.update().where(table.c.id == found.id).values(failed=0, locked_until=""))
    log.write(connection, found.name, "login", found.unit_id, {"how": how})


def set_password(connection: Connection, by: str, name: str, password: str, *, day: str, own: bool) -> None:
    """A new password; every session of the account ends, and every token too when somebody else sets it: the account may be in other hands."""
    found = find_account(connection, name)
    if found.origin != "local":
        raise UseError("hub-account-directory", name=name)
    passwords.check(password, name, hash_of(connection, name))
    change = later(f"{day}T00:00:00Z", CHANGE_DAYS * 86400)[:10] if own else AT_ONCE
    values = {"password": passwords.hashed(password), "must_change": change, "failed": 0, "locked_until": ""}
    connection.execute(table.update().where(table.c.id == found.id).values(values))
    shut(connection, found.id, "" if own else f"{day}T00:00:00Z")
    log.write(connection, by, "account.password", found.unit_id, {"name": name, "own": own})


def unlock(connection: Connection, by: str, name: str) -> None:
    """Raises UseError."""
    found = find_account(connection, name)
    connection.execute(table.update().where(table.c.id == found.id).values(failed=0, locked_until=""))
    log.write(connection, by, "account.unlock", found.unit_id, {"name": name})


def end_sessions(connection: Connection, by: str, name: str) -> None:
    """Every session of the account ends. Raises UseError."""
    found = find_account(connection, name)
    shut(connection, found.id)
    log.write(connection, by, "account.sessions", found.unit_id, {"name": name})


def disable(connection: Connection, by: str, name: str, at: str) -> None:
    """Out at once: sessions and tokens end. Raises UseError; nobody shuts out themselves."""
    found = find_account(connection, name)
    _not_own(by, name)
    connection.execute(table.update().where(table.c.id == found.id).values(disabled=at))
    shut(connection, found.id, tokens=at)
    log.write(connection, by, "account.disable", found.unit_id, {"name": name})


def enable(connection: Connection, by: str, name: str) -> None:
    """Raises UseError."""
    found = find_account(connection, name)
    connection.execute(table.update().where(table.c.id == found.id).values(disabled="", failed=0, locked_until=""))
    log.write(connection, by, "account.enable", found.unit_id, {"name": name})


def assign(connection: Connection, by: str, name: str, role: str, code: str, at: str) -> None:
    """Another role or unit; sessions and tokens end. Raises UseError; nobody changes their own rights."""
    found, held = find_account(connection, name), find(connection, code)
    _not_own(by, name)
    _check_role(connection, found.full_name, role, but=found.id)
    connection.execute(table.update().where(table.c.id == found.id).values(role=role, unit_id=held.id))
    shut(connection, found.id, tokens=at)
    log.write(connection, by, "account.assign", held.id, {"name": name, "role": role, "before": found.role})


def shut(connection: Connection, number: int, tokens: str = "") -> None:
    """End all sessions, and the tokens too from the moment that ``tokens`` names."""
    connection.execute(session.delete().where(session.c.account_id == number))
    if tokens:
        connection.execute(token.update().where(token.c.account_id == number, token.c.revoked == "").values(revoked=tokens))


_READ = tuple(name for name in Account.__slots__ if name != "second")


def made(row: Any) -> Account:
    """Of a row with all columns of the table."""
    held = row._mapping
    return Account(**{name: held[name] for name in _READ}, second=bool(held["totp"]))


def _check(connection: Connection, name: str, full_name: str, role: str, origin: str, subject: str) -> None:
    if not _NAME.fullmatch(name):
        raise UseError("hub-account-name", name=name[:80])
    if not full_name.strip() or len(full_name) > 80 or not printable(full_name):
        raise UseError("hub-account-full-name", name=name)
    if connection.execute(sa.select(table.c.id).where(table.c.name == name)).first():
        raise UseError("hub-account-taken", name=name)
    if origin not in ORIGINS or (origin != "local") != bool(subject):
        raise UseError("hub-account-origin", name=name)
    if subject and by_subject(connection, origin, subject):
        raise UseError("hub-account-subject", name=name)
    _check_role(connection, full_name, role)


def _check_role(connection: Connection, full_name: str, role: str, but: int | None = None) -> None:
    """An administrator is nobody else, and nobody else an administrator."""
    if role not in ROLES:
        raise UseError("hub-account-role", role=role[:40])
    wanted = _person(full_name)
    for row in connection.execute(sa.select(table.c.id, table.c.full_name, table.c.role).where(table.c.disabled == "")):
        apart = row.role != role and (role in ADMINISTRATORS or row.role in ADMINISTRATORS)
        if row.id != but and apart and _person(row.full_name) == wanted:
            raise UseError("hub-account-apart", full_name=full_name)


def _person(full_name: str) -> str:
    return "".join(unicodedata.normalize("NFKC", full_name).split()).casefold()


def _not_own(by: str, name: str) -> None:
    if by == name:
        raise UseError("hub-account-own", name=name)
