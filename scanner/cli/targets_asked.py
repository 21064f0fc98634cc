"""Questions of ``shiqu init`` about systems, what belongs to them, and the logins that they need."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import click

from scanner.cli.questions import ask, one_of, shaped, spelt, words, yes
from scanner.cli.words import say
from scanner.errors import UseError
from scanner.rulebook.grades import read_grade
from scanner.targets.fields import ID, SECRET, USER, address
from scanner.targets.inventory import TARGET_KINDS

Data = dict[str, Any]
HOSTS = ("linux", "windows")
URLS = {"database": "postgresql://192.0.2.11/archive", "web": "https://192.0.2.10/", "catalogue": "file:./data/"}
PLATFORMS = ("huawei_vrp", "h3c_comware", "cisco_ios", "cisco_nxos", "ruijie_os")
THIS = {"id": "this-machine", "kind": "linux", "address": "local"}


def ask_systems(old: list[Data], zones: Mapping[str, Any], logins: Mapping[str, Any]) -> list[Data]:
    """Every system with its targets; the first run asks for one."""
    click.echo(say("init.part-systems"))
    systems: list[Data] = []
    for system in old:
        click.echo(say("init.system-known", id=system["id"], name=system.get("name", ""), count=len(system.get("targets") or [])))
        if yes("init.system-keep", True):
            systems.append(_system(system, zones, _ids(old) | _ids(systems), logins) if yes("init.system-edit", False) else system)
    if not old:
        systems.append(_system({}, zones, set(), logins))
    while yes("init.system-more", False):
        systems.append(_system({}, zones, _ids(systems), logins))
    return systems


def _ids(systems: list[Data]) -> set[str]:
    return {str(target["id"]) for system in systems for target in system.get("targets") or []}


def _system(old: Data, zones: Mapping[str, Any], taken: set[str], logins: Mapping[str, Any]) -> Data:
    zone = ask("init.system-zone", old.get("zone") or next(iter(zones), None), one_of(list(zones))) if zones else None
    answers = {
        "id": ask("init.system-id", old.get("id"), shaped(ID, "dams"), optional=False),
        "name": ask("init.system-name", old.get("name"), words, optional=False),
        "grade": ask("init.system-grade", str(old.get("grade", "3")), _grade, optional=False),
        "zone": zone,
        "holds": "classified" if yes("init.system-classified", old.get("holds") == "classified") else "unclassified",
    }
    targets = [
        target for target in old.get("targets") or [] if yes("init.target-keep", True, id=target["id"], kind=target.get("kind", "linux"))
    ]
    seen = taken | {str(target["id"]) for target in targets}
    if not old and not taken and yes("init.this-machine", True):
        targets.append(dict(THIS))
        seen.add(THIS["id"])
    while yes("init.target-more", not targets):
        targets.append(_target(seen, targets, logins))
        seen.add(targets[-1]["id"])
    return {key: value for key, value in {**old, **answers, "targets": targets}.items() if value is not None}


def _grade(text: str) -> int | str:
    try:
        read_grade(text)
    except UseError:
        raise ValueError("2 / 3 / S3A2") from None
    return int(text) if text.isdigit() else text


def _target(taken: set[str], members: list[Data], logins: Mapping[str, Any]) -> Data:
    def fresh(text: str) -> str:
        if not ID.fullmatch(text) or text in taken:
            raise ValueError("web01")
        return text

    kind = ask("init.target-kind", "linux", one_of(TARGET_KINDS, lambda name: say(f"kind.{name}")), optional=False, kinds=_kinds())
    target: Data = {"id": ask("init.target-id", None, fresh, optional=False), "kind": kind}
    target |= _where(kind, members)
    if (
        kind in (*HOSTS, "netdev", "database", "catalogue")
        and target.get("address") != "local"
        and "config" not in target
        and not _is_file(target)
    ):
        target["login"] = ask("init.target-login", next(iter(logins), None), shaped(ID, "ops"))
    return {key: value for key, value in target.items() if value is not None}


def _kinds() -> str:
    return " ".join(f"{number} {say(f'kind.{kind}')}" for number, kind in enumerate(TARGET_KINDS, 1))


def _is_file(target: Data) -> bool:
    return str(target.get("url", "")).startswith(("file:", "sqlite:"))


def _where(kind: str, members: list[Data]) -> Data:
    """Where a target of a kind stands."""
    if kind in URLS:
        return {"url": ask("init.target-url", None, _url(kind), optional=False, example=URLS[kind])}
    if kind == "middleware":
        hosts = [str(member["id"]) for member in members if member.get("kind") in HOSTS]
        return {
            "host": ask("init.target-host", hosts[0] if hosts else None, one_of(hosts) if hosts else shaped(ID, "web01"), optional=False)
        }
    if kind == "netdev":
        platform = ask("init.target-platform", PLATFORMS[0], one_of(PLATFORMS), optional=False)
        config = ask("init.target-config", None, words)
        return {"platform": platform, **({"config": config} if config is not None else _address())}
    if kind == "site":
        return {"config": ask("init.target-form", None, words)}
    return _address(optional=kind == "application")


def _address(optional: bool = False) -> Data:
    return {
        "address": ask("init.target-address", None, spelt(address, "192.0.2.10"), optional),
        "port": ask("init.target-port", None, _port),
    }


def _port(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 6 and 1 <= int(text) <= 65535):
        raise ValueError("1-65535")
    return int(text)


def _url(kind: str) -> Any:
    """A URL as the inventory reads it; one with a password in it is refused like any other wrong one, and not shown."""
    from pathlib import Path

    from scanner.rulebook.yaml_lines import Lined
    from scanner.targets.fields import Reader
    from scanner.targets.urls import read_url

    def read(text: str) -> str:
        data = Lined(url=text)
        data.lines, data.line = {}, 1
        try:
            read_url(Reader(data, "", "", ("url",)), kind, Path("inventory.yaml"))
        except UseError:
            raise ValueError(URLS[kind]) from None
        return text

    return read


def ask_logins(old: Mapping[str, Any], systems: list[Data]) -> Data:
    """A login for every name that a target uses; known ones stay as they are."""
    used = dict.fromkeys(str(target["login"]) for system in systems for target in system.get("targets") or [] if target.get("login"))
    logins = dict(old)
    missing = [name for name in used if name not in logins]
    if missing:
        click.echo(say("init.part-logins"))
    for name in missing:
        logins[name] = _login(name)
    return logins


def _login(name: str) -> Data:
    user = ask("init.login-user", "root", shaped(USER, "audit"), optional=False, name=name)
    how = ask("init.login-how", "1", one_of(("key", "password", "agent")), optional=False)
    login: Data = {"user": user}
    if how == "key":
        login["key"] = ask("init.login-key", "~/.ssh/id_ed25519", words, optional=False)
    elif how == "password":
        login["password"] = ask("init.login-password", "ask", shaped(SECRET, "ask / env:NAME / file:PATH / keyring:NAME"), optional=False)
    if user != "root" and yes("init.login-sudo", True):
        login["sudo"] = True
    return login
