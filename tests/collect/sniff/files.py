"""Capture files made by the tests themselves."""

from __future__ import annotations

import struct
from collections.abc import Sequence

MAGICS = {"<us": (b"\xd4\xc3\xb2\xa1", "<", 10**6), ">us": (b"\xa1\xb2\xc3\xd4", ">", 10**6), "<ns": (b"\x4d\x3c\xb2\xa1", "<", 10**9), ">ns": (b"\xa1\xb2\x3c\x4d", ">", 10**9)}  # fmt: skip


def pcap(frames: Sequence[tuple[float, bytes]], spelling: str = "<us", link: int = 1, snap: int = 65535) -> bytes:
    magic, order, per = MAGICS[spelling]
    out = [magic, struct.pack(order + "HHiIII", 2, 4, 0, 0, snap, link)]
    for time, data in frames:
        kept = data[:snap]
        out.append(struct.pack(order + "IIII", int(time), round(time % 1 * per), len(kept), len(data)) + kept)
    return b"".join(out)


def block(kind: int, body: bytes, order: str = "<") -> bytes:
    body += bytes(-len(body) % 4)
    size = struct.pack(order + "I", len(body) + 12)
    return struct.pack(order + "I", kind) + size + body + size


def section(order: str = "<") -> bytes:
    return block(0x0A0D0D0A, struct.pack(order + "IHHq", 0x1A2B3C4D, 1, 0, -1), order)


def interface(order: str = "<", link: int = 1, snap: int = 0, options: Sequence[tuple[int, bytes]] = ()) -> bytes:
    return block(1, struct.pack(order + "HHI", link, 0, snap) + written(options, order), order)


def written(options: Sequence[tuple[int, bytes]], order: str = "<") -> bytes:
    return b"".join(struct.pack(order + "HH", code, len(value)) + value + bytes(-len(value) % 4) for code, value in options)


def enhanced(time: float, data: bytes, order: str = "<", index: int = 0, ticks: int = 10**6) -> bytes:
    units = round(time * ticks)
    return block(6, struct.pack(order + "IIIII", index, units >> 32, units & 0xFFFFFFFF, len(data), len(data)) + data, order)


def old(time: float, data: bytes, order: str = "<") -> bytes:
    units = round(time * 10**6)
    return block(2, struct.pack(order + "HHIIII", 0, 0, units >> 32, units & 0xFFFFFFFF, len(data), len(data)) + data, order)


def simple(data: bytes, order: str = "<") -> bytes:
    return block(3, struct.pack(order + "I", len(data)) + data, order)


def statistics(dropped: int, order: str = "<") -> bytes:
    return block(5, struct.pack(order + "III", 0, 0, 0) + written([(5, struct.pack(order + "Q", dropped))], order), order)
