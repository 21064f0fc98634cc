"""``shiqu init``: questions that end in an inventory. Nothing is written before the last answer."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any, TypeVar

import click

from scanner.cli.inventory import dump, summary
from scanner.cli.output import write_whole
from scanner.cli.words import say
from scanner.rulebook.yaml_lines import load_file, load_lined
from scanner.targets.declared import HOURS, RANKS
from scanner.targets.fields import ID, USER, address, network
from scanner.targets.inventory import parse_inventory

T = TypeVar("T")
GRADE = re.compile(r"[1-4]|S[1-4]A[1-4](?:G[1-4])?")
ZONES = ("lan", "classified", "extranet", "internet")
HOLDS = ("unclassified", "classified")


@click.command("init", help=say("init.help"))
@click.option("-o", "--output", default="inventory.yaml", show_default=True, metavar="FILE", help=say("inventory.file"))
def init(output: str) -> int:
    path = Path(output)
    # Broken or not ours: said now, not after twenty answers.
    old = path.read_bytes() if path.exists() else None
    data = _plain(load_file(path)) if old is not None else {}
    if old is not None:
        parse_inventory(load_file(path), path)
    click.echo(say("init.again" if old is not None else "init.start", file=path))
    data = questions(data or {})
    text = dump(data)
    book = parse_inventory(load_lined(text, output), path)
    if old is not None:
        write_whole(path.with_name(path.name + ".bak"), old)
    write_whole(path, text.encode())
    click.echo(say("inventory.imported", file=path))
    summary(book)
    click.echo(say("init.next", file=path))
    return 0


def questions(data: dict[str, Any]) -> dict[str, Any]:
    """Ask everything; what the old inventory says is the default, and what is not asked stays as it was."""
    unit, scope = data.get("unit") or {}, data.get("scope") or {}
    unit["code"] = ask("init.unit-code", unit.get("code", ""), _text)
    unit["name"] = ask("init.unit-name", unit.get("name", ""), _text)
    unit["region"] = ask("init.unit-region", unit.get("region", ""), _text)
    unit["rank"] = ask("init.unit-rank", unit.get("rank", "unknown"), _one_of(RANKS))
    scope["allow"] = ask("init.allow", " ".join(map(str, scope.get("allow") or [])), _allow)
    scope["authorised_by"] = ask("init.authorised-by", scope.get("authorised_by", ""), _text)
    scope["until"] = ask("init.until", str(scope.get("until") or f"{date.today().year}-12-31"), _date)
    scope["hours"] = ask("init.hours", scope.get("hours", "00:00-24:00"), _matching(HOURS))
    zones = data.get("zones") or {"lan": {"kind": "lan", "networks": []}}
    zone = ask("init.zone", next(iter(zones)), _matching(ID))
    here = zones.setdefault(zone, {"kind": "lan", "networks": []})
    here["kind"] = ask("init.zone-kind", here.get("kind", "lan"), _one_of(ZONES))
    here["networks"] = ask("init.zone-networks", " ".join(here.get("networks") or []), _networks)
    logins, systems = data.get("logins") or {}, data.get("systems") or []
    taken: set[str] = {str(target.get("id")) for system in systems for target in system.get("targets") or []}
    for system in systems:
        _system(system, zone, zones, logins, taken)
    while click.confirm(say("init.more-systems" if systems else "init.first-system"), default=not systems):
        systems.append(_system({}, zone, zones, logins, taken, {str(system["id"]) for system in systems}))
    return data | {"unit": unit, "scope": scope, "zones": zones, "systems": systems, "logins": logins}


def _system(
    system: dict[str, Any], zone: str, zones: dict[str, Any], logins: dict[str, Any], taken: set[str], ids: set[str] | None = None
) -> dict[str, Any]:
    if ids is not None:
        system["id"] = ask("init.system-id", "dams" if "dams" not in ids else "", _new(ids))
    click.echo(say("init.system", id=system["id"]))
    system["name"] = ask("init.system-name", system.get("name", ""), _text)
    system["grade"] = _grade_value(ask("init.grade", str(system.get("grade", "3")), _matching(GRADE)))
    system["zone"] = ask("init.system-zone", system.get("zone", zone), _one_of(tuple(zones)))
    system["holds"] = ask("init.holds", system.get("holds", "unclassified"), _one_of(HOLDS))
    targets = system.setdefault("targets", [])
    for target in targets:
        if target.get("kind", "linux") == "linux":
            _host(target, logins)
    while click.confirm(say("init.more-hosts" if targets else "init.first-host"), default=not targets):
        target = {"id": ask("init.host-id", "", _new(taken)), "kind": "linux"}
        taken.add(target["id"])
        targets.append(_host(target, logins))
    return system


def _host(target: dict[str, Any], logins: dict[str, Any]) -> dict[str, Any]:
    target["address"] = ask("init.address", target.get("address", ""), _address, id=target["id"])
    if target["address"] == "local":
        return target
    target["port"] = ask("init.port", str(target.get("port", 22)), _port)
    target["login"] = ask("init.login", target.get("login") or next(iter(logins), "ops"), _matching(ID))
    if target["login"] not in logins:
        logins[target["login"]] = {
            "user": ask("init.user", "audit", _matching(USER)),
            "key": ask("init.key", "~/.ssh/id_ed25519", _key),
            "known_hosts": ask("init.known-hosts", "~/.ssh/known_hosts", _text),
            "sudo": click.confirm(say("init.sudo"), default=False),
        }
    return target


def ask(key: str, default: str, valid: Callable[[str], T], **fields: object) -> T:
    """Ask until the answer is valid. Ctrl-C and the end of input stop everything."""
    while True:
        given = click.prompt(say(key, **fields), default=default, show_default=bool(default), type=str)
        try:
            return valid(str(given).strip())
        except ValueError as error:
            click.echo(say("init.wrong", wanted=error))


def _text(text: str) -> str:
    if not text.isprintable():
        raise ValueError(say("init.want-text"))
    return text


def _one_of(choices: tuple[str, ...]) -> Callable[[str], str]:
    def valid(text: str) -> str:
        if text not in choices:
            raise ValueError(" ".join(choices))
        return text

    return valid


def _matching(pattern: re.Pattern[str]) -> Callable[[str], str]:
    def valid(text: str) -> str:
        if not pattern.fullmatch(text):
            raise ValueError({GRADE: "1 2 3 4 S3A2", HOURS: "00:00-24:00", USER: "audit"}.get(pattern, "web01"))
        return text

    return valid


def _new(taken: set[str]) -> Callable[[str], str]:
    def valid(text: str) -> str:
        if not ID.fullmatch(text) or text in taken:
            raise ValueError(say("init.want-new-id"))
        return text

    return valid


def _allow(text: str) -> list[str]:
    items = text.replace(",", " ").replace("，", " ").split()
    for item in items:
        kind, _, rest = item.partition(":")
        if not (kind in ("file", "sqlite") and rest) and network(item) is None and address(item) is None:
            raise ValueError("192.0.2.0/24")
    return items


def _networks(text: str) -> list[str]:
    items = text.replace(",", " ").replace("，", " ").split()
    if any(network(item) is None for item in items):
        raise ValueError("192.0.2.0/24")
    return items


def _address(text: str) -> str:
    if not text or address(text) is None:
        raise ValueError("192.0.2.10 local")
    return text


def _date(text: str) -> str:
    try:
        date.fromisoformat(text)
    except ValueError:
        raise ValueError("2027-12-31") from None
    return text


def _port(text: str) -> int:
    if not (text.isascii() and text.isdigit() and 1 <= int(text[:6]) <= 65535):
        raise ValueError("1-65535")
    return int(text)


def _key(text: str) -> str:
    """A path of a private key, not the key itself."""
    if not text or not text.isprintable() or "PRIVATE KEY" in text:
        raise ValueError("~/.ssh/id_ed25519")
    return text


def _grade_value(text: str) -> int | str:
    return int(text) if text.isdigit() else text


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    return [_plain(item) for item in value] if isinstance(value, list) else value


COMMANDS: list[click.Command] = [init]
