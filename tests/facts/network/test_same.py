"""Two segments compared: what proves a link, what only suggests one, and what must never alarm."""

from __future__ import annotations

import ipaddress
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scapy.layers.dhcp import BOOTP, DHCP
from scapy.layers.dns import DNS, DNSRR
from scapy.layers.inet import IP, UDP
from scapy.layers.inet6 import ICMPv6ND_RA, ICMPv6NDOptPrefixInfo, IPv6
from scapy.layers.l2 import ARP, LLC, STP, Dot1Q, Dot3, Ether
from scapy.layers.vrrp import VRRP
from scapy.layers.vxlan import VXLAN

from scanner.facts.network.both_sides import both_sides
from scanner.facts.network.macs import virtual_kind
from scanner.facts.network.places import registrable
from scanner.facts.network.same import Coincidence, compare
from scanner.facts.network.sighting import SCHEMA, Sighting, sighting_of
from scanner.facts.network.tally import ETHERNET, Tally
from scanner.model.absent import Absent
from scanner.model.canonical import canonical, strict_loads
from tests.facts.network.test_talk import hello
from tests.facts.network.wire import HERE, THERE, over_ether, tcp, udp

LAN = ipaddress.ip_network("192.0.2.0/24")
NET = ipaddress.ip_network("198.51.100.0/24")
BOX = "00:1b:21:aa:bb:01"


def summary(frames: list[bytes], at: float = 1000.0, **changed: Any) -> dict[str, Any]:
    tally = Tally()
    tally.add([(at + i, ETHERNET, data, len(data)) for i, data in enumerate(frames)])
    head = {
        "schema": SCHEMA,
        "zone": "",
        "end": "",
        "networks": [],
        "source": {"how": "live", "name": "x"},
        "started": at,
        "finished": at + 60,
    }
    return head | {"ended": "whole", "dropped": 0, "troubles": {}} | tally.summary() | changed


def sight(*frames: bytes, at: float = 1000.0) -> Sighting:
    found = sighting_of(strict_loads(canonical(summary(list(frames), at))))
    assert isinstance(found, Sighting)
    return found


def arp(mac: str, address: str, wanted: str = "192.0.2.254", reply: bool = False) -> bytes:
    return over_ether(ARP(op=2 if reply else 1, hwsrc=mac, psrc=address, hwdst=THERE, pdst=wanted), src=mac)


def bpdu(root: str, bridge: str, vlan: int = 0) -> bytes:
    tree = STP(rootid=32768 + vlan, rootmac=root, bridgeid=32768 + vlan, bridgemac=bridge)
    return bytes(Dot3(src=bridge, dst="01:80:c2:00:00:00") / LLC(dsap=0x42, ssap=0x42, ctrl=3) / tree)


def lldp(chassis: bytes, port: bytes, mac: str = HERE) -> bytes:
    unit = bytes([2, len(chassis)]) + chassis + bytes([4, len(port) + 1, 5]) + port + b"\6\2\0\x78\0\0"
    return over_ether(unit, src=mac, type=0x88CC)


def mdns(name: str, mac: str = HERE) -> bytes:
    return udp(DNS(qr=1, qd=[], an=[DNSRR(rrname=name, type="A", rdata="192.0.2.7")]), 5353, 5353, dst="224.0.0.251", mac=mac)


def strongest(inner: Sighting, outer: Sighting) -> list[tuple[str, str]]:
    return [(found.kind, found.strength) for found in compare(inner, outer, [LAN], [NET])]


def test_one_mac_on_both_sides() -> None:
    inner, outer = sight(arp(BOX, "192.0.2.5")), sight(arp(BOX, "198.51.100.5", "198.51.100.1"))
    found = compare(inner, outer, [LAN], [NET])
    assert [(item.kind, item.strength, item.what, item.why) for item in found] == [("shared-mac", "B", BOX, "at-the-same-time")]
    later = sight(arp(BOX, "198.51.100.5", "198.51.100.1"), at=90_000.0)
    assert [(item.strength, item.why) for item in compare(inner, later, [LAN], [NET])] == [("C", "at-different-times")]


SHARED = ["00:00:5e:00:01:07", "00:00:0c:07:ac:01", "00:00:0c:9f:f0:05", "00:07:b4:00:01:02", "02:42:ac:11:00:02", "00:11:22:33:44:55",
          "00:09:0f:09:00:02", "00:1b:17:00:01:10", "00:10:db:ff:10:00", "00:1c:73:00:00:99", "0c:5b:8f:27:9a:64"]  # fmt: skip


@pytest.mark.parametrize("mac", SHARED)
def test_shared_and_made_up_macs_are_no_proof(mac: str) -> None:
    assert virtual_kind(mac)
    assert strongest(sight(arp(mac, "192.0.2.5")), sight(arp(mac, "198.51.100.5", "198.51.100.1"))) == []


