"""A folder as a catalogue target: every file below it, opened and counted in a worker process, noted one by one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from scanner.collect.holdings.beside import labels_for, told_of
from scanner.collect.holdings.bigfiles import sliced
from scanner.collect.holdings.count import Asked
from scanner.collect.holdings.files.apart import Answer, Apart
from scanner.collect.holdings.files.definitions import with_definitions
from scanner.collect.holdings.files.walk import Entry, walk
from scanner.collect.holdings.ground import ground_of, modes
from scanner.collect.holdings.meter import Meter
from scanner.collect.holdings.naming import told_place, told_unread
from scanner.collect.holdings.neighbours import Neighbours
from scanner.collect.holdings.notes import Notes, Row, unread_of
from scanner.collect.holdings.pace import Cost
from scanner.collect.holdings.recordnumbers import elsewhere
from scanner.collect.holdings.work import COMPARE, ONCE, WORK, compared, opened
from scanner.facts.holdings.reading import Place, Standing, Unread
from scanner.model.absent import Why

Item = Mapping[str, Any] | Unread | Standing


def folder(root: Path, asked: Asked, notes: Notes, meter: Meter, cost: Cost) -> Iterator[Item]:
    """Everything below a root; what comes back holds no text of any record."""
    entries = listed(root)
    sizes = sum(entry.size for entry in entries if isinstance(entry, Entry))
    cost.bytes += sizes
    meter.unit = "bytes"
    meter.expect(sizes)
    yield ground_of(root, modes(entry.path for entry in entries if isinstance(entry, Entry)))
    found = list(rows(entries, asked, notes, meter, cost))
    for entry, row in _compared(found, asked, notes, cost):
        yield from (entry,) if row is None else _items(root, entry, row)


def listed(root: Path) -> list[Entry | Unread]:
    """Everything below a root, in its steady order."""
    try:
        return [_told(entry) for entry in with_definitions(list(walk(root)))]
    except OSError as error:
        return [Unread(Place("."), Why.NO_PERMISSION if isinstance(error, PermissionError) else Why.FILE_MISSING, type(error).__name__)]


def rows(
    entries: list[Entry | Unread],
    asked: Asked,
    notes: Notes,
    meter: Meter,
    cost: Cost,
    around: list[Entry | Unread] | None = None,
) -> Iterator[tuple[Any, dict[str, list[Any]] | Row | None]]:
    """Every entry with what was counted in it, from the notes where it is noted; None for what cannot be opened. ``around`` is the whole
    folder, where the entries are a part of it."""
    options = options_of(asked, notes)
    apart = Apart(WORK, {**options, **ONCE}, underway=lambda shown, done: meter.at(told_unread(shown), done))
    neighbours = Neighbours(around or entries, lambda entry: counted_before(apart, notes, entry))
    try:
        for entry in entries:
            if isinstance(entry, Unread):
                yield entry, None
                continue
            row = noted = notes.file(entry)
            if row is None:
                beside = neighbours.beside(entry)
                meter.at(told_unread(entry.shown))
                slices = sliced(entry, {**options, "beside": beside}, notes, meter, cost)
                row = row_of(apart.file(entry, {"beside": beside} | ({"single": True, "slices": slices} if slices else {})))
                notes.keep_file(entry, row)
            meter.passed(entry.size, sum(line["rows_total"] for line in row["lines"]), noted is not None)
            yield entry, row
    finally:
        apart.close()
        cost.apart += apart.cpu


def counted_before(apart: Apart, notes: Notes, entry: Entry) -> Row:
    """A small file, counted before its turn."""
    row = notes.file(entry)
    if row is None:
        row = row_of(apart.file(entry, {}))
        notes.keep_file(entry, row)
    return row


def options_of(asked: Asked, notes: Notes, among: str = "") -> dict[str, object]:
    """What workers are told of how counting is asked for."""
    own = {key: dict(words) for key, words in asked.own.items()}
    return {"as_of": asked.as_of.isoformat(), "own": own, "salt": notes.salt.hex(), "among": among}


def _explained(found: list[tuple[Any, Any]], labels: Mapping[int, Mapping[str, str]], asked: Asked, notes: Notes, cost: Cost) -> None:
    """Count those files anew whose columns or codes a dictionary in another file explains."""
    apart = Apart(WORK, {**options_of(asked, notes), **ONCE})
    try:
        for number, told in labels.items():
            entry, _ = found[number]
            found[number] = entry, row_of(apart.file(entry, {"labels": told}))
    finally:
        apart.close()
        cost.apart += apart.cpu


def _compared(found: list[tuple[Any, Any]], asked: Asked, notes: Notes, cost: Cost) -> Iterator[tuple[Any, Any]]:
    """Every file; those that others explain, and whose records may bear the number of a classified one in another file, are looked at once more."""
    labels = labels_for([row["lines"] if row is not None else () for _, row in found])
    if labels:
        _explained(found, labels, asked, notes, cost)
    again, among = elsewhere([row["lines"] if row is not None else () for _, row in found])
    apart = Apart(COMPARE, options_of(asked, notes, among))
    try:
        for number, (entry, row) in enumerate(found):
            yield entry, _with_numbers(apart, entry, row, told_of(row["lines"])) if number in again else row
    finally:
        apart.close()
        cost.apart += apart.cpu


def _with_numbers(apart: Apart, entry: Entry, row: Row, labels: Mapping[str, str]) -> Row:
    """What breaks off here was told by the count, or the file is told as unread."""
    lines, lost = {line["path"]: line for line in row["lines"]}, list[list[Any]]()
    for answer in apart.file(entry, {"labels": labels} if labels else {}):
        if isinstance(answer, Unread):
            lost.append([told_unread(answer.place.path), answer.why.value, answer.detail, {}])
            continue
        for path, same in compared(answer.payload):
            if path in lines:
                lines[path] = same.in_line(lines[path])
    known = {path for path, *_ in row["unread"]}
    return {**row, "lines": list(lines.values()), "unread": [*row["unread"], *(item for item in lost if item[0] not in known)]}


def row_of(answers: Iterator[Answer | Unread]) -> dict[str, list[Any]]:
    """Everything that was found in one file, together, under names that hold no title."""
    row: dict[str, list[Any]] = {"lines": [], "unread": [], "standing": []}
    for answer in answers:
        if isinstance(answer, Unread):
            row["unread"].append([answer.place.path, answer.why.value, answer.detail, dict(answer.place.container)])
            continue
        for key, found in opened(answer.payload).items():
            row[key] += found
    return {**row, "unread": [[told_unread(path), why, detail, _told_all(box)] for path, why, detail, box in row["unread"]]}


def _told(entry: Entry | Unread) -> Entry | Unread:
    return (
        Unread(Place(told_unread(entry.place.path), _told_all(entry.place.container)), entry.why, entry.detail)
        if isinstance(entry, Unread)
        else entry
    )


def _told_all(container: Mapping[str, str]) -> dict[str, str]:
    return {kind: told_place(name) for kind, name in container.items()}


def _items(root: Path, entry: Entry, row: Row) -> Iterator[Item]:
    volume = {"volume": str(entry.identity[0]), "host": "local"}
    yield from ({**line, "container": _identified(root, {**volume, **line["container"]})} for line in row["lines"])
    yield from unread_of(row)
    yield from (Standing(*parts) for parts in row["standing"])


def _identified(root: Path, container: Mapping[str, str]) -> dict[str, str]:
    """A database in a file is known by its whole path: two targets may both hold a ``catalogue.db``."""
    base = container.get("database")
    return dict(container) if base is None or base.startswith("/") else {**container, "database": f"{told_place(str(root))}/{base}"}
