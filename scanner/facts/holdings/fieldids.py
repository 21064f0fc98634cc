"""Tables that number the fields of records: what a number elsewhere calls a field by."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from scanner.facts.holdings.labels import name_role
from scanner.facts.holdings.reading import Row

LONGEST = 24
"""Characters of a field's name."""
WIDE = 30
"""More columns has no list of fields."""


@dataclass(frozen=True, slots=True)
class FieldIds:
    """One table that names the level, the title and further fields of a record."""

    table: str
    names: Mapping[str, Mapping[str, str]]
    """Column that tells its rows apart to what a cell of it calls a field by."""

    def referred(self, references: Mapping[str, tuple[str, str]]) -> list[tuple[str, str]]:
        """Columns of another table that are declared to be ours, each with ours; empty where it refers to something else."""
        keys = {column.lower(): column for column in self.names}
        told = [(column, theirs.lower()) for column, (table, theirs) in references.items() if table.lower() == self.table.lower()]
        return [(column, keys[theirs] if theirs else next(iter(self.names))) for column, theirs in told if not theirs or theirs in keys]


def field_ids(table: str, columns: Sequence[str], rows: Sequence[Row]) -> FieldIds | None:
    """What a small table, of these rows and no others, calls fields by; None where it names none."""
    if not 2 <= len(columns) <= WIDE or len(rows) < 3:
        return None
    apart = [at for at in range(len(columns)) if _tell_apart([row[at] for row in rows])]
    called = [(_known([row[at] for row in rows]), -at) for at in apart if _name_a_record([row[at] for row in rows])]
    if not called:
        return None
    at = -max(called)[1]
    names = {columns[key]: MappingProxyType({row[key] or "": (row[at] or "").strip() for row in rows}) for key in apart if key != at}
    return FieldIds(table, names) if names else None


def _tell_apart(cells: Sequence[str | None]) -> bool:
    return all(cell and cell.strip() and len(cell) <= LONGEST for cell in cells) and len(set(cells)) == len(cells)


def _name_a_record(cells: Sequence[str | None]) -> bool:
    roles = {name_role((cell or "").strip()) for cell in cells}
    return {"level", "title"} <= roles and len(roles - {None}) > 2


def _known(cells: Sequence[str | None]) -> int:
    return sum(name_role((cell or "").strip()) is not None for cell in cells)
