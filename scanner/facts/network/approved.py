"""Approved crossings (单向导入, 网闸): declared as exact tuples, and what a test says of each. A declaration is the unit's word; only what was
seen makes it good, and whatever goes beyond the tuple is a violation of something that was trusted."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from scanner.facts.network.crossings import Hit
from scanner.facts.network.packets import dissect
from scanner.facts.network.plan import Plan
from scanner.facts.network.records import Identity, Record

PAPER = ("certificate", "certificate_until", "approval")
TUPLE = ("device", "protocol", "port")
CARRIED = {
    "http": "tcp",
    "https": "tcp",
    "ftp": "tcp",
    "ssh": "tcp",
    "sftp": "tcp",
    "tls": "tcp",
    "smb": "tcp",
    "syslog": "udp",
    "snmp": "udp",
}
"""Transport of protocols that a declaration may name."""


@dataclass(frozen=True, slots=True)
class State:
    """One declared crossing after a test."""

    id: str
    state: str
    """``ok``, ``unproven`` or ``violated``."""
    why: tuple[str, ...]
    """Code words: what is missing or was broken."""
    seen: bool
    """Whether the inner half was seen."""
    outer_seen: bool | None
    """Whether the outer half was seen; None when none is declared."""
    carried: int
    """Tokens that crossed within the tuple; 0 is idle."""
    beyond: int
    """Tokens that crossed through the device outside the tuple."""


@dataclass(slots=True)
class _Tally:
    carried: int = 0
    beyond: list[str] = field(default_factory=list)


def host_of(place: str) -> str:
    """The address of ``ADDRESS:PORT`` or ``[ADDRESS]:PORT``."""
    return place.rpartition(":")[0].removeprefix("[").removesuffix("]")


def port_of(hit: Hit) -> int | None:
    """The destination port that the token was sent to; None for what has none."""
    if hit.trial.protocol not in ("tcp", "udp"):
        return None
    return hit.index if hit.trial.what == "port" else hit.trial.port or None


def through(hit: Hit, crossing: Mapping[str, Any], inner: Record) -> bool:
    """Whether a token went by way of the declared device."""
    device, outer = crossing.get("device") or {}, crossing.get("outer_device") or {}
    near, far = (device, outer) if hit.outward else (outer, device)
    addresses = {hit.trial.via_address, hit.trial.to}
    if hit.outward:
        addresses |= {address for station in inner.devices if station.mac == hit.trial.via for address in station.addresses}
    if near.get("address") in addresses or (near.get("mac") and near["mac"] == hit.trial.via):
        return True
    return bool(far) and (far.get("address") == hit.source or bool(far.get("mac")) and far["mac"] == hit.station)


def within(hit: Hit, crossing: Mapping[str, Any], plan: Plan) -> bool:
    """Whether a token that went through the device kept to the declared tuple: direction, protocol, port and target."""
    way = f"{plan.inner}->{plan.outer}" if hit.outward else f"{plan.outer}->{plan.inner}"
    if hit.trial.kind == "published":
        return _replied(hit, crossing, f"{plan.outer}->{plan.inner}" if hit.outward else f"{plan.inner}->{plan.outer}")
    protocol = str(crossing.get("protocol") or "").lower()
    if crossing.get("direction") not in (way, "both") or not protocol or crossing.get("port") is None:
        return False
    if CARRIED.get(protocol, protocol) != hit.trial.protocol:
        return False
    if hit.trial.kind in ("forged-source", "tunnel") or port_of(hit) != crossing["port"]:
        return False
    target = crossing.get("target")
    return target is None or hit.target in (target, _plain(target)) or hit.trial.to == host_of(target)


def _replied(hit: Hit, crossing: Mapping[str, Any], way: str) -> bool:
    """Whether a banner came back inside a connection that the tuple allows. A gap carries both ways of it; what leads one way carries no answer."""
    protocol = str(crossing.get("protocol") or "").lower()
    tcp = dissect(hit.frame).tcp
    return (
        crossing.get("kind") == "gap" and crossing.get("direction") in (way, "both") and CARRIED.get(protocol, protocol) == "tcp"
        and tcp is not None and tcp.sport == crossing.get("port")
    )  # fmt: skip


def _plain(target: str) -> str:
    return f"{host_of(target)}:{target.rpartition(':')[2]}"


def excused(hit: Hit, plan: Plan, inner: Record) -> tuple[str | None, bool]:
    """(id of the declared crossing by which a token went, whether it kept to its tuple); None when it went by none."""
    mine = [crossing for crossing in plan.crossings if through(hit, crossing, inner)]
    for crossing in mine:
        if within(hit, crossing, plan):
            return str(crossing["id"]), not forbidden(crossing, plan)
    return (str(mine[0]["id"]), False) if mine else (None, False)


def forbidden(crossing: Mapping[str, Any], plan: Plan) -> bool:
    """Whether no paper can allow it: a gap next to a classified zone, or any flow out of one."""
    if not plan.classified:
        return False
    secret = [name for name, zone in plan.zones.items() if zone.kind == "classified"]
    return crossing.get("kind") != "one-way" or str(crossing.get("direction")).partition("->")[0] in secret


def served(identity: Identity, other: Identity, plan: Plan) -> str | None:
    """Id of the declared crossing that explains why a service of one side answers on the other (inner identity first)."""
    for crossing in plan.crossings:
        device, outer, port = crossing.get("device") or {}, crossing.get("outer_device") or {}, crossing.get("port")
        if port is not None and (
            (outer.get("address") == other.address and other.port == port)
            or (device.get("address") == identity.address and identity.port == port)
        ):
            return str(crossing["id"])
    return None


def states(plan: Plan, hits: Iterable[Hit], inner: Record, outers: Sequence[Record], shared: Iterable[str], day: str) -> list[State]:
    """Every declared crossing after the test.

    ``shared`` are the ids of crossings whose two halves show one identity beyond the tuple; ``day`` is the ISO date against which the
    certificate's last day is held.
    """
    tallies = {str(crossing["id"]): _Tally() for crossing in plan.crossings}
    for hit in hits:
        name, kept = excused(hit, plan, inner)
        if name is not None and kept:
            tallies[name].carried += 1
        elif name is not None:
            tallies[name].beyond.append(hit.trial.kind)
    halves = set(shared)
    return [
        _state(crossing, tallies[str(crossing["id"])], plan, inner, outers, str(crossing["id"]) in halves, day)
        for crossing in plan.crossings
    ]


def _state(
    crossing: Mapping[str, Any], tally: _Tally, plan: Plan, inner: Record, outers: Sequence[Record], shared: bool, day: str
) -> State:
    seen = _seen(crossing.get("device"), [inner])
    outer = crossing.get("outer_device")
    outer_seen = _seen(outer, outers) is True if outer else None
    broken = [f"beyond-{kind}" for kind in dict.fromkeys(tally.beyond)]
    broken += ["classified"] if forbidden(crossing, plan) else []
    broken += ["one-identity"] if shared else []
    missing = [f"no-{key.replace('_', '-')}" for key in PAPER if not crossing.get(key)]
    missing += [f"no-{key}" for key in TUPLE if not crossing.get(key)]
    until = crossing.get("certificate_until")
    missing += ["certificate-expired"] if until and str(until) < day else []
    missing += ["device-not-seen"] if seen is False else ["device-mac-differs"] if seen is None else []
    state = "violated" if broken else "unproven" if missing else "ok"
    return State(str(crossing["id"]), state, tuple(broken + missing), seen is True, outer_seen, tally.carried, len(tally.beyond))


def _seen(half: Mapping[str, Any] | None, records: Sequence[Record]) -> bool | None:
    """True when a half was seen, False when not, None when its address answered from another MAC."""
    if not half:
        return False
    stations = [station for record in records for station in record.devices]
    at_address = {station.mac for station in stations if half.get("address") in station.addresses}
    wanted = half.get("mac")
    if not wanted:
        return bool(at_address)
    if wanted in at_address or any(station.mac == wanted for station in stations):
        return True
    return None if at_address else False
