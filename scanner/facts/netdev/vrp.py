"""Huawei VRP: what its lines mean. Unstated defaults differ between models and versions and are not guessed."""

from __future__ import annotations

import re
from typing import Any

from scanner.facts.netdev.blocks import Config
from scanner.facts.netdev.shape import (
    Line,
    Lockout,
    Secret,
    Switch,
    bound_acl,
    covers_all,
    has_ipv6,
    idle_seconds,
    kept_as,
    read_acls,
    read_loghosts,
    read_ports,
    read_snmp,
    switch,
    value_after,
)

_TELNET_ON = (
    "telnet server enable", "undo telnet server disable", "telnet ipv4 server enable", "telnet ipv6 server enable",
    "undo telnet ipv4 server disable", "undo telnet ipv6 server disable",
)  # fmt: skip
_TELNET_OFF = ("undo telnet server enable", "telnet server disable")
_TELNET_OFF_4 = {"undo telnet ipv4 server enable", "telnet ipv4 server disable"}
_TELNET_OFF_6 = {"undo telnet ipv6 server enable", "telnet ipv6 server disable"}
_HTTP_OFF = ("undo http server enable", "undo http server", "http server disable", "undo ip http enable")
_SSH_ON = ("stelnet server enable", "stelnet ipv4 server enable", "stelnet ipv6 server enable", "ssh server enable")
_SSH_OFF = ("undo stelnet server enable", "undo stelnet ipv4 server enable")
_SSH1_ON = ("ssh server compatible-ssh1x enable", "ssh server compatible-ssh1x")
_SSH1_OFF = ("undo ssh server compatible-ssh1x enable", "undo ssh server compatible-ssh1x")
_NTP = re.compile(r"(?:ntp(?:-service)? unicast-(?:server|peer)|sntp unicast-server)(?: ipv6)? (\S+)(?: .*)?")


def interpret(config: Config) -> dict[str, Any]:
    """Read a VRP configuration into a Device's parts."""
    headers = list(config.headers())
    whole = config.unparsed == 0
    vty = _lines(config, "vty")
    ntp_servers = tuple(m[1] for h in headers if (m := _NTP.fullmatch(h)))
    ntp_off = any(h in {"ntp-service disable", "ntp disable", "ntp-service server disable all"} for h in headers)
    return {
        "vendor": "vrp",
        "telnet": _telnet(headers, whole),
        "ssh": switch(headers, _SSH_ON, _SSH_OFF, None, whole),
        "ssh1": switch(headers, _SSH1_ON, _SSH1_OFF, None, whole),
        "http": switch(headers, ("http server enable", "ip http enable"), _HTTP_OFF, None, whole),
        "vty": vty,
        "vty_uncovered": not covers_all(vty, _vty_total(headers)),
        "console": _lines(config, "con") + _lines(config, "aux") + _lines(config, "console"),
        "ssh_acl": _server_acl(headers, "ssh"),
        "telnet_acl": _server_acl(headers, "telnet"),
        "acls": read_acls(config),
        "secrets": _secrets(config),
        "snmp": read_snmp(config),
        "loghosts": read_loghosts(config),
        "info_center": switch(headers, ("info-center enable",), ("undo info-center enable",), True, whole),
        "ntp": Switch(not ntp_off, "stated") if ntp_servers or ntp_off else _default_off(whole),
        "ntp_servers": ntp_servers,
        "lockout": _lockout(config),
        "ports": read_ports(config),
        "ipv6": has_ipv6(config),
    }


def _telnet(headers: list[str], whole: bool) -> Switch:
    both = any(h in _TELNET_OFF_4 for h in headers) and any(h in _TELNET_OFF_6 for h in headers)
    return switch([*headers, _TELNET_OFF[0]] if both else headers, _TELNET_ON, _TELNET_OFF, None, whole)


def _default_off(whole: bool) -> Switch:
    return Switch(False, "default") if whole else Switch(None, "unstated")


def _vty_total(headers: list[str]) -> int:
    found = [m for h in headers if (m := re.fullmatch(r"user-interface maximum-vty (\d{1,2})", h))]
    return int(found[-1][1]) if found else 5


def _lines(config: Config, kind: str) -> tuple[Line, ...]:
    out = []
    for block in config.starting(f"user-interface {kind}"):
        v4, v6 = bound_acl(block.body)
        mode = value_after(block.body, "authentication-mode")
        protocol = value_after(block.body, "protocol inbound")
        out.append(
            Line(
                name=block.header.removeprefix("user-interface "),
                authentication=mode.split(" ")[0] if mode else None,
                protocols=None if protocol is None else ("ssh", "telnet") if protocol == "all" else tuple(sorted(protocol.split())),
                idle_seconds=idle_seconds(block.body),
                acl=v4,
                acl6=v6,
                shell="undo shell" not in block.body,
            )
        )
    return tuple(out)


def _server_acl(headers: list[str], service: str) -> str | None:
    pattern = re.compile(rf"{service} (?:ipv4 )?server acl (?:name )?(\S+)|{service} server (?:ipv4 )?acl (?:name )?(\S+)")
    found = [m[1] or m[2] for h in headers if (m := pattern.fullmatch(h))]
    return found[-1] if found else None


_USER = re.compile(r"local-user (?!policy |authentication |aging |user-block )(\S+)(?: .*?)? password ?(.*)")
_NAMED = re.compile(r"local-user (\S+) (?:privilege|service-type|level|state|user-group|password|access-limit|idle-timeout)\b.*")


def _secrets(config: Config) -> tuple[Secret, ...]:
    out: dict[str, Secret] = {}
    for block in config.starting("aaa"):
        for line in block.body:
            named = _NAMED.fullmatch(line)
            if named and f"user {named[1]}" not in out:
                out[f"user {named[1]}"] = Secret(f"user {named[1]}", "unclear")
            found = _USER.fullmatch(line)
            if found:
                out[f"user {found[1]}"] = Secret(f"user {found[1]}", kept_as(found[2]))
    for header in config.headers():
        found = re.fullmatch(r"super password (?:level \d+ )?(.*)", header)
        if found:
            out["super"] = Secret("super", kept_as(found[1]))
    for block in config.starting("user-interface"):
        words = value_after(block.body, "set authentication password")
        if words is not None:
            name = block.header.removeprefix("user-interface ")
            out[name] = Secret(name, _line_form(words))
    return tuple(out[key] for key in sorted(out))


def _line_form(words: str) -> str:
    # On a line `cipher` is what every version writes, reversible or not: the text alone does not tell.
    return "unclear" if words.startswith("cipher") else kept_as(words)


def _lockout(config: Config) -> Lockout:
    for block in config.starting("aaa"):
        for line in block.body:
            found = re.fullmatch(r"local-aaa-user wrong-password retry-interval \d+ retry-time (\d{1,3}) block-time ([1-9]\d{0,5})", line)
            other = re.fullmatch(r"local-user authentication lock times (\d{1,3}) (?:\d+ )?([1-9]\d{0,5})", line)
            if found or other:
                match = found or other
                assert match is not None
                return Lockout(int(match[1]) > 0, int(match[1]), int(match[2]), "stated")
            if line in {"undo local-aaa-user wrong-password", "undo local-user authentication lock times"}:
                return Lockout(False, None, None, "stated")
    return Lockout(None, None, None, "unstated")
