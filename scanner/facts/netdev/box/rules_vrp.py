"""Rules of access lists of VRP and Comware."""

from __future__ import annotations

import ipaddress
import re

from scanner.facts.netdev.box.spaces import FLAGS, PORTS, PROTOCOLS, Rule, Said, Span, everything, wildcard
from scanner.facts.netdev.box.words import ANY_PORT, ICMP6_TYPES, ICMP_TYPES, PROTOCOL_NUMBERS, compared, port

RULE = re.compile(r"rule (?:(?:name )?\S+ )?(permit|deny)(?: (.*))?")
_NUMBER = re.compile(r"rule (\d+) ")
_HARMLESS = frozenset({"logging", "counting", "log"})


def vrp_rule(text: str, said: Said, version: int) -> Rule | None:
    """Read ``rule [N] permit|deny …``; None for descriptions. What is not understood makes the rule inexact. Raises ValueError."""
    found = RULE.fullmatch(text)
    if found is None:
        return None
    return _Reading((found[2] or "").split(), version).run(found[1] == "permit", said)


def rule_number(text: str) -> int:
    """The rule's number, by which lists are ordered; 0 when it has none."""
    found = _NUMBER.match(text)
    return int(found[1]) if found else 0


class _Reading:
    def __init__(self, words: list[str], version: int) -> None:
        self.words = words
        self.version = version
        self.exact = True
        self.source: tuple[Span, ...] = (everything(version),)
        self.destination: tuple[Span, ...] = (everything(version),)
        self.source_ports = self.ports = ANY_PORT
        self.flags: Span = FLAGS
        self.protocols: tuple[Span, ...] = (PROTOCOLS,)
        self.protocol = 0

    def run(self, permit: bool, said: Said) -> Rule:
        self.named_protocol()
        while self.words:
            self.one(self.words.pop(0))
        return Rule(permit, self.source, self.destination, self.protocols, self.source_ports, self.ports, self.flags, self.exact, said)

    def named_protocol(self) -> None:
        word = self.words[0] if self.words else ""
        if word in ("ip", "ipv6"):
            self.words.pop(0)
        elif word.isdigit() or word in PROTOCOL_NUMBERS:
            self.protocol = int(self.words.pop(0)) if word.isdigit() else PROTOCOL_NUMBERS[self.words.pop(0)]
            if self.protocol == 1 and self.version == 6:
                self.protocol = 58
            self.protocols = ((self.protocol, self.protocol),)

    def one(self, word: str) -> None:
        if word in ("source", "source-address"):
            self.source = self.address()
        elif word in ("destination", "destination-address"):
            self.destination = self.address()
        elif word == "source-port":
            self.source_ports = self.compare()
        elif word == "destination-port":
            self.ports = self.compare()
        elif word in ("icmp-type", "icmp6-type"):
            self.icmp()
        elif word == "established" and self.protocol == 6:
            self.flags = (1, 1)
        elif word == "tcp-flag" and self.words[:1] == ["established"]:
            self.words.pop(0)
            self.flags = (1, 1)
        elif word not in _HARMLESS:
            self.exact = False

    def address(self) -> tuple[Span, ...]:
        word = self.words.pop(0)
        if word == "any":
            return (everything(self.version),)
        if not re.match(r"[0-9A-Fa-f:]", word) or not re.search(r"[.:]", word):
            # An object group or an address set.
            self.words = self.words[1:]
            self.exact = False
            return (everything(self.version),)
        address, _, length = word.partition("/")
        number = int(ipaddress.ip_address(address))
        if self.version == 6:
            bits = int(length or self.words.pop(0))
            low = number >> (128 - bits) << (128 - bits)
            return ((low, low | (1 << (128 - bits)) - 1),)
        if length:
            network = ipaddress.ip_network(word, strict=False)
            return ((int(network.network_address), int(network.broadcast_address)),)
        mask = self.words.pop(0) if self.words and re.fullmatch(r"0|\d{1,3}(?:\.\d{1,3}){3}", self.words[0]) else "0"
        spans, followed = wildcard(number, 0 if mask == "0" else int(ipaddress.IPv4Address(mask)))
        self.exact = self.exact and followed
        return spans

    def compare(self) -> tuple[Span, ...]:
        operator = self.words.pop(0)
        wanted = 2 if operator == "range" else 1
        numbers: list[int] = []
        while self.words and len(numbers) < wanted and (number := port(self.words[0])) is not None:
            numbers.append(number)
            self.words.pop(0)
        found = compared(operator, numbers)
        if found is None:
            self.exact = False
        return found or ANY_PORT

    def icmp(self) -> None:
        word = self.words.pop(0)
        known = ICMP_TYPES if self.version == 4 else ICMP6_TYPES
        kind, code = (int(word), None) if word.isdigit() else known.get(word, (None, None))
        if kind is None:
            self.exact = False
            return
        if word.isdigit() and self.words and self.words[0].isdigit():
            code = int(self.words.pop(0))
        self.source_ports = ((kind, kind),)
        self.ports = ((code, code),) if code is not None else (PORTS,)
