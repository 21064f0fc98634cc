"""The search for a flow between two zones, on the same small networks written for five platforms."""

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

ZONES = {
    "lan": [ipaddress.ip_network("192.0.2.0/24"), ipaddress.ip_network("2001:db8:1::/64")],
    "internet": [ipaddress.ip_network("198.51.100.0/24"), ipaddress.ip_network("2001:db8:2::/64")],
}
IOS, NXOS, RUIJIE, VRP, COMWARE = "ios", "nxos", "ruijie", "vrp", "comware"
WRAP = {
    IOS: "!\nversion 15.2\nhostname sw\n!\n{}\n!\nend\n",
    RUIJIE: "version RGOS 11.4(1)B12P11\nhostname sw\n!\n{}\n!\nend\n",
    NXOS: "!Command: show running-config\nversion 9.3(5) Bios:version 05.42\nhostname sw\nfeature interface-vlan\n{}\nsw# \n",
    VRP: "!Software Version V200R019C10SPC500\n#\nsysname sw\n#\n{}\n#\nreturn\n",
    COMWARE: "#\n version 7.1.070, Release 6329\n#\n sysname sw\n#\n{}\n#\nreturn\n",
}
LEGS = {
    IOS: "interface GigabitEthernet0/0\n ip address 192.0.2.1 255.255.255.0\n{0}!\ninterface GigabitEthernet0/1\n ip address 198.51.100.1 255.255.255.0\n{1}",
    RUIJIE: "interface GigabitEthernet 0/0\n no switchport\n ip address 192.0.2.1 255.255.255.0\n{0}!\ninterface GigabitEthernet 0/1\n no switchport\n"
    " ip address 198.51.100.1 255.255.255.0\n{1}",
    NXOS: "interface Ethernet1/1\n no switchport\n ip address 192.0.2.1/24\n{0}\ninterface Ethernet1/2\n no switchport\n ip address 198.51.100.1/24\n{1}",
    VRP: "interface Vlanif10\n ip address 192.0.2.1 255.255.255.0\n{0}#\ninterface Vlanif20\n ip address 198.51.100.1 255.255.255.0\n{1}",
    COMWARE: "interface Vlan-interface10\n ip address 192.0.2.1 255.255.255.0\n{0}#\ninterface Vlan-interface20\n ip address 198.51.100.1 255.255.255.0\n{1}",
}
CISCO = (IOS, NXOS, RUIJIE)
HUAWEI = (VRP, COMWARE)
ALL = (*CISCO, *HUAWEI)


def zones(vendor: str, text: str) -> Zones:
    found = read(spec_of(Zones), Answer(mask_config(WRAP[vendor].format(text).encode())))
    assert isinstance(found, Zones), found
    assert found.box.vendor == vendor
    return found


def legs(vendor: str, inner: str = "", outer: str = "") -> str:
    return LEGS[vendor].format(inner, outer)


def flow(vendor: str, text: str, one: str = "lan", other: str = "internet", anywhere: bool = False, odd: int = 0) -> Flow:
    found = zones(vendor, text)
    assert found.box.odd_count == odd, found.box.odd
    return found.flow(ZONES, one, other, anywhere)


def lists(vendor: str, *rules: str) -> str:
    """An access list 3000 by rules in IOS words."""
    if vendor in CISCO:
        head = "ip access-list F\n" if vendor == NXOS else "ip access-list extended F\n"
        return head + "".join(f" {10 * (at + 1)} {rule}\n" for at, rule in enumerate(rules))
    head = "acl number 3000\n" if vendor == VRP else "acl advanced 3000\n"
    out = []
    for at, rule in enumerate(rules):
        action, protocol, source, target, *port = rule.replace("host ", "host=").replace("eq ", "eq=").split(" ")
        words = [f" rule {at * 5} {action} {protocol}"]
        for word, value in (("source", source), ("destination", target)):
            words.append(f"{word} {value[5:]} 0" if value.startswith("host=") else f"{word} {value}")
        words += [f"destination-port eq {item[3:]}" for item in port if item.startswith("eq=")]
        out.append(" ".join(words) + "\n")
    return head + "".join(out)


def bind(vendor: str, way: str = "in") -> str:
    if vendor in CISCO:
        return f" ip access-group F {way}\n"
    word = {"in": "inbound", "out": "outbound"}[way]
    return f" traffic-filter {word} acl 3000\n" if vendor == VRP else f" packet-filter 3000 {word}\n"


