"""Bounded ways to look at bytes from the wire: every reader of a header goes through these, so none can read past an end."""

from __future__ import annotations

import ipaddress
from functools import lru_cache

from scanner.facts.fact import Unreadable


def need(data: bytes, length: int, what: str) -> None:
    """Raise Unreadable unless there are ``length`` bytes."""
    if len(data) < length:
        raise Unreadable(f"{what}: {len(data)} of {length} bytes")


def u16(data: bytes, at: int) -> int:
    """Two bytes, big endian. Raises Unreadable past the end."""
    if at + 2 > len(data):
        raise Unreadable(f"two bytes at {at} of {len(data)}")
    return data[at] << 8 | data[at + 1]


def u32(data: bytes, at: int) -> int:
    """Four bytes, big endian. Raises Unreadable past the end."""
    if at + 4 > len(data):
        raise Unreadable(f"four bytes at {at} of {len(data)}")
    return int.from_bytes(data[at : at + 4], "big")


@lru_cache(maxsize=4096)
def mac(data: bytes) -> str:
    """Six bytes as ``aa:bb:cc:dd:ee:ff``."""
    return data.hex(":")


@lru_cache(maxsize=8192)
def address(data: bytes) -> str:
    """Four or sixteen bytes as text. Raises Unreadable for any other length."""
    if len(data) == 4:
        return f"{data[0]}.{data[1]}.{data[2]}.{data[3]}"
    if len(data) != 16:
        raise Unreadable(f"an address of {len(data)} bytes")
    return str(ipaddress.IPv6Address(data))


def words(data: bytes, most: int = 128) -> str:
    """Text that a device sends of itself: UTF-8, at most ``most`` characters, nothing that moves a terminal's cursor."""
    text = data[: most * 4].split(b"\0", 1)[0].decode("utf-8", "backslashreplace")
    return "".join(char if char.isprintable() else f"\\x{ord(char):02x}" for char in text)[:most]
