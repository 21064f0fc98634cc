"""A large store cut into parts that can be counted apart: what comes of a part are rows of notes.

Counting a store whole with those rows at hand is what a resumed run does: it takes what is noted and counts the rest. So a part that
failed, or that was cut otherwise, costs time and never a record.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from scanner.collect.holdings.bigfiles import bounds_of, count_part
from scanner.collect.holdings.copies import is_copy
from scanner.collect.holdings.count import Asked, count_group, count_slice
from scanner.collect.holdings.files.apart import Apart
from scanner.collect.holdings.files.walk import Entry
from scanner.collect.holdings.folder import counted_before, listed, options_of, rows
from scanner.collect.holdings.meter import Meter, estimate
from scanner.collect.holdings.naming import told_place
from scanner.collect.holdings.neighbours import Neighbours
from scanner.collect.holdings.notes import Notes
from scanner.collect.holdings.pace import Cost
from scanner.collect.holdings.reshaped import reshaped
from scanner.collect.holdings.scan import NOBODY, Visit
from scanner.collect.holdings.silent import silent
from scanner.collect.holdings.slices import Bounds, cut
from scanner.collect.holdings.survey import know, survey
from scanner.collect.holdings.work import WORK
from scanner.errors import ReachError
from scanner.facts.holdings.reading import Group, Source, Unread
from scanner.model.canonical import canonical

PART_BYTES = 64 * 1024 * 1024
"""Of files in one part."""
PART_FILES = 500
PART_ROWS = 200_000
"""Of tables in one part, as the server estimates them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """What one worker counts."""

    group: str = ""
    """Of tables: their group. Empty: files."""
    paths: tuple[str, ...] = ()
    """Tables of the group, as they may be told."""
    bounds: tuple[int | None, int | None] | None = None
    """Of the only table or file: a slice of it."""
    listing: str = ""
    """Of files: digest of the listing that ``first`` and ``last`` number; names of files, which may be titles, do not travel."""
    first: int = 0
    last: int = 0
    beside: tuple[tuple[str, tuple[str, ...]], ...] = ()
    """Of a slice of a file: what dictionaries in its folder call columns."""


def plan(visit: Visit) -> list[Part]:
    """How to cut a store; at most one part where it is not worth it. What is noted already is left out.

    Raises ReachError for a store that cannot be reached: nobody may knock a second time, a login would be spent on it.
    """
    if visit.root is not None:
        return list(_batches(listed(visit.root), visit))
    parts: list[Part] = []
    for number, item in enumerate(visit.found(Meter(), Cost(""))):
        if number == 0 and isinstance(item, Unread) and item.why in NOBODY:
            raise ReachError(item.why, item.detail)
        if isinstance(item, Group) and visit.notes.known(item) is None:
            parts += _of_group(item, visit.notes, visit.asked)
    return parts


def do(visit: Visit, part: Part) -> None:
    """Count a part; what is counted is in the visit's notes afterwards."""
    meter = Meter(visit.hearing.tell)
    if not part.group:
        entries = listed(visit.root) if visit.root is not None else []
        if _digest(entries) != part.listing:
            return
        if part.bounds is not None:
            options = options_of(visit.asked, visit.notes) | {"beside": {column: list(labels) for column, labels in part.beside}}
            count_part(entries[part.first], part.bounds, options, visit.notes)
        else:
            for _ in rows(entries[part.first : part.last], visit.asked, visit.notes, meter, Cost("file"), entries):
                pass
        return
    for item in visit.found(meter, Cost("")):
        if isinstance(item, Group) and item.name == part.group:
            if part.bounds is not None:
                _slice(item, part.paths[0], part.bounds, visit)
                return
            wanted = [source.place.path for source in item.sources if told_place(source.place.path) in part.paths]
            for _ in count_group(reshaped(item), visit.asked, visit.notes.of(item), wanted):
                pass
            return


def _digest(entries: Sequence[Entry | Unread]) -> str:
    shown = [[item.shown, str(item.size)] if isinstance(item, Entry) else [item.place.path] for item in entries]
    return hashlib.sha256(canonical(shown)).hexdigest()


def _batches(entries: list[Entry | Unread], visit: Visit) -> Iterator[Part]:
    notes, options = visit.notes, options_of(visit.asked, visit.notes)
    listing, first, size = _digest(entries), 0, 0
    apart = Apart(WORK, options)
    neighbours = Neighbours(entries, lambda entry: counted_before(apart, notes, entry))
    try:
        for number, entry in enumerate(entries):
            bounds = bounds_of(entry, options, notes) if isinstance(entry, Entry) and notes.file(entry) is None else []
            if bounds and isinstance(entry, Entry):
                if size:
                    yield Part(listing=listing, first=first, last=number)
                told = tuple((column, tuple(labels)) for column, labels in neighbours.beside(entry).items())
                yield from (Part(listing=listing, first=number, last=number + 1, bounds=item, beside=told) for item in bounds)
                first, size = number + 1, 0
                continue
            size += entry.size if isinstance(entry, Entry) and notes.file(entry) is None else 0
            if size >= PART_BYTES or number + 1 - first >= PART_FILES:
                yield Part(listing=listing, first=first, last=number + 1)
                first, size = number + 1, 0
    finally:
        apart.close()
    if size:
        yield Part(listing=listing, first=first, last=len(entries))


def _of_group(group: Group, notes: Notes, asked: Asked) -> Iterator[Part]:
    """Tables of a group in parts of some size; none where copies are told by the titles of other tables."""
    todo = [source for source in group.sources if notes.source(group, source) is None]
    if sum(map(estimate, todo)) < 2 * PART_ROWS or _has_copies(group, asked):
        return
    batch: list[Source] = []
    for source in todo:
        bounds = _bounds(source)
        if bounds:
            notes.keep_bounds(group, source, bounds)
            yield from (Part(group=group.name, paths=(told_place(source.place.path),), bounds=item) for item in bounds)
            continue
        batch.append(source)
        if sum(map(estimate, batch)) >= PART_ROWS:
            yield Part(group=group.name, paths=tuple(told_place(item.place.path) for item in batch))
            batch = []
    if batch:
        yield Part(group=group.name, paths=tuple(told_place(item.place.path) for item in batch))


def _bounds(source: Source) -> list[Bounds]:
    """Slices of a table that is large by itself."""
    rows = estimate(source)
    if rows < 2 * PART_ROWS:
        return []
    try:
        return cut(source, rows, PART_ROWS)
    except ReachError:
        return []


def _slice(group: Group, path: str, bounds: Bounds, visit: Visit) -> None:
    """A slice that breaks off is no slice: the table is then counted whole."""
    source = next((item for item in group.sources if told_place(item.place.path) == path), None)
    if source is None:
        return
    try:
        row = count_slice(group, source.place.path, bounds, visit.asked, visit.notes.salt)
    except ReachError:
        return
    if row is not None:
        visit.notes.keep_slice(group, source, bounds, row)


def _has_copies(group: Group, asked: Asked) -> bool:
    try:
        with silent():
            about = survey(group)
            return any(is_copy(know(source, about, asked.own)) for source in group.sources)
    except ReachError:
        return True
