"""One record as the decision sees it, and what a decision says. No text of the record leaves through a decision."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Literal

from scanner.facts.holdings.dates import day
from scanner.facts.holdings.texts import NOTHING, Said
from scanner.facts.holdings.values import Meaning

Code = Literal["C", "R", "D", "N", "U"]
"""Classified; suspected (a person must look); declassified; no state secret; undecidable."""
CODES: tuple[Code, ...] = ("C", "R", "D", "N", "U")
UNTOLD = "?"
"""Level of a record that is classified and does not say how highly."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """One row, by the roles of its columns. Absent columns and NULL are None."""

    meaning: Meaning
    as_of: date
    period: str | None = None
    """The period's own column."""
    declassified_on: str | None = None
    declassified: str | None = None
    """A flag that says it was declassified."""
    set_on: str | None = None
    """Day of classification."""
    set_by: str | None = None
    """Who set a level, or on what ground."""
    dated: str | None = None
    """Day that the document bears."""
    formed_on: str | None = None
    said: Said = NOTHING
    """What title and remarks say."""

    def base(self) -> date | None:
        """The day from which a period runs: of classification, else of the document, else of its making."""
        return next((found for found in map(day, (self.set_on, self.dated, self.formed_on)) if found is not None), None)


@dataclass(frozen=True, slots=True)
class Decision:
    """What one record is, and why."""

    code: Code
    reason: str
    """A word of the reasons' vocabulary; sentences stand in reports/locale under ``holdings-reason.<word>``."""
    level: str | None = None


Rule = Callable[[Record], Decision | None]
"""One row of the decision table. None where it does not speak; the first that speaks decides."""
