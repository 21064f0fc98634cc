"""The same record number in two stores: a record without a level under the number of a classified one is no open record.

Numbers are held as they stand while their group is counted, and as digests under the salt of the run's notes where they go further.
"""

from __future__ import annotations

import hashlib
import re
from array import array
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Protocol, runtime_checkable

from scanner.collect.holdings.deciding import Deciding
from scanner.collect.holdings.digests import Digests, each_once, holds, in_order, pack, unpack
from scanner.collect.holdings.shelves import FONDS, above, tells_apart, tells_volumes, volume_digest
from scanner.collect.holdings.survey import Known
from scanner.facts.holdings.normal import clean, folded
from scanner.facts.holdings.reading import Row
from scanner.facts.holdings.record import UNTOLD, Decision
from scanner.facts.holdings.tables import DERIVED, lineage_of
from scanner.facts.holdings.tally import KEYS
from scanner.facts.holdings.words import EMPTY

MOST = 200_000
"""Numbers held of one source."""
RESTING = 50_000
"""Numbers of volumes that go to the shelf of one source."""
RECENT = 1024
"""Beginnings of numbers whose volumes are held already."""
OVER = "^"
"""Stands before the numbers that classified records lie under."""
BESIDE = "."
"""Parts what is packed of the numbers themselves from what they lie under."""
COPIED, NUMBERED = "copy-of-classified", "number-of-classified"
COPIES = DERIVED | {"history", "recycle", "dump"}
"""Lineages that make what bears a classified record's number its copy."""
_STRONG = re.compile(r"(?=.{6,})(?=.*\d)(?:.*[-·./—–_〔\[A-Z].*|.{8,})", re.DOTALL)
"""A number that two records do not share by chance."""
_USUAL = re.compile(r"(?=[^0-9]*[0-9])[-./_·0-9A-Z]{8,}")
"""Most numbers: there is nothing in them that would have to be made comparable."""
OPEN = "open_volumes"
"""Key of a line that is left out where there are none."""
PASSING = ("numbers", "levelled", "volumes", "speaks", "asks", "told")
"""Keys of a line that other files are told by and the shelf is not."""
UNMARKED = Decision("N", "unmarked")
Line = dict[str, Any]


@runtime_checkable
class Sifting(Protocol):
    """A source that brings the rows without a level by itself."""

    def without(self, level: str, columns: Sequence[str]) -> Iterator[Row]:
        """Rows whose cell in that column is blank."""


def number_of(text: str | None) -> str:
    """A record number as numbers are compared; empty where it is too short to tell one record from another."""
    if text and _USUAL.fullmatch(text):
        return text
    plain = "".join(clean(text or "").split()).upper()
    return plain if _STRONG.fullmatch(plain) else ""


