"""DER, as much as keys and time stamps need: definite minimal lengths, one-byte tags, nothing left over."""

from __future__ import annotations

from dataclasses import dataclass

INTEGER, BITS, OCTETS, NULL, OID, SEQUENCE, SET = 0x02, 0x03, 0x04, 0x05, 0x06, 0x30, 0x31


@dataclass(frozen=True, slots=True)
class Node:
    """One element."""

    tag: int
    """The tag byte."""
    body: bytes
    """What it holds."""
    raw: bytes
    """The element with its tag and length."""


def tlv(tag: int, *parts: bytes) -> bytes:
    """One element of these parts."""
    body = b"".join(parts)
    if len(body) < 0x80:
        return bytes((tag, len(body))) + body
    size = len(body).to_bytes((len(body).bit_length() + 7) // 8, "big")
    return bytes((tag, 0x80 | len(size))) + size + body


def integer(value: int) -> bytes:
    """A non-negative INTEGER."""
    return tlv(INTEGER, value.to_bytes(value.bit_length() // 8 + 1, "big"))


def read(data: bytes) -> Node:
    """The one element that the bytes are. Raises ValueError for anything else, also for bytes that follow it."""
    node = _first(data)
    if len(node.raw) != len(data):
        raise ValueError("bytes follow the element")
    return node


def children(node: Node) -> list[Node]:
    """The elements inside one. Raises ValueError."""
    found, rest = [], node.body
    while rest:
        item = _first(rest)
        found.append(item)
        rest = rest[len(item.raw) :]
    return found


def expect(node: Node, tag: int) -> Node:
    """The node itself. Raises ValueError when it has another tag."""
    if node.tag != tag:
        raise ValueError(f"tag {node.tag:#x} where {tag:#x} is expected")
    return node


def fields(node: Node, *tags: int) -> list[Node]:
    """The children of a SEQUENCE that must have exactly these tags. Raises ValueError."""
    found = children(expect(node, SEQUENCE))
    if tuple(item.tag for item in found) != tags:
        raise ValueError("other fields than expected")
    return found


def number(node: Node) -> int:
    """A non-negative INTEGER in its shortest form. Raises ValueError."""
    body = expect(node, INTEGER).body
    if not body or body[0] & 0x80 or (len(body) > 1 and body[0] == 0 and not body[1] & 0x80):
        raise ValueError("not a non-negative integer in its shortest form")
    return int.from_bytes(body, "big")


def _first(data: bytes) -> Node:
    if len(data) < 2:
        raise ValueError("truncated")
    tag, size, start = data[0], data[1], 2
    if tag & 0x1F == 0x1F:
        raise ValueError("a tag of several bytes")
    if size & 0x80:
        count = size & 0x7F
        if not 1 <= count <= 4 or len(data) < 2 + count:
            raise ValueError("length")
        size, start = int.from_bytes(data[2 : 2 + count], "big"), 2 + count
        if size < 0x80 or size.bit_length() <= 8 * (count - 1):
            raise ValueError("a length that is not the shortest")
    if len(data) < start + size:
        raise ValueError("truncated")
    return Node(tag, data[start : start + size], data[: start + size])
