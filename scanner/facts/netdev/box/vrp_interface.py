"""Interfaces of VRP and Comware."""

from __future__ import annotations

import ipaddress
import re
from typing import Any

from scanner.facts.netdev.blocks import Block
from scanner.facts.netdev.box.harmless import VRP_INTERFACE
from scanner.facts.netdev.box.model import Aside, Binding, Interface, Published
from scanner.facts.netdev.box.reading import Reading, apply, nothing, put, table
from scanner.facts.netdev.box.spaces import Said, complement, merged
from scanner.facts.netdev.box.words import port, vlans

_KINDS = (
    (r"vlanif|vlan-interface|vbdif|vsi-interface", "svi"), (r"loopback", "loopback"), (r"tunnel|nve|vxlan|sslvpn", "tunnel"),
    (r"cellular|dialer|serial|async|pos|virtual-ppp|bri|eth-channel|virtual-template", "dial"), (r"eth-trunk|bridge-aggregation|route-aggregation", "bundle"),
    (r"null", "null"), (r".*(?:ethernet|ge\d|gige|eth\d|meth).*", "ethernet"),
)  # fmt: skip


def read_interface(reading: Reading, block: Block) -> None:
    """One interface block."""
    words = block.header.removeprefix("interface ").split(" ")
    name = words[0]
    make: dict[str, Any] = {"addresses": [], "filters": [], "odd": [], "kind": _kind(name)}
    if "mode" in words[:-1] and make["kind"] == "tunnel":
        make["tunnel"] = words[words.index("mode") + 1]
    number = re.fullmatch(r"(?:vlanif|vlan-interface)(\d{1,4})", name, re.I)
    if number:
        make["vlan"] = int(number[1])
    for line, text in block.said():
        said = Said(line, text)
        if not apply(reading, _LINES, make, said) and not VRP_INTERFACE.fullmatch(text):
            reading.strange(said)
            make["odd"].append(said)
    if make["kind"] == "tunnel":
        make.setdefault("tunnel", "gre")
    make["configured"] = any(text not in ("shutdown", "undo shutdown", "portswitch", "undo portswitch") for text in block.body)
    for key in ("addresses", "filters", "odd"):
        make[key] = tuple(make[key])
    reading.interfaces.append(Interface(name=name, said=Said(block.line, block.header), **make))


def _kind(name: str) -> str:
    for pattern, kind in _KINDS:
        if re.match(pattern, name.lower()):
            return kind
    return "other"


def _address(reading: Reading, make: dict[str, Any], found: re.Match[str], said: Said) -> None:
    make["addresses"].append((ipaddress.ip_interface(f"{found[1]}/{found[2]}"), said))


def _address6(reading: Reading, make: dict[str, Any], found: re.Match[str], said: Said) -> None:
    make["ipv6"] = said
    make["addresses"].append((ipaddress.ip_interface(f"{found[1]}/{found[2]}"), said))


def _keep(*keys: str) -> Any:
    def handler(reading: Reading, make: dict[str, Any], found: re.Match[str], said: Said) -> None:
        make.update(dict.fromkeys(keys, said))

    return handler


def _word(key: str) -> Any:
    def handler(reading: Reading, make: dict[str, Any], found: re.Match[str], said: Said) -> None:
        make[key] = found[1]

    return handler


def _number(key: str) -> Any:
    def handler(reading: Reading, make: dict[str, Any], found: re.Match[str], said: Said) -> None:
        make[key] = int(found[1])

    return handler


def filter_of(reading: Reading, found: re.Match[str], said: Said) -> Binding:
    """A binding from ``inbound|outbound``, ``ipv6`` and the list's name in named groups."""
    name = ("6:" if found["six"] else "") + found["acl"]
    # Both vendors let pass what a filter's list does not mention, unless their newer releases are told otherwise.
    return Binding(name, found["way"] == "inbound", said, True)


def _filter(reading: Reading, make: dict[str, Any], found: re.Match[str], said: Said) -> None:
    make["filters"].append(filter_of(reading, found, said))


def _policy_filter(reading: Reading, make: dict[str, Any], found: re.Match[str], said: Said) -> None:
    make["filters"].append(Binding(f"policy:{found[1]}", found[2] == "inbound", said, True))


def _allow(reading: Reading, make: dict[str, Any], found: re.Match[str], said: Said) -> None:
    spans = vlans(found[2])
    if spans is None:
        raise ValueError(said.text)
    held = make.get("allowed") or ()
    if found[1]:
        make["allowed"] = tuple(s for s in complement([*complement(held or ((1, 1),), 4094), *spans], 4094) if s[1] >= 1)
    else:
        make["allowed"] = merged([*held, *spans])
    make["allowed_said"] = said


def publish(reading: Reading, make: dict[str, Any], found: re.Match[str], said: Said) -> None:
    """``nat server …``: an inner address and port under an outer one."""
    text = said.text
    protocol = re.search(r"\bprotocol (tcp|udp|icmp|\d+)\b", text)
    outside = re.search(r"\bglobal (?:(\d[\d.]+)|(?:current-interface|interface \S+))(?: (?!inside)(\S+))?(?: (?!inside)(\S+))?", text)
    inside = re.search(r"\b(?:inside|host-address) (\d[\d.]+)(?: (\S+))?(?: (\S+))?", text)
    if inside is None or outside is None:
        raise ValueError(text)
    number = None if protocol is None else {"tcp": 6, "udp": 17, "icmp": 1}.get(protocol[1]) or int(protocol[1])
    reading.published.append(
        Published(
            said,
            number,
            ipaddress.ip_address(outside[1]) if outside[1] else None,
            _ports(outside[2], outside[3]),
            ipaddress.ip_address(inside[1]),
            _ports(inside[2], None),
            _table(text),
        )
    )


