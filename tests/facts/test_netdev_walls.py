"""Flows between two zones where the text does not settle it: firewalls, IPv6, several wires, any bytes, and large boxes."""

from __future__ import annotations

import ipaddress
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scanner.facts.fact import read, spec_of
from scanner.facts.netdev import Flow, Zones
from scanner.facts.netdev.masking import mask_config
from scanner.model.absent import Absent
from scanner.model.evidence import Answer
from tests.facts.flows import (
    ALL,
    COMWARE,
    HUAWEI,
    IOS,
    VRP,
    WRAP,
    ZONES,
    bind,
    flow,
    legs,
    lists,
    separator,
    zones,
)


@pytest.mark.parametrize(
    ("vendor", "text"),
    [
        (IOS, "interface Vlan10\n ip address 192.0.2.1 255.255.255.0\n!\ninterface Vlan20\n ip address 198.51.100.1 255.255.255.0\n!\ninterface GigabitEthernet0/1\n switchport mode access\n"),
        (IOS, legs(IOS, " ip policy route-map X\n")),
        (VRP, legs(VRP, " traffic-policy X inbound\n")),
        (COMWARE, "object-policy ip A\n rule 0 pass\n#\nsecurity-zone name T\n import interface Vlan-interface10\n#\nsecurity-zone name U\n import interface Vlan-interface20\n#\n" + legs(COMWARE)),
        (VRP, legs(VRP, " frobnicate\n")),
    ],
)  # fmt: skip
def test_what_the_text_does_not_settle(vendor: str, text: str) -> None:
    assert zones(vendor, text).flow(ZONES, "lan", "internet").state == "undecided"


@pytest.mark.parametrize("vendor", ALL)
def test_ipv6_has_its_own_way(vendor: str) -> None:
    six = (" ipv6 address 2001:db8:1::1/64\n", " ipv6 address 2001:db8:2::1/64\n")
    if vendor == VRP:
        six = (" ipv6 enable\n" + six[0], " ipv6 enable\n" + six[1])
    switched_on = {IOS: "ipv6 unicast-routing\n!\n", VRP: "ipv6\n#\n"}.get(vendor, "")
    text = switched_on + lists(vendor, "deny ip any any") + separator(vendor) + legs(vendor, bind(vendor) + six[0], six[1])
    found = flow(vendor, text)
    assert (found.state, found.source, found.destination) == ("flow", "2001:db8:1::a", "2001:db8:2::a")


FIREWALL = {
    VRP: "firewall zone trust\n set priority 85\n add interface Vlanif10\n#\nfirewall zone untrust\n set priority 5\n add interface Vlanif20\n#\n"
    "security-policy\n rule name web\n  source-zone trust\n  destination-zone untrust\n  source-address 192.0.2.0 mask 255.255.255.0\n  service https\n  action {}\n#\n",
    COMWARE: "security-zone name Trust\n import interface Vlan-interface10\n#\nsecurity-zone name Untrust\n import interface Vlan-interface20\n#\n"
    "security-policy ip\n rule 0 name web\n  action {}\n  source-zone Trust\n  destination-zone Untrust\n  source-ip-subnet 192.0.2.0 255.255.255.0\n  service https\n#\n",
}  # fmt: skip


@pytest.mark.parametrize("vendor", HUAWEI)
def test_a_firewalls_own_rules(vendor: str) -> None:
    permit, deny = ("permit", "deny") if vendor == VRP else ("pass", "drop")
    found = flow(vendor, FIREWALL[vendor].format(permit) + legs(vendor))
    assert (found.state, found.protocol, found.port) == ("flow", "tcp", 443)
    assert flow(vendor, FIREWALL[vendor].format(deny) + legs(vendor)).state == "blocked"
    assert flow(vendor, FIREWALL[vendor].format(permit) + legs(vendor), "internet", "lan").state == "blocked"


def test_only_replies_pass() -> None:
    found = flow(IOS, lists(IOS, "permit tcp any any established") + "!\n" + legs(IOS, bind(IOS)))
    assert found.state == "flow" and found.replies_only


