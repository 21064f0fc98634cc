"""Interfaces of IOS, NX-OS and Ruijie."""

from __future__ import annotations

import ipaddress
import re
from typing import Any

from scanner.facts.netdev.blocks import Block
from scanner.facts.netdev.box.harmless import IOS_INTERFACE
from scanner.facts.netdev.box.model import ALL_VLANS, Binding, Interface
from scanner.facts.netdev.box.reading import Reading, apply, nothing, put, table
from scanner.facts.netdev.box.spaces import Said, complement, merged
from scanner.facts.netdev.box.words import vlans

_KINDS = (
    (r"vlan|bdi|bvi", "svi"), (r"loopback", "loopback"), (r"tunnel|nve|vxlan", "tunnel"), (r"cellular|dialer|async|serial|virtual-ppp|bri", "dial"),
    (r"port-channel|aggregateport", "bundle"), (r"null", "null"), (r".*(?:ethernet|gige|gig|mgmt).*", "ethernet"),
)  # fmt: skip


def read_interface(reading: Reading, block: Block) -> None:
    """One interface block."""
    name = block.header.removeprefix("interface ").split(" point-to-point")[0].split(" multipoint")[0]
    make: dict[str, Any] = {"addresses": [], "filters": [], "odd": [], "kind": _kind(name)}
    number = re.fullmatch(r"(?:vlan|bdi) ?(\d{1,4})", name, re.I)
    if number:
        make["vlan"] = int(number[1])
    for line, text in block.said():
        said = Said(line, text)
        if not apply(reading, _LINES, make, said) and not IOS_INTERFACE.fullmatch(text):
            reading.strange(said)
            make["odd"].append(said)
    if make["kind"] == "tunnel":
        make.setdefault("tunnel", "vxlan" if name.lower().startswith(("nve", "vxlan")) else "gre")
    # NX-OS ports and SVIs are shut or not by their kind; the text always says `no shutdown` where it matters.
    if reading.vendor == "nxos" and make["kind"] == "svi":
        make.setdefault("shut", True)
    make["configured"] = any(text not in ("shutdown", "no shutdown", "switchport", "no switchport", "no ip address") for text in block.body)
    for key in ("addresses", "filters", "odd"):
        make[key] = tuple(make[key])
    reading.interfaces.append(Interface(name=name, said=Said(block.line, block.header), **make))


def _kind(name: str) -> str:
    for pattern, kind in _KINDS:
        if re.match(pattern, name.lower()):
            return kind
    return "other"


def _address(reading: Reading, make: dict[str, Any], found: re.Match[str], said: Said) -> None:
    length = found[2] if found[2] is not None else found[3]
    make["addresses"].append((ipaddress.ip_interface(f"{found[1]}/{length}"), said))


def _address6(reading: Reading, make: dict[str, Any], found: re.Match[str], said: Said) -> None:
    make["ipv6"] = said
    if found[2] is not None:
        make["addresses"].append((ipaddress.ip_interface(f"{found[1]}/{found[2]}"), said))


def _six(reading: Reading, make: dict[str, Any], found: re.Match[str], said: Said) -> None:
    make["ipv6"] = said


def _learned(reading: Reading, make: dict[str, Any], found: re.Match[str], said: Said) -> None:
    make["learned"] = said
    if said.text.startswith("ipv6"):
        make["ipv6"] = said


def _filter(reading: Reading, make: dict[str, Any], found: re.Match[str], said: Said) -> None:
    name = ("6:" if found[1].startswith("ipv6") else "") + found[2]
    make["filters"].append(Binding(name, found[3] == "in", said, False))


def _table(reading: Reading, make: dict[str, Any], found: re.Match[str], said: Said) -> None:
    name = found[1] or found[2]
    make["vrf"] = "" if reading.vendor == "nxos" and name == "default" else name


def _policy(reading: Reading, make: dict[str, Any], found: re.Match[str], said: Said) -> None:
    make["policy"] = said


def _nat(reading: Reading, make: dict[str, Any], found: re.Match[str], said: Said) -> None:
    if found[1] == "outside":
        make["translates"] = said


def _mode(reading: Reading, make: dict[str, Any], found: re.Match[str], said: Said) -> None:
    make["mode"] = found[1].split(" ")[0]
    make.setdefault("allowed_said", said)


