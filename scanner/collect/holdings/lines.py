"""What is counted of a source, as one line: counts, names of columns that no cell can be, and where it lies."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from scanner.collect.holdings.naming import told_place
from scanner.collect.holdings.survey import Known
from scanner.facts.holdings.labels import name_role
from scanner.facts.holdings.reading import Place
from scanner.facts.holdings.tables import lineage_of
from scanner.facts.holdings.tally import Tally

_IDENTIFIER = re.compile(r"[A-Za-z_][A-Za-z0-9_.]{0,23}")


def line_of(known: Known, tally: Tally) -> dict[str, Any]:
    """Of a table."""
    roles, notes = known.roles, []
    if known.role == "catalogue" and roles.level is not None and not set(tally.histogram) - {"null"} and tally.rows:
        notes.append("level-empty")
    columns = {role: _shown(known, name) for role, name in (("level", roles.level), ("record_no", roles.get("record_no"))) if name}
    columns |= {f"level-{word}": "1" for word in roles.how}
    # A titled list that nothing told to be a catalogue is one when it holds classified records.
    role = "catalogue" if known.role == "other" and roles.get("title") is not None and tally.counts["C"] else known.role
    line = as_line(known.source.place, role, tally, lineage_of(known.source.place, known.source.name), columns, notes)
    return line if getattr(known.source, "whole", True) else {**line, "method": "partial"}


def _shown(known: Known, column: str) -> str:
    """A column by its name, or by its number where the name may be a cell of a table without a head."""
    number = [item.name for item in known.source.columns].index(column) + 1
    spoken = name_role(column) is not None and len(column) <= 24
    return column if spoken or _IDENTIFIER.fullmatch(column) else f"#{number}"


def as_line(place: Place, role: str, tally: Tally, lineage: Sequence[str], columns: Mapping[str, str], notes: list[str]) -> dict[str, Any]:
    """Of anything that was counted."""
    return {
        "path": told_place(place.path),
        "role": role,
        "rows_total": tally.rows,
        "rows_read": tally.rows,
        "method": "full",
        **tally.data(),
        "columns": dict(columns),
        "container": {kind: told_place(name) for kind, name in place.container.items()},
        "lineage": list(lineage),
        "copy_of": told_place(place.copy_of) if place.copy_of is not None else None,
        "zone": place.zone,
        "inverted": 0,
        "notes": notes,
    }
