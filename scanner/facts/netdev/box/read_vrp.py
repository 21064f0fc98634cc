"""VRP and Comware: what the device does with packets."""

from __future__ import annotations

import ipaddress
import re
from typing import Any

from scanner.facts.netdev.blocks import Block, Config
from scanner.facts.netdev.box.firewall import read_firewall
from scanner.facts.netdev.box.harmless import VRP_GLOBAL
from scanner.facts.netdev.box.model import Box, Route, Vrf
from scanner.facts.netdev.box.reading import Reading, apply, nothing, table
from scanner.facts.netdev.box.rules_vrp import RULE, rule_number, vrp_rule
from scanner.facts.netdev.box.spaces import Said
from scanner.facts.netdev.box.vrp_interface import filter_of, publish, read_interface, static_nat
from scanner.facts.netdev.box.words import vlans

_LIST = re.compile(
    r"acl (?P<six>ipv6 )?(?:(?:number|basic|advanced|mac|user-defined) )?(?:(?P<number>\d{1,5})|name (?P<only>\S+))(?: name (?P<name>\S+))?"
    r"(?: (?:basic|advance|advanced|ucl|link|user))?(?: (?:number )?(?P<also>\d{4,5}))?(?P<auto> match-order auto)?(?: match-order config)?"
)
_DYNAMIC = re.compile(r"(?:bgp|ospf|ospfv3|isis|rip|ripng)(?: .*)?")
_TUNNELS = re.compile(r"(?:ike|ipsec|l2tp|l2tp-group|sslvpn|v-gateway|svpn|vxlan|bridge-domain|vsi|mpls|wireguard|gre|pptp)(?: .*)?")
_CLASS = re.compile(r"traffic (?:classifier|behavior|policy) \S+.*|qos policy .*")


def read_vrp_box(vendor: str, config: Config) -> Box:
    """Build the device."""
    reading = Reading(vendor, config)
    if vendor == "vrp" and "ipv6" not in set(config.headers()):
        reading.forwards6 = None
    for block in config.blocks:
        _block(reading, block)
    read_firewall(reading)
    _policies(reading)
    if any(re.fullmatch(r"packet-filter default deny|acl default-rule .*", header) for header in config.headers()):
        reading.strange(Said(0, "packet-filter default"))
    return reading.done()


def _block(reading: Reading, block: Block) -> None:
    said = Said(block.line, block.header)
    if block.header.startswith("interface "):
        read_interface(reading, block)
    elif found := re.fullmatch(r"ip vpn-instance (\S+)", block.header):
        _vrf(reading, block, found[1])
    elif found := _LIST.fullmatch(block.header):
        _list(reading, block, found)
    elif _DYNAMIC.fullmatch(block.header):
        _routing(reading, block)
    elif _TUNNELS.fullmatch(block.header):
        reading.tunnels.append(said)
    elif found := re.fullmatch(r"vlan (?:batch )?([\d to]+)", block.header):
        _vlan(reading, block, found[1])
    elif not apply(reading, _GLOBAL, {}, said) and not VRP_GLOBAL.fullmatch(block.header):
        reading.strange_body(block)


def _vlan(reading: Reading, block: Block, text: str) -> None:
    reading.vlans |= {n for low, high in vlans(text) or () for n in range(low, min(high, 4094) + 1)}
    for line, body in block.said():
        said = Said(line, body)
        found = re.fullmatch(r"traffic-filter (?P<way>inbound|outbound) (?P<six>ipv6 )?acl (?:name )?(?P<acl>\S+)", body)
        if found and text.isdigit():
            reading.vlan_filters.append((int(text), filter_of(reading, found, said)))
        elif not re.fullmatch(
            r"(?:undo )?(?:description|name|igmp|mld|mac|dhcp|arp|port|aggregate-vlan|access-vlan|mux|vrrp|management-vlan|ipv6 nd|statistic)\b.*",
            body,
        ):
            reading.strange(said)


def _vrf(reading: Reading, block: Block, name: str) -> None:
    make: dict[str, Any] = {"imports": set(), "exports": set(), "targets": [], "replicas": []}
    for line, text in block.said():
        said = Said(line, text)
        found = re.fullmatch(r"vpn-target ((?:[\d.]+:\d+ ?)+)(import-extcommunity|export-extcommunity|both)?(?: evpn)?", text)
        copied = re.fullmatch(r"(?:route-replicate from|import-rib) (?:vpn-instance (\S+)|(public)) .*", text)
        if found:
            targets = set(found[1].split())
            make["imports"] |= targets if found[2] != "export-extcommunity" else set()
            make["exports"] |= targets if found[2] != "import-extcommunity" else set()
            make["targets"].append(said)
        elif copied:
            make["replicas"].append((copied[1] or "", said))
        elif not re.fullmatch(
            r"(?:ipv[46]-family|address-family|route-distinguisher|description|vpn-id|apply-label|tnl-policy|vxlan vni|routing-table)\b.*",
            text,
        ):
            reading.strange(said)
    reading.vrfs[name] = Vrf(
        name,
        Said(block.line, block.header),
        frozenset(make["imports"]),
        frozenset(make["exports"]),
        tuple(make["targets"]),
        tuple(make["replicas"]),
    )


