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
MAGIC = hmac.digest(SEED, b"shiqu magic", "sha256")[:8]
RULE = "SHAKE-256(HMAC-SHA-256(seed, label))[8*index : 8*index+8]"
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
    return MAGIC + struct.pack(">II", int(label.rsplit("/", 1)[1]), index) + token(label, index)


def ethernet(to: str, sender: str, kind: int, body: bytes) -> bytes:
    return bytes.fromhex(to.replace(":", "") + sender.replace(":", "")) + struct.pack(">H", kind) + body


def ip(sender: str, to: str, protocol: int, ttl: int, body: bytes) -> bytes:
    def spelt(address: str) -> bytes:
        return bytes(int(part) for part in address.split(".")) if "." in address else bytes(4)

    return struct.pack(">BBHHHBBH", 0x45, 0, 20 + len(body), 0x5351, 0, ttl, protocol, 0) + spelt(sender) + spelt(to) + body


def syn(port: int, label: str) -> bytes:
    own = token(label, port)
    options = b"\x02\x04\x05\xb4\x01\x01\x08\x0a" + MAGIC[:4] + b"\0\0\0\0"
    return struct.pack(">HH4sIBBHHH", 40000, port, own[:4], 0, 0x90, 2, 1024, 0, 0) + options


def udp(port: int, data: bytes) -> bytes:
    return struct.pack(">HHHH", 40000, port, 8 + len(data), 0) + data


def crossed(n: int, kind: str, protocol: str, port: int, via: str, number: int, source: str, **more: Any) -> dict[str, Any]:
    """One path with its token in both frames."""
    label = f"in/{number}"
    text = payload(label, port).hex().encode()
    inside = udp(port, b"\x30" + text if kind == "dns" else payload(label, port)) if protocol == "udp" else syn(port, label)
    if kind == "http-proxy":
        inside = inside[:16] + b"\0\0\0\0GET http://198.51.100.50/" + text + b" HTTP/1.1\r\n\r\n"
    code, near, far = 6 if protocol == "tcp" else 17, f"02:00:00:00:02:{n:02x}", f"02:00:00:00:64:{n:02x}"
    sent = ethernet(near, "02:00:00:00:02:64", 0x0800, ip("192.0.2.100", "198.51.100.50", code, 64, inside))
    received = ethernet("02:00:00:00:64:32", far, 0x0800, ip(source, "198.51.100.50", code, 63, inside))
    return {
        "kind": kind,
        "from": "lan",
        "to": "internet",
        "via": via,
        "protocol": protocol,
        "family": "v4",
        "port": port,
        "strength": "A",
        "device": {"mac": near, "addresses": [via]},
        "exit": {"address": source, "mac": far, "ttl": 63, "target": f"198.51.100.50:{port}"},
        "sentinel": "edge",
        "count": 1,
        "indices": str(port),
        "what": "port",
        "how": "sequence" if protocol == "tcp" and kind == "routed" else "text" if kind in ("dns", "http-proxy") else "payload",
        "token": {"label": label, "index": port, "hex": token(label, port).hex(), "rule": RULE, "magic": MAGIC.hex()},
        "sent": {"t": [START + n, START + n + 0.0004], "hex": sent.hex(), "to": "198.51.100.50", "note": "edge"},
        "received": {"t": START + n + 0.00041, "hex": received.hex(), "ttl": 63},
        "crossing": None,
        "within": False,
    } | more


ADVERTISEMENT = {
    "kind": "lead-router-advertisement",
    "from": "lan",
    "to": "internet",
    "via": "fe80::ff:fe00:1",
    "protocol": "icmp6",
    "port": 0,
    "strength": "C",
}
ANSWER = {"via": "192.0.2.80", "to": "198.51.100.50", "protocol": "tcp", "answers": {"syn-ack": 3, "rst": 61}, "strength": "D"}
STEPS = ("discovery", "layer2", "vlan", "matrix", "full-range", "forged-source", "dns", "relay", "tunnel", "identity")


def step(end: str, name: str, **more: Any) -> dict[str, Any]:
    number = 8188 if name == "vlan" else 131070
    return {"end": end, "step": name, "state": "done", "why": "", "tried": number, "of": number, "mandatory": True, "seconds": 11.5} | more


def control(neighbour: str, how: str) -> dict[str, Any]:
    return {"good": 13, "failed": 0, "first": START, "last": START + 120, "how": [how], "neighbours": [neighbour]}


COVERAGE = {
    "tested": True,
    "depth": "full",
    "steps": [
        *(step("in", name) for name in STEPS),
        step("in", "storage", state="not-applicable", why="none-declared", tried=0, of=1, mandatory=False),
        *(step("out:edge", name) for name in ("inward-routed", "published")),
    ],
    "next_hops": 12,
    "devices": 14,
    "frames": 1572840,
    "ports": {"tcp": {"ways": 12, "least": 65527, "most": 65527}, "udp": {"ways": 12, "least": 65527, "most": 65527}},
    "seconds": 120.0,
    "sentinels": [{"id": "edge", "addresses": ["198.51.100.50/24"], "seconds": 150.0, "heard": 4, "frames_sent": 900}],
    "blind": [],
    "dwell": {"rounds": 61, "seconds": 118.0, "longest_gap": 2.1},
    "loss": {"in": {"dropped": 0, "received": 40211}, "out:edge": {"dropped": 0, "received": 611}},
    "require": "physical",
}


