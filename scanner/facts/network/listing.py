"""How a tally is written down: rows with fixed keys, sorted, so that the same capture gives the same bytes."""

from __future__ import annotations

from typing import Any

from scanner.facts.network.gathered import Bounded, Seen
from scanner.facts.network.macs import virtual_kind

LISTS: dict[str, tuple[str, ...]] = {
    "claims": ("address", "mac", "how"),
    "vlans": ("vid", "tpid"),
    "bridges": ("root", "bridge", "vlan"),
    "announced": ("protocol", "chassis", "port"),
    "redundant": ("protocol", "group"),
    "trunking": ("protocol", "domain"),
    "aggregated": ("system", "partner"),
    "routers": ("mac", "address"),
    "dhcp_servers": ("protocol", "server", "duid"),
    "dhcp_clients": ("protocol", "mac", "identity"),
    "names": ("name", "how"),
    "suffixes": ("suffix", "how"),
    "proxied": ("client", "server"),
    "upnp": ("address",),
    "tunnels": ("kind", "src", "dst"),
}
"""List to the names of its key's parts."""


def _times(seen: Seen) -> dict[str, Any]:
    return {"frames": seen.frames, "first": round(seen.first, 6), "last": round(seen.last, 6)}


def macs(found: Bounded[str]) -> list[dict[str, Any]]:
    """Every sender's MAC."""
    return [
        {
            "mac": mac, "virtual": virtual_kind(mac), **_times(seen), "addresses": sorted(seen.said.get("addresses", [])),
            "more_addresses": seen.said.get("more_addresses", 0), "ttls": sorted(seen.said.get("ttls", [])),
        }
        for mac, seen in found
    ]  # fmt: skip


def addresses(found: Bounded[str]) -> list[dict[str, Any]]:
    """Every address that sent or was sent to."""
    return [
        {
            "address": address, "sent": seen.said.get("sent", 0), "received": seen.said.get("received", 0),
            "macs": sorted(seen.said.get("macs", [])), "first": round(seen.first, 6), "last": round(seen.last, 6),
        }
        for address, seen in found
    ]  # fmt: skip


def rows(name: str, found: Bounded[tuple[Any, ...]]) -> list[dict[str, Any]]:
    """One of the other lists."""
    keys = LISTS[name]
    return [dict(zip(keys, key, strict=True)) | _times(seen) | _sorted(seen.said) for key, seen in found]


def _sorted(said: dict[str, Any]) -> dict[str, Any]:
    return {key: sorted(value) if isinstance(value, list) else value for key, value in said.items()}
