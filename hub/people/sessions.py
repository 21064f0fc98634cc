"""Sessions of the browser and tokens of programs: 256 random bits each, of which only the hash is kept."""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from dataclasses import dataclass
from typing import Any

import msgspec
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from hub.clock import later
from hub.people import accounts, log
from hub.people.accounts import Account
from hub.people.sight import ROLES, Sight
from hub.registry.units import printable
from hub.store.tables import account, session, token, unit
from scanner.errors import UseError
from scanner.model.canonical import canonical

IDLE, LONGEST = 15 * 60, 8 * 3600
"""Seconds without a request, and in all."""
TOUCH = 30
"""Seconds after which a request is noted: not every one costs a write."""
MOST_SESSIONS, MOST_TOKENS, MOST_DAYS = 5, 20, 366
_MARK = "shq_"
_FORM = re.compile(r"[A-Za-z0-9_-]{43}")


@dataclass(frozen=True, slots=True)
class Visit:
    """One request's session, or its token."""

    account: Account
    sight: Sight
    csrf: str
    """What a form must bring along; empty for a token, which no browser sends by itself."""
    whole: bool
    """False while the second factor is owed."""
    key: str
    """Hash of the cookie; empty for a token."""


@dataclass(frozen=True, slots=True)
class Token:
    """A program's way in."""

    id: int
    account_id: int
    label: str
    scopes: tuple[str, ...]
    """Acts, never more than those of the account."""
    created: str
    until: str
    revoked: str
    used: str


def start(connection: Connection, found: Account, at: str, agent: str, *, whole: bool) -> tuple[str, str]:
    """A new session: (cookie, csrf). The oldest beyond five of an account ends."""
    cookie, csrf = secrets.token_urlsafe(32), secrets.token_urlsafe(32)
    values = {"token": hashed(cookie), "account_id": found.id, "csrf": csrf, "opened": at, "seen": at, "whole": int(whole)}
    connection.execute(session.insert().values(**values, agent=shown_agent(agent)))
    newest = sa.select(session.c.token).where(session.c.account_id == found.id).order_by(session.c.opened.desc(), session.c.seen.desc())
    kept = list(connection.execute(newest.limit(MOST_SESSIONS)).scalars())
    kept = [hashed(cookie), *[one for one in kept if one != hashed(cookie)]][:MOST_SESSIONS]
    connection.execute(session.delete().where(session.c.account_id == found.id, session.c.token.not_in(kept)))
    connection.execute(session.delete().where(session.c.opened < later(at, -LONGEST)))
    return cookie, csrf


def load(connection: Connection, cookie: str, at: str) -> tuple[Visit, bool] | None:
    """Who comes with this cookie, and whether that should be noted; None when it is none, too old, or of somebody shut out."""
    if not _FORM.fullmatch(cookie):
        return None
    row = connection.execute(sa.select(session).where(session.c.token == hashed(cookie))).first()
    if row is None or not later(at, -IDLE) <= row.seen <= later(at, IDLE) or not later(at, -LONGEST) <= row.opened <= later(at, LONGEST):
        # Times to come: the clock went back, and nobody knows how long nothing was asked.
        return None
    found = accounts.by_id(connection, row.account_id)
    if found is None or found.disabled:
        return None
    return Visit(found, sight_of(connection, found), row.csrf, bool(row.whole), row.token), row.seen < later(at, -TOUCH)


def touch(connection: Connection, key: str, at: str) -> None:
    """The session was used."""
    connection.execute(session.update().where(session.c.token == key, session.c.seen < at).values(seen=at))


def end(connection: Connection, key: str) -> None:
    """The session is over."""
    connection.execute(session.delete().where(session.c.token == key))


def sight_of(connection: Connection, found: Account, acts: frozenset[str] | None = None) -> Sight:
    """The rights as they are now: of the account's role and unit, and no more than ``acts``."""
    return _sight(found, connection.execute(sa.select(unit.c.path).where(unit.c.id == found.unit_id)).scalar() or "", acts)


