"""Whether a run was asked for less than the unit has: by a choice of checks, or of targets of its inventory. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from scanner.assess.loose import mappings, texts


def is_narrowed(head: Mapping[str, Any]) -> bool:
    """What was left out says nothing, and nothing else can say it in its place."""
    return bool(head.get("only") or head.get("skip")) or not set(_declared(head.get("inventory") or {})) <= {*head["members"]}


def _declared(inventory: Mapping[str, Any]) -> Iterator[str]:
    """Ids of all targets and zone pairs of an inventory."""
    yield from texts(inventory.get("targets"))
    yield from (":".join(zones) for pair in mappings(inventory.get("isolation")) if len(zones := texts(pair.get("between"))) == 2)
