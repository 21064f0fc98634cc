"""The inventory: what to look at, under whose authorisation, with which logins. Validated whole before anything is sent."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from scanner.errors import UseError
from scanner.model.target import Target
from scanner.rulebook.grades import profile_named, read_grade
from scanner.rulebook.profiles import profiles
from scanner.rulebook.yaml_lines import Lined, load_file
from scanner.targets.backups import read_backup
from scanner.targets.codes import Codes, read_codes
from scanner.targets.declared import RANKS, read_crossings, read_isolation, read_scope, read_unit, read_zones
from scanner.targets.fields import ID, Reader, address
from scanner.targets.logins import read_logins
from scanner.targets.records import Inventory, LoginEntry, Scope, System, Zone
from scanner.targets.urls import read_url

TARGET_KINDS = ("linux", "windows", "database", "netdev", "middleware", "web", "catalogue", "application", "site")
HOST_KINDS = ("linux", "windows")
_TOP = ("unit", "scope", "zones", "isolation", "crossings", "codes", "systems", "logins")
_SYSTEM = ("id", "name", "grade", "zone", "holds", "profile", "targets", "filing", "evaluation", "responsible", "liaison")
_TARGET = (
    "id",
    "kind",
    "address",
    "port",
    "login",
    "url",
    "host",
    "platform",
    "config",
    "zone",
    "codes",
    "backup",
    "name",
    "owner",
    "place",
    "note",
)
_NEEDS = {"linux": "address", "windows": "address", "database": "url", "web": "url", "catalogue": "url", "middleware": "host"}
_PLATFORM = re.compile(r"[a-z0-9][a-z0-9_.-]{0,39}")
_QUOTED = re.compile(r"(['\"]).*?\1")


def read_inventory(path: Path) -> Inventory:
    """Read and validate. Raises UseError naming file and line; what the parser quotes of the text is left out, it may be a secret."""
    try:
        data = load_file(path)
    except UseError as error:
        shown = {key: _QUOTED.sub("…", text) if key == "detail" else text for key, text in error.fields.items()}
        raise UseError(error.code, **shown) from None
    return parse_inventory(data, path)


def parse_inventory(data: Any, path: Path) -> Inventory:
    """Validate a loaded document. Raises UseError."""
    if data is None:
        data = Lined()
        data.lines, data.line = {}, 1
    top = Reader(data, str(path), "inventory", _TOP)
    zones = read_zones(top)
    systems = _Systems(top, zones, read_logins(top, path), path)
    systems.read()
    return Inventory(
        path=path,
        unit=read_unit(top),
        scope=read_scope(top, path),
        zones=zones,
        isolation=read_isolation(top, zones, path),
        crossings=read_crossings(top, zones),
        systems=tuple(systems.systems.values()),
        logins=systems.logins,
        targets=tuple(systems.targets.values()),
        assets=systems.assets,
    )


class _Systems:
    """Reads ``systems`` with their targets; ids are unique over the whole file."""

    def __init__(self, top: Reader, zones: Mapping[str, Zone], logins: Mapping[str, LoginEntry], path: Path) -> None:
        self.top, self.zones, self.logins, self.path = top, zones, logins, path
        self.systems: dict[str, System] = {}
        self.targets: dict[str, Target] = {}
        self.assets: dict[str, dict[str, str]] = {}
        self.codes: Codes = read_codes(top)

    def read(self) -> None:
        carried: list[tuple[Reader, Target]] = []
        for value in self.top.items("systems"):
            reader = Reader(value, self.top.file, "systems", _SYSTEM, self.top.line("systems"))
            system = _system(reader, self.zones)
            if system.id in self.systems:
                raise reader.fail("id", "inventory-id-twice")
            self.systems[system.id] = system
            for item in reader.items("targets"):
                inner = Reader(item, reader.file, "targets", _TARGET, reader.line("targets"))
                carried.append((inner, self._take(inner, system)))
        for inner, target in carried:
            if target.host is not None and (target.host not in self.targets or self.targets[target.host].kind not in HOST_KINDS):
                raise inner.fail("host", "inventory-host-unknown", id=target.id, host=target.host)
            of = (target.backup or {}).get("of")
            if of is not None and (of not in self.targets or of == target.id):
                raise inner.fail("backup", "inventory-backup-of", of=of)

    def _take(self, reader: Reader, system: System) -> Target:
        target = _target(reader, system, self.path, self.codes)
        if target.id in self.targets:
            raise reader.fail("id", "inventory-id-twice")
        if target.login is not None and target.login not in self.logins:
            raise reader.fail("login", "inventory-login-unknown")
        if target.zone is not None and target.zone not in self.zones:
            raise reader.fail("zone", "inventory-zone-unknown")
        self.targets[target.id] = target
        asset = {key: reader.text(key) for key in ("name", "owner", "place", "note")}
        if any(asset.values()):
            self.assets[target.id] = {key: text for key, text in asset.items() if text is not None}
        return target


def _system(reader: Reader, zones: Mapping[str, Zone]) -> System:
    system_id = reader.must("id", ID, "dams")
    zone, profile = reader.text("zone"), reader.text("profile")
    if zone is not None and zone not in zones:
        raise reader.fail("zone", "inventory-zone-unknown")
    if profile is not None and profile_named(profile) is None:
        raise reader.fail("profile", wanted=" ".join(sorted(profiles())))
    return System(
        id=system_id,
        name=reader.text("name", system_id) or system_id,
        grade=_grade(reader),
        zone=zone,
        holds=reader.one_of("holds", ("unclassified", "classified"), "unclassified"),
        profile=profile,
        details=_details(reader),
    )


def _grade(reader: Reader) -> str:
    grade = reader.text("grade", "3", wanted="2 / 3 / S3A2") or "3"
    try:
        read_grade(grade)
    except UseError:
        raise reader.fail("grade", wanted="2 / 3 / S3A2") from None
    return grade


def _details(reader: Reader) -> dict[str, Any]:
    """Filing, evaluation and who answers for the system; only what is filled in."""
    found: dict[str, Any] = {}
    for key, words, days in (("filing", ("number",), ("date",)), ("evaluation", ("by", "number", "result"), ("date",))):
        inner = reader.inner(key, (*words, *days))
        said: dict[str, str] = {word: text for word in words if (text := inner.text(word)) is not None}
        said |= {day: when.isoformat() for day in days if (when := inner.date(day)) is not None}
        if said:
            found[key] = said
    for key in ("responsible", "liaison"):
        if isinstance(reader.data.get(key), Lined):
            person = reader.inner(key, ("name", "duty", "phone"))
            found[key] = {word: text for word in ("name", "duty", "phone") if (text := person.text(word)) is not None}
        elif (text := reader.text(key)) is not None:
            found[key] = text
    return found


@dataclass(frozen=True, slots=True)
class _Place:
    address: str | None
    url: str | None
    config: str | None


def _target(reader: Reader, system: System, path: Path, codes: Codes) -> Target:
    target_id, kind = reader.must("id", ID, "web01"), reader.one_of("kind", TARGET_KINDS, "linux")
    place = _place(reader, kind, path)
    if kind == "netdev" and place.address is None and place.config is None:
        raise reader.fail("address", "inventory-key-missing")
    for key in ("codes", "backup"):
        if kind != "catalogue" and reader.data.get(key) is not None:
            raise reader.fail(key, "inventory-catalogue-only")
    if reader.data.get("backup") is not None and not str(place.url).startswith("file:"):
        raise reader.fail("backup", "inventory-backup-folder")
    needed = _NEEDS.get(kind)
    if needed is not None and reader.text(needed) is None:
        raise reader.fail(needed, "inventory-key-missing")
    return Target(
        id=target_id,
        kind=kind,  # type: ignore[arg-type]
        system=system.id,
        zone=reader.text("zone", system.zone),
        address=place.address,
        port=reader.port("port"),
        login=reader.text("login"),
        url=place.url,
        host=reader.text("host"),
        platform=reader.text("platform", None, _PLATFORM, "huawei_vrp"),
        config=place.config,
        backup=read_backup(reader) if kind == "catalogue" else None,
        codes=({**codes, **read_codes(reader)} or None) if kind == "catalogue" else None,
    )


def _place(reader: Reader, kind: str, path: Path) -> _Place:
    written = reader.text("address", wanted="192.0.2.10")
    spelt = address(written) if written is not None else None
    if (written is None and isinstance(reader.data.get("address"), str)) or (written is not None and spelt is None):
        raise reader.fail("address", "inventory-address")
    return _Place(spelt, read_url(reader, kind, path), reader.path("config", path))


__all__ = ["HOST_KINDS", "RANKS", "TARGET_KINDS", "Inventory", "LoginEntry", "Scope", "System", "parse_inventory", "read_inventory"]
