"""Frames for the tests of this family, crafted by scapy with every address given: scapy asks the network for what is left out."""

from __future__ import annotations

from typing import Any

from scapy.layers.inet import IP, TCP, UDP
from scapy.layers.inet6 import IPv6, UDPerror
from scapy.layers.l2 import LLC, SNAP, Dot3, Ether

from scanner.facts.network.packets import Frame, dissect

HERE, THERE = "02:00:00:00:00:01", "02:00:00:00:00:02"
assert UDPerror is not None


def over_ether(payload: Any, src: str = HERE, dst: str = THERE, **fields: Any) -> bytes:
    return bytes(Ether(src=src, dst=dst, **fields) / payload)


def over_snap(payload: Any, oui: int, code: int, src: str = HERE) -> bytes:
    return bytes(Dot3(src=src, dst="01:00:0c:cc:cc:cc") / LLC(dsap=0xAA, ssap=0xAA, ctrl=3) / SNAP(OUI=oui, code=code) / payload)


def udp(payload: Any, sport: int, dport: int, src: str = "192.0.2.1", dst: str = "192.0.2.2", ttl: int = 64, mac: str = HERE) -> bytes:
    head = IPv6(src=src, dst=dst, hlim=ttl) if ":" in src else IP(src=src, dst=dst, ttl=ttl)
    return over_ether(head / UDP(sport=sport, dport=dport) / payload, src=mac)


def tcp(payload: Any, sport: int = 40000, dport: int = 443, src: str = "192.0.2.1", dst: str = "192.0.2.2", ttl: int = 64, mac: str = HERE, flags: str = "PA") -> bytes:  # fmt: skip
    head = IPv6(src=src, dst=dst, hlim=ttl) if ":" in src else IP(src=src, dst=dst, ttl=ttl)
    return over_ether(head / TCP(sport=sport, dport=dport, flags=flags) / payload, src=mac)


def heard(raw: bytes) -> Frame:
    return dissect(raw)
