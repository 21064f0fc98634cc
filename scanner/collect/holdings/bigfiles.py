"""A very large text file counted in slices, several at a time, and noted slice by slice.

Cutting is looked for once, by a worker that reads all of the file; a file that cannot be cut with certainty, and one of whose slices
anything is not as it is in the whole, is counted in one piece.
"""

from __future__ import annotations

import os
import queue
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from scanner.collect.holdings.files.apart import Answer, Apart
from scanner.collect.holdings.files.walk import Entry
from scanner.collect.holdings.meter import Meter
from scanner.collect.holdings.naming import told_unread
from scanner.collect.holdings.notes import Notes
from scanner.collect.holdings.pace import Cost
from scanner.collect.holdings.slices import Bounds, between
from scanner.collect.holdings.work import CUT, SLICE
from scanner.facts.holdings.reading import Unread
from scanner.model.canonical import strict_loads

BIG = 256 * 1024 * 1024
"""Bytes of a file from which on it is cut."""
EACH = 64 * 1024 * 1024
"""Bytes of a slice, as long as there are no more than :data:`MOST`."""
MOST = 512
TOGETHER = 3
"""Workers at a time: so many of them stay below 200 MiB."""

Options = Mapping[str, object]
Row = Mapping[str, Any]


def sliced(entry: Entry, options: Options, notes: Notes, meter: Meter, cost: Cost) -> list[Row] | None:
    """What every slice of a file comes to, in their order; None where it is counted in one piece."""
    together = min(TOGETHER, len(os.sched_getaffinity(0)))
    if entry.size < BIG or (together < 2 and notes.bounds(entry) is None):
        return None
    bounds = bounds_of(entry, options, notes, cost)
    todo = [item for item in bounds if notes.file_slice(entry, item) is None]
    if todo and (together < 2 or not _counted(_Work(entry, options, todo), together, notes, meter, cost)):
        return None
    rows = [notes.file_slice(entry, item) for item in bounds]
    return [row for row in rows if row is not None] or None


def bounds_of(entry: Entry, options: Options, notes: Notes, cost: Cost | None = None) -> list[Bounds]:
    """Slices of a file; none where it is not large, or cannot be cut."""
    if entry.size < BIG:
        return []
    bounds = notes.bounds(entry)
    if bounds is None:
        apart = Apart(CUT, options)
        try:
            found = list(apart.file(entry, {"each": max(EACH, entry.size // MOST)}))
        finally:
            apart.close()
            if cost is not None:
                cost.apart += apart.cpu
        only = found[0] if len(found) == 1 else None
        inner: Any = strict_loads(only.payload) if isinstance(only, Answer) else []
        bounds = between(inner) if inner else []
        notes.keep_file_bounds(entry, bounds)
    return bounds


def count_part(entry: Entry | Unread, bounds: Bounds, options: Options, notes: Notes) -> None:
    """Count one slice for the notes; one that cannot be counted is no slice: the file is then counted in one piece."""
    if isinstance(entry, Unread):
        return
    apart = Apart(SLICE, options)
    try:
        row = _row(apart, entry, bounds)
    finally:
        apart.close()
    if row is not None:
        notes.keep_file_slice(entry, bounds, row)


def _row(apart: Apart, entry: Entry, bounds: Bounds) -> Row | None:
    found = list(apart.file(entry, {"single": True, "bounds": list(bounds)}))
    only = found[0] if len(found) == 1 else None
    row = strict_loads(only.payload) if isinstance(only, Answer) else None
    return row if isinstance(row, dict) else None


@dataclass(slots=True)
class _Work:
    """Slices that are to be counted, and those that are."""

    entry: Entry
    options: Options
    todo: Sequence[Bounds]
    next: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)
    done: queue.SimpleQueue[tuple[Bounds, Row | None] | float] = field(default_factory=queue.SimpleQueue)
    """A slice and what it comes to; at the end of each worker the seconds that it worked."""

    def take(self) -> Bounds | None:
        """The next one."""
        with self.lock:
            self.next += 1
            return self.todo[self.next - 1] if self.next <= len(self.todo) else None

    def stop(self) -> None:
        """No further one is begun."""
        with self.lock:
            self.next = len(self.todo)

    def work(self) -> None:
        """One worker's life: it dies with the thread that started it."""
        apart = Apart(SLICE, self.options)
        try:
            while (bounds := self.take()) is not None:
                self.done.put((bounds, _row(apart, self.entry, bounds)))
        finally:
            apart.close()
            self.done.put(apart.cpu)


def _counted(work: _Work, together: int, notes: Notes, meter: Meter, cost: Cost) -> bool:
    """Count slices side by side; whether all of them could be."""
    threads = [threading.Thread(target=work.work, daemon=True, name="shiqu-slice") for _ in range(min(together, len(work.todo)))]
    for thread in threads:
        thread.start()
    left, ended, share = len(work.todo), 0, work.entry.size // (len(work.todo) or 1)
    try:
        while ended < len(threads):
            item = work.done.get()
            if isinstance(item, float):
                cost.apart += item
                ended += 1
            elif item[1] is None:
                work.stop()
            else:
                notes.keep_file_slice(work.entry, item[0], item[1])
                left -= 1
                meter.at(told_unread(work.entry.shown), share * (len(work.todo) - left))
    finally:
        work.stop()
        for thread in threads:
            thread.join()
    return not left
