"""The inventory: what to look at, under whose authorisation, with which logins. Validated whole before anything is sent."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from scanner.errors import UseError
from scanner.model.target import Target
from scanner.rulebook.yaml_lines import Lined, load_file
from scanner.targets.fields import ID, USER, Reader, address, network

TARGET_KINDS = ("linux", "windows", "database", "netdev", "middleware", "web", "catalogue", "application", "site")
RANKS = ("national", "provincial", "municipal", "county", "office", "unknown")
GRADE = re.compile(r"[1-4]|S[1-4]A[1-4](?:G[1-4])?")
HOURS = re.compile(r"([01][0-9]|2[0-4]):([0-5][0-9])-([01][0-9]|2[0-4]):([0-5][0-9])")
_TOP = ("unit", "scope", "zones", "isolation", "crossings", "systems", "logins")


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """The authorisation as data."""

    allow: tuple[str, ...] = ()
    """Addresses, networks, host names, and ``file:``/``sqlite:`` patterns with absolute paths."""
    authorised_by: str = ""
    until: date | None = None
    hours: str = "00:00-24:00"
    write: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class LoginEntry:
    """One login, secrets by reference."""

    name: str
    user: str | None = None
    key: str | None = None
    passphrase: str | None = None
    password: str | None = None
    known_hosts: str | None = None
    sudo: bool = False
    su: bool = False
    elevate_password: str | None = None
    jump: str | None = None
    address: str | None = None
    port: int | None = None
    transport: str = "paramiko"
    ssh_config: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class System:
    """One graded system."""

    id: str
    name: str
    grade: str
    """``2``, ``3`` or ``S3A2``."""
    zone: str | None
    holds: str
    profile: str | None
    details: Mapping[str, Any] = field(default_factory=dict)
    """Filing, evaluation and whatever else the unit declares about it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Inventory:
    """Everything that the file says."""

    path: Path
    unit: Mapping[str, Any]
    scope: Scope
    zones: Mapping[str, Mapping[str, Any]]
    isolation: tuple[Mapping[str, Any], ...]
    crossings: tuple[Mapping[str, Any], ...]
    systems: tuple[System, ...]
    logins: Mapping[str, LoginEntry]
    targets: tuple[Target, ...]

    def masked(self) -> dict[str, Any]:
        """The inventory as it may rest on a shelf: no secret, no reference to one, no user name, no path."""
        return {
            "unit": dict(self.unit),
            "scope": {
                "allow": list(self.scope.allow),
                "authorised_by": self.scope.authorised_by,
                "until": self.scope.until.isoformat() if self.scope.until is not None else None,
                "hours": self.scope.hours,
            },
            "zones": {name: _plain(zone) for name, zone in self.zones.items()},
            "isolation": [_plain(item) for item in self.isolation],
            "crossings": [_plain(item) for item in self.crossings],
            "logins": {name: {"transport": login.transport, "sudo": login.sudo or login.su} for name, login in self.logins.items()},
        }


def read_inventory(path: Path) -> Inventory:
    """Read and validate. Raises UseError naming file and line."""
    return parse_inventory(load_file(path), path)


def parse_inventory(data: Any, path: Path) -> Inventory:
    """Validate a loaded document. Raises UseError."""
    name = str(path)
    top = Reader(data, name, "inventory", _TOP)
    zones = {key: _zone(value, key, top) for key, value in top.mapping("zones").items()}
    logins = {key: _login(value, key, name, path) for key, value in top.mapping("logins").items()}
    for login in logins.values():
        if login.jump is not None and (login.jump not in logins or logins[login.jump].address is None or logins[login.jump].jump is not None):
            raise UseError("inventory-jump", file=name, line=top.mapping("logins").lines[login.name], id=login.name)
    systems, targets = _systems(top, zones, logins, path)
    return Inventory(
        path=path,
        unit=_unit(top),
        scope=_scope(top, path),
        zones=zones,
        isolation=tuple(_pair(item, top, zones) for item in top.items("isolation")),
        crossings=tuple(_crossing(item, top, zones) for item in top.items("crossings")),
        systems=systems,
        logins=logins,
        targets=targets,
    )


