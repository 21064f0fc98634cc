"""Sets of packets as boxes of intervals, and access lists evaluated on whole sets: nothing is sampled.

Six dimensions: source, destination, protocol, source port (ICMP: type), destination port (ICMP: code), and whether TCP's ACK or RST is set.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network

Span = tuple[int, int]
"""First and last, both included."""
Piece = tuple[Span, Span, Span, Span, Span, Span]
Network = IPv4Network | IPv6Network
MAX_PIECES = 20_000
MAX_STEPS = 400_000
"""Comparisons of two boxes in one list: about a second."""
MAX_GAPS = 64
"""Intervals that one wildcard mask with gaps may stand for."""
PORTS: Span = (0, 65535)
PROTOCOLS: Span = (0, 255)
FLAGS: Span = (0, 1)


class TooMany(Exception):
    """The set fell into more pieces than are followed."""


@dataclass(frozen=True, slots=True)
class Said:
    """One line of the configuration."""

    line: int
    text: str


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule of an access list."""

    permit: bool
    source: tuple[Span, ...]
    destination: tuple[Span, ...]
    protocols: tuple[Span, ...]
    source_ports: tuple[Span, ...]
    ports: tuple[Span, ...]
    flags: Span
    exact: bool
    """False when the rule has conditions that are not followed (a time range, a fragment …): it may match less than its box."""
    said: Said

    def pieces(self) -> Iterable[Piece]:
        """The rule's packets as boxes."""
        for source in self.source:
            for destination in self.destination:
                for protocol in self.protocols:
                    for source_port in self.source_ports:
                        for port in self.ports:
                            yield (source, destination, protocol, source_port, port, self.flags)


@dataclass(frozen=True, slots=True)
class Part:
    """A box of packets and how it came so far."""

    piece: Piece
    sure: bool
    """False when something that is not followed may treat it otherwise."""
    by: tuple[Said, ...]
    """The lines that let it through."""


def meet(one: Piece, other: Piece) -> Piece | None:
    """The packets in both."""
    out = []
    for (low, high), (other_low, other_high) in zip(one, other, strict=True):
        first, last = max(low, other_low), min(high, other_high)
        if first > last:
            return None
        out.append((first, last))
    return (out[0], out[1], out[2], out[3], out[4], out[5])


def without(one: Piece, other: Piece) -> list[Piece]:
    """The packets in the first and not in the second, as disjoint boxes."""
    common = meet(one, other)
    if common is None:
        return [one]
    out: list[Piece] = []
    rest = list(one)
    for at, ((low, high), (first, last)) in enumerate(zip(one, common, strict=True)):
        for span in ((low, first - 1), (last + 1, high)):
            if span[0] <= span[1]:
                cut = [*rest[:at], span, *rest[at + 1 :]]
                out.append((cut[0], cut[1], cut[2], cut[3], cut[4], cut[5]))
        rest[at] = (first, last)
    return out


@dataclass(frozen=True, slots=True)
class Sifted:
    """What a list did to a set."""

    passed: tuple[Part, ...]
    stopped: tuple[Said, ...]
    """The deny rules that took something, first ones only."""
    left: bool
    """Something matched no rule."""


def sift(parts: Iterable[Part], rules: Sequence[Rule], otherwise: bool, sure_otherwise: bool = True) -> Sifted:
    """Send a set through a list, first match wins; ``otherwise`` is what happens to what matches nothing. Raises TooMany."""
    rest = list(parts)
    passed: list[Part] = []
    stopped: list[Said] = []
    steps = 0
    for rule in rules:
        for box in rule.pieces():
            steps += len(rest) + 1
            rest = _one(rest, box, rule, passed, stopped)
            if len(rest) + len(passed) > MAX_PIECES or steps > MAX_STEPS:
                raise TooMany
    if otherwise:
        passed += [Part(part.piece, part.sure and sure_otherwise, part.by) for part in rest]
    return Sifted(tuple(passed), tuple(stopped[:10]), bool(rest))


def _one(rest: list[Part], box: Piece, rule: Rule, passed: list[Part], stopped: list[Said]) -> list[Part]:
    out: list[Part] = []
    for part in rest:
        common = meet(part.piece, box)
        if common is None:
            out.append(part)
            continue
        out += [Part(piece, part.sure, part.by) for piece in without(part.piece, box)]
        if rule.permit:
            passed.append(Part(common, part.sure and rule.exact, (*part.by, rule.said)))
        elif rule.said not in stopped:
            stopped.append(rule.said)
        if not rule.exact:
            # It may not match: what it might have taken goes on, no longer surely.
            out.append(Part(common, False, part.by))
    return out


def spans_of(networks: Iterable[Network], version: int) -> tuple[Span, ...]:
    """Networks of one family as merged intervals."""
    found = sorted((int(n.network_address), int(n.broadcast_address)) for n in networks if n.version == version)
    return merged(found)


def touches(network: Network, zone: Iterable[Network]) -> bool:
    """Whether some network of the zone shares an address with it."""
    return any(network.version == other.version and network.overlaps(other) for other in zone)


def merged(spans: Iterable[Span]) -> tuple[Span, ...]:
    """Sorted, overlapping and touching intervals joined."""
    out: list[Span] = []
    for low, high in sorted(spans):
        if out and low <= out[-1][1] + 1:
            out[-1] = (out[-1][0], max(out[-1][1], high))
        else:
            out.append((low, high))
    return tuple(out)


def complement(spans: Iterable[Span], last: int) -> tuple[Span, ...]:
    """Everything from 0 to ``last`` that is in none of them."""
    out: list[Span] = []
    at = 0
    for low, high in merged(spans):
        if at < low:
            out.append((at, low - 1))
        at = high + 1
    if at <= last:
        out.append((at, last))
    return tuple(out)


def everything(version: int) -> Span:
    """All addresses of a family."""
    return (0, 2**32 - 1 if version == 4 else 2**128 - 1)


def wildcard(address: int, mask: int, limit: int = MAX_GAPS) -> tuple[tuple[Span, ...], bool]:
    """Addresses that agree with ``address`` outside the wildcard's set bits; False when it has too many gaps to be followed."""
    low_bits = 0
    while mask >> low_bits & 1:
        low_bits += 1
    free = [bit for bit in range(low_bits, 32) if mask >> bit & 1]
    base = address & ~mask & 0xFFFFFFFF
    if 2 ** len(free) > limit:
        return ((base, base | mask),), False
    out = []
    for number in range(2 ** len(free)):
        start = base | sum(1 << bit for at, bit in enumerate(free) if number >> at & 1)
        out.append((start, start | ((1 << low_bits) - 1)))
    return merged(out), True
