"""Short looks into what is carried: the server name of a TLS hello, the way of an HTTP request, the shape of a tunnel.

Only names and shapes leave this file, never contents.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from scanner.facts.fact import Unreadable
from scanner.facts.network.octets import need, u16, words
from scanner.facts.network.packets import Frame

MAX_EXTENSIONS = 64
MAX_HEAD = 4096
_REQUEST = re.compile(rb"(?:GET|HEAD|POST|PUT|OPTIONS|CONNECT|DELETE|NOTIFY|M-SEARCH|PATCH|TRACE) (\S{1,1024}) HTTP/1\.[01]\r?\n")
_HEADER = re.compile(rb"^(host|via|x-forwarded-for|forwarded|location|server|st|nt|usn):[ \t]*([^\r\n]{0,256})", re.I | re.M)


@dataclass(frozen=True, slots=True)
class Http:
    """The head of an HTTP/1 message, without its path."""

    request: bool
    proxied: bool
    """An absolute URI or CONNECT: the sender takes the other end for a proxy."""
    host: str
    via: str
    """What a proxy added of itself; empty when none did."""
    forwarded: bool
    """A header says for whom it was forwarded."""
    gateway: bool
    """UPnP: a device that announces itself as an internet gateway."""


def read_hello(data: bytes) -> str:
    """Server name of a TLS client hello; empty when it names none. Raises Unreadable when it is no such hello."""
    need(data, 43, "tls")
    if data[0] != 22 or data[1] != 3 or data[5] != 1:
        raise Unreadable("no client hello")
    at = 43
    at += 1 + _byte(data, at)
    at += 2 + u16(data, at)
    at += 1 + _byte(data, at)
    if at >= len(data):
        return ""
    at += 2
    for _ in range(MAX_EXTENSIONS):
        if at + 4 > len(data):
            break
        kind, size = u16(data, at), u16(data, at + 2)
        if kind == 0 and size >= 5:
            need(data, at + 4 + size, "server name")
            return words(data[at + 9 : at + 9 + min(u16(data, at + 7), size - 5)], 253).lower()
        at += 4 + size
    return ""


def _byte(data: bytes, at: int) -> int:
    need(data, at + 1, "tls")
    return data[at]


def read_http(data: bytes) -> Http:
    """Read the head of an HTTP/1 message. Raises Unreadable when it is none."""
    head = data[:MAX_HEAD]
    request = _REQUEST.match(head)
    if request is None and not head.startswith((b"HTTP/1.0 ", b"HTTP/1.1 ")):
        raise Unreadable("no http")
    headers = {key.lower(): value for key, value in _HEADER.findall(head.partition(b"\r\n\r\n")[0])}
    proxied = request is not None and (b"://" in request[1] or head.startswith(b"CONNECT "))
    said = b" ".join(headers.get(key, b"") for key in (b"st", b"nt", b"usn"))
    return Http(
        request=request is not None,
        proxied=proxied,
        host=words(headers.get(b"host", b""), 253).lower(),
        via=words(headers.get(b"via", b""), 128),
        forwarded=bool({b"x-forwarded-for", b"forwarded"} & set(headers)),
        gateway=not (request is not None and head.startswith(b"M-SEARCH")) and b"InternetGatewayDevice" in said,
    )


def tunnel_shape(frame: Frame) -> str:
    """What tunnel a packet looks like; empty for none. A shape is a hint: nothing inside can be read."""
    if frame.carrier and frame.carrier != "quoted":
        return frame.carrier
    if frame.eth is not None and frame.eth.type in (0x8863, 0x8864):
        return "pppoe"
    if frame.ip is None:
        return ""
    if frame.tcp is not None:
        return "pptp" if 1723 in (frame.tcp.sport, frame.tcp.dport) and frame.payload[4:8] == b"\x1a\x2b\x3c\x4d" else ""
    if frame.udp is None:
        return {50: "esp", 51: "ah", 115: "l2tpv3", 47: "gre"}.get(frame.ip.protocol, "")
    return _udp_shape(frame.udp.sport, frame.udp.dport, frame.payload)


def _udp_shape(sport: int, dport: int, data: bytes) -> str:
    ports = {sport, dport}
    if _wireguard(data):
        return "wireguard"
    if len(data) >= 28 and {500, 4500} & ports:
        head = data[4:] if data[:4] == b"\0\0\0\0" and 4500 in ports else data
        if len(head) >= 28 and head[17] in (0x10, 0x20):
            return "ike"
        return "esp" if 4500 in ports and data[:4] != b"\0\0\0\0" else ""
    if 1701 in ports and len(data) >= 6 and data[1] & 15 in (2, 3) and data[0] & 0x80:
        return "l2tp"
    # OpenVPN: opcode in the upper five bits of the first byte; hello packets are 7 and 8 (and 10 with tls-crypt-v2).
    if 1194 in ports and len(data) >= 14 and 1 <= data[0] >> 3 <= 11:
        return "openvpn"
    if 9993 in ports and len(data) >= 28:
        return "zerotier"
    return ""


def _wireguard(data: bytes) -> bool:
    """Message types with their exact sizes and three zero bytes; data packets are recognised by the first exchange."""
    return data[1:4] == b"\0\0\0" and (data[0], len(data)) in ((1, 148), (2, 92), (3, 64))