def _unit(top: Reader) -> dict[str, Any]:
    unit = Reader(top.mapping("unit"), top.file, "unit", ("code", "name", "region", "rank"), top.line("unit"))
    return {"code": unit.text("code", "unit"), "name": unit.text("name", ""), "region": unit.text("region", ""), "rank": unit.one_of("rank", RANKS, "unknown")}


def _scope(top: Reader, path: Path) -> Scope:
    scope = Reader(top.mapping("scope"), top.file, "scope", ("allow", "authorised_by", "until", "hours", "write"), top.line("scope"))
    allow = []
    for item in scope.items("allow"):
        if not isinstance(item, str):
            raise scope.fail("allow", wanted="192.0.2.0/24")
        kind, _, rest = item.partition(":")
        if kind in ("file", "sqlite") and rest:
            allow.append(f"{kind}:{absolute(rest, path)}")
        elif network(item) is not None or address(item) is not None:
            allow.append(item)
        else:
            raise scope.fail("allow", wanted="192.0.2.0/24")
    hours = scope.text("hours", "00:00-24:00", HOURS) or ""
    until = None
    if scope.data.get("until") is not None:
        try:
            until = date.fromisoformat(str(scope.data["until"]))
        except ValueError:
            raise scope.fail("until", wanted="2027-12-31") from None
    return Scope(allow=tuple(allow), authorised_by=scope.text("authorised_by", "") or "", until=until, hours=hours, write=tuple(map(str, scope.items("write"))))


def absolute(text: str, inventory: Path) -> str:
    """A path of the inventory file, relative to it; links are not resolved here."""
    path = Path(text).expanduser()
    return str(path if path.is_absolute() else inventory.resolve().parent / path)


def _zone(value: Any, name: str, top: Reader) -> dict[str, Any]:
    zone = Reader(value, top.file, f"zones.{name}", ("kind", "level", "networks", "name"), top.line("zones"))
    kind = zone.one_of("kind", ("lan", "classified", "extranet", "internet"), "lan")
    networks = zone.items("networks")
    if any(not isinstance(item, str) or network(item) is None for item in networks):
        raise zone.fail("networks", wanted="192.0.2.0/24")
    return {"kind": kind, "level": zone.text("level"), "networks": list(networks), "name": zone.text("name", name)}


def _pair(value: Any, top: Reader, zones: Mapping[str, Any]) -> dict[str, Any]:
    pair = Reader(value, top.file, "isolation", ("between", "require", "sentinels", "beacon_domain", "rate"), top.line("isolation"))
    between = pair.items("between")
    if len(between) != 2 or any(zone not in zones for zone in between):
        raise pair.fail("between", "inventory-zone-unknown")
    return {"between": list(between), "require": pair.one_of("require", ("physical", "logical"), "physical"), **{k: v for k, v in pair.data.items() if k in ("sentinels", "beacon_domain", "rate")}}


def _crossing(value: Any, top: Reader, zones: Mapping[str, Any]) -> dict[str, Any]:
    allowed = ("id", "between", "direction", "device", "outer_device", "target", "protocol", "port", "kind", "certificate", "certificate_until", "approval")
    crossing = Reader(value, top.file, "crossings", allowed, top.line("crossings"))
    crossing.must("id", ID)
    between = crossing.items("between")
    if len(between) != 2 or any(zone not in zones for zone in between):
        raise crossing.fail("between", "inventory-zone-unknown")
    crossing.one_of("kind", ("one-way", "gap"), "one-way")
    crossing.port("port")
    return dict(crossing.data)


def _login(value: Any, name: str, file: str, path: Path) -> LoginEntry:
    allowed = ("user", "key", "passphrase", "password", "known_hosts", "sudo", "su", "jump", "address", "port", "transport", "ssh_config")
    login = Reader(value, file, f"logins.{name}", allowed)
    raised: dict[str, Any] = {}
    for word in ("sudo", "su"):
        given = login.data.get(word)
        if isinstance(given, Lined):
            inner = Reader(given, file, f"logins.{name}.{word}", ("password",))
            raised |= {word: True, "elevate_password": inner.secret("password")}
        elif given is not None:
            raised[word] = login.flag(word, False)
    where = login.text("address")
    if where is not None and address(where) is None:
        raise login.fail("address")
    key = login.text("key")
    known = login.text("known_hosts")
    return LoginEntry(
        name=name,
        user=login.text("user", None, USER),
        key=absolute(key, path) if key is not None else None,
        passphrase=login.secret("passphrase"),
        password=login.secret("password"),
        known_hosts=absolute(known, path) if known is not None else None,
        jump=login.text("jump"),
        address=where,
        port=login.port("port"),
        transport=login.one_of("transport", ("paramiko", "openssh"), "paramiko"),
        ssh_config=login.text("ssh_config"),
        **raised,
    )


