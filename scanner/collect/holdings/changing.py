"""Sources with a column for the level after a change beside the one before it: what each row tells of that."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Protocol

from scanner.facts.holdings.changes import changed, changes_in
from scanner.facts.holdings.normal import code
from scanner.facts.holdings.reading import Column, Row
from scanner.facts.holdings.record import Decision
from scanner.facts.holdings.values import Codes, Meaning


class Cells(Protocol):
    """Whoever reads the cells of a source's rows."""

    codes: Mapping[str, Codes]
    as_of: date

    def at(self, row: Row, column: str) -> str | None: ...

    def cell(self, row: Row, role: str) -> str | None: ...

    def meaning(self, column: str, value: str | None) -> tuple[Meaning, str]: ...


class Changing:
    """The columns of one source that tell of changes."""

    def __init__(self, columns: Sequence[Column], levels: Sequence[str]) -> None:
        found = changes_in(columns, levels)
        self.later = found.later if found is not None else None
        """The secrecy column of the level after a change; None where there is none beside another."""
        self.on = found.on if found is not None else None
        """The column of its day."""
        self._before = tuple(level for level in levels if level != self.later)

    def told(self, row: Row, cells: Cells) -> Meaning | Decision | None:
        """The level that holds today, or what the record is; None where nothing changed."""
        value = cells.at(row, self.later) if self.later is not None else None
        before = [cells.meaning(column, cells.at(row, column))[0] for column in self._before]
        told = next((one for one in before if one.sense != "empty"), None)
        if told is None or not value or self.later is None:
            return None
        word = cells.codes[self.later].words.get(code(value), value)
        on = cells.at(row, self.on) if self.on is not None else None
        return changed(told, cells.meaning(self.later, value)[0], word, on, cells.cell(row, "declassified"), cells.as_of)
