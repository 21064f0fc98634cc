"""Addresses and names, sorted by what they tell about where a segment reaches."""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence
from functools import lru_cache

Network = ipaddress.IPv4Network | ipaddress.IPv6Network

_SECOND = frozenset(
    {"ac", "co", "com", "edu", "ed", "gob", "go", "gov", "gouv", "gv", "ltd", "mil", "ne", "net", "nom", "nhs", "or", "org", "plc", "sch"}
    | {"ah", "bj", "cq", "fj", "gd", "gs", "gx", "gz", "ha", "hb", "he", "hi", "hk", "hl", "hn", "jl", "js", "jx", "ln", "mo", "nm", "nx"}
    | {"qh", "sc", "sd", "sh", "sn", "sx", "tj", "tw", "xj", "xz", "yn", "zj"}
)
"""Labels below a country's own under which names are registered; the two-letter ones are China's provinces."""
_LOCAL = frozenset(
    {"local", "lan", "home", "internal", "intranet", "localdomain", "arpa", "corp", "workgroup", "localhost", "test", "example"}
)


@lru_cache(maxsize=16384)
def standing(address: str) -> str:
    """``public``, ``private``, ``link``, ``multicast`` or ``none`` (unspecified, loopback, broadcast, reserved)."""
    found = ipaddress.ip_address(address)
    if found.is_multicast:
        return "multicast"
    if found.is_link_local:
        return "link"
    if found.is_unspecified or found.is_loopback or address == "255.255.255.255":
        return "none"
    if found.is_global:
        return "public"
    return "none" if found.is_reserved else "private"


def inside(address: str, networks: Sequence[Network]) -> bool:
    """Whether the address stands in one of the networks."""
    found = ipaddress.ip_address(address)
    return any(found.version == network.version and found in network for network in networks)


def registrable(name: str) -> str:
    """The part of a name that is registered with somebody: ``a.b.archives.gov.cn`` is ``archives.gov.cn``. Empty for local names.

    Whole names may say what a person looked for; the suffix is enough to see that something talks to the outside.
    """
    labels = name.rstrip(".").lower().split(".")
    if len(labels) < 2 or not all(labels) or labels[-1] in _LOCAL or all(label.isdigit() for label in labels):
        return ""
    third = len(labels) > 2 and len(labels[-1]) == 2 and labels[-2] in _SECOND
    return ".".join(labels[-3 if third else -2 :])
