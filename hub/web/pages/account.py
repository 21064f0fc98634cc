"""One's own account: password, second factor, tokens."""

from __future__ import annotations

from markupsafe import Markup

from hub.clock import later
from hub.people import accounts, passwords, second, sessions
from hub.people.accounts import Account
from hub.people.sight import ROLES, Forbidden, Hidden
from hub.registry import units
from hub.web import guard, router
from hub.web.ask import Ask, Go, Page
from hub.web.coming import begun
from hub.web.router import page, post
from scanner.errors import KeepError, UseError

TOKEN_DAYS = 90


@page("/account", act="self")
def show(ask: Ask) -> Page:
    """Who one is here."""
    return _shown(ask, "")


@post("/account/tokens", act="self", again=show)
def make_token(ask: Ask) -> Page:
    """A token is shown once, on the answer."""
    held, scopes = _own(ask), list(ask.many.get("scope", ()))
    if wrong := sorted(set(scopes) - _useful(held)):
        raise UseError("hub-token-scope", scope=", ".join(wrong))
    with ask.writing() as connection:
        value = sessions.new_token(connection, held, ask.form.get("label", ""), scopes, ask.form.get("until", ""), ask.now)
    return _shown(ask, value)


@post("/account/tokens/{number}/revoke", act="self")
def revoke_token(ask: Ask) -> Go:
    """One's own only."""
    with ask.writing() as connection:
        if not sessions.revoke_token(connection, ask.sight.person, _own(ask), number_of(ask), ask.now):
            raise Hidden
    return Go("/account", "token-revoked")


@page("/account/password", act="self", owed=True)
def password(ask: Ask) -> Page:
    """The form."""
    held = _own(ask)
    return Page("password.html", {"owed": bool(held.must_change) and held.must_change <= ask.now[:10]})


@post("/account/password", act="self", owed=True, again=password)
def change_password(ask: Ask) -> Go:
    """The present one is asked for; every other session ends."""
    held, fresh = _own(ask), ask.form.get("fresh", "")
    if fresh != ask.form.get("again", ""):
        raise UseError("hub-password-differs")
    with ask.reading() as connection:
        present = accounts.hash_of(connection, held.name)
    good = passwords.matches(present, ask.form.get("present", ""))
    with ask.writing() as connection:
        settled = accounts.settle(connection, held.name, good, ask.now)
    if settled is None:
        raise UseError("hub-password-present")
    with ask.writing() as connection:
        accounts.set_password(connection, held.name, held.name, fresh, day=ask.now[:10], own=True)
        cookies = begun(ask, connection, held, whole=True)
    return Go("/", "password", cookies=cookies)


@page("/account/second", act="self", owed=True)
def second_factor(ask: Ask) -> Page:
    """A fresh secret, which stands sealed in the form until its first code came."""
    found, key = _own(ask), ask.state.own.sign
    secret = _held(ask, found) or second.new_secret()
    held = second.sealed(key, found.id, secret)
    grouped = " ".join(secret[start : start + 4] for start in range(0, len(secret), 4))
    picture = Markup(second.picture(secret, found.name))  # noqa: S704 - drawn by ourselves from base32 and a checked name
    owed = guard.needs_second(ask.state, found) and not found.second
    return Page("second.html", {"secret": grouped, "held": held, "picture": picture, "owed": owed})


@post("/account/second", act="self", owed=True, again=second_factor)
def set_second(ask: Ask) -> Go:
    """Whoever has one already shows it before it is replaced."""
    found, key = _own(ask), ask.state.own.sign
    secret = _held(ask, found)
    if not secret:
        raise UseError("hub-second-wrong")
    with ask.writing() as connection:
        proven = not found.second or second.accept(connection, key, found, ask.form.get("present", ""), ask.now)
        good = proven and second.set_up(connection, key, found, secret, ask.form.get("code", ""), ask.now)
        if not good:
            accounts.settle(connection, found.name, False, ask.now)
        else:
            accounts.shut(connection, found.id)
            cookies = begun(ask, connection, found, whole=True)
    if not good:
        raise UseError("hub-second-wrong")
    return Go("/", "second", cookies=cookies)


def _held(ask: Ask, found: Account) -> str:
    """The secret that the form held; empty for one that this account was not given."""
    try:
        return second.opened(ask.state.own.sign, found.id, ask.form.get("held", ""))
    except KeepError:
        return ""


def number_of(ask: Ask) -> int:
    """The number in the path. Raises Hidden for what is none."""
    text = ask.path["number"]
    if not (text.isascii() and text.isdigit() and len(text) < 16):
        raise Hidden
    return int(text)


def _own(ask: Ask) -> Account:
    """Whole sessions only, or those that owe what is served here: never a session that lacks the second factor."""
    if ask.visit is None or not ask.visit.whole:
        raise Forbidden("self")
    return ask.visit.account


def _useful(held: Account) -> frozenset[str]:
    """The rights of an account that a program can use: no token may do what only people do."""
    asked = {route.act for route in router.TABLE if route.kind == "api"}
    return ROLES[held.role] & asked - {"self"}


def _shown(ask: Ask, value: str) -> Page:
    held = _own(ask)
    with ask.reading() as connection:
        tokens, unit = sessions.tokens_of(connection, held.id), units.by_id(connection, held.unit_id)
    scopes = sorted(_useful(held))
    values = {"account": held, "unit": unit, "tokens": tokens, "scopes": scopes, "shown": value}
    return Page("account.html", {**values, "until": later(ask.now, TOKEN_DAYS * 86400)[:10]})
