"""What a judge says about zone pairs, made by hand: real tokens in real frames, and one case for every kind of conclusion."""

from __future__ import annotations

import copy
import hashlib
import hmac
import struct
from typing import Any

from scanner.assess.isolation import isolation
from scanner.model.target import Target
from scanner.model.verdict import Status, Verdict

SEED = bytes.fromhex("5f" * 32)
START = 1795500710.25
INVENTORY: dict[str, Any] = {
    "zones": {
        "lan": {"kind": "lan", "level": None, "networks": ["192.0.2.0/24", "2001:db8:1::/64"], "name": "档案馆局域网"},
        "internet": {"kind": "internet", "level": None, "networks": ["198.51.100.0/24"], "name": "internet"},
        "classified": {"kind": "classified", "level": "机密", "networks": ["203.0.113.0/25"], "name": "涉密档案网"},
    },
    "isolation": [
        {"between": ["lan", "internet"], "require": "physical", "sentinels": [{"id": "edge", "addresses": ["198.51.100.50"]}]},
        {"between": ["classified", "lan"], "require": "physical", "sentinels": [{"id": "hall", "addresses": ["192.0.2.250"]}]},
    ],
    "crossings": [
        {
            "id": "diode-1",
            "between": ["internet", "lan"],
            "direction": "internet->lan",
            "device": {"address": "192.0.2.9", "mac": "02:00:00:00:02:09"},
            "outer_device": {"address": "198.51.100.9"},
            "protocol": "udp",
            "port": 5005,
            "kind": "one-way",
            "certificate": "证书 20279-0042",
            "certificate_until": "2027-01-01",
            "approval": "档办〔2026〕7 号",
        }
    ],
}


def token(label: str, index: int) -> bytes:
    """Eight bytes of the token stream."""
    return hashlib.shake_256(hmac.digest(SEED, label.encode(), "sha256")).digest(8 * index + 8)[-8:]


def payload(label: str, index: int) -> bytes:
    magic = hmac.digest(SEED, b"shiqu magic", "sha256")[:8]
    return magic + struct.pack(">II", int(label.rsplit("/", 1)[1]), index) + token(label, index)


def ethernet(to: str, sender: str, kind: int, body: bytes) -> bytes:
    return bytes.fromhex(to.replace(":", "") + sender.replace(":", "")) + struct.pack(">H", kind) + body


def ip(sender: str, to: str, protocol: int, ttl: int, body: bytes) -> bytes:
    def spelt(address: str) -> bytes:
        return bytes(int(part) for part in address.split("."))

    return struct.pack(">BBHHHBBH", 0x45, 0, 20 + len(body), 0x5351, 0, ttl, protocol, 0) + spelt(sender) + spelt(to) + body


def syn(port: int, label: str) -> bytes:
    magic, own = payload(label, port)[:8], token(label, port)
    options = b"\x02\x04\x05\xb4\x01\x01\x08\x0a" + magic[:4] + b"\0\0\0\0"
    return struct.pack(">HH4sIBBHHH", 40000, port, own[:4], 0, 0x90, 2, 1024, 0, 0) + options


def udp(port: int, data: bytes) -> bytes:
    return struct.pack(">HHHH", 40000, port, 8 + len(data), 0) + data


def crossed(n: int, kind: str, protocol: str, port: int, via: str, number: int, source: str, **more: Any) -> dict[str, Any]:
    """One path with its token in both frames."""
    label = f"in/{number}"
    text = b"GET http://198.51.100.50/" + payload(label, port).hex().encode() + b" HTTP/1.1\r\n\r\n"
    inside = (
        syn(port, label) if protocol == "tcp" and kind == "routed" else udp(port, payload(label, port) if kind != "dns" else b"\x30" + text[25:73])
    )
    if kind == "http-proxy":
        inside = syn(port, label)[:16] + b"\0\0\0\0" + text
    code = 6 if protocol == "tcp" else 17
    return {
        "kind": kind,
        "from": "lan",
        "to": "internet",
        "via": via,
        "device": {"address": via, "mac": f"02:00:00:00:02:{n:02x}"},
        "protocol": protocol,
        "port": port,
        "strength": "A",
        "exit": source,
        "sentinel": "edge",
        "token": {"label": label, "index": port, "hex": payload(label, port).hex(), "rule": "SHAKE256(HMAC-SHA256(seed, label))[8*index:8*index+8]"},
        "sent": {"t": START + n, "hex": ethernet(f"02:00:00:00:02:{n:02x}", "02:00:00:00:02:64", 0x0800, ip("192.0.2.100", "198.51.100.50", code, 64, inside)).hex()},
        "received": {
            "t": START + n + 0.00041,
            "hex": ethernet("02:00:00:00:64:32", "02:00:00:00:64:01", 0x0800, ip(source, "198.51.100.50", code, 63, inside)).hex(),
            "ttl": 63,
        },
        "note": None,
        "crossing": None,
    } | more  # fmt: skip


LEADS = [
    {"kind": "lead-http-answer", "from": "lan", "to": "internet", "via": "192.0.2.80", "protocol": "tcp", "port": 80, "strength": "D",
     "note": "HTTP 200 for an outside name; nothing reached the sentinel"},
    {"kind": "lead-router-advertisement", "from": "lan", "to": "internet", "via": "fe80::ff:fe00:1", "protocol": "icmp6", "port": None, "strength": "C"},
]  # fmt: skip
STEPS = ["layer2", "vlan", "double-vlan", "routed", "protocols", "tcp-ports", "udp-ports", "forged-source", "dns", "proxy", "inward", "identity"]
CONTROLS = {
    "inner": {phase: [{"t": START + at, "ok": True, "how": "arp", "neighbour": "192.0.2.1"}] for phase, at in (("before", 0), ("between", 60), ("after", 120))},
    "outer": [{"t": START + at, "ok": True, "how": "icmp", "neighbour": "198.51.100.1"} for at in (0, 60, 120)],
}  # fmt: skip
COVERAGE = {
    "steps": [{"step": name, "state": "done", "why": None, "tried": 4094 if "vlan" in name else 131070, "of": 4094 if "vlan" in name else 131070} for name in STEPS]
    + [{"step": "storage", "state": "not-tested", "why": "no folder in scope.write", "tried": 0, "of": 1}],
    "next_hops": 12,
    "ports": {"tcp": "1-65535", "udp": "1-65535"},
    "seconds": 120.0,
    "sentinels": ["edge"],
    "loss": {"sent": 1572840, "lost": 0},
}  # fmt: skip


