"""Frames as a template and patches: one pure description from which the sender makes its frames and the judge the very same again."""

from __future__ import annotations

import struct
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

WIDTHS = {"index8": 1, "index16": 2, "vlan": 2, "index32": 4, "index32hex": 8}


@dataclass(frozen=True, slots=True)
class Patch:
    """What is written over the template for one index."""

    at: int
    """Offset in the frame."""
    what: str
    """``index8``, ``index16`` or ``index32`` (big-endian), ``vlan`` (index as the low 12 bits of a tag, the upper four kept) or ``token``;
    ``index32hex`` and ``tokenhex`` are written as lower-case hexadecimal digits."""
    first: int = 0
    last: int = 8
    """For tokens: which of its eight bytes, from ``first`` up to ``last``."""

    @property
    def width(self) -> int:
        """Bytes of the frame that it fills. Raises ValueError for what is no patch."""
        if self.what in WIDTHS:
            return WIDTHS[self.what]
        if self.what not in ("token", "tokenhex") or not 0 <= self.first <= self.last <= 8:
            raise ValueError(f"patch {self.what}")
        return (self.last - self.first) * (2 if self.what == "tokenhex" else 1)


@dataclass(frozen=True, slots=True)
class Sum:
    """An Internet checksum (RFC 1071) to set after the patches, in the order in which they stand."""

    at: int
    """Offset of the checksum; counted as zero."""
    start: int
    end: int
    """Bytes summed: from ``start`` up to ``end``."""
    base: int = 0
    """Sum of the pseudo header in 16-bit words; 0 where there is none."""
    udp: bool = False
    """A sum of zero is written as 0xffff."""


@dataclass(frozen=True, slots=True)
class Template:
    """A frame with its patches and sums."""

    frame: bytes
    patches: tuple[Patch, ...] = ()
    sums: tuple[Sum, ...] = ()

    def fill(self, index: int, token: bytes) -> bytes:
        """The frame for one index and its token."""
        frame = bytearray(self.frame)
        for patch in self.patches:
            _apply(frame, patch, index, token)
        for item in self.sums:
            _sum(frame, item)
        return bytes(frame)

    def data(self) -> dict[str, Any]:
        """As JSON data."""
        return {
            "frame": self.frame.hex(),
            "patches": [[p.at, p.what, p.first, p.last] for p in self.patches],
            "sums": [[s.at, s.start, s.end, s.base, s.udp] for s in self.sums],
        }

    @classmethod
    def read(cls, data: Mapping[str, Any]) -> Template:
        """From JSON data. Raises ValueError, KeyError or TypeError for anything else."""
        frame = bytes.fromhex(data["frame"])
        patches = tuple(Patch(int(at), str(what), int(first), int(last)) for at, what, first, last in data["patches"])
        sums = tuple(Sum(int(at), int(start), int(end), int(base), bool(udp)) for at, start, end, base, udp in data["sums"])
        if any(not 0 <= p.at <= len(frame) - p.width for p in patches) or any(not 0 <= s.at <= len(frame) - 2 for s in sums):
            raise ValueError("a patch outside the frame")
        return cls(frame, patches, sums)


def _apply(frame: bytearray, patch: Patch, index: int, token: bytes) -> None:
    at = patch.at
    if patch.what == "token":
        piece = token[patch.first : patch.last]
        frame[at : at + len(piece)] = piece
    elif patch.what == "tokenhex":
        digits = token[patch.first : patch.last].hex().encode()
        frame[at : at + len(digits)] = digits
    elif patch.what == "index32hex":
        frame[at : at + 8] = index.to_bytes(4, "big").hex().encode()
    elif patch.what == "index8":
        frame[at] = index & 0xFF
    elif patch.what == "index16":
        struct.pack_into(">H", frame, at, index & 0xFFFF)
    elif patch.what == "index32":
        struct.pack_into(">I", frame, at, index)
    elif patch.what == "vlan":
        (tag,) = struct.unpack_from(">H", frame, at)
        struct.pack_into(">H", frame, at, (tag & 0xF000) | (index & 0x0FFF))
    else:
        raise ValueError(f"patch {patch.what}")


def _sum(frame: bytearray, item: Sum) -> None:
    struct.pack_into(">H", frame, item.at, 0)
    total = item.base + word_sum(bytes(frame[item.start : item.end]))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    value = ~total & 0xFFFF
    struct.pack_into(">H", frame, item.at, 0xFFFF if item.udp and value == 0 else value)


def word_sum(data: bytes) -> int:
    """Sum of the 16-bit big-endian words; an odd last byte counts as the upper half of a word."""
    if len(data) % 2:
        data += b"\0"
    return sum(struct.unpack(f">{len(data) // 2}H", data))
