"""One pass over a source: every row that the store brings is decided exactly, the rest is arithmetic that has to add up."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from types import MappingProxyType

from scanner.collect.holdings.copies import Copies
from scanner.collect.holdings.deciding import Deciding
from scanner.collect.holdings.survey import Known
from scanner.collect.holdings.volumes import Volumes
from scanner.errors import ReachError
from scanner.facts.holdings.reading import Row, Source
from scanner.facts.holdings.tally import Tally
from scanner.facts.holdings.values import Codes
from scanner.model.absent import Why

HEARD = 0x7FF
"""Rows between two questions how far a store is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """How counting is asked for."""

    as_of: date
    own: Mapping[str, Mapping[str, str]] = field(default_factory=lambda: MappingProxyType({}))
    """The unit's own dictionaries by ``table.column`` or ``column``."""
    say: Callable[[str, int, bool, bool], None] = lambda _path, _rows, _over, _noted: None
    """``say(path, rows, over, noted)`` while a source is read, and when it is over; noted: it was counted before."""
    labels: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    """What dictionaries beside a file call its columns; under the empty name, every secrecy column whose codes nothing in it explains."""
    beside: Mapping[str, Sequence[str]] = field(default_factory=lambda: MappingProxyType({}))
    """What dictionaries in its folder call columns: what a file takes of it is found when it is looked at."""
    salt: bytes = b""
    """Key of the digests of record numbers."""
    among: array[int] = field(default_factory=lambda: array("Q"))
    """Such digests of classified records that lie elsewhere."""


class BrokenOff(ReachError):
    """A source that could not be read to its end, with what was counted before that."""

    def __init__(self, error: ReachError, tally: Tally) -> None:
        detail = error.absent.detail
        super().__init__(error.absent.why, f"{detail}, after {tally.rows} rows" if detail else f"after {tally.rows} rows")
        self.tally = tally


def one_pass(known: Known, codes: Mapping[str, Codes], asked: Asked, volumes: Volumes, copies: Copies) -> tuple[Tally, Deciding]:
    """The tally of a source, and what was seen of its rows."""
    volumes.start(known)
    copies.forget(known)
    tally, deciding = brought(known, codes, asked, volumes, copies)
    settle(tally, known.source.passed, deciding.open_seen)
    return tally, deciding


def brought(known: Known, codes: Mapping[str, Codes], asked: Asked, volumes: Volumes, copies: Copies) -> tuple[Tally, Deciding]:
    """The rows that the store brings. What is passed over must be what the store has, or it is an error: :class:`BrokenOff`."""
    deciding, tally = Deciding(known, codes, asked.as_of), Tally()
    try:
        _decided(known, deciding, tally, asked, volumes, copies)
        _whole(known.source, tally)
    except ReachError as error:
        if known.source.passed > tally.rows:
            settle(tally, known.source.passed, deciding.open_seen)
        raise BrokenOff(error, tally) from None
    return tally, deciding


def _decided(known: Known, deciding: Deciding, tally: Tally, asked: Asked, volumes: Volumes, copies: Copies) -> None:
    try:
        _one_by_one(known, deciding, tally, asked, volumes, copies)
    finally:
        for outcome in deciding.outcomes():
            tally.add(outcome.decision, "", outcome.value, outcome.rows, deleted=outcome.deleted, opening=outcome.opening)


def _whole(source: Source, tally: Tally) -> None:
    """Raises ReachError unless all rows were passed over."""
    total, passed = source.total, source.passed
    if total is not None and total != passed or passed < tally.rows:
        raise ReachError(Why.TRUNCATED, f"{passed} rows read of {total}")


def _one_by_one(known: Known, deciding: Deciding, tally: Tally, asked: Asked, volumes: Volumes, copies: Copies) -> None:
    compared = volumes.wanted or copies.wanted
    for row in _heard(known.source, deciding, asked):
        outcome = deciding.outcome(row)
        if outcome.held:
            if not outcome.rows:
                tally.meet(outcome.value)
            outcome.rows += 1
            if outcome.keyed:
                tally.remember(outcome.decision, deciding.key(row), outcome.opening)
                outcome.keyed = deciding.keyed and tally.remembers(outcome.decision, outcome.opening)
        else:
            key = deciding.key(row) if tally.remembers(outcome.decision, outcome.opening) else ""
            tally.add(outcome.decision, key, outcome.value, deleted=outcome.deleted, opening=outcome.opening)
        if compared and outcome.decision.code != "N":
            volumes.note(known, deciding.numbers(row), deciding.parent(row), outcome.decision, deciding.shelf(row))
            copies.note(known, deciding.cell(row, "title"), outcome.decision)
        if outcome.decision.code == "C":
            copies.numbers.note(known, deciding.cell(row, "record_no"), deciding.shelf(row))


def settle(tally: Tally, passed: int, open_seen: bool) -> None:
    """Count what the store passed over and did not bring."""
    rest = passed - tally.rows
    tally.count_value("open" if open_seen else "null", rest)
    tally.add_plain(rest, "open" if open_seen else "unmarked")


def _heard(source: Source, deciding: Deciding, asked: Asked) -> Iterator[Row]:
    """Candidates as they come; where the store can say how far it is, that is told between them."""
    rows = source.rows(deciding.columns) if deciding.every else source.candidates(deciding.columns, deciding.predicate)
    underway = getattr(source, "underway", None)
    if underway is None:
        yield from rows
        return
    for number, row in enumerate(rows):
        if number & HEARD == HEARD:
            asked.say(source.place.path, underway(), False, False)
        yield row
