"""Names on the wire: DNS with its multicast kin (mDNS, LLMNR), NetBIOS name service and datagrams."""

from __future__ import annotations

from dataclasses import dataclass

from scanner.facts.fact import Unreadable
from scanner.facts.network.octets import address, need, u16, words

MAX_NAME = 255
MAX_JUMPS = 16
MAX_QUESTIONS = 32
MAX_RECORDS = 64
TYPE_A, TYPE_CNAME, TYPE_PTR, TYPE_TXT, TYPE_AAAA, TYPE_SRV = 1, 5, 12, 16, 28, 33


@dataclass(frozen=True, slots=True)
class Record:
    """One resource record."""

    name: str
    type: int
    data: str
    """An address or a name; empty for kinds that are not read."""


@dataclass(frozen=True, slots=True)
class Dns:
    """One DNS message."""

    id: int
    response: bool
    opcode: int
    rcode: int
    questions: tuple[tuple[str, int], ...]
    """Name in lower case, and type."""
    records: tuple[Record, ...]
    """Answers, authorities and additional records, in their order."""
    cut: bool
    """True when the message announces more than could be read."""


@dataclass(frozen=True, slots=True)
class NetBios:
    """One NetBIOS name message or datagram."""

    response: bool
    claims: bool
    """The sender says that the names are its own: a registration, refresh or datagram."""
    names: tuple[tuple[str, int], ...]
    """Name and its sixteenth byte: 0 workstation, 0x1b domain master, 0x20 file server."""


def read_name(data: bytes, at: int) -> tuple[str, int]:
    """A name and where it ends. Pointers lead backwards only and are counted. Raises Unreadable."""
    labels: list[str] = []
    size = 0
    end = -1
    for _ in range(MAX_NAME):
        need(data, at + 1, "dns name")
        length = data[at]
        if length == 0:
            return ".".join(labels).lower(), end if end >= 0 else at + 1
        if length >= 0xC0:
            target = u16(data, at) & 0x3FFF
            if target >= at or (size := size + MAX_NAME // MAX_JUMPS) > MAX_NAME:
                raise Unreadable("dns name points forwards or in circles")
            end = at + 2 if end < 0 else end
            at = target
            continue
        if length > 63:
            raise Unreadable("dns label of an unknown kind")
        need(data, at + 1 + length, "dns label")
        size += length + 1
        if size > MAX_NAME:
            raise Unreadable("dns name too long")
        labels.append(words(data[at + 1 : at + 1 + length], 63))
        at += 1 + length
    raise Unreadable("dns name without an end")


def read_dns(data: bytes) -> Dns:
    """Read a DNS message; what follows a record that cannot be read is left out and ``cut`` says so. Raises Unreadable."""
    need(data, 12, "dns")
    flags = u16(data, 2)
    asked, counted = u16(data, 4), u16(data, 6) + u16(data, 8) + u16(data, 10)
    questions: list[tuple[str, int]] = []
    at = 12
    for _ in range(min(asked, MAX_QUESTIONS)):
        name, at = read_name(data, at)
        questions.append((name, u16(data, at)))
        at += 4
    records: list[Record] = []
    if asked <= MAX_QUESTIONS:
        records = _records(data, at, min(counted, MAX_RECORDS))
    whole = asked == len(questions) and counted == len(records)
    return Dns(u16(data, 0), bool(flags & 0x8000), flags >> 11 & 15, flags & 15, tuple(questions), tuple(records), not whole)


def _records(data: bytes, at: int, count: int) -> list[Record]:
    found: list[Record] = []
    for _ in range(count):
        try:
            name, at = read_name(data, at)
            kind, size = u16(data, at), u16(data, at + 8)
            need(data, at + 10 + size, "dns record")
            found.append(Record(name, kind, _content(data, at + 10, size, kind)))
        except Unreadable:
            break
        at += 10 + size
    return found


def _content(data: bytes, at: int, size: int, kind: int) -> str:
    if (kind, size) in ((TYPE_A, 4), (TYPE_AAAA, 16)):
        return address(data[at : at + size])
    if kind in (TYPE_PTR, TYPE_CNAME):
        return read_name(data, at)[0]
    if kind == TYPE_SRV and size > 6:
        return read_name(data, at + 6)[0]
    return ""


def read_netbios_name(data: bytes) -> NetBios:
    """Read a message of the NetBIOS name service (UDP 137). Raises Unreadable."""
    need(data, 12, "nbns")
    flags = u16(data, 2)
    opcode = flags >> 11 & 15
    names: list[tuple[str, int]] = []
    at = 12
    for _ in range(min(u16(data, 4), MAX_QUESTIONS)):
        name, at = _encoded(data, at)
        names.append(name)
        at += 4
    response = bool(flags & 0x8000)
    if response and u16(data, 6):
        names.append(_encoded(data, at)[0])
    # 5 registration, 8 and 9 refresh; 0 is a query for somebody else, unless it is answered.
    return NetBios(response, opcode in (5, 8, 9, 15) or (response and opcode == 0), tuple(names))


def read_netbios_datagram(data: bytes) -> NetBios:
    """Read a NetBIOS datagram (UDP 138): it carries the sender's own name. Raises Unreadable."""
    need(data, 14, "nbdgm")
    if not 0x10 <= data[0] <= 0x12:
        raise Unreadable("no netbios datagram")
    return NetBios(False, True, (_encoded(data, 14)[0],))


def _encoded(data: bytes, at: int) -> tuple[tuple[str, int], int]:
    """A first-level encoded name: each half byte is a letter from A to P."""
    need(data, at + 34, "netbios name")
    letters = data[at + 1 : at + 33]
    if data[at] != 32 or not all(0x41 <= letter <= 0x50 for letter in letters):
        raise Unreadable("no netbios name")
    plain = bytes((letters[i] - 0x41) << 4 | (letters[i + 1] - 0x41) for i in range(0, 32, 2))
    at += 33
    if data[at] != 0:
        # A scope follows: read like the labels of a name.
        _, at = read_name(data, at)
    else:
        at += 1
    return (words(plain[:15].rstrip(b" \0"), 15), plain[15]), at
