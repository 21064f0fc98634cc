"""Frames of the kit, with scapy as the second opinion."""

from __future__ import annotations

import ipaddress

import pytest
from scapy.layers.inet import ICMP, IP, TCP, UDP
from scapy.layers.inet6 import IPv6
from scapy.layers.l2 import ARP, GRE, Dot1Q, Ether
from scapy.layers.vxlan import VXLAN

from scanner.collect.trial.journal import Draft, Journal
from scanner.collect.trial.kit import Kit
from scanner.facts.network import tokens
from scanner.facts.network.craft import Template
from scanner.facts.network.plan import read_plan

SEED = bytes(range(32))
PLAN = read_plan(
    {
        "schema": "shiqu/isolation-plan/1", "id": tokens.plan_id(SEED), "seed": SEED.hex(), "pair": "lan:net", "require": "physical",
        "created": "", "seconds": 30, "zones": {"lan": {"kind": "lan"}, "net": {"kind": "internet"}}, "sentinels": [{"id": "edge", "addresses": ["198.51.100.50"]}],
    }
)  # fmt: skip
VIA = "02:00:00:00:00:99"
FOUR = (ipaddress.ip_address("192.0.2.7"), ipaddress.ip_address("198.51.100.50"))
SIX = (ipaddress.ip_address("2001:db8:1::7"), ipaddress.ip_address("2001:db8:2::50"))


@pytest.fixture
def journal() -> Journal:
    return Journal(PLAN, "in")


@pytest.fixture
def kit(journal: Journal) -> Kit:
    return Kit(bytes.fromhex("020000000001"), journal)


def made(journal: Journal, draft: Draft, template: Template, index: int) -> bytes:
    return template.fill(index, journal.token(draft, index))


def rebuilt(frame: bytes, without: bool = False) -> bytes:
    """The frame with every checksum and length made anew by scapy; ``without``: the last UDP header goes without a checksum."""
    packet = Ether(frame)
    layer = packet
    while layer:
        last = without and isinstance(layer, UDP) and UDP not in layer.payload
        for field in ("len", "plen") if last else ("chksum", "len", "plen", "cksum"):
            if field in getattr(layer, "fields", {}):
                delattr(layer, field)
        layer = layer.payload
    return bytes(packet)


@pytest.mark.parametrize("pair", [FOUR, SIX])
@pytest.mark.parametrize("index", [0, 80, 65535])
@pytest.mark.parametrize("name", ["tcp", "udp", "echo"])
def test_checksums_and_lengths_are_those_of_scapy(kit: Kit, journal: Journal, pair: tuple, index: int, name: str) -> None:  # type: ignore[type-arg]
    draft = journal.trial("matrix", "routed", name)
    frame = made(journal, draft, getattr(kit, name)(draft, VIA, *pair), index)
    assert frame == rebuilt(frame)


def test_a_syn_carries_token_and_magic(kit: Kit, journal: Journal) -> None:
    draft = journal.trial("matrix", "routed", "tcp")
    packet = Ether(made(journal, draft, kit.tcp(draft, VIA, *FOUR), 443))
    assert packet[TCP].dport == 443 and packet[TCP].flags == "S" and packet[IP].dst == "198.51.100.50"
    assert packet[TCP].seq == int.from_bytes(journal.token(draft, 443)[:4], "big")
    assert dict(packet[TCP].options)["Timestamp"] == (int.from_bytes(tokens.magic(SEED)[:4], "big"), 0)


@pytest.mark.parametrize(("name", "layer"), [("udp", UDP), ("echo", ICMP)])
def test_a_payload_token_is_found_in_the_frame(kit: Kit, journal: Journal, name: str, layer: type) -> None:
    draft = journal.trial("matrix", "routed", name)
    frame = made(journal, draft, getattr(kit, name)(draft, VIA, *FOUR), 7)
    assert layer in Ether(frame)
    assert [(f.end, f.trial, f.index) for f in tokens.find(SEED, frame, ("in",))] == [("in", draft.n, 7)]


