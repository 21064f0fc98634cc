"""The stations of a segment, as ARP, neighbour discovery, announcements and plain traffic show them."""

from __future__ import annotations

import ipaddress
import threading
from dataclasses import dataclass, field
from typing import Any

from scanner.facts.fact import Unreadable
from scanner.facts.network.packets import Frame, dissect

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
MAX_STATIONS = 4096
MAX_ADDRESSES = 512


@dataclass(slots=True)
class Station:
    """One MAC address on the segment."""

    mac: str
    addresses: dict[str, str] = field(default_factory=dict)
    """Address to how it was learnt: ``arp``, ``nd``, ``passive``."""
    seen: set[str] = field(default_factory=set)
    router: bool = False
    open: set[int] = field(default_factory=set)

    def data(self) -> dict[str, Any]:
        """As the record holds it."""
        return {
            "mac": self.mac, "addresses": list(self.addresses)[:64], "seen": sorted(self.seen), "router": self.router, "open": sorted(self.open),
        }  # fmt: skip


class Stations:
    """All of them, without this machine's own interface. Several threads ask."""

    def __init__(self, own: str, networks: list[ipaddress.IPv4Network | ipaddress.IPv6Network]) -> None:
        """``own`` is this end's MAC; ``networks`` are those of its zone: only an address in them is believed of a plain packet."""
        self.own = own
        self._networks = networks
        self._by_mac: dict[str, Station] = {}
        self._lock = threading.Lock()

    def all(self) -> list[Station]:
        """Every station, in the order in which they were met."""
        with self._lock:
            return list(self._by_mac.values())

    def at(self, address: Address | str) -> list[Station]:
        """Stations that answer for an address."""
        return [station for station in self.all() if str(address) in station.addresses]

    def note(self, mac: str, how: str, address: str | None = None, router: bool = False) -> Station | None:
        """Learn of a station. None for this machine and for group addresses."""
        if mac == self.own or int(mac[1], 16) & 1 or mac == "00:00:00:00:00:00":
            return None
        with self._lock:
            station = self._by_mac.get(mac)
            if station is None:
                if len(self._by_mac) >= MAX_STATIONS:
                    return None
                station = self._by_mac[mac] = Station(mac)
        station.seen.add(how)
        station.router = station.router or router
        if address and len(station.addresses) < MAX_ADDRESSES and ("." in address or ":" in address):
            station.addresses.setdefault(address, how)
        return station

    def absorb(self, raw: bytes) -> Frame | None:
        """Learn from one frame; returns it taken apart."""
        try:
            frame = dissect(raw)
        except Unreadable:
            return None
        if frame.eth is None or frame.eth.src == self.own:
            return frame
        src = frame.eth.src
        if frame.arp is not None:
            self.note(frame.arp.sender_mac, "arp", frame.arp.sender if frame.arp.sender != "0.0.0.0" else None)  # noqa: S104
        elif frame.icmp is not None and frame.ip is not None and frame.ip.version == 6 and frame.icmp.type in (134, 135, 136):
            self._neighbour(frame, src)
        elif frame.udp is not None and frame.udp.sport in (67, 547):
            self.note(src, "dhcp", frame.ip.src if frame.ip is not None and self._ours(frame.ip.src) else None, True)
        else:
            self.note(
                src,
                "passive",
                frame.ip.src if frame.ip is not None and frame.ip.ttl in (64, 128, 255) and self._ours(frame.ip.src) else None,
            )
        return frame

    def _neighbour(self, frame: Frame, src: str) -> None:
        assert frame.ip is not None and frame.icmp is not None
        address = frame.ip.src if frame.ip.src != "::" else None
        if frame.icmp.type == 134:
            self.note(src, "ra", address, True)
            return
        if frame.icmp.type == 136 and len(frame.icmp.payload) >= 16:
            target = str(ipaddress.IPv6Address(frame.icmp.payload[:16]))
            self.note(src, "nd", target, bool(frame.icmp.rest >> 31))
        self.note(src, "nd", address)

    def _ours(self, text: str) -> bool:
        address = ipaddress.ip_address(text)
        return address.is_link_local or any(address.version == net.version and address in net for net in self._networks)