class Numbers:
    """Numbers of the classified records of one group, by source: eight bytes each, however many there are."""

    def __init__(self, salt: bytes = b"", among: Digests | None = None) -> None:
        self._keyed, self._among = hashlib.blake2b(digest_size=8, key=salt), among or array("Q")
        self._held: dict[str, Digests] = {}
        self._over: dict[str, Digests] = {}
        self._last: tuple[str, ...] = ()
        self._heads: set[str] = set()
        self._told: dict[str, int] = {}
        self.full = False

    def start(self, known: Known) -> None:
        """A source is passed over, perhaps anew."""
        self._last, self._over[known.source.place.path] = (), array("Q")
        self._heads.clear()
        self._held[known.source.place.path] = array("Q")

    def note(self, known: Known, number: str | None, shelf: str = "") -> None:
        """Hold the number of a classified record, and what it lies under."""
        held = self._held[known.source.place.path]
        plain = number_of(number)
        if len(held) >= MOST:
            self.full = True
        elif plain:
            held.append(self.digest(plain))
        head, _, last = plain.rpartition("-")
        if shelf or not last.isdigit() or head not in self._heads:
            self._note_over(known, plain, shelf)
        if last.isdigit():
            # The items of a volume come again and again, and what they lie under is told by what stands before their own number.
            if len(self._heads) >= RECENT:
                self._heads.clear()
            self._heads.add(head)

    def _note_over(self, known: Known, plain: str, shelf: str) -> None:
        # A list of volumes says where they lie, and not what lies in them.
        over = (*above(plain), *(_shelved(known, shelf) if shelf and not tells_volumes(known) else ()))
        if over and over != self._last:
            self._last = over
            self._lie_under(map(self.under, over), known)

    def _lie_under(self, over: Iterable[int], known: Known) -> None:
        held = self._over.setdefault(known.source.place.path, array("Q"))
        held.extend(over)
        if len(held) > MOST + MOST // 4:
            held = self._over[known.source.place.path] = each_once(held)
            self.full = self.full or len(held) > MOST
            del held[MOST:]

    def digest(self, plain: str) -> int:
        """A number as it is held."""
        # A copy costs half of what it does to begin with the key anew.
        data = self._keyed.copy()
        data.update(plain.encode("utf-8", "surrogatepass"))
        return int.from_bytes(data.digest(), "big")

    def under(self, number: str) -> int:
        """What records lie under, as it is held: the same for every target where it may rest."""
        found = self._told.get(number)
        if found is None:
            if len(self._told) >= RECENT:
                self._told.clear()
            found = volume_digest(number) if tells_apart(number) else self.digest(f"{OVER}{number}") & ~1
            self._told[number] = found
        return found

    def packed(self, known: Known) -> str:
        """What is held of a source, for a note: its numbers, and what they lie under."""
        path = known.source.place.path
        over = each_once(self._over.get(path, array("Q")))
        return pack(self._held.get(path, array("Q"))) + (f"{BESIDE}{pack(over)}" if over else "")

    def restore(self, known: Known, packed: str) -> None:
        """Take up what a note kept."""
        numbers, _, over = packed.partition(BESIDE)
        self._lie_under(unpack(over), known)
        held, more = self._held.setdefault(known.source.place.path, array("Q")), unpack(numbers)
        room = MOST - len(held)
        held.extend(more[:room])
        self.full = self.full or len(more) > room

    def found(self, known: Known, as_of: date, texts: Sequence[str] = (), told: Callable[[Row], bool] = lambda _: False) -> Bearing | None:
        """The records of a source that bear the number of a classified one elsewhere, and no level of their own. ``told`` by their cells in
        ``texts`` are those that were counted as copies already. Raises ReachError."""
        if known.role != "catalogue" or known.roles.get("record_no") is None or levelled(known):
            return None
        path = known.source.place.path
        others = [held for name, held in self._held.items() if name != path and held]
        if not self._among and not others:
            return None
        sought = in_order(self._held.get(path, array("Q"))), in_order(self._among, *others)
        if not any(self._is_in(row[0], *sought) for row in _unlevelled(known, (known.roles.one["record_no"],))):
            return None
        deciding = Deciding(known, known.codes, as_of)
        wanted = tuple(dict.fromkeys((*deciding.columns, *texts)))
        at = [wanted.index(name) for name in texts]
        every = (row for row in _unlevelled(known, wanted) if not told(tuple(row[i] for i in at)))
        rows = (row for row in every if self._is_in(deciding.cell(row, "record_no"), *sought))
        keys = [deciding.key(row) for row in rows if deciding.outcome(row).decision == UNMARKED]
        return Bearing(keys, bool(COPIES & set(lineage_of(known.source.place, known.source.name)))) if keys else None

    def over(self, known: Known, as_of: date) -> int:
        """How many open records of a list of volumes are volumes of classified items that lie elsewhere. Raises ReachError."""
        number, volume = known.roles.get("record_no"), known.roles.get("volume_no")
        if not (self._among and tells_volumes(known) and (number or volume)):
            return 0
        among = in_order(self._among)
        deciding, found = Deciding(known, known.codes, as_of), 0
        for row in known.source.rows(deciding.columns):
            if any(holds(among, self.under(one)) for one in volumes_in(known, deciding, row)):
                found += deciding.outcome(row).decision.code == "N"
        return found

    def _is_in(self, number: str | None, own: Digests, wanted: Digests) -> bool:
        plain = number_of(number)
        return bool(plain) and holds(wanted, digest := self.digest(plain)) and not holds(own, digest)


