"""Trials of the inner probe on frames: layer 2, VLANs, forged sources, the matrix through every next hop, tunnels."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial

from scanner.collect.trial.end import End
from scanner.collect.trial.journal import Draft, Progress
from scanner.collect.trial.kit import BROADCAST, GROUP
from scanner.collect.trial.knocking import PIECE
from scanner.collect.trial.lists import every_port, lists, ports
from scanner.collect.trial.stations import Address, Station

WAYS = 6
"""Next hops tried at once: the cap in all is a few times that of one."""
UNKNOWN_UNICAST = "02:53:51:00:00:fe"
"""A MAC that no station has: a bridge floods a frame to it."""
Way = tuple[Station, str, Address, Address]
"""Next hop, sentinel, own source address, sentinel's address."""


def book(progress: Progress, gone: int, wanted: int, end: End) -> None:
    """Note what went of what was to go."""
    progress.tried += gone
    progress.of += wanted
    if gone < wanted:
        progress.cut(end.short)


def layer2(end: End, progress: Progress, times: int = 3) -> None:
    """Frames of an own EtherType to everybody, to a group, and to a MAC that nobody has."""
    for destination, name in ((BROADCAST, "broadcast"), (GROUP, "multicast"), (UNKNOWN_UNICAST, "unknown unicast")):
        draft = end.journal.trial("layer2", "layer2", "eth", family="eth", via="", to=destination, note=name)
        book(progress, end.put(draft, end.kit.layer2(draft, destination), range(times)), times, end)


def vlans(end: End, progress: Progress) -> None:
    """Every VLAN id in one tag, then every id behind an outer tag of the usual native VLAN."""
    for kind, outer in (("vlan", None), ("double-vlan", 1)):
        draft = end.journal.trial(
            "vlan", kind, "eth", family="eth", what="vlan", to=BROADCAST, note="" if outer is None else f"outer {outer}"
        )
        book(progress, end.put(draft, end.kit.vlan(draft, outer), range(1, 4095)), 4094, end)


def forged(end: End, progress: Progress) -> None:
    """Questions whose source is a sentinel's own address: a box that stands on both networks may answer out of its other leg."""
    for station in end.devices():
        _forged_at(end, progress, station)


def _forged_at(end: End, progress: Progress, station: Station) -> None:
    lists_ = lists()["forged"]
    for sentinel, places in end.sentinels.items():
        for source in places:
            for address in end.addresses(station, source.version):
                if end.over:
                    progress.cut("window")
                    return
                _forge(end, progress, station, sentinel, source, address, lists_)


def late(end: End, progress: Progress, depth: str, tried: set[str]) -> None:
    """What came after the matrix: the same through each of these stations, and questions with a sentinel's source."""
    fresh = [station for station in end.devices() if station.mac not in tried]
    tried.update(station.mac for station in fresh)
    for station in fresh:
        _forged_at(end, progress, station)
    _through(end, progress, [way for way in ways(end) if way[0] in fresh], lambda way: _matrix_of(end, way, depth))


def _forge(
    end: End, progress: Progress, station: Station, sentinel: str, source: Address, address: Address, wanted: dict[str, list[int]]
) -> None:
    def trial(protocol: str, what: str) -> Draft:
        return end.journal.trial(
            "forged-source", "forged-source", protocol, family=f"v{source.version}", via=station.mac, via_address=str(address), to=str(address),
            source=str(source), what=what, note=sentinel,
        )  # fmt: skip

    draft = trial("icmp", "count")
    gone = end.put(draft, end.kit.echo(draft, station.mac, source, address), [0], via=station.mac, device=station.mac)
    draft = trial("tcp", "port")
    gone += end.put(draft, end.kit.tcp(draft, station.mac, source, address), wanted["tcp"], via=station.mac, device=station.mac)
    draft = trial("udp", "port")
    gone += end.put(draft, end.kit.udp(draft, station.mac, source, address), wanted["udp"], via=station.mac, device=station.mac)
    book(progress, gone, 1 + len(wanted["tcp"]) + len(wanted["udp"]), end)


def ways(end: End) -> list[Way]:
    """Every next hop towards every address of every sentinel. A family without an own address has none."""
    out: list[Way] = []
    for station in end.devices():
        for sentinel, places in end.sentinels.items():
            for place in places:
                own = end.source(place.version)
                if own is not None and not (own.is_link_local and not place.is_link_local):
                    out.append((station, sentinel, own, place))
    return out


