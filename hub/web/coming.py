"""What happens around a session: begun, and begun anew wherever rights change, so that a cookie from before is worth nothing."""

from __future__ import annotations

import secrets

from sqlalchemy.engine import Connection

from hub.people import accounts, sessions
from hub.people.accounts import Account
from hub.web import guard
from hub.web.ask import Ask, Cookie


def begun(ask: Ask, connection: Connection, found: Account, *, whole: bool) -> tuple[Cookie, ...]:
    """A new session; the one that the request came with ends."""
    if ask.visit is not None and ask.visit.key:
        sessions.end(connection, ask.visit.key)
    cookie, _ = sessions.start(connection, found, ask.now, ask.agent, whole=whole)
    return (Cookie(guard.cookie_name(ask.state), cookie), Cookie(guard.PRE, ""))


def came_in(ask: Ask, connection: Connection, found: Account, how: str) -> tuple[Cookie, ...]:
    """After the first factor: whole where no second one is set up."""
    if not found.second:
        accounts.arrived(connection, found, how)
    return begun(ask, connection, found, whole=not found.second)


def pre() -> Cookie:
    """For a browser that has not come in."""
    return Cookie(guard.PRE, secrets.token_urlsafe(32))
