"""Counting one source or document on the spot: the text of a row lives as long as its decision, and only counts leave.

In stages: a sample tells what the columns mean; the store itself picks the rows that could be anything but open; each of those is
decided exactly; the rest is arithmetic. What is counted must add up to the rows that the store has, or it is an error.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from types import MappingProxyType
from typing import Any

from scanner.collect.holdings.copies import Copies
from scanner.collect.holdings.silent import silent
from scanner.collect.holdings.survey import Known, Survey, know, survey
from scanner.collect.holdings.volumes import Volumes
from scanner.errors import ReachError
from scanner.facts.holdings.documents import decide_document
from scanner.facts.holdings.normal import code, folded
from scanner.facts.holdings.reading import Document, Group, Place, Predicate, Row, Source, Unread
from scanner.facts.holdings.record import Decision, Record
from scanner.facts.holdings.rules import decide, decide_elsewhere, decide_in_log
from scanner.facts.holdings.tables import EXCLUDED, lineage_of
from scanner.facts.holdings.tally import Tally, safe_key, shown_value
from scanner.facts.holdings.texts import NEEDLES, NOTHING, Said, said_in
from scanner.facts.holdings.values import Codes, Meaning, column_is_cipher, column_is_english, meaning
from scanner.facts.holdings.words import YES
from scanner.model.absent import Why

CELLS = ("period", "declassified_on", "declassified", "set_on", "dated", "formed_on")
"""Roles that a record takes as they stand."""
DECISIONS = 50_000
"""Distinct rows of level and dates whose decision is held."""
MEANINGS = 200_000
"""Distinct values of one secrecy column whose meaning is held."""
OPENED = ("开放", "已开放", "公开", "同意开放")
SETTLED = ("open", "empty")
"""Senses that leave a row to its texts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """How counting is asked for."""

    as_of: date
    own: Mapping[str, Mapping[str, str]] = field(default_factory=lambda: MappingProxyType({}))
    """The unit's own dictionaries by ``table.column`` or ``column``."""
    say: Callable[[str, int], None] = lambda _path, _rows: None
    """``say(path, rows)`` after each source."""


def count_group(group: Group, asked: Asked) -> Iterator[dict[str, Any] | Unread]:
    """Count every source of a group: a line for the shelf each, or by name what could not be read."""
    try:
        with silent():
            about = survey(group)
    except ReachError as error:
        yield from (Unread(source.place, error.absent.why, error.absent.detail) for source in group.sources)
        return
    volumes, copies = Volumes(), Copies()
    lines: list[tuple[Known | None, dict[str, Any] | Unread]] = []
    for source in _originals_first(group.sources):
        try:
            with silent():
                known = know(source, about, asked.own)
                line = _line(known, _count(known, about, asked, volumes, copies))
            lines.append((known, line))
            asked.say(source.place.path, line["rows_total"])
        except ReachError as error:
            lines.append((None, Unread(source.place, error.absent.why, error.absent.detail)))
    for counted, result in lines:
        if counted is not None and not isinstance(result, Unread):
            try:
                with silent():
                    result["inverted"] = volumes.inverted(counted)
            except ReachError as error:
                result["notes"].append(f"volumes: {error.absent.why.value}")
            if volumes.full or copies.full:
                result["notes"].append("too-many-to-compare")
        yield result


def count_document(document: Document) -> dict[str, Any] | Unread:
    """Decide one document: a store of one row."""
    with silent():
        decision = decide_document(document.parts, whole_text=document.whole)
    tally = Tally()
    tally.add(decision, "", decision.level or "null")
    return _written(document.place, "document", tally, lineage_of(document.place, ""), {}, [])


def _originals_first(sources: Sequence[Source]) -> list[Source]:
    """Copies come after what they were copied from, so that they can be told by it."""
    return sorted(sources, key=lambda source: (source.place.copy_of is not None or "index" in lineage_of(source.place, source.name)))


def _count(known: Known, about: Survey, asked: Asked, volumes: Volumes, copies: Copies) -> Tally:
    if known.role in EXCLUDED:
        tally = Tally()
        tally.add_plain(_total(known.source), "not-a-catalogue")
        return tally
    if known.role != "log" and known.roles.level is None and copies.worth(known):
        return copies.count(known, asked.as_of)
    codes = dict(known.codes)
    tally, seen = _pass(known, codes, asked, volumes, copies)
    level = known.roles.level
    if level is not None:
        # Whether a column is English words or cipher text is a matter of all its values, and only now all were seen.
        whole = Codes(codes[level].words, codes[level].origin, column_is_english(seen), column_is_cipher(seen))
        if whole != codes[level]:
            codes[level] = whole
            tally, _ = _pass(known, codes, asked, volumes, copies)
    return tally