def separator(vendor: str) -> str:
    return "#\n" if vendor in HUAWEI else "!\n"


@pytest.mark.parametrize("vendor", ALL)
def test_two_connected_networks(vendor: str) -> None:
    found = flow(vendor, legs(vendor))
    assert (found.state, found.kind, found.source, found.destination) == ("flow", "connected", "192.0.2.10", "198.51.100.10")
    assert [said.text.split(" ")[2][:9] for said in found.by] == ["192.0.2.1", "198.51.10"]
    pair = zones(vendor, legs(vendor)).same_box(ZONES, "lan", "internet")
    assert pair is not None and (pair[0].address, pair[1].address) == ("192.0.2.1/24", "198.51.100.1/24")


@pytest.mark.parametrize("vendor", ALL)
def test_a_shut_leg_is_no_leg(vendor: str) -> None:
    text = legs(vendor, "", " shutdown\n")
    assert flow(vendor, text).state == "blocked"
    assert zones(vendor, text).same_box(ZONES, "lan", "internet") is None
    assert len(zones(vendor, text).legs(ZONES)) == 2


@pytest.mark.parametrize("vendor", ALL)
@pytest.mark.parametrize("way", ["in", "out"])
def test_a_list_that_denies_everything(vendor: str, way: str) -> None:
    held = (bind(vendor, "in"), "") if way == "in" else ("", bind(vendor, "out"))
    text = lists(vendor, "deny ip any any") + separator(vendor) + legs(vendor, *held)
    found = flow(vendor, text)
    assert found.state == "blocked"
    assert (
        "deny" in found.by[0].text
        and text.split("\n")[found.by[0].line - WRAP[vendor].split("{}")[0].count("\n") - 1].strip() == found.by[0].text
    )


@pytest.mark.parametrize("vendor", ALL)
def test_a_hole_in_the_list_is_found_with_its_line(vendor: str) -> None:
    rules = ("deny ip any host 198.51.100.7", "permit tcp host 192.0.2.99 host 198.51.100.7 eq 443", "permit udp host 192.0.2.5 host 198.51.100.8 eq 5005",
             "deny ip any any")  # fmt: skip
    found = flow(vendor, lists(vendor, *rules) + separator(vendor) + legs(vendor, bind(vendor)))
    assert (found.state, found.protocol, found.source, found.destination, found.port) == ("flow", "udp", "192.0.2.5", "198.51.100.8", 5005)
    assert any("5005" in said.text for said in found.by)


@pytest.mark.parametrize("vendor", ALL)
def test_defined_and_not_bound_stops_nothing(vendor: str) -> None:
    text = lists(vendor, "deny ip any any") + separator(vendor) + legs(vendor)
    assert flow(vendor, text).state == "flow"
    assert not zones(vendor, text).box.list_users


@pytest.mark.parametrize("vendor", CISCO)
def test_the_implicit_deny(vendor: str) -> None:
    text = lists(vendor, "permit tcp any host 203.0.113.1 eq 80") + separator(vendor) + legs(vendor, bind(vendor))
    assert flow(vendor, text).state == "blocked"


@pytest.mark.parametrize("vendor", HUAWEI)
def test_a_filter_without_a_match_lets_pass(vendor: str) -> None:
    text = lists(vendor, "deny tcp any any eq 80") + separator(vendor) + legs(vendor, bind(vendor))
    found = flow(vendor, text)
    assert found.state == "flow" and (found.protocol, found.port) != ("tcp", 80)


@pytest.mark.parametrize(
    ("vendor", "rule"),
    [
        (IOS, "permit ip any any time-range WORK"),
        (NXOS, "permit ip addrgroup A any"),
        (RUIJIE, "permit ip any any fragments"),
        (IOS, "permit object-group S any any"),
    ],
)
def test_conditions_that_are_not_followed_are_undecided(vendor: str, rule: str) -> None:
    found = flow(vendor, lists(vendor, rule) + separator(vendor) + legs(vendor, bind(vendor)))
    assert found.state == "undecided" and any("not followed" in why for why in found.why)


