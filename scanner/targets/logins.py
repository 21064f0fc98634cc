"""Logins of an inventory: secrets by reference only."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from scanner.errors import UseError
from scanner.rulebook.yaml_lines import Lined
from scanner.targets.fields import USER, Reader, address
from scanner.targets.records import LoginEntry

TRANSPORTS = ("paramiko", "openssh")
_KEYS = ("user", "key", "passphrase", "password", "known_hosts", "sudo", "su", "jump", "address", "port", "transport", "ssh_config")


def read_logins(top: Reader, path: Path) -> dict[str, LoginEntry]:
    """The mapping ``logins``. Raises UseError; a password in plain text is refused without being shown."""
    given = top.mapping("logins")
    logins = {name: _login(value, name, top.file, path, given.lines[name]) for name, value in given.items()}
    for login in logins.values():
        if login.jump is not None and not _leads(login.jump, logins):
            raise UseError("inventory-jump", file=top.file, line=given.lines[login.name], id=login.name)
    return logins


def _leads(jump: str, logins: Mapping[str, LoginEntry]) -> bool:
    return jump in logins and logins[jump].address is not None and logins[jump].jump is None


def _login(value: Any, name: str, file: str, path: Path, line: int) -> LoginEntry:
    login = Reader(value, file, f"logins.{name}", _KEYS, line)
    where = login.text("address")
    spelt = address(where) if where is not None else None
    if where is not None and spelt is None:
        raise login.fail("address", "inventory-address")
    return LoginEntry(
        name=name,
        user=login.text("user", None, USER, "audit"),
        key=login.path("key", path),
        passphrase=login.secret("passphrase"),
        password=login.secret("password"),
        known_hosts=login.path("known_hosts", path),
        jump=login.text("jump"),
        address=spelt,
        port=login.port("port"),
        transport=_transport(login),
        ssh_config=login.path("ssh_config", path),
        **_elevation(login),
    )


def _transport(login: Reader) -> str:
    """Only the OpenSSH client reads an ssh_config, so naming one names the client."""
    config = login.data.get("ssh_config") is not None
    found = login.one_of("transport", TRANSPORTS, "openssh" if config else "paramiko")
    if config and found != "openssh":
        raise login.fail("transport", wanted="openssh")
    return found


def _elevation(login: Reader) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for word in ("sudo", "su"):
        given = login.data.get(word)
        if isinstance(given, Lined):
            found |= {word: True, "elevate_password": login.inner(word, ("password",)).secret("password")}
        elif given is not None:
            found[word] = login.flag(word, False)
    if found.get("sudo") and found.get("su"):
        raise login.fail("su", wanted="sudo | su")
    return found
