"""What the unit declares about itself: unit, scope, zones, zone pairs and crossings."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

from scanner.targets.fields import HOST, ID, Reader, absolute, address, ip, mac, network
from scanner.targets.records import Crossing, Half, IsolationPair, PairRecords, Scope, Sentinel, Unit, Zone

RANKS = ("national", "provincial", "municipal", "county", "office", "unknown")
ZONE_KINDS = ("lan", "classified", "extranet", "internet")
HOURS = re.compile(r"((?:[01][0-9]|2[0-3]):[0-5][0-9])-((?:[01][0-9]|2[0-3]):[0-5][0-9]|24:00)")
STORES = ("file", "sqlite")
_NETWORK = "192.0.2.0/24"
_PROTOCOL = re.compile(r"[a-z][a-z0-9.-]{0,15}")
_PAPER = ("certificate", "certificate_until", "approval")
_PAIR = ("between", "require", "sentinels", "beacon_domain", "rate", "records")
_CROSSING = ("id", "between", "direction", "device", "outer_device", "target", "protocol", "port", "kind", *_PAPER)


def read_unit(top: Reader) -> Unit:
    """The mapping ``unit``; all of it may be absent."""
    unit = top.inner("unit", ("code", "name", "region", "rank"))
    return {
        "code": unit.text("code", "unit") or "unit",
        "name": unit.text("name", "") or "",
        "region": unit.text("region", "") or "",
        "rank": unit.one_of("rank", RANKS, "unknown"),
    }


def read_scope(top: Reader, path: Path) -> Scope:
    """The mapping ``scope``. A network with bits beyond its prefix is refused: it must not authorise more than was meant."""
    scope = top.inner("scope", ("allow", "authorised_by", "until", "hours", "write"))
    hours = HOURS.fullmatch(scope.text("hours", "00:00-24:00", HOURS, "08:30-18:00") or "")
    if hours is None or hours[1] == hours[2]:
        raise scope.fail("hours", wanted="08:30-18:00")
    written = scope.texts("allow", _NETWORK)
    return Scope(
        allow=tuple(_allowed(item, scope, path) for item in written),
        written=tuple(written),
        authorised_by=scope.text("authorised_by", "") or "",
        until=scope.date("until"),
        hours=hours[0],
        write=tuple(_place(item.removeprefix("file:"), scope, "write", path) for item in scope.texts("write", "./folder/")),
    )


def _allowed(item: str, scope: Reader, path: Path) -> str:
    kind, _, rest = item.partition(":")
    if kind in STORES and rest:
        return f"{kind}:{_place(rest, scope, 'allow', path)}"
    found = network(item)
    if found is not None:
        if network(item, strict=True) is None:
            raise scope.fail("allow", "scope-network-bits", network=found, address=item.partition("/")[0])
        if found.prefixlen == 0:
            raise scope.fail("allow", "scope-everything")
        return str(found)
    spelt = address(item)
    if spelt is None:
        raise scope.fail("allow", wanted=_NETWORK)
    return spelt


def _place(text: str, scope: Reader, key: str, path: Path) -> str:
    found = absolute(text, path)
    if found is None:
        raise scope.fail(key, wanted="file:./data/**")
    return found


def read_zones(top: Reader) -> dict[str, Zone]:
    """The mapping ``zones``. Names are ids, so that ``A:B`` and ``A->B`` are read in one way only."""
    given = top.mapping("zones")
    zones: dict[str, Zone] = {}
    for name, value in given.items():
        zone = Reader(value, top.file, f"zones.{name}", ("kind", "level", "networks", "name"), given.lines[name])
        if not ID.fullmatch(name):
            raise top.fail("zones", "inventory-zone-name")
        networks = zone.texts("networks", _NETWORK)
        if any(network(item) is None for item in networks):
            raise zone.fail("networks", wanted=_NETWORK)
        zones[name] = {
            "kind": zone.one_of("kind", ZONE_KINDS, "lan"),
            "level": zone.text("level"),
            "networks": [str(network(item)) for item in networks],
            "name": zone.text("name", name) or name,
        }
    return zones


def read_isolation(top: Reader, zones: Collection[str], path: Path) -> tuple[IsolationPair, ...]:
    """The list ``isolation``: each pair of zones once."""
    pairs: dict[frozenset[str], IsolationPair] = {}
    for item in top.items("isolation"):
        reader = Reader(item, top.file, "isolation", _PAIR, top.line("isolation"))
        between = _between(reader, zones)
        if frozenset(between) in pairs:
            raise reader.fail("between", "inventory-id-twice")
        pair: IsolationPair = {
            "between": between,
            "require": reader.one_of("require", ("physical", "logical"), "physical"),
            "sentinels": _sentinels(reader),
        }
        domain, rate = reader.text("beacon_domain", None, HOST, "beacon.example"), reader.number("rate", 1, 1_000_000)
        if domain is not None:
            pair["beacon_domain"] = domain.lower()
        if rate is not None:
            pair["rate"] = rate
        if item.get("records") is not None:
            pair["records"] = _records(reader, path)
        pairs[frozenset(between)] = pair
    return tuple(pairs.values())


def _records(pair: Reader, path: Path) -> PairRecords:
    reader = pair.inner("records", ("plan", "inner", "outer"))

    def place(text: str, key: str) -> str:
        found = absolute(text, path)
        if found is None:
            raise reader.fail(key, wanted="./isolation/plan.json")
        return found

    outer = reader.texts("outer", "[./isolation/outer.zip]")
    return {
        "plan": place(reader.must("plan"), "plan"),
        "inner": place(reader.must("inner"), "inner"),
        "outer": [place(text, "outer") for text in outer],
    }


def _between(reader: Reader, zones: Collection[str]) -> list[str]:
    between = reader.texts("between", "[lan, internet]")
    if len(between) != 2 or between[0] == between[1] or any(zone not in zones for zone in between):
        raise reader.fail("between", "inventory-zone-unknown")
    return list(between)


def _sentinels(pair: Reader) -> list[Sentinel]:
    found: dict[str, Sentinel] = {}
    for item in pair.items("sentinels"):
        reader = Reader(item, pair.file, f"{pair.where}.sentinels", ("id", "addresses"), pair.line("sentinels"))
        name, places = reader.must("id", ID, "edge"), [ip(text) for text in reader.texts("addresses", "[198.51.100.50]")]
        if not places or None in places:
            raise reader.fail("addresses", wanted="[198.51.100.50]")
        if name in found:
            raise reader.fail("id", "inventory-id-twice")
        found[name] = {"id": name, "addresses": [str(place) for place in places]}
    return list(found.values())


def read_crossings(top: Reader, zones: Collection[str]) -> tuple[Crossing, ...]:
    """The list ``crossings``. Paper that is missing stays missing: a crossing without it is declared, not proven."""
    found: dict[str, Crossing] = {}
    for item in top.items("crossings"):
        reader = Reader(item, top.file, "crossings", _CROSSING, top.line("crossings"))
        name = reader.must("id", ID, "diode-1")
        if name in found:
            raise reader.fail("id", "inventory-id-twice")
        found[name] = _crossing(reader, name, zones)
    return tuple(found.values())


def _crossing(reader: Reader, name: str, zones: Collection[str]) -> Crossing:
    between = _between(reader, zones)
    kind = reader.one_of("kind", ("one-way", "gap"), "one-way")
    crossing: Crossing = {"id": name, "between": between, "direction": _direction(reader, between, kind), "kind": kind}
    optional: Mapping[str, Any] = {
        "device": _half(reader, "device"),
        "outer_device": _half(reader, "outer_device"),
        "target": _target(reader),
        "protocol": reader.text("protocol", None, _PROTOCOL, "tcp / udp"),
        "port": reader.port("port"),
        "certificate": reader.text("certificate"),
        "certificate_until": str(reader.date("certificate_until") or "") or None,
        "approval": reader.text("approval"),
    }
    crossing.update({key: value for key, value in optional.items() if value is not None})  # type: ignore[typeddict-item]
    return crossing


def _direction(reader: Reader, between: list[str], kind: str) -> str:
    """``A->B`` of just these two zones, or ``both``, which a one-way device cannot be."""
    text = re.sub(r"\s*->\s*", "->", reader.text("direction", None) or ("both" if kind == "gap" else ""))
    ways = [f"{between[0]}->{between[1]}", f"{between[1]}->{between[0]}"]
    if text not in ways and not (text == "both" and kind == "gap"):
        raise reader.fail("direction", wanted=" | ".join([*ways, "both"] if kind == "gap" else ways))
    return text


def _half(reader: Reader, key: str) -> Half | None:
    if reader.data.get(key) is None:
        return None
    half = reader.inner(key, ("address", "mac"))
    place = ip(half.must("address"))
    if place is None:
        raise half.fail("address", "inventory-address")
    found: Half = {"address": str(place)}
    written = half.text("mac")
    if written is not None:
        spelt = mac(written)
        if spelt is None:
            raise half.fail("mac", wanted="00:e0:fc:12:34:56")
        found["mac"] = spelt
    return found


def _target(reader: Reader) -> str | None:
    """``ADDRESS:PORT`` or ``[ADDRESS]:PORT`` in one spelling."""
    text = reader.text("target")
    if text is None:
        return None
    host, _, port = text.rpartition(":")
    place = ip(host.removeprefix("[").removesuffix("]"))
    if place is None or not re.fullmatch(r"[1-9][0-9]{0,4}", port) or int(port) > 65535:
        raise reader.fail("target", wanted="198.51.100.9:5005")
    return f"[{place}]:{port}" if place.version == 6 else f"{place}:{port}"
