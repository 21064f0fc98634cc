"""What was counted before a run was killed, table by table and file by file, in a file beside the run's own store.

Never a cell: what stands in it is what would have gone to the shelf, and digests of record numbers by which an open volume is told that
holds a classified item. A row is taken from it only for the same place, by the same functions, for the same day.
"""

from __future__ import annotations

import hashlib
import os
import secrets
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any

from scanner.collect.holdings.files.walk import Entry
from scanner.collect.holdings.naming import told_place, told_unread
from scanner.facts.holdings.reading import Group, Place, Source, Unread
from scanner.facts.holdings.stores import FUNCTIONS
from scanner.model.absent import Why
from scanner.model.canonical import canonical, strict_loads

Line = dict[str, Any] | Unread
Row = Mapping[str, Any]
Bounds = tuple[int | None, int | None]
SALT = "salt"
"""Key of the row that holds the salt."""
PASSING = frozenset({Why.UNREACHABLE, Why.TIMED_OUT, Why.TRUNCATED, Why.INTERRUPTED})
"""Reasons that may be gone the next time: what has one of them is counted anew."""


@dataclass(slots=True)
class Notes:
    """One target's notes; without a path they end with this process."""

    path: Path | None
    about: str = ""
    """What the counts depend on beside the places: address, day."""
    salt: bytes = b""
    """Key of the digests of record numbers."""
    fresh: list[bytes] = field(default_factory=list)
    """Rows that were counted by this process; kept only where there is no file."""
    _rows: dict[str, bytes] = field(default_factory=dict)
    """Rows that came from elsewhere."""
    _at: dict[str, tuple[int, int]] = field(default_factory=dict)
    """Where rows stand in the file, and how long they are: they are read when they are asked for."""

    def __post_init__(self) -> None:
        if self.path is not None and self.path.is_file():
            self._index(self.path)
        if not self.salt:
            self.salt = secrets.token_bytes(16)
            if self.path is not None:
                self._write(self.head())

    def absorb(self, rows: Iterable[bytes]) -> None:
        """Take rows that were written elsewhere."""
        for row in rows:
            key = self._key_of(row)
            if key is not None:
                self._rows[key] = row

    def _index(self, path: Path) -> None:
        with path.open("rb") as stream:
            at = 0
            for row in stream:
                key = self._key_of(row)
                if key is not None:
                    self._at[key] = at, len(row)
                at += len(row)

    def _key_of(self, row: bytes) -> str | None:
        """A row's key; none for the salt, and for what is no row: the last one of a killed run may be half a row."""
        with suppress(ValueError, KeyError, TypeError):
            data = strict_loads(row)
            if data["key"] != SALT:
                return str(data["key"])
            self.salt = bytes.fromhex(data["salt"])
        return None

    def _get(self, key: str) -> Row | None:
        if key in self._at and self.path is not None:
            start, size = self._at[key]
            with self.path.open("rb") as stream:
                stream.seek(start)
                row = stream.read(size)
        else:
            row = self._rows.get(key, b"")
        found = strict_loads(row) if row else None
        return found if isinstance(found, dict) else None

    def note(self, rows: Iterable[bytes]) -> int:
        """Take rows from elsewhere and write them down; returns how many records were counted in them. Raises ValueError."""
        counted = 0
        for row in rows:
            data = strict_loads(row)
            if not isinstance(data, dict) or not isinstance(data.get("key"), str):
                raise ValueError("no row of notes")
            if data["key"] not in self._at and data["key"] not in self._rows:
                self._keep(data["key"], data)
                lines = data.get("lines", [data["line"]] if "line" in data else [])
                counted += sum(int(line["rows_total"]) for line in lines)
        return counted

    def rows(self) -> Iterator[bytes]:
        """Every row, for another machine."""
        yield self.head()
        yield from self._rows.values()
        for key in self._at:
            found = self._get(key)
            if found is not None:
                yield canonical(found)

    def head(self) -> bytes:
        """The row by which digests from other machines agree with those here."""
        return canonical({"key": SALT, "salt": self.salt.hex()})

    def known(self, group: Group) -> list[Line] | None:
        """What was counted of a group, if all of it was."""
        found = self._get(self._group(group))
        return None if found is None else [*found["lines"], *unread_of(found)]

    def keep(self, group: Group, lines: Sequence[Line]) -> None:
        """Write down a group that is done; it is on the disk before the next one begins."""
        unread = [item for item in lines if isinstance(item, Unread)]
        told = [
            [
                told_unread(item.place.path),
                item.why.value,
                item.detail,
                {kind: told_place(name) for kind, name in item.place.container.items()},
            ]
            for item in unread
        ]
        self._keep_whole(self._group(group), [item for item in lines if not isinstance(item, Unread)], told, [])

    def of(self, group: Group) -> Kept:
        """The notes of a group's single sources."""
        return Kept(self, group)

    def file(self, entry: Entry) -> Row | None:
        """What was counted in a file that has not changed since."""
        return self._get(self._key("file", entry.shown, [str(entry.size), str(entry.changed)]))

    def keep_file(self, entry: Entry, row: Row) -> None:
        """Write down a file that is done."""
        self._keep_whole(
            self._key("file", entry.shown, [str(entry.size), str(entry.changed)]), row["lines"], row["unread"], row["standing"]
        )

    def bounds(self, entry: Entry) -> list[Bounds] | None:
        """How a file is cut into slices, if that was looked for."""
        found = self._get(self._slice_key(entry, "bounds"))
        return [(low, high) for low, high in found["bounds"]] if found is not None else None

    def keep_file_bounds(self, entry: Entry, bounds: Sequence[Bounds]) -> None:
        """Write down how a file is cut into slices."""
        self._keep(self._slice_key(entry, "bounds"), {"bounds": [list(item) for item in bounds]})

    def file_slice(self, entry: Entry, bounds: Bounds) -> Row | None:
        """What was counted of a slice of a file that has not changed since."""
        return self._get(self._slice_key(entry, *map(str, bounds)))

    def keep_file_slice(self, entry: Entry, bounds: Bounds, row: Row) -> None:
        """Write down a slice of a file that is done."""
        self._keep(self._slice_key(entry, *map(str, bounds)), row)

    def source(self, group: Group, source: Source) -> Row | None:
        """What was counted of one source."""
        return self._get(self._source(group, source))

    def keep_source(self, group: Group, source: Source, line: Mapping[str, Any], state: Mapping[str, Any] | None) -> None:
        """Write down a source that is done."""
        self._keep(self._source(group, source), {"line": line, "state": state})

    def keep_bounds(self, group: Group, source: Source, bounds: Sequence[Sequence[int | None]]) -> None:
        """Write down how a source is cut into slices."""
        self._keep(self._source(group, source, "bounds"), {"bounds": [list(item) for item in bounds]})

    def keep_slice(self, group: Group, source: Source, bounds: Sequence[int | None], row: Row) -> None:
        """Write down a slice that is done."""
        self._keep(self._source(group, source, "slice", *map(str, bounds)), row)

    def slices(self, group: Group, source: Source) -> list[Row] | None:
        """Every slice of a source, if all of them are done."""
        found = self._get(self._source(group, source, "bounds"))
        rows = [self._get(self._source(group, source, "slice", *map(str, item))) for item in found["bounds"]] if found is not None else []
        there = [row for row in rows if row is not None]
        return there if there and len(there) == len(rows) else None

    def close(self) -> None:
        """The target is done: the run's own store takes over."""
        if self.path is not None:
            self.path.unlink(missing_ok=True)

    def _keep_whole(self, key: str, lines: Sequence[Any], unread: Sequence[Any], standing: Sequence[Any]) -> None:
        if not any(Why(item[1]) in PASSING for item in unread):
            self._keep(key, {"lines": list(lines), "unread": list(unread), "standing": list(standing)})

    def _keep(self, key: str, row: Row) -> None:
        data = canonical({**row, "key": key})
        if self.path is None:
            self._rows[key] = data
            self.fresh.append(data)
        else:
            self._at[key] = self._write(data)

    def _write(self, row: bytes) -> tuple[int, int]:
        """Append a row; returns where it stands. It is on the disk before the next thing is counted."""
        assert self.path is not None
        handle = os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
        with os.fdopen(handle, "wb") as stream:
            # A new row begins on a new line even after half a row.
            stream.write(b"\n" + row + b"\n")
            stream.flush()
            os.fsync(stream.fileno())
            return stream.tell() - len(row) - 1, len(row)

    def _group(self, group: Group) -> str:
        return self._key("group", group.name, sorted(source.place.path for source in group.sources))

    def _source(self, group: Group, source: Source, *more: str) -> str:
        return self._key("source", group.name, [source.place.path, *(column.name for column in source.columns), *more])

    def _slice_key(self, entry: Entry, *more: str) -> str:
        return self._key("slice", entry.shown, [str(entry.size), str(entry.changed), *more])

    def _key(self, kind: str, name: str, parts: Sequence[str]) -> str:
        return hashlib.sha256(canonical([self.about, FUNCTIONS, kind, name, list(parts)])).hexdigest()


@dataclass(frozen=True, slots=True)
class Kept:
    """The notes of one group's sources, as counting asks them."""

    notes: Notes
    group: Group

    @property
    def salt(self) -> bytes:
        """Key of the digests of record numbers."""
        return self.notes.salt

    def source(self, source: Source) -> Row | None:
        """What was counted of a source: ``line`` and ``state``."""
        return self.notes.source(self.group, source)

    def keep(self, source: Source, line: Mapping[str, Any], state: Mapping[str, Any] | None) -> None:
        """Write down a source that is done."""
        self.notes.keep_source(self.group, source, line, state)

    def slices(self, source: Source) -> list[Row] | None:
        """Every slice of a source, if all of them are done."""
        return self.notes.slices(self.group, source)


def unread_of(row: Row) -> list[Unread]:
    """What a row names as unread."""
    return [Unread(Place(path, MappingProxyType(dict(container))), Why(why), detail) for path, why, detail, container in row["unread"]]


def notes_for(folder: Path | None, target_id: str, about: str) -> Notes:
    """The file of one target in the folder of its run."""
    name = hashlib.sha256(target_id.encode("utf-8")).hexdigest()[:16]
    return Notes(folder / f"counting-{name}.jsonl" if folder is not None else None, about)
