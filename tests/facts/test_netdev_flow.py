"""The search for a flow between two zones, on the same small networks written for five platforms."""

from __future__ import annotations

import pytest

from tests.facts.flows import (
    ALL,
    CISCO,
    COMWARE,
    HUAWEI,
    IOS,
    NXOS,
    RUIJIE,
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
