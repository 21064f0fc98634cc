"""The search compared with a router simulated packet by packet: random routes and lists on three interfaces.

The packets tried have one member of every class that the random lists and routes can tell apart, so the simulation misses nothing.
"""

from __future__ import annotations

import ipaddress
from itertools import product

from hypothesis import given, settings
from hypothesis import strategies as st

from scanner.facts.fact import read, spec_of
from scanner.facts.netdev import Zones
from scanner.facts.netdev.masking import mask_config
from scanner.model.evidence import Answer

ZONES = {"lan": [ipaddress.ip_network("192.0.2.0/24")], "internet": [ipaddress.ip_network("198.51.100.0/24")]}
PORTS = {"A": "192.0.2.0/24", "B": "198.51.100.0/24", "C": "203.0.113.0/24"}
SOURCES = ("192.0.2.10", "192.0.2.20", "192.0.2.77")
TARGETS = ("198.51.100.10", "198.51.100.77", "198.51.100.200")
PACKETS = list(product(SOURCES, TARGETS, (1, 6, 17, 47), (80, 443, 9999)))
Packet = tuple[str, str, int, int]
RULE = st.tuples(
    st.booleans(), st.sampled_from(["ip", "tcp", "udp", "icmp"]), st.sampled_from(["any", "host 192.0.2.10", "host 192.0.2.20"]),
    st.sampled_from(["any", "host 198.51.100.10", "198.51.100.128 0.0.0.127"]), st.sampled_from(["", "eq 80", "eq 443", "gt 443"]),
)  # fmt: skip
Rule = tuple[bool, str, str, str, str]
LIST = st.lists(RULE, max_size=4)
ROUTE = st.tuples(
    st.sampled_from(["198.51.100.0/25", "198.51.100.128/25", "198.51.100.10/32", "0.0.0.0/0"]),
    st.sampled_from(["203.0.113.2", "192.0.2.254", "198.51.100.254", "Null0"]),
)  # fmt: skip


def covers(text: str, address: str) -> bool:
    if text == "any":
        return True
    if text.startswith("host"):
        return text[5:] == address
    return ipaddress.ip_address(address) in ipaddress.ip_network(text.split(" ")[0] + "/25")


def permits(rules: list[Rule], packet: Packet) -> bool:
    if not rules:
        return True  # an empty list stops nothing on IOS
    source, target, protocol, port = packet
    for permit, name, from_, to, ports in rules:
        if name != "ip" and {"tcp": 6, "udp": 17, "icmp": 1}[name] != protocol:
            continue
        number = int(ports.split(" ")[1]) if ports and name in ("tcp", "udp") else None
        matched = number is None or (port == number if ports.startswith("eq") else port > number)
        if covers(from_, source) and covers(to, target) and matched:
            return permit
    return False


def crosses(routes: dict[str, str], lists: dict[str, list[Rule]], packet: Packet) -> bool:
    """Whether the router takes the packet out of the inner zone."""
    if not permits(lists["A"], packet):
        return False
    target = ipaddress.ip_address(packet[1])
    table = [(ipaddress.ip_network(prefix), hop) for prefix, hop in routes.items()] + [
        (ipaddress.ip_network(net), name) for name, net in PORTS.items()
    ]
    hop = max((entry for entry in table if target in entry[0]), key=lambda entry: entry[0].prefixlen)[1]
    if hop == "Null0":
        return False
    port = hop if hop in PORTS else next(name for name, net in PORTS.items() if ipaddress.ip_address(hop) in ipaddress.ip_network(net))
    return port != "A" and permits(lists[port], packet)


def text_of(routes: dict[str, str], lists: dict[str, list[Rule]]) -> str:
    out = ["!", "version 15.2", "hostname sw", "!"]
    for name, rules in lists.items():
        out.append(f"ip access-list extended {name}")
        for permit, protocol, from_, to, ports in rules:
            out.append(f" {'permit' if permit else 'deny'} {protocol} {from_} {to} {ports if protocol in ('tcp', 'udp') else ''}".rstrip())
    for at, (name, net) in enumerate(PORTS.items()):
        network = ipaddress.ip_network(net)
        way = "in" if name == "A" else "out"
        out += ["!", f"interface GigabitEthernet0/{at}", f" ip address {network[1]} {network.netmask}", f" ip access-group {name} {way}"]
    for prefix, hop in routes.items():
        network = ipaddress.ip_network(prefix)
        out.append(f"ip route {network.network_address} {network.netmask} {hop}")
    return "\n".join([*out, "!", "end", ""])


@settings(deadline=None, max_examples=400)
@given(st.dictionaries(ROUTE.map(lambda r: r[0]), ROUTE.map(lambda r: r[1]), max_size=4), st.fixed_dictionaries(dict.fromkeys(PORTS, LIST)))
def test_the_search_agrees_with_a_simulated_router(routes: dict[str, str], lists: dict[str, list[Rule]]) -> None:
    found = read(spec_of(Zones), Answer(mask_config(text_of(routes, lists).encode())))
    assert isinstance(found, Zones) and found.box.odd_count == 0
    flow = found.flow(ZONES, "lan", "internet")
    passing = [packet for packet in PACKETS if crosses(routes, lists, packet)]
    assert flow.state == ("flow" if passing else "blocked"), (flow, passing[:3], text_of(routes, lists))
    if flow.state == "flow":
        number = {"icmp": 1, "tcp": 6, "udp": 17, "gre": 47}[flow.protocol]
        assert crosses(routes, lists, (flow.source, flow.destination, number, flow.port or 0)), flow
