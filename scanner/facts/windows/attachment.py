"""Adapters (hidden and absent ones too), addresses, routes, forwarding, bridges and neighbours of a Windows host."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from scanner.facts.fact import Unreadable, fact
from scanner.facts.network.attachment import Held, Interface, Neighbour, Route
from scanner.facts.windows.adapter_kinds import adapter_kind
from scanner.facts.windows.answers import Row, Tables, listed, mac, rows_of, tables, text, truth, windows_probe
from scanner.model.absent import Absent
from scanner.model.evidence import Answer

_ADAPTER = (
    "Name", "InterfaceDescription", "ifIndex", "Status", "MediaConnectionState", "MacAddress", "PermanentAddress", "PhysicalMediaType",
    "HardwareInterface", "Hidden", "InterfaceType", "DriverFileName", "PnPDeviceID",
)  # fmt: skip
_OLD = ("Name", "NetConnectionID", "NetConnectionStatus", "MACAddress", "PNPDeviceID", "PhysicalAdapter", "ServiceName", "InterfaceIndex")
_PROBE = windows_probe(
    "attachment",
    ("adapters", rows_of("Get-NetAdapter -IncludeHidden", *_ADAPTER)),
    ("old-adapters", rows_of("Get-CimInstance Win32_NetworkAdapter", *_OLD)),
    ("addresses", rows_of("Get-NetIPAddress", "IPAddress", "PrefixLength", "InterfaceIndex", "InterfaceAlias", "AddressState")),
    (
        "old-addresses",
        rows_of(
            "Get-CimInstance Win32_NetworkAdapterConfiguration -Filter 'IPEnabled=True'",
            "InterfaceIndex",
            "IPAddress",
            "IPSubnet",
            "DefaultIPGateway",
        ),
    ),
    ("routes", rows_of("Get-NetRoute", "DestinationPrefix", "NextHop", "InterfaceIndex", "InterfaceAlias", "Protocol")),
    (
        "settings",
        rows_of(
            "Get-NetIPInterface",
            "InterfaceIndex",
            "InterfaceAlias",
            "AddressFamily",
            "Forwarding",
            "WeakHostSend",
            "WeakHostReceive",
            "ConnectionState",
        ),
    ),
    ("neighbours", rows_of("Get-NetNeighbor", "IPAddress", "LinkLayerAddress", "InterfaceIndex", "State")),
    ("bridge-ports", rows_of("Get-NetAdapterBinding -ComponentID ms_bridge -AllBindings", "Name", "Enabled")),
)
_ACROSS = frozenset({"unreachable", "incomplete", "probe"})


@fact(_PROBE)
@dataclass(frozen=True, slots=True)
class Attachment:
    """What Windows says of its adapters."""

    interfaces: tuple[Interface, ...]
    routes: tuple[Route, ...]
    neighbours: tuple[Neighbour, ...]
    weak: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Adapter to the weak-host settings that are on (send, receive): such a host answers a forged source by another adapter."""

    @classmethod
    def read(cls, answer: Answer) -> Attachment | Absent:
        """Read the tables; those of WMI stand in where the newer cmdlets are missing (Windows 7)."""
        found = tables(answer)
        if isinstance(found, Absent):
            return found
        modern = found.missing("adapters", "addresses") is None
        if not modern and (missing := found.missing("old-adapters", "old-addresses")) is not None:
            return missing
        held = _addresses(found) if modern else _old_addresses(found)
        names = _names(found, modern)
        settings = [row for row in found.rows("settings") if text(row, "InterfaceIndex")]
        made = [_interface(row, held, settings) for row in found.rows("adapters" if modern else "old-adapters")]
        known = {_index(row) for row in found.rows("adapters" if modern else "old-adapters")}
        made += [_remembered(index, names, held, settings) for index in sorted(set(held) - known)]
        if not made:
            raise Unreadable("no adapter at all")
        ports = {text(row, "Name") for row in found.rows("bridge-ports") if truth(row, "Enabled")}
        bridge = next((item.name for item in made if item.kind == "bridge"), "")
        made = [replace(item, master=bridge) if bridge and item.name in ports and item.name != bridge else item for item in made]
        routes = tuple(_routes(found, names) if found.found.get("routes") is not None else _old_routes(found, names))
        return cls(tuple(made), routes, tuple(_neighbours(found, names)), _weak(settings, names))


def _index(row: Row) -> str:
    return text(row, "ifIndex") or text(row, "InterfaceIndex")


def _names(found: Tables, modern: bool) -> dict[str, str]:
    out = {
        text(row, "InterfaceIndex"): text(row, "InterfaceAlias") for name in ("settings", "addresses", "routes") for row in found.rows(name)
    }
    for row in found.rows("adapters" if modern else "old-adapters"):
        out[_index(row)] = text(row, "NetConnectionID") or text(row, "Name")
    return out