def test_every_protocol_number_is_sent(kit: Kit, journal: Journal) -> None:
    draft = journal.trial("matrix", "routed", "ip")
    template = kit.protocol(draft, VIA, *FOUR)
    for number in (0, 47, 255):
        frame = made(journal, draft, template, number)
        assert frame[23] == number and frame == rebuilt(frame)[: len(frame)]


@pytest.mark.parametrize("outer", [None, 1])
def test_a_vlan_tag_holds_the_index(kit: Kit, journal: Journal, outer: int | None) -> None:
    draft = journal.trial("vlan", "vlan", "eth")
    packet = Ether(made(journal, draft, kit.vlan(draft, outer), 4094))
    ids = [packet[Dot1Q].vlan] if outer is None else [packet[Dot1Q].vlan, packet[Dot1Q].payload.vlan]
    assert ids == ([4094] if outer is None else [1, 4094])
    assert next(tokens.find(SEED, bytes(packet), ("in",))).index == 4094


@pytest.mark.parametrize(("carrier", "layer"), [("gre", GRE), ("ipip", IP), ("vxlan", VXLAN)])
def test_a_tunnel_carries_a_token(kit: Kit, journal: Journal, carrier: str, layer: type) -> None:
    draft = journal.trial("tunnel", "tunnel", "ip")
    end = ipaddress.ip_address("192.0.2.9")
    frame = made(journal, draft, kit.carried(draft, carrier, (VIA, FOUR[0], end), FOUR, 42), 0)
    packet = Ether(frame)
    assert frame == rebuilt(frame) and layer in packet and packet[IP].dst == "192.0.2.9"
    assert next(tokens.find(SEED, frame, ("in",))).trial == draft.n


def test_six_in_four(kit: Kit, journal: Journal) -> None:
    draft = journal.trial("tunnel", "tunnel", "ip")
    frame = made(journal, draft, kit.carried(draft, "6in4", (VIA, FOUR[0], FOUR[1]), SIX), 0)
    assert frame == rebuilt(frame) and UDP in Ether(frame) and Ether(frame)[IPv6].dst == "2001:db8:2::50"


def test_arp_and_neighbour_questions(kit: Kit) -> None:
    asked = Ether(kit.arp(ipaddress.IPv4Address("192.0.2.9"), FOUR[0]))
    assert (asked[ARP].op, asked[ARP].pdst, asked[ARP].psrc) == (1, "192.0.2.9", "192.0.2.7")
    for frame in (kit.solicit(SIX[1], SIX[0]), *kit.hello6(SIX[0])):  # type: ignore[arg-type]
        assert frame == rebuilt(frame) and Ether(frame).dst.startswith("33:33:")


@pytest.mark.parametrize("carrier", ["gre", "ipip", "vxlan"])
@pytest.mark.parametrize("pair", [FOUR, SIX], ids=["v4", "v6"])
def test_one_trial_reaches_many_machines_behind_a_tunnel(kit: Kit, journal: Journal, carrier: str, pair: tuple) -> None:  # type: ignore[type-arg]
    draft = journal.trial("inward-tunnel", "tunnel", carrier, what="host")
    template = kit.spread(draft, carrier, (VIA, FOUR[0], ipaddress.ip_address("198.51.100.20")), pair, 42 if carrier == "vxlan" else 0)
    for host in (0x0264, 0xFFFE):
        frame = made(journal, draft, template, host)
        packet = Ether(frame)
        inner = (packet[VXLAN] if carrier == "vxlan" else packet[IP].payload)[IP if pair is FOUR else IPv6]
        assert int(ipaddress.ip_address(inner.dst)) & 0xFFFF == host and inner.src == str(pair[0])
        assert inner[UDP].chksum == 0 and next(tokens.find(SEED, frame, ("in",))).index == host
        # All other sums are right, those of the carrier over what it carries too.
        assert frame == rebuilt(frame, without=True)