def _list(reading: Reading, block: Block, found: re.Match[str]) -> None:
    names = [name for name in (found["number"], found["only"], found["name"], found["also"]) if name]
    version = 6 if found["six"] else 4
    header = Said(block.line, block.header)
    number = next((int(name) for name in names if name.isdigit()), 3000)
    ordered = []
    for line, text in block.said():
        if RULE.fullmatch(text):
            ordered.append((rule_number(text), line, text))
        elif not re.fullmatch(r"(?:rule \d+ (?:description|comment)|rule |step|description|undo)\b.*", text) or re.match(
            r"rule .*(permit|deny)", text
        ):
            reading.strange(Said(line, text))
    for name in names:
        key = ("6:" if version == 6 else "") + name
        reading.add_rule(key, None, header)
        if found["auto"] or 4000 <= number < 6000:
            reading.inexact.add(key)
        if 4000 <= number < 6000:
            continue
        for _number, line, text in sorted(ordered):
            said = Said(line, text)
            try:
                reading.add_rule(key, vrp_rule(text, said, version), header)
            except (ValueError, IndexError, OverflowError):
                reading.strange(said)
                reading.inexact.add(key)


def _routing(reading: Reading, block: Block) -> None:
    reading.dynamic.append(Said(block.line, block.header))
    if not block.header.startswith("bgp"):
        return
    vrf = ""
    for text in block.body:
        family = re.fullmatch(r"(?:ipv[46]-family vpn-instance|ip vpn-instance) (\S+)", text)
        if family:
            vrf = family[1]
        elif re.fullmatch(r"ipv[46]-family (?:unicast|vpnv4|vpnv6)|l2vpn-family evpn", text):
            vrf = ""
        elif re.match(r"import-route (?:direct|static)|network ", text):
            reading.redistributes.add(vrf)


_OPTIONS = frozenset({"preference", "tag", "track", "permanent", "inherit-cost", "bfd", "relay-interface"})
"""Words after the next hop of a route, or in its place when another table is looked up."""


def _route(reading: Reading, make: dict[str, Any], found: re.Match[str], said: Said) -> None:
    """``ip route-static [vpn-instance V] PREFIX MASK [vpn-instance W] [INTERFACE] [NEXT-HOP] [public] … [description …]``."""
    words = said.text.partition(" description ")[0].split()[2:]
    vrf, other = "", None
    if words[0] == "vpn-instance":
        vrf, words = words[1], words[2:]
    mask = words[1]
    prefix = ipaddress.ip_network(words[0] if "/" in words[0] else f"{words[0]}/{mask}", strict=False)
    words = words[1:] if "/" in words[0] else words[2:]
    if words[:1] == ["vpn-instance"]:
        other, words = words[1], words[2:]
    elif words[:1] == ["public"]:
        other, words = "", words[1:]
    other = "" if other in ("_public_", "public") else other
    next_hop, interface = None, None
    if words and words[0] not in _OPTIONS and not re.match(r"[0-9A-Fa-f]*[.:]", words[0]):
        interface = words.pop(0)
        if words and re.fullmatch(r"[\d/.]+", words[0]) and not interface[-1].isdigit():
            interface += words.pop(0)
    if words and re.fullmatch(r"[0-9A-Fa-f:.]*[:.][0-9A-Fa-f:.]*", words[0]):
        next_hop = ipaddress.ip_address(words.pop(0))
    if "public" in words:
        other = ""
    drop = interface is not None and interface.lower().startswith("null")
    if next_hop is None and interface is None and other is None:
        raise ValueError(said.text)
    reading.routes.append(Route(vrf, prefix, next_hop, None if drop else interface, other, drop, said))


def _everywhere(reading: Reading, make: dict[str, Any], found: re.Match[str], said: Said) -> None:
    vlan = int(found["vlan"]) if found["vlan"] else None
    reading.vlan_filters.append((vlan, filter_of(reading, found, said)))


def _policies(reading: Reading) -> None:
    """Traffic policies are followed as far as this: they may drop or turn aside, so what passes them is not certain."""
    for block in reading.config.blocks:
        found = re.fullmatch(r"(?:traffic|qos) policy (\S+)(?: .*)?", block.header)
        if found:
            name = f"policy:{found[1]}"
            reading.add_rule(name, None, Said(block.line, block.header))
            reading.inexact.add(name)


_GLOBAL = table(
    (r"ip(?:v6)? route-static (?:vpn-instance|\d|::|[0-9A-Fa-f:]+).*", _route),
    (r"ip route-static (?:default-preference|selection-rule|bfd|frr|track).*", nothing),
    (r"traffic-filter (?:vlan (?P<vlan>\d{1,4}) )?(?P<way>inbound|outbound) (?P<six>ipv6 )?acl (?:name )?(?P<acl>\S+)", _everywhere),
    (r"nat server .*", publish),
    (r"nat static (?!enable).*", static_nat),
    (r"nat (?:outbound|instance|policy|address-group|source-policy)\b.*|nat-policy", lambda r, make, m, s: r.translations.append(s)),
    (_CLASS.pattern, nothing),
    (r"ipv6|undo ipv6|route-policy .*|policy-based-route .*", nothing),
    (
        r"firewall zone .*|security-zone .*|security-policy.*|ip address-set .*|ip service-set .*|object-group .*|object-policy .*|zone-pair .*|policy interzone .*|firewall .*",
        nothing,
    ),
)