def volumes_in(known: Known, deciding: Deciding, row: Row) -> tuple[str, ...]:
    """What a row of a list of volumes is called by the records in it."""
    told = (number_of(deciding.cell(row, "record_no")), number_of(deciding.cell(row, "volume_no")))
    return (*filter(None, told), *_shelved(known, deciding.shelf(row)))


def _shelved(known: Known, shelf: str) -> tuple[str, ...]:
    """A shelf as it is told in other files: fonds, series and volume tell one from another in the same folder, and in all of the target
    where the fonds has a name of some length."""
    if not shelf or "\x1f\x1f" in shelf:
        return ()
    place = known.source.place.container
    near = f"{place.get('archive', '')}\x1f{place.get('folder', '')}{shelf}"
    return (near, shelf) if FONDS.match(shelf[1:]) else (near,)


def levelled(known: Known) -> bool:
    """Whether a pass over the source told that each of its rows has a level."""
    return known.roles.level is not None and getattr(known.source, "blank", None) == 0


def _unlevelled(known: Known, columns: Sequence[str]) -> Iterator[Row]:
    """Rows whose secrecy cell is blank; every row where there is no such column."""
    level, source = known.roles.level, known.source
    if level is None:
        yield from source.rows(columns)
    elif isinstance(source, Sifting):
        yield from source.without(level, columns)
    else:
        yield from (row[:-1] for row in source.rows([*columns, level]) if folded(row[-1] or "").upper() in EMPTY)


@dataclass(frozen=True, slots=True)
class Bearing:
    """What was found in one source."""

    keys: list[str]
    """As they may be kept, one a record; empty where it may not."""
    copied: bool
    """The place is a copy by its lineage."""
    inverted: int = 0
    """Open volumes of classified items in other files."""

    def in_line(self, line: Line) -> Line:
        """The line of the source: a copy's records are classified like their originals, others are for a person."""
        line = {**line, "inverted": max(int(line["inverted"]), self.inverted)}
        if not self.keys:
            return line
        code, reason = ("C", COPIED) if self.copied else ("R", NUMBERED)
        counts, reasons = dict(line["counts"]), Counter[str](line["reasons"])
        number = left = min(len(self.keys), counts["N"])
        counts["N"] -= number
        counts[code] += number
        for plain in ("unmarked", "open"):
            taken = min(left, reasons[plain])
            reasons[plain] -= taken
            left -= taken
        reasons[reason] += number - left
        levels = Counter(line["levels"]) + Counter({UNTOLD: number if self.copied else 0})
        told = [*line["keys"].get(code, ()), *(key for key in self.keys if key)][:KEYS]
        return {
            **line, "counts": counts, "levels": dict(sorted(levels.items())), "keys": {**line["keys"], code: told},
            "reasons": {name: rows for name, rows in sorted(reasons.items()) if rows},
        }  # fmt: skip


def elsewhere(files: Sequence[Sequence[Line]]) -> tuple[frozenset[int], str]:
    """Which files have to be looked at again, by their places, and the numbers of classified records of all of them."""
    held = [[str(line.get("numbers", "")) for line in lines] for lines in files]
    holding = [at for at, packed in enumerate(held) if any(packed)]
    again = {at for at, lines in enumerate(files) if any(map(_may_bear, lines)) and holding and holding != [at]}
    among = array("Q")
    for packed in (one for at in holding for one in held[at]) if again else ():
        among.extend(one for part in packed.split(BESIDE) for one in unpack(part))
    return frozenset(again), pack(among)


def without_numbers(line: Line) -> Line:
    """A line as it may go to the shelf: of numbers, those of volumes that mean the same in every target."""
    under = each_once(array("Q", [one for one in unpack(str(line.get("numbers", "")).partition(BESIDE)[2]) if one & 1]))
    kept = {key: value for key, value in line.items() if key not in PASSING and (value or key != OPEN)}
    if len(under) > RESTING:
        kept["notes"] = [*line["notes"], "too-many-to-compare"]
        return kept
    return kept | ({"lie_under": pack(under)} if under else {})


def _may_bear(line: Line) -> bool:
    open_ones = line["role"] == "catalogue" and line["counts"]["N"] > 0
    return open_ones and (bool(line.get("volumes")) or ("record_no" in line["columns"] and not line.get("levelled")))
