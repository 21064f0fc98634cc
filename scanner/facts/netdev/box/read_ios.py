"""IOS, NX-OS and Ruijie: what the device does with packets."""

from __future__ import annotations

import ipaddress
import re
from typing import Any

from scanner.facts.netdev.blocks import Block, Config
from scanner.facts.netdev.box.harmless import IOS_GLOBAL
from scanner.facts.netdev.box.ios_interface import read_interface
from scanner.facts.netdev.box.model import Aside, Box, Published, Route, Vrf
from scanner.facts.netdev.box.reading import Reading, apply, nothing, table
from scanner.facts.netdev.box.rules_ios import ios_rule
from scanner.facts.netdev.box.spaces import Said
from scanner.facts.netdev.box.words import port, vlans

_VRF_HEADER = re.compile(r"(?:ip vrf|vrf definition|vrf context) (\S+)")
_LIST = re.compile(r"(ip|ipv6) access-list (?:(standard|extended) )?(\S+)")
_DYNAMIC = re.compile(r"router (bgp|ospf|ospfv3|eigrp|isis|rip)\b.*|ipv6 router (ospf|eigrp|rip)\b.*")
_TUNNELS = re.compile(
    r"(?:crypto (?:map|ipsec|isakmp|ikev2|gdoi|keyring|dynamic-map)|vpdn|vpdn-group|l2tp-class|pseudowire-class|webvpn|nv overlay|vn-segment)\b.*"
)


def read_ios_box(vendor: str, config: Config) -> Box:
    """Build the device."""
    reading = Reading(vendor, config)
    switch = any(text.startswith("switchport") for block in config.starting("interface") for text in block.body)
    headers = set(config.headers())
    if vendor == "ios":
        reading.forwards4 = False if "no ip routing" in headers else True if "ip routing" in headers or not switch else None
        reading.forwards6 = True if "ipv6 unicast-routing" in headers else None
    elif vendor == "ruijie" and "no ip routing" in headers:
        reading.forwards4 = False
    for block in config.blocks:
        _block(reading, block)
    return reading.done()


def _block(reading: Reading, block: Block) -> None:
    said = Said(block.line, block.header)
    if block.header.startswith("interface "):
        read_interface(reading, block)
    elif found := _VRF_HEADER.fullmatch(block.header):
        _vrf(reading, block, found[1])
    elif found := _LIST.fullmatch(block.header):
        _list(reading, block, found)
    elif _DYNAMIC.fullmatch(block.header):
        _routing(reading, block)
    elif _TUNNELS.fullmatch(block.header):
        reading.tunnels.append(said)
    elif block.header.startswith("route-map "):
        # Followed only as far as an interface names it: then what comes in there is not certain.
        return
    elif re.fullmatch(r"vlan (?:range )?[\d,-]+", block.header):
        reading.vlans |= {n for low, high in vlans(block.header.split(" ")[-1]) or () for n in range(low, min(high, 4094) + 1)}
    elif not apply(reading, _GLOBAL, {}, said) and not IOS_GLOBAL.fullmatch(block.header):
        reading.strange_body(block)


