"""Leaks by routing: gateways, CPEs, dual-homed machines, firewalls with one hole."""

from __future__ import annotations

import time

from tests.labs.isolation import daemons
from tests.labs.isolation.case import Want, ends, topology
from tests.labs.isolation.drive import Run
from tests.labs.isolation.topology import Net, eventually

GATEWAY = {"lan": ["192.0.2.1/24"], "out": ["198.51.100.1/24"]}
FULL = {"depth": "full", "rate": 20000, "home": ("ports-wide", 1.0)}


def gateway(net: Net, rules: str = "", **more: object) -> None:
    """An official gateway that everybody knows; ``rules`` is the body of its forward chain, which drops the rest when given."""
    ends(net)
    net.box("gw", GATEWAY, forward=True, **more)  # type: ignore[arg-type]
    for inner in ("probe", "pc"):
        net.route(inner, "default", "via", "192.0.2.1")
    for outer in ("edge", "web"):
        net.route(outer, "192.0.2.0/24", "via", "198.51.100.1")
    if rules:
        net.forwards_only("gw", rules)


@topology("breach_proven", Want("routed", "gw", "tcp"), Want("routed", "gw", "udp"), Want("routed", "gw", "icmp"), seconds=30, rate=None)
def test_default_gateway(net: Net) -> None:
    """The gateway of the LAN routes out."""
    gateway(net)
    assert net.pings("probe", "198.51.100.50")


@topology("breach_proven", Want("routed", "cpe", exit="198.51.100.77"))
def test_rogue_cpe_that_no_host_uses(net: Net) -> None:
    """A NAT router is plugged in; no host has a route to it."""
    ends(net)
    net.box("cpe", {"lan": ["192.0.2.77/24"], "out": ["198.51.100.77/24"]}, forward=True)
    net.masquerade("cpe")
    assert not net.pings("probe", "198.51.100.50")
    assert net.pings("probe", "198.51.100.50", via="192.0.2.77")


@topology("breach_proven", Want("routed", "cpe", exit="198.51.100.77"))
def test_rogue_cpe_with_a_subnet_of_its_own(net: Net) -> None:
    """Fresh from the shop: 192.168.1.1, DHCP on, and no address in the LAN's range."""
    ends(net)
    net.box("cpe", {"lan": ["192.168.1.1/24"], "out": ["198.51.100.77/24"]}, forward=True)
    net.masquerade("cpe")
    daemons.dnsmasq(net, "cpe", "--port=0", "--interface=eth0", "--bind-interfaces", "--dhcp-range=192.168.1.100,192.168.1.120,1h",
                    f"--dhcp-leasefile={net.folder}/leases", listens="udp :67")  # fmt: skip
    net.ip("probe", "address", "add", "192.168.1.50/24", "dev", "eth0")
    assert net.pings("probe", "198.51.100.50", via="192.168.1.1")
    net.ip("probe", "address", "del", "192.168.1.50/24", "dev", "eth0")


@topology("breach_proven", Want("routed", "gw"))
def test_classified_network_beside_the_ordinary_one(net: Net) -> None:
    """The inner network is a classified one; the sentinel stands in the archive's own LAN. Other ranges, other names."""
    net.box("probe", {"lan": ["10.77.0.100/26"]})
    net.box("pc", {"lan": ["10.77.0.70/26"]})
    net.box("edge", {"out": ["192.168.7.50/24"]})
    net.box("web", {"out": ["192.168.7.10/24"]})
    net.box("gw", {"lan": ["10.77.0.65/26"], "out": ["192.168.7.1/24"]}, forward=True)
    net.book["scope"]["allow"] = ["10.77.0.64/26", "192.168.7.0/24"]
    net.book["zones"] = {
        "secret": {"kind": "classified", "level": "机密", "networks": ["10.77.0.64/26"]},
        "office": {"kind": "lan", "networks": ["192.168.7.0/24"]},
    }
    net.book["isolation"] = [
        {"between": ["secret", "office"], "require": "physical", "sentinels": [{"id": "edge", "addresses": ["192.168.7.50"]}]}
    ]