@pytest.mark.parametrize("guest", ["52:54:00:12:34:56", "00:15:5d:01:0a:00", "00:0c:29:12:34:56", "08:00:27:12:34:56", "02:50:56:56:44:52"])
def test_a_mac_that_software_set_may_have_been_copied(guest: str) -> None:
    found = compare(sight(arp(guest, "192.0.2.5")), sight(arp(guest, "198.51.100.5", "198.51.100.1")), [LAN], [NET])
    assert [(item.kind, item.strength, item.why) for item in found] == [("shared-mac", "C", "set-by-software")]


def test_neighbours_of_one_batch_are_nothing() -> None:
    inner, outer = sight(arp("00:1b:21:aa:bb:01", "192.0.2.5")), sight(arp("00:1b:21:aa:bb:02", "198.51.100.5", "198.51.100.1"))
    assert strongest(inner, outer) == []


def test_the_same_group_of_routers_on_both_sides_is_nothing() -> None:
    def group(src: str) -> bytes:
        return over_ether(
            IP(src=src, dst="224.0.0.18", ttl=255, proto=112) / VRRP(vrid=1, addrlist=["192.0.2.254"]), src="00:00:5e:00:01:01"
        )

    inner, outer = sight(group("192.0.2.2")), sight(group("198.51.100.2"))
    assert inner.rows("redundant") and strongest(inner, outer) == []


def test_one_spanning_tree() -> None:
    root = "00:1b:21:00:00:0a"
    inner, outer = sight(bpdu(root, "00:1b:21:00:00:01")), sight(bpdu(root, "00:1b:21:00:00:02"))
    assert strongest(inner, outer) == [("shared-bridge", "B")]
    # One switch with a tree for each VLAN stands on both segments; its trees do not join them.
    assert strongest(sight(bpdu(root, root, 10)), sight(bpdu(root, root, 20))) == [("same-box", "B"), ("shared-mac", "B")]
    assert strongest(sight(bpdu(root, root)), sight(bpdu("00:1b:21:00:00:0b", "00:1b:21:00:00:0b"))) == []


def test_one_chassis() -> None:
    by_mac = b"\4\x00\x1b\x21\x00\x00\x0c"
    assert strongest(sight(lldp(by_mac, b"ge1")), sight(lldp(by_mac, b"ge2", THERE))) == [("same-box", "B")]
    by_word = b"\7core-sw-7"
    assert strongest(sight(lldp(by_word, b"ge1")), sight(lldp(by_word, b"ge2", THERE))) == [("same-box", "C")]
    plain = b"\7switch"
    assert strongest(sight(lldp(plain, b"ge1")), sight(lldp(plain, b"ge2", THERE))) == []


def test_addresses_on_the_wrong_side() -> None:
    outer = sight(arp("00:1b:21:00:00:02", "198.51.100.9", "198.51.100.1"))
    assert strongest(sight(arp("00:1b:21:00:00:01", "198.51.100.9")), outer) == [("foreign-address", "C")]
    # A gateway that answers for everything claims many.
    proxy = sight(*(arp("00:1b:21:00:00:01", f"198.51.100.{i}", reply=True) for i in range(10, 20)))
    assert set(strongest(proxy, outer)) == {("foreign-address", "D")}
    assert strongest(sight(arp("00:1b:21:00:00:01", "192.0.2.5", "198.51.100.7")), outer) == [("foreign-address", "D")]


def test_names_are_indicators_only() -> None:
    assert strongest(sight(mdns("pc-7.local")), sight(mdns("pc-7.local", THERE))) == [("same-name", "C")]
    assert strongest(sight(mdns("localhost.local")), sight(mdns("localhost.local", THERE))) == []

    def lease(mac: str) -> bytes:
        options = [("message-type", 1), ("client_id", b"\xff1234"), "end"]
        asked = BOOTP(op=1, chaddr=bytes.fromhex(mac.replace(":", ""))) / DHCP(options=options)
        return udp(asked, 68, 67, src="0.0.0.0", dst="255.255.255.255", mac=mac)

    found = compare(sight(lease(HERE)), sight(lease(THERE)), [LAN], [NET])
    assert [(item.kind, item.strength, item.why) for item in found] == [("same-name", "C", "copied-with-a-disk")]
    assert "31323334" not in str(found[0].data)


def test_a_tunnel_that_carries_an_inner_device() -> None:
    inside = Ether(src=BOX, dst=THERE) / IP(src="192.0.2.5", dst="192.0.2.6") / UDP()
    carried = over_ether(IP(src="198.51.100.3", dst="198.51.100.4") / UDP(dport=4789) / VXLAN(vni=5) / inside)
    assert strongest(sight(arp(BOX, "192.0.2.5")), sight(carried)) == [("tunnel", "B")]