def _table(text: str) -> str | None:
    """The routing table of the inner address."""
    found = re.search(r"\b(?:inside|host-address|static outbound) .*?\bvpn-instance (\S+)", text)
    return found[1] if found else None


def static_nat(reading: Reading, make: dict[str, Any], found: re.Match[str], said: Said) -> None:
    """``nat static [outbound|inbound] …``: one address for another, in both directions."""
    said_pair = re.search(r"global (\d[\d.]+)(?: \S+)? inside (\d[\d.]+)", said.text)
    plain_pair = re.search(r"nat static outbound (\d[\d.]+)(?: vpn-instance \S+)? (\d[\d.]+)", said.text)
    if said_pair is None and plain_pair is None:
        reading.translations.append(said)
        reading.asides.append(Aside("a translation of whole networks", said))
        return
    outside, inside = (said_pair[1], said_pair[2]) if said_pair else (plain_pair[2], plain_pair[1]) if plain_pair else ("", "")
    reading.published.append(
        Published(said, None, ipaddress.ip_address(outside), None, ipaddress.ip_address(inside), None, _table(said.text))
    )


def _ports(first: str | None, second: str | None) -> tuple[int, int] | None:
    low = port(first) if first and first not in ("vpn-instance", "vrrp", "no-reverse", "acl") else None
    if low is None:
        return None
    high = port(second) if second and second.isdigit() else None
    return (low, high if high is not None and high >= low else low)


_LINES = table(
    (r"description (.*)", lambda r, make, m, s: make.update(description=m[1][:120])),
    (r"shutdown", put(shut=True)),
    (r"undo shutdown", put(shut=False)),
    (r"ip address (\d[\d.]+) (\d{1,2}|\d[\d.]+)(?: sub)?", _address),
    (r"ip address (?:dhcp-alloc|ppp-negotiate|bootp-alloc|unnumbered .*)", _keep("learned")),
    (r"ipv6 enable|ipv6 address (\S+ link-local|auto link-local)", _keep("ipv6")),
    (r"ipv6 address auto.*|ipv6 address dhcp.*", _keep("learned", "ipv6")),
    (r"ipv6 address ([0-9A-Fa-f:.]+)[/ ](\d{1,3})(?: eui-64| anycast)?", _address6),
    (r"ip binding vpn-instance (\S+)", _word("vrf")),
    (r"undo ipv6 nd ra halt", put(announces=True)),
    (r"ipv6 nd ra halt", put(announces=False)),
    (r"ipv6 nd ra .*|undo ipv6 nd ra .*", nothing),
    (
        r"port link-type (access|trunk|hybrid|dot1q-tunnel|negotiation\S*)",
        lambda r, make, m, s: make.update(mode=m[1], allowed_said=make.get("allowed_said") or s),
    ),
    (r"port link-mode bridge|portswitch", nothing),
    (r"port link-mode route|undo portswitch", put(mode="routed")),
    (r"port default vlan (\d{1,4})|port access vlan (\d{1,4})", lambda r, make, m, s: make.update(access=int(m[1] or m[2]))),
    (r"port (?:trunk|hybrid) pvid vlan (\d{1,4})", _number("native")),
    (r"(undo )?port trunk (?:allow-pass|permit) vlan ([\d to]+|all)", _allow),
    (r"(undo )?port hybrid (?:tagged |untagged )?vlan ([\d to]+|all)(?: (?:un)?tagged)?", _allow),
    (r"(?:dot1q termination vid|vlan-type dot1q(?: vid)?) (\d{1,4})(?: .*)?", _number("vlan")),
    (r"traffic-filter (?P<way>inbound|outbound) (?P<six>ipv6 )?acl (?:name )?(?P<acl>\S+)(?: rule .*)?", _filter),
    (r"traffic-secure (?P<way>inbound) (?P<six>ipv6 )?acl (?:name )?(?P<acl>\S+)", _filter),
    (r"packet-filter (?P<six>ipv6 )?(?:name )?(?P<acl>\S+) (?P<way>inbound|outbound)(?: hardware-count)?", _filter),
    (r"(?:traffic-policy|qos apply policy) (\S+) (inbound|outbound)", _policy_filter),
    (r"ip(?:v6)? policy-based-route \S+|traffic-redirect .*", _keep("policy")),
    (r"nat outbound(?: .*)?", _keep("translates")),
    (r"nat server .*", publish),
    (r"nat static enable", lambda r, make, m, s: r.translations.append(s)),
    (r"nat static .*", static_nat),
    (
        r"arp-proxy (?:enable|inner-sub-vlan-proxy enable|inter-sub-vlan-proxy enable)|proxy-arp enable|local-proxy-arp enable",
        put(proxy_arp=True),
    ),
    (r"undo (?:arp-proxy enable|proxy-arp enable)", put(proxy_arp=False)),
    (r"tunnel-protocol (\S+)(?: .*)?", _word("tunnel")),
    (r"(?:source|destination|gre|tunnel|keepalive)(?: .*)?", nothing),
    (r"ipsec (?:policy|apply policy) .*|ipsec profile .*", lambda r, make, m, s: r.tunnels.append(s)),
    (r"link-protocol ppp|ppp .*|dialer.*|pppoe-client .*|pppoe-server .*|apn-profile .*|modem .*", nothing),
)