@topology("breach_proven", Want("routed", "rt", exit="198.51.100.1"))
def test_way_out_behind_an_inner_router(net: Net) -> None:
    """The leak stands on another inner segment; from here it is the inner router that leads to it."""
    ends(net)
    net.box("rt", {"lan": ["192.0.2.1/24"], "lan2": ["192.0.3.1/24"]}, forward=True)
    net.box("gw", {"lan2": ["192.0.3.2/24"], "out": ["198.51.100.1/24"]}, forward=True)
    net.route("rt", "default", "via", "192.0.3.2")
    net.route("gw", "192.0.2.0/24", "via", "192.0.3.1")
    net.masquerade("gw")
    net.book["zones"]["lan"]["networks"].append("192.0.3.0/24")
    net.book["scope"]["allow"].append("192.0.3.0/24")
    assert net.pings("probe", "198.51.100.50", via="192.0.2.1")


@topology("breach_proven", Want("routed", "pc2"))
def test_dual_homed_computer_that_forwards(net: Net) -> None:
    """A second card and ip_forward, no NAT: outside, nobody knows the way back."""
    ends(net)
    net.box("pc2", {"lan": ["192.0.2.20/24"], "out": ["198.51.100.20/24"]}, forward=True)
    net.route("probe", "198.51.100.0/24", "via", "192.0.2.20")
    assert net.crosses("UDP4", 53)
    net.ip("probe", "route", "del", "198.51.100.0/24")


@topology("breach_proven", Want("forged-source", "pc2"), never=("routed", "layer2"))
def test_dual_homed_weak_host(net: Net) -> None:
    """A second card, no forwarding: an answer to the sentinel's address leaves by the other card."""
    ends(net)
    net.box("pc2", {"lan": ["192.0.2.20/24"], "out": ["198.51.100.20/24"]})
    assert not net.pings("probe", "198.51.100.50", via="192.0.2.20")


@topology("breach_proven", Want("routed", "gw", "tcp", 33707), never=("forged-source",), **FULL)  # type: ignore[arg-type]
def test_one_odd_tcp_port(net: Net) -> None:
    """A firewall with one forgotten TCP port."""
    gateway(net, "ct state established accept; tcp dport 33707 accept", strict=True)
    assert net.crosses("TCP4", 33707) and not net.crosses("TCP4", 33708)


@topology("breach_proven", Want("routed", "gw", "udp", 61001), **FULL)  # type: ignore[arg-type]
def test_one_odd_udp_port(net: Net) -> None:
    """A firewall with one forgotten UDP port."""
    gateway(net, "udp dport 61001 accept", strict=True)
    assert net.crosses("UDP4", 61001) and not net.crosses("UDP4", 61002)


@topology("breach_proven", Want("routed", "gw", "udp"))
def test_udp_only(net: Net) -> None:
    """Only UDP goes through."""
    gateway(net, "meta l4proto udp accept", strict=True)
    assert net.crosses("UDP4", 123) and not net.crosses("TCP4", 443)


@topology("breach_proven", Want("routed", "gw", "icmp"))
def test_echo_only(net: Net) -> None:
    """Only echo requests and their answers go through."""
    gateway(net, "icmp type { echo-request, echo-reply } accept", strict=True)
    assert net.pings("probe", "198.51.100.50")


@topology("breach_proven", Want("routed", "gw"))
def test_one_ip_protocol_only(net: Net) -> None:
    """Only IP protocol 50 (ESP) goes through."""
    gateway(net, "ip protocol 50 accept", strict=True)
    assert net.crosses("IP4", 50) and not net.crosses("IP4", 47) and not net.crosses("UDP4", 53)


@topology("breach_proven", Want("routed", "gw"))
def test_one_way_out(net: Net) -> None:
    """Everything goes out, nothing comes back: one-ended tools see time-outs."""
    gateway(net, 'iifname "eth0" accept', strict=True)
    assert not net.pings("probe", "198.51.100.50")
    assert net.crosses("UDP4", 53)


@topology("breach_proven", Want("routed", "gw", exit="198.51.100.99"))
def test_source_nat_to_another_address(net: Net) -> None:
    """The address seen outside belongs to no leg that anybody listed."""
    gateway(net)
    net.nat("gw", "postrouting", "oifname eth1 snat to 198.51.100.99")


