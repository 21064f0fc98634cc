"""Records of both ends, made of the sender's own templates: what a test says crossed is put into the other end's ear, and nothing else."""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence
from typing import Any

from scanner.collect.sniff.look import Place, sighting
from scanner.collect.trial.journal import Draft, Journal
from scanner.collect.trial.kit import Kit
from scanner.facts.network import tokens
from scanner.facts.network.coverage import INNER_STEPS, OUTER_STEPS
from scanner.facts.network.craft import Template
from scanner.facts.network.plan import SCHEMA, Plan, read_plan
from scanner.facts.network.tally import ETHERNET, Tally
from scanner.facts.network.trials import Trials, seal, together
from scanner.model.absent import Absent
from scanner.model.canonical import canonical
from scanner.model.evidence import Answer

SEED = bytes(range(32))
T = 1_800_000_000.0
"""Start of the inner record, in epoch seconds."""
MAC = {"in": "02:00:00:00:00:01", "out:edge": "02:00:00:00:00:02"}
GATEWAY = "02:00:00:00:00:99"
OWN, SENTINEL, DEVICE = (ipaddress.ip_address(text) for text in ("192.0.2.10", "198.51.100.50", "192.0.2.1"))
DIODE = {
    "id": "diode-1", "between": ["internet", "lan"], "direction": "internet->lan", "kind": "one-way", "device": {"address": "192.0.2.9", "mac": "02:00:00:00:00:09"},
    "protocol": "udp", "port": 5005, "certificate": "C-1", "certificate_until": "2030-01-01", "approval": "A-1",
}  # fmt: skip
GAP = DIODE | {
    "id": "gap-1",
    "direction": "lan->internet",
    "kind": "gap",
    "protocol": "tcp",
    "port": 443,
    "device": {"address": "192.0.2.1"},
}


def plan_data(**more: Any) -> dict[str, Any]:
    """A plan's data."""
    return {
        "schema": SCHEMA, "id": tokens.plan_id(SEED), "seed": SEED.hex(), "pair": "lan:internet", "require": "physical",
        "created": "2027-01-15T08:00:00Z", "seconds": 60,
        "zones": {"lan": {"kind": "lan", "networks": ["192.0.2.0/24"]}, "internet": {"kind": "internet", "networks": ["198.51.100.0/24"]}},
        "sentinels": [{"id": "edge", "addresses": ["198.51.100.50"]}], "scope": {"allow": ["192.0.2.0/24"]},
    } | more  # fmt: skip


class Bench:
    """Both ends of one test."""

    def __init__(self, **more: Any) -> None:
        self.data = plan_data(**more)
        self.plan: Plan = read_plan(self.data)
        self.journal = {end: Journal(self.plan, end) for end in MAC}
        self.kit = {end: Kit(bytes.fromhex(mac.replace(":", "")), self.journal[end]) for end, mac in MAC.items()}
        self.heard: dict[str, list[dict[str, Any]]] = {end: [] for end in MAC}
        self.devices: dict[str, list[dict[str, Any]]] = {
            "in": [{"mac": GATEWAY, "addresses": [str(DEVICE)], "seen": ["arp"]}],
            "out:edge": [{"mac": "02:00:00:00:00:98", "addresses": ["198.51.100.1"], "seen": ["arp"]}],
        }
        self.identities: dict[str, list[dict[str, Any]]] = {end: [] for end in MAC}
        self.more: dict[str, dict[str, Any]] = {end: {} for end in MAC}

    def sent(self, end: str, draft: Draft, template: Template, indices: Sequence[int]) -> list[bytes]:
        """Book frames as sent; returns them."""
        draft.template = template
        draft.went([(T + 5, len(indices))], indices)
        return [template.fill(index, self.journal[end].token(draft, index)) for index in indices]

    def routed(self, protocol: str = "tcp", ports: Sequence[int] = (80, 443), **more: Any) -> list[bytes]:
        """A matrix trial through the gateway; its frames."""
        draft = self.journal["in"].trial(
            "matrix", "routed", protocol, family="v4", via=GATEWAY, via_address=str(DEVICE), to=str(SENTINEL), what="port", **more
        )
        return self.sent("in", draft, getattr(self.kit["in"], protocol)(draft, GATEWAY, OWN, SENTINEL), ports)

    def arrives(self, frame: bytes, end: str = "out:edge", t: float = T + 5.01, source: str | None = None) -> None:
        """A frame comes out at an end, put on its segment by another station; ``source`` is written over it as NAT would."""
        raw = bytearray(frame)
        raw[0:12] = bytes.fromhex(MAC[end].replace(":", "")) + bytes.fromhex("020000000098")
        if source is not None:
            raw[26:30] = ipaddress.ip_address(source).packed
        self.heard[end].append({"t": t, "hex": bytes(raw).hex()})

    def record(self, end: str) -> dict[str, Any]:
        """The record of an end that was awake from before to after."""
        inner = end == "in"
        journal = self.journal[end]
        data = journal.data(
            interface={"name": "e0", "mac": MAC[end], "addresses": ["192.0.2.10/24" if inner else "198.51.100.50/24"]},
            finished=T + (50 if inner else 60), depth="standard", rate={"total": 2000.0, "next_hop": 500.0, "device": 50.0}, ended="window",
            alive=[[T - 5, T + 60]], devices=self.devices[end], heard=self.heard[end], overflow={"received": 100, "dropped": 0},
        )  # fmt: skip
        data["started"] = T if inner else T - 5
        data["controls"] = [
            {"t": T + second, "ok": True, "how": "icmp", "neighbour": GATEWAY} for second in (-3 if not inner else 1, 20, 40, 49)
        ]
        data["coverage"] = [
            {"step": step, "state": "done", "why": "", "tried": 5, "of": 5, "mandatory": True, "started": T + 2 + n, "ended": T + 3 + n}
            for n, step in enumerate(INNER_STEPS if inner else OUTER_STEPS)
        ]
        data["identities"] = self.identities[end]
        return data | self.more[end]

    def joined(self) -> bytes:
        """What rests on the shelf."""
        pairs = [(record, seal(SEED, canonical(record))) for record in (self.record(end) for end in MAC)]
        return together(self.data, pairs[0], pairs[1:])

    def trials(self) -> Trials:
        """The fact."""
        found = Trials.read(Answer(self.joined()))
        assert not isinstance(found, Absent)
        return found


def claims(zone: str, *pairs: tuple[str, str]) -> dict[str, Any]:
    """A sighting of a segment in which each (address, MAC) was claimed by ARP."""
    tally = Tally([ipaddress.ip_network("192.0.2.0/24" if zone == "lan" else "198.51.100.0/24")])
    for address, mac in pairs:
        octets = bytes.fromhex(mac.replace(":", ""))
        body = bytes.fromhex("0001080006040002") + octets + ipaddress.ip_address(address).packed + bytes(6) + OWN.packed
        tally.add([(T + 3, ETHERNET, b"\xff" * 6 + octets + b"\x08\x06" + body, 42)])
    place = Place(zone, "inner" if zone == "lan" else "outer", ())
    return sighting(place, {"how": "live", "name": "e0", "buffer": 1}, T, T + 50, "whole", 0, {}, tally)
