"""Ways beside the routing tables, and ways from one table into another: none of them may pass for a wall."""

from __future__ import annotations

import pytest

from tests.facts.flows import ALL, COMWARE, IOS, NXOS, RUIJIE, VRP, ZONES, bind, flow, legs, lists, separator, zones
from tests.facts.test_netdev_flow import VRF

TWO = {
    IOS: ("GigabitEthernet0/0", "GigabitEthernet0/1"), RUIJIE: ("GigabitEthernet 0/0", "GigabitEthernet 0/1"), NXOS: ("Ethernet1/1", "Ethernet1/2"),
    VRP: ("Vlanif10", "Vlanif20"), COMWARE: ("Vlan-interface10", "Vlan-interface20"),
}  # fmt: skip


def apart(vendor: str, more: str = "", inner: str = "", outer: str = "") -> str:
    """Both zones on one box, in two tables; ``more`` stands before the interfaces."""
    head, near, far = VRF[vendor]
    return head + more + separator(vendor) + legs(vendor, near + inner, far + outer)


BEHAVIOUR = "traffic classifier c operator or\n if-match acl 3000\n#\ntraffic behavior b\n {}\n#\n"
BESIDE = [
    (VRP, BEHAVIOUR.format("redirect vpn-instance OUT") + "traffic policy p\n classifier c behavior b\n", " traffic-policy p inbound\n", "turned aside"),
    (COMWARE, BEHAVIOUR.format("redirect next-hop 198.51.100.9") + "qos policy p\n classifier c behavior b\n", " qos apply policy p inbound\n", "turned aside"),
    (VRP, "observe-port 1 interface GigabitEthernet0/0/9\n", " port-mirroring to observe-port 1 inbound\n", "copies"),
    (COMWARE, "mirroring-group 1 local\n#\n mirroring-group 1 mirroring-port GigabitEthernet1/0/1 both\n", "", "copies"),
    (IOS, "monitor session 1 source interface Gi0/0\nmonitor session 1 destination interface Gi0/9\n", "", "copies"),
    (NXOS, "monitor session 1 type erspan-source\n  destination ip 198.51.100.9\n  source interface Ethernet1/1 both\n  no shut\n", "", "copies"),
    (IOS, "", " ip helper-address vrf OUT 198.51.100.9\n", "handed on"),
    (NXOS, "", " ip dhcp relay address 198.51.100.9 use-vrf OUT\n", "handed on"),
    (VRP, "", " dhcp select relay\n dhcp relay server-ip 198.51.100.9\n", "handed on"),
    (COMWARE, "", " dhcp relay server-address 198.51.100.9\n", "handed on"),
    (VRP, "dns proxy enable\ndns server 198.51.100.9\n", "", "handed on"),
    (COMWARE, " nat static outbound net-to-net 192.0.2.1 192.0.2.9 global 198.51.100.128 25\n", "", "whole networks"),
    (IOS, "ip nat outside source static 198.51.100.9 192.0.2.99\n", "", "destinations"),
    (IOS, "ip route vrf IN 198.51.100.0 255.255.255.0 Dialer7\n", "", "an interface that the text does not hold"),
    (VRP, "ip route-static vpn-instance IN 198.51.100.0 24 vpn-instance OUTER 198.51.100.9\n", "", "a routing table that the text does not hold"),
]  # fmt: skip


@pytest.mark.parametrize(("vendor", "more", "inner", "why"), BESIDE)
def test_a_way_beside_the_tables_is_never_blocked(vendor: str, more: str, inner: str, why: str) -> None:
    found = flow(vendor, apart(vendor, more, inner))
    assert found.state == "undecided" and any(why in text for text in found.why), found


@pytest.mark.parametrize(
    ("vendor", "more", "inner"),
    [
        (VRP, BEHAVIOUR.format("deny") + "traffic policy p\n classifier c behavior b\n", " traffic-policy p inbound\n"),
        (IOS, "", " ip helper-address 192.0.2.9\n"),
        (VRP, "dns server 198.51.100.9\n", ""),
        (VRP, "", " pim sm\n"),
    ],
)
def test_what_stays_in_the_zone_is_no_way_beside(vendor: str, more: str, inner: str) -> None:
    assert flow(vendor, apart(vendor, more, inner)).state == "blocked"