@topology("breach_proven", Want("inward|routed", "gw"), never=("forged-source",))
def test_one_way_in(net: Net) -> None:
    """Only what comes from outside passes."""
    gateway(net, 'iifname "eth1" accept', strict=True)
    assert net.crosses("UDP4", 53, "edge", "probe", "192.0.2.100") and not net.crosses("UDP4", 53)


@topology("breach_proven", Want("routed", "gw"), sentinels=("edge", "pub"))
def test_second_sentinel_on_another_segment(net: Net) -> None:
    """The first vantage point sees nothing, the second does."""
    ends(net)
    net.box("pub", {"far": ["203.0.113.50/24"]})
    net.box("site", {"far": ["203.0.113.10/24"]})
    net.box("gw", {"lan": ["192.0.2.1/24"], "far": ["203.0.113.1/24"]}, forward=True)
    net.book["isolation"][0]["sentinels"].append({"id": "pub", "addresses": ["203.0.113.50"]})
    net.book["zones"]["internet"]["networks"].append("203.0.113.0/24")
    net.book["scope"]["allow"].append("203.0.113.0/24")
    assert net.pings("pc", "203.0.113.50", via="192.0.2.1") is False  # no way back, as from a stranger


def flap(run: Run) -> None:
    """Three seconds up in every thirty, beginning late in the period."""
    assert run.probe is not None
    while run.probe.poll() is None:
        for state, seconds in (("down", 22.0), ("up", 3.0), ("down", 5.0)):
            run.net.ip("gw", "link", "set", "eth1", state)
            if state == "up":
                # An interface that goes down forgets its neighbours, not its address.
                run.net.says("gw", "ping", "-n", "-c", "1", "-W", "1", "198.51.100.50")
            deadline = time.monotonic() + seconds
            while time.monotonic() < deadline and run.probe.poll() is None:
                time.sleep(0.1)


@topology("breach_proven", Want("routed", "gw"), seconds=40, during=flap)
def test_link_up_three_seconds_in_thirty(net: Net) -> None:
    """A dial-up link, a timer, a switch-over card."""
    gateway(net)
    net.ip("gw", "link", "set", "eth1", "down")


def six_gateway(net: Net) -> None:
    """A router that forwards IPv6 only."""
    ends(net, six=True)
    net.box(
        "gw",
        {"lan": ["192.0.2.1/24", "2001:db8:1::1/64"], "out": ["198.51.100.1/24", "2001:db8:2::1/64"]},
        forward=True,
        ipv6=True,
        strict=True,
    )
    net.forwards_only("gw")


@topology("breach_proven", Want("routed", "gw"))
def test_ipv6_only(net: Net) -> None:
    """IPv4 is clean; IPv6 is forwarded."""
    six_gateway(net)
    net.route("edge", "2001:db8:1::/64", "via", "2001:db8:2::1")
    assert net.pings("probe", "2001:db8:2::50", via="2001:db8:1::1")


@topology("breach_proven", Want("routed", "cpe"))
def test_rogue_router_announcement(net: Net) -> None:
    """A box announces itself as IPv6 router and leads out."""
    ends(net, six=True)
    net.box("cpe", {"lan": ["2001:db8:1::77/64"], "out": ["2001:db8:2::77/64"]}, forward=True, ipv6=True)
    daemons.radvd(net, "cpe", "eth0", "2001:db8:1::/64")
    net.route("edge", "2001:db8:1::/64", "via", "2001:db8:2::77")
    eventually(lambda: net.pings("probe", "2001:db8:2::50"), "a way out that the announcement opened")


@topology("breach_proven", Want("routed|forged-source", "pc2"))
def test_weak_host_of_ipv6_only(net: Net) -> None:
    """A dual-homed machine whose IPv4 is strict and whose IPv6 answers through the other card."""
    ends(net, six=True)
    net.box("pc2", {"lan": ["2001:db8:1::20/64"], "out": ["2001:db8:2::20/64"]}, ipv6=True)
    assert net.pings("probe", "2001:db8:1::20") and not net.pings("probe", "2001:db8:2::50", via="2001:db8:1::20")
