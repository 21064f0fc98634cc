"""Readers of the text of ``ip``, where it knows no JSON (iproute2 before 4.13, busybox)."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterator, Mapping

from scanner.facts.fact import Unreadable
from scanner.facts.linux.attachment_json import network
from scanner.facts.linux.link_kinds import Sys, kind_of
from scanner.facts.network.attachment import Held, Interface, Neighbour, Route

_LINK = re.compile(r"[0-9]+: ([^:@ ]+)(?:@([^: ]+))?: <([A-Z0-9_,-]*)>(.*)", re.S)
_ADDRESS = re.compile(r"[0-9]+: +([^ ]+?)(?:@[^ ]+)? +inet6? ([0-9a-fA-F.:]+)(?: peer [0-9a-fA-F.:]+)?(?:/([0-9]+))?(.*)")
_KINDS = ("local", "broadcast", "multicast", "anycast", "unicast", "blackhole", "unreachable", "prohibit", "throw")


def text_links(links: list[str], addresses: list[str], known: Mapping[str, Sys]) -> list[Interface]:
    """``ip -o link`` and ``ip -o addr``."""
    held: dict[str, list[Held]] = {}
    for line in addresses:
        found = _ADDRESS.match(line)
        if found is None:
            if " inet" in line:
                raise Unreadable(f"not an address: {line[:60]!r}")
            continue
        if "dadfailed" not in found[4]:
            held.setdefault(found[1], []).append(ipaddress.ip_interface(f"{found[2]}/{found[3]}" if found[3] else found[2]))
    return [_link(line, held, known) for line in links]


def _link(line: str, held: Mapping[str, list[Held]], known: Mapping[str, Sys]) -> Interface:
    found = _LINK.match(line)
    if found is None:
        raise Unreadable(f"not an interface: {line[:60]!r}")
    name, parent, flags, rest = found[1], found[2] or "", found[3].split(","), found[4]
    mac = re.search(r"link/[a-z0-9]+ ([0-9a-f]{2}(?::[0-9a-f]{2}){5})", rest)
    seen = known.get(name)
    return Interface(
        name=name,
        kind=kind_of("", "LOOPBACK" in flags, seen),
        mac=mac[1] if mac else "",
        up="UP" in flags and "LOWER_UP" in flags,
        addresses=tuple(held.get(name, ())),
        master=_after(rest.split(), "master"),
        parent="" if parent.startswith("if") and parent[2:].isdigit() or parent == "NONE" else parent,
        driver=seen.driver if seen is not None else "",
    )


def _after(words: list[str], key: str) -> str:
    return words[words.index(key) + 1] if key in words[:-1] else ""


def text_routes(lines: list[str], version: int) -> Iterator[Route]:
    """``ip route show table all``."""
    to, table, origin = network("default", version), "main", ""
    for line in lines:
        words = line.split()
        if not words:
            continue
        if words[0] == "nexthop":
            yield Route(to, _after(words, "dev"), _after(words, "via"), table, origin)
            continue
        kind = words.pop(0) if words[0] in _KINDS else "unicast"
        if not words:
            raise Unreadable(f"not a route: {line[:60]!r}")
        table, origin, device = _after(words, "table") or "main", _after(words, "proto"), _after(words, "dev")
        if kind in ("local", "broadcast", "multicast", "anycast") or table == "local":
            continue
        to = network(words[0], version)
        if version == 6 and to.is_link_local:
            continue
        stops = kind in ("blackhole", "unreachable", "prohibit", "throw")
        if device or stops:
            yield Route(to, device, _after(words, "via"), table, origin, stops)


def text_neighbours(lines: list[str]) -> Iterator[Neighbour]:
    """``ip neigh``."""
    for line in lines:
        words = line.split()
        mac = _after(words, "lladdr").lower()
        if words and mac:
            yield Neighbour(words[0], mac, _after(words, "dev"), "router" in words)
