"""How much a test speaks for: steps, next hops, ports, time, and the positive controls without which silence says nothing."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from scanner.facts.network import tokens
from scanner.facts.network.plan import Plan
from scanner.facts.network.records import Record, Step, Trial

SLACK = 3.0
"""How far the clocks of two ends may differ without more being said, in seconds."""
GAP = 30.0
"""Longest time between two good controls while mandatory steps run, in seconds."""
STAYED = 0.8
"""Part of the inner end's whole time in which a sentinel must have listened."""
TOLERATED = 0.001
"""Share of frames that a capture may lose: every short trial is repeated many times."""
READY = frozenset({"discovery", "controls"})
"""Steps that make ready and try nothing."""
INNER_STEPS = (
    "discovery",
    "controls",
    "layer2",
    "forged-source",
    "matrix",
    "declared",
    "relay-udp",
    "dns",
    "vlan",
    "relay",
    "tunnel",
    "identity",
)
FULL_STEPS = ("full-range", "ports-wide", "full-range-again")
OUTER_STEPS = (
    "discovery",
    "inward-layer2",
    "inward-routed",
    "declared",
    "relay-udp",
    "published",
    "identity",
    "inward-vlan",
    "inward-tunnel",
)
"""Mandatory steps: one that no record speaks of was not tried, whether the end was stopped, killed or too slow to begin it."""
INWARD = frozenset({"layer2", "inward", "declared", "relay-udp", "knock", "relay", "vlan", "inward-tunnel"})
"""Steps of trials by which a sentinel tries the way in: each must have gone out while the probe listened."""
WIDE = "ports-wide"
"""The step from which on a sentinel does more than its duty."""
EDGE = 0.1
"""Part of a stretch of listening that is not counted at either end, but no more than clocks may differ."""
WHOLE = 0.999
"""Share of a trial's frames that is all of them, in floating point."""
PER_DEVICE = frozenset({"matrix", "forged-source", "relay-udp", "knock"})
"""Steps that go to every inner device that is there when they run."""
LATE = 40
"""Devices that are listed one by one."""
NAPS = 5.0
"""Seconds in which the inner end's own ear may nap: what it hears is the lesser half, and the kernel keeps it meanwhile."""
DEPTHS = ("standard", "full")
"""Depths that can end in ``no_path_observed``."""


@dataclass(frozen=True, slots=True)
class Lack:
    """One reason why silence proves nothing."""

    where: str
    """The end, or a step."""
    why: str
    """Code word."""
    detail: str = ""


def lacks(plan: Plan, inner: Record, outers: Sequence[Record]) -> list[Lack]:
    """Everything that keeps silence from being an answer; empty when the whole matrix was tried under good controls."""
    found: list[Lack] = []
    present = {record.end for record in outers}
    found += [Lack(sentinel.id, "no-record") for sentinel in plan.sentinels if tokens.outer_end(sentinel.id) not in present]
    if not plan.sentinels:
        found.append(Lack(plan.outer, "no-sentinel"))
    if inner.depth not in DEPTHS:
        found.append(Lack(inner.end, "depth", inner.depth))
    found += [Lack(inner.end, "family-untried", f"IPv{version}") for version in untried(inner) if _declared(plan, version)]
    spans = busy(inner)
    for record in (inner, *outers):
        found += _controls(record, spans)
        found += _asleep(record, spans, NAPS if record is inner else 0.0)
        found += _steps(record, outer=record is not inner)
        dropped = record.overflow.get("dropped", 0)
        if dropped > TOLERATED * record.overflow.get("received", 0):
            found.append(Lack(record.end, "dropped", str(dropped)))
        if record.overflow.get("lost"):
            # What may have been tokens and found no room: then what crossed is not in the record.
            found.append(Lack(record.end, "lost", str(record.overflow["lost"])))
    for outer in outers:
        found += _elsewhere(plan, inner, outer) + _unheard(inner, outer)
        if len(spans) == 1 and not any(lack.where == outer.end and lack.why == "asleep" for lack in found):
            # Links that come and go are met by dwelling: a sentinel that left early heard none of that.
            found += _asleep(outer, [(spans[0][0], inner.started + STAYED * (inner.finished - inner.started))], 0.0)
    return found


def untried(inner: Record) -> list[int]:
    """Families in which nothing was sent towards a sentinel, although in the other one it was: whatever leads out in them was not met."""
    sent = {trial.family for trial in inner.trials if trial.kind == "routed" and trial.sent}
    return [version for version in (4, 6) if sent and f"v{version}" not in sent]


def _declared(plan: Plan, version: int) -> bool:
    """Whether the inner zone has networks of a family: there silence in it is asked for."""
    return any(net.version == version for net in plan.networks(plan.inner))


