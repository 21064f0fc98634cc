"""Where a database stands: its URL taken apart, one address, and whether it speaks TLS."""

from __future__ import annotations

import ipaddress
import socket
import struct
from dataclasses import dataclass
from urllib.parse import parse_qs, unquote, urlsplit

from scanner.collect.places import Pins, pinned, spelt
from scanner.errors import ReachError
from scanner.model.absent import Absent, Why

SCHEMES = {"postgresql", "postgres"}
PORT = 5432
_SSL_REQUEST = struct.pack("!II", 8, 80877103)
_MODES = {"disable", "prefer", "require", "verify-ca", "verify-full"}


@dataclass(frozen=True, slots=True)
class Place:
    """One database of one server."""

    host: str
    """Host name as written, or the folder of the Unix socket."""
    address: str | None
    """The one address that is dialled; None for a Unix socket."""
    port: int
    database: str
    sslmode: str
    root_certificate: str | None

    @property
    def socket(self) -> bool:
        """Reached through a Unix socket."""
        return self.host.startswith("/")

    @property
    def near(self) -> bool:
        """Nothing leaves this machine: Unix socket or loopback."""
        return self.address is None or ipaddress.ip_address(self.address.partition("%")[0]).is_loopback


def place_of(url: str | None, pins: Pins = None) -> Place | Absent:
    """Take ``postgresql://HOST[:PORT]/DATABASE[?sslmode=…&sslrootcert=…&host=/SOCKET/FOLDER]`` apart.

    A name is resolved once, to one address: trying several would mean several logins.
    """
    try:
        parts = urlsplit(url or "")
        port = parts.port or PORT
    except ValueError:
        return Absent(Why.NOT_DECLARED, "url")
    if not url or not parts.scheme:
        return Absent(Why.NOT_DECLARED, "url")
    if parts.scheme not in SCHEMES:
        return Absent(Why.DRIVER_MISSING, parts.scheme[:40])
    if parts.username is not None or parts.password is not None:
        return Absent(Why.NOT_ASKED, "the url holds credentials; they belong into logins")
    query = parse_qs(parts.query)
    mode = query.get("sslmode", ["prefer"])[0]
    if set(query) - {"sslmode", "sslrootcert", "host"} or mode not in _MODES:
        return Absent(Why.NOT_ASKED, "url: only sslmode, sslrootcert and host are known")
    host = parts.hostname or query.get("host", [""])[0]
    if not host or "," in host:
        return Absent(Why.NOT_DECLARED, "url: one host")
    database = unquote(parts.path.lstrip("/")) or "postgres"
    root = query.get("sslrootcert", [None])[0]
    address = None if host.startswith("/") else _resolve(host, port, pins)
    if isinstance(address, Absent):
        return address
    return Place(host, address, port, database, mode, root)


def _resolve(host: str, port: int, pins: Pins) -> str | Absent:
    try:
        return str(socket.getaddrinfo(pinned(pins, spelt(host)), port, type=socket.SOCK_STREAM)[0][4][0])
    except ReachError as error:
        return error.absent
    except (OSError, UnicodeError) as error:
        return Absent(Why.UNREACHABLE, f"{host[:60]}: {getattr(error, 'strerror', None) or 'no such name'}")


def offers_tls(place: Place, seconds: float) -> bool | Absent:
    """Ask the server whether it speaks TLS, and hang up: no login, no name, eight bytes out and one in."""
    try:
        with socket.create_connection((place.address, place.port), timeout=seconds) as line:
            line.sendall(_SSL_REQUEST)
            return line.recv(1) == b"S"
    except TimeoutError:
        return Absent(Why.UNREACHABLE, "connection timed out")
    except OSError as error:
        return Absent(Why.UNREACHABLE, error.strerror or type(error).__name__)
