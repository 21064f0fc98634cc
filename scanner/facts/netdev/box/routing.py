"""The routing tables that a configuration writes down: connected, static and leaked routes."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator
from dataclasses import dataclass, replace

from scanner.facts.netdev.box.model import Address, Box, Interface, Route, plain
from scanner.facts.netdev.box.spaces import Network, Said

MAX_DEPTH = 4


@dataclass(frozen=True, slots=True)
class Exit:
    """Where a route sends packets."""

    prefix: Network
    kind: str
    """connected, static, default or leak."""
    interface: str | None
    next_hop: Address | None
    drop: bool
    sure: bool
    said: tuple[Said, ...]


def living(box: Box) -> Iterator[Interface]:
    """Interfaces with an address that are not shut, nor stand on a port that is."""
    shut = {plain(item.name) for item in box.interfaces if item.shut}
    for item in box.interfaces:
        if not item.shut and item.addresses and item.kind != "loopback" and plain(item.name).rpartition(".")[0] not in shut:
            yield item


def table_of(box: Box, vrf: str, version: int, leaks: bool = True, through: tuple[str, ...] = ()) -> list[Exit]:
    """One routing table, longest prefixes first; of equal ones connected routes first.

    ``leaks``: with what is copied from other tables. ``through``: the tables that sent their packets here, which are not sent back.
    """
    out: list[Exit] = []
    for item in living(box):
        if item.vrf == vrf:
            for leg, said in item.addresses:
                if leg.version == version:
                    out.append(Exit(leg.network, "connected", item.name, None, False, True, (said,)))
    mine = [route for route in box.routes if route.vrf == vrf and route.prefix.version == version]
    out += [found for route in mine for found in _static(box, route)]
    if leaks:
        out += _leaked(box, vrf, version)
    if leaks or through:
        out += [found for route in mine for found in _looked_up(box, route, (*through, vrf))]
    return sorted(out, key=lambda exit_: (-exit_.prefix.prefixlen, exit_.prefix.network_address.packed, exit_.kind != "connected"))


def _static(box: Box, route: Route) -> Iterator[Exit]:
    kind = "default" if route.prefix.prefixlen == 0 else "static"
    if route.drop:
        yield Exit(route.prefix, kind, None, None, True, True, (route.said,))
        return
    if route.interface is not None:
        item = box.interface(route.interface)
        if item is not None and not item.shut:
            yield Exit(route.prefix, kind, item.name, route.next_hop, False, True, (route.said, item.said))
        return
    vrf = route.vrf if route.next_vrf is None else route.next_vrf
    if route.next_hop is not None:
        for found in _resolve(box, vrf, route.next_hop, MAX_DEPTH):
            crossing = "leak" if vrf != route.vrf else kind
            yield Exit(route.prefix, crossing, found[0].name, found[2], False, True, (route.said, *found[1]))


def _looked_up(box: Box, route: Route, through: tuple[str, ...]) -> Iterator[Exit]:
    """A route that sends its packets to another table: what that table, or one that it sends them on to, knows of them."""
    other = route.next_vrf
    if (
        other is None
        or other in through
        or len(through) >= MAX_DEPTH
        or route.next_hop is not None
        or route.interface is not None
        or route.drop
    ):
        return
    for exit_ in table_of(box, other, route.prefix.version, leaks=False, through=through):
        if exit_.prefix.overlaps(route.prefix):
            prefix = max(exit_.prefix, route.prefix, key=lambda network: network.prefixlen)
            yield replace(exit_, prefix=prefix, kind="leak", said=(route.said, *exit_.said))


def _resolve(box: Box, vrf: str, next_hop: Address, depth: int) -> Iterator[tuple[Interface, tuple[Said, ...], Address]]:
    """Interfaces through which a next hop is reached, with the lines that say so."""
    found = False
    for item in living(box):
        if item.vrf != vrf:
            continue
        for leg, said in item.addresses:
            if leg.version == next_hop.version and next_hop in leg.network:
                found = True
                yield item, (said,), next_hop
    if found or depth == 0:
        return
    candidates = [
        route for route in box.routes
        if route.vrf == vrf and route.next_hop is not None and route.prefix.version == next_hop.version and next_hop in route.prefix and route.next_vrf is None
    ]  # fmt: skip
    for route in sorted(candidates, key=lambda r: -r.prefix.prefixlen)[:1]:
        assert route.next_hop is not None
        for item, said_by, hop in _resolve(box, vrf, route.next_hop, depth - 1):
            yield item, (route.said, *said_by), hop


def _leaked(box: Box, vrf: str, version: int) -> Iterator[Exit]:
    mine = box.vrfs.get(vrf)
    if mine is None:
        return
    for name, said in mine.replicas:
        for exit_ in table_of(box, name, version, leaks=False):
            yield replace(exit_, kind="leak", said=(said, *exit_.said))
    for other in box.vrfs.values():
        if other.name == vrf or not mine.imports & other.exports:
            continue
        # Targets alone move nothing: BGP must take the other table's routes in.
        sure = other.name in box.redistributes and any(line.text.startswith(("router bgp", "bgp")) for line in box.dynamic)
        for exit_ in table_of(box, other.name, version, leaks=False):
            yield replace(exit_, kind="leak", sure=sure, said=(*mine.targets[:2], *other.targets[:2], *exit_.said))


def any_network(version: int) -> Network:
    """The whole address space of a family."""
    return ipaddress.ip_network("0.0.0.0/0" if version == 4 else "::/0")
