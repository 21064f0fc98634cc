"""Firewalls' own zones and security policies, of VRP (USG) and Comware, where the text is plain; anything else makes them inexact."""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass, field

from scanner.facts.netdev.blocks import Block
from scanner.facts.netdev.box.model import Firewall, ZoneRule, plain
from scanner.facts.netdev.box.reading import Reading
from scanner.facts.netdev.box.spaces import FLAGS, PORTS, PROTOCOLS, Rule, Said, Span, everything, spans_of
from scanner.facts.netdev.box.words import compared, port

_SERVICES: dict[str, tuple[int, int]] = {
    "http": (6, 80), "https": (6, 443), "ssh": (6, 22), "telnet": (6, 23), "ftp": (6, 21), "smtp": (6, 25), "pop3": (6, 110), "dns-tcp": (6, 53),
    "rdp-tcp": (6, 3389), "mysql": (6, 3306), "ntp": (17, 123), "snmp": (17, 161), "syslog": (17, 514), "tftp": (17, 69), "ldap": (6, 389),
}  # fmt: skip
_OTHERS = re.compile(r"(?:object-policy|zone-pair|policy interzone|firewall packet-filter|firewall interzone|nat-policy interzone)\b.*")


@dataclass(slots=True)
class _Draft:
    said: Said
    sources: set[str] = field(default_factory=set)
    destinations: set[str] = field(default_factory=set)
    source: list[Span] = field(default_factory=list)
    destination: list[Span] = field(default_factory=list)
    services: list[tuple[Span, Span, Span]] = field(default_factory=list)
    permit: bool | None = None
    exact: bool = True
    enabled: bool = True


def read_firewall(reading: Reading) -> None:
    """Set the reading's firewall when the configuration has zones."""
    zones: dict[str, str] = {}
    for block in reading.config.starting("firewall zone", "security-zone"):
        name = re.sub(r"^(?:firewall zone|security-zone)(?: name)? ", "", block.header).split(" id ")[0].lower()
        for text in block.body:
            found = re.fullmatch(r"(?:add|import) interface (\S+)(?: vlan .*)?", text)
            if found:
                zones[plain(found[1])] = name
    if not zones:
        return
    exact, otherwise, rules = True, False, list[ZoneRule]()
    said, six = Said(0, ""), None
    for block in reading.config.blocks:
        if re.fullmatch(r"security-policy(?: ip)?", block.header):
            said = Said(block.line, block.header)
            more, permits = _rules(reading, block)
            rules, otherwise = [*rules, *more], otherwise or permits
        elif re.fullmatch(r"security-policy ipv6|object-policy ipv6 .*", block.header):
            six = Said(block.line, block.header)
            reading.strange_body(block)
        elif _OTHERS.fullmatch(block.header):
            exact = False
            said = Said(block.line, block.header)
    reading.firewall = Firewall(zones, tuple(rules), otherwise, exact, said, six)


def _rules(reading: Reading, block: Block) -> tuple[list[ZoneRule], bool]:
    drafts: list[_Draft] = []
    permits = False
    for line, text in block.said():
        said = Said(line, text)
        if re.match(r"rule (?:name |\d+)", text):
            drafts.append(_Draft(said))
        elif text == "default action permit":
            permits = True
        elif drafts:
            try:
                _one(reading, drafts[-1], text, said)
            except (ValueError, IndexError):
                drafts[-1].exact = False
                reading.strange(said)
    out: list[ZoneRule] = []
    for draft in drafts:
        if draft.enabled and draft.permit is not None:
            out += _finished(draft)
    return out, permits


def _one(reading: Reading, draft: _Draft, text: str, said: Said) -> None:
    words = text.split()
    if words[0] == "action" and words[1:2]:
        draft.permit = words[1] in ("permit", "pass")
        draft.said = Said(draft.said.line, f"{draft.said.text} … {text}")
    elif words[0] in ("source-zone", "destination-zone"):
        (draft.sources if words[0][0] == "s" else draft.destinations).update(word.lower() for word in words[1:])
    elif words[0].startswith(("source-address", "destination-address", "source-ip", "destination-ip")):
        spans = _address(reading, words)
        if spans is None:
            draft.exact = False
            # What is not followed is counted: an address of IPv6, an object that holds one, a name, a place on the map.
            reading.strange(said)
        else:
            (draft.source if words[0][0] == "s" else draft.destination).extend(spans)
    elif words[0] in ("service", "service-port"):
        _service(reading, draft, words)
    elif words[0] == "disable" or text in ("rule disable", "undo enable"):
        draft.enabled = False
    elif words[0] not in (
        "description",
        "logging",
        "counting",
        "policy",
        "session",
        "long-link",
        "traffic",
        "profile",
        "undo",
        "enable",
        "parent-group",
        "track",
    ):
        draft.exact = False