def hop_of(station: Station, version: int) -> str:
    """An address by which people know the next hop."""
    return next((text for text in station.addresses if (":" in text) == (version == 6)), "")


def routed(end: End, way: Way, step: str, protocol: str, what: str) -> Draft:
    """A trial through a next hop."""
    station, sentinel, _own, place = way
    return end.journal.trial(
        step, "routed", protocol, family=f"v{place.version}", via=station.mac, via_address=hop_of(station, place.version), to=str(place), what=what,
        note=sentinel,
    )  # fmt: skip


def matrix(end: End, progress: Progress, depth: str, tried: set[str]) -> None:
    """Through every next hop, to every sentinel: echo, every IP protocol, and the depth's TCP and UDP ports. ``tried`` gets the next hops."""
    chosen = ways(end)
    tried.update(station.mac for station, *_ in chosen)
    _through(end, progress, chosen, lambda way: _matrix_of(end, way, depth))
    for version in _unreachable(end):
        # The zone has addresses of this family and so have the sentinels; this end has none to send from.
        progress.cut("no-way")
        end.journal.note(f"no-address v{version}")


def _unreachable(end: End) -> list[int]:
    """Families that are declared on both sides and in which this end has no address that a router would pass on."""
    theirs = {place.version for places in end.sentinels.values() for place in places}
    declared = {net.version for net in end.plan.networks(end.zone)}
    own = {version: end.source(version) for version in (4, 6)}
    return [version for version in sorted(theirs & declared) if (found := own[version]) is None or found.is_link_local]


def _matrix_of(end: End, way: Way, depth: str) -> tuple[int, int]:
    station, _, own, place = way
    via = station.mac
    draft = routed(end, way, "matrix", "icmp", "count")
    gone, wanted = end.put(draft, end.kit.echo(draft, via, own, place), range(2), via=via), 2
    for protocol in ("tcp", "udp"):
        draft = routed(end, way, "matrix", protocol, "port")
        chosen = ports(protocol, depth)
        gone += end.put(draft, getattr(end.kit, protocol)(draft, via, own, place), chosen, via=via)
        wanted += len(chosen)
    draft = routed(end, way, "matrix", "ip", "protocol")
    gone += end.put(draft, end.kit.protocol(draft, via, own, place), range(256), via=via)
    return gone, wanted + 256


def full_range(end: End, progress: Progress, depth: str, passes: int) -> None:
    """All other ports, TCP before UDP, through every next hop, each pass in another order."""
    for protocol in ("tcp", "udp"):
        _through(end, progress, ways(end), partial(_range_of, end, protocol, depth, passes))


def _range_of(end: End, protocol: str, depth: str, passes: int, way: Way) -> tuple[int, int]:
    station, _, own, place = way
    draft = routed(end, way, "full-range", protocol, "port")
    rest = every_port(ports(protocol, depth))
    template, gone = getattr(end.kit, protocol)(draft, station.mac, own, place), 0
    for first in range(0, len(rest), PIECE):
        # Piece by piece, so that a sweep that the window cuts off leaves few gaps to write down.
        gone += end.put(draft, template, rest[first : first + PIECE], via=station.mac, passes=passes)
    return gone, len(rest) * passes


def _through(end: End, progress: Progress, chosen: list[Way], run: Callable[[Way], tuple[int, int]]) -> None:
    if not chosen:
        # Nobody to send through, or no own address of the sentinels' family.
        progress.cut("no-way")
        return
    with ThreadPoolExecutor(WAYS) as pool:
        for gone, wanted in pool.map(run, chosen):
            book(progress, gone, wanted, end)


def tunnels(end: End, progress: Progress) -> None:
    """Packets for a sentinel inside tunnels that end at each device: GRE, IP in IP, IPv6 in IPv4, VXLAN."""
    for station in end.devices():
        for place in (place for places in end.sentinels.values() for place in places):
            own_inner = end.source(place.version)
            if own_inner is None:
                continue
            for version in (4, 6):
                own = end.source(version)
                for address in end.addresses(station, version)[:2] if own is not None else []:
                    if end.over:
                        progress.cut("window")
                        return
                    assert own is not None
                    _tunnel(end, progress, station, (station.mac, own, address), (own_inner, place))