def _pass(known: Known, codes: Mapping[str, Codes], asked: Asked, volumes: Volumes, copies: Copies) -> tuple[Tally, set[str]]:
    """One pass over a source with an exact decision for every row that it brings."""
    wanted = _Wanted(known, codes, asked)
    tally = Tally()
    volumes.start(known)
    copies.forget(known)
    for row in known.source.candidates(wanted.columns, wanted.predicate):
        decision, key, value = wanted.decide(row)
        tally.add(decision, key, value, deleted=wanted.deleted(row), opening=wanted.lists(row, decision))
        if decision.code != "N":
            volumes.note(known, [row[wanted.at[name]] for name in wanted.keys], wanted.cell(row, "parent_no"), decision)
            copies.note(known, wanted.cell(row, "title"), decision)
    total, passed = known.source.total, known.source.passed
    if total is not None and total != passed or passed < tally.rows:
        raise ReachError(Why.TRUNCATED, f"{passed} rows read of {total}")
    tally.count_value("null" if not wanted.open_seen else "open", passed - tally.rows)
    tally.add_plain(passed - tally.rows, "open" if wanted.open_seen else "unmarked")
    return tally, wanted.seen


class _Wanted:
    """What is asked of one source, and how its rows are decided."""

    def __init__(self, known: Known, codes: Mapping[str, Codes], asked: Asked) -> None:
        roles = known.roles
        self.known, self.asked, self.codes = known, asked, codes
        self.catalogue = known.role == "catalogue"
        every = tuple(column.name for column in known.source.columns if column.kind in ("text", "other"))
        spoken = tuple(name for name in (roles.get("title"), *roles.remarks) if name)
        self.texts = (*spoken, *roles.untold) if self.catalogue else every
        self.levels = tuple(name for name in (roles.level, *roles.other_levels) if name is not None)
        self.keys = tuple(name for name in (roles.get("record_no"), *known.source.key) if name)
        extra = [roles.get(role) for role in (*CELLS, "deleted", "opening", "title", "record_no", "parent_no", "volume_no", "fonds", "series")]
        self.columns = tuple(dict.fromkeys(name for name in (*self.levels, *self.texts, *self.keys, *extra) if name is not None))
        self.at = {name: position for position, name in enumerate(self.columns)}
        self.place = {role: self.at[name] for role, name in roles.one.items() if name in self.at}
        # Without a title any text may be one.
        loose = roles.untold if roles.get("title") is not None else ()
        self.beside = tuple(self.at[name] for name in self.texts if name != roles.get("title") and name not in loose)
        self.loose = tuple(self.at[name] for name in loose if name in self.at)
        self.meanings: dict[tuple[str, str | None], tuple[Meaning, str]] = {}
        plain = frozenset(value for value in known.plain if self.meaning(self.levels[0], value)[0].sense in SETTLED) if self.levels else frozenset()
        self.open_seen = any(self.meaning(self.levels[0], value)[0].sense == "open" for value in plain)
        self.seen: set[str] = set(plain)
        self.predicate = Predicate(self.levels[0] if self.levels else None, plain, self.texts, NEEDLES)
        titled = self.catalogue or (known.role == "other" and roles.get("title") is not None)
        self.decisions: dict[Row, Decision] = {}
        self.deciding = [self.at[name] for name in self.levels] + [self.place[role] for role in CELLS if role in self.place]
        self.decider = decide if titled else decide_in_log if known.role == "log" else decide_elsewhere

    def cell(self, row: Row, role: str) -> str | None:
        """The cell of a role."""
        at = self.place.get(role)
        return None if at is None else row[at]

    def meaning(self, column: str, value: str | None) -> tuple[Meaning, str]:
        """The meaning of a secrecy cell and the form in which it may be kept."""
        held = self.meanings.get((column, value))
        if held is None:
            found = meaning(value, self.codes[column])
            held = found, shown_value(value, found)
            if len(self.meanings) < MEANINGS:
                self.meanings[column, value] = held
        return held

    def decide(self, row: Row) -> tuple[Decision, str, str]:
        """Decision, key and shown value of one row."""
        found, shown = self._level(row)
        said = said_in(self.cell(row, "title"), tuple([row[at] for at in self.beside]), tuple([row[at] for at in self.loose]))
        if found.sense in ("open", "empty") and said == NOTHING:
            decision = Decision("N", "open" if found.sense == "open" else "unmarked")
        elif said == NOTHING:
            decision = self._silent(row, found)
        else:
            decision = self._decided(row, found, said)
        return decision, next((key for name in self.keys if (key := safe_key(row[self.at[name]]))), ""), shown

    def _decided(self, row: Row, found: Meaning, said: Said) -> Decision:
        cells = {role: self.cell(row, role) for role in CELLS}
        return self.decider(Record(meaning=found, as_of=self.asked.as_of, said=said, **cells))

    def _silent(self, row: Row, found: Meaning) -> Decision:
        """Where the texts say nothing, level and dates decide, and the same ones come again and again."""
        said = tuple([row[at] for at in self.deciding])
        held = self.decisions.get(said)
        if held is None:
            held = self._decided(row, found, NOTHING)
            if len(self.decisions) < DECISIONS:
                self.decisions[said] = held
        return held

    def _level(self, row: Row) -> tuple[Meaning, str]:
        first: tuple[Meaning, str] | None = None
        for column in self.levels:
            value = row[self.at[column]]
            if column == self.levels[0] and value is not None and len(self.seen) < MEANINGS:
                self.seen.add(value)
            held = self.meaning(column, value)
            if held[0].sense not in ("empty", "code", "strange", "cipher"):
                return held
            first = first or held
        return first if first is not None else (Meaning("empty"), "null")

    def deleted(self, row: Row) -> bool:
        """Only marked as deleted."""
        cell = self.cell(row, "deleted")
        return bool(cell) and code(cell or "") in YES

    def lists(self, row: Row, decision: Decision) -> list[str]:
        """The opening lists that the record belongs to."""
        found = []
        if decision.reason == "expired":
            found.append("expired")
        if decision.code in ("C", "R") and "opening" in self.place and folded(self.cell(row, "opening") or "") in OPENED:
            found.append("opened")
        if decision.code == "C" and decision.reason in ("level", "marked") and not self._period_given(row):
            found.append("termless")
        return found

    def _period_given(self, row: Row) -> bool:
        mark = self._level(row)[0].mark
        return (mark is not None and mark.period is not None) or bool((self.cell(row, "period") or "").strip())


