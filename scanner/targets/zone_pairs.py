"""Zone pairs: as targets of a run, and as the plan of a two-ended test."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from scanner.errors import ScopeError, UseError
from scanner.facts.network import tokens
from scanner.facts.network.plan import SCHEMA
from scanner.model.target import Target
from scanner.targets.fields import ip, network
from scanner.targets.inventory import Inventory
from scanner.targets.records import IsolationPair
from scanner.targets.scope import address_inside

TOTAL, NEXT_HOP, DEVICE = 2000.0, 500.0, 50.0
"""Packets a second: in all, through one next hop, to a device's own address."""


def pair_id(pair: IsolationPair) -> str:
    """``INNER:OUTER``."""
    return ":".join(pair["between"])


def pair_targets(inventory: Inventory) -> tuple[Target, ...]:
    """One target for every declared pair. It belongs to the first system that stands in one of its zones."""
    out = []
    for pair in inventory.isolation:
        owner = next((system.id for system in inventory.systems if system.zone in pair["between"]), "local")
        out.append(Target(id=pair_id(pair), kind="pair", zone=pair["between"][0], system=owner))
    return tuple(out)


def declared_pairs(inventory: Inventory) -> dict[str, dict[str, str]]:
    """What rests on the shelf of each pair."""
    return {pair_id(pair): {"pair": pair_id(pair), "require": pair["require"]} for pair in inventory.isolation}


def caps(rate: float | None) -> dict[str, float]:
    """The three caps under a total: the shares of the default."""
    total = TOTAL if rate is None else float(rate)
    return {"total": total, "next_hop": total * NEXT_HOP / TOTAL, "device": max(1.0, total * DEVICE / TOTAL)}


def mint(inventory: Inventory, named: str, seconds: float, rate: float | None, seed: bytes, created: str) -> dict[str, Any]:
    """The plan for one pair. Raises UseError for a pair that is not declared or has no sentinel, ScopeError where a token would be an incident."""
    pair = _pair(inventory, named)
    if not pair["sentinels"]:
        raise UseError("isolation-no-sentinel", file=inventory.path, pair=named)
    zones = {name: inventory.zones[name] for name in pair["between"]}
    if any(zone["kind"] == "classified" for zone in zones.values()):
        _never_public(pair)
    scope = inventory.scope
    crossings = [dict(crossing) for crossing in inventory.crossings if set(crossing["between"]) == set(pair["between"])]
    return {
        "schema": SCHEMA,
        "id": tokens.plan_id(seed),
        "seed": seed.hex(),
        "pair": pair_id(pair),
        "require": pair["require"],
        "created": created,
        "seconds": seconds,
        "zones": {name: dict(zone) for name, zone in zones.items()},
        "sentinels": [dict(sentinel) for sentinel in pair["sentinels"]],
        "beacon_domain": pair.get("beacon_domain"),
        "rate": caps(rate if rate is not None else pair.get("rate")),
        "scope": {
            "allow": [str(found) for item in scope.allow if (found := network(item)) is not None],
            "authorised_by": scope.authorised_by,
            "until": scope.until.isoformat() if scope.until is not None else None,
            "hours": scope.hours,
        },
        "crossings": crossings,
        "known": _known(inventory, zones),
        "storage": list(scope.write),
    }


def _pair(inventory: Inventory, named: str) -> IsolationPair:
    for pair in inventory.isolation:
        if pair_id(pair) == named:
            return pair
    known = ", ".join(pair_id(pair) for pair in inventory.isolation) or "-"
    raise UseError("isolation-pair-unknown", pair=named, known=known, file=inventory.path)


def _never_public(pair: IsolationPair) -> None:
    """From a classified network nothing is ever addressed to the public Internet: a token that arrived would be the incident itself."""
    for sentinel in pair["sentinels"]:
        for text in sentinel["addresses"]:
            place = ip(text)
            if place is None or place.is_global:
                raise ScopeError("isolation-public-sentinel", id=sentinel["id"], address=text)
    if pair.get("beacon_domain"):
        raise ScopeError("isolation-public-domain", domain=pair["beacon_domain"])


def _known(inventory: Inventory, zones: Mapping[str, Any]) -> list[str]:
    """Addresses of declared targets in the two zones, as far as they may be addressed."""
    places = (ip(target.address or "") for target in inventory.targets if target.zone in zones)
    return sorted({str(place) for place in places if place is not None and address_inside(place, inventory.scope)})
