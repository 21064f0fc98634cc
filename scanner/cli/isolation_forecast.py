"""``shiqu isolation probe --dry-run``: what would be sent, and why, in packets, bytes and hours; nothing is sent."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from scanner.cli.words import say
from scanner.collect.trial.discovery import MAX_SWEEP
from scanner.collect.trial.inner import BEACON_SECONDS, SHARE
from scanner.collect.trial.interface import interface, neighbours
from scanner.collect.trial.lists import every_port, knocks, lists, ports
from scanner.facts.network.plan import Plan

FRAME = 74
"""Mean length of a trial's frame on the wire, in bytes."""
PASSES = 2


@dataclass(frozen=True, slots=True)
class Row:
    """One step."""

    step: str
    packets: int
    bound: str
    """Which cap bounds it: ``total``, ``next_hop`` or ``device``."""
    shares: int
    """How many next hops or devices share the work side by side."""
    spare: bool = False
    """Done with what time is left, and for as long as it is."""


def rows(plan: Plan, devices: int, addresses: int, depth: str) -> Iterator[Row]:
    """Packets by step for so many devices and sentinel addresses."""
    ways = devices * addresses
    forged = 1 + len(lists()["forged"]["tcp"]) + len(lists()["forged"]["udp"])
    yield Row("discovery", 600 + asked_elsewhere(plan), "total", 1)
    yield Row("layer2", 9, "total", 1)
    yield Row("forged-source", ways * forged, "device", devices)
    yield Row("matrix", ways * (2 + len(ports("tcp", depth)) + len(ports("udp", depth)) + 256), "next_hop", devices)
    if depth != "quick":
        yield Row("vlan", 2 * 4094, "total", 1)
        yield Row("relay", devices * (len(knocks([])) + 60), "device", devices)
        yield Row(
            "relay-udp", devices * 2 * (len(lists()["ferry"]) + len(lists()["logs"])) + 6 + len(lists()["broadcast"]), "device", devices
        )
        yield Row("dns", 3 * devices if plan.beacon_domain else 0, "device", devices)
        yield Row("tunnel", ways * (2 + len(lists()["vni"])), "device", devices)
    yield Row("identity", devices * 4, "device", devices)
    if plan.storage and depth != "quick":
        yield Row("storage", 0, "total", 1)
    if depth != "quick":
        rest = len(every_port(ports("tcp", depth))) + len(every_port(ports("udp", depth)))
        spare = depth != "full"
        yield Row("full-range", ways * rest * PASSES, "next_hop", devices, spare)
        yield Row("ports-wide", devices * len(every_port(knocks([]))), "device", devices, spare)
    yield Row("beacon", beacon(plan, ways), "total", 1, True)


def asked_elsewhere(plan: Plan) -> int:
    """Addresses of the other zone that are asked for on the own segment, twice."""
    sizes = [min(MAX_SWEEP, net.num_addresses) for net in plan.networks(plan.outer) if net.version == 4]
    return 2 * min(MAX_SWEEP, sum(sizes))


def beacon(plan: Plan, ways: int) -> int:
    """Frames of the short matrix over the whole window."""
    short = 1 + sum(len(found) for found in lists()["beacon"].values())
    one = min(1 + ways * short, max(8, int(plan.rate.total * BEACON_SECONDS * SHARE)))
    return int(plan.seconds / BEACON_SECONDS) * one


def seconds(plan: Plan, row: Row, rate: float | None) -> float:
    """How long a step takes at least under the caps."""
    caps = {"total": plan.rate.total, "next_hop": plan.rate.next_hop, "device": plan.rate.device}
    if rate is not None:
        caps = dict.fromkeys(caps, rate)
    pace = min(caps["total"], caps[row.bound] * max(1, row.shares))
    return row.packets / pace


def forecast(plan: Plan, name: str, rate: float | None) -> Iterator[str]:
    """The lines to print."""
    where = interface(name)
    devices = len({*plan.known, *(known.mac for known in neighbours(where.index))}) or 1
    addresses = sum(len(sentinel.addresses) for sentinel in plan.sentinels)
    caps = {"total": plan.rate.total, "next_hop": plan.rate.next_hop, "device": plan.rate.device}
    if rate is not None:
        caps = dict.fromkeys(caps, rate)
    yield say(
        "isolation.forecast-head", id=plan.id, pair=plan.pair, seconds=f"{plan.seconds:g}", **{key: f"{cap:g}" for key, cap in caps.items()}
    )
    yield say(
        "isolation.forecast-scope", by=plan.scope.authorised_by or "-", until=plan.scope.until or "-", hours=plan.scope.hours,
        allow=" ".join(plan.scope.allow) or "-", sentinels=" ".join(f"{item.id}={','.join(item.addresses)}" for item in plan.sentinels),
    )  # fmt: skip
    for depth in ("quick", "standard", "full"):
        steps = list(rows(plan, devices, addresses, depth))
        duties = [row for row in steps if not row.spare]
        took = sum(seconds(plan, row, rate) for row in duties)
        packets = sum(row.packets for row in duties)
        yield say(
            "isolation.forecast-sum", depth=depth, devices=devices, addresses=addresses, packets=f"{packets:,}", bytes=f"{packets * FRAME:,}",
            hours=f"{took / 3600:.2f}", seconds=f"{took:.0f}",
        )  # fmt: skip
        for row in steps:
            word = "isolation.forecast-spare" if row.spare else "isolation.forecast-row"
            what = say(f"isolation.what.{row.step}")
            yield say(word, step=row.step, packets=f"{row.packets:,}", bytes=f"{row.packets * FRAME:,}", what=what)
