"""Accounts of others: the security administrator's."""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy.engine import Connection

from hub.people import accounts, second, sessions
from hub.people.accounts import Account
from hub.people.first_password import first_password
from hub.people.sight import ROLES, Hidden
from hub.registry import units
from hub.web.ask import Answer, Ask, Go, Page
from hub.web.pages.account import number_of
from hub.web.router import Menu, page, post
from scanner.errors import UseError

Deed = Callable[[Connection, str, Account, str], None]
DEEDS: dict[str, Deed] = {
    "unlock": lambda connection, by, found, at: accounts.unlock(connection, by, found.name),
    "disable": lambda connection, by, found, at: accounts.disable(connection, by, found.name, at),
    "enable": lambda connection, by, found, at: accounts.enable(connection, by, found.name),
    "second": lambda connection, by, found, at: second.drop(connection, by, found),
    "sessions": lambda connection, by, found, at: accounts.end_sessions(connection, by, found.name),
}


@page("/accounts", act="accounts", menu=Menu("accounts", 10))
def table(ask: Ask) -> Page:
    """All of them."""
    return _listed(ask, None)


@post("/accounts", act="accounts", again=table)
def add(ask: Ask) -> Page:
    """A new one; its first password is shown once and must be changed."""
    value, form = first_password(), ask.form
    local = form.get("origin", "local") == "local"
    with ask.writing() as connection:
        held = ask.sight.unit(connection, form.get("unit", "").strip())
        made = accounts.add(
            connection,
            ask.sight.person,
            form.get("name", "").strip(),
            form.get("full_name", ""),
            form.get("role", ""),
            held.code,
            password=value,
            at=ask.now,
            origin=form.get("origin", "local"),
            subject=form.get("subject", "").strip(),
        )
    return _listed(ask, (made.name, value) if local else None)


@page("/accounts/{name}", act="accounts")
def one(ask: Ask) -> Page:
    """One of them, and what may be done to it."""
    return _shown(ask, None)


@post("/accounts/{name}/assign", act="accounts", again=one)
def assign(ask: Ask) -> Go:
    """Another role or unit."""
    with ask.writing() as connection:
        found = _found(ask, connection)
        held = ask.sight.unit(connection, ask.form.get("unit", "").strip())
        accounts.assign(connection, ask.sight.person, found.name, ask.form.get("role", ""), held.code, ask.now)
    return Go(f"/accounts/{found.name}", "assign")


@post("/accounts/{name}/password", act="accounts", again=one)
def reset(ask: Ask) -> Page:
    """A new first password, shown once."""
    value = first_password()
    with ask.writing() as connection:
        found = _found(ask, connection, other=True)
        accounts.set_password(connection, ask.sight.person, found.name, value, day=ask.now[:10], own=False)
    return _shown(ask, (found.name, value))


@post("/accounts/{name}/tokens/{number}/revoke", act="accounts")
def revoke(ask: Ask) -> Go:
    """A token of somebody's."""
    with ask.writing() as connection:
        found = _found(ask, connection)
        if not sessions.revoke_token(connection, ask.sight.person, found, number_of(ask), ask.now):
            raise Hidden
    return Go(f"/accounts/{found.name}", "token-revoked")


@post("/accounts/{name}/{deed}", act="accounts", again=one)
def do(ask: Ask) -> Answer:
    """Unlock, disable, enable, drop the second factor, end sessions."""
    deed = DEEDS.get(ask.path["deed"])
    if deed is None:
        raise Hidden
    with ask.writing() as connection:
        found = _found(ask, connection, other=True)
        deed(connection, ask.sight.person, found, ask.now)
    return Go(f"/accounts/{found.name}", f"account-{ask.path['deed']}")


def _found(ask: Ask, connection: Connection, *, other: bool = False) -> Account:
    try:
        found = accounts.find_account(connection, ask.path["name"])
    except UseError:
        raise Hidden from None
    if not ask.sight.sees(connection, found.unit_id):
        raise Hidden
    if other and found.name == ask.sight.person:
        raise UseError("hub-account-own", name=found.name)
    return found


def _roles(ask: Ask) -> list[tuple[str, str]]:
    return [(role, ask.say(f"role.{role}")) for role in ROLES]


def _listed(ask: Ask, shown: tuple[str, str] | None) -> Page:
    with ask.reading() as connection:
        rows = accounts.listed(connection, ask.sight.root_path)
    origins = [(origin, ask.say(f"origin.{origin}")) for origin in accounts.ORIGINS]
    return Page("accounts.html", {"rows": rows, "roles": _roles(ask), "origins": origins, "shown": shown, "now": ask.now})


def _shown(ask: Ask, shown: tuple[str, str] | None) -> Page:
    with ask.reading() as connection:
        found = _found(ask, connection)
        code, tokens = units.by_id(connection, found.unit_id).code, sessions.tokens_of(connection, found.id)
    deeds = ["unlock"] if found.failed else []
    deeds += ["enable"] if found.disabled else ["sessions", "disable"]
    deeds += ["password"] if found.origin == "local" else []
    deeds += ["second"] if found.second else []
    values = {"account": found, "code": code, "tokens": tokens, "roles": _roles(ask), "deeds": deeds, "shown": shown, "now": ask.now}
    return Page("one_account.html", {**values, "own": found.name == ask.sight.person})
