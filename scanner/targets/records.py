"""What an inventory holds, typed. Declared things that rest on the shelf as they are (unit, zones, crossings) are typed JSON objects."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any, NotRequired, TypedDict

from scanner.model.target import Target


class Unit(TypedDict):
    """The unit that is looked at."""

    code: str
    """Code of the unit, a free string; ``unit`` when none is given."""
    name: str
    region: str
    """Administrative division code, a free string."""
    rank: str
    """``national provincial municipal county office`` or ``unknown``."""


class Zone(TypedDict):
    """A network zone."""

    kind: str
    """``lan classified extranet internet``."""
    level: str | None
    """Secrecy level of a classified zone."""
    networks: list[str]
    name: str
    """Name for people; the zone's own key when none is given."""


class Sentinel(TypedDict):
    """A vantage point in the outer zone. Its addresses are in scope for tokens only."""

    id: str
    addresses: list[str]


class IsolationPair(TypedDict):
    """Two zones that must have no path between them, inner first."""

    between: list[str]
    require: str
    """``physical`` or ``logical``."""
    sentinels: list[Sentinel]
    beacon_domain: NotRequired[str]
    rate: NotRequired[int]
    """Packets a second in all."""
    records: NotRequired[PairRecords]


class PairRecords(TypedDict):
    """A two-ended test that was made already: absolute paths of its plan and of both ends' records."""

    plan: str
    inner: str
    outer: list[str]


class Half(TypedDict):
    """One half of a crossing's device."""

    address: str
    mac: NotRequired[str]


class Crossing(TypedDict):
    """An approved way between two zones, as the unit declares it. What is not declared has no key."""

    id: str
    between: list[str]
    direction: str
    """``A->B`` in zone names, or ``both``."""
    kind: str
    """``one-way`` or ``gap``."""
    device: NotRequired[Half]
    outer_device: NotRequired[Half]
    target: NotRequired[str]
    """``ADDRESS:PORT`` beyond the outer half."""
    protocol: NotRequired[str]
    port: NotRequired[int]
    certificate: NotRequired[str]
    certificate_until: NotRequired[str]
    approval: NotRequired[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """The authorisation as data."""

    allow: tuple[str, ...] = ()
    """Addresses, networks, host names, and ``file:``/``sqlite:`` patterns with absolute paths."""
    written: tuple[str, ...] = ()
    """The same as the file has it, for people and for the shelf: no folder of this machine."""
    authorised_by: str = ""
    until: date | None = None
    """Last day, inclusive, in this machine's time zone."""
    hours: str = "00:00-24:00"
    """``HH:MM-HH:MM``; may pass midnight."""
    write: tuple[str, ...] = ()
    """Absolute places where a storage trial may leave its one token file."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LoginEntry:
    """One login, secrets by reference."""

    name: str
    user: str | None = None
    key: str | None = None
    """Absolute path of a private key, or of the ``.pub`` of a key that the agent holds."""
    passphrase: str | None = None
    """Reference to the key's pass phrase."""
    password: str | None = None
    """Reference to the password."""
    known_hosts: str | None = None
    sudo: bool = False
    su: bool = False
    elevate_password: str | None = None
    """Reference to the password of sudo or su."""
    jump: str | None = None
    """Name of the login that leads through a jump host; that one has an address and no jump of its own."""
    address: str | None = None
    """For a jump host: where it stands."""
    port: int | None = None
    transport: str = "paramiko"
    """``paramiko`` or ``openssh``."""
    ssh_config: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class System:
    """One graded system."""

    id: str
    name: str
    grade: str
    """``2``, ``3`` or ``S3A2``."""
    zone: str | None
    holds: str
    """``unclassified`` or ``classified``."""
    profile: str | None
    details: Mapping[str, Any] = field(default_factory=dict)
    """``filing {number, date}``, ``evaluation {date, by}`` and who answers for it, as far as the unit declares them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Inventory:
    """Everything that the file says."""

    path: Path
    unit: Unit
    scope: Scope
    zones: Mapping[str, Zone]
    isolation: tuple[IsolationPair, ...]
    crossings: tuple[Crossing, ...]
    systems: tuple[System, ...]
    logins: Mapping[str, LoginEntry]
    targets: tuple[Target, ...]
    assets: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    """By target id: ``name``, ``owner``, ``place`` and ``note`` as far as they are given."""

    def masked(self) -> dict[str, Any]:
        """The inventory as it may rest on a shelf: no secret, no reference to one, no user name, no path of this machine."""
        return {
            "unit": dict(self.unit),
            "scope": {
                "allow": list(self.scope.written),
                "authorised_by": self.scope.authorised_by,
                "until": self.scope.until.isoformat() if self.scope.until is not None else None,
                "hours": self.scope.hours,
            },
            "zones": {name: _copy(zone) for name, zone in self.zones.items()},
            "isolation": [_copy({key: value for key, value in item.items() if key != "records"}) for item in self.isolation],
            "crossings": [_copy(item) for item in self.crossings],
            "logins": {name: {"transport": login.transport, "sudo": login.sudo or login.su} for name, login in self.logins.items()},
            "assets": {name: dict(asset) for name, asset in self.assets.items()},
            "targets": [target.id for target in self.targets],
        }

    def same_hosts(self) -> tuple[tuple[str, ...], ...]:
        """Ids of host targets that are one host: same kind, address and port, however they were spelt."""
        found: dict[tuple[str, str, int], list[str]] = {}
        for target in self.targets:
            if target.kind in ("linux", "windows", "netdev") and target.address is not None:
                found.setdefault((target.kind, target.address, target.port or 0), []).append(target.id)
        return tuple(tuple(ids) for ids in found.values() if len(ids) > 1)


def _copy(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _copy(item) for key, item in value.items()}
    return [_copy(item) for item in value] if isinstance(value, list | tuple) else value