def _tunnel(end: End, progress: Progress, station: Station, way: tuple[str, Address, Address], inner: tuple[Address, Address]) -> None:
    for carrier, tag in _carriers(way[2].version, inner[1].version):
        draft = end.journal.trial(
            "tunnel", "tunnel", carrier, family=f"v{way[2].version}", via=station.mac, via_address=str(way[2]), to=str(inner[1]), note=f"{tag}" if tag else "",
        )  # fmt: skip
        book(progress, end.put(draft, end.kit.carried(draft, carrier, way, inner, tag), [0], via=station.mac, device=station.mac), 1, end)


def inward_tunnels(end: End, progress: Progress, places: Sequence[Address]) -> None:
    """Packets for inner addresses inside tunnels that end at each device of this segment; in a VXLAN the frame is for everybody."""
    groups: dict[bytes, list[Address]] = {}
    for place in places:
        groups.setdefault(place.packed[:-2], []).append(place)

    def through(station: Station) -> list[tuple[int, int]]:
        found: list[tuple[int, int]] = []
        for version in (4, 6):
            own = end.source(version)
            for address in end.addresses(station, version)[:2] if own is not None else []:
                assert own is not None
                for group in groups.values():
                    found += _inward_tunnel(end, (station.mac, own, address), group)
        return found

    # Side by side: each device has its own cap.
    with ThreadPoolExecutor(WAYS) as pool:
        for done in pool.map(through, end.devices()):
            for gone, wanted in done:
                book(progress, gone, wanted, end)


def _inward_tunnel(end: End, way: tuple[str, Address, Address], group: Sequence[Address]) -> Iterator[tuple[int, int]]:
    """Frames that went, and that were to go, by carrier."""
    source = end.source(group[0].version)
    if source is None:
        return
    for carrier, tag in _carriers(way[2].version, group[0].version):
        draft = end.journal.trial(
            "inward-tunnel", "tunnel", carrier, family=f"v{way[2].version}", via=way[0], via_address=str(way[2]), to=str(group[0]),
            note=f"{tag}" if tag else "", what="host",
        )  # fmt: skip
        hosts = [int.from_bytes(place.packed[-2:], "big") for place in (group[:1] if tag else group)]
        gone = end.put(draft, end.kit.spread(draft, carrier, way, (source, group[0]), tag), hosts, via=way[0], device=way[0])
        yield gone, len(hosts)


def _carriers(outer: int, inner: int) -> Iterator[tuple[str, int]]:
    yield "gre", 0
    yield ("ipip" if inner == 4 else "6in4"), 0
    if outer == 4:
        for vni in lists()["vni"]:
            yield "vxlan", int(vni)


def beacon_frames(end: End, drafts: dict[tuple[str, ...], Draft], round_: int, room: int) -> Iterable[tuple[Draft, bytes, str | None]]:
    """One round of the short matrix: (trial, frame, next hop). At most ``room`` frames; the next round goes on where this one ended."""
    index = round_ % 65_536
    draft = _beacon(end, drafts, ("layer2",), "layer2", "eth", {"family": "eth", "to": BROADCAST})
    draft.template = draft.template or end.kit.layer2(draft)
    yield draft, draft.template.fill(index, end.journal.token(draft, index)), None
    wanted = [(way, protocol, port) for way in ways(end) for protocol, port in _short()]
    start = (round_ * room) % max(1, len(wanted)) if len(wanted) > room else 0
    for way, protocol, port in (wanted[start:] + wanted[:start])[:room]:
        station, sentinel, own, place = way
        more = {
            "family": f"v{place.version}", "via": station.mac, "via_address": hop_of(station, place.version), "to": str(place), "port": port,
            "note": sentinel,
        }  # fmt: skip
        draft = _beacon(end, drafts, (station.mac, str(place), protocol, str(port)), "routed", protocol, more)
        if draft.refused:
            continue
        if draft.template is None:
            kit = end.kit
            draft.template = (
                kit.echo(draft, station.mac, own, place)
                if protocol == "icmp"
                else getattr(kit, protocol)(draft, station.mac, own, place, port)
            )
        yield draft, draft.template.fill(index, end.journal.token(draft, index)), station.mac


def _short() -> Iterator[tuple[str, int]]:
    yield "icmp", 0
    for protocol in ("tcp", "udp"):
        for port in lists()["beacon"][protocol]:
            yield protocol, int(port)


def _beacon(
    end: End, drafts: dict[tuple[str, ...], Draft], key: tuple[str, ...], kind: str, protocol: str, more: dict[str, object]
) -> Draft:
    if key not in drafts:
        drafts[key] = end.journal.trial("beacon", kind, protocol, **more)
    return drafts[key]
