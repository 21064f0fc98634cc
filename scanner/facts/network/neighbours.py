"""What devices announce of themselves to the next port: LLDP, CDP, MNDP."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from scanner.facts.fact import Unreadable
from scanner.facts.network.octets import address, mac, need, u16, u32, words

MAX_FIELDS = 128
LLDP_TYPE = 0x88CC
CDP_PID = b"\xaa\xaa\x03\x00\x00\x0c\x20\x00"


@dataclass(frozen=True, slots=True)
class Announcement:
    """One device's announcement."""

    protocol: str
    """lldp, cdp or mndp."""
    chassis: str
    """Who it is: a MAC where it says one, else its own word for itself."""
    port: str
    name: str
    platform: str
    addresses: tuple[str, ...]
    """Management addresses."""
    vlans: tuple[int, ...]
    """VLAN ids that it says the port carries: native, voice, or named ones."""


def read_lldp(data: bytes) -> Announcement:
    """Read an LLDP data unit. Raises Unreadable without a chassis and a port."""
    found: dict[str, str] = {}
    addresses: list[str] = []
    vlans: list[int] = []
    for kind, value in _lldp_fields(data):
        if kind == 1:
            found["chassis"] = _lldp_id(value, mac_kind=4, address_kind=5)
        elif kind == 2:
            found["port"] = _lldp_id(value, mac_kind=3, address_kind=4)
        elif kind in (5, 6):
            found["name" if kind == 5 else "platform"] = words(value)
        elif kind == 8 and len(value) > 2 and 2 <= value[0] < len(value):
            addresses += _managed(value[1], value[2 : 1 + value[0]])
        elif kind == 127 and value[:4] in (b"\x00\x80\xc2\x01", b"\x00\x80\xc2\x03") and len(value) >= 6:
            vlans.append(u16(value, 4))
        elif kind == 127 and value[:4] == b"\x00\x12\xbb\x02" and len(value) >= 8:
            # Network policy of LLDP-MED: application, flags, VLAN id in bits 1 to 12 of the next two bytes.
            vlans.append((u32(value, 4) >> 9) & 0xFFF)
    if not found.get("chassis") or "port" not in found:
        raise Unreadable("lldp without chassis or port")
    return Announcement(
        "lldp", found["chassis"], found["port"], found.get("name", ""), found.get("platform", ""), tuple(addresses[:8]), _ids(vlans)
    )


def _lldp_fields(data: bytes) -> Iterator[tuple[int, bytes]]:
    at = 0
    for _ in range(MAX_FIELDS):
        if at + 2 > len(data):
            return
        head = u16(data, at)
        kind, size = head >> 9, head & 0x1FF
        if kind == 0:
            return
        if at + 2 + size > len(data):
            raise Unreadable("lldp field cut")
        yield kind, data[at + 2 : at + 2 + size]
        at += 2 + size


def _lldp_id(value: bytes, mac_kind: int, address_kind: int) -> str:
    need(value, 2, "lldp id")
    if value[0] == mac_kind and len(value) == 7:
        return mac(value[1:7])
    if value[0] == address_kind and len(value) in (6, 18):
        return address(value[2:])
    return words(value[1:])


def _managed(kind: int, value: bytes) -> list[str]:
    return [address(value)] if (kind, len(value)) in ((1, 4), (2, 16)) else []


def read_cdp(data: bytes) -> Announcement:
    """Read CDP behind its SNAP header. Raises Unreadable without a device id."""
    need(data, 4, "cdp")
    found: dict[int, bytes] = {}
    at = 4
    for _ in range(MAX_FIELDS):
        if at + 4 > len(data):
            break
        kind, size = u16(data, at), u16(data, at + 2)
        if size < 4 or at + size > len(data):
            break
        found.setdefault(kind, data[at + 4 : at + size])
        at += size
    if not found.get(1):
        raise Unreadable("cdp without a device id")
    vlans = [u16(found[10], 0)] if len(found.get(10, b"")) >= 2 else []
    if len(found.get(14, b"")) >= 3:
        vlans.append(u16(found[14], 1))
    addresses = _cdp_addresses(found.get(2, b"")) + _cdp_addresses(found.get(22, b""))
    name = words(found[1])
    return Announcement(
        "cdp", name, words(found.get(3, b"")), name, words(found.get(6, b"")), tuple(dict.fromkeys(addresses))[:8], _ids(vlans)
    )


def _cdp_addresses(data: bytes) -> list[str]:
    found: list[str] = []
    if len(data) < 4:
        return found
    at = 4
    for _ in range(min(u32(data, 0), 8)):
        if at + 2 > len(data):
            break
        at += 2 + data[at + 1]
        if at + 2 > len(data):
            break
        size = u16(data, at)
        value = data[at + 2 : at + 2 + size]
        if len(value) == size and size in (4, 16):
            found.append(address(value))
        at += 2 + size
    return found


def read_mndp(data: bytes) -> Announcement:
    """Read MikroTik's neighbour discovery (UDP 5678). Raises Unreadable without a MAC."""
    need(data, 8, "mndp")
    found: dict[int, bytes] = {}
    at = 4
    for _ in range(MAX_FIELDS):
        if at + 4 > len(data):
            break
        kind, size = u16(data, at), u16(data, at + 2)
        if at + 4 + size > len(data):
            break
        found.setdefault(kind, data[at + 4 : at + 4 + size])
        at += 4 + size
    if len(found.get(1, b"")) != 6:
        raise Unreadable("mndp without a mac")
    addresses = tuple(address(found[kind]) for kind, size in ((17, 4), (15, 16)) if len(found.get(kind, b"")) == size)
    platform = " ".join(words(found[kind]) for kind in (8, 12, 7) if kind in found)[:128]
    return Announcement("mndp", mac(found[1]), words(found.get(16, b"")), words(found.get(5, b"")), platform, addresses, ())


def _ids(vlans: list[int]) -> tuple[int, ...]:
    return tuple(sorted({vid for vid in vlans if 0 < vid < 4095}))
