"""Volumes that are open while an item in them is classified: the two stand in different tables, or in one with two tiers."""

from __future__ import annotations

import base64
import hashlib
from array import array
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice, takewhile
from typing import Any

import numpy as np
from numpy.typing import NDArray

from scanner.collect.holdings.once import once
from scanner.collect.holdings.shelves import SHELF, above, is_volumes, parent_of, shelf_of, tells_volumes
from scanner.collect.holdings.survey import Known
from scanner.facts.holdings.reading import Row
from scanner.facts.holdings.record import Decision

MOST = 500_000
"""Record numbers held of one source."""


@dataclass(slots=True)
class _Marks:
    """Numbers that were met, in sixteen bytes each: as this process and as the run's notes tell them apart."""

    here: array[int] = field(default_factory=lambda: array("q"))
    noted: array[int] = field(default_factory=lambda: array("Q"))

    def add(self, number: str, digest: Callable[[str], int] | None) -> None:
        """One number, unless it was among the last ones."""
        mark = hash(number)
        if mark not in self.here[-RECENT:]:
            self.here.append(mark)
            if digest is not None:
                self.noted.append(digest(number))

    def settle(self) -> None:
        """Each number once, in order."""
        _settle(self.here, np.int64)
        _settle(self.noted, np.uint64)


@dataclass(slots=True)
class _Held:
    known: Known
    not_open: _Marks = field(default_factory=_Marks)
    """Numbers and keys of its records that are not open."""
    over: _Marks = field(default_factory=_Marks)
    """Numbers that the numbers of its classified records lie under."""
    parents: _Marks = field(default_factory=_Marks)
    """What its classified records name as their volume."""
    from_notes: bool = False
    """Only what notes tell is held."""

    full: bool = False
    """There are more of them than are held."""

    def settle(self) -> None:
        """Where much is held, each number is held once; too many different ones are not added to."""
        if not self.full and max(self._size(), len(self.parents.here)) > MOST + MOST // 4:
            for marks in (self.not_open, self.over, self.parents):
                marks.settle()
            self.full = max(self._size(), len(self.parents.here)) > MOST

    def _size(self) -> int:
        return len(self.not_open.here) + len(self.over.here)


SETS = ("not_open", "over", "parents")
SIZE = 8
"""Bytes of a digest."""
RECENT = 4
"""The same volumes come again and again."""
AT_ONCE = 4096
"""Rows that are compared at once."""


