"""Legs: compared per interface, by the declared ranges."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass

import pytest

from scanner.facts.network import Interface, Neighbour, Route, apart, leads_out, legs, parse_address, silent, standing, zones_of
from scanner.facts.network.remote_tools import CLASSES, TOOLS, is_public_name
from scanner.facts.site.declared import Zone


@dataclass(frozen=True)
class Host:
    interfaces: tuple[Interface, ...]
    routes: tuple[Route, ...] = ()
    neighbours: tuple[Neighbour, ...] = ()


def zone(kind: str, *networks: str) -> Zone:
    return Zone(kind, kind, "", tuple(ipaddress.ip_network(text) for text in networks))


ZONES = {
    "lan": zone("lan", "192.0.2.0/24", "2001:db8:1::/64"),
    "servers": zone("lan", "192.0.2.128/25"),
    "internet": zone("internet", "0.0.0.0/0"),
}


def card(name: str, *addresses: str, kind: str = "physical", up: bool = True, master: str = "") -> Interface:
    return Interface(name, kind, addresses=tuple(ipaddress.ip_interface(text) for text in addresses), up=up, master=master)


def test_the_most_specific_range_holds_an_address() -> None:
    assert zones_of(ipaddress.ip_address("192.0.2.200"), ZONES) == ("servers",)
    assert zones_of(ipaddress.ip_address("192.0.2.20"), ZONES) == ("lan",)
    assert zones_of(ipaddress.ip_address("203.0.113.1"), ZONES) == ("internet",)
    assert zones_of(ipaddress.ip_address("::ffff:192.0.2.20"), ZONES) == ("lan",)
    assert zones_of(ipaddress.ip_address("2001:db8:9::1"), ZONES) == ()


def test_an_address_outside_on_a_card_inside_is_no_second_leg() -> None:
    found = legs(Host((card("eth0", "192.0.2.5/24", "2001:db8:77::5/64"),)), ZONES)
    assert list(found.by_zone) == ["lan"] and found.undeclared == ()


@pytest.mark.parametrize("kind", ["tun", "vxlan", "wireguard", "tunnel", "dummy", "loopback", "bridge"])
def test_what_does_not_lead_out_by_itself_is_no_undeclared_leg(kind: str) -> None:
    zones = {"lan": ZONES["lan"]}
    host = Host((card("eth0", "192.0.2.5/24"), card("x0", "10.0.0.1/24", kind=kind)))
    assert legs(host, zones).undeclared == ()


def test_but_with_an_address_in_a_zone_it_is_a_leg() -> None:
    host = Host((card("eth0", "192.0.2.5/24"), card("tun0", "2001:db8:1::5/64", kind="tun")))
    assert [leg.interface for leg in legs(host, ZONES).by_zone["lan"]] == ["eth0", "tun0"]


def test_a_bridge_leads_out_through_a_card_and_not_through_guests() -> None:
    bridge = card("br0", "10.1.1.1/24", kind="bridge")
    guests = (bridge, card("veth1", kind="veth", master="br0"), card("tap0", kind="tun", master="br0"))
    assert not leads_out(bridge, guests)
    assert leads_out(bridge, (*guests, card("eth1", master="br0")))
    assert legs(Host((*guests, card("eth1", master="br0"))), {"lan": ZONES["lan"]}).undeclared[0].interface == "br0"


def test_a_leg_that_is_off_stands_but_is_not_up() -> None:
    found = legs(Host((card("eth0", "192.0.2.5/24"), card("eth1", "198.51.100.5/24", up=False))), ZONES)
    assert found.up() == ("lan",) and set(found.by_zone) == {"lan", "internet"}


def test_sides() -> None:
    place = standing(Host((card("eth0", "192.0.2.5/24"), card("lo", "127.0.0.1/8", kind="loopback"))), ZONES, [])
    side = {
        text: place.side(ipaddress.ip_address(text))
        for text in ("127.0.0.53", "192.0.2.5", "192.0.2.9", "192.0.2.200", "8.8.8.8", "2001:db8:9::1")
    }
    assert list(side.values()) == ["self", "self", "inside", "inside", "outside", "outside"]
    two = standing(Host((card("eth0", "192.0.2.5/24"), card("eth1", "8.8.4.4/24"))), ZONES, [])
    assert two.home == ("lan",) and two.side(ipaddress.ip_address("8.8.8.8")) == "outside"
    out = standing(Host((card("eth1", "8.8.4.4/24"),)), ZONES, [])
    assert out.outdoors and out.side(ipaddress.ip_address("8.8.8.8")) == "inside"


def test_apart() -> None:
    assert not apart("lan", "servers", ZONES, [])
    assert apart("lan", "servers", ZONES, [("servers", "lan")])
    assert apart("lan", "internet", ZONES, [])


@pytest.mark.parametrize("text", ["[2001:db8::1]", "fe80::1%eth0", " 192.0.2.1 "])
def test_addresses_as_programs_write_them(text: str) -> None:
    assert parse_address(text) is not None


def test_names_are_no_addresses() -> None:
    assert parse_address("time.example") is None and parse_address("") is None
    assert is_public_name("2.debian.pool.ntp.org.") and not is_public_name("ntp.archive.example") and not is_public_name("notntp.org")


def test_the_vocabulary_is_whole() -> None:
    assert {tool.kind for tool in TOOLS} == set(CLASSES)
    for tool in TOOLS:
        assert tool.processes or tool.units or tool.packages or tool.paths or tool.windows, tool.id
        assert all(path.startswith("/") and "'" not in path for path in tool.paths), tool.id


def test_a_card_that_is_on_without_an_address_is_seen() -> None:
    quiet = (card("eth1"), card("eth2", "169.254.7.7/16"), card("eth3", "fe80::9/64"), card("wlan0", kind="wifi"))
    assert silent(Host((card("eth0", "192.0.2.5/24"), *quiet))) == quiet


@pytest.mark.parametrize(
    "more",
    [
        (card("eth1", up=False),),
        (card("bond0", "192.0.2.5/24", kind="bond"), card("eth1", master="bond0")),
        (card("eth1"), Interface("eth1.7", "vlan", up=True, parent="eth1", addresses=(ipaddress.ip_interface("192.0.2.7/24"),))),
        (Interface("nic", "physical", "00:1b:21:00:00:01", up=True), Interface("switch", "other", "00:1b:21:00:00:01", up=True, addresses=(ipaddress.ip_interface("192.0.2.7/24"),))),
        (card("veth0", kind="veth"), card("tap0", kind="tun"), card("docker0", kind="bridge")),
    ],
)  # fmt: skip
def test_what_serves_another_interface_is_no_silent_card(more: tuple[Interface, ...]) -> None:
    assert silent(Host(more)) == ()


@pytest.mark.parametrize(
    ("to", "default"),
    [("0.0.0.0/0", True), ("128.0.0.0/1", True), ("96.0.0.0/3", True), ("2000::/3", True), ("::/0", True), ("11.0.0.0/8", True),
     ("10.0.0.0/8", False), ("fd00::/8", False), ("224.0.0.0/4", False), ("240.0.0.0/4", False), ("198.51.100.0/24", False)],
)  # fmt: skip
def test_a_way_to_everything_may_come_in_pieces(to: str, default: bool) -> None:
    assert Route(ipaddress.ip_network(to), "eth0", "192.0.2.1").is_default is default
    assert not Route(ipaddress.ip_network(to), "eth0", stops=True).is_default