def observed(conclusion: str, paths: list[dict[str, Any]], **more: Any) -> dict[str, Any]:
    base = {
        "conclusion": conclusion,
        "paths": paths,
        "more_paths": 0,
        "require": "physical",
        "coverage": COVERAGE,
        "controls": {"in": control("192.0.2.1", "arp"), "out:edge": control("198.51.100.1", "icmp")},
        "lacks": [],
        "crossings": [{"id": "diode-1", "state": "ok", "why": [], "seen": True, "outer_seen": None, "carried": 0, "beyond": 0}],
        "leads": [],
        "devices": [{"zone": "lan", "end": "in", "mac": "02:00:00:00:02:01", "addresses": ["192.0.2.1"], "router": True, "seen": ["arp"], "open": [22]}],
        "plan": {"id": "0011223344556677", "seed": SEED.hex(), "created": "2026-11-24T06:00:00Z", "seconds": 120},
        "window": {"in": [START, START + 121], "out:edge": [START - 20, START + 130]},
    }  # fmt: skip
    return copy.deepcopy(base | more)


def breach() -> dict[str, Any]:
    """A router with an odd port and a proxy, a PC that stands on both sides, leads."""
    gateway = crossed(1, "routed", "tcp", 443, "192.0.2.1", 17, "198.51.100.7", indices="443-445,8443", count=4)
    proxy = crossed(8, "http-proxy", "tcp", 3128, "192.0.2.8", 31, "198.51.100.8")
    host = {"kind": "identity", "from": "lan", "to": "internet", "via": "192.0.2.77", "protocol": "ssh", "port": 22, "strength": "B",
            "device": {"mac": "02:00:00:00:02:4d", "addresses": ["192.0.2.77"]}, "exit": {"address": "198.51.100.77", "mac": "", "port": 22},
            "sentinel": "edge", "identity": "SHA256:7UqK0mX", "name": "pc-77", "note": "one-key", "crossing": None, "within": False}  # fmt: skip
    return observed("breach_proven", [gateway, proxy, host, ADVERTISEMENT], leads=[ANSWER])


def forty() -> dict[str, Any]:
    """Forty different paths through seven devices."""
    names = ["routed", "dns", "http-proxy", "routed", "relay"]
    return observed(
        "breach_proven",
        [
            crossed(
                n % 7 + 1,
                names[n % 5],
                "udp" if n % 5 == 1 else "tcp",
                20 + 37 * n,
                f"192.0.2.{n % 7 + 1}",
                n + 1,
                f"198.51.100.{n % 3 + 7}",
            )
            for n in range(40)
        ],
    )


def sweep() -> dict[str, Any]:
    """Holes as wide as they get: every TCP port and every IP protocol through one gateway, every VLAN, IPv6."""
    ports = crossed(1, "routed", "tcp", 1, "192.0.2.1", 17, "198.51.100.7", indices="1-9099,9108-65535", count=65527)
    protocols = crossed(1, "routed", "ip", 0, "192.0.2.1", 18, "198.51.100.7", what="protocol", indices="0-255", count=256, how="payload")
    tags = crossed(
        1, "vlan", "eth", 0, "", 19, "", what="vlan", indices="1-4094", count=4094, family="eth", device={"mac": "", "addresses": []}
    )
    wide = crossed(1, "routed", "udp", 53, "fe80::1", 20, "2001:db8:ffff::7", family="v6")
    return observed("breach_proven", [ports, protocols, tags, wide], more_paths=3)


def violated() -> dict[str, Any]:
    """A diode that carries what was declared, and an answer back."""
    declared = crossed(9, "inward", "udp", 5005, "192.0.2.9", 41, "192.0.2.9", crossing="diode-1", within=True)
    declared |= {"from": "internet", "to": "lan", "what": "count", "indices": "0-6", "count": 7}
    back = crossed(9, "routed", "tcp", 8443, "192.0.2.9", 42, "198.51.100.9", crossing="diode-1")
    state = {
        "id": "diode-1",
        "state": "violated",
        "why": ["beyond-routed", "certificate-expired"],
        "seen": True,
        "outer_seen": True,
        "carried": 7,
        "beyond": 1,
    }
    return observed("approved_crossing_violated", [back, declared], crossings=[state])


def untested() -> dict[str, Any]:
    """A sentinel that slept, and a matrix that was cut."""
    steps = [
        step("in", "matrix", state="partial", why="window", tried=4200),
        step("in", "full-range", state="not-tested", why="depth", tried=0),
    ]
    lacks = [
        {"where": "out:edge", "why": "control-none", "detail": ""},
        {"where": "out:edge", "why": "asleep", "detail": ""},
        {"where": "matrix", "why": "step-partial", "detail": "window"},
    ]
    silent = {"good": 0, "failed": 9, "first": None, "last": None, "how": [], "neighbours": []}
    controls = {"in": control("192.0.2.1", "arp"), "out:edge": silent}
    return observed("not_tested", [], coverage=COVERAGE | {"steps": steps, "depth": "quick"}, controls=controls, lacks=lacks)


def absent() -> dict[str, Any]:
    """What the judge says when there was no test at all."""
    return {"conclusion": "not_tested", "paths": [], "more_paths": 0, "require": "physical", "coverage": {"tested": False}, "controls": {}}


def clean() -> dict[str, Any]:
    return observed("no_path_observed", [])


def logical() -> dict[str, Any]:
    path = {"kind": "same-box", "from": "lan", "to": "internet", "via": "core-sw", "protocol": None, "port": None, "strength": "A",
            "note": "Vlanif10 192.0.2.1/24, Vlanif20 198.51.100.1/24"}  # fmt: skip
    return observed("logical_only", [path])


CASES = {
    "breach": breach, "forty": forty, "sweep": sweep, "violated": violated, "untested": untested, "absent": absent, "clean": clean, "logical": logical,
}  # fmt: skip
STATUS = {
    "no_path_observed": "awaits-person",
    "approved_crossing": "awaits-person",
    "not_tested": "unknown",
    "approved_crossing_unproven": "unknown",
}


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
