"""From ``--engine`` and ``--engine-tls`` to an engine. Nothing is connected before the first job."""

from __future__ import annotations

import ipaddress
import os
import socket
import stat
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, Self
from urllib.parse import urlsplit

from scanner.collect.gather import Job, Outcome, Progress
from scanner.engine.local import Local
from scanner.errors import UseError

SCHEME = "dask://"
PEMS = ("ca.pem", "cert.pem", "key.pem")


class Engine(Protocol):
    """Whatever runs jobs, once it is entered."""

    def __enter__(self) -> Self:
        """Make ready. Raises UseError before anything is asked."""

    def __exit__(self, *_: object) -> None:
        """Let go."""

    def run(self, jobs: Sequence[Job], workers: int, progress: Progress) -> Iterator[Outcome]:
        """Yield every job's outcome as it comes. Raises KeepError when the engine is lost."""


@dataclass(frozen=True, slots=True)
class Address:
    """A scheduler, and the certificates by which both sides know each other."""

    host: str
    port: int
    tls: Path | None
    """Folder with :data:`PEMS`; None only on loopback."""

    @property
    def shown(self) -> str:
        """As the user wrote it."""
        return f"{SCHEME}{f'[{self.host}]' if ':' in self.host else self.host}:{self.port}"

    @property
    def dialled(self) -> str:
        """As Dask wants it."""
        return self.shown.replace(SCHEME, "tcp://" if self.tls is None else "tls://", 1)


def engine_named(name: str, tls: str | None) -> Engine:
    """The engine of a command line. Raises UseError."""
    if name == "local":
        return Local()
    from scanner.engine.cluster import Cluster

    return Cluster(address_of(name, tls))


def address_of(name: str, tls: str | None) -> Address:
    """``dask://HOST:PORT`` taken apart; off loopback only with certificates. Raises UseError."""
    try:
        parts = urlsplit(name)
        host, port = parts.hostname or "", parts.port or 0
    except ValueError:
        raise UseError("engine-unknown", name=name[:80]) from None
    if not name.startswith(SCHEME) or not host or not port or parts.path.strip("/") or parts.query or parts.username:
        raise UseError("engine-unknown", name=name.rpartition("@")[2][:80])
    if tls is None and not _loopback(host):
        raise UseError("engine-bare", name=name)
    return Address(host, port, None if tls is None else _certificates(Path(tls)))


def _loopback(host: str) -> bool:
    try:
        found = [ipaddress.ip_address(str(item[4][0]).partition("%")[0]) for item in socket.getaddrinfo(host, None)]
    except (OSError, UnicodeError, ValueError):
        return False
    return bool(found) and all(address.is_loopback for address in found)


def _certificates(folder: Path) -> Path:
    for name in PEMS:
        if not os.access(folder / name, os.R_OK) or not (folder / name).is_file():
            raise UseError("engine-tls-missing", file=folder / name)
    if (folder / "key.pem").stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO):
        raise UseError("secret-file-open", file=folder / "key.pem")
    return folder.resolve()
