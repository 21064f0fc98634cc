"""What one frame says above its transport layer, by the ports and types that are fixed for it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from scanner.facts.fact import Unreadable
from scanner.facts.network import bridging, discovery, hints, leases, names, neighbours
from scanner.facts.network.packets import Frame

Reader = Callable[[bytes], Any]

_UDP: dict[int, tuple[str, Reader]] = {
    53: ("dns", names.read_dns),
    5353: ("mdns", names.read_dns),
    5355: ("llmnr", names.read_dns),
    137: ("nbns", names.read_netbios_name),
    138: ("nbdgm", names.read_netbios_datagram),
    67: ("dhcp", leases.read_dhcp),
    68: ("dhcp", leases.read_dhcp),
    546: ("dhcp6", leases.read_dhcp6),
    547: ("dhcp6", leases.read_dhcp6),
    1985: ("hsrp", bridging.read_hsrp),
    2029: ("hsrp", bridging.read_hsrp),
    3222: ("glbp", bridging.read_glbp),
    5678: ("mndp", neighbours.read_mndp),
    1900: ("ssdp", hints.read_http),
}
_LLC: tuple[tuple[bytes, str, Reader], ...] = (
    (bridging.BPDU_LLC, "stp", bridging.read_bpdu),
    (bridging.PVST_SNAP, "stp", bridging.read_pvst),
    (neighbours.CDP_PID, "cdp", neighbours.read_cdp),
    (bridging.DTP_SNAP, "trunking", lambda data: bridging.read_trunking(data, "dtp")),
    (bridging.VTP_SNAP, "trunking", lambda data: bridging.read_trunking(data, "vtp")),
)
_METHODS = (b"GET ", b"HEAD", b"POST", b"PUT ", b"CONN", b"HTTP", b"OPTI")


@dataclass(frozen=True, slots=True)
class Garbled:
    """A message of a known protocol that could not be read."""

    why: str


Said = tuple[str, Any]
"""Protocol and what was read, or Garbled."""


def hear(frame: Frame) -> Said | None:
    """Read what a frame says; None when it speaks no protocol that is known here. Raises nothing."""
    found = _speaker(frame)
    if found is None:
        return None
    protocol, reader, data = found
    try:
        content = reader(data)
    except Unreadable as error:
        return protocol, Garbled(str(error))
    return None if content is None else (protocol, content)


def _speaker(frame: Frame) -> tuple[str, Reader, bytes] | None:
    data = frame.payload
    if frame.udp is not None:
        entry = _UDP.get(frame.udp.dport) or _UDP.get(frame.udp.sport)
        return (entry[0], entry[1], data) if entry is not None and data else None
    if frame.tcp is not None:
        return _stream(frame, data)
    if frame.icmp is not None:
        icmp = frame.icmp
        nearby = icmp.version == 6 and 133 <= icmp.type <= 137 and frame.ip is not None and frame.ip.ttl == 255
        # Hop limit 255: nobody beyond a router can have sent it.
        return ("nd", lambda _data: discovery.read_discovery(icmp), data) if nearby else None
    if frame.ip is not None:
        version = frame.ip.version
        return ("vrrp", lambda found: bridging.read_vrrp(found, version), data) if frame.ip.protocol == 112 else None
    return _link(frame, data)


def _stream(frame: Frame, data: bytes) -> tuple[str, Reader, bytes] | None:
    if len(data) > 43 and data[0] == 22 and data[5] == 1 and data[1] == 3:
        return "tls", hints.read_hello, data
    if data[:4] in _METHODS:
        return "http", hints.read_http, data
    if frame.tcp is not None and 53 in (frame.tcp.sport, frame.tcp.dport) and len(data) > 14:
        return "dns", lambda found: names.read_dns(found[2:]), data
    return None


def _link(frame: Frame, data: bytes) -> tuple[str, Reader, bytes] | None:
    if frame.eth is None:
        return None
    if frame.eth.type == neighbours.LLDP_TYPE:
        return "lldp", neighbours.read_lldp, data
    if frame.eth.type == bridging.SLOW_TYPE and data[:1] == b"\x01":
        return "lacp", bridging.read_lacp, data
    if frame.eth.type < 0x0600:
        for start, protocol, reader in _LLC:
            if data.startswith(start):
                return protocol, reader, data[len(start) :]
    return None