def _steps(record: Record, outer: bool) -> list[Lack]:
    """Mandatory steps that were cut, and those of which the record says nothing."""
    where = f"{record.end}: " if outer else ""
    wanted = OUTER_STEPS if outer else INNER_STEPS + (FULL_STEPS if record.depth == "full" else ())
    known = {step.step for step in record.coverage}
    found = [
        Lack(where + step.step, f"step-{step.state}", step.why) for step in mandatory(record) if step.state not in ("done", "not-applicable")
    ]  # fmt: skip
    return found + [Lack(where + step, "step-not-tested", "missing") for step in wanted if step not in known]


def _elsewhere(plan: Plan, inner: Record, outer: Record) -> list[Lack]:
    """Addresses of the plan at which this sentinel did not stand, although tokens were sent there: nobody could hear them."""
    planned = next(
        ([str(a) for a in places] for name, places in plan.sentinel_addresses().items() if tokens.outer_end(name) == outer.end), []
    )
    held = {text.partition("/")[0] for text in outer.interface.addresses}
    asked = {trial.to for trial in inner.trials} | {trial.source for trial in inner.trials}
    away = [place for place in planned if place not in held]
    return [Lack(outer.end, "sentinel-elsewhere", place) for place in away if place in asked or len(away) == len(planned)]


def _unheard(inner: Record, outer: Record) -> list[Lack]:
    """Steps of a sentinel whose tokens did not all go out while the probe surely listened: what came before it began, it could not hear."""
    awake = [(begun + edge, ended - edge) for begun, ended in inner.alive if (edge := min(SLACK, EDGE * (ended - begun))) >= 0]
    if not awake:
        return []
    wide = min((step.started for step in outer.coverage if step.step == WIDE), default=float("inf"))
    missed: dict[str, list[int]] = {}
    for trial in outer.trials:
        if trial.step in INWARD and trial.sent and trial.started < wide:
            count = missed.setdefault(trial.step, [0, 0])
            count[0] += _within(trial, awake) < WHOLE * _size(trial)
            count[1] += 1
    return [Lack(f"{outer.end}: {step}", "unheard", f"{bad}/{of}") for step, (bad, of) in missed.items() if bad]


def _size(trial: Trial) -> int:
    """Frames of one round."""
    return sum(high - low + 1 for low, high in trial.ranges)


def _within(trial: Trial, spans: Sequence[tuple[float, float]]) -> float:
    """How many of a trial's frames went out in these stretches of time.

    A record that grew long holds the sum of many batches under the time of the first: what is more than one round of the trial is taken as spread
    evenly until the next batch."""
    found, size = 0.0, _size(trial)
    for (at, count), after in itertools.zip_longest(trial.batches, [t for t, _ in trial.batches[1:]]):
        until = max(at, trial.ended if after is None else after) if count > size else at
        for begun, ended in spans:
            if until == at:
                found += count * (begun <= at <= ended)
            else:
                found += count * max(0.0, min(until, ended) - max(at, begun)) / (until - at)
    return found


def mandatory(record: Record) -> list[Step]:
    """The steps that a clean verdict needs."""
    return [step for step in record.coverage if step.mandatory]


def busy(inner: Record) -> list[tuple[float, float]]:
    """The stretches of time in which mandatory steps ran; one, or several where a run was broken off and taken up again."""
    times = sorted((step.started, max(step.ended, step.started)) for step in mandatory(inner) if step.started and step.step not in READY)
    out: list[tuple[float, float]] = []
    for start, end in times:
        if out and start <= out[-1][1] + SLACK:
            out[-1] = (out[-1][0], max(end, out[-1][1]))
        else:
            out.append((start, end))
    return out or [(inner.started, inner.finished)]


def _controls(record: Record, spans: Sequence[tuple[float, float]]) -> list[Lack]:
    """A good control before, after, and no long time without one in between."""
    # To hear strangers proves an ear and no voice: enough for a sentinel, not for the end whose questions went out.
    good = sorted(control.t for control in record.controls if control.ok and (control.how != "heard" or record.role == "outer"))
    if not good:
        return [Lack(record.end, "control-none")]
    missing: dict[str, None] = {}
    for start, end in spans:
        if not any(start - GAP <= t <= start + SLACK for t in good):
            missing["control-before"] = None
        if not any(end - SLACK <= t <= end + GAP for t in good):
            missing["control-after"] = None
        within = [t for t in good if start < t < end]
        marks = [max(start, good[0]), *within, max(start, min(end, good[-1]))]
        if any(later - sooner > GAP + SLACK for sooner, later in itertools.pairwise(marks)):
            missing["control-between"] = None
    return [Lack(record.end, why) for why in missing]


def _asleep(record: Record, spans: Sequence[tuple[float, float]], naps: float) -> list[Lack]:
    """Whether an end surely listened all the while."""
    for start, end in spans:
        at = start + SLACK
        for begun, ended in sorted(record.alive):
            if begun <= at + naps and ended >= at:
                at = ended
        if at < end - SLACK:
            return [Lack(record.end, "asleep")]
    return []


