"""Ways of asking a service to pass something on: in plain words, as a proxy, with a PROXY header, and the same inside TLS."""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace

from scanner.collect.trial.stations import Address

WEB, SECURE = 80, 443
"""Ports of a sentinel that a proxy is asked for: the one that proxies fetch pages from, and the one that they connect to."""


@dataclass(slots=True)
class Way:
    """One way of asking a service to pass something on."""

    kind: str
    note: str
    first: Callable[[str, bytes], bytes]
    """Bytes to send first, of the token as text and as bytes."""
    good: Callable[[bytes], bool] | None = None
    """Whether the answer says that the way is open; then the token follows. None where the first bytes carry it."""
    chain: list[tuple[Callable[[bytes], bool], bytes]] = field(default_factory=list)
    """Further questions and answers in between."""
    tls: bool = False
    """All of it is said inside TLS."""


def ways_for(place: Address, own: Address) -> Iterator[Way]:
    """All ways of asking for one address behind a service."""
    host = f"[{place}]" if place.version == 6 else str(place)
    page = f"GET http://{host}:{WEB}/"
    yield Way("http-proxy", page, lambda text, _raw: f"{page}{text} HTTP/1.1\r\nHost: {host}:{WEB}\r\nConnection: close\r\n\r\n".encode())
    connect = f"CONNECT {host}:{SECURE} HTTP/1.1\r\nHost: {host}:{SECURE}\r\n\r\n".encode()
    yield Way(
        "http-proxy", f"CONNECT {host}:{SECURE}", lambda _text, _raw: connect, lambda said: said[:5] == b"HTTP/" and said[8:12] == b" 200"
    )
    if place.version == 4 and own.version == 4:
        header = f"PROXY TCP4 {own} {place} 50000 {WEB}\r\n".encode()
        yield Way("relay", f"PROXY TCP4 to {host}:{WEB}", lambda text, _raw: header + f"GET /{text} HTTP/1.0\r\n\r\n".encode())


def socks_for(place: Address) -> Iterator[Way]:
    """The same in a tongue that no web server speaks."""
    host = f"[{place}]" if place.version == 6 else str(place)
    kind = b"\x01" if place.version == 4 else b"\x04"
    yield Way(
        "socks", f"SOCKS5 {host}:{SECURE}", lambda _text, _raw: b"\x05\x01\x00", lambda said: said[:2] == b"\x05\x00",
        [(lambda said: said[:2] == b"\x05\x00", b"\x05\x01\x00" + kind + place.packed + struct.pack(">H", SECURE))],
    )  # fmt: skip
    if place.version == 4:
        asked = b"\x04\x01" + struct.pack(">H", WEB) + place.packed + b"\0"
        yield Way("socks", f"SOCKS4 {host}:{WEB}", lambda _text, _raw: asked, lambda said: said[:2] == b"\x00\x5a")


PLAIN = Way("relay", "plain", lambda text, _raw: f"GET /{text} HTTP/1.0\r\nHost: relay\r\n\r\n".encode())


INSIDE = replace(PLAIN, note="TLS plain", tls=True)