def _systems(top: Reader, zones: Mapping[str, Any], logins: Mapping[str, LoginEntry], path: Path) -> tuple[tuple[System, ...], tuple[Target, ...]]:
    systems: list[System] = []
    targets: dict[str, Target] = {}
    known = ("id", "name", "grade", "zone", "holds", "profile", "targets", "filing", "evaluation", "responsible", "liaison")
    for value in top.items("systems"):
        reader = Reader(value, top.file, "systems", known, top.line("systems"))
        system_id = reader.must("id", ID)
        if any(system.id == system_id for system in systems):
            raise reader.fail("id", "inventory-id-twice")
        zone = reader.text("zone")
        if zone is not None and zone not in zones:
            raise reader.fail("zone", "inventory-zone-unknown")
        details = {key: _plain(reader.data[key]) for key in ("filing", "evaluation", "responsible", "liaison") if key in reader.data}
        systems.append(
            System(
                id=system_id,
                name=reader.text("name", system_id) or system_id,
                grade=reader.text("grade", "3", GRADE) or "3",
                zone=zone,
                holds=reader.one_of("holds", ("unclassified", "classified"), "unclassified"),
                profile=reader.text("profile"),
                details=details,
            )
        )
        for item in reader.items("targets"):
            target = _target(item, reader, system_id, zone, zones, logins, path)
            if target.id in targets:
                raise UseError("inventory-id-twice", file=top.file, line=item.line, key=target.id, where="targets", wanted="")
            targets[target.id] = target
    for target in targets.values():
        if target.host is not None and (target.host not in targets or targets[target.host].kind not in ("linux", "windows")):
            raise UseError("inventory-host-unknown", file=top.file, line=top.line("systems"), id=target.id, host=target.host)
    return tuple(systems), tuple(targets.values())


def _target(value: Any, system: Reader, system_id: str, zone: str | None, zones: Mapping[str, Any], logins: Mapping[str, LoginEntry], path: Path) -> Target:
    known = ("id", "kind", "address", "port", "login", "url", "host", "platform", "config", "zone")
    reader = Reader(value, system.file, "targets", known, system.line("targets"))
    kind = reader.one_of("kind", TARGET_KINDS, "linux")
    where = reader.text("address")
    spelt = None
    if where is not None:
        spelt = address(where)
        if spelt is None:
            raise reader.fail("address", "inventory-address")
    login = reader.text("login")
    if login is not None and login not in logins:
        raise reader.fail("login", "inventory-login-unknown")
    own_zone = reader.text("zone", zone)
    if own_zone is not None and own_zone not in zones:
        raise reader.fail("zone", "inventory-zone-unknown")
    config = reader.text("config")
    if kind == "linux" and spelt is None:
        raise reader.fail("address", "inventory-key-missing")
    if kind in ("database", "web", "catalogue") and reader.text("url") is None:
        raise reader.fail("url", "inventory-key-missing")
    return Target(
        id=reader.must("id", ID),
        kind=kind,  # type: ignore[arg-type]
        system=system_id,
        zone=own_zone,
        address=spelt,
        port=reader.port("port"),
        login=login,
        url=_url(reader),
        host=reader.text("host"),
        platform=reader.text("platform"),
        config=absolute(config, path) if config is not None else None,
    )


def _url(reader: Reader) -> str | None:
    url = reader.text("url")
    if url is None:
        return None
    try:
        parts = urlsplit(url)
        port_ok = parts.port is None or parts.port > 0
    except ValueError:
        raise reader.fail("url") from None
    if parts.password is not None:
        raise reader.fail("url", "inventory-secret-inline")
    if not parts.scheme or not port_ok or (parts.hostname is not None and address(parts.hostname) is None):
        raise reader.fail("url")
    return url


def _plain(value: Any) -> Any:
    """Plain JSON data of lined data."""
    if isinstance(value, Mapping):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return value