def _sight(found: Account, path: str, acts: frozenset[str] | None) -> Sight:
    held = ROLES.get(found.role, frozenset())
    return Sight(found.id, found.role, path, held if acts is None else held & acts, found.name)


def new_token(connection: Connection, found: Account, label: str, scopes: list[str], until: str, at: str) -> str:
    """A token, to be shown once. Raises UseError."""
    if not label.strip() or len(label) > 80 or not printable(label):
        raise UseError("hub-token-label")
    wrong = sorted(set(scopes) - (ROLES[found.role] - {"self"}))
    if wrong or not scopes:
        raise UseError("hub-token-scope", scope=", ".join(wrong) or "-")
    if not at[:10] < until <= later(at, MOST_DAYS * 86400)[:10]:
        raise UseError("hub-token-until", most=MOST_DAYS)
    alive = (
        sa.select(sa.func.count()).select_from(token).where(token.c.account_id == found.id, token.c.revoked == "", token.c.until >= at[:10])
    )
    if connection.execute(alive).scalar_one() >= MOST_TOKENS:
        raise UseError("hub-token-many", most=MOST_TOKENS)
    value = _MARK + secrets.token_urlsafe(32)
    values = {"hash": hashed(value), "account_id": found.id, "label": label.strip(), "created": at, "until": until}
    connection.execute(token.insert().values(**values, scopes=canonical(sorted(set(scopes))).decode()))
    log.write(connection, found.name, "token.add", found.unit_id, {"label": label.strip(), "scopes": sorted(set(scopes)), "until": until})
    return value


_BY_TOKEN = (
    sa.select(account, token.c.scopes, token.c.revoked, token.c.until, token.c.used, unit.c.path)
    .join(token, token.c.account_id == account.c.id)
    .join(unit, unit.c.id == account.c.unit_id)
    .where(token.c.hash == sa.bindparam("mark"))
)
"""One statement, built once: every upload of every unit passes here."""
_SCOPES = msgspec.json.Decoder(list[str])


def by_token(connection: Connection, value: str, at: str) -> tuple[Visit, bool] | None:
    """Who comes with this token, and whether that should be noted."""
    if not value.startswith(_MARK) or not _FORM.fullmatch(value.removeprefix(_MARK)):
        return None
    row = connection.execute(_BY_TOKEN, {"mark": hashed(value)}).first()
    if row is None or row.revoked or row.until < at[:10]:
        return None
    found = accounts.made(row)
    if found.disabled:
        return None
    acts = frozenset(_SCOPES.decode(row.scopes))
    return Visit(found, _sight(found, row.path, acts), "", True, ""), row.used < at[:10]


def token_used(connection: Connection, value: str, at: str) -> None:
    """Noted once a day."""
    connection.execute(token.update().where(token.c.hash == hashed(value)).values(used=at))


def tokens_of(connection: Connection, number: int) -> list[Token]:
    """Of an account, the newest first."""
    statement = sa.select(token).where(token.c.account_id == number).order_by(token.c.id.desc())
    return [_token(row) for row in connection.execute(statement)]


def revoke_token(connection: Connection, by: str, found: Account, number: int, at: str) -> bool:
    """Whether there was such a token of the account."""
    statement = token.update().where(token.c.id == number, token.c.account_id == found.id, token.c.revoked == "")
    done = connection.execute(statement.values(revoked=at)).rowcount == 1
    if done:
        log.write(connection, by, "token.revoke", found.unit_id, {"name": found.name, "token": number})
    return done


def same(one: str, other: str) -> bool:
    """Compared in constant time; an empty one equals nothing."""
    return bool(one) and hmac.compare_digest(one.encode(), other.encode())


def hashed(value: str) -> str:
    """What is kept of a cookie or token."""
    return hashlib.sha256(value.encode()).hexdigest()


def shown_agent(agent: str) -> str:
    """The browser's name as it may be shown."""
    return "".join(char for char in agent[:120] if char.isprintable())


def _token(row: Any) -> Token:
    values = {name: row._mapping[name] for name in Token.__slots__ if name != "scopes"}
    return Token(**values, scopes=tuple(msgspec.json.decode(row.scopes)))