def test_a_sighting_keeps_no_contents() -> None:
    request = b"POST http://files.example.com/secret HTTP/1.1\r\nHost: files.example.com\r\nCookie: hidden=1\r\n\r\nhidden words"
    text = canonical(
        summary([tcp(request, dport=8080), tcp(hello("who.looked.archives.gov.cn")), udp(b"hidden words", 4000, 4001)])
    ).decode()
    for word in ("hidden", "secret", "who.looked", "cookie"):
        assert word not in text.lower()
    assert "archives.gov.cn" in text


def test_registrable_suffixes() -> None:
    cases = {
        "a.b.example.com": "example.com",
        "x.archives.gov.cn": "archives.gov.cn",
        "www.saac.zj.cn": "saac.zj.cn",
        "pc.local": "",
        "one": "",
        "192.0.2.1": "",
    }
    assert {name: registrable(name) for name in cases} == cases


def test_what_is_counted_by_key_equals_what_is_taken_apart() -> None:
    frames = [tcp(b"x" * 9, ttl=63), udp(b"y", 4000, 4001), over_ether(Dot1Q(vlan=7) / IP(src="192.0.2.1", dst="192.0.2.2") / UDP())] * 5
    frames += [over_ether(IPv6(src="fe80::1", dst="ff02::1", hlim=255) / ICMPv6ND_RA() / ICMPv6NDOptPrefixInfo(prefix="2001:db8::"))]
    found = summary(frames)
    assert found["frames"] == 16 and found["macs"][0]["frames"] == 16 and found["macs"][0]["ttls"] == [63, 64, 255]
    assert found["vlans"][0]["frames"] == 5 and found["routers"][0]["prefixes"] == ["2001:db8::/64"]
    assert canonical(found) == canonical(summary(frames))


def test_nothing_seen_is_no_clean_sheet() -> None:
    assert isinstance(sighting_of(summary([])), Absent)
    cut = sighting_of(summary([arp(HERE, "192.0.2.1")], ended="cut", troubles={"record-cut": 1}))
    assert isinstance(cut, Sighting) and not cut.whole and cut.hindrance == "capture cut; record-cut 1"
    assert Coincidence is not None


TELLING = [
    arp(HERE, "192.0.2.1"), bpdu(BOX, BOX), lldp(b"\7sw", b"ge1"), mdns("pc-7.local"), tcp(hello("a.example.org")), tcp(b"GET http://x/ HTTP/1.1\r\n\r\n"),
    over_ether(IPv6(src="fe80::1", dst="ff02::1", hlim=255) / ICMPv6ND_RA() / ICMPv6NDOptPrefixInfo(prefix="2001:db8::")),
    over_ether(IP(src="198.51.100.3", dst="198.51.100.4") / UDP(dport=4789) / VXLAN(vni=5) / Ether(src=BOX, dst=THERE) / ARP(psrc="192.0.2.1")),
    udp(BOOTP(op=2) / DHCP(options=[("message-type", 2), ("server_id", "192.0.2.1"), ("router", "192.0.2.1"), "end"]), 67, 68),
]  # fmt: skip


@settings(max_examples=300, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(TELLING), st.integers(0, 400), st.binary(max_size=30)), max_size=12))
def test_any_wire_gives_a_sighting_that_can_be_read(bends: list[tuple[bytes, int, bytes]]) -> None:
    frames = [(raw[:at] + bent + raw[at + len(bent) :]) if at < len(raw) else raw for raw, at, bent in bends]
    data = strict_loads(canonical(summary(frames)))
    found = sighting_of(data)
    assert isinstance(found, Absent) == (not frames)
    if isinstance(found, Sighting):
        compare(found, found, [LAN], [NET])


def test_both_sides_as_paths() -> None:
    inner = sighting_of(summary([arp(BOX, "192.0.2.5"), mdns("pc-7.local")], zone="lan"))
    outer = sighting_of(summary([arp(BOX, "198.51.100.5", "198.51.100.1"), mdns("pc-7.local", THERE)], end="outer"))
    third = sighting_of(summary([arp(BOX, "203.0.113.5", "203.0.113.1")], zone="extranet"))
    assert isinstance(inner, Sighting) and isinstance(outer, Sighting) and isinstance(third, Sighting)
    named = [("a", inner), ("b", outer), ("c", third)]
    strong, leads = both_sides("lan", "internet", named, {"lan": [LAN], "internet": [NET]})
    assert [(path["kind"], path["strength"], path["via"], path["captures"]) for path in strong] == [("shared-mac", "B", BOX, ["a", "b"])]
    assert [(path["kind"], path["strength"]) for path in leads] == [("lead-same-name", "C")]
    declared = [{"id": "diode-1", "device": {"address": "192.0.2.9", "mac": BOX.upper()}}]
    assert both_sides("lan", "internet", named, {}, declared)[0][0]["crossing"] == "diode-1"
    assert both_sides("lan", "internet", named, {}, own=frozenset({BOX}))[0] == []
    assert both_sides("lan", "internet", [("c", third)], {}) == ([], [])
