"""Volumes that are open while an item in them is classified: the two stand in different tables, or in one with two tiers."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import takewhile
from typing import Any

from scanner.collect.holdings.survey import Known
from scanner.facts.holdings.record import Decision
from scanner.facts.holdings.tables import named
from scanner.facts.holdings.words import TABLES

MOST = 500_000
"""Record numbers held of one source."""
_SEPARATORS = "-·./—–"
_TITLES = ("ajtm", "vol_title", "volume_title", "voltitle", "volumetitle")


@dataclass(slots=True)
class _Held:
    known: Known
    not_open: set[str] = field(default_factory=set)
    """Numbers and keys of its records that are not open."""
    over: set[str] = field(default_factory=set)
    """Numbers that the numbers of its classified records lie under."""
    parents: set[str] = field(default_factory=set)
    """What its classified records name as their volume."""
    noted: bool = False
    """The sets hold digests, from a note."""


SETS = ("not_open", "over", "parents")
SIZE = 8
"""Bytes of a digest."""


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

    def note(self, known: Known, numbers: Sequence[str | None], parent: str | None, decision: Decision) -> None:
        """Hold the numbers of a record that is not open: its record number first, then its key."""
        held = self._held[known.source.place.path]
        if len(held.not_open) + len(held.over) > MOST:
            self.full = True
            return
        texts = [text for number in numbers if (text := (number or "").strip())]
        held.not_open.update(texts)
        if decision.code == "C":
            held.over.update(above(texts[0]) if texts else ())
            if parent and parent.strip():
                held.parents.add(parent.strip())

    def state(self, known: Known) -> dict[str, Any] | None:
        """What a note keeps of a source, so that it need not be passed over again; None where nothing is held."""
        held = self._held.get(known.source.place.path)
        if held is None or not self.wanted:
            return None
        return {"full": self.full, **{name: self._packed(held, name) for name in SETS}}

    def restore(self, known: Known, state: Mapping[str, Any] | None) -> None:
        """Take up what a note kept."""
        if state is not None:
            sets = {name: _unpacked(state[name]) for name in SETS}
            held = self._held.get(known.source.place.path)
            if held is not None and held.noted:
                sets = {name: getattr(held, name) | sets[name] for name in SETS}
            self._held[known.source.place.path] = _Held(known, **sets, noted=True)
            self.full = self.full or bool(state["full"])

    def _digest(self, number: str) -> str:
        return hashlib.blake2b(number.encode("utf-8", "surrogatepass"), digest_size=SIZE, key=self._salt).digest().decode("latin-1")

    def _packed(self, held: _Held, name: str) -> str:
        """One digest after the other, without a second set beside the first."""
        packed = bytearray()
        for number in getattr(held, name):
            packed += (number if held.noted else self._digest(number)).encode("latin-1")
        return base64.b64encode(packed).decode("ascii")

    def _marked(self, held: _Held, name: str, digests: bool) -> set[str]:
        numbers: set[str] = getattr(held, name)
        return set(map(self._digest, numbers)) if digests and not held.noted else numbers

    def inverted(self, known: Known) -> int:
        """How many open records of this source are volumes of classified items. Its numbers are streamed only when there can be any."""
        mine, column = self._held.get(known.source.place.path), known.roles.get("record_no")
        if mine is None or not is_volumes(known):
            return 0
        # As soon as one source comes from a note, all are compared by digests.
        noted = any(held.noted for held in self._held.values())
        mark: Callable[[str], str] = self._digest if noted else str
        own = self._marked(mine, "not_open", noted)
        wanted = set().union(*(self._marked(held, "over", noted) for held in self._held.values())) - own
        pointing = [held for held in self._held.values() if self._points_at(held.known, known)]
        named_ids = set().union(*(self._marked(held, "parents", noted) for held in pointing)) - own
        if not wanted and not named_ids:
            return 0
        keys = [name for name in (column, *known.source.key[:1]) if name]
        found = 0
        for row in known.source.rows(keys) if keys else ():
            cells = [mark((cell or "").strip()) for cell in row]
            found += (column is not None and cells[0] in wanted) or any(cell in named_ids for cell in cells)
        return found

    def _points_at(self, item: Known, volumes: Known) -> bool:
        """Whether the item's parent column means this table: by foreign key, else by the likeness of the tables' names."""
        parent = item.roles.get("parent_no") or ""
        target = item.source.references.get(parent)
        if target is not None:
            return target[0] == volumes.source.name
        rivals = [held.known.source.name for held in self._held.values() if is_volumes(held.known)]
        return volumes.source.name == max(rivals, key=lambda name: (_alike(name, item.source.name), name), default="")


def _unpacked(text: str) -> set[str]:
    data = base64.b64decode(text, validate=True)
    return {data[at : at + SIZE].decode("latin-1") for at in range(0, len(data), SIZE)}


def is_volumes(known: Known) -> bool:
    """Whether a source holds volumes, alone or among items."""
    title = known.roles.get("title") or ""
    return known.role == "catalogue" and (
        named(known.source.name, TABLES["volume"])
        or "案卷" in title
        or title.lower() in _TITLES
        or known.roles.get("tier") is not None
        or (known.roles.get("volume_no") is not None and known.roles.get("item_no") is None)
    )


def above(number: str) -> list[str]:
    """The numbers that a record number lies under, the two nearest: 1-02-003-0004 under 1-02-003 and 1-02."""
    ends = [position for position, char in enumerate(number) if char in _SEPARATORS]
    return [number[:end] for end in ends[-2:] if end > 2]


def _alike(one: str, other: str) -> int:
    """How many characters both begin with."""
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(one.lower(), other.lower())))
