"""Readers of ``ip -json``."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator, Mapping
from typing import Any

from scanner.facts.fact import Unreadable
from scanner.facts.linux.link_kinds import Sys, kind_of
from scanner.facts.network.attachment import Held, Interface, Neighbour, Network, Route
from scanner.model.canonical import strict_loads

_TO_ITSELF = frozenset({"local", "broadcast", "multicast", "anycast"})
_STOPS = frozenset({"blackhole", "unreachable", "prohibit", "throw"})


def _rows(lines: list[str]) -> Iterator[Mapping[str, Any]]:
    text = "\n".join(lines).strip()
    data = strict_loads(text.encode("utf-8")) if text else []
    if not isinstance(data, list):
        raise Unreadable("ip gave no list")
    for row in data:
        if not isinstance(row, dict):
            raise Unreadable("ip gave no object")
        # Some releases print empty objects for what a filter left out.
        if row:
            yield row


def read_links(lines: list[str], known: Mapping[str, Sys]) -> list[Interface]:
    """``ip -json -d addr``."""
    return [_link(row, known) for row in _rows(lines)]


def _link(row: Mapping[str, Any], known: Mapping[str, Sys]) -> Interface:
    name, flags = str(row["ifname"]), [str(flag) for flag in row["flags"]]
    seen = known.get(name)
    if seen is not None and seen.index != row["ifindex"]:
        # /sys of another network namespace.
        seen = None
    info = row.get("linkinfo") or {}
    data = info.get("info_data") or {}
    return Interface(
        name=name,
        kind=kind_of(str(info.get("info_kind") or ""), "LOOPBACK" in flags, seen),
        mac=_mac(row.get("address")),
        permanent_mac=_mac(row.get("permaddr")),
        up="UP" in flags and ("LOWER_UP" in flags or row.get("operstate") == "UP"),
        addresses=tuple(_held(item) for item in row.get("addr_info") or () if item and not item.get("dadfailed")),
        master=str(row.get("master") or ""),
        parent=str(row.get("link") or ""),
        driver=seen.driver if seen is not None else "",
        remote=str(data.get("remote") or data.get("remote6") or data.get("group") or data.get("group6") or ""),
        label=str(row.get("ifalias") or "")[:120],
    )


def _mac(value: Any) -> str:
    text = str(value or "").lower()
    return text if len(text) == 17 and text.count(":") == 5 else ""


def _held(item: Mapping[str, Any]) -> Held:
    return ipaddress.ip_interface(f"{item['local']}/{int(item['prefixlen'])}")


def read_routes(lines: list[str], version: int) -> Iterator[Route]:
    """``ip -json route show table all``; each next hop of a route is a line of its own."""
    for row in _rows(lines):
        kind = str(row.get("type") or "unicast")
        if kind in _TO_ITSELF or row.get("table") == "local":
            continue
        to = network(str(row["dst"]), version)
        if version == 6 and to.is_link_local:
            continue
        hops = row.get("nexthops") or [row]
        for hop in hops:
            yield Route(
                to,
                str(hop.get("dev") or row.get("dev") or ""),
                _via(hop),
                str(row.get("table") or "main"),
                str(row.get("protocol") or ""),
                kind in _STOPS,
            )


def _via(hop: Mapping[str, Any]) -> str:
    via = hop.get("via")
    return str(hop.get("gateway") or (via.get("host") if isinstance(via, dict) else "") or "")


def network(text: str, version: int) -> Network:
    """A route's destination. Raises ValueError."""
    if text == "default":
        text = "0.0.0.0/0" if version == 4 else "::/0"
    return ipaddress.ip_network(text, strict=False)


def read_neighbours(lines: list[str]) -> Iterator[Neighbour]:
    """``ip -json neigh``: those that answered once."""
    for row in _rows(lines):
        mac = _mac(row.get("lladdr"))
        if mac and str(row.get("dst") or ""):
            yield Neighbour(str(row["dst"]), mac, str(row.get("dev") or ""), "router" in row)
