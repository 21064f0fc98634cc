"""Every template: what is filled in is a frame that scapy reads back with the checksums that scapy itself would set."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address

import pytest
from scapy.layers.dns import DNS
from scapy.layers.inet import IP, TCP, UDP
from scapy.layers.inet6 import IPv6
from scapy.layers.l2 import ARP, Dot1Q, Ether

from scanner.collect.trial import templates as t
from scanner.collect.trial.presses import press
from scanner.facts.network import tokens
from scanner.facts.network.craft import Template

from .scapy_sums import again

SEED = bytes(range(32))
MAGIC = tokens.magic(SEED)
STREAM = tokens.stream(SEED, tokens.label("in", 7), 65_536)
MARK = t.Mark(MAGIC, 7)
ME, HOP = bytes.fromhex("020000000001"), bytes.fromhex("020000000002")
LINK = t.Link(ME, HOP)
A4, B4, C4, D4 = (IPv4Address(text) for text in ("192.0.2.1", "198.51.100.9", "10.0.0.1", "10.0.0.2"))
A6, B6 = IPv6Address("2001:db8:1::1"), IPv6Address("2001:db8:2::9")
L6 = IPv6Address("fe80::1")

PORTED = {
    "syn": t.syn(LINK, A4, B4, MARK, sport=40_001),
    "syn6": t.syn(LINK, A6, B6, MARK, sport=40_001),
    "udp": t.udp(LINK, A4, B4, MARK, sport=40_001),
    "udp6": t.udp(LINK, A6, B6, MARK, sport=40_001),
    "udp-log": t.log(LINK, A4, B4, MARK, sport=40_001),
    "udp-log6": t.log(LINK, A6, B6, MARK, sport=40_001),
}
CARRYING = {
    "udp": PORTED["udp"],
    "udp6": PORTED["udp6"],
    "log": PORTED["udp-log"],
    "log6": PORTED["udp-log6"],
    "mdns": t.mdns(ME, A4, MARK),
    "udp-port": t.udp(LINK, A4, B4, MARK, sport=1, port=123),
    "udp-tagged": t.udp(t.Link(ME, HOP, (5,)), A4, B4, MARK, sport=1, port=123),
    "forged": t.udp(LINK, B4, A4, MARK, sport=1, port=123),
    "echo": t.echo(LINK, A4, B4, MARK, ident=3),
    "echo6": t.echo(LINK, A6, B6, MARK, ident=3),
    "proto": t.protocol(LINK, A4, B4, MARK),
    "proto6": t.protocol(LINK, A6, B6, MARK),
    "bare": t.bare(t.Link(ME, t.ALL), MARK),
    "vlan": t.vlan(ME, t.ALL, MARK),
    "double": t.vlan(ME, t.ALL, MARK, outer=1),
    "arp": t.arp(t.Link(ME, t.ALL), A4, IPv4Address("192.0.2.2"), MARK),
    "dhcp": t.dhcp_discover(ME, MARK),
    "dhcpv6": t.dhcpv6_solicit(ME, L6, MARK),
    "ssdp": t.ssdp(ME, A4, MARK, sport=40_002),
    "dns": t.dns(LINK, A4, B4, MARK, domain="beacon.example", sport=40_003),
    "dns6": t.dns(LINK, A6, B6, MARK, domain="beacon.example", sport=40_003),
    **{f"gre-{n}": t.tunnelled(LINK, (A4, B4), "gre", ends, MARK) for n, ends in (("4", (C4, D4)), ("6", (A6, B6)))},
    **{f"ipip-{n}": t.tunnelled(LINK, (A4, B4), "ipip", ends, MARK) for n, ends in (("4", (C4, D4)), ("6", (A6, B6)))},
    **{f"vxlan-{n}": t.tunnelled(LINK, (A4, B4), "vxlan", ends, MARK) for n, ends in (("4", (C4, D4)), ("6", (A6, B6)))},
    "6-in-6": t.tunnelled(LINK, (A6, B6), "ipip", (A6, B6), MARK),
}
PLAIN = {
    "arp": t.arp(t.Link(ME, t.ALL), A4, IPv4Address("192.0.2.2")),
    "ns": t.solicit(ME, L6, B6),
    "rs": t.router_solicit(ME, L6),
    "syn-port": t.syn(LINK, A4, B4, MARK, sport=1, port=443),
}
EVERY = {**{f"c-{name}": one for name, one in CARRYING.items()}, **{f"p-{name}": one for name, one in {**PORTED, **PLAIN}.items()}}


def fill(template: Template, index: int) -> bytes:
    return template.fill(index, STREAM[8 * index : 8 * index + 8])


@pytest.mark.parametrize("name", EVERY)
@pytest.mark.parametrize("index", [0, 1, 6, 255, 4094, 65_535])
def test_checksums_are_those_that_scapy_sets(name: str, index: int) -> None:
    if index == 0 or (name in ("c-proto", "c-proto6") and index % 256 in (6, 17, 1, 0, 58, 255, 254)):
        # As another protocol the token would be read as its header; of the IP header's own sum other indices speak.
        index = 253
    frame = fill(EVERY[name], index)
    assert again(frame) == frame


@pytest.mark.parametrize("name", EVERY)
def test_both_presses_make_them(name: str) -> None:
    template, width = EVERY[name], len(EVERY[name].frame)
    indices = [0, 1, 80, 443, 4094, 9999, 65_535]
    for bulk in (True, False):
        maker = press(template, STREAM, bulk=bulk)
        count = maker.fill(indices)
        assert [bytes(maker.slots.data[at * width : (at + 1) * width]) for at in range(count)] == [
            fill(template, index) for index in indices
        ]


@pytest.mark.parametrize("name", CARRYING)
@pytest.mark.parametrize("index", [0, 1, 65_535])
def test_the_token_is_found_in_them(name: str, index: int) -> None:
    found = list(tokens.find(SEED, fill(CARRYING[name], index), ("in", "out:edge")))
    assert [(one.end, one.trial, one.index) for one in found] == [("in", 7, index)]


@pytest.mark.parametrize("name", PORTED)
def test_the_index_is_the_port(name: str) -> None:
    packet = Ether(fill(PORTED[name], 40_404))
    layer = packet[UDP] if "udp" in name else packet[TCP]
    assert (layer.sport, layer.dport) == (40_001, 40_404)


@pytest.mark.parametrize("name", ["syn", "syn6"])
def test_an_opening_carries_the_token_as_its_sequence_number(name: str) -> None:
    tcp = Ether(fill(PORTED[name], 8080))[TCP]
    assert tcp.seq.to_bytes(4, "big") == STREAM[8 * 8080 : 8 * 8080 + 4]
    assert dict(tcp.options)["Timestamp"] == (int.from_bytes(MAGIC[:4], "big"), 0)
    assert tcp.flags == "S"


def test_the_index_is_the_protocol_number_and_the_vlan() -> None:
    assert Ether(fill(CARRYING["proto"], 132))[IP].proto == 132
    assert Ether(fill(CARRYING["proto6"], 132))[IPv6].nh == 132
    assert Ether(fill(CARRYING["vlan"], 4094))[Dot1Q].vlan == 4094
    both = Ether(fill(CARRYING["double"], 77))
    assert (both[Dot1Q].vlan, both[Dot1Q].payload.vlan) == (1, 77)


def test_questions() -> None:
    arp = Ether(PLAIN["arp"].frame)
    assert (arp[ARP].op, arp[ARP].pdst, arp.dst, len(PLAIN["arp"].frame)) == (1, "192.0.2.2", "ff:ff:ff:ff:ff:ff", 60)
    assert Ether(PLAIN["ns"].frame).dst == "33:33:ff:00:00:09"
    name = Ether(fill(CARRYING["dns"], 3))[DNS].qd[0].qname
    assert name == tokens.payload(SEED, "in", 7, 3).hex().encode() + b".beacon.example."


def test_an_unknown_tunnel_is_refused() -> None:
    with pytest.raises(ValueError, match="l2tp"):
        t.tunnelled(LINK, (A4, B4), "l2tp", (C4, D4), MARK)