def described(plan: Plan, inner: Record, outers: Sequence[Record]) -> dict[str, Any]:
    """Coverage as the verdict shows it."""
    sweeps = [trial for trial in inner.trials if trial.what == "port"]
    hops = {trial.via for trial in inner.trials if trial.kind == "routed" and trial.via}
    return {
        "depth": inner.depth,
        "seconds": round(inner.finished - inner.started, 1),
        "next_hops": len(hops),
        "devices": len(inner.devices),
        "frames": sum(trial.sent for trial in inner.trials),
        "ports": {name: _ports([trial for trial in sweeps if trial.protocol == name]) for name in ("tcp", "udp")},
        "sentinels": [_sentinel(outer) for outer in outers],
        "steps": [_step(inner.end, step) for step in inner.coverage]
        + [_step(outer.end, step) for outer in outers for step in outer.coverage],
        "blind": sorted({text for record in (inner, *outers) for text in record.blind} | {f"ipv{version}" for version in untried(inner)}),
        "dwell": _dwell(inner),
        "outages": _outages((inner, *outers)),
        "late": _late(inner),
        "loss": {record.end: dict(sorted(record.overflow.items())) for record in (inner, *outers)},
        "require": plan.require,
    }


def _sentinel(outer: Record) -> dict[str, Any]:
    return {
        "id": outer.end.partition(":")[2],
        "addresses": outer.interface.addresses,
        "seconds": round(outer.finished - outer.started, 1),
        "heard": len(outer.heard),
        "frames_sent": sum(trial.sent for trial in outer.trials),
    }


def _step(end: str, step: Step) -> dict[str, Any]:
    return {
        "end": end, "step": step.step, "state": step.state, "why": step.why, "tried": step.tried, "of": step.of, "mandatory": step.mandatory,
        "seconds": round(step.ended - step.started, 1),
    }  # fmt: skip


def _ports(trials: Sequence[Trial]) -> dict[str, Any]:
    """How many ports were tried through the next hop that was tried least, and most."""
    by_way: dict[tuple[str, str], set[int]] = {}
    for trial in trials:
        if trial.kind == "routed":
            mine = by_way.setdefault((trial.via, trial.to), set())
            for low, high in trial.ranges:
                mine.update(range(low, high + 1))
    sizes = sorted(len(ports) for ports in by_way.values())
    return {"ways": len(sizes), "least": sizes[0] if sizes else 0, "most": sizes[-1] if sizes else 0}


def _outages(records: Sequence[Record]) -> dict[str, Any]:
    """How short an outage of an end the controls cannot tell (it falls between two of them), and the longest time between two good ones."""
    gaps = {}
    for record in records:
        good = sorted(control.t for control in record.controls if control.ok)
        gaps[record.end] = round(max((later - sooner for sooner, later in itertools.pairwise(good)), default=0.0), 1)
    return {"unseen_below": GAP + SLACK, "longest_gap": gaps}


def _late(inner: Record) -> list[str]:
    """Inner devices that some step never went to although it went to others: they came late, or no room was left for them; and what they got."""
    own: dict[str, set[str]] = {device.mac: set() for device in inner.devices}
    for trial in inner.trials:
        if trial.via in own and trial.sent:
            own[trial.via].add(trial.step)
    usual = {step for steps in own.values() for step in steps} & PER_DEVICE
    out = []
    for device in inner.devices:
        addressed = usual if device.addresses else usual & {"matrix"}
        if addressed - own[device.mac]:
            got = ", ".join(sorted(own[device.mac] - {"control"})) or "-"
            out.append(f"{device.mac} {(device.addresses or [''])[0]}".strip() + f": {got}")
    return out[:LATE] + ([f"+{len(out) - LATE}"] if len(out) > LATE else [])


def _dwell(inner: Record) -> dict[str, Any]:
    """The short matrix that was repeated: how often, and the longest time between two rounds."""
    rounds = sorted({round(t, 2) for trial in inner.trials if trial.step == "beacon" for t, _ in trial.batches})
    starts = [t for t, before in zip(rounds, [-1e18, *rounds], strict=False) if t - before > 0.5]
    gaps = [later - sooner for sooner, later in itertools.pairwise(starts)]
    span = round(starts[-1] - starts[0], 1) if starts else 0.0
    return {"rounds": len(starts), "seconds": span, "longest_gap": round(max(gaps), 1) if gaps else 0.0}


def controls(record: Record) -> dict[str, Any]:
    """The positive controls of one end, counted."""
    good = [control for control in record.controls if control.ok]
    return {
        "good": len(good),
        "failed": len(record.controls) - len(good),
        "first": round(good[0].t, 3) if good else None,
        "last": round(good[-1].t, 3) if good else None,
        "how": sorted({control.how for control in good}),
        "neighbours": sorted({control.neighbour for control in good if control.neighbour})[:8],
    }
