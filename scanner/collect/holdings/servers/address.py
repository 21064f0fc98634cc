"""Where a catalogue's server stands: its URL taken apart, one address that is dialled, and the words that install its driver."""

from __future__ import annotations

import re
import socket
from dataclasses import dataclass
from ipaddress import ip_address
from urllib.parse import parse_qs, unquote, urlsplit

from scanner.collect.places import Pins, pinned, spelt
from scanner.errors import ReachError
from scanner.model.absent import Why

FAMILIES = {
    "postgresql": ("postgresql", 5432), "postgres": ("postgresql", 5432), "kingbase": ("kingbase", 54321),
    "opengauss": ("opengauss", 5432), "mysql": ("mysql", 3306), "mariadb": ("mysql", 3306), "mssql": ("mssql", 1433),
    "sqlserver": ("mssql", 1433), "oracle": ("oracle", 1521), "dm": ("dm", 5236),
    "elasticsearch+http": ("elasticsearch", 9200), "elasticsearch+https": ("elasticsearch", 9200), "elasticsearch": ("elasticsearch", 9200),
    "opensearch+http": ("elasticsearch", 9200), "opensearch+https": ("elasticsearch", 9200), "opensearch": ("elasticsearch", 9200),
    "solr+http": ("solr", 8983), "solr+https": ("solr", 8983), "solr": ("solr", 8983),
}  # fmt: skip
"""Scheme to (family, its usual port)."""
TLS_MODES = ("disable", "prefer", "require", "verify-ca", "verify-full")
_OPTIONS = {"sslmode", "sslrootcert", "host"}
_ELSEWHERE = re.compile(r"[a-z][a-z0-9+.-]*://(?:[^\s/@']*@)?([^\s/:?'\"]+)|(?:^|[\s=])(?:[\w.-]+@)([\w.-]+):|(?:^|\s)//([\w.-]+)/")
_CLOUD = re.compile(r"(oss-[\w-]+\.aliyuncs\.com|cos\.[\w.-]+\.myqcloud\.com|obs\.[\w.-]+\.myhuaweicloud\.com|s3[\w.-]*\.amazonaws\.com)")
_SERVED = re.compile(
    r"\b(?:servername|hostname|dbserver|server|address|data source)\s*=\s*['\"]?(?://)?(\[[^\]]+\]|[^\s'\":/;,]+)", re.IGNORECASE
)
"""The host among the options of wrappers of other products."""


@dataclass(frozen=True, slots=True)
class Server:
    """One server, and the database on it that was named."""

    family: str
    host: str
    """Host name as written, or the folder or file of a Unix socket."""
    address: str | None
    """The one address that is dialled; None for a Unix socket."""
    port: int
    database: str
    """Empty: every database that the account may enter."""
    tls: str
    """One of :data:`TLS_MODES`."""
    root_certificate: str | None

    @property
    def near(self) -> bool:
        """Nothing leaves this machine: Unix socket or loopback."""
        return self.address is None or ip_address(self.address.partition("%")[0]).is_loopback

    @property
    def where(self) -> str:
        """Address and port, as places and messages name the server."""
        shown = self.address or self.host
        return f"[{shown}]:{self.port}" if ":" in shown else f"{shown}:{self.port}"


def server_of(url: str | None, pins: Pins = None) -> Server:
    """Take a catalogue's URL apart. A name stands for one address: trying several would mean several logins. Raises ReachError."""
    try:
        parts = urlsplit(url or "")
        port = parts.port
    except ValueError:
        raise ReachError(Why.NOT_DECLARED, "url") from None
    if not parts.scheme:
        raise ReachError(Why.NOT_DECLARED, "url")
    if parts.scheme not in FAMILIES:
        raise ReachError(Why.DRIVER_MISSING, parts.scheme[:40])
    if parts.username is not None or parts.password is not None:
        raise ReachError(Why.NOT_ASKED, "the url holds credentials; they belong into logins")
    family, usual = FAMILIES[parts.scheme]
    query = parse_qs(parts.query)
    mode = query.get(
        "sslmode", ["require" if parts.scheme.endswith("https") else "disable" if parts.scheme.endswith("http") else "prefer"]
    )[0]
    if set(query) - _OPTIONS or mode not in TLS_MODES:
        raise ReachError(Why.NOT_ASKED, "url: only sslmode, sslrootcert and host are known")
    host = parts.hostname or query.get("host", [""])[0]
    if not host or "," in host or ("host" in query and parts.hostname):
        raise ReachError(Why.NOT_DECLARED, "url: one host")
    address = None if host.startswith("/") else _resolve(host, port or usual, pins)
    database = unquote(parts.path.strip("/"))
    return Server(family, host, address, port or usual, database, mode, query.get("sslrootcert", [None])[0])


def _resolve(host: str, port: int, pins: Pins) -> str:
    try:
        return str(socket.getaddrinfo(pinned(pins, spelt(host)), port, type=socket.SOCK_STREAM)[0][4][0])
    except (OSError, UnicodeError) as error:
        raise ReachError(Why.UNREACHABLE, f"{host[:60]}: {getattr(error, 'strerror', None) or 'no such name'}") from None


def elsewhere(kind: str, text: str) -> list[dict[str, str]]:
    """Hosts that a setting or command leads to; the rest of the text, which may hold a secret, is left out."""
    hosts = [next(part for part in found.groups() if part) for found in _ELSEWHERE.finditer(text)] + _CLOUD.findall(text)
    return [{"kind": kind, "where": host} for host in dict.fromkeys(hosts)]


def conninfo_host(text: str) -> str:
    """The host of a connection string or of a foreign server's options, which is all of it that may be shown."""
    found = re.search(r"\bhost(?:addr)?\s*=\s*'?([^\s']+)", text) or re.search(r"://(?:[^@/\s]*@)?([^/\s:?]+)", text)
    found = found or _SERVED.search(text)
    return found[1].strip("[]") if found else "?"
