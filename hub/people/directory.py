"""A directory (LDAP) that takes the password of people who have an account here: bind as the person, over TLS, and nothing else.

Nobody gets an account by being in the directory: an account of origin ``ldap`` names the person's distinguished name.
"""

from __future__ import annotations

import socket
import ssl
from dataclasses import dataclass
from pathlib import Path
from time import monotonic
from typing import Any

import yaml

from scanner.errors import UseError
from scanner.ledger import der

FILE = "directory.yaml"
SECONDS = 10
MAX_FILE, MAX_PASSWORD, MAX_ANSWER = 64 * 1024, 256, 64 * 1024
START_TLS = b"1.3.6.1.4.1.1466.20037"
_BIND, _BIND_ANSWER, _UNBIND, _EXTENDED, _EXTENDED_ANSWER, _SIMPLE, _ENUMERATED = 0x60, 0x61, 0x42, 0x77, 0x78, 0x80, 0x0A
"""RFC 4511, section 4. A bind is all that is asked: a library for the rest would be more than what it does."""


@dataclass(frozen=True, slots=True)
class Directory:
    """One server, as ``directory.yaml`` in the hub's folder names it."""

    host: str
    port: int
    ca: str
    """File of the authority that signed its certificate; empty for those of the system."""
    start_tls: bool = False
    """``ldap://`` with STARTTLS; else ``ldaps://``. In the clear no password travels."""

    def takes(self, subject: str, password: str) -> bool:
        """Whether the directory knows this person by this password. One that does not answer takes nobody."""
        # A bind without a password is a bind as nobody, which servers grant.
        if not subject.strip() or not 0 < len(password) <= MAX_PASSWORD:
            return False
        try:
            with self._connected() as stream:
                return _bound(stream, subject, password)
        except (OSError, ValueError):
            return False

    def _connected(self) -> ssl.SSLSocket:
        """Raises OSError, also for a certificate that is none of the host's."""
        context = ssl.create_default_context(cafile=self.ca or None)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        raw = socket.create_connection((self.host, self.port), timeout=SECONDS)
        try:
            if self.start_tls:
                raw.sendall(_message(1, der.tlv(_EXTENDED, der.tlv(0x80, START_TLS))))
                if _result(raw, 1, _EXTENDED_ANSWER) != 0:
                    raise OSError("no TLS")
            return context.wrap_socket(raw, server_hostname=self.host)
        except BaseException:
            raw.close()
            raise


def _bound(stream: ssl.SSLSocket, subject: str, password: str) -> bool:
    name, secret = der.tlv(der.OCTETS, subject.encode()), der.tlv(_SIMPLE, password.encode())
    stream.sendall(_message(2, der.tlv(_BIND, der.integer(3), name, secret)))
    good = _result(stream, 2, _BIND_ANSWER) == 0
    stream.sendall(_message(3, der.tlv(_UNBIND)))
    return good


def _message(number: int, operation: bytes) -> bytes:
    return der.tlv(der.SEQUENCE, der.integer(number), operation)


def _result(stream: socket.socket, number: int, tag: int) -> int:
    """The code of the answer to a message. Raises ValueError for anything else that comes, OSError."""
    end, data = monotonic() + SECONDS, b""
    while (body := _whole(data)) is None:
        stream.settimeout(max(0.01, end - monotonic()))
        part = stream.recv(4096)
        if not part or len(data) > MAX_ANSWER:
            raise ValueError("no answer")
        data += part
    (first, said), rest = _element(body)
    (second, answer), _ = _element(rest)
    (third, code), _ = _element(answer)
    if (first, second, third) != (der.INTEGER, tag, _ENUMERATED) or int.from_bytes(said, "big") != number:
        raise ValueError("another answer")
    return int.from_bytes(code, "big")


def _whole(data: bytes) -> bytes | None:
    """What the message holds, None while more of it has to come. Raises ValueError."""
    try:
        (tag, body), _ = _element(data)
    except EOFError:
        return None
    if tag != der.SEQUENCE:
        raise ValueError("no message")
    return body


def _element(data: bytes) -> tuple[tuple[int, bytes], bytes]:
    """The first element and the rest: BER, whose lengths some servers write longer than they need. Raises EOFError, ValueError."""
    if len(data) < 2:
        raise EOFError
    size, start = data[1], 2
    if size > 0x80:
        start += size & 0x7F
        if start > 6:
            raise ValueError("too long")
        size = int.from_bytes(data[2:start], "big")
    if size > MAX_ANSWER:
        raise ValueError("too long")
    if len(data) < start + size:
        raise EOFError
    return (data[0], data[start : start + size]), data[start + size :]


def read(home: Path) -> Directory | None:
    """The directory of a hub, None where it has none. Raises UseError."""
    path = home / FILE
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise UseError("file-unreadable", file=path, detail=error.strerror or "?") from None
    try:
        held = yaml.load(data[:MAX_FILE], Loader=yaml.CSafeLoader)
        return _made(held, path)
    except (yaml.YAMLError, ValueError, TypeError):
        raise UseError("hub-directory", file=path) from None


def _made(held: Any, path: Path) -> Directory:
    if not isinstance(held, dict) or not set(held) <= {"url", "ca"}:
        raise ValueError(path)
    kind, _, place = str(held.get("url", "")).partition("://")
    host, _, port = place.partition(":")
    if kind not in ("ldaps", "ldap") or not host or "/" in place:
        raise ValueError(path)
    ca = str(held.get("ca") or "")
    if ca and not Path(ca).is_file():
        raise UseError("file-unreadable", file=ca, detail="-")
    return Directory(host, int(port or (636 if kind == "ldaps" else 389)), ca, start_tls=kind == "ldap")
