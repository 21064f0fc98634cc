"""What an end without raw frames asks, and where its ordinary sockets lead."""

from __future__ import annotations

import selectors
import socket
from collections.abc import Iterator
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path
from typing import Any

from scanner.collect.trial.interface import Interface, gateways, neighbours
from scanner.collect.trial.lists import lists, ports
from scanner.collect.trial.stations import Address
from scanner.facts.network.plan import Plan

RESOLVERS = Path("/etc/resolv.conf")


@dataclass(frozen=True, slots=True)
class Ask:
    """One port of one sentinel's address."""

    step: str
    protocol: str
    place: Address
    port: int
    sentinel: str


def asks(plan: Plan, interface: Interface, depth: str, protocol: str) -> tuple[list[Ask], list[Ask]]:
    """(the short matrix, the depth's other ports) for every address of a family that this interface has."""
    families = {version for version, own in ((4, interface.addresses4), (6, interface.addresses6)) if own}
    places = [(name, place) for name, all_ in plan.sentinel_addresses().items() for place in all_ if place.version in families]
    short = [int(port) for port in lists()["beacon"][protocol]]
    wide = [port for port in ports(protocol, depth) if port not in short]
    return (
        [Ask("beacon", protocol, place, port, name) for port in short for name, place in places],
        [Ask("plain", protocol, place, port, name) for port in wide for name, place in places],
    )


def hop_to(interface: Interface, place: Address) -> tuple[str, str]:
    """(address, MAC) of the next hop where the kernel knows just one out of this interface; empty where that cannot be told."""
    known = [one for one in gateways(interface.index) if one.version == place.version]
    if len(known) != 1 or interface.on_link(place):
        return "", ""
    return str(known[0]), next((one.mac.hex(":") for one in neighbours(interface.index) if one.address == known[0]), "")


def devices(interface: Interface) -> list[dict[str, Any]]:
    """The kernel's own table of neighbours, as a record holds stations."""
    found: dict[str, list[str]] = {}
    for known in neighbours(interface.index):
        found.setdefault(known.mac.hex(":"), []).append(str(known.address))
    return [{"mac": mac, "addresses": places, "seen": ["arp"]} for mac, places in sorted(found.items())]


def door_of(interface: Interface, version: int, kind: socket.SocketKind) -> socket.socket:
    """A socket that sends out of this interface alone: what leaves by another one says nothing of this network."""
    door = socket.socket(socket.AF_INET if version == 4 else socket.AF_INET6, kind | socket.SOCK_NONBLOCK)
    try:
        door.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, interface.name.encode() + b"\0")
    except PermissionError:
        # Kernels before 5.7 bind by name for root alone: then by the interface's own address.
        own = interface.addresses4 if version == 4 else [one for one in interface.addresses6 if not one.ip.is_link_local]
        door.bind((str(own[0].ip) if own else "", 0))
    return door


def resolvers(path: Path = RESOLVERS) -> Iterator[Address]:
    """The resolvers that this machine is set up with."""
    try:
        text = path.read_text("ascii", "replace")
    except OSError:
        return
    for line in text.split("\n"):
        word, _, rest = line.strip().partition(" ")
        if word == "nameserver":
            try:
                yield ip_address(rest.strip())
            except ValueError:
                continue


def socket_of(key: selectors.SelectorKey) -> socket.socket:
    """The socket that a selector watches."""
    assert isinstance(key.fileobj, socket.socket)
    return key.fileobj
