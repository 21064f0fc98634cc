"""Target: what is looked at."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

Kind = Literal["linux", "windows", "database", "netdev", "middleware", "web", "catalogue", "application", "site", "pair", "segment", "unit"]
KINDS: tuple[str, ...] = (
    "linux", "windows", "database", "netdev", "middleware", "web", "catalogue", "application", "site", "pair", "segment", "unit",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """One thing to look at. Holds no secret: ``login`` names an entry of the inventory's ``logins``."""

    id: str
    """Identity within the inventory; stable across runs."""
    kind: Kind
    """Which family of probes and checks applies."""
    system: str = "local"
    """The declared system it belongs to; ``local`` when it belongs to none."""
    zone: str | None = None
    """Name of the network zone it stands in."""
    address: str | None = None
    """Host name or IP address; ``local`` is this machine."""
    port: int | None = None
    """TCP port of the management service; None means the protocol's own."""
    login: str | None = None
    """Name of the login to use."""
    url: str | None = None
    """URL of a database, catalogue or web application, without credentials."""
    host: str | None = None
    """For middleware, databases and catalogues: id of the host target that carries it."""
    platform: str | None = None
    """Operating platform, e.g. ``huawei_vrp`` or ``h3c_comware``."""
    config: str | None = None
    """Path of a saved configuration file, absolute."""
    backup: Mapping[str, Any] | None = field(default=None, hash=False)
    """For catalogues that are folders of backups: what the unit says of them."""
    codes: Mapping[str, Mapping[str, str]] | None = field(default=None, hash=False)
    """For catalogues: the unit's own dictionaries of secrecy codes, by ``COLUMN`` or ``TABLE.COLUMN``."""
