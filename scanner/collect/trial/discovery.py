"""Who is on the segment, as far as questions to everybody on it tell."""

from __future__ import annotations

import ipaddress
import itertools
from collections.abc import Iterator
from typing import TYPE_CHECKING

from scanner.collect.trial.interface import neighbours

if TYPE_CHECKING:
    from scanner.collect.trial.end import End

MAX_SWEEP, MOST_SWEEP, SWEEP_SHARE = 1024, 65_536, 0.1
"""Addresses of one network that are asked for by ARP: at least, at most, and in which part of the window. A larger network is asked for what is
known of it, and discovery is not done."""


def discover(end: End) -> None:
    """Who is on the segment: the kernel's own table, ARP over the zone's networks on this link, neighbour discovery to all nodes."""
    for known in neighbours(end.interface.index):
        end.stations.note(known.mac.hex(":"), "arp" if known.address.version == 4 else "nd", str(known.address))
    end.raw(end.kit.hello6(end.source(6)))
    end.raw(list(arps(end)))
    end.wait(0.4)


def arps(end: End) -> Iterator[bytes]:
    """A question for each of them."""
    own = end.source(4)
    if own is None:
        return
    for address in (*askable(end), *elsewhere(end)):
        if address != own:
            yield end.kit.arp(address, own)


def elsewhere(end: End) -> list[ipaddress.IPv4Address]:
    """Addresses of the other zone: a machine on both networks answers here for the address that it has there. Those of the plan's sentinels, and of
    networks that are none of the world's size."""
    places = [place for found in end.sentinels.values() for place in found]
    found = {place: None for place in places if isinstance(place, ipaddress.IPv4Address) and end.zone == end.plan.inner}
    for net in end.plan.networks(end.other):
        if isinstance(net, ipaddress.IPv4Network) and net.num_addresses <= MOST_SWEEP:
            found.update(dict.fromkeys(itertools.islice(net.hosts(), max(0, MAX_SWEEP - len(found)))))
    return list(found)


def askable(end: End) -> list[ipaddress.IPv4Address]:
    """IPv4 addresses of this link to ask for: whole small networks, of a large one what is known of it and its first and last ones."""
    found: dict[ipaddress.IPv4Address, None] = {}
    nets = [net for net in end.plan.networks(end.zone) if isinstance(net, ipaddress.IPv4Network)]
    for one in end.interface.addresses4:
        # A sentinel may stand outside the declared networks: its own link is asked by broadcast all the same.
        around = [net for net in nets if net.overlaps(one.network)] or [one.network]
        for net in around:
            common = net if net.prefixlen >= one.network.prefixlen else one.network
            if common.num_addresses <= sweepable(end):
                found.update(dict.fromkeys(common.hosts()))
            else:
                edges = (*range(1, 255), *range(common.num_addresses - 255, common.num_addresses - 1))
                found.update(dict.fromkeys(common.network_address + n for n in edges))
                end.journal.note(f"large-network {common}")
                end.large = True
    for text in end.plan.known:
        address = ipaddress.ip_address(text)
        if isinstance(address, ipaddress.IPv4Address) and any(address in one.network for one in end.interface.addresses4):
            found[address] = None
    return list(found)


def sweepable(end: End) -> int:
    """Addresses of one network that may be asked for one by one: what a tenth of the window is long enough for."""
    return int(max(MAX_SWEEP, min(MOST_SWEEP, SWEEP_SHARE * end.seconds * end.rate["total"])))
