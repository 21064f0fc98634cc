"""What the kernel says about an interface, its neighbours and its gateways: read by netlink, nothing is run."""

from __future__ import annotations

import contextlib
import ipaddress
import os
import socket
import struct
from collections.abc import Iterator
from dataclasses import dataclass

from scanner.errors import UseError

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
GETLINK, GETADDR, GETROUTE, GETNEIGH = 18, 22, 26, 30
REQUEST_DUMP = 0x301
DONE, ERROR = 3, 2
UP = 1


@dataclass(frozen=True, slots=True)
class Interface:
    """One network interface of this machine."""

    name: str
    index: int
    mac: bytes
    """Six bytes; empty for an interface without a link-layer address."""
    mtu: int
    up: bool
    addresses4: tuple[ipaddress.IPv4Interface, ...]
    """With their prefixes."""
    addresses6: tuple[ipaddress.IPv6Interface, ...]
    """With their prefixes, link-local ones included."""

    def on_link(self, address: Address) -> bool:
        """Whether an address stands in one of the prefixes."""
        return any(address in own.network for own in self.addresses4) or any(address in own.network for own in self.addresses6)


@dataclass(frozen=True, slots=True)
class Neighbour:
    """One line of the kernel's neighbour table."""

    address: Address
    mac: bytes


def interface(name: str) -> Interface:
    """Look up an interface by its name. Raises UseError when there is none, or when it carries no Ethernet frames."""
    for kind, body in _dump(GETLINK):
        if kind != 16:
            continue
        _, link_kind, index, flags, _ = struct.unpack_from("=BxHiII", body)
        fields = _fields(body[16:])
        if fields.get(3, b"").split(b"\0")[0].decode("utf-8", "replace") != name:
            continue
        mac = fields.get(1, b"")
        if link_kind not in (1, 772) or len(mac) != 6:
            raise UseError("interface-not-ethernet", name=name)
        four, six = _addresses(index)
        (mtu,) = struct.unpack("=I", fields.get(4, b"\xdc\x05\0\0")[:4])
        return Interface(name, index, mac, mtu, bool(flags & UP), four, six)
    raise UseError("interface-unknown", name=name, known=", ".join(names()))


def names() -> list[str]:
    """Names of the interfaces of this machine."""
    return [name for _, name in socket.if_nameindex()]


def neighbours(index: int) -> list[Neighbour]:
    """Neighbours on one interface that have a link-layer address."""
    found = []
    for kind, body in _dump(GETNEIGH):
        if kind != 28 or struct.unpack_from("=i", body, 4)[0] != index:
            continue
        fields = _fields(body[12:])
        address, mac = _address(fields.get(1, b"")), fields.get(2, b"")
        if address is not None and len(mac) == 6 and mac != bytes(6) and not mac[0] & 1:
            found.append(Neighbour(address, mac))
    return found


def gateways(index: int) -> list[Address]:
    """Next hops of all routes through one interface, each once."""
    found: list[Address] = []
    for kind, body in _dump(GETROUTE):
        if kind != 24:
            continue
        fields = _fields(body[12:])
        address = _address(fields.get(5, b""))
        if address is not None and fields.get(4, b"") == struct.pack("=i", index) and address not in found:
            found.append(address)
    return found


def _addresses(index: int) -> tuple[tuple[ipaddress.IPv4Interface, ...], tuple[ipaddress.IPv6Interface, ...]]:
    four: list[ipaddress.IPv4Interface] = []
    six: list[ipaddress.IPv6Interface] = []
    for kind, body in _dump(GETADDR):
        if kind != 20 or struct.unpack_from("=i", body, 4)[0] != index:
            continue
        fields = _fields(body[8:])
        # On a point-to-point link IFA_LOCAL (2) is our own end and IFA_ADDRESS (1) the other one.
        address = _address(fields.get(2, fields.get(1, b"")))
        if isinstance(address, ipaddress.IPv4Address):
            four.append(ipaddress.IPv4Interface((address, body[1])))
        elif address is not None:
            six.append(ipaddress.IPv6Interface((address, body[1])))
    return tuple(four), tuple(six)


def _address(raw: bytes) -> Address | None:
    with contextlib.suppress(ValueError):
        return ipaddress.ip_address(raw)
    return None


def _dump(what: int) -> Iterator[tuple[int, bytes]]:
    """(type, body) of every message of one netlink dump."""
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW | socket.SOCK_CLOEXEC, 0) as door:
        door.bind((0, 0))
        door.send(struct.pack("=IHHIIB15x", 32, what, REQUEST_DUMP, 1, 0, 0))
        while True:
            data = door.recv(1 << 20)
            at = 0
            while at + 16 <= len(data):
                size, kind = struct.unpack_from("=IH", data, at)
                if kind == DONE:
                    return
                if kind == ERROR:
                    code = -struct.unpack_from("=i", data, at + 16)[0]
                    raise OSError(code, os.strerror(code))
                yield kind, data[at + 16 : at + size]
                at += (size + 3) & ~3


def _fields(body: bytes) -> dict[int, bytes]:
    found: dict[int, bytes] = {}
    at = 0
    while at + 4 <= len(body):
        size, kind = struct.unpack_from("=HH", body, at)
        if size < 4:
            break
        found.setdefault(kind & 0x3FFF, body[at + 4 : at + size])
        at += (size + 3) & ~3
    return found