def observed(conclusion: str, paths: list[dict[str, Any]], **more: Any) -> dict[str, Any]:
    base = {"conclusion": conclusion, "require": "physical", "paths": paths, "coverage": COVERAGE, "controls": CONTROLS, "devices": []}
    return copy.deepcopy(base | more)


def breach() -> dict[str, Any]:
    """A router with an odd port and a proxy, a PC that stands on both sides, leads."""
    gateway = [crossed(1, "routed", "tcp", port, "192.0.2.1", 17, "198.51.100.7") for port in (443, 444, 445)]
    proxy = crossed(8, "http-proxy", "tcp", 3128, "192.0.2.8", 31, "198.51.100.8")
    host = {"kind": "identity", "from": "lan", "to": "internet", "via": "192.0.2.77", "device": "192.0.2.77", "protocol": "ssh", "port": 22,
            "strength": "B", "exit": "198.51.100.77", "sentinel": "edge", "note": "SHA256:7Uq… on both sides"}  # fmt: skip
    return observed("breach_proven", [*gateway, proxy, host, *LEADS])


def forty() -> dict[str, Any]:
    """Forty different paths through seven devices."""
    names = ["routed", "dns", "http-proxy", "routed", "relay"]
    return observed(
        "breach_proven",
        [
            crossed(n % 7 + 1, names[n % 5], "udp" if n % 5 == 1 else "tcp", 20 + 37 * n, f"192.0.2.{n % 7 + 1}", n + 1, f"198.51.100.{n % 3 + 7}")
            for n in range(40)
        ],
    )


def sweep() -> dict[str, Any]:
    """One hole as wide as it gets: every tcp port through one gateway, the frames of the first alone."""
    first = crossed(1, "routed", "tcp", 1, "192.0.2.1", 17, "198.51.100.7")
    bare = dict.fromkeys(("sent", "received", "token"))
    return observed("breach_proven", [first, *({**first, "port": port, **bare} for port in range(2, 2001))])


def violated() -> dict[str, Any]:
    """A diode that carries what was declared, and an answer back."""
    declared = crossed(9, "declared", "udp", 5005, "192.0.2.9", 41, "198.51.100.9", crossing="diode-1")
    declared |= {"from": "internet", "to": "lan", "exit": "192.0.2.9"}
    back = crossed(9, "routed", "tcp", 8443, "192.0.2.9", 42, "198.51.100.9", crossing="diode-1", note="reverse direction of a one-way crossing")
    facts = [{"id": "diode-1", "device_seen": True, "flow": "present", "state": "violated"}]
    return observed("approved_crossing_violated", [declared, back], crossings=facts)


def untested() -> dict[str, Any]:
    coverage = {"steps": [{"step": "routed", "state": "not-tested", "why": "sentinel asleep", "tried": 0, "of": 131070}]}
    return observed("not_tested", [], coverage=coverage, controls={"inner": CONTROLS["inner"], "outer": []})


def clean() -> dict[str, Any]:
    return observed("no_path_observed", [])


def logical() -> dict[str, Any]:
    path = {"kind": "same-box", "from": "lan", "to": "internet", "via": "core-sw", "protocol": None, "port": None, "strength": "A",
            "note": "Vlanif10 192.0.2.1/24, Vlanif20 198.51.100.1/24"}  # fmt: skip
    return observed("logical_only", [path])


CASES = {"breach": breach, "forty": forty, "sweep": sweep, "violated": violated, "untested": untested, "clean": clean, "logical": logical}
STATUS = {"no_path_observed": "awaits-person", "approved_crossing": "awaits-person", "not_tested": "unknown", "approved_crossing_unproven": "unknown"}


def verdict_of(seen: dict[str, Any]) -> dict[str, Any]:
    """The keys of a verdict that follow from what was observed."""
    status = STATUS.get(seen["conclusion"], "unmet")
    why = {"awaits-person": "person", "unknown": "not-asked"}.get(status)
    return {"status": status, "observed": seen, "why": why, "strength": "A" if status == "unmet" else None}


def views(verdicts: list[dict[str, Any]], targets: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """``views.isolation`` as the machine makes it."""
    typed = [Verdict(**{**row, "status": Status(row["status"]), "evidence": tuple(row["evidence"])}) for row in verdicts]
    members = [Target(id=one["id"], kind=one["kind"], zone=one["zone"]) for one in targets]
    return isolation(typed, members, INVENTORY, "2026-11-24T06:14:02Z")


def with_pair(result: dict[str, Any], seen: dict[str, Any], pair: str = "lan:internet") -> dict[str, Any]:
    """A result whose verdict about a pair says this."""
    result = copy.deepcopy(result)
    for verdict in result["verdicts"]:
        if verdict["check"] == "isolation.no-path" and verdict["target"] == pair:
            verdict |= verdict_of(seen)
    result["views"]["isolation"] = [one for one in views(result["verdicts"], result["targets"]) if one["pair"] == pair]
    return result