VRF = {
    IOS: ("vrf definition IN\n rd 65000:1\n!\nvrf definition OUT\n rd 65000:2\n!\n", " vrf forwarding IN\n", " vrf forwarding OUT\n"),
    RUIJIE: ("ip vrf IN\n rd 65000:1\n!\nip vrf OUT\n rd 65000:2\n!\n", " ip vrf forwarding IN\n", " ip vrf forwarding OUT\n"),
    NXOS: ("vrf context IN\nvrf context OUT\n", " vrf member IN\n", " vrf member OUT\n"),
    VRP: (
        "ip vpn-instance IN\n ipv4-family\n#\nip vpn-instance OUT\n ipv4-family\n#\n",
        " ip binding vpn-instance IN\n",
        " ip binding vpn-instance OUT\n",
    ),
    COMWARE: ("ip vpn-instance IN\n#\nip vpn-instance OUT\n#\n", " ip binding vpn-instance IN\n", " ip binding vpn-instance OUT\n"),
}
STATIC_LEAK = {
    IOS: "ip route vrf IN 198.51.100.0 255.255.255.0 GigabitEthernet0/1 198.51.100.254",
    RUIJIE: "ip route vrf IN 198.51.100.0 255.255.255.0 GigabitEthernet 0/1 198.51.100.254",
    NXOS: "vrf context IN\n ip route 198.51.100.0/24 198.51.100.254 vrf OUT",
    VRP: "ip route-static vpn-instance IN 198.51.100.0 255.255.255.0 vpn-instance OUT 198.51.100.254",
    COMWARE: " ip route-static vpn-instance IN 198.51.100.0 24 vpn-instance OUT 198.51.100.254",
}


@pytest.mark.parametrize("vendor", ALL)
def test_vrfs_separate_and_leak(vendor: str) -> None:
    head, inner, outer = VRF[vendor]
    apart = head + legs(vendor, inner, outer)
    assert flow(vendor, apart).state == "blocked"
    assert zones(vendor, apart).same_box(ZONES, "lan", "internet") is not None
    found = flow(vendor, apart + separator(vendor) + STATIC_LEAK[vendor])
    assert found.state == "flow" and found.next_hop == "198.51.100.254"


TARGETS = {
    IOS: ("vrf definition IN\n rd 65000:1\n route-target import 65000:9\n!\nvrf definition OUT\n rd 65000:2\n route-target export 65000:9\n!\n",
          "router bgp 65000\n address-family ipv4 vrf OUT\n  redistribute connected\n exit-address-family\n"),
    NXOS: ("vrf context IN\n address-family ipv4 unicast\n  route-target import 65000:9\nvrf context OUT\n address-family ipv4 unicast\n  route-target export 65000:9\n",
           "router bgp 65000\n vrf OUT\n  address-family ipv4 unicast\n   redistribute direct route-map ALL\n"),
    VRP: ("ip vpn-instance IN\n ipv4-family\n  vpn-target 65000:9 import-extcommunity\n#\nip vpn-instance OUT\n ipv4-family\n  vpn-target 65000:9 export-extcommunity\n#\n",
          "bgp 65000\n #\n ipv4-family vpn-instance OUT\n  import-route direct\n"),
    COMWARE: ("ip vpn-instance IN\n vpn-target 65000:9 import-extcommunity\n#\nip vpn-instance OUT\n vpn-target 65000:9 export-extcommunity\n#\n",
              "bgp 65000\n ip vpn-instance OUT\n  address-family ipv4 unicast\n   import-route direct\n"),
}  # fmt: skip


@pytest.mark.parametrize("vendor", list(TARGETS))
def test_route_targets_leak_only_with_bgp(vendor: str) -> None:
    head, bgp = TARGETS[vendor]
    _, inner, outer = VRF[vendor]
    text = head + legs(vendor, inner, outer)
    assert flow(vendor, text).state == "undecided"
    found = flow(vendor, text + separator(vendor) + bgp)
    assert (found.state, found.kind) == ("flow", "leak") and any("65000:9" in said.text for said in found.by)


PUBLISHED = {
    IOS: "ip nat inside source static tcp 192.0.2.20 8080 198.51.100.9 80 extendable",
    RUIJIE: "ip nat inside source static tcp 192.0.2.20 8080 198.51.100.9 80",
    NXOS: "ip nat inside source static tcp 192.0.2.20 8080 198.51.100.9 80",
    VRP: "nat server protocol tcp global 198.51.100.9 80 inside 192.0.2.20 8080",
    COMWARE: " nat server protocol tcp global 198.51.100.9 80 inside 192.0.2.20 8080",
}


