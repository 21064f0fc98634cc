"""Accounts, passwords and terminal logins of IOS, NX-OS and Ruijie."""

from __future__ import annotations

import re

from scanner.facts.netdev.blocks import Config
from scanner.facts.netdev.shape import Secret

_FORMS = {
    "0": "plain",
    "7": "reversible",
    "6": "reversible",
    "5": "irreversible",
    "8": "irreversible",
    "9": "irreversible",
    "10": "irreversible",
}
_ENABLE = re.compile(r"enable (?:algorithm-type \S+ )?(password|secret)(?: level \d{1,2})? (.+)")
_USER = re.compile(r"username (\S+)(?: (.*))?")
_GIVEN = re.compile(r"(?:^|.* )(password|secret) (?:(?:sha512|scrypt|sha256|encrypted) )?(.+)")
_LINE = re.compile(r"password (.+)")


def _form(word: str, rest: str) -> str:
    digit = rest.split(" ")[0]
    if digit in _FORMS:
        return _FORMS[digit]
    # Without a digit a `password` is kept as typed; a `secret` is hashed when it is stored.
    return "plain" if word == "password" else "unclear"


def read_secrets(config: Config) -> tuple[Secret, ...]:
    """How each password is kept; the worst form of each owner wins."""
    users: dict[str, str | None] = {}
    others: list[Secret] = []
    for header in config.headers():
        enable = _ENABLE.fullmatch(header)
        if enable:
            others.append(Secret(f"enable {enable[1]}", _form(enable[1], enable[2])))
        user = _USER.fullmatch(header)
        if user and user[1] != "[masked]":
            given = _GIVEN.fullmatch(user[2] or "")
            form = _form(given[1], given[2]) if given else "empty" if "nopassword" in (user[2] or "").split() else None
            users[user[1]] = form or users.get(user[1])
    for block in config.starting("line"):
        for text in block.body:
            found = _LINE.fullmatch(text)
            if found:
                others.append(Secret(block.header.removeprefix("line "), _form("password", found[1])))
    # A user without any password in the text may be kept elsewhere (a certificate, a key): not judged as empty.
    accounts = [Secret(f"user {name}", form or "unclear") for name, form in users.items()]
    return tuple(sorted([*others, *accounts], key=lambda s: s.owner))


def method_of(body: tuple[str, ...], headers: list[str], vendor: str) -> str | None:
    """How a terminal line asks: aaa (an account), password, none; None when the text does not say."""
    if vendor == "nxos":
        return "aaa"
    named = next((m[1] for text in reversed(body) if (m := re.fullmatch(r"login authentication (\S+)", text))), None)
    if "aaa new-model" in headers:
        methods = next(
            (m[1].split() for h in headers if (m := re.fullmatch(rf"aaa authentication login {re.escape(named or 'default')} (.+)", h))),
            None,
        )
        if methods is None:
            return "aaa" if named is None else None
        if "none" in methods:
            return "none"
        return "password" if methods[0] in {"line", "enable"} else "aaa"
    for text in reversed(body):
        if text in {"login local", "login tacacs"}:
            return "aaa"
        if text == "login":
            return "password"
        if text == "no login":
            return "none"
    return None
