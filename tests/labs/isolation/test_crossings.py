"""Approved crossings: complete paper, missing paper, and more than the paper says."""

from __future__ import annotations

import os
from typing import Any

from tests.labs.isolation import daemons
from tests.labs.isolation.case import Want, ends, topology
from tests.labs.isolation.topology import Net

INNER, OUTER = "192.0.2.9", "198.51.100.9"


def paper(net: Net, **changes: Any) -> None:
    """Declare a one-way import; a change to None takes a line away."""
    item: dict[str, Any] = {
        "id": "diode-1", "between": ["internet", "lan"], "direction": "internet->lan", "kind": "one-way", "protocol": "udp", "port": 5005,
        "device": {"address": INNER, "mac": net.boxes["dio-in"].macs["lan"]} if "dio-in" in net.boxes else {"address": INNER},
        "outer_device": {"address": OUTER}, "certificate": "军密认字第0001号", "certificate_until": "2099-01-01", "approval": "批文〔2026〕1号",
    } | changes  # fmt: skip
    net.book["crossings"].append({key: value for key, value in item.items() if value is not None})


def diode(net: Net, target: str = "192.0.2.10") -> None:
    """Two halves that share nothing but a pipe with one direction."""
    ends(net)
    net.box("dio-in", {"lan": [f"{INNER}/24"]}, strict=True)
    net.box("dio-out", {"out": [f"{OUTER}/24"]}, strict=True)
    ferry(net, ("dio-out", OUTER), ("dio-in", INNER, target))


def ferry(net: Net, hears: tuple[str, str], speaks: tuple[str, str, str], port: int = 5005) -> None:
    """Datagrams from one half to the other."""
    near, far = os.pipe()
    net.helper(speaks[0], "ferry.py", "give", str(near), speaks[1], speaks[2], str(port), pass_fds=(near,))
    net.helper(hears[0], "ferry.py", "take", str(far), hears[1], str(port), pass_fds=(far,))
    os.close(near)
    os.close(far)
    receiver = {"192.0.2.10": "pc", "192.0.2.100": "probe", "198.51.100.50": "edge"}[speaks[2]]
    assert net.crosses("UDP4", port, "web" if hears[1] == OUTER else "pc", receiver, hears[1])


@topology("approved_crossing", never=("routed", "inward", "layer2"))
def test_one_way_import_whose_flow_is_seen(net: Net) -> None:
    """The declared tuple carries a token to the probe."""
    diode(net, "192.0.2.100")
    paper(net)


@topology("approved_crossing")
def test_one_way_import_that_is_idle(net: Net) -> None:
    """The import feeds another machine: nothing is seen crossing, the device is there."""
    diode(net)
    paper(net)


@topology("approved_crossing_unproven")
def test_certificate_expired(net: Net) -> None:
    """Paper of the past."""
    diode(net, "192.0.2.100")
    paper(net, certificate_until="2020-01-01")


@topology("approved_crossing_unproven")
def test_certificate_missing(net: Net) -> None:
    """No certificate at all."""
    diode(net)
    paper(net, certificate=None, certificate_until=None)


@topology("approved_crossing_unproven")
def test_declared_device_that_is_not_there(net: Net) -> None:
    """Paper, but no device."""
    ends(net)
    paper(net)


@topology("approved_crossing_violated")
def test_import_that_also_exports(net: Net) -> None:
    """A second ferry in the other direction, to the sentinel."""
    diode(net)
    ferry(net, ("dio-in", INNER), ("dio-out", OUTER, "198.51.100.50"))
    paper(net)


@topology("approved_crossing_violated")
def test_import_that_carries_another_port(net: Net) -> None:
    """A second ferry beside the declared one, for names, to the probe's machine."""
    diode(net)
    ferry(net, ("dio-out", OUTER), ("dio-in", INNER, "192.0.2.100"), 53)
    paper(net)


@topology("approved_crossing_violated", early=True)
def test_import_that_carries_another_port_and_a_sentinel_that_began_long_before(net: Net) -> None:
    """What was said before the probe listened is said again."""
    diode(net)
    ferry(net, ("dio-out", OUTER), ("dio-in", INNER, "192.0.2.100"), 53)
    paper(net)


def gap(net: Net, **changes: Any) -> None:
    """A gap that ferries one TCP application from inside to the sentinel's address."""
    ends(net)
    net.box("gap", {"lan": [f"{INNER}/24"], "out": [f"{OUTER}/24"]}, strict=True)
    daemons.socat(net, "gap", f"TCP-LISTEN:8443,bind={INNER},fork,reuseaddr", "TCP:198.51.100.50:443", "tcp :8443")
    paper(
        net, id="gap-1", kind="gap", direction="lan->internet", protocol="tcp", port=8443, target="198.51.100.50:443",
        device={"address": INNER, "mac": net.boxes["gap"].macs["lan"]}, **changes,
    )  # fmt: skip


@topology("approved_crossing")
def test_gap_that_carries_what_is_declared(net: Net) -> None:
    """The token crosses inside the declared tuple only."""
    gap(net)


@topology("approved_crossing_violated", Want("relay", "gap", port=9443))
def test_gap_with_one_more_port(net: Net) -> None:
    """A second application that nobody approved."""
    gap(net)
    daemons.socat(net, "gap", f"TCP-LISTEN:9443,bind={INNER},fork,reuseaddr", "TCP:198.51.100.50:443", "tcp :9443")


@topology("approved_crossing_violated", Want("routed", "gap"))
def test_gap_that_routes(net: Net) -> None:
    """The application is right, but the box also forwards packets."""
    gap(net)
    net.sysctl(net.boxes["gap"].space, {"net.ipv4.ip_forward": 1})


@topology("approved_crossing_violated")
def test_gap_next_to_a_classified_network(net: Net) -> None:
    """Whatever the paper says."""
    gap(net)
    net.book["zones"]["lan"] |= {"kind": "classified", "level": "机密"}