def _vrf(reading: Reading, block: Block, name: str) -> None:
    make: dict[str, Any] = {"imports": set(), "exports": set(), "targets": [], "replicas": []}
    for line, text in block.said():
        said = Said(line, text)
        found = re.fullmatch(r"route-target (import|export|both) (\S+)(?: .*)?", text)
        copied = re.fullmatch(r"route-replicate from (?:vrf )?(\S+) .*", text)
        if found:
            make["imports"] |= {found[2]} if found[1] != "export" else set()
            make["exports"] |= {found[2]} if found[1] != "import" else set()
            make["targets"].append(said)
        elif copied:
            make["replicas"].append(("" if copied[1] == "global" else copied[1], said))
        elif re.match(r"ip(?:v6)? route ", text):
            if not _route(reading, re.sub(r"^(ip(?:v6)? route) ", rf"\1 vrf {name} ", text), said):
                reading.strange(said)
        elif not re.fullmatch(
            r"(?:rd|address-family|exit-address-family|description|ip name-server|ip domain-name|no ip|maximum|vni)\b.*", text
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
    version = 6 if found[1] == "ipv6" else 4
    name = ("6:" if version == 6 else "") + found[3]
    standard = found[2] == "standard" or (
        found[2] is None and reading.vendor == "ruijie" and re.fullmatch(r"\d{1,2}|1[3-9]\d\d", found[3]) is not None
    )
    reading.add_rule(name, None, Said(block.line, block.header))
    for line, text in block.said():
        _rule(reading, name, Said(line, text), text, version, standard)
    if version == 6 and reading.vendor != "nxos":
        # Neighbour discovery passes before the implicit deny; it crosses no router.
        return


def _rule(reading: Reading, name: str, said: Said, text: str, version: int, standard: bool) -> None:
    try:
        reading.add_rule(name, ios_rule(text, said, version, standard), said)
    except (ValueError, IndexError, OverflowError):
        reading.strange(said)
        reading.inexact.add(name)


def _numbered(reading: Reading, make: dict[str, Any], found: re.Match[str], said: Said) -> None:
    number = int(found[1])
    standard = number < 100 or 1300 <= number < 2000
    if number >= 200 and not 1300 <= number < 2700:
        return
    _rule(reading, found[1], said, found[2], 4, standard)


def _routing(reading: Reading, block: Block) -> None:
    reading.dynamic.append(Said(block.line, block.header))
    vrf = ""
    for text in block.body:
        family = re.fullmatch(r"address-family \S+(?: unicast)?(?: vrf (\S+))?.*", text)
        if re.fullmatch(r"vrf (\S+)", text):
            vrf = text.split(" ")[1]
        elif family:
            vrf = family[1] or (vrf if reading.vendor == "nxos" else "")
        elif text == "exit-address-family":
            vrf = ""
        elif re.match(r"redistribute (?:connected|direct|static)|network ", text) and block.header.startswith("router bgp"):
            reading.redistributes.add(vrf)


def _static(reading: Reading, make: dict[str, Any], found: re.Match[str], said: Said) -> None:
    if not _route(reading, said.text, said):
        raise ValueError(said.text)


def _route(reading: Reading, text: str, said: Said) -> bool:
    """``ip route [vrf V] PREFIX [MASK] [INTERFACE] [NEXT-HOP] [global | vrf W] …``."""
    words = re.sub(r" name \S+", "", text).split()[2:]
    vrf = ""
    if words[:1] == ["vrf"]:
        vrf, words = words[1], words[2:]
    if "/" not in words[0]:
        words = [f"{words[0]}/{words[1]}", *words[2:]]
    prefix = ipaddress.ip_network(words[0], strict=False)
    next_hop, interface, words = None, None, words[1:]
    if words and not re.match(r"[0-9A-Fa-f]*[:.]", words[0]):
        interface = words.pop(0)
        if words and re.fullmatch(r"\d+(?:/\d+)*(?:\.\d+)?", words[0]) and not interface[-1].isdigit():
            interface += words.pop(0)
    if words and re.fullmatch(r"[0-9A-Fa-f:.]*[:.][0-9A-Fa-f:.]*(?:/\d+)?", words[0]):
        next_hop = ipaddress.ip_address(words.pop(0).partition("/")[0])
    other = "" if "global" in words else words[words.index("vrf") + 1] if "vrf" in words[:-1] else None
    if reading.vendor == "nxos" and other == "default":
        other = ""
    drop = interface is not None and interface.lower().startswith("null")
    if next_hop is None and interface is None:
        return False
    reading.routes.append(Route(vrf, prefix, next_hop, None if drop else interface, other, drop, said))
    return True


def _published(reading: Reading, make: dict[str, Any], found: re.Match[str], said: Said) -> None:
    protocol = {"tcp": 6, "udp": 17}.get(found[1] or "")
    outside = found[4]
    table_named = re.search(r" vrf (\S+)", said.text)
    reading.published.append(
        Published(
            said,
            protocol,
            ipaddress.ip_address(outside) if re.match(r"\d+\.", outside) else None,
            _one(found[5]),
            ipaddress.ip_address(found[2]),
            _one(found[3]),
            table_named[1] if table_named else None,
        )
    )


def _one(word: str | None) -> tuple[int, int] | None:
    number = port(word) if word else None
    return (number, number) if number is not None else None


def _translation(reading: Reading, make: dict[str, Any], found: re.Match[str], said: Said) -> None:
    reading.translations.append(said)
    if re.match(r"ip nat (?:inside destination|outside source static)", said.text):
        reading.asides.append(Aside("a translation of destinations", said))


_A = r"(\d{1,3}(?:\.\d{1,3}){3})"
_GLOBAL = table(
    (r"ip(?:v6)? route .*", _static),
    (r"access-list (\d{1,4}) (.*)", _numbered),
    (rf"ip nat inside source static (tcp|udp) {_A} (\S+) (?:interface )?(\S+) (\S+)(?: (?:extendable|vrf|no-alias).*)?", _published),
    (rf"ip nat inside source static( )?{_A}()? {_A}()?(?: .*)?", _published),
    (rf"ip nat inside destination (?:static )?(tcp|udp) {_A} (\S+) {_A} (\S+).*", _translation),
    (r"ip nat (?:inside|outside) source (?:list|route-map) .*|ip nat pool .*|ip nat outside source .*|ip nat service .*", _translation),
    (r"(?:no )?ip routing|ipv6 unicast-routing", nothing),
)
