"""The plan of an isolation test: one file, carried to both ends before the test, that says what each end may do."""

from __future__ import annotations

import hashlib
import ipaddress
import re
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import msgspec

from scanner.facts.fact import Unreadable
from scanner.facts.network import tokens
from scanner.model.canonical import canonical

SCHEMA = "shiqu/isolation-plan/1"
Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network
MAX_RATE = 10_000_000
"""Packets a second that a plan may ask for at most."""
_ID = re.compile(r"[^/\x00-\x1f\x7f]{1,80}")
_HOURS = re.compile(r"[0-2]\d:[0-5]\d-[0-2]\d:[0-5]\d")
_MAC = re.compile(r"[0-9a-f]{2}(:[0-9a-f]{2}){5}")
NEVER_PORTS = frozenset(range(9100, 9108))
"""Raw printing: whatever is sent there is printed. No trial opens them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanZone:
    """One of the two zones."""

    kind: str
    level: str | None = None
    networks: list[str] = field(default_factory=list)
    name: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanSentinel:
    """A vantage point outside."""

    id: str
    addresses: list[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Caps:
    """Packets a second."""

    total: float = 2000
    next_hop: float = 500
    """Through one next hop."""
    device: float = 50
    """Addressed to a device's own address."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanScope:
    """The authorisation, as far as the network goes."""

    allow: list[str] = field(default_factory=list)
    authorised_by: str = ""
    until: str | None = None
    hours: str = "00:00-24:00"


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """A plan. The seed is a secret until the test is over; then it is what a third party recomputes every token from."""

    schema: str
    id: str
    seed: str
    """64 hexadecimal digits."""
    pair: str
    """``INNER:OUTER``."""
    require: str
    created: str
    """UTC, ISO 8601."""
    seconds: float
    """Length of the test window."""
    zones: dict[str, PlanZone]
    sentinels: list[PlanSentinel]
    beacon_domain: str | None = None
    rate: Caps = field(default_factory=Caps)
    scope: PlanScope = field(default_factory=PlanScope)
    crossings: list[dict[str, Any]] = field(default_factory=list)
    known: list[str] = field(default_factory=list)
    """Addresses of the inventory's targets in the two zones."""
    storage: list[str] = field(default_factory=list)
    """Folders in which one token file may be left for the time of the test."""

    @property
    def key(self) -> bytes:
        """The seed's bytes."""
        return bytes.fromhex(self.seed)

    @property
    def digest(self) -> str:
        """SHA-256 over all that the plan says: both ends write down which wording they went by."""
        return hashlib.sha256(canonical(msgspec.to_builtins(self))).hexdigest()

    @property
    def inner(self) -> str:
        """Name of the inner zone."""
        return self.pair.partition(":")[0]

    @property
    def outer(self) -> str:
        """Name of the outer zone."""
        return self.pair.partition(":")[2]

    @property
    def classified(self) -> bool:
        """Whether either zone is a classified one."""
        return any(zone.kind == "classified" for zone in self.zones.values())

    @property
    def ends(self) -> tuple[str, ...]:
        """Every end that may mint tokens."""
        return (tokens.INNER, *(tokens.outer_end(sentinel.id) for sentinel in self.sentinels))

    def networks(self, zone: str) -> list[Network]:
        """The declared networks of a zone."""
        return [ipaddress.ip_network(text, strict=False) for text in self.zones[zone].networks]

    def allowed(self) -> list[Network]:
        """Networks and addresses that may be addressed."""
        return [ipaddress.ip_network(text, strict=False) for text in self.scope.allow]

    def sentinel_addresses(self) -> dict[str, list[Address]]:
        """Sentinel id to its addresses."""
        return {item.id: [ipaddress.ip_address(text) for text in item.addresses] for item in self.sentinels}

    def in_scope(self, address: Address) -> bool:
        """Whether an address may be addressed as a device."""
        return any(address.version == net.version and address in net for net in self.allowed())


def _check_crossing(crossing: dict[str, Any]) -> None:
    """Raises ValueError for what no inventory would have let through: both ends act on it."""
    halves = [crossing.get(key) or {} for key in ("device", "outer_device")]
    port = crossing.get("port")
    if not isinstance(crossing.get("id"), str) or not all(isinstance(half, dict) for half in halves):
        raise ValueError("a crossing without an id, or halves that are none")
    if port is not None and (isinstance(port, bool) or not isinstance(port, int) or not 0 < port < 65_536):
        raise ValueError(f"port of {crossing['id']}")
    for half in halves:
        if half.get("address") is not None:
            ipaddress.ip_address(half["address"])
        if half.get("mac") is not None and not _MAC.fullmatch(str(half["mac"])):
            raise ValueError(f"mac of {crossing['id']}")


def _check_sentinels(plan: Plan) -> None:
    """Raises ValueError for a sentinel whose address is no machine's own, or lies inside: questions bear it as their source."""
    for sentinel in plan.sentinels:
        if not _ID.fullmatch(sentinel.id):
            raise ValueError("a sentinel's id")
        for text in sentinel.addresses:
            place = ipaddress.ip_address(text)
            nobody = place.is_multicast or place.is_unspecified or place.is_loopback or text == "255.255.255.255"
            edges = [net for net in plan.networks(plan.outer) if net.version == 4 and net.prefixlen < 31 and place == net[-1]]
            if nobody or edges or any(place.version == net.version and place in net for net in plan.networks(plan.inner)):
                raise ValueError(f"sentinel {sentinel.id}: {text}")


def read_plan(data: Any) -> Plan:
    """Read a loaded plan. Raises Unreadable saying what is wrong."""
    try:
        plan = msgspec.convert(data, Plan)
        key = plan.key
        names = plan.pair.split(":")
        if plan.schema != SCHEMA or len(key) != 32 or tokens.plan_id(key) != plan.id:
            raise ValueError("not a plan of this version, or its id is not that of its seed")
        if len(names) != 2 or set(names) != set(plan.zones):
            raise ValueError("the pair and the zones do not match")
        plan.allowed(), plan.sentinel_addresses()
        if plan.scope.until is not None:
            date.fromisoformat(plan.scope.until)
        if not _HOURS.fullmatch(plan.scope.hours):
            raise ValueError("hours")
        for text in plan.known:
            ipaddress.ip_address(text)
        for crossing in plan.crossings:
            _check_crossing(crossing)
        for name in names:
            plan.networks(name)
        _check_sentinels(plan)
        if not all(folder.startswith("/") for folder in plan.storage):
            raise ValueError("storage")
        ids, rates = [sentinel.id for sentinel in plan.sentinels], (plan.rate.total, plan.rate.next_hop, plan.rate.device)
        if len(set(ids)) != len(ids) or not 1 <= plan.seconds <= 30 * 86_400 or not all(0 < rate <= MAX_RATE for rate in rates):
            raise ValueError("sentinels, seconds or rate")
    except (msgspec.ValidationError, ValueError, KeyError, TypeError) as error:
        raise Unreadable(str(error)[:200]) from None
    return plan
