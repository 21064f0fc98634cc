"""Object classes of clauses and the target kinds that stand for them."""

from __future__ import annotations

from collections.abc import Iterable

KINDS_OF: dict[str, tuple[str, ...]] = {
    "host": ("linux", "windows"),
    "terminal": ("linux", "windows"),
    "database": ("database",),
    "middleware": ("middleware",),
    "application": ("application", "web"),
    "network_device": ("netdev",),
    "security_device": ("netdev",),
    "boundary_device": ("netdev",),
    "network": ("netdev",),
    "wireless": ("netdev",),
    "security_platform": (),
    "machine_room": ("site",),
    "document": ("site",),
    "record": ("site",),
    "person": ("site",),
    "catalogue": ("catalogue",),
    "zone_pair": ("pair",),
}
"""Object class to target kinds; empty where no kind stands for it, so that only a person can speak."""

PRODUCT_KINDS = frozenset({"database", "middleware", "netdev", "web", "application"})
"""Kinds with many products. A check of another product says not-applicable there, which says nothing about the clause."""


def kinds_of(objects: Iterable[str]) -> frozenset[str]:
    """Target kinds that the object classes cover. Raises KeyError for a class that is not known."""
    return frozenset(kind for name in objects for kind in KINDS_OF[name])
