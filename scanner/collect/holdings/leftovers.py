"""The net below the readers: rows and documents that nothing told to be classified are looked at once more before they pass as open."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from scanner.collect.holdings.survey import Known
from scanner.facts.holdings.columns import name_role
from scanner.facts.holdings.leftover import has_level, line_has_level, named_secret
from scanner.facts.holdings.reading import PartKind, Predicate
from scanner.facts.holdings.record import Decision
from scanner.facts.holdings.tables import EXCLUDED
from scanner.facts.holdings.tally import Tally
from scanner.facts.holdings.texts import NEEDLES

REASON = "level-left-over"
ON_SERVERS = ("instance", "service")
"""Containers whose tables have columns of their own, so that no reader had to find any."""


def netted(known: Known, tally: Tally) -> Tally:
    """Rows with a level in a cell that is no level's are undecided; where the place itself is called secret, a person must look."""
    settled = not (tally.counts["C"] or tally.counts["R"] or tally.counts["U"])
    if not settled or not tally.counts["N"] or not _counts(known):
        return tally
    if not set(known.source.place.container) & set(ON_SERVERS):
        tally.move(_left_over(known), "U", REASON)
    if named_secret(known.source.place.path):
        tally.move(tally.counts["N"], "R", "name-only")
    return tally


def _counts(known: Known) -> bool:
    """A table of persons, rights or codes has no numbered titles; what has them may be a catalogue that was taken for one."""
    return known.role not in EXCLUDED or {"title", "record_no"} <= {name_role(column.name) for column in known.source.columns}


def _left_over(known: Known) -> int:
    roles = known.roles
    levels: tuple[str | None, ...] = (roles.level, *roles.other_levels, roles.get("former_level"))
    if known.role in EXCLUDED:
        # What it was taken for is not believed, nor are the roles that come of it.
        levels = tuple(column.name for column in known.source.columns if name_role(column.name) == "level")
    texts = tuple(column.name for column in known.source.columns if column.kind in ("text", "other") and column.name not in levels)
    if not texts or known.role == "log":
        return 0
    rows = known.source.candidates(texts, Predicate(None, frozenset(), texts, NEEDLES))
    # What is called a separated text and is not separated has whole lines as cells.
    tells = line_has_level if len(known.source.columns) == 1 else has_level
    return sum(any(cell is not None and tells(cell) for cell in row) for row in rows)


class Watched:
    """Parts of a document on their way to the decision, and whether a line of them had a level as one of its fields."""

    def __init__(self, parts: Iterable[tuple[PartKind, str]]) -> None:
        self._parts = parts
        self.seen = False

    def __iter__(self) -> Iterator[tuple[PartKind, str]]:
        for kind, text in self._parts:
            self.seen = self.seen or (kind in ("line", "body") and line_has_level(text))
            yield kind, text

    def settle(self, decision: Decision, path: str) -> Decision:
        """The decision, unless it calls open what may not be."""
        if decision.code != "N":
            return decision
        if self.seen:
            return Decision("U", REASON)
        return Decision("R", "name-only") if named_secret(path) else decision