@pytest.mark.parametrize("vendor", ALL)
def test_a_published_service_is_a_way_in(vendor: str) -> None:
    text = legs(vendor) + separator(vendor) + PUBLISHED[vendor]
    box = zones(vendor, text).box
    assert [(str(p.outside), p.outside_port, str(p.inside), p.inside_port) for p in box.published] == [
        ("198.51.100.9", (80, 80), "192.0.2.20", (8080, 8080))
    ]
    # Every packet from outside is dropped but what the offer turns inwards.
    rules = lists(vendor, "permit tcp any host 198.51.100.9 eq 80", "deny ip any any") + separator(vendor)
    found = flow(vendor, rules + legs(vendor, "", bind(vendor)) + separator(vendor) + PUBLISHED[vendor], "internet", "lan")
    assert (found.state, found.kind, found.destination, found.port) == ("flow", "published", "192.0.2.20", 8080)


DEFAULT = {
    IOS: "ip route 0.0.0.0 0.0.0.0 198.51.100.254", RUIJIE: "ip route 0.0.0.0 0.0.0.0 198.51.100.254", NXOS: "ip route 0.0.0.0/0 198.51.100.254",
    VRP: "ip route-static 0.0.0.0 0.0.0.0 198.51.100.254", COMWARE: " ip route-static 0.0.0.0 0 198.51.100.254",
}  # fmt: skip


@pytest.mark.parametrize("vendor", ALL)
def test_a_default_route_leads_anywhere(vendor: str) -> None:
    outside = {"lan": ZONES["lan"], "internet": ()}
    found = zones(vendor, legs(vendor) + separator(vendor) + DEFAULT[vendor]).flow(outside, "lan", "internet", anywhere=True)
    assert (found.state, found.next_hop) == ("flow", "198.51.100.254") or found.kind == "connected"


@pytest.mark.parametrize("vendor", ALL)
def test_a_hop_inside_the_zone_is_no_crossing(vendor: str) -> None:
    text = legs(vendor, "", " shutdown\n") + separator(vendor) + DEFAULT[vendor].replace("198.51.100.254", "192.0.2.254")
    assert flow(vendor, text).state == "blocked"


UNKNOWN = {IOS: "frobnicate all", RUIJIE: "frobnicate all", NXOS: "frobnicate all", VRP: "frobnicate all", COMWARE: " frobnicate all"}


@pytest.mark.parametrize("vendor", ALL)
def test_a_line_that_is_not_understood_never_supports_nothing_found(vendor: str) -> None:
    text = lists(vendor, "deny ip any any") + separator(vendor) + legs(vendor, bind(vendor)) + separator(vendor) + UNKNOWN[vendor]
    found = flow(vendor, text, odd=1)
    assert found.state == "undecided" and found.why == ("1 lines not understood",)
    assert "frobnicate all" in zones(vendor, text).coverage["first"][0]  # type: ignore[index]


@pytest.mark.parametrize("vendor", ALL)
def test_routing_protocols_never_support_nothing_found(vendor: str) -> None:
    routing = (
        "router ospf 1\n network 10.0.0.0 0.255.255.255 area 0\n"
        if vendor in CISCO
        else "ospf 1\n area 0.0.0.0\n  network 10.0.0.0 0.255.255.255\n"
    )
    text = lists(vendor, "deny ip any any") + separator(vendor) + legs(vendor, bind(vendor)) + separator(vendor) + routing
    assert flow(vendor, text).state == "undecided"


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
    began = time.monotonic()
    answer = Answer(mask_config(WRAP[vendor].replace("{}", many + separator(vendor) + legs(vendor, bind(vendor))).encode()))
    found = read(spec_of(Zones), answer)
    if isinstance(found, Zones):
        assert found.flow(ZONES, "lan", "internet").state in ("undecided", "flow", "blocked")
    assert time.monotonic() - began < 30


def test_a_box_with_a_thousand_networks_takes_bounded_time() -> None:
    text = "".join(f"interface Vlan{n}\n vrf forwarding V{n % 7}\n ip address 10.{n // 256}.{n % 256}.1 255.255.255.0\n!\n" for n in range(2, 1002))
    text += "".join(f"ip route vrf V{n % 7} 172.{16 + n // 256}.{n % 256}.0 255.255.255.0 10.{n // 256}.{n % 256}.2\n" for n in range(2, 1002))
    found = zones(IOS, text)
    wide = {"lan": [ipaddress.ip_network("10.0.0.0/9")], "internet": [ipaddress.ip_network("203.0.113.0/24")]}
    began = time.monotonic()
    assert found.flow(wide, "lan", "internet").state == "blocked"
    assert time.monotonic() - began < 30
