"""One HTTP/1.1 exchange of which only the head is read: bounded in bytes, lines and seconds."""

from __future__ import annotations

import re
import socket
import ssl
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urljoin, urlsplit

from scanner.model.absent import Absent, Why

MAX_HEAD = 65_536
"""Bytes of a response head; longer ones are cut and not judged."""
MAX_HEADERS = 128
MAX_VALUE = 2_048
# Values of these rest; of every other header only the name does: others may carry tokens.
KEPT = {
    "strict-transport-security", "content-security-policy", "content-security-policy-report-only", "x-frame-options",
    "x-content-type-options", "x-xss-protection", "referrer-policy", "permissions-policy", "server", "x-powered-by",
    "x-aspnet-version", "x-aspnetmvc-version", "x-generator", "content-type", "cache-control", "via",
    "access-control-allow-origin", "access-control-allow-credentials",
}  # fmt: skip
_STATUS = re.compile(rb"HTTP/1\.[01] ([1-5]\d\d)(?: .*)?")
_NAME = re.compile(rb"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_AGENT = "shiqu"


@dataclass(frozen=True, slots=True)
class Head:
    """Status and headers of one response, in order, names in lower case."""

    status: int
    headers: tuple[tuple[str, str], ...]
    malformed: int
    """Lines that are no header."""

    def all(self, name: str) -> list[str]:
        """Every value of a header."""
        return [value for key, value in self.headers if key == name]


def quoted(path: str) -> str:
    """A path and query that cannot break out of the request line."""
    return quote(path, safe="/?&=%:@!$'()*+,;~-._")


def exchange(connection: socket.socket, method: str, authority: str, path: str, left: Callable[[], float]) -> Head | Absent:
    """Send one request, read the head, and no more. Raises TimeoutError and OSError."""
    request = f"{method} {path} HTTP/1.1\r\nHost: {authority}\r\nUser-Agent: {_AGENT}\r\nAccept: */*\r\nConnection: close\r\n\r\n"
    connection.settimeout(left())
    data = b""
    try:
        connection.sendall(request.encode("ascii", "ignore"))
        while b"\r\n\r\n" not in data and b"\n\n" not in data:
            connection.settimeout(left())
            more = connection.recv(8192)
            if not more:
                break
            data += more
            if len(data) > MAX_HEAD:
                return Absent(Why.TRUNCATED, f"response head of more than {MAX_HEAD} bytes")
            if not data.startswith(b"HTTP/"[: len(data)]):
                return Absent(Why.GARBLED, f"not HTTP: {data[:8]!r}")
    except ConnectionError as error:
        return Absent(Why.COMMAND_FAILED, type(error).__name__)
    except ssl.SSLError as error:
        return Absent(Why.COMMAND_FAILED, f"TLS: {error.reason or error}"[:200])
    return read_head(data)


def read_head(data: bytes) -> Head | Absent:
    """Read a response head. One that does not come to its end is cut, and not judged."""
    head, mark, _ = data.replace(b"\r\n", b"\n").partition(b"\n\n")
    if not mark:
        return Absent(Why.TRUNCATED if data else Why.COMMAND_FAILED, "the response head did not come to its end")
    first, *rest = head.split(b"\n")
    found = _STATUS.fullmatch(first)
    if found is None:
        return Absent(Why.GARBLED, f"not a status line: {first[:40]!r}")
    if len(rest) > MAX_HEADERS:
        return Absent(Why.TRUNCATED, f"more than {MAX_HEADERS} headers")
    headers: list[tuple[str, str]] = []
    malformed = 0
    for line in rest:
        name, colon, value = line.partition(b":")
        if not colon or not _NAME.fullmatch(name):
            malformed += 1
            continue
        headers.append((name.decode("ascii").lower(), value.strip(b" \t").decode("utf-8", "backslashreplace")[:MAX_VALUE]))
    return Head(int(found[1]), tuple(headers), malformed)


def origin_of(head: Head, scheme: str, host: str, port: int) -> dict[str, Any] | None:
    """Scheme, host and port that the response redirects to; its path and query do not rest."""
    places = head.all("location")
    if not 300 <= head.status < 400 or len(places) != 1:
        return None
    where = _split(scheme, host, port, places[0])
    if where is None:
        return None
    return {"scheme": where[0], "host": where[1], "port": where[2]}


def same_origin_path(head: Head, scheme: str, host: str, port: int) -> str | None:
    """Path to go on with when the response redirects to the very same origin."""
    places = head.all("location")
    if not 300 <= head.status < 400 or len(places) != 1:
        return None
    where = _split(scheme, host, port, places[0])
    return where[3] if where is not None and where[:3] == (scheme, host.lower(), port) else None


def _split(scheme: str, host: str, port: int, location: str) -> tuple[str, str, int, str] | None:
    shown = f"[{host}]" if ":" in host else host
    try:
        parts = urlsplit(urljoin(f"{scheme}://{shown}:{port}/", location))
        number = parts.port or {"https": 443, "http": 80}.get(parts.scheme, 0)
    except ValueError:
        return None
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return parts.scheme.lower(), (parts.hostname or "").lower(), number, quoted(path)


def summary(answers: Sequence[Head]) -> dict[str, Any]:
    """What may rest of a chain of responses: the last one's headers, and every one's cookies by name and flags."""
    last = answers[-1]
    headers: dict[str, list[str]] = {}
    for name, value in last.headers:
        if name != "set-cookie":
            headers.setdefault(name, []).append(value if name in KEPT else "")
    cookies = [cookie_of(value) for head in answers for value in head.all("set-cookie")]
    return {"status": last.status, "headers": headers, "cookies": cookies, "malformed": sum(head.malformed for head in answers)}


def cookie_of(value: str) -> dict[str, Any]:
    """Name and flags of a Set-Cookie header; never its value."""
    first, *attributes = value.split(";")
    flags = {part.partition("=")[0].strip().lower(): part.partition("=")[2].strip() for part in attributes}
    return {
        "name": first.partition("=")[0].strip()[:80], "secure": "secure" in flags, "httponly": "httponly" in flags,
        "samesite": flags.get("samesite", "").lower()[:10],
    }  # fmt: skip
