"""The unit as a target of its own, where several catalogues may have something in common."""

from __future__ import annotations

from collections.abc import Sequence

from scanner.model.target import Target
from scanner.targets.inventory import Inventory


def unit_target(inventory: Inventory, chosen: Sequence[Target]) -> list[Target]:
    """One target under the unit's code as soon as a catalogue is looked at; none where that id is taken."""
    catalogues = [target for target in chosen if target.kind == "catalogue"]
    code = str(inventory.unit.get("code") or "unit")
    if not catalogues or any(target.id == code for target in inventory.targets):
        return []
    return [Target(id=code, kind="unit", system=catalogues[0].system)]
