"""Cisco IOS and IOS-XE, NX-OS and Ruijie: what their lines mean for the device's own management.

Only defaults that the vendor gives for every version are used; what differs between models stays unstated.
"""

from __future__ import annotations

import re
from typing import Any

from scanner.facts.netdev.blocks import Config
from scanner.facts.netdev.ios_accounts import method_of, read_secrets
from scanner.facts.netdev.ios_lists import read_ios_acls
from scanner.facts.netdev.shape import Line, Lockout, Port, Snmp, Switch, covers_all, switch

_LOGHOST = re.compile(
    r"logging (?:host |server )?(?:ipv6 )?((?:\d{1,3}\.){3}\d{1,3}|[0-9A-Fa-f]*:[0-9A-Fa-f:.]+)(?: .*)?|logging (?:host|server) (\S+)(?: .*)?"
)
_NTP = re.compile(r"s?ntp (?:server|peer) (?:ipv6 )?(?:vrf \S+ )?(?:ip |ipv6 )?(\S+)(?: .*)?")
_PHYSICAL = re.compile(
    r"interface ((?:(?:Gigabit|TenGigabit|TwentyFiveGig\w*|FortyGigabit|HundredGig\w*|TwoGigabit|FiveGigabit|Fast|AppGigabit)?(?:Ethernet|E)"
    r"|TFGigabitEthernet|TwentyFiveGigE|HundredGigE|FortyGigE|mgmt|Mgmt)[ ]?\d+(?:/\d+)*)",
    re.I,
)


def interpret(config: Config, vendor: str, whole: bool) -> dict[str, Any]:
    """Read a configuration into a Device's parts. ``whole``: understood line by line, and its end was seen."""
    headers = list(config.headers())
    vty = _lines(config, headers, "vty", vendor)
    servers = tuple(m[1] for h in headers if (m := _NTP.fullmatch(h)))
    return {
        "vendor": vendor,
        "telnet": _telnet(headers, vty, vendor, whole),
        "ssh": _ssh(headers, vty, vendor, whole),
        "ssh1": _ssh1(headers, vendor, whole),
        "http": _http(headers, vendor, whole),
        "vty": vty,
        "vty_uncovered": vendor != "nxos" and not covers_all(vty, 5),
        "console": tuple(line for kind in ("con", "console", "aux") for line in _lines(config, headers, kind, vendor)),
        "ssh_acl": None,
        "telnet_acl": None,
        "acls": read_ios_acls(config),
        "secrets": read_secrets(config),
        "snmp": _snmp(headers),
        "loghosts": tuple(dict.fromkeys(m[1] or m[2] for h in headers if (m := _LOGHOST.fullmatch(h)))),
        "info_center": switch(headers, ("logging on",), ("no logging on",), True, whole),
        "ntp": _ntp(headers, servers, whole),
        "ntp_servers": servers,
        "lockout": _lockout(headers, vendor, whole),
        "ports": _ports(config),
        "ipv6": any(line.startswith("ipv6 address") for block in config.starting("interface") for line in block.body),
    }


def _telnet(headers: list[str], vty: tuple[Line, ...], vendor: str, whole: bool) -> Switch:
    if vendor == "nxos":
        return switch(headers, ("feature telnet", "telnet server enable"), ("no feature telnet", "no telnet server enable"), False, whole)
    if vendor == "ruijie":
        stated = switch(headers, ("enable service telnet-server",), ("no enable service telnet-server",), None, whole)
        if stated.on is not None or stated.source == "contradiction":
            return stated
    admits = [line.protocols for line in vty if line.shell]
    if any(protocols is not None and {"telnet", "all"} & set(protocols) for protocols in admits):
        return Switch(True, "stated")
    if whole and admits and covers_all(vty, 5) and all(protocols is not None for protocols in admits):
        return Switch(False, "stated")
    return Switch(None, "unstated")


def _ssh(headers: list[str], vty: tuple[Line, ...], vendor: str, whole: bool) -> Switch:
    if vendor == "nxos":
        return switch(headers, ("feature ssh",), ("no feature ssh",), True, whole)
    if vendor == "ruijie":
        stated = switch(headers, ("enable service ssh-server",), ("no enable service ssh-server",), None, whole)
        if stated.on is not None or stated.source == "contradiction":
            return stated
        return Switch(None, "unstated")
    admits = [line.protocols for line in vty if line.shell]
    if any(protocols is not None and "ssh" in protocols for protocols in admits):
        return Switch(True, "stated")
    if whole and admits and covers_all(vty, 5) and all(protocols and not {"ssh", "all"} & set(protocols) for protocols in admits):
        return Switch(False, "stated")
    return Switch(None, "unstated")


def _ssh1(headers: list[str], vendor: str, whole: bool) -> Switch:
    if vendor == "nxos":
        return Switch(False, "default") if whole else Switch(None, "unstated")
    return switch(headers, ("ip ssh version 1",), ("ip ssh version 2",), None, whole)


