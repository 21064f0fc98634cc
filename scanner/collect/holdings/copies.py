"""Copies that carry titles without their level: an index over a table, a cache. They are told by the titles themselves, as digests.

The digests live in this process, are keyed with a random key and end with the group; nothing of them is kept.
"""

from __future__ import annotations

import hashlib
import os
from collections import Counter
from collections.abc import Callable
from datetime import date

from scanner.collect.holdings.recordnumbers import Numbers
from scanner.collect.holdings.survey import Known
from scanner.facts.holdings.normal import clean
from scanner.facts.holdings.reading import Place, Row, Source
from scanner.facts.holdings.record import Decision, Record
from scanner.facts.holdings.rules import decide
from scanner.facts.holdings.tables import lineage_of, may_key
from scanner.facts.holdings.tally import Tally, safe_key
from scanner.facts.holdings.texts import said_in
from scanner.facts.holdings.values import Meaning

MOST = 300_000
"""Titles whose digests are held."""
LIKELY = ("index", "cache", "export", "temp", "replica")
SHORTEST = 4
"""Titles shorter than this say nothing."""
SHOWN = ("index", "replica", "cache", "log", "view")
"""Lineages by which a store shows that a table of its own is a copy; that the whole of it is one makes none of its tables the other's copy."""


def is_copy(known: Known) -> bool:
    """Whether a source carries titles without a level and stands where copies stand."""
    if known.role == "log" or known.roles.level is not None:
        return False
    place = known.source.place
    return place.copy_of is not None or bool(set(lineage_of(place, known.source.name)) & set(LIKELY))


def within(source: Source) -> tuple[str, ...]:
    """What makes a source a copy of others in its own group: what the store shows of it, and its own name; not the name of the store."""
    return lineage_of(Place("", lineage=tuple(word for word in source.place.lineage if word in SHOWN)), source.name)


def titling(known: Known) -> list[str]:
    """Columns of a copy that may carry a title."""
    return [column.name for column in known.columns if column.kind in ("text", "other")]


class Copies:
    """Digests of classified records' titles in one group, and how often each came."""

    def __init__(self, wanted: bool = True, numbers: Numbers | None = None) -> None:
        self.numbers = numbers or Numbers()
        """Of the classified records."""
        self.wanted = wanted
        """A source of the group may be a copy; else there is nothing to compare with."""
        self._key = os.urandom(16)
        self._titles: dict[str, Counter[bytes]] = {}
        self._held = 0
        self._lineage: dict[str, tuple[str, ...]] = {}
        self.full = False

    def forget(self, known: Known) -> None:
        """A source is passed over anew."""
        self.numbers.start(known)
        self._held -= (self._titles.pop(known.source.place.path, None) or Counter[bytes]()).total()

    def note(self, known: Known, title: str | None, decision: Decision) -> None:
        """Hold the digest of a classified record's title."""
        if not self.wanted or decision.code != "C" or known.role != "catalogue" or not title or len(title) < SHORTEST or self._of(known):
            return
        held = self._titles.setdefault(known.source.place.path, Counter())
        if self._held < MOST:
            self._held += 1
            held[self._digest(title)] += 1
        else:
            self.full = True

    def _of(self, known: Known) -> tuple[str, ...]:
        path = known.source.place.path
        if path not in self._lineage:
            self._lineage[path] = within(known.source)
        return self._lineage[path]

    def worth(self, known: Known) -> bool:
        """Whether a source is a copy whose rows can be told by the titles held."""
        return bool(self._titles) and is_copy(known)

    def telling(self) -> Callable[[Row], bool]:
        """Whether a row carries a classified title; asked of all rows of a copy in turn, it says so as often as the originals do."""
        left: Counter[bytes] = sum(self._titles.values(), Counter())

        def told(row: Row) -> bool:
            found = next((key for cell in row if cell and (key := self._digest(cell)) in left and left[key] > 0), None)
            if found is not None:
                left[found] -= 1
            return found is not None

        return told

    def count(self, known: Known, as_of: date) -> Tally:
        """Every row that carries a classified title, as often as the originals do, is a copy of a classified record.

        The others are decided by what their texts say.
        """
        names, told = titling(known), self.telling()
        keyed = [may_key(name, known.roles) for name in names]
        tally = Tally()
        for row in known.source.rows(names):
            if not told(row):
                tally.add(decide(Record(meaning=Meaning("empty"), as_of=as_of, said=said_in(None, row))), "", "null")
            else:
                tally.add(
                    Decision("C", "copy-of-classified", "?"),
                    next((k for cell, kept in zip(row, keyed) if kept and (k := safe_key(cell))), ""),
                    "null",
                )
        return tally

    def _digest(self, text: str) -> bytes:
        return hashlib.blake2b(clean(text).strip().encode("utf-8", "surrogatepass"), digest_size=12, key=self._key).digest()