@pytest.mark.parametrize(
    ("vendor", "line"), [(VRP, " pim sm\n"), (COMWARE, " pim dm\n"), (IOS, " ip pim sparse-mode\n"), (NXOS, " ip pim sparse-mode\n")]
)
def test_multicast_may_pass_where_unicast_is_stopped(vendor: str, line: str) -> None:
    text = lists(vendor, "deny ip any any") + separator(vendor)
    found = flow(vendor, text + legs(vendor, bind(vendor) + line, line))
    assert found.state == "undecided" and any("multicast" in text for text in found.why)


OFFERS = [
    (VRP, "", " nat server protocol tcp global 198.51.100.1 8080 inside 192.0.2.20 80 vpn-instance IN\n"),
    (VRP, "nat server web 0 zone untrust protocol tcp global 198.51.100.1 8080 inside 192.0.2.20 80 vpn-instance IN no-reverse\n", ""),
    (COMWARE, "", " nat server protocol tcp global 198.51.100.1 8080 vpn-instance OUT inside 192.0.2.20 80 vpn-instance IN\n"),
    (COMWARE, " nat static outbound 192.0.2.20 vpn-instance IN 198.51.100.1 vpn-instance OUT\n", ""),
    (IOS, "ip nat inside source static tcp 192.0.2.20 80 198.51.100.1 8080 vrf IN extendable\n", ""),
    (IOS, "ip nat inside source static 192.0.2.20 198.51.100.1 vrf IN\n", ""),
]


@pytest.mark.parametrize(("vendor", "more", "outer"), OFFERS)
def test_a_service_is_published_out_of_its_own_table(vendor: str, more: str, outer: str) -> None:
    found = flow(vendor, apart(vendor, more, outer=outer), "internet", "lan")
    assert (found.state, found.kind, found.destination) == ("flow", "published", "192.0.2.20")


def with_one_table(vendor: str, route: str) -> str:
    """The inner zone in a table of its own, the outer one in the device's own table."""
    head, near, _ = VRF[vendor]
    return head + legs(vendor, near) + separator(vendor) + route


@pytest.mark.parametrize(
    ("vendor", "route"),
    [
        (VRP, "ip route-static vpn-instance IN 0.0.0.0 0.0.0.0 public"),
        (VRP, "ip route-static vpn-instance IN 198.51.100.0 24 198.51.100.9 public description 出口"),
        (VRP, "ip route-static vpn-instance IN 198.51.100.0 24 vpn-instance _public_ 198.51.100.9"),
        (IOS, "ip route vrf IN 0.0.0.0 0.0.0.0 198.51.100.9 global name way-out"),
        (NXOS, "vrf context IN\n ip route 198.51.100.0/24 198.51.100.9 vrf default"),
    ],
)
def test_a_route_into_the_devices_own_table(vendor: str, route: str) -> None:
    found = flow(vendor, with_one_table(vendor, route))
    assert (found.state, found.kind) == ("flow", "leak")


def test_a_table_sends_by_way_of_another_to_a_third() -> None:
    routes = "ip route-static vpn-instance IN 0.0.0.0 0 public\nip route-static 198.51.100.0 24 vpn-instance OUT\n"
    found = flow(VRP, apart(VRP, routes))
    assert (found.state, found.kind, len([said for said in found.by if "route-static" in said.text])) == ("flow", "leak", 2)


def test_tables_that_send_to_each_other_end() -> None:
    routes = "ip route-static vpn-instance IN 0.0.0.0 0 vpn-instance OUT\nip route-static vpn-instance OUT 192.0.2.0 24 vpn-instance IN\n"
    assert {flow(VRP, apart(VRP, routes), *way).kind for way in (("lan", "internet"), ("internet", "lan"))} == {"leak"}


@pytest.mark.parametrize(
    ("vendor", "route"),
    [
        (VRP, "ip route-static vpn-instance IN 198.51.100.0 24 vpn-instance OUT 198.51.100.9 preference 10 description to public net"),
        (IOS, "ip route vrf IN 198.51.100.0 255.255.255.0 GigabitEthernet0/1 198.51.100.9 name global"),
    ],
)
def test_a_word_of_a_description_names_no_table(vendor: str, route: str) -> None:
    assert flow(vendor, apart(vendor, route + "\n")).state == "flow"


def test_the_table_called_default_is_the_devices_own() -> None:
    assert flow(NXOS, legs(NXOS, " vrf member default\n")).kind == "connected"


@pytest.mark.parametrize("vendor", ALL)
def test_an_interface_told_twice_is_not_understood(vendor: str) -> None:
    text = apart(vendor) + separator(vendor) + f"interface {TWO[vendor][1]}\n description again\n"
    found = zones(vendor, text)
    assert found.box.odd_count == 1 and found.flow(ZONES, "lan", "internet").state == "undecided"