def _address(reading: Reading, words: list[str]) -> list[Span] | None:
    """Spans of one address condition; None when it is not followed."""
    rest = [word for word in words[1:] if word != "mask"]
    kind = words[0].rpartition("-")[2]
    if rest[:1] in (["address-set"], ["geo-location"], ["domain-set"]) or (kind == "ip" and not re.match(r"\d", rest[0])):
        return _object(reading, rest[-1]) if rest[0] != "geo-location" else None
    if rest[:1] == ["any"]:
        return [everything(4)]
    if rest[:1] == ["range"] or kind == "range":
        low, high = [word for word in rest if word != "range"][:2]
        return [(int(ipaddress.IPv4Address(low)), int(ipaddress.IPv4Address(high)))]
    if ":" in rest[0]:
        return None
    text = f"{rest[0]}/{rest[1]}" if len(rest) > 1 else rest[0]
    return list(spans_of([ipaddress.ip_network(text, strict=False)], 4))


def _object(reading: Reading, name: str) -> list[Span] | None:
    out: list[Span] = []
    for block in reading.config.starting(f"ip address-set {name}", f"object-group ip address {name}"):
        for text in block.body:
            found = re.fullmatch(
                r"(?:address )?\d+ (?:network )?(?:(range|host address|subnet) )?(\d[\d.]+)(?:/(\d+))?(?: (?:mask )?(\d[\d.]*))?", text
            )
            if found is None:
                if text.startswith(("description", "security-zone")):
                    continue
                return None
            if found[1] == "range":
                out.append((int(ipaddress.IPv4Address(found[2])), int(ipaddress.IPv4Address(found[4]))))
            else:
                out += spans_of([ipaddress.ip_network(f"{found[2]}/{found[3] or found[4] or 32}", strict=False)], 4)
    return out or None


def _service(reading: Reading, draft: _Draft, words: list[str]) -> None:
    if words[0] == "service-port" or words[1] == "protocol":
        rest = words[2:] if words[1] == "protocol" else words[1:]
        number = {"tcp": 6, "udp": 17, "icmp": 1}.get(rest[0])
        ports = _ports(rest[1:])
        if number is None or ports is None:
            draft.exact = False
            number = number or 0
        draft.services.append(((number, number) if number else PROTOCOLS, PORTS, ports or PORTS))
        return
    for word in words[1:]:
        known = _SERVICES.get(word.lower())
        if word.lower() == "any":
            draft.services.append((PROTOCOLS, PORTS, PORTS))
        elif word.lower() in ("icmp", "ping"):
            draft.services.append(((1, 1), PORTS, PORTS))
        elif word.lower() in ("tcp", "udp"):
            number = 6 if word.lower() == "tcp" else 17
            draft.services.append(((number, number), PORTS, PORTS))
        elif known:
            draft.services.append(((known[0], known[0]), PORTS, (known[1], known[1])))
        else:
            draft.services.append((PROTOCOLS, PORTS, PORTS))
            draft.exact = False


def _ports(words: list[str]) -> Span | None:
    """Destination ports of a service condition; None when they are not followed."""
    if not words:
        return PORTS
    if words[0] not in ("destination-port", "destination"):
        return None
    rest = [word for word in words[1:] if word not in ("eq", "to", "range")]
    numbers = [number for word in rest if (number := port(word)) is not None]
    if len(numbers) != len(rest) or not 1 <= len(numbers) <= 2 or any(word in ("lt", "gt", "neq") for word in words):
        return None
    found = compared("eq", numbers[:1]) if len(numbers) == 1 else compared("range", numbers)
    return found[0] if found else None


def _finished(draft: _Draft) -> list[ZoneRule]:
    services = draft.services or [(PROTOCOLS, PORTS, PORTS)]
    every = (everything(4),)
    out = []
    for protocol, source_ports, ports in services:
        rule = Rule(
            bool(draft.permit), tuple(draft.source) or every, tuple(draft.destination) or every, (protocol,), (source_ports,), (ports,), FLAGS,
            draft.exact, draft.said,
        )  # fmt: skip
        zones = [frozenset(found - {"any"}) if found and "any" not in found else None for found in (draft.sources, draft.destinations)]
        out.append(ZoneRule(zones[0], zones[1], rule))
    return out
