"""What bridges and first-hop routers say among themselves: spanning tree, link aggregation, trunking, VRRP, CARP, HSRP, GLBP."""

from __future__ import annotations

from dataclasses import dataclass

from scanner.facts.fact import Unreadable
from scanner.facts.network.octets import address, mac, need, u16, words

BPDU_LLC = b"\x42\x42\x03"
PVST_SNAP = b"\xaa\xaa\x03\x00\x00\x0c\x01\x0b"
DTP_SNAP = b"\xaa\xaa\x03\x00\x00\x0c\x20\x04"
VTP_SNAP = b"\xaa\xaa\x03\x00\x00\x0c\x20\x03"
SLOW_TYPE = 0x8809
KINDS = {0: "stp", 2: "rstp", 3: "mstp"}
NOTICE = 0x80
"""A topology change notice: it names no bridge."""


@dataclass(frozen=True, slots=True)
class Bpdu:
    """A spanning tree configuration."""

    kind: str
    """stp, rstp, mstp or pvst."""
    root: str
    """Root bridge: ``PRIORITY/MAC``, the priority without the four bits of the instance."""
    bridge: str
    """Sending bridge, written the same way."""
    cost: int
    port: int
    vlan: int
    """The instance in the priority: the VLAN of a per-VLAN tree, 0 otherwise."""

    @property
    def root_mac(self) -> str:
        """The root's MAC alone."""
        return self.root.partition("/")[2]


@dataclass(frozen=True, slots=True)
class Aggregation:
    """An LACP data unit."""

    system: str
    """MAC of the sending system."""
    key: int
    partner: str
    """MAC of the system it has as partner; zeros when it has none."""


@dataclass(frozen=True, slots=True)
class Trunking:
    """A port that negotiates or manages trunks: DTP or VTP."""

    protocol: str
    domain: str


@dataclass(frozen=True, slots=True)
class Redundancy:
    """A group of routers behind one address."""

    protocol: str
    """vrrp, carp, hsrp or glbp."""
    group: int
    priority: int
    addresses: tuple[str, ...]
    virtual_mac: str
    """The MAC that the group answers with; empty where it is not derived from the group."""


def read_bpdu(data: bytes) -> Bpdu | None:
    """Read a BPDU behind its LLC header; None for a topology change notice. Raises Unreadable."""
    need(data, 4, "bpdu")
    if u16(data, 0) != 0:
        raise Unreadable("no spanning tree")
    if data[3] == NOTICE:
        return None
    if data[3] not in (0, 2):
        raise Unreadable(f"bpdu of type {data[3]}")
    need(data, 35, "bpdu")
    kind = KINDS.get(data[2], "stp") if data[3] == 2 else "stp"
    return Bpdu(kind, _bridge(data, 5), _bridge(data, 17), int.from_bytes(data[13:17], "big"), u16(data, 25), u16(data, 5) & 0xFFF)


def read_pvst(data: bytes) -> Bpdu | None:
    """Read a per-VLAN BPDU behind its SNAP header. Raises Unreadable."""
    found = read_bpdu(data)
    if found is None:
        return None
    return Bpdu("pvst", found.root, found.bridge, found.cost, found.port, found.vlan)


def _bridge(data: bytes, at: int) -> str:
    return f"{u16(data, at) & 0xF000}/{mac(data[at + 2 : at + 8])}"


def read_lacp(data: bytes) -> Aggregation:
    """Read LACP. Raises Unreadable for other slow protocols."""
    need(data, 32, "lacp")
    if data[0] != 1 or data[2] != 1 or data[3] != 20:
        raise Unreadable("no lacp")
    return Aggregation(mac(data[6:12]), u16(data, 12), mac(data[26:32]))


def read_trunking(data: bytes, protocol: str) -> Trunking:
    """Read the domain of DTP or VTP behind the SNAP header. Raises Unreadable."""
    if protocol == "dtp":
        need(data, 5, "dtp")
        size = u16(data, 3)
        return Trunking("dtp", words(data[5 : 1 + size], 32) if u16(data, 1) == 1 and size >= 4 else "")
    need(data, 4, "vtp")
    return Trunking("vtp", words(data[4 : 4 + min(data[3], 32)], 32))


def read_vrrp(data: bytes, version: int) -> Redundancy:
    """Read VRRP or CARP, which share IP protocol 112. Raises Unreadable."""
    need(data, 8, "vrrp")
    form, kind = data[0] >> 4, data[0] & 15
    if kind != 1 or form not in (2, 3):
        raise Unreadable("no vrrp")
    size = 4 if version == 4 else 16
    count = data[3]
    virtual = f"00:00:5e:00:{'01' if version == 4 else '02'}:{data[1]:02x}"
    if form == 2 and count == 7 and len(data) == 36:
        # CARP: a counter and an HMAC of seven words where VRRP has addresses and eight bytes of authentication.
        return Redundancy("carp", data[1], data[2], (), f"00:00:5e:00:01:{data[1]:02x}")
    addresses = tuple(address(data[at : at + size]) for at in range(8, min(len(data) - size + 1, 8 + size * min(count, 16)), size))
    return Redundancy("vrrp", data[1], data[2], addresses, virtual)


def read_hsrp(data: bytes) -> Redundancy:
    """Read HSRP, version 1 or the group state of version 2. Raises Unreadable."""
    need(data, 20, "hsrp")
    if data[0] == 1 and data[1] >= 40:
        need(data, 42, "hsrp 2")
        group = u16(data, 6)
        size = 16 if data[5] == 6 else 4
        need(data, 26 + size, "hsrp 2")
        base = "00:05:73:a0:0" if data[5] == 6 else "00:00:0c:9f:f"
        return Redundancy("hsrp", group, data[17], (address(data[26 : 26 + size]),), f"{base}{group >> 8 & 15:x}:{group & 255:02x}")
    if data[0] != 0:
        raise Unreadable("no hsrp")
    return Redundancy("hsrp", data[6], data[5], (address(data[16:20]),), f"00:00:0c:07:ac:{data[6]:02x}")


def read_glbp(data: bytes) -> Redundancy:
    """Read GLBP's group. Raises Unreadable."""
    need(data, 12, "glbp")
    if data[0] != 1:
        raise Unreadable("no glbp")
    return Redundancy("glbp", u16(data, 2), 0, (), "")