class Volumes:
    """Record numbers of what is not open in one group; they end with it, but for digests under the salt of the run's notes."""

    def __init__(self, wanted: bool = True, salt: bytes = b"") -> None:
        self._salt = salt
        self.wanted = wanted
        """A source of the group holds volumes; else no record can lie in one."""
        self._held: dict[str, _Held] = {}
        self.full = False

    def start(self, known: Known) -> None:
        """A source is passed over, perhaps anew."""
        self._held[known.source.place.path] = _Held(known)

    def note(self, known: Known, numbers: Sequence[str | None], parent: str | None, decision: Decision, shelf: str = "") -> None:
        """Hold the numbers of a record that is not open: its record number first, then its key. ``shelf`` is where it says that it lies."""
        held = self._held[known.source.place.path]
        held.settle()
        if held.full:
            self.full = True
            return
        digest = self._digest if self._salt else None
        texts = [text for number in numbers if (text := (number or "").strip())]
        for text in (*texts, shelf) if shelf else texts:
            held.not_open.add(text, digest)
        if decision.code == "C":
            for text in above(texts[0]) if texts else ():
                held.over.add(text, digest)
            if parent and parent.strip():
                held.parents.add(parent.strip(), digest)
            elif shelf:
                held.parents.add(shelf, digest)

    def state(self, known: Known) -> dict[str, Any] | None:
        """What a note keeps of a source, so that it need not be passed over again; None where nothing is held."""
        held = self._held.get(known.source.place.path)
        if held is None or not self.wanted:
            return None
        return {"full": self.full, **{name: _packed(getattr(held, name)) for name in SETS}}

    def restore(self, known: Known, state: Mapping[str, Any] | None) -> None:
        """Take up what a note kept."""
        if state is None:
            return
        held = self._held.get(known.source.place.path)
        if held is None or not held.from_notes:
            held = self._held[known.source.place.path] = _Held(known, from_notes=True)
        for name in SETS:
            getattr(held, name).noted.frombytes(base64.b64decode(state[name], validate=True))
        self.full = self.full or bool(state["full"])

    def _digest(self, number: str) -> int:
        data = hashlib.blake2b(number.encode("utf-8", "surrogatepass"), digest_size=SIZE, key=self._salt).digest()
        return int.from_bytes(data, "little")

    def inverted(self, known: Known) -> int:
        """How many open records of this source are volumes of classified items. Its numbers are streamed only when there can be any."""
        mine, column = self._held.get(known.source.place.path), known.roles.get("record_no")
        if mine is None or not is_volumes(known):
            return 0
        # As soon as one source comes from a note, all are compared by digests.
        noted = any(held.from_notes for held in self._held.values())
        mark: Callable[[str], int] = self._digest if noted else hash
        own = _distinct([mine.not_open], noted)
        wanted = np.setdiff1d(_distinct([held.over for held in self._held.values()], noted), own, assume_unique=True)
        pointing = [(_pointed_at(held.known), held.parents) for held in self._held.values() if self._points_at(held.known, known)]
        asked_for = {name: [held for at, held in pointing if not (at and name) or at == name.lower()] for name in _named_by(known)}
        named_ids = {name: np.setdiff1d(_distinct(parents, noted), own, assume_unique=True) for name, parents in asked_for.items()}
        if not (wanted.size or named_ids[""].size):
            return 0
        lying = [known.roles.get(role) for role in SHELF] if known.roles.get("volume_no") else []
        keys = [name for name in (column, *known.source.key[:1]) if name]
        asked = list(dict.fromkeys([*keys, *filter(None, lying)]))
        rows, found = known.source.rows(asked) if asked else iter(()), 0
        while chunk := list(islice(rows, AT_ONCE)):
            hits = np.zeros(len(chunk), bool)
            for name in keys:
                marks = np.array([mark((row[asked.index(name)] or "").strip()) for row in chunk], own.dtype)
                hits |= np.isin(marks, named_ids[name]) | (np.isin(marks, wanted) if name == column else False)
            if lying:
                hits |= self._lie(
                    chunk,
                    [asked.index(name) if name else None for name in lying],
                    mark,
                    (own, named_ids[""], np.union1d(named_ids[lying[-1] or ""], wanted)),
                )
            found += int(hits.sum())
        return found

    def _lie(
        self,
        rows: Sequence[Row],
        at: Sequence[int | None],
        mark: Callable[[str], int],
        held: tuple[NDArray[Any], NDArray[Any], NDArray[Any]],
    ) -> NDArray[np.bool_]:
        """Which rows are volumes of classified items by the numbers of volumes alone, or of fonds, series and volume together."""
        own, lying, numbered = held
        cells = [[None if one is None else row[one] for one in at] for row in rows]
        shelves = np.array([mark(shelf_of(row)) for row in cells], own.dtype)
        numbers = np.array([mark((row[-1] or "").strip()) for row in cells], own.dtype)
        hits: NDArray[np.bool_] = np.isin(shelves, lying) | np.isin(numbers, numbered)
        return hits & ~np.isin(shelves, own)

    def _points_at(self, item: Known, volumes: Known) -> bool:
        """Whether what the item says of its volume means this table: by foreign key, else by the likeness of the tables' names."""
        parent = parent_of(item)
        target = item.source.references.get(parent or "")
        if target is not None:
            return target[0] == volumes.source.name
        rivals = [held.known for held in self._held.values() if is_volumes(held.known)]
        if parent is None:
            # The number of a volume is in tables of items as well: only what is called a list of volumes is one.
            if item.source.place == volumes.source.place or not tells_volumes(volumes):
                return False
            rivals = [rival for rival in rivals if rival.source.place != item.source.place and tells_volumes(rival)]
        names = [rival.source.name for rival in rivals]
        return volumes.source.name == max(names, key=lambda name: (_alike(name, item.source.name), name), default="")


def _pointed_at(item: Known) -> str:
    """The column of volumes that a declared reference of items means; empty where nothing says which."""
    return item.source.references.get(parent_of(item) or "", ("", ""))[1].lower()


def _named_by(known: Known) -> set[str]:
    """Columns by which items may name a volume; the empty one stands for all of them."""
    return {"", known.roles.get("record_no") or "", known.roles.get("volume_no") or "", *known.source.key[:1]}


def _packed(marks: _Marks) -> str:
    """One digest after the other, each once."""
    _settle(marks.noted, np.uint64)
    return base64.b64encode(marks.noted).decode("ascii")


def _settle(held: array[int], kind: type[np.signedinteger[Any]] | type[np.unsignedinteger[Any]]) -> None:
    """Each number once and in order, where it stands: there may be no room for a copy."""
    if not held:
        return
    numbers = np.frombuffer(held, kind)
    numbers.sort()
    distinct = numbers[np.concatenate(([True], numbers[1:] != numbers[:-1]))]
    size = len(distinct)
    numbers[:size] = distinct
    del numbers, distinct
    del held[size:]


def _distinct(several: Sequence[_Marks], noted: bool) -> NDArray[Any]:
    """What all of them hold, each number once and in order."""
    kind = np.uint64 if noted else np.int64
    return once(np.concatenate([np.zeros(0, kind), *(np.frombuffer(one.noted if noted else one.here, kind) for one in several)]))


def _alike(one: str, other: str) -> int:
    """How many characters both begin with."""
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(one.lower(), other.lower())))