def _number(key: str) -> Any:
    def handler(reading: Reading, make: dict[str, Any], found: re.Match[str], said: Said) -> None:
        make[key] = int(found[1])

    return handler


def _allowed(reading: Reading, make: dict[str, Any], found: re.Match[str], said: Said) -> None:
    spans = vlans(found[2])
    if spans is None:
        raise ValueError(said.text)
    held = make.get("allowed")
    before = ALL_VLANS if held is None else held
    if found[1] == "add ":
        spans = merged([*(held or ()), *spans])
    elif found[1] == "remove ":
        spans = complement([*complement(before, 4094), *spans], 4094)
    elif found[1] == "except ":
        spans = complement([(0, 0), *spans], 4094)
    make["allowed"] = tuple((max(low, 1), high) for low, high in spans if high >= 1)
    make["allowed_said"] = said


def _text(reading: Reading, make: dict[str, Any], found: re.Match[str], said: Said) -> None:
    make["description"] = found[1][:120]


def _tunnel(reading: Reading, make: dict[str, Any], found: re.Match[str], said: Said) -> None:
    make["tunnel"] = found[1].split(" ")[0]


_LINES = table(
    (r"description (.*)", _text),
    (r"shutdown", put(shut=True)),
    (r"no shutdown", put(shut=False)),
    (r"ip address ([\d.]+)(?:/(\d{1,2})| ([\d.]+))(?: secondary)?(?: tag \d+)?", _address),
    (r"ip address (?:dhcp|negotiated|pppoe|use-link-local-only).*|ip unnumbered .*|ipv6 address (?:dhcp|autoconfig).*", _learned),
    (r"no ip address|no ipv6 address.*|no ip proxy-arp-\S+", nothing),
    (r"(?:ip )?vrf forwarding (\S+)(?: .*)?|vrf member (\S+)", _table),
    (r"ipv6 address ([0-9A-Fa-f:.]+)/(\d{1,3})(?: (?:eui-64|anycast|tag \d+))?", _address6),
    (r"ipv6 address ([0-9A-Fa-f:]+)()? link-local", lambda r, make, m, s: make.update(ipv6=s)),
    (r"ipv6 enable|ipv6", _six),
    (r"ipv6 nd (?:ra suppress|suppress-ra|ra suppress all|suppress-ra all|ra-suppress)(?: .*)?", put(announces=False)),
    (r"no ipv6 nd (?:ra suppress|suppress-ra)(?: .*)?", put(announces=True)),
    (r"ip proxy-arp", put(proxy_arp=True)),
    (r"no ip proxy-arp", put(proxy_arp=False)),
    (r"(ip access-group|ipv6 traffic-filter|ipv6 access-group|ip port access-group|ipv6 port traffic-filter) (\S+) (in|out)", _filter),
    (r"mac access-group .*|mac port access-group .*", lambda r, make, m, s: make["odd"].append(s)),
    (r"ip(?:v6)? policy route-map (\S+)", _policy),
    (r"ip nat (inside|outside)(?: .*)?", _nat),
    (r"encapsulation dot1[qQ] (\d{1,4})(?: .*)?", _number("vlan")),
    (r"switchport|switchport encapsulation .*|switchport trunk encapsulation .*", nothing),
    (r"no switchport", put(mode="routed")),
    (r"switchport mode (access|trunk|hybrid|uplink|dynamic \S+|dot1q-tunnel|private-vlan .*)", _mode),
    (r"switchport access vlan (\d{1,4})", _number("access")),
    (r"switchport (?:trunk|hybrid) native vlan (\d{1,4})", _number("native")),
    (r"switchport trunk allowed vlan (add |remove |except |only )?([\d,\- ]+|all|none)", _allowed),
    (r"switchport hybrid allowed vlan (add |remove |only )?(?:tagged |untagged )?([\d,\- ]+)", _allowed),
    (r"tunnel mode (.*)", _tunnel),
    (r"tunnel (?:source|destination|key|vrf|protection|path-mtu-discovery|ttl|checksum|bandwidth)(?: .*)?", nothing),
    (r"crypto map (\S+)", lambda r, make, m, s: r.tunnels.append(s)),
    (r"dialer (?:pool|in-band|string|idle-timeout|persistent).*|encapsulation (?:ppp|slip|hdlc).*|pppoe-client .*", nothing),
)
