"""A two-ended test looked at as a whole: what crossed, what stands on both sides, what was approved, and what silence is worth."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime
from typing import Any

from scanner.facts.network import approved, coverage, paths
from scanner.facts.network.announced import announced
from scanner.facts.network.approved import State
from scanner.facts.network.coverage import Lack
from scanner.facts.network.identity import Beside, Match, matches
from scanner.facts.network.records import Identity, Record
from scanner.facts.network.same import claimed, names_by_mac
from scanner.facts.network.sighting import Sighting, sighting_of
from scanner.facts.network.trials import Trials
from scanner.model.absent import Absent

MAX_DEVICES = 256


@dataclass(frozen=True, slots=True)
class Examined:
    """All that a test says."""

    breaches: tuple[dict[str, Any], ...]
    """Paths of tokens that no declared tuple covers and that went by no declared device."""
    beyond: tuple[dict[str, Any], ...]
    """Paths through a declared device outside its tuple."""
    within: tuple[dict[str, Any], ...]
    """Paths that kept to a declared tuple."""
    shared: tuple[dict[str, Any], ...]
    """One identity on both sides (B)."""
    leads: tuple[dict[str, Any], ...]
    """What may be a copy or a name (C, D)."""
    crossings: tuple[State, ...]
    lacks: tuple[Lack, ...]


def examine(trials: Trials, day: date | None = None) -> Examined:
    """Look at a test. ``day`` is the day against which certificates are held; by default the day on which the test ended."""
    plan = trials.plan
    as_of = day or datetime.fromtimestamp(trials.inner.finished, UTC).date()
    crossed = paths.crossed(trials)
    shared, leads, halves = _identities(trials)
    return Examined(
        breaches=tuple(path for path in crossed if path["crossing"] is None),
        beyond=tuple(path for path in crossed if path["crossing"] is not None and not path["within"]),
        within=tuple(path for path in crossed if path["within"]),
        shared=tuple(shared),
        leads=(*leads, *_announced(trials)),
        crossings=tuple(approved.states(plan, trials.hits, trials.inner, trials.outers, halves, as_of.isoformat())),
        lacks=(
            *coverage.lacks(plan, trials.inner, trials.outers),
            *_early(trials),
            *(Lack(end, "stray", str(count)) for end, count in sorted(trials.strays.items())),
        ),
    )


def _early(trials: Trials) -> list[Lack]:
    """Ends that heard tokens before they were sent: clocks that differ, or records of two runs under one plan."""
    ends = sorted({hit.heard for hit in trials.early})
    return [Lack(end, "heard-early", str(sum(hit.heard == end for hit in trials.early))) for end in ends]


def _identities(trials: Trials) -> tuple[list[dict[str, Any]], list[dict[str, Any]], list[str]]:
    """(strong matches, leads, ids of crossings whose halves show one identity beyond the tuple)."""
    plan, inner = trials.plan, trials.inner
    own = _own(inner) | {name for outer in trials.outers for name in _own(outer)}
    outside = [(outer.end.partition(":")[2], item) for outer in trials.outers for item in outer.identities if item.address not in own]
    inside = [item for item in inner.identities if item.address not in own]
    shared: list[dict[str, Any]] = []
    leads: list[dict[str, Any]] = []
    halves: list[str] = []
    for match in matches(inside, outside, _beside(trials)):
        crossing = approved.served(match.inside, match.outside, plan)
        path = paths.of_identity(match, plan, crossing)
        if match.strength != "B":
            leads.append(path)
            continue
        if crossing is not None:
            continue
        half = _half(match, plan.crossings)
        if half is not None:
            halves.append(half)
        shared.append(path | {"crossing": half})
    return shared, leads, halves


def _beside(trials: Trials) -> Beside:
    """What both ends heard of who answers for whose addresses, and what the unit declares to be one device."""
    plan = trials.plan
    near, far = plan.networks(plan.inner), plan.networks(plan.outer)
    inner = _sighted(trials.inner)
    outers = [seen for outer in trials.outers if (seen := _sighted(outer)) is not None]
    return Beside(
        inner_claims=claimed(inner, near, far) if inner is not None else {},
        outer_claims={address: macs for seen in outers for address, macs in claimed(seen, far, near).items()},
        inner_names=names_by_mac(inner) if inner is not None else {},
        outer_names={mac: names for seen in outers for mac, names in names_by_mac(seen).items()},
        halves=[(_marks(crossing.get("device")), _marks(crossing.get("outer_device"))) for crossing in plan.crossings],
    )


def _marks(half: Mapping[str, Any] | None) -> frozenset[str]:
    return frozenset(str(half[key]) for key in ("address", "mac") if half.get(key)) if half else frozenset()


def _announced(trials: Trials) -> list[dict[str, Any]]:
    """Who offers the inner segment a way."""
    plan, seen = trials.plan, _sighted(trials.inner)
    return announced(plan.inner, plan.outer, seen, plan.networks(plan.inner)) if seen is not None else []


def sighted(trials: Trials) -> list[tuple[str, Sighting]]:
    """What both ends saw on their wires beside the trials, by end."""
    found = ((record.end, _sighted(record)) for record in (trials.inner, *trials.outers))
    return [(end, seen) for end, seen in found if seen is not None]


def _sighted(record: Record) -> Sighting | None:
    """The sighting of an end; None when it saw nothing."""
    found = sighting_of(record.sighting) if record.sighting is not None else None
    return None if found is None or isinstance(found, Absent) else found


def _own(record: Record) -> set[str]:
    return {text.partition("/")[0] for text in record.interface.addresses}


def _half(match: Match, crossings: list[dict[str, Any]]) -> str | None:
    """Id of the crossing whose own device shows the identity."""
    for crossing in crossings:
        device, outer = crossing.get("device") or {}, crossing.get("outer_device") or {}
        if _is(match.inside, device) or _is(match.outside, outer):
            return str(crossing["id"])
    return None


def _is(identity: Identity, half: Mapping[str, Any]) -> bool:
    return bool(half) and (identity.address == half.get("address") or bool(half.get("mac")) and identity.mac == half["mac"])


def devices(trials: Trials) -> list[dict[str, Any]]:
    """Stations of both segments, the inner ones first, for the picture."""
    out = []
    for record in (trials.inner, *trials.outers):
        zone = trials.plan.inner if record.role == "inner" else trials.plan.outer
        for station in record.devices:
            out.append(
                {"zone": zone, "end": record.end, "mac": station.mac, "addresses": station.addresses[:8], "router": station.router,
                 "seen": station.seen, "open": station.open[:32]}
            )  # fmt: skip
    return out[:MAX_DEVICES]


def answers(trials: Trials) -> list[dict[str, Any]]:
    """What came back to the inner end: one-ended, so never more than a hint (D), and none at all where the sentinel heard nothing."""
    sums: dict[tuple[str, str, str], dict[str, int]] = {}
    for trial in trials.inner.trials:
        if trial.answers:
            mine = sums.setdefault((trial.via_address or trial.via, trial.to, trial.protocol), {})
            for sort, count in trial.answers.items():
                mine[sort] = mine.get(sort, 0) + count
    return [
        {"via": via, "to": to, "protocol": protocol, "answers": dict(sorted(found.items())), "strength": "D"}
        for (via, to, protocol), found in sorted(sums.items())
    ][: paths.MAX_PATHS]


def zones(trials: Trials) -> dict[str, Any]:
    """The two zones for the picture."""
    return {
        name: {"kind": zone.kind, "level": zone.level, "networks": zone.networks, "name": zone.name or name}
        for name, zone in trials.plan.zones.items()
    }


def background(trials: Trials, seen: Examined) -> dict[str, Any]:
    """Everything that stands beside the paths: what was tried, by whom, under which controls."""
    records = (trials.inner, *trials.outers)
    return {
        "coverage": {"tested": True} | coverage.described(trials.plan, trials.inner, trials.outers),
        "controls": {record.end: coverage.controls(record) for record in records},
        "lacks": [asdict(lack) for lack in seen.lacks],
        "crossings": [asdict(state) for state in seen.crossings],
        "leads": [path for path in seen.leads if path["strength"] == "D"] + answers(trials),
        "devices": devices(trials),
        "zones": zones(trials),
        "sentinels": [{"id": item.id, "addresses": item.addresses} for item in trials.plan.sentinels],
        "plan": {"id": trials.plan.id, "seed": trials.plan.seed, "created": trials.plan.created, "seconds": trials.plan.seconds},
        "window": {record.end: [round(record.started, 3), round(record.finished, 3)] for record in records},
    }
