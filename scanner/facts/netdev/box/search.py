"""Is there a packet from one zone to another that this device would carry? Searched over whole sets, answered with one packet and its lines."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from scanner.facts.netdev.box.aside import leading
from scanner.facts.netdev.box.filters import Way, between_zones, filtered
from scanner.facts.netdev.box.model import Box, Interface, Published
from scanner.facts.netdev.box.routing import Exit, living, table_of
from scanner.facts.netdev.box.spaces import (
    FLAGS,
    PORTS,
    PROTOCOLS,
    Network,
    Part,
    Piece,
    Said,
    Span,
    TooMany,
    complement,
    everything,
    meet,
    spans_of,
    touches,
    without,
)

_NAMES = {1: "icmp", 6: "tcp", 17: "udp", 47: "gre", 50: "esp", 58: "icmpv6"}
_LIKELY = (443, 80, 22, 53)


@dataclass(frozen=True, slots=True)
class Flow:
    """What the search found."""

    state: str
    """flow, blocked, undecided, or absent (no leg in the zone where it would begin)."""
    kind: str = ""
    """connected, static, default, leak or published."""
    protocol: str = ""
    source: str = ""
    destination: str = ""
    source_port: int | None = None
    port: int | None = None
    replies_only: bool = False
    """Only packets with ACK or RST set pass."""
    enters: str = ""
    leaves: str = ""
    next_hop: str = ""
    by: tuple[Said, ...] = ()
    """The lines that let it through, or that stop it."""
    why: tuple[str, ...] = ()
    """For undecided: what is not followed."""


@dataclass(slots=True)
class _Search:
    box: Box
    inner: Sequence[Network]
    outer: Sequence[Network]
    declared: Sequence[Network]
    anywhere: bool
    sure: list[tuple[Part, Interface, Exit]] = field(default_factory=list)
    unsure: list[tuple[Part, Interface, Exit]] = field(default_factory=list)
    why: dict[str, None] = field(default_factory=dict)
    stopped: dict[Said, None] = field(default_factory=dict)
    blind: dict[str, None] = field(default_factory=dict)
    """What may carry packets on ways that the search cannot see at all: no flow found then means nothing."""
    begun: bool = False
    tables: dict[tuple[str, int], list[Exit]] = field(default_factory=dict)
    names: dict[str, Interface] = field(default_factory=dict)

    def table(self, vrf: str, version: int) -> list[Exit]:
        """One routing table, built once."""
        if (vrf, version) not in self.tables:
            self.tables[(vrf, version)] = table_of(self.box, vrf, version)
        return self.tables[(vrf, version)]

    def interface(self, name: str | None) -> Interface | None:
        """By its name, as the tables write it."""
        if not self.names:
            self.names.update({item.name: item for item in self.box.interfaces})
        return self.names.get(name or "")

    @property
    def settled(self) -> bool:
        """A new connection passes for sure: nothing more has to be looked for."""
        return any(part.piece[5][0] == 0 for part, _, _ in self.sure)


def find_flow(
    box: Box, inner: Sequence[Network], outer: Sequence[Network], declared: Sequence[Network] = (), anywhere: bool = False
) -> Flow:
    """A flow from ``inner`` to ``outer``; ``anywhere`` adds every address that no zone declares, when it leaves towards ``outer``."""
    search = _Search(box, inner, outer, declared, anywhere)
    try:
        for version in (4, 6):
            forwards = box.forwards4 if version == 4 else box.forwards6
            if forwards is not False:
                _family(search, version, forwards is None)
            _published(search, version)
    except TooMany:
        search.blind["the lists fall into more pieces than are followed"] = None
    return _answer(search)


def _family(search: _Search, version: int, doubtful: bool) -> None:
    sources, targets = spans_of(search.inner, version), spans_of(search.outer, version)
    if search.anywhere:
        targets = (*targets, *complement(spans_of([*search.declared, *search.inner, *search.outer], version), everything(version)[1]))
    if not sources or not targets:
        return
    for item in _entrances(search, version):
        search.begun = True
        if search.settled:
            return
        start = [
            Part((source, target, PROTOCOLS, PORTS, PORTS, FLAGS), not doubtful and item.policy is None and not item.odd, _legs(item, version))
            for source in sources for target in targets
        ]  # fmt: skip
        if doubtful:
            search.why[f"IPv{version} forwarding is not stated"] = None
        if item.policy is not None:
            search.blind[f"line {item.policy.line}: policy-based routing"] = None
        for odd in item.odd:
            search.why[f"line {odd.line}: not understood"] = None
        _route(search, item, filtered(search.box, item, True, start, version, Way(search.why, search.stopped)), version)


def _legs(item: Interface, version: int) -> tuple[Said, ...]:
    return tuple(said for leg, said in item.addresses if leg.version == version)[:1]


def _entrances(search: _Search, version: int) -> Iterator[Interface]:
    """Interfaces where packets of the zone come in: by a connected network, where a route to the zone points, else by the default route."""
    box, zone = search.box, search.inner
    found: dict[str, Interface] = {}
    for item in living(box):
        if any(leg.version == version and touches(leg.network, zone) for leg, _ in item.addresses):
            found[item.name] = item
    for kind in ("static", "default"):
        if kind == "default" and found:
            break
        for vrf in dict.fromkeys(item.vrf for item in living(box)):
            for exit_ in search.table(vrf, version):
                behind = search.interface(exit_.interface) if exit_.kind == kind else None
                if behind is None or not (kind == "default" or touches(exit_.prefix, zone)):
                    continue
                # A way back through the other zone itself begins no crossing here.
                if exit_.next_hop is None or not touches(ipaddress.ip_network(str(exit_.next_hop)), search.outer):
                    found.setdefault(behind.name, behind)
    yield from found.values()


def _route(search: _Search, item: Interface, parts: list[Part], version: int) -> None:
    rest = parts
    exits = search.table(item.vrf, version)
    at = 0
    while at < len(exits) and rest and not search.settled:
        prefix = exits[at].prefix
        same = [exits[at]]
        while at + len(same) < len(exits) and exits[at + len(same)].prefix == prefix:
            same.append(exits[at + len(same)])
        at += len(same)
        span = (int(prefix.network_address), int(prefix.broadcast_address))
        box = (everything(version), span, PROTOCOLS, PORTS, PORTS, FLAGS)
        # Disjoint from everything that is left: most routes of a large table are.
        if not any(part.piece[1][0] <= span[1] and span[0] <= part.piece[1][1] for part in rest):
            continue
        hit = [Part(common, part.sure, part.by) for part in rest if (common := meet(part.piece, box)) is not None]
        rest = [Part(piece, part.sure, part.by) for part in rest for piece in without(part.piece, box)]
        for exit_ in same if hit else ():
            _leave(search, item, exit_, hit, version)
            if not exit_.sure:
                rest += [Part(part.piece, False, part.by) for part in hit]


def _leave(search: _Search, item: Interface, exit_: Exit, parts: list[Part], version: int) -> None:
    if exit_.drop:
        search.stopped.update(dict.fromkeys(exit_.said))
        return
    goes = search.interface(exit_.interface)
    if goes is None or not _outward(search, goes, exit_, version):
        return
    if goes.name == item.name and exit_.kind != "connected":
        # Sent back where it came from; only a second network on the same wire is another zone.
        return
    if not exit_.sure:
        search.why["route targets match, yet nothing shows that routes are exchanged"] = None
    if goes.translates is not None and any(not binding.inbound for binding in goes.filters):
        search.why[f"line {goes.translates.line}: translation before an outbound list"] = None
        parts = [replace(part, sure=False) for part in parts]
    if goes.odd:
        search.why[f"line {goes.odd[0].line}: not understood"] = None
    ahead = [Part(part.piece, part.sure and exit_.sure and not goes.odd, (*part.by, *exit_.said)) for part in parts]
    way = Way(search.why, search.stopped)
    left = filtered(search.box, goes, False, between_zones(search.box, item, goes, ahead, version, way), version, way)
    for part in left:
        (search.sure if part.sure else search.unsure).append((part, item, exit_))


def _outward(search: _Search, goes: Interface, exit_: Exit, version: int) -> bool:
    """Whether leaving there leaves the inner zone (for undeclared addresses: reaches the outer one)."""
    at = [leg.network for leg, _ in goes.addresses if leg.version == version]
    hop = [ipaddress.ip_network(str(exit_.next_hop))] if exit_.next_hop is not None else [exit_.prefix] if exit_.kind == "connected" else at
    if any(touches(network, search.inner) for network in hop):
        return False
    if touches(exit_.prefix, search.outer) and exit_.prefix.prefixlen > 0:
        return True
    return any(touches(network, search.outer) for network in (*hop, *at)) or not any(touches(network, search.declared) for network in hop)


def _published(search: _Search, version: int) -> None:
    """Services offered under an address of the other side: a flow from where this search begins to an inner server."""
    for item in living(search.box):
        if not any(leg.version == version and touches(leg.network, search.inner) for leg, _ in item.addresses):
            continue
        for offer in search.box.published:
            if (
                offer.inside is None
                or offer.inside.version != version
                or not touches(ipaddress.ip_network(str(offer.inside)), search.outer)
            ):
                continue
            search.begun = True
            _offer(search, item, offer, version)


def _offer(search: _Search, item: Interface, offer: Published, version: int) -> None:
    mine = next((leg.ip for leg, _ in item.addresses if leg.version == version), None)
    outside = offer.outside or mine
    assert offer.inside is not None
    if outside is None:
        return
    protocol: Span = (offer.protocol, offer.protocol) if offer.protocol is not None else PROTOCOLS
    ports: Span = offer.outside_port or PORTS
    start = [
        Part((source, (int(outside), int(outside)), protocol, PORTS, ports, FLAGS), not item.odd, (offer.said,))
        for source in spans_of(search.inner, version)
    ]  # fmt: skip
    way = Way(search.why, search.stopped)
    inside = (int(offer.inside), int(offer.inside))
    arrived = []
    for part in filtered(search.box, item, True, start, version, way):
        piece: Piece = (part.piece[0], inside, part.piece[2], part.piece[3], offer.inside_port or part.piece[4], part.piece[5])
        arrived.append(Part(piece, part.sure, part.by))
    for exit_ in search.table(item.vrf if offer.vrf is None else offer.vrf, version):
        if offer.inside in exit_.prefix and not exit_.drop:
            goes = search.interface(exit_.interface)
            if goes is not None and goes.name != item.name:
                passed = filtered(search.box, goes, False, between_zones(search.box, item, goes, arrived, version, way), version, way)
                found = replace(exit_, kind="published")
                for part in passed:
                    sure = part.sure and exit_.sure and not goes.odd
                    (search.sure if sure else search.unsure).append((Part(part.piece, sure, (*part.by, *exit_.said)), item, found))
            return


def _answer(search: _Search) -> Flow:
    if search.sure:
        # A new connection says more than a reply, a plain route more than a list.
        part, item, exit_ = min(search.sure, key=lambda found: (found[0].piece[5][0], _plainness(found[0].piece[2]), len(found[0].by)))
        return _flow("flow", part, item, exit_, ())
    box = search.box
    blind = [*search.blind, *(leading(box, search.inner, search.outer, search.declared, search.anywhere) if search.begun else ())]
    if box.odd_count:
        blind.append(f"{box.odd_count} lines not understood")
    blind += [f"line {said.line}: routes that only the running device knows" for said in box.dynamic[:1]]
    blind += [f"line {item.learned.line}: an address that comes from outside" for item in box.interfaces if item.learned and not item.shut][
        :3
    ]
    if search.unsure:
        part, item, exit_ = search.unsure[0]
        return _flow("undecided", part, item, exit_, (*search.why, *blind) or ("a condition that is not followed",))
    if blind:
        return Flow("undecided", by=tuple(search.stopped)[:10], why=tuple(blind[:10]))
    return Flow("blocked" if search.begun else "absent", by=tuple(search.stopped)[:10])


def _flow(state: str, part: Part, item: Interface, exit_: Exit, why: tuple[str, ...]) -> Flow:
    version = exit_.prefix.version
    source, target, protocols, source_ports, ports, flags = part.piece
    likely = (n for n in (6, 17, 58 if version == 6 else 1, 47) if protocols[0] <= n <= protocols[1])
    number = next(likely, protocols[0])
    ported = number in (6, 17)
    port = next((n for n in _LIKELY if ports[0] <= n <= ports[1]), ports[0])
    return Flow(
        state=state,
        kind=exit_.kind,
        protocol=_NAMES.get(number, str(number)),
        source=_host(source, version),
        destination=_host(target, version),
        source_port=min(max(source_ports[0], 49152), source_ports[1]) if ported else None,
        port=port if ported else None,
        replies_only=flags[0] == 1 and number == 6,
        enters=item.name,
        leaves=exit_.interface or "",
        next_hop=str(exit_.next_hop) if exit_.next_hop is not None else "",
        by=tuple(dict.fromkeys(part.by))[:12],
        why=why[:10],
    )


def _plainness(protocols: Span) -> int:
    """TCP, UDP, ICMP, GRE, anything else: what a reader knows comes first."""
    return next((at for at, number in enumerate((6, 17, 1, 58, 47)) if protocols[0] <= number <= protocols[1]), 9)


def _host(span: Span, version: int) -> str:
    number = min(span[0] + 10, span[1])
    return str(ipaddress.IPv4Address(number) if version == 4 else ipaddress.IPv6Address(number))
