"""``shiqu init``: questions in Chinese, an inventory at the end. Nothing is written before the last answer."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

import click

from scanner.cli.inventory import dump, summary
from scanner.cli.output import write_whole
from scanner.cli.questions import ask, one_of, several, shaped, spelt, words, yes
from scanner.cli.targets_asked import ask_logins, ask_systems
from scanner.cli.words import say
from scanner.errors import UseError
from scanner.rulebook.yaml_lines import load_file, load_lined
from scanner.targets.declared import HOURS, RANKS, ZONE_KINDS
from scanner.targets.fields import DATE, ID, address, network
from scanner.targets.inventory import parse_inventory, read_inventory
from scanner.targets.writing import plain

Data = dict[str, Any]
APART = {("lan", "internet"), ("classified", "internet"), ("classified", "lan"), ("classified", "extranet")}
"""Kinds of zones, inner first, between which a physical separation is asked for."""


@click.command("init", help=say("init.help"))
@click.option("-o", "--output", default="inventory.yaml", show_default=True, metavar="FILE", help=say("inventory.file"))
def init(output: str) -> int:
    path = Path(output)
    if path.is_symlink():
        raise UseError("file-exists", file=path)
    old = _existing(path)
    click.echo(say("init.again" if old else "init.start", file=path))
    data = _questions(old)
    text = dump(data)
    book = parse_inventory(load_lined(text, output), path)
    summary(book)
    if not yes("init.write", True, file=path):
        click.echo(say("init.nothing"))
        return 0
    if old:
        write_whole(path.with_name(path.name + ".bak"), path.read_bytes())
    write_whole(path, text.encode())
    click.echo(say("init.written", file=path))
    return 0


def _existing(path: Path) -> Data:
    """What the file says already; it has to be valid. Raises UseError."""
    if not path.exists():
        return {}
    read_inventory(path)
    found = plain(load_file(path))
    return found if isinstance(found, dict) else {}


def _questions(old: Data) -> Data:
    data = {**old, "unit": _unit(old.get("unit") or {}), "scope": _scope(old.get("scope") or {})}
    data["zones"] = _zones(old.get("zones") or {})
    data["isolation"] = _isolation(old.get("isolation") or [], data["zones"])
    data["systems"] = ask_systems(old.get("systems") or [], data["zones"], old.get("logins") or {})
    data["logins"] = ask_logins(old.get("logins") or {}, data["systems"])
    return {key: value for key, value in data.items() if value or key in ("unit", "scope", "systems")}


def _unit(old: Mapping[str, Any]) -> Data:
    click.echo(say("init.part-unit"))
    return _given(
        old,
        name=ask("init.unit-name", old.get("name"), words, optional=False),
        code=ask("init.unit-code", _text(old.get("code")), words),
        region=ask("init.unit-region", _text(old.get("region")), words),
        rank=ask("init.unit-rank", old.get("rank"), one_of(RANKS, lambda rank: say(f"rank.{rank}"))),
    )


def _scope(old: Mapping[str, Any]) -> Data:
    click.echo(say("init.part-scope"))
    return _given(
        old,
        allow=ask("init.scope-allow", ", ".join(map(str, old.get("allow") or ["127.0.0.1"])), several(_allowed)) or [],
        authorised_by=ask("init.scope-by", old.get("authorised_by"), words, optional=False),
        until=ask("init.scope-until", _text(old.get("until")) if old else f"{date.today().year}-12-31", _day),
        hours=ask("init.scope-hours", old.get("hours", "00:00-24:00"), _hours),
    )


def _allowed(text: str) -> str:
    """A network without host bits, an address, a name, or a pattern of stores."""
    found = network(text)
    if text.partition(":")[0] in ("file", "sqlite") and len(text) > 7:
        return text
    if (found is None and address(text) in (None, "local")) or (
        found is not None and (network(text, strict=True) is None or found.prefixlen == 0)
    ):
        raise ValueError("192.0.2.0/24, 192.0.2.10, file:./data/**")
    return text


def _day(text: str) -> str:
    if not DATE.fullmatch(text):
        raise ValueError("2027-12-31")
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError:
        raise ValueError("2027-12-31") from None


def _hours(text: str) -> str:
    found = HOURS.fullmatch(text.replace("：", ":").replace("－", "-"))
    if found is None or found[1] == found[2]:
        raise ValueError("00:00-24:00, 22:00-06:00")
    return found[0]


def _zones(old: Mapping[str, Any]) -> Data:
    click.echo(say("init.part-zones"))
    zones: Data = {}
    for name, zone in (old or {"lan": {}}).items():
        kept = ask("init.zone-name", name, shaped(ID, "lan"))
        if kept is not None:
            zones[kept] = _zone(zone or {})
    while yes("init.zone-more", False):
        name = ask("init.zone-name", None if "internet" in zones else "internet", shaped(ID, "lan"), optional=False)
        zones[name] = _zone({"kind": name if name in ZONE_KINDS else "lan", **zones.get(name, {})})
    return zones


def _zone(old: Mapping[str, Any]) -> Data:
    kind = ask("init.zone-kind", old.get("kind", "lan"), one_of(ZONE_KINDS), optional=False)
    networks = ask("init.zone-networks", ", ".join(map(str, old.get("networks") or [])) or None, several(spelt(_network, "192.0.2.0/24")))
    level = ask("init.zone-level", old.get("level"), words) if kind == "classified" else None
    return _given(old, kind=kind, level=level, networks=networks or [])


def _network(text: str) -> str | None:
    found = network(text)
    return str(found) if found is not None else None


def _isolation(old: list[Data], zones: Mapping[str, Data]) -> list[Data]:
    """Declared pairs whose zones are still there, and those that zones of such kinds call for, when the person agrees."""
    pairs = [pair for pair in old if all(zone in zones for zone in pair["between"])]
    for inner, one in zones.items():
        for outer, other in zones.items():
            declared = any({inner, outer} == set(pair["between"]) for pair in pairs)
            if (one["kind"], other["kind"]) in APART and not declared and yes("init.isolation", True, inner=inner, outer=outer):
                pairs.append({"between": [inner, outer], "require": "physical"})
    return pairs


def _given(old: Mapping[str, Any], **answers: Any) -> Data:
    """Answers over what was there; a question answered with nothing takes its key away."""
    return {key: value for key, value in {**old, **answers}.items() if value is not None}


def _text(value: Any) -> str | None:
    return None if value is None else str(value)


COMMANDS: list[click.Command] = [init]
