"""Router announcements and leases on the inner segment are leads, and never more."""

from __future__ import annotations

from scapy.layers.dhcp import BOOTP, DHCP
from scapy.layers.inet import IP, UDP
from scapy.layers.inet6 import ICMPv6ND_RA, ICMPv6NDOptPrefixInfo, IPv6
from scapy.layers.l2 import Ether
from scapy.packet import Packet

from scanner.collect.sniff.look import Place, sighting
from scanner.facts.network.examine import examine
from scanner.facts.network.tally import ETHERNET, Tally
from tests.facts.network.made import Bench, T

ROGUE = "00:1b:21:00:00:66"


def leads(*packets: Packet) -> list[tuple[str, str, str]]:
    bench, tally = Bench(), Tally()
    frames = [bytes(packet) for packet in packets]
    tally.add([(T + 3, ETHERNET, frame, len(frame)) for frame in frames])
    about = {"how": "live", "name": "e0", "buffer": 1 << 20}
    bench.more["in"] = {"sighting": sighting(Place("lan", "inner", ()), about, T, T + 50, "whole", 0, {}, tally)}
    seen = examine(bench.trials())
    assert (seen.breaches, seen.shared, seen.lacks) == ((), (), ())
    return [(path["kind"], path["strength"], path["via"]) for path in seen.leads]


def advert(prefix: str, lifetime: int = 1800) -> Packet:
    return (
        Ether(src=ROGUE)
        / IPv6(src="fe80::66", dst="ff02::1")
        / ICMPv6ND_RA(routerlifetime=lifetime)
        / ICMPv6NDOptPrefixInfo(prefix=prefix, prefixlen=64)
    )


def offer(server: str, router: str) -> Packet:
    told = [("message-type", "offer"), ("server_id", server), ("router", router), "end"]
    return (
        Ether(src=ROGUE)
        / IP(src=server, dst="255.255.255.255")
        / UDP(sport=67, dport=68)
        / BOOTP(op=2, yiaddr="192.0.2.77")
        / DHCP(options=told)
    )


def test_a_router_that_announces_itself_is_a_lead() -> None:
    assert leads(advert("2001:db8:66::")) == [("lead-router", "C", "fe80::66")]


def test_a_host_that_answers_without_being_a_router_is_none() -> None:
    assert leads(advert("2001:db8:66::", 0)) == []


def test_a_lease_with_a_way_out_that_is_not_declared_is_more_than_one_of_the_zone() -> None:
    assert leads(offer("192.0.2.1", "192.0.2.1")) == [("lead-leases", "D", "192.0.2.1")]
    assert leads(offer("192.168.1.1", "192.168.1.1")) == [("lead-leases", "C", "192.168.1.1")]