def _http(headers: list[str], vendor: str, whole: bool) -> Switch:
    if vendor == "nxos":
        if "feature nxapi" not in headers:
            return Switch(False, "default") if whole else Switch(None, "unstated")
        return switch([re.sub(r" port \d+$", "", h) for h in headers], ("nxapi http",), ("no nxapi http",), None, whole)
    if vendor == "ruijie":
        on = ("enable service web-server", "enable service web-server http", "enable service web-server all", "ip http server")
        return switch(headers, on, ("no enable service web-server", "enable service web-server https", "no ip http server"), None, whole)
    return switch(headers, ("ip http server",), ("no ip http server",), None, whole)


def _lines(config: Config, headers: list[str], kind: str, vendor: str) -> tuple[Line, ...]:
    out = []
    for block in config.starting(f"line {kind}"):
        transport = [m[1] for text in block.body if (m := re.fullmatch(r"transport input (.+)", text))]
        protocols = None if not transport else ("ssh", "telnet") if transport[-1] == "all" else tuple(sorted(transport[-1].split()))
        binds = [(m[1] or "", m[2]) for text in block.body if (m := re.fullmatch(r"(ip |ipv6 )?access-class (\S+) in(?: .*)?", text))]
        out.append(
            Line(
                name=block.header.removeprefix("line "),
                authentication=method_of(block.body, headers, vendor),
                protocols=protocols,
                idle_seconds=_idle(block.body),
                acl=next((name for six, name in reversed(binds) if six != "ipv6 "), None),
                acl6=next((name for six, name in reversed(binds) if six == "ipv6 "), None),
                shell="no exec" not in block.body,
            )
        )
    return tuple(out)


def _idle(body: tuple[str, ...]) -> int | None:
    seconds: int | None = None
    for text in body:
        found = re.fullmatch(r"exec-timeout (\d{1,6})(?: (\d{1,7}))?", text)
        if found:
            seconds = int(found[1]) * 60 + int(found[2] or 0)
        elif text == "no exec-timeout":
            seconds = 0
    return seconds


def _snmp(headers: list[str]) -> Snmp:
    lines = [h for h in headers if h.startswith("snmp-server ")]
    communities = [h for h in lines if h.startswith("snmp-server community ")]
    versions = {"v1", "v2c"} if communities else set()
    for line in lines:
        if re.match(r"snmp-server group \S+ v3\b|snmp-server user \S+ .*\b(?:v3|auth)\b", line):
            versions.add("v3")
    serving = any(re.match(r"snmp-server (?:community|group|user|view|manager)\b", line) for line in lines)
    return Snmp(
        on=serving and "no snmp-server" not in headers and "no snmp-server protocol enable" not in headers,
        versions=tuple(sorted(versions)) or None,
        communities=len(communities),
        well_known=sum("[masked:well-known]" in line for line in communities),
        concealed=sum(bool(re.match(r"snmp-server community [678] ", line)) for line in communities),
        without_acl=sum(not re.search(r"(?:ro|rw)(?: ipv6 \S+)? \S+$|use-(?:ipv4)?acl \S+", line, re.I) for line in communities),
    )


def _ntp(headers: list[str], servers: tuple[str, ...], whole: bool) -> Switch:
    if any(h in {"no feature ntp", "no ntp enable", "ntp disable", "no ntp"} for h in headers):
        return Switch(False, "stated")
    if servers:
        return Switch(True, "stated")
    return Switch(False, "default") if whole else Switch(None, "unstated")


def _lockout(headers: list[str], vendor: str, whole: bool) -> Lockout:
    for header in headers:
        found = re.fullmatch(r"login block-for (\d{1,6}) attempts (\d{1,5}) within \d{1,6}", header)
        if found:
            return Lockout(True, int(found[2]), int(found[1]) // 60, "stated")
        kept = re.fullmatch(r"aaa local authentication attempts max-fail (\d{1,5})", header)
        if kept:
            # Locked until somebody clears it.
            return Lockout(True, int(kept[1]), 0, "stated")
        if vendor == "ruijie" and (tries := re.fullmatch(r"aaa local authentication attempts (\d{1,10})", header)):
            # The unit of its lockout-time differs between versions.
            return Lockout(True, int(tries[1]), None, "stated")
    return Lockout(False, None, None, "default") if whole and vendor == "ios" else Lockout(None, None, None, "unstated")


def _ports(config: Config) -> tuple[Port, ...]:
    out = []
    for block in config.starting("interface"):
        found = _PHYSICAL.fullmatch(block.header)
        if found is None:
            continue
        shut = "shutdown" in block.body and "no shutdown" not in block.body
        bare = {"shutdown", "no shutdown", "switchport", "no switchport", "no ip address", "negotiation auto", "duplex auto", "speed auto"}
        out.append(Port(found[1], shut, any(text not in bare for text in block.body)))
    return tuple(out)
