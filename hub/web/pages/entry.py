"""Coming in and going out."""

from __future__ import annotations

from urllib.parse import quote

from hub.people import accounts, log, passwords, second, sessions, throttle
from hub.web import guard
from hub.web.ask import Answer, Ask, Cookie, Go, Page
from hub.web.coming import begun, came_in, pre
from hub.web.look import form_token
from hub.web.router import OPEN, OPEN_LIMIT, page, post


@page("/login", act=OPEN)
def login(ask: Ask) -> Answer:
    """The form."""
    aim = guard.local(ask.query.get("next", "/"))
    return Go(aim) if ask.visit is not None and ask.visit.whole else _form(ask, aim, 200)


@post("/login", act=OPEN, limit=OPEN_LIMIT)
def enter(ask: Ask) -> Answer:
    """A name and a password. The answer to a wrong one, an unknown name and a locked account is one and the same."""
    name, password, aim = ask.form.get("name", "").strip(), ask.form.get("password", ""), guard.local(ask.form.get("next", "/"))
    with ask.reading() as connection:
        if throttle.full(connection, ask.address, ask.now):
            return _form(ask, aim, 429, ask.say("login.wait"))
    good = _proven(ask, name, password)
    with ask.writing() as connection:
        found = accounts.settle(connection, name, good, ask.now)
        if found is None:
            throttle.failed(connection, ask.address, ask.now)
        cookies = came_in(ask, connection, found, "password") if found is not None else ()
    if found is None:
        return _form(ask, aim, 401, ask.say("login.wrong"))
    return Go(f"/login/code?next={quote(aim, safe='')}" if found.second else aim, cookies=cookies)


@page("/login/code", act="self", owed=True)
def code(ask: Ask) -> Answer:
    """Where the second factor is asked for."""
    if ask.visit is None or ask.visit.whole:
        return Go("/")
    aim = guard.local(ask.query.get("next", "/"))
    return Page("code.html", {"next": aim})


@post("/login/code", act="self", owed=True)
def prove(ask: Ask) -> Answer:
    """A code counts once; wrong ones count like wrong passwords."""
    if ask.visit is None or ask.visit.whole:
        return Go("/")
    found = ask.visit.account
    with ask.writing() as connection:
        good = second.accept(connection, ask.state.own.sign, found, ask.form.get("code", ""), ask.now)
        settled = accounts.settle(connection, found.name, good, ask.now)
        if settled is None:
            after = accounts.by_id(connection, found.id)
            if after is None or after.locked(ask.now):
                accounts.shut(connection, found.id)
        else:
            accounts.arrived(connection, settled, "second")
            cookies = begun(ask, connection, settled, whole=True)
    if settled is None:
        aim = guard.local(ask.form.get("next", "/"))
        return Page("code.html", {"next": aim}, 401, trouble=ask.say("code.wrong"))
    return Go(guard.local(ask.form.get("next", "/")), cookies=cookies)


@post("/logout", act="self", owed=True)
def leave(ask: Ask) -> Answer:
    """The session is over, here and at the hub."""
    if ask.visit is not None:
        with ask.writing() as connection:
            sessions.end(connection, ask.visit.key)
            log.write(connection, ask.visit.account.name, "logout", ask.visit.account.unit_id)
    return Go("/login", "logout", cookies=(Cookie(guard.cookie_name(ask.state), ""),))


def _form(ask: Ask, aim: str, status: int, trouble: str = "") -> Page:
    """Whoever stands here has no whole session: the form holds what the browser holds."""
    values = {"next": aim, "name": ask.form.get("name", ""), "others": [(url, ask.say(key)) for url, key in ask.state.ways]}
    if ask.visit is not None or ask.cookies.get("pre"):
        return Page("login.html", values, status, trouble=trouble)
    one = pre()
    return Page("login.html", {**values, "csrf": form_token(one.value)}, status, (one,), trouble)


def _proven(ask: Ask, name: str, password: str) -> bool:
    """The same work for every name; where an account is of a directory, that is asked as well."""
    with ask.reading() as connection:
        held, subject = accounts.hash_of(connection, name), accounts.subject_of(connection, name, "ldap")
    good = passwords.matches(held, password)
    return ask.state.directory(subject, password) if subject and ask.state.directory is not None else good
