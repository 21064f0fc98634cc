"""Who may pass: host, session or token, second factor, rights, form token. In this order, and nothing of a handler runs before."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Mapping

from sqlalchemy.engine import Connection
from starlette.requests import Request

from hub.people import log, sessions
from hub.people.accounts import Account
from hub.people.sessions import Visit
from hub.people.sight import ADMINISTRATORS, Forbidden
from hub.web.ask import State
from hub.web.router import OPEN, Route
from scanner.errors import KeepError

PRE = "shiqu-pre"
"""Cookie of a browser that has not come in yet: its login form must hold the same value."""
AWAY = "shiqu-away"
"""Cookie of a browser whose person is at the central sign-on: sealed."""
LANG = "shiqu-lang"
LOG = logging.getLogger("shiqu.hub")
_HOST = re.compile(r"(?:[A-Za-z0-9](?:[A-Za-z0-9.-]{0,252})|\[[0-9a-fA-F:.]{2,45}\])(?::\d{1,5})?")
_LOCAL = re.compile(r"/(?![/\\])[^\x00-\x20\\\x7f]*")


class NotIn(Exception):
    """Nobody came in: people are shown the way, programs are told."""


class Refused(Exception):
    """Not a request that this hub's own pages make."""

    def __init__(self, code: str, status: int) -> None:
        self.code = code
        """Key ``web.refused.<code>``."""
        self.status = status
        super().__init__(code)


class Owed(Exception):
    """First this: a code, or a new password."""

    def __init__(self, url: str) -> None:
        self.url = url
        super().__init__(url)


def check_host(state: State, host: str) -> None:
    """Raises Refused for a name that is none, or none of ours."""
    name = host.rpartition(":")[0] if re.search(r":\d+$", host) else host
    if not _HOST.fullmatch(host) or (state.hosts and name.casefold() not in state.hosts):
        raise Refused("host", 421)


def visit(state: State, route: Route, request: Request, now: str) -> Visit | None:
    """Who comes, with the right to do what the route needs. Raises NotIn, Owed, Forbidden, Refused."""
    found = _who(state, route, request, now)
    if route.act == OPEN:
        return found
    if found is None:
        raise NotIn
    if not route.owed:
        _settled(state, found, now)
    if not found.sight.may(route.act):
        with state.database.writing() as connection:
            log.write(connection, found.account.name, "refused", None, {"act": route.act, "path": route.path})
        raise Forbidden(route.act)
    return found


def check_form(state: State, route: Route, request: Request, came: Visit | None, form: Mapping[str, str]) -> None:
    """That the form was one of our own pages. Raises Refused."""
    if route.kind != "post":
        return
    _same_origin(request)
    wanted = came.csrf if came is not None else request.cookies.get(named(state, PRE), "")
    if not sessions.same(wanted, form.get("csrf", "")):
        raise Refused("form", 403)


def local(url: str) -> str:
    """A path of this hub, else the first page."""
    return url if len(url) <= 500 and _LOCAL.fullmatch(url) else "/"


def cookie_name(state: State) -> str:
    """Of the session."""
    return named(state, "shiqu")


def named(state: State, name: str) -> str:
    """A cookie's name as it is set: with TLS one that a browser binds to this very host."""
    return f"__Host-{name}" if state.secure and not name.startswith("__Host-") else name


def needs_second(state: State, found: Account) -> bool:
    """Whether the account must have a second factor."""
    return state.second == "all" or (state.second == "admins" and found.role in ADMINISTRATORS)


def _who(state: State, route: Route, request: Request, now: str) -> Visit | None:
    value = request.headers.get("authorization", "")
    if value:
        return _program(state, route, value, now)
    cookie = request.cookies.get(cookie_name(state), "")
    if not cookie:
        return None
    if route.kind == "api" and route.method != "GET":
        # A browser sends the cookie by itself: whoever changes something brings a token, or the form of a page.
        raise Refused("token", 403)
    with state.database.reading() as connection:
        found = sessions.load(connection, cookie, now)
    if found is None:
        return None
    if found[1]:
        _noted(state, lambda connection: sessions.touch(connection, found[0].key, now))
    return found[0]


def _program(state: State, route: Route, value: str, now: str) -> Visit:
    kind, _, token = value.partition(" ")
    if route.kind != "api" or kind.casefold() != "bearer":
        raise NotIn
    with state.database.glancing() as connection:
        found = sessions.by_token(connection, token.strip(), now)
    if found is None:
        raise NotIn
    if found[1]:
        _noted(state, lambda connection: sessions.token_used(connection, token.strip(), now))
    return found[0]


def _noted(state: State, write: Callable[[Connection], None]) -> None:
    """When somebody was last here. On a full disk nothing can be noted, and yet they may read; a session only ends the sooner."""
    try:
        with state.database.writing() as connection:
            write(connection)
    except KeepError as error:
        LOG.warning("not noted: %s", error)


def _settled(state: State, found: Visit, now: str) -> None:
    if not found.whole:
        raise Owed("/login/code")
    if not found.key:
        return
    if found.account.must_change and found.account.must_change <= now[:10]:
        raise Owed("/account/password")
    if needs_second(state, found.account) and not found.account.second:
        raise Owed("/account/second")


def _same_origin(request: Request) -> None:
    """Every browser says with a form where it comes from, in one of three ways."""
    host = request.headers.get("host", "")
    site = request.headers.get("sec-fetch-site")
    origin = request.headers.get("origin") or request.headers.get("referer") or ""
    if site is not None and site not in ("same-origin", "none"):
        raise Refused("origin", 403)
    if re.match(r"https?://([^/]+)", origin) is None:
        if site is None:
            raise Refused("origin", 403)
        return
    found = re.match(r"https?://([^/]+)", origin)
    if found is None or found[1].casefold() != host.casefold():
        raise Refused("origin", 403)
