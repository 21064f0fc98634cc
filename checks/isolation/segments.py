"""What the judges of captured segments share: whose addresses are at home there, what is known, and when silence counts."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from scanner.api import Absent, Verdict, Why, met, network, site, unknown

SHOWN = 20
Network = ipaddress.IPv4Network | ipaddress.IPv6Network


def at_home(seen: network.Sighting, unit: site.Declared | Absent) -> tuple[Network, ...]:
    """Declared networks of the zone in which the capture stood; empty when nothing is declared of it."""
    if isinstance(unit, Absent) or seen.zone not in unit.zones:
        return ()
    return unit.zones[seen.zone].networks


def abroad(seen: network.Sighting, unit: site.Declared) -> dict[str, tuple[Network, ...]]:
    """Declared networks of every other zone."""
    return {name: zone.networks for name, zone in unit.zones.items() if name != seen.zone and zone.networks}


def within(text: str, networks: Sequence[Network]) -> bool:
    """Whether an address or a whole prefix stands in one of the networks."""
    try:
        found = ipaddress.ip_network(text, strict=False)
    except ValueError:
        return False
    return any(found.version == item.version and found.subnet_of(item) for item in networks)  # type: ignore[arg-type]


def crossing_devices(unit: site.Declared | Absent) -> set[str]:
    """MAC and IP addresses of the declared crossings' devices."""
    if isinstance(unit, Absent):
        return set()
    ends = [crossing.get(key) for crossing in unit.crossings for key in ("device", "outer_device")]
    return {str(value).lower() for end in ends if isinstance(end, Mapping) for value in (end.get("mac"), end.get("address")) if value}


def listed(row: Mapping[str, Any], known: Iterable[str]) -> bool:
    """Whether one of a row's own addresses is on a list."""
    names = {str(row.get(key, "")).lower() for key in ("mac", "address", "server")} | {str(mac) for mac in row.get("macs", ())}
    return bool(names & {item.lower() for item in known if item})


def shown(rows: Iterable[Mapping[str, Any]], *keys: str) -> list[dict[str, Any]]:
    """The first rows, with the keys that matter."""
    return [{key: row[key] for key in keys if key in row} for row in rows][:SHOWN]


def silence(
    seen: network.Sighting, observed: Mapping[str, Any], dwell: int, lists: tuple[str, ...], protocols: tuple[str, ...] = ()
) -> Verdict:
    """Nothing was seen: that counts only for a whole capture that looked long enough and could read what it looked for."""
    lacking = seen.lacking(lists, protocols)
    if lacking:
        return unknown(Why.TRUNCATED, lacking, observed)
    seconds = seen.finished - seen.started
    if seconds < dwell:
        return unknown(Why.TRUNCATED, f"looked for {seconds:.0f} of {dwell} s", observed)
    return met(observed, detail=f"looked for {seconds:.0f} s", scope=seen.coverage)
