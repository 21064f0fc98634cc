"""One identity on both sides: what a service says of itself inside, and the same outside.

Equal keys mean one machine, or one service that is published to the other side, unless they were copied: an image that was cloned, a page
that is mirrored, a certificate that is shared. A key that lies in a file says which image a machine was made of, not which machine it is: it
is strong only with a second sign that no copy gives. What counts as one is listed in docs/isolation.md.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from scanner.facts.network.records import Identity

MADE_ONCE = frozenset({"snmp"})
"""Identities that must be unlike for their protocol to work at all (RFC 3411): strong by themselves."""
COPIED = frozenset({"ssh", "tls", "smb", "http"})
"""Identities that lie in files and are copied with them; ``http`` is a page with its validators, ``page`` one without."""
NAMES = frozenset({"mdns", "nbns"})
Claims = Mapping[str, frozenset[str]]
"""Address of the other side to the MACs that answer for it on this side; whoever answers for many is left out."""


@dataclass(frozen=True, slots=True)
class Match:
    """One identity that was met on both sides."""

    service: str
    identity: str
    inside: Identity
    outside: Identity
    sentinel: str
    strength: str
    """``B`` where it is one machine or one service, ``C`` where it may be a copy, ``D`` for a name."""
    why: str
    """Code word: ``one-key``, ``answers-for-both``, ``other-port``, ``two-identities``, ``key-and-name``, ``declared-halves``, ``clones``, ``copies``,
    ``page`` or ``name``."""


@dataclass(frozen=True, slots=True)
class Beside:
    """What else both ends know of the stations that show an identity."""

    inner_claims: Claims
    """Addresses of the outer zone that somebody inside answers for."""
    outer_claims: Claims
    """Addresses of the inner zone that somebody outside answers for."""
    inner_names: Mapping[str, frozenset[str]] = field(default_factory=dict)
    outer_names: Mapping[str, frozenset[str]] = field(default_factory=dict)
    """By MAC, names that a station gives itself; names that devices come with are none."""
    halves: Sequence[tuple[frozenset[str], frozenset[str]]] = ()
    """Of each declared device: addresses and MACs of its inner half, and of its outer half."""


NOTHING = Beside({}, {})


def matches(inside: Sequence[Identity], outside: Sequence[tuple[str, Identity]], beside: Beside = NOTHING) -> list[Match]:
    """Every identity that stands on both sides; ``outside`` are (sentinel, identity). The strongest first."""
    by_key: dict[tuple[str, str], list[Identity]] = {}
    for one in inside:
        by_key.setdefault((one.service, one.identity), []).append(one)
    others: dict[tuple[str, str], list[tuple[str, Identity]]] = {}
    for sentinel, one in outside:
        others.setdefault((one.service, one.identity), []).append((sentinel, one))
    shared = [key for key in sorted(by_key) if key in others]
    engines = {(_station(one), _station(other)) for key in shared if key[0] in MADE_ONCE for one in by_key[key] for _, other in others[key]}
    found = [_match(by_key[key], others[key], beside, engines) for key in shared]
    return sorted(found, key=lambda match: (match.strength, match.service, match.identity))


def _match(inside: Sequence[Identity], outside: Sequence[tuple[str, Identity]], beside: Beside, engines: set[tuple[str, str]]) -> Match:
    """How far one identity on both sides goes, told by the pair of stations that says most."""
    alone = len({_station(one) for one in inside}) == 1 == len({_station(other) for _, other in outside})
    # A service that was published shows at a port of the publisher's choice; a copy listens where its original does.
    moved = not {one.port for one in inside} & {other.port for _, other in outside}
    pairs = [
        (_strength(one, other, beside, engines, (alone, moved)), one, sentinel, other) for one in inside for sentinel, other in outside
    ]
    (strength, why), one, sentinel, other = min(pairs, key=lambda pair: pair[0][0])
    return Match(one.service, one.identity, one, other, sentinel, strength, why)


def _strength(one: Identity, other: Identity, beside: Beside, engines: set[tuple[str, str]], about: tuple[bool, bool]) -> tuple[str, str]:
    """(strength, code word) of two stations that say the same of themselves. ``about``: nobody else says it; no port is common to both sides."""
    alone, moved = about
    if one.service in NAMES:
        return "D", "name"
    if one.service not in COPIED | MADE_ONCE:
        return "C", "page"
    if beside.inner_claims.get(other.address) or beside.outer_claims.get(one.address):
        return "B", "answers-for-both"
    if not alone:
        return "C", "copies"
    if one.service in MADE_ONCE:
        return "B", "one-key"
    if (_station(one), _station(other)) in engines:
        return "B", "two-identities"
    if any(_marks(one) & near and _marks(other) & far for near, far in beside.halves):
        return "B", "declared-halves"
    if beside.inner_names.get(one.mac, frozenset()) & beside.outer_names.get(other.mac, frozenset()):
        return "B", "key-and-name"
    if moved:
        return "B", "other-port"
    return "C", "clones"


def _station(item: Identity) -> str:
    """Several addresses of one MAC are one station."""
    return item.mac or item.address


def _marks(item: Identity) -> frozenset[str]:
    return frozenset({item.mac, item.address} - {""})
