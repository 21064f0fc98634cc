"""What is asked of one source, and how its rows are decided. Rows that agree in all that a decision looks at are decided once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date
from operator import itemgetter

from scanner.collect.holdings.asides import TERMS, told_within
from scanner.collect.holdings.changing import Changing
from scanner.collect.holdings.leftovers import key_words_at, left_in
from scanner.collect.holdings.outcomes import Outcome, cells_at, heads, opening_lists, speaking
from scanner.collect.holdings.shelves import SHELF, parent_of, shelf_of
from scanner.collect.holdings.survey import Known
from scanner.facts.holdings.columns import Roles
from scanner.facts.holdings.english import marked_in_note, marked_in_title
from scanner.facts.holdings.escapes import is_spelt, spelt_out
from scanner.facts.holdings.hints import hint_in_cell, hint_in_note, hint_in_remark, hint_in_title
from scanner.facts.holdings.keywords import only_mentions
from scanner.facts.holdings.labels import level_named
from scanner.facts.holdings.leftover import repeats_names
from scanner.facts.holdings.normal import code
from scanner.facts.holdings.reading import Predicate, Row
from scanner.facts.holdings.record import Decision, Record
from scanner.facts.holdings.rules import decide, decide_elsewhere, decide_in_log, tells_term
from scanner.facts.holdings.sought import letters_in
from scanner.facts.holdings.tables import may_key
from scanner.facts.holdings.tally import safe_key, shown_value
from scanner.facts.holdings.texts import NEEDLES, NOTHING, RARE, Said, said_in
from scanner.facts.holdings.values import Codes, Meaning, meaning
from scanner.facts.holdings.words import YES

CELLS = ("period", "declassified_on", "declassified", "set_on", "set_by", "dated", "formed_on")
"""Roles that a record takes as they stand."""
NO_CODES = Codes()
DECISIONS = 50_000
"""Distinct rows of level, dates and flags whose outcome is held."""
MEANINGS = 200_000
"""Distinct values of one secrecy column whose meaning is held."""
SETTLED = ("open", "empty")
"""Senses that leave a row to its texts."""


class Deciding:
    """The columns of one source by what they say, and the outcomes of its rows so far."""

    def __init__(self, known: Known, codes: Mapping[str, Codes], as_of: date) -> None:
        roles = known.roles
        self.codes, self.as_of = codes, as_of
        catalogue = known.role == "catalogue"
        every = tuple(column.name for column in known.columns if column.kind in ("text", "other"))
        title = roles.get("title")
        former = tuple(name for name in (roles.get("former_level"),) if name is not None)
        apart = (*roles.others, *former, *roles.other_levels) if catalogue or (title is not None and known.role == "other") else ()
        texts = (*(name for name in (title, *roles.remarks) if name), *roles.untold, *apart) if catalogue else every
        self.levels = tuple(name for name in (roles.level, *roles.other_levels) if name is not None)
        self._changing = Changing(known.columns, [name for name in self.levels if name not in roles.flags])
        self.headed = False
        """A row of its own called others those of one level, or named the columns once more."""
        self._lettered = known.lettered
        self._usual = known.beside
        self.flags = roles.flags
        keys = tuple(name for name in (roles.get("record_no"), *known.source.key) if name and may_key(name, roles))
        extra = [
            roles.get(role)
            for role in (*CELLS, "deleted", "opening", "former_level", "title", "record_no", "parent_no", "volume_no", "fonds", "series")
        ]
        extra.append(self._changing.on)
        self.columns = tuple(dict.fromkeys(name for name in (*self.levels, *texts, *keys, *extra) if name is not None))
        self._at = {name: position for position, name in enumerate(self.columns)}
        self._place = {role: self._at[name] for role, name in roles.one.items() if name in self._at}
        self._parent = self._at.get(parent_of(known) or "")
        self._shelf = tuple(self._place.get(role) for role in SHELF)
        self._keys = tuple(self._at[name] for name in keys)
        self.keyed = bool(keys)
        """The rows have a number or key at all."""
        # Without a title any text may be one.
        loose = (*(roles.untold if title is not None else ()), *roles.others)
        beside = tuple(name for name in texts if name != title and name not in loose and name not in apart)
        self._beside = tuple(self._at[name] for name in beside)
        self._apart = tuple(self._at[name] for name in roles.others if name in self._at and name in apart)
        self._loose = tuple(self._at[name] for name in loose if name in self._at)
        self._notes = tuple(self._at[name] for name in roles.untold if name in loose and name in self._at)
        self._hints = tuple(
            pair for pair in ((self._beside, hint_in_remark), (self._notes, hint_in_note), (self._apart, hint_in_cell)) if pair[0]
        )
        self._key_words = key_words_at(known, self.columns)
        self._inner = tuple((self._at[one.column], one) for one in known.inner if one.column in self._at)
        self._meanings: dict[tuple[str, str | None], tuple[Meaning, str]] = {}
        plain = (
            frozenset(value for value in known.plain if self.meaning(self.levels[0], value)[0].sense in SETTLED)
            if self.levels
            else frozenset()
        )
        self.open_seen = any(self.meaning(self.levels[0], value)[0].sense == "open" for value in plain)
        self.seen: set[str] = set(plain)
        """Values of the secrecy column."""
        self._needles = (*NEEDLES, *known.needles)
        self._terms = tuple(self._at[name] for role in TERMS if (name := roles.get(role)) is not None) if known.terms else ()
        self.every = known.aside or len(self._terms) > (not self.levels)
        """Something stands where no predicate looks: every row is wanted."""
        self.predicate = self._asked(plain, texts, roles)
        titled = catalogue or (known.role == "other" and title is not None)
        searched = tuple(name for name in self.columns if name in texts)
        self.left = 0
        """Rows that nothing told to be classified, and that have a level in a cell that is no level's."""
        cells = itemgetter(*(self._at[name] for name in searched)) if len(searched) > 1 else None
        tells = left_in(known, searched)
        self._left: Callable[[Row], bool] = lambda row: tells(cells(row) if cells else tuple(row[self._at[name]] for name in searched))
        self._nets = known.role != "log"
        self._decider = decide if titled else decide_in_log if known.role == "log" else decide_elsewhere
        self._held: dict[object, Outcome] = {}
        told = [self._place[role] for role in (*CELLS, "deleted", "opening", "former_level") if role in self._place]
        deciding = [self._at[name] for name in self.levels] + told
        deciding += [self._at[self._changing.on]] if self._changing.on is not None else []
        self._like = cells_at(deciding)
        searched_at = [*([self._place["title"]] if "title" in self._place else []), *self._beside, *self._loose, *self._apart]
        self._speaks = speaking(self._needles, searched_at)
        self._source = known.source
        self._speaks_otherwise = speaking(RARE, searched_at)

    def at(self, row: Row, column: str) -> str | None:
        """The cell of a column."""
        return row[self._at[column]]

    def cell(self, row: Row, role: str) -> str | None:
        """The cell of a role."""
        at = self._place.get(role)
        return None if at is None else row[at]

    def numbers(self, row: Row) -> list[str | None]:
        """Record number and key."""
        return [row[at] for at in self._keys]

    def parent(self, row: Row) -> str | None:
        """The volume that a row names."""
        return None if self._parent is None else row[self._parent]

    def shelf(self, row: Row) -> str:
        """Where a row says that it lies."""
        return "" if self._shelf[-1] is None else shelf_of([None if at is None else row[at] for at in self._shelf])

    def key(self, row: Row) -> str:
        """The first of them that may be kept."""
        return next((key for at in self._keys if (key := safe_key(row[at]))), "")

    def meaning(self, column: str, value: str | None) -> tuple[Meaning, str]:
        """The meaning of a secrecy cell and the form in which it may be kept."""
        held = self._meanings.get((column, value))
        if held is None:
            found = meaning(value, self.codes[column])
            held = found, shown_value(value, found)
            if len(self._meanings) < MEANINGS:
                self._meanings[column, value] = held
        return held

    def outcome(self, row: Row) -> Outcome:
        """What one row is. Where its texts say nothing, level, dates and flags decide, and the same ones come again and again."""
        # What is rare is looked for in rows only once the source came across it.
        speaks = self._speaks(row) or ((self.every or getattr(self._source, "rare_met", True)) and self._speaks_otherwise(row))
        if speaks:
            self.headed = self.headed or heads(row)
            if is_spelt("\n".join(filter(None, row))):
                row = tuple([spelt_out(cell) if cell else cell for cell in row])
        found = self._outcome(row, speaks)
        if found.decision.reason == "value-strange":
            self.headed = self.headed or repeats_names(self.columns, row)
        if speaks and self._nets and found.decision.code == "N" and self._left(row):
            self.left += 1
        return found

    def _outcome(self, row: Row, speaks: bool) -> Outcome:
        if speaks:
            cells = tuple([row[at] for at in self._beside]), tuple([row[at] for at in self._loose])
            said = said_in(self.cell(row, "title"), *cells)
            hinted = self._decider is decide and self._hinted(row)
            if hinted or (said is not NOTHING and said != NOTHING) or (self._inner and told_within(row, self._inner)):
                return self._decided(row, said, held=False, hinted=hinted)
        like = self._like(row)
        found = self._held.get(like)
        if found is None:
            found = self._decided(row, NOTHING, held=len(self._held) < DECISIONS)
            if found.held:
                self._held[like] = found
        return found

    def outcomes(self) -> Iterable[Outcome]:
        """Those that hold several rows, in the order in which they were first met."""
        return self._held.values()

    def _hinted(self, row: Row) -> bool:
        """Whether a word of secrecy stands where no decision looks for one."""
        title = self.cell(row, "title")
        if title is not None and (hint_in_title(title) or marked_in_title(title)):
            return True
        for places, hints in self._hints:
            for at in places:
                if (text := row[at]) and (hints(text) or marked_in_note(text)) and not (at in self._key_words and only_mentions(text)):
                    return True
        return self._letters(row) is not None

    def _letters(self, row: Row) -> str | None:
        """The level whose letters the record number carries."""
        number = self.cell(row, "record_no") if self._lettered is not None else None
        return letters_in(number, self._lettered) if number and self._lettered is not None else None

    def _asked(self, plain: frozenset[str], texts: Sequence[str], roles: Roles) -> Predicate:
        """Which rows are brought. Where no level stands, one column of terms takes its place."""
        level = self.levels[0] if self.levels else self.columns[self._terms[0]] if self._terms else None
        return Predicate(level, plain, tuple(dict.fromkeys(texts)), (*self._needles, *self._further(roles)), RARE)

    def _further(self, roles: Roles) -> Iterator[str]:
        """What a row must be brought for when it stands in a secrecy column that is not the first."""
        for column in self.levels[1:]:
            if column in roles.flags:
                yield from sorted({*YES, *(word.lower() for word in YES)})
            for value, text in self.codes[column].words.items():
                if meaning(text, NO_CODES).sense not in SETTLED:
                    yield from (value, value.lower())

    def _against(self, row: Row, found: Meaning) -> Meaning | None:
        """A classified level in another secrecy column, against one that is open; the level before a change, where none stands."""
        if found.sense not in (*SETTLED, "work", "commercial"):
            return None
        others = [self.meaning(column, row[self._at[column]])[0] for column in self.levels] + [
            told for told, _ in told_within(row, self._inner)
        ]
        former = self.cell(row, "former_level") if found.sense == "empty" else None
        others += [meaning(former, NO_CODES)] if former else []
        return next((other for other in others if other.sense in ("level", "english", "misread")), None)

    def _released(self, row: Row) -> Decision | None:
        """A record that is open now, beside the level that it had before: the change is on record."""
        former = self.cell(row, "former_level")
        told = meaning(former, NO_CODES) if former else None
        return Decision("D", "released", told.mark.level) if told is not None and told.sense == "level" and told.mark is not None else None

    def _unexplained(self, row: Row, found: Meaning) -> Decision | None:
        """A code beside an open level that hardly any such record has: it may be another level's."""
        if not self._usual or found.sense not in ("open", "work", "commercial"):
            return None
        word = code(row[self._at[self.levels[0]]] or "")
        for column, usual in self._usual.items():
            value = row[self._at[column]]
            if self.meaning(column, value)[0].sense in ("code", "strange", "cipher") and usual.get(word) != (told := code(value or "")):
                words = [meaning(other, self.codes[self.levels[0]]) for other, same in usual.items() if same == told]
                level = next((one.mark.level for one in words if one.sense == "level" and one.mark is not None), None)
                return Decision("U", "code-unexplained") if level is None else Decision("R", "mark-against-level", level)
        return None

    def _decided(self, row: Row, said: Said, *, held: bool, hinted: bool = False) -> Outcome:
        found, shown = self._level(row)
        change = self._changing.told(row, self) if self._changing.later is not None else None
        found = change if isinstance(change, Meaning) else found
        against = self._against(row, found)
        if (
            against is None
            and said == NOTHING
            and found.sense in SETTLED
            and not (self._terms and tells_term(*(row[at] for at in self._terms)))
        ):
            decision = Decision("N", "open" if found.sense == "open" else "unmarked")
        else:
            cells = {role: self.cell(row, role) for role in CELLS}
            decision = self._decider(Record(meaning=found, as_of=self.as_of, said=said, **cells))
        if self._decider is decide_in_log and decision.code == "N" and found.sense in ("level", "english", "misread"):
            # What is named a log may be a list of an office that audits.
            decision = Decision("R", "mark-in-log", found.mark.level if found.mark is not None else None)
        if self._decider is decide and decision.code == "N" and decision.reason != "denied" and (hinted or against is not None):
            level = against.mark.level if against is not None and against.mark is not None else None
            decision = Decision("R", "mark-against-level" if found.sense == "open" else "bare-word", level)
        if decision.reason == "open" and (released := self._released(row)) is not None:
            decision = released
        if isinstance(change, Decision) and decision.code in ("C", "R") and decision.reason not in ("release-day-invalid", "misread"):
            decision = change
        if decision.code == "N" and (other := self._unexplained(row, found)) is not None:
            decision = other
        opening = tuple(opening_lists(decision, found, self.cell(row, "opening"), self.cell(row, "period")))
        deleted = self.cell(row, "deleted")
        return Outcome(decision, shown, bool(deleted) and code(deleted or "") in YES, opening, held, decision.code != "N" or bool(opening))

    def _level(self, row: Row) -> tuple[Meaning, str]:
        first: tuple[Meaning, str] | None = None
        for column in self.levels:
            value = row[self._at[column]]
            if column == self.levels[0] and value is not None and len(self.seen) < MEANINGS:
                self.seen.add(value)
            held = self.meaning(column, value)
            settles = held[0].sense not in ("empty", "code", "strange", "cipher")
            # A mere no explains no level that stands there and is not understood.
            ticked = level_named(column) is not None
            denies = column in self.flags and held[0].sense == "open" and (ticked or (first is not None and first[0].sense != "empty"))
            if settles and not denies:
                return held
            first = held if first is None or first[0].sense == "empty" else first
        if first is None or first[0].sense == "empty":
            first = next(iter(told_within(row, self._inner)), first)
        return first if first is not None else (Meaning("empty"), "null")
