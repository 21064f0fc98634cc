"""To the central sign-on and back."""

from __future__ import annotations

import json

from hub.clock import later
from hub.people import accounts, sessions
from hub.people.sealing import seal, unseal
from hub.people.sight import Hidden
from hub.people.signon import Pending
from hub.web import guard
from hub.web.ask import Answer, Ask, Cookie, Out, Page
from hub.web.coming import came_in
from hub.web.router import OPEN, page
from scanner.errors import UseError

AWAY_SECONDS = 600


@page("/oidc", act=OPEN)
def leave(ask: Ask) -> Answer:
    """Off to the provider; the browser keeps, sealed, what has to come back."""
    if ask.state.signon is None:
        raise Hidden
    url, pending = ask.state.signon.begin()
    kept = json.dumps([pending.state, pending.nonce, pending.verifier, guard.local(ask.query.get("next", "/")), ask.now])
    return Out(url, (Cookie(guard.AWAY, seal(ask.state.own.sign, "away", "", kept), AWAY_SECONDS, lax=True),))


@page("/oidc/back", act=OPEN)
def back(ask: Ask) -> Answer:
    """Back with a code. Who has no account here does not get one."""
    if ask.state.signon is None:
        raise Hidden
    pending, aim = _kept(ask)
    if not sessions.same(pending.state, ask.query.get("state", "")) or not ask.query.get("code"):
        raise UseError("hub-signon-refused")
    subject = ask.state.signon.end(ask.query["code"], pending)
    with ask.writing() as connection:
        found = accounts.by_subject(connection, "oidc", subject)
        settled = accounts.settle(connection, found.name, True, ask.now) if found is not None else None
        cookies = came_in(ask, connection, settled, "oidc") if settled is not None else ()
    if settled is None:
        raise UseError("hub-signon-nobody")
    # A page and no redirect: on one that began at another site the browser would not send the new cookie.
    return Page("arrived.html", {"aim": "/login/code" if settled.second else aim}, cookies=(*cookies, Cookie(guard.AWAY, "", lax=True)))


def _kept(ask: Ask) -> tuple[Pending, str]:
    try:
        state, nonce, verifier, aim, at = json.loads(unseal(ask.state.own.sign, "away", "", ask.cookies.get("away", "")))
    except ValueError:
        raise UseError("hub-signon-refused") from None
    if later(at, AWAY_SECONDS) < ask.now:
        raise UseError("hub-signon-refused")
    return Pending(state, nonce, verifier), guard.local(aim)
