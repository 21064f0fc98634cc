"""The net below the readers: rows and documents that nothing told to be classified are looked at once more before they pass as open."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence

from scanner.collect.holdings.survey import Known
from scanner.facts.holdings.belowheads import BelowHeads
from scanner.facts.holdings.escapes import is_spelt, spelt_out
from scanner.facts.holdings.hints import hint_in_note
from scanner.facts.holdings.keywords import holds_key_words, only_mentions
from scanner.facts.holdings.labels import name_role
from scanner.facts.holdings.leftover import (
    fields_have_level,
    has_level,
    heads_level,
    keyed_level,
    line_has_level,
    named_secret,
    names_level,
)
from scanner.facts.holdings.reading import PartKind, Predicate, Row
from scanner.facts.holdings.record import Decision
from scanner.facts.holdings.tables import EXCLUDED
from scanner.facts.holdings.tally import KEYS, Tally, safe_key
from scanner.facts.holdings.texts import NEEDLES, RARE

REASON, APART = "level-left-over", "level-apart"
ON_SERVERS = frozenset({"instance", "service"})
"""Containers whose rows are as wide as their tables."""


def netted(known: Known, tally: Tally, left: int | None = None) -> Tally:
    """Rows with a level in a cell that is no level's are undecided; where the place itself is called secret, a person must look.

    ``left`` is how many of them the pass over the rows met, where there was one."""
    if known.apart:
        tally.move(tally.counts["N"], "U", APART)
        return tally
    settled = not (tally.counts["C"] or tally.counts["R"] or tally.counts["U"])
    if known.role == "other" and not settled and left:
        tally.move(left, "U", REASON)
    if not settled or not tally.counts["N"] or not _counts(known):
        return tally
    tally.move(_left_over(known) if left is None else left, "U", REASON)
    if named_secret(known.source.place.path) and tally.counts["N"]:
        tally.move(tally.counts["N"], "R", "name-only")
        _remember(known, tally)
    return tally


def _remember(known: Known, tally: Tally) -> None:
    """The numbers of records that are all for a person now."""
    column = known.roles.get("record_no")
    released = {key for keys in tally.keys.values() for key in keys}
    numbers = known.source.sample([column], KEYS + len(released)) if column is not None else ()
    for (number,) in numbers:
        if (key := safe_key(number)) and key not in released:
            tally.remember(Decision("R", "name-only"), key)


def _counts(known: Known) -> bool:
    """A table of persons, rights or codes has no numbered titles; what has them may be a catalogue that was taken for one."""
    return known.role not in EXCLUDED or {"title", "record_no"} <= {name_role(column.name) for column in known.source.columns}


def _left_over(known: Known) -> int:
    """Rows that no decision looked at: a table that was taken for none of records is not believed, nor are the roles that come of it."""
    held = known.role in EXCLUDED
    levels = {column.name for column in known.source.columns if name_role(column.name) == "level"} if held else set()
    texts = tuple(column.name for column in known.columns if column.kind in ("text", "other") and column.name not in levels)
    rows = known.source.candidates(texts, Predicate(None, frozenset(), texts, NEEDLES, RARE)) if texts else ()
    tells = left_in(known, texts)
    return sum(map(tells, rows))


def left_in(known: Known, columns: Sequence[str]) -> Callable[[Row], bool]:
    """Whether a row, of these columns, has a level in a cell that no decision takes for one."""
    names = [column.name for column in known.source.columns]
    levels = () if known.role in EXCLUDED else (known.roles.level, *known.roles.other_levels, known.roles.get("former_level"))
    at = [position for position, name in enumerate(columns) if name not in levels]
    # What is called a separated text and is not separated has whole lines as cells; the last cell of a row may hold further ones.
    stands = line_has_level if len(names) == 1 else _stands_in
    # Of a table that nothing told to be a catalogue also what notes say.
    tells: Callable[[str], bool] = (lambda cell: stands(cell) or hint_in_note(cell)) if known.role == "other" else stands
    key_words = key_words_at(known, columns)
    last = columns.index(names[-1]) if names and names[-1] in columns and not set(known.source.place.container) & ON_SERVERS else None

    def left(row: Row) -> bool:
        for position in at:
            cell = row[position]
            if not cell or not ("密" in cell or is_spelt(cell)) or "密" not in (plain := spelt_out(cell)):
                continue
            if tells(plain) and not (position in key_words and only_mentions(plain)):
                return True
        return bool(last in at and (cell := row[last]) and fields_have_level(cell))

    return left


def key_words_at(known: Known, columns: Sequence[str]) -> frozenset[int]:
    """Which of some columns hold key words."""
    held = {column.name for column in known.columns if holds_key_words(column, known.roles)}
    return frozenset(at for at, name in enumerate(columns) if name in held)


def _stands_in(cell: str) -> bool:
    return (names_level(cell) and (has_level(cell) or heads_level(cell))) or keyed_level(cell)


class Watched:
    """Parts of a document on their way to the decision, and whether a line of them had a level as one of its fields."""

    def __init__(self, parts: Iterable[tuple[PartKind, str]]) -> None:
        self._parts = parts
        self.seen = False
        self._below = BelowHeads()

    def __iter__(self) -> Iterator[tuple[PartKind, str]]:
        for kind, text in self._parts:
            self.seen = self.seen or (kind in ("line", "body") and (line_has_level(text) or self._below.tells(text)))
            yield kind, text

    def settle(self, decision: Decision, path: str) -> Decision:
        """The decision, unless it calls open what may not be."""
        if decision.code != "N":
            return decision
        if self.seen:
            return Decision("U", REASON)
        return Decision("R", "name-only") if named_secret(path) else decision