def test_both_zones_on_one_wire() -> None:
    text = "interface Vlan10\n ip address 192.0.2.1 255.255.255.0\n ip address 198.51.100.1 255.255.255.0 secondary"
    found = flow(IOS, text)
    assert (found.state, found.enters, found.leaves) == ("flow", "Vlan10", "Vlan10")


BORDER = (
    "interface GigabitEthernet0/0\n ip address 203.0.113.1 255.255.255.252\n!\ninterface GigabitEthernet0/1\n ip address 203.0.113.5 255.255.255.252\n!\n"
    "ip route 192.0.2.0 255.255.255.0 203.0.113.2\nip route 0.0.0.0 0.0.0.0 203.0.113.6"
)


def test_zones_behind_other_routers() -> None:
    out, back = flow(IOS, BORDER), flow(IOS, BORDER, "internet", "lan")
    assert (out.state, out.enters, out.leaves) == ("flow", "GigabitEthernet0/0", "GigabitEthernet0/1")
    assert (back.state, back.enters, back.leaves) == ("flow", "GigabitEthernet0/1", "GigabitEthernet0/0")


def test_two_subnets_of_one_zone_are_no_crossing() -> None:
    text = (
        "interface Vlan10\n ip address 192.0.2.1 255.255.255.128\n!\ninterface Vlan11\n ip address 192.0.2.129 255.255.255.128\n!\n"
        "ip route 0.0.0.0 0.0.0.0 192.0.2.126"
    )
    assert flow(IOS, text).state == "blocked" and flow(IOS, text, "internet", "lan").state == "absent"


def test_a_subinterface_of_a_port_that_is_shut() -> None:
    text = (
        "interface GigabitEthernet0/0\n shutdown\n!\ninterface GigabitEthernet0/0.10\n encapsulation dot1Q 10\n ip address 192.0.2.1 255.255.255.0\n!\n"
        "interface GigabitEthernet0/1\n ip address 198.51.100.1 255.255.255.0"
    )
    assert flow(IOS, text).state == "absent"


def test_no_forwarding_no_flow() -> None:
    assert flow(IOS, "no ip routing\n!\n" + legs(IOS)).state == "absent"


@settings(deadline=None, max_examples=200)
@given(st.binary(max_size=500), st.sampled_from(ALL))
def test_any_bytes_give_a_fact_or_a_reason(data: bytes, vendor: str) -> None:
    before, after = WRAP[vendor].encode().split(b"{}")
    found = read(spec_of(Zones), Answer(mask_config(before + data + after)))
    assert isinstance(found, Zones | Absent)
    if isinstance(found, Zones):
        assert isinstance(found.flow(ZONES, "lan", "internet", True), Flow)


WORDS = st.sampled_from([
    "interface", "ip", "address", "acl", "rule", "permit", "deny", "source", "destination", "any",
    "192.0.2.1", "255.255.255.0", "0", "24", "vlan", "10", "all", "trunk", "port", "nat",
    "server", "global", "inside", "route", "0.0.0.0", "vpn-instance", "vrf", "A", "tcp", "eq",
    "80", "range", "1", "2", "to", "tunnel", "access-list", "extended", "access-group", "in",
    "out", "switchport", "allowed", "add", "route-static", "firewall", "zone", "security-policy", "action", "policy",
    "bgp", "65000", "ipv6", "2001:db8::1/64", "number", "advanced", "3000", "router", "GigabitEthernet0/0", "Vlanif10",
    "rule", "name",
])  # fmt: skip


@settings(deadline=None, max_examples=300)
@given(st.lists(st.tuples(st.booleans(), st.lists(WORDS, min_size=1, max_size=7)), max_size=25), st.sampled_from(ALL))
def test_any_words_give_a_fact_or_a_reason(lines: list[tuple[bool, list[str]]], vendor: str) -> None:
    text = "\n".join((" " if indented else "") + " ".join(words) for indented, words in lines)
    found = read(spec_of(Zones), Answer(mask_config(WRAP[vendor].replace("{}", text).encode())))
    assert isinstance(found, Zones), found
    assert isinstance(found.flow(ZONES, "lan", "internet", True), Flow)