def _addresses(found: Tables) -> dict[str, list[Held]]:
    out: dict[str, list[Held]] = {}
    for row in found.rows("addresses"):
        if text(row, "AddressState").lower() not in ("duplicate", "invalid"):
            bare = text(row, "IPAddress").partition("%")[0]
            out.setdefault(text(row, "InterfaceIndex"), []).append(ipaddress.ip_interface(f"{bare}/{text(row, 'PrefixLength')}"))
    return out


def _old_addresses(found: Tables) -> dict[str, list[Held]]:
    out: dict[str, list[Held]] = {}
    for row in found.rows("old-addresses"):
        pairs = zip(listed(row, "IPAddress"), listed(row, "IPSubnet"), strict=True)
        out[text(row, "InterfaceIndex")] = [ipaddress.ip_interface(f"{address}/{mask}") for address, mask in pairs]
    return out


def _interface(row: Row, held: Mapping[str, list[Held]], settings: list[Row]) -> Interface:
    index, status = _index(row), text(row, "Status").lower()
    # Win32_NetworkAdapter: 2 connected, 4 hardware not present.
    old = text(row, "NetConnectionStatus")
    return Interface(
        name=text(row, "NetConnectionID") or text(row, "Name"),
        kind=adapter_kind(row),
        mac=mac(text(row, "MacAddress") or text(row, "MACAddress")),
        permanent_mac=mac(text(row, "PermanentAddress")),
        up=status == "up" or old == "2",
        present=status != "not present" and old != "4",
        addresses=tuple(held.get(index, ())),
        driver=text(row, "DriverFileName") or text(row, "ServiceName"),
        forwards=_forwards(index, settings),
        label=text(row, "InterfaceDescription")[:120],
    )


def _remembered(index: str, names: Mapping[str, str], held: Mapping[str, list[Held]], settings: list[Row]) -> Interface:
    """What has an address and is no adapter: the loopback, or a dialled connection."""
    loopback = all(item.ip.is_loopback for item in held[index])
    return Interface(
        names.get(index) or index,
        "loopback" if loopback else "ppp",
        up=True,
        addresses=tuple(held[index]),
        forwards=_forwards(index, settings),
    )


def _forwards(index: str, settings: list[Row]) -> frozenset[str]:
    mine = [row for row in settings if text(row, "InterfaceIndex") == index and text(row, "Forwarding").lower() in ("enabled", "1")]
    return frozenset("v6" if text(row, "AddressFamily").lower() in ("ipv6", "23") else "v4" for row in mine)


def _weak(settings: list[Row], names: Mapping[str, str]) -> dict[str, tuple[str, ...]]:
    out: dict[str, set[str]] = {}
    for row in settings:
        for key, word in (("WeakHostSend", "send"), ("WeakHostReceive", "receive")):
            if text(row, key).lower() in ("enabled", "1"):
                out.setdefault(names.get(text(row, "InterfaceIndex"), text(row, "InterfaceIndex")), set()).add(word)
    return {name: tuple(sorted(words)) for name, words in sorted(out.items())}


def _routes(found: Tables, names: Mapping[str, str]) -> Iterator[Route]:
    for row in found.rows("routes"):
        to = ipaddress.ip_network(text(row, "DestinationPrefix").partition("%")[0], strict=False)
        if to.is_multicast or to.is_link_local or to.is_loopback or to.prefixlen == to.max_prefixlen:
            continue
        via, name = text(row, "NextHop").partition("%")[0], names.get(text(row, "InterfaceIndex"), "")
        # A next hop without an address means that the network lies on the link.
        yield Route(to, name, "" if not via or ipaddress.ip_address(via).is_unspecified else via, "main", text(row, "Protocol").lower())


def _old_routes(found: Tables, names: Mapping[str, str]) -> Iterator[Route]:
    for row in found.rows("old-addresses"):
        for via in listed(row, "DefaultIPGateway"):
            to = ipaddress.ip_network("::/0" if ":" in via else "0.0.0.0/0")
            yield Route(to, names.get(text(row, "InterfaceIndex"), ""), via)


def _neighbours(found: Tables, names: Mapping[str, str]) -> Iterator[Neighbour]:
    for row in found.rows("neighbours"):
        hardware = mac(text(row, "LinkLayerAddress"))
        address = text(row, "IPAddress").partition("%")[0]
        if hardware and not int(hardware[:2], 16) & 1 and text(row, "State").lower() not in _ACROSS:
            yield Neighbour(address, hardware, names.get(text(row, "InterfaceIndex"), ""))
