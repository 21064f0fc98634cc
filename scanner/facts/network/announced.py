"""Who offers the inner segment a way: router announcements and leases that the inner end heard. Leads, whether or not the way leads anywhere."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from scanner.facts.network.places import Network
from scanner.facts.network.sighting import Row, Sighting

MAX_LEADS = 64


def announced(inner: str, outer: str, seen: Sighting, home: Sequence[Network]) -> list[dict[str, Any]]:
    """A lead for every router that announces itself and every server that gives leases: C where it offers what the zone does not declare, else D."""
    return [
        *(_lead("lead-router", inner, outer, row, home, (*row.get("prefixes", ()), *row.get("routes", ()))) for row in _routers(seen)),
        *(_lead("lead-leases", inner, outer, row, home, _offered(row)) for row in seen.rows("dhcp_servers")),
    ][:MAX_LEADS]


def _routers(seen: Sighting) -> Iterator[Row]:
    return (row for row in seen.rows("routers") if row.get("longest") or row.get("routes"))


def _offered(row: Row) -> Iterable[str]:
    """Where a server says that it is, and the routers that it names; a link-local address stands nowhere."""
    return (str(text) for text in (row.get("server"), *row.get("routers", ()), *row.get("prefixes", ())) if text)


def _lead(kind: str, inner: str, outer: str, row: Row, home: Sequence[Network], offered: Iterable[str]) -> dict[str, Any]:
    strange = [text for text in offered if not _at_home(text, home)]
    address = str(row.get("address") or row.get("server") or "")
    mac = str(row.get("mac") or next(iter(row.get("macs", ())), ""))
    return {
        "kind": kind, "from": inner, "to": outer, "via": address or mac, "protocol": str(row.get("protocol") or "nd"), "port": 0,
        "strength": "C" if strange else "D", "device": {"mac": mac, "addresses": [address] if address else []},
        "exit": {"mac": "", "address": strange[0] if strange else ""}, "note": "offers-elsewhere" if strange else "offers-home",
        "crossing": None, "within": False,
    }  # fmt: skip


def _at_home(text: str, home: Sequence[Network]) -> bool:
    """Whether a prefix or an address stands in the zone; without declared networks nobody can tell, and a link-local address always does."""
    try:
        net = ipaddress.ip_network(text, strict=False)
    except ValueError:
        return False
    if net.is_link_local or not home:
        return True
    return any(net.version == one.version and net.subnet_of(one) for one in home)  # type: ignore[arg-type]