def _total(source: Source) -> int:
    """The number of rows; a source that does not declare it is passed over."""
    if source.total is not None:
        return source.total
    for _ in source.rows([source.columns[0].name] if source.columns else []):
        pass
    return source.passed


def _line(known: Known, tally: Tally) -> dict[str, Any]:
    roles, notes = known.roles, []
    if known.role == "catalogue" and roles.level is not None and not set(tally.histogram) - {"null"} and tally.rows:
        notes.append("level-empty")
    columns = {role: _shown(known, name) for role, name in (("level", roles.level), ("record_no", roles.get("record_no"))) if name}
    columns |= {f"level-{word}": "1" for word in roles.how}
    # A titled list that nothing told to be a catalogue is one when it holds classified records.
    role = "catalogue" if known.role == "other" and roles.get("title") is not None and tally.counts["C"] else known.role
    return _written(known.source.place, role, tally, lineage_of(known.source.place, known.source.name), columns, notes)


def _shown(known: Known, column: str) -> str:
    """A column by its name, or by its number where the name may be a cell of a table without a head."""
    number = [item.name for item in known.source.columns].index(column) + 1
    return column if len(column) <= 24 and (column.isascii() or len(column) <= 8) else f"#{number}"


def _written(place: Place, role: str, tally: Tally, lineage: Sequence[str], columns: Mapping[str, str], notes: list[str]) -> dict[str, Any]:
    return {
        "path": place.path,
        "role": role,
        "rows_total": tally.rows,
        "rows_read": tally.rows,
        "method": "full",
        **tally.data(),
        "columns": dict(columns),
        "container": dict(place.container),
        "lineage": list(lineage),
        "copy_of": place.copy_of,
        "zone": place.zone,
        "inverted": 0,
        "notes": notes,
    }


__all__ = ["Asked", "count_document", "count_group"]