@pytest.mark.parametrize("vendor", [IOS, VRP])
def test_tens_of_thousands_of_rules_take_bounded_time(vendor: str) -> None:
    rule = (
        "access-list 101 permit tcp host 192.0.2.{} any eq {}\n"
        if vendor == IOS
        else " rule {} permit tcp source 192.0.2.1 0 destination-port eq {}\n"
    )
    many = ("" if vendor == IOS else "acl number 3000\n") + "".join(rule.format(n % 250, n % 60000) for n in range(20_000))
    began = time.process_time()
    answer = Answer(mask_config(WRAP[vendor].replace("{}", many + separator(vendor) + legs(vendor, bind(vendor))).encode()))
    found = read(spec_of(Zones), answer)
    if isinstance(found, Zones):
        assert found.flow(ZONES, "lan", "internet").state in ("undecided", "flow", "blocked")
    assert time.process_time() - began < 30


def test_a_box_with_a_thousand_networks_takes_bounded_time() -> None:
    text = "".join(
        f"interface Vlan{n}\n vrf forwarding V{n % 7}\n ip address 10.{n // 256}.{n % 256}.1 255.255.255.0\n!\n" for n in range(2, 1002)
    )
    text += "".join(
        f"ip route vrf V{n % 7} 172.{16 + n // 256}.{n % 256}.0 255.255.255.0 10.{n // 256}.{n % 256}.2\n" for n in range(2, 1002)
    )
    found = zones(IOS, text)
    wide = {"lan": [ipaddress.ip_network("10.0.0.0/9")], "internet": [ipaddress.ip_network("203.0.113.0/24")]}
    began = time.process_time()
    assert found.flow(wide, "lan", "internet").state == "blocked"
    assert time.process_time() - began < 30


SIX = {
    VRP: {
        "for both families": FIREWALL[VRP].format("deny"),
        "an address of IPv6": FIREWALL[VRP].format("deny").replace("192.0.2.0 mask 255.255.255.0", "2001:db8:1:: 64"),
    },
    COMWARE: {
        "for IPv4 alone": FIREWALL[COMWARE].format("drop"),
        "for IPv6": FIREWALL[COMWARE]
        .format("drop")
        .replace("security-policy ip", "security-policy ipv6")
        .replace("  source-ip-subnet 192.0.2.0 255.255.255.0\n", ""),
    },
}


def six_legs(vendor: str) -> str:
    return ("ipv6\n#\n" if vendor == VRP else "") + legs(vendor, " ipv6 address 2001:db8:1::1/64\n", " ipv6 address 2001:db8:2::1/64\n")


@pytest.mark.parametrize(("vendor", "what"), [(vendor, what) for vendor, found in SIX.items() for what in found])
def test_policies_of_a_firewall_say_nothing_of_ipv6(vendor: str, what: str) -> None:
    """Whether IPv6 passes is undecided, whatever becomes of IPv4: never blocked."""
    found = zones(vendor, SIX[vendor][what] + six_legs(vendor))
    alone = {name: [network for network in networks if network.version == 6] for name, networks in ZONES.items()}
    said = found.flow(alone, "lan", "internet")
    assert said.state == "undecided" and any("IPv6" in why for why in said.why), said
    assert (found.coverage["unparsed"] != 0) is (what in ("an address of IPv6", "for IPv6")), found.coverage


@pytest.mark.parametrize("vendor", HUAWEI)
def test_a_firewall_without_any_rule_stops_ipv6_as_well(vendor: str) -> None:
    bare = FIREWALL[vendor].partition("security-policy")[0]
    alone = {name: [network for network in networks if network.version == 6] for name, networks in ZONES.items()}
    assert zones(vendor, bare + six_legs(vendor)).flow(alone, "lan", "internet").state == "blocked"


@pytest.mark.parametrize(
    ("vendor", "line", "learned"),
    [
        (VRP, " ipv6 address auto link-local\n", False),
        (VRP, " ipv6 address auto global\n", True),
        (COMWARE, " ipv6 address dhcp-alloc\n", True),
        (IOS, " ipv6 address autoconfig default\n", True),
        (IOS, " ipv6 address FE80::1 link-local\n", False),
    ],
)
def test_ipv6_is_on_whoever_gives_the_address(vendor: str, line: str, learned: bool) -> None:
    item = zones(vendor, legs(vendor, line)).box.interfaces[0]
    assert item.ipv6 is not None and (item.learned is not None) is learned
