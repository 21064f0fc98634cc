"""Rules of access lists of IOS, NX-OS and Ruijie."""

from __future__ import annotations

import ipaddress
import re

from scanner.facts.netdev.box.spaces import FLAGS, PORTS, PROTOCOLS, Rule, Said, Span, everything, spans_of, wildcard
from scanner.facts.netdev.box.words import ANY_PORT, ICMP6_TYPES, ICMP_TYPES, PROTOCOL_NUMBERS, compared, port

_HARMLESS = frozenset({"log", "log-input", "log-update", "threshold", "capture"})


class _Words:
    """A rule's words, taken one by one."""

    def __init__(self, words: list[str]) -> None:
        self.words = words
        self.exact = True

    def take(self) -> str:
        return self.words.pop(0) if self.words else ""

    def next(self) -> str:
        return self.words[0] if self.words else ""

    def address(self, version: int) -> tuple[Span, ...]:
        word = self.take()
        if word == "any":
            return (everything(version),)
        if word == "host":
            number = int(ipaddress.ip_address(self.take()))
            return ((number, number),)
        if word in ("object-group", "addrgroup", "fqdn", "interface", "portgroup"):
            self.take()
            self.exact = False
            return (everything(version),)
        if "/" in word:
            return spans_of([ipaddress.ip_network(word, strict=False)], version)
        number = int(ipaddress.ip_address(word))
        if version == 4 and re.fullmatch(r"\d{1,3}(?:\.\d{1,3}){3}", self.next()):
            spans, followed = wildcard(number, int(ipaddress.IPv4Address(self.take())))
            self.exact = self.exact and followed
            return spans
        return ((number, number),)

    def ports(self) -> tuple[Span, ...]:
        operator = self.next()
        if operator == "portgroup":
            self.take()
            self.take()
            self.exact = False
            return ANY_PORT
        if operator not in ("eq", "neq", "lt", "gt", "range"):
            return ANY_PORT
        self.take()
        numbers: list[int] = []
        while self.words and port(self.next()) is not None and len(numbers) < 16:
            number = port(self.take())
            assert number is not None
            numbers.append(number)
            if operator in ("lt", "gt", "neq") or (operator == "range" and len(numbers) == 2):
                break
        found = compared(operator, numbers)
        if found is None:
            self.exact = False
            return ANY_PORT
        return found


def ios_rule(text: str, said: Said, version: int, standard: bool) -> Rule | None:
    """Read ``[NUMBER] permit|deny …``; None for remarks. What is not understood makes the rule inexact. Raises ValueError."""
    words = _Words(re.sub(r"^(?:sequence )?\d+ ", "", text).split())
    # IPv6 lists may name the sequence at the end.
    if len(words.words) > 2 and words.words[-2] == "sequence":
        words.words = words.words[:-2]
    action = words.take()
    if action in ("remark", "statistics", "description"):
        return None
    if action not in ("permit", "deny"):
        everyone = (everything(version),)
        return Rule(True, everyone, everyone, (PROTOCOLS,), ANY_PORT, ANY_PORT, FLAGS, False, said)
    if standard:
        source = words.address(version)
        exact = words.exact and not set(words.words) - _HARMLESS
        return Rule(action == "permit", source, (everything(version),), (PROTOCOLS,), ANY_PORT, ANY_PORT, FLAGS, exact, said)
    return _extended(words, action == "permit", said, version)


def _extended(words: _Words, permit: bool, said: Said, version: int) -> Rule:
    protocol, spans = words.take(), (PROTOCOLS,)
    if protocol not in ("ip", "ipv4", "ipv6"):
        number = int(protocol) if protocol.isdigit() else PROTOCOL_NUMBERS.get(protocol)
        if number is None:
            if protocol in ("object-group", "object"):
                words.take()
            words.exact = False
        else:
            number = 58 if version == 6 and number == 1 else number
            spans = ((number, number),)
    source = words.address(version)
    source_ports = words.ports()
    destination = words.address(version)
    ports = words.ports()
    flags: Span = FLAGS
    if protocol in ("icmp", "icmpv6", "icmp6") and words.next():
        source_ports, ports = _icmp(words, version)
    while words.words:
        word = words.take()
        if word == "established" and protocol == "tcp":
            flags = (1, 1)
        elif word not in _HARMLESS:
            words.exact = False
    return Rule(permit, source, destination, spans, source_ports, ports, flags, words.exact, said)


def _icmp(words: _Words, version: int) -> tuple[tuple[Span, ...], tuple[Span, ...]]:
    known = ICMP_TYPES if version == 4 else ICMP6_TYPES
    word = words.next()
    kind, code = (int(word), None) if word.isdigit() else known.get(word, (None, None))
    if kind is None:
        return ANY_PORT, ANY_PORT
    words.take()
    if word.isdigit() and words.next().isdigit():
        code = int(words.take())
    return ((kind, kind),), ((code, code),) if code is not None else (PORTS,)
