"""One identity on both sides: what a service says of itself inside, and the same outside.

Equal keys mean one machine, or one service that is published to the other side, unless they were copied: an image that was cloned, a page
that is mirrored, a certificate that is shared. Copies show as copies when one side alone holds several."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from scanner.facts.network.records import Identity

STRONG = frozenset({"ssh", "tls", "smb", "snmp", "http"})
"""Services whose identity is made for one installation; ``http`` is a page with its validators, ``page`` one without."""
PAGES = frozenset({"page"})
NAMES = frozenset({"mdns", "nbns"})


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
    """Code word: ``one-key``, ``copies``, ``page``, ``name``."""


def matches(inside: Sequence[Identity], outside: Sequence[tuple[str, Identity]]) -> list[Match]:
    """Every identity that stands on both sides; ``outside`` are (sentinel, identity). The strongest first."""
    by_key: dict[tuple[str, str], list[Identity]] = {}
    for one in inside:
        by_key.setdefault((one.service, one.identity), []).append(one)
    others: dict[tuple[str, str], list[tuple[str, Identity]]] = {}
    for sentinel, one in outside:
        others.setdefault((one.service, one.identity), []).append((sentinel, one))
    found = [_match(by_key[key], others[key]) for key in sorted(by_key) if key in others]
    return sorted(found, key=lambda match: (match.strength, match.service, match.identity))


def _match(inside: Sequence[Identity], outside: Sequence[tuple[str, Identity]]) -> Match:
    one, (sentinel, other) = inside[0], outside[0]
    service = one.service
    copies = max(_stations(inside), _stations([item for _, item in outside])) > 1
    if service in NAMES:
        strength, why = "D", "name"
    elif copies:
        strength, why = "C", "copies"
    elif service in PAGES:
        strength, why = "C", "page"
    else:
        strength, why = ("B", "one-key") if service in STRONG else ("C", "copies")
    return Match(service, one.identity, one, other, sentinel, strength, why)


def _stations(items: Sequence[Identity]) -> int:
    """How many stations of one side show an identity; several addresses of one MAC are one station."""
    return len({item.mac or item.address for item in items})
