"""H3C Comware (5 and 7): what its lines mean; only defaults that the vendor's manuals give for the whole version are used."""

from __future__ import annotations

import re
from typing import Any

from scanner.facts.netdev.blocks import Block, Config
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

_SSH1 = "ssh server compatible-ssh1x enable"
_NTP = re.compile(r"(?:ntp-service|sntp)(?: ipv6)? unicast-(?:server|peer) (\S+)(?: .*)?")


def interpret(config: Config) -> dict[str, Any]:
    """Read a Comware configuration into a Device's parts."""
    headers = list(config.headers())
    whole = config.unparsed == 0
    seven = config.version.startswith(("7.", "9."))
    vty = _lines(config, ("vty",))
    covered = covers_all(vty, 64 if seven else 5)
    if not covered and any(config.starting("line class vty")):
        # What no line names runs on the settings of its class.
        vty, covered = (*vty, _class_line(config)), True
    ntp_servers = tuple(m[1] for h in headers if (m := _NTP.fullmatch(h)))
    return {
        "vendor": "comware",
        "telnet": switch(headers, ("telnet server enable",), ("undo telnet server enable",), False if seven else None, whole),
        "ssh": switch(headers, ("ssh server enable",), ("undo ssh server enable",), False if seven else None, whole),
        "ssh1": switch(headers, (_SSH1,), (f"undo {_SSH1}", f"undo {_SSH1.removesuffix(' enable')}"), False if seven else None, whole),
        "http": switch(headers, ("ip http enable",), ("undo ip http enable",), False if seven else None, whole),
        "vty": vty,
        "vty_uncovered": not covered,
        "console": _lines(config, ("aux", "con", "console")),
        "ssh_acl": _server_acl(headers, "ssh"),
        "telnet_acl": _server_acl(headers, "telnet"),
        "acls": read_acls(config),
        "secrets": _secrets(config, "password-control enable" in headers),
        "snmp": read_snmp(config),
        "loghosts": read_loghosts(config),
        "info_center": switch(headers, ("info-center enable",), ("undo info-center enable",), True, whole),
        "ntp": _ntp(headers, ntp_servers, seven, whole),
        "ntp_servers": ntp_servers,
        "lockout": _lockout(headers, whole),
        "ports": read_ports(config),
        "ipv6": has_ipv6(config),
        "password_control": "password-control enable" in headers,
    }


def _kind(block: Block) -> tuple[str, str]:
    """``vty`` and ``vty 0 4`` of ``line vty 0 4`` or ``user-interface vty 0 4``."""
    name = block.header.partition(" ")[2]
    return name.split(" ")[0], name


def _lines(config: Config, kinds: tuple[str, ...]) -> tuple[Line, ...]:
    classes = {block.header.removeprefix("line class "): block.body for block in config.starting("line class")}
    out = []
    for block in config.starting("line", "user-interface"):
        kind, name = _kind(block)
        if kind in kinds:
            # A line's own setting wins; what it leaves at its default comes from its class.
            out.append(_line(name, classes.get(kind, ()) + block.body))
    return tuple(out)


def _class_line(config: Config) -> Line:
    return _line("class vty", next(config.starting("line class vty")).body)


def _line(name: str, body: tuple[str, ...]) -> Line:
    mode = value_after(body, "authentication-mode")
    protocol = value_after(body, "protocol inbound")
    v4, v6 = bound_acl(body)
    return Line(
        name=name,
        authentication="aaa" if mode and mode.split(" ")[0] == "scheme" else mode.split(" ")[0] if mode else None,
        protocols=None if protocol is None else ("ssh", "telnet") if protocol == "all" else tuple(sorted(protocol.split())),
        idle_seconds=idle_seconds(body),
        acl=v4,
        acl6=v6,
        shell="undo shell" not in body,
    )


def _server_acl(headers: list[str], service: str) -> str | None:
    found = [m for h in headers if (m := re.fullmatch(rf"{service} server acl (?:name )?(\S+)", h))]
    return found[-1][1] if found else None


def _secrets(config: Config, controlled: bool) -> tuple[Secret, ...]:
    out: list[Secret] = []
    for block in config.starting("local-user"):
        found = re.fullmatch(r"local-user (\S+)(?: class (\S+))?", block.header)
        if found is None or found[2] == "network":
            continue
        words = value_after(block.body, "password")
        form = kept_as(words) if words is not None else "hidden" if controlled else "empty"
        out.append(Secret(f"user {found[1]}", form))
    for header in config.headers():
        found = re.fullmatch(r"super password (?:role \S+ |level \d+ )?(.*)", header)
        if found:
            out.append(Secret("super", kept_as(found[1])))
    for block in config.starting("line", "user-interface"):
        words = value_after(block.body, "set authentication password")
        if words is not None:
            out.append(Secret(_kind(block)[1], kept_as(words)))
    return tuple(sorted(out, key=lambda s: s.owner))


def _ntp(headers: list[str], servers: tuple[str, ...], seven: bool, whole: bool) -> Switch:
    if "clock protocol none" in headers or "undo ntp-service enable" in headers:
        return Switch(False, "stated")
    enabled = any(h in {"ntp-service enable", "sntp enable"} for h in headers)
    if servers and (enabled or not seven):
        return Switch(True, "stated")
    # Comware 7 has the service off until `ntp-service enable`; without a server there is nothing to follow.
    return Switch(False if whole else None, "default" if whole else "unstated")


def _lockout(headers: list[str], whole: bool) -> Lockout:
    if "password-control enable" not in headers:
        return Lockout(False if whole else None, None, None, "default" if whole else "unstated")
    attempts, minutes, on = 3, 1, True
    source = "default" if whole else "unstated"
    for header in headers:
        found = re.fullmatch(r"password-control login-attempt (\d{1,3})(?: exceed (unlock|lock|lock-time (\d{1,5})))?", header)
        if found:
            attempts, source = int(found[1]), "stated"
            on = found[2] != "unlock"
            minutes = int(found[3]) if found[3] else 0 if found[2] == "lock" else minutes
    if not whole and source != "stated":
        return Lockout(None, None, None, "unstated")
    return Lockout(on, attempts, minutes, source)
