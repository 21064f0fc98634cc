"""Ports, protocols and lists of VLANs as the vendors write them."""

from __future__ import annotations

import re

from scanner.facts.netdev.box.spaces import PORTS, Span, merged

PROTOCOL_NUMBERS = {
    "icmp": 1, "igmp": 2, "ipinip": 4, "ipip": 4, "tcp": 6, "egp": 8, "igrp": 9, "udp": 17, "rsvp": 46, "gre": 47, "esp": 50, "ah": 51,
    "ahp": 51, "icmpv6": 58, "icmp6": 58, "eigrp": 88, "ospf": 89, "ospfv3": 89, "nos": 94, "pim": 103, "pcp": 108, "vrrp": 112, "l2tp": 115,
    "sctp": 132,
}  # fmt: skip
PORT_NUMBERS = {
    "echo": 7, "discard": 9, "systat": 11, "daytime": 13, "chargen": 19, "chargen-": 19, "ftp-data": 20, "ftp": 21, "ssh": 22, "telnet": 23,
    "smtp": 25, "time": 37, "nameserver": 42, "whois": 43, "tacacs": 49, "tacacs-ds": 49, "dns": 53, "domain": 53, "bootps": 67, "bootpc": 68,
    "dhcp-server": 67, "dhcp-client": 68, "tftp": 69, "gopher": 70, "finger": 79, "www": 80, "http": 80, "kerberos": 88, "hostname": 101,
    "pop2": 109, "pop3": 110, "sunrpc": 111, "ident": 113, "nntp": 119, "ntp": 123, "msrpc": 135, "netbios-ns": 137, "netbios-dgm": 138,
    "netbios-ssn": 139, "netbios-ss": 139, "imap": 143, "imap4": 143, "snmp": 161, "snmptrap": 162, "xdmcp": 177, "bgp": 179, "irc": 194,
    "dnsix": 195, "mobile-ip": 434, "https": 443, "pim-auto-rp": 496, "isakmp": 500, "exec": 512, "biff": 512, "login": 513, "who": 513,
    "cmd": 514, "syslog": 514, "lpd": 515, "talk": 517, "rip": 520, "uucp": 540, "klogin": 543, "kshell": 544, "ldap": 389, "radius": 1812,
    "drip": 3949, "non500-isakmp": 4500, "sip": 5060, "rdp": 3389, "mysql": 3306,
}  # fmt: skip
ICMP_TYPES = {
    "echo-reply": (0, None), "unreachable": (3, None), "net-unreachable": (3, 0), "host-unreachable": (3, 1), "port-unreachable": (3, 3),
    "source-quench": (4, None), "redirect": (5, None), "echo": (8, None), "time-exceeded": (11, None), "ttl-exceeded": (11, 0),
    "parameter-problem": (12, None), "timestamp-request": (13, None), "timestamp-reply": (14, None),
}  # fmt: skip
ICMP6_TYPES = {
    "echo-request": (128, None),
    "echo": (128, None),
    "echo-reply": (129, None),
    "unreachable": (1, None),
    "packet-too-big": (2, None),
}


def port(word: str) -> int | None:
    """A port's number; None for a word that is not known."""
    if re.fullmatch(r"\d{1,5}", word):
        return int(word) if int(word) <= 65535 else None
    return PORT_NUMBERS.get(word.lower())


def compared(operator: str, numbers: list[int]) -> tuple[Span, ...] | None:
    """Ports by an operator (eq neq lt gt range); None when it makes no sense."""
    if operator == "eq" and numbers:
        return merged((number, number) for number in numbers)
    if operator == "range" and len(numbers) == 2 and numbers[0] <= numbers[1]:
        return ((numbers[0], numbers[1]),)
    if len(numbers) != 1:
        return None
    number = numbers[0]
    spans = {"lt": [(0, number - 1)], "gt": [(number + 1, 65535)], "neq": [(0, number - 1), (number + 1, 65535)]}.get(operator)
    if spans is None:
        return None
    return tuple((low, high) for low, high in spans if low <= high) or None


ANY_PORT: tuple[Span, ...] = (PORTS,)


def vlans(text: str) -> tuple[Span, ...] | None:
    """``2 to 10 20``, ``1-5,7``, ``all``; None when it is no list of VLANs."""
    words = re.sub(r"\s*,\s*", " ", re.sub(r"\s+to\s+", "-", text.strip())).split()
    if words == ["all"]:
        return ((1, 4094),)
    if words == ["none"]:
        return ()
    out = []
    for word in words:
        found = re.fullmatch(r"(\d{1,4})(?:-(\d{1,4}))?", word)
        if found is None:
            return None
        out.append((int(found[1]), int(found[2] or found[1])))
    return merged(out) if words else None
