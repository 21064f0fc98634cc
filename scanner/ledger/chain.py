"""The ledger's file: one row a line, canonical JSON, each row holding the digest of the one before.

A row is on the disk before :meth:`Chain.append` returns. What a killed writer left of a row was acknowledged to nobody: the next
writer cuts it off. A row's ``key`` stands once in a ledger, so whoever was killed before the answer may simply write again.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec

from scanner.errors import KeepError
from scanner.model.canonical import canonical, digest

SCHEMA = "shiqu/ledger/1"
START = "sha256:" + "0" * 64
"""What the first row names as the one before."""
HEAD = "head"
"""Suffix of the file that says how far the ledger was written: a tail that was cut off is missed by it."""
MAX_ROW = 16 * 1024 * 1024


class Row(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One row."""

    n: int
    """1, 2, 3 …"""
    prev: str
    """Digest of the row before."""
    time: str
    """By the clock of the writing machine; the order is that of ``n``."""
    kind: str
    """``run``, ``hazard``, ``attestation``, ``waiver``, ``seal``, ``note``, ``dispatch``, ``receipt``, ``incoming`` or ``pack``."""
    body: dict[str, Any]
    """What happened; ``key`` stands once in a ledger."""
    digest: str
    """Of the five above as canonical JSON."""


def seal_row(n: int, prev: str, time: str, kind: str, body: Mapping[str, Any]) -> dict[str, Any]:
    """A row with its digest."""
    bare = {"n": n, "prev": prev, "time": time, "kind": kind, "body": dict(body)}
    return bare | {"digest": digest(canonical(bare))}


@dataclass(frozen=True, slots=True)
class Fault:
    """Where a ledger is broken."""

    row: int
    """Counted from 1."""
    code: str
    """``unreadable``, ``number``, ``previous``, ``digest``, ``twice``, ``cut``, ``head-missing``."""


class Chain:
    """A ledger's file. Opening creates nothing; the first row does."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def rows(self) -> list[Row]:
        """Every row, verified. Raises KeepError naming the first broken one."""
        with self._shared():
            return self._rows()

    def _rows(self) -> list[Row]:
        found, fault = self._look()
        if fault is not None:
            raise KeepError("ledger-broken", file=self.path, row=fault.row, detail=fault.code)
        return found

    def look(self) -> tuple[list[Row], Fault | None]:
        """The rows up to the first broken one, and where that is."""
        with self._shared():
            return self._look()

    def _look(self) -> tuple[list[Row], Fault | None]:
        found: list[Row] = []
        for item in self._walk(self._read()):
            if isinstance(item, Fault):
                return found, item
            found.append(item)
        return found, None

    def append(self, entries: Sequence[tuple[str, Mapping[str, Any]]]) -> list[Row]:
        """Write (kind, body) rows, one flush for all; bodies whose ``key`` is there already are left out. Raises KeepError."""
        with self._locked() as stream:
            rows = self._rows()
            self._cut_torn(stream)
            known = {row.body.get("key") for row in rows}
            prev, number = (rows[-1].digest, len(rows)) if rows else (START, 0)
            time, data, made = now_text(), bytearray(), []
            for kind, body in entries:
                if body["key"] in known:
                    continue
                known.add(body["key"])
                number += 1
                row = seal_row(number, prev, time, kind, body)
                prev = row["digest"]
                data += canonical(row) + b"\n"
                made.append(msgspec.convert(row, Row))
            if made:
                if not rows:
                    # A ledger without this file was cut; it has to be there before the first row is.
                    self._note_head(0, START)
                self._write(stream, bytes(data))
                self._note_head(number, prev)
            return made

    def head(self) -> tuple[int, str]:
        """Number and digest of the last row."""
        rows = self.rows()
        return (rows[-1].n, rows[-1].digest) if rows else (0, START)

    def _walk(self, data: bytes) -> Iterator[Row | Fault]:
        prev, number = START, 0
        keys: set[Any] = set()
        lines = data.split(b"\n")
        # Behind the last line feed stands nothing, or what a killed writer left.
        for number, line in enumerate(lines[:-1], 1):
            row = _decode(line)
            code = _fault(row, number, prev, keys)
            if row is None or code is not None:
                yield Fault(number, code or "unreadable")
                return
            keys.add(row.body.get("key"))
            prev = row.digest
            yield row
        noted = self._noted_head()
        if noted is None:
            if number:
                yield Fault(number, "head-missing")
        elif noted[0] > number:
            yield Fault(number + 1, "cut")
        elif noted[0] == number and noted[1] != prev:
            yield Fault(number, "digest")

    def _read(self) -> bytes:
        try:
            return self.path.read_bytes()
        except FileNotFoundError:
            return b""
        except OSError as error:
            raise KeepError("ledger-read", file=self.path, detail=error.strerror or error) from None

    @contextmanager
    def _locked(self) -> Iterator[int]:
        try:
            self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            stream = os.open(self.path, os.O_CREAT | os.O_RDWR | os.O_APPEND | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise KeepError("ledger-write", file=self.path, detail=error.strerror or error) from None
        try:
            fcntl.flock(stream, fcntl.LOCK_EX)
            yield stream
        finally:
            os.close(stream)

    @contextmanager
    def _shared(self) -> Iterator[None]:
        """No writer is at work meanwhile: rows and noted head belong together."""
        try:
            stream = os.open(self.path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
        except FileNotFoundError:
            yield
            return
        except OSError as error:
            raise KeepError("ledger-read", file=self.path, detail=error.strerror or error) from None
        try:
            fcntl.flock(stream, fcntl.LOCK_SH)
            yield
        finally:
            os.close(stream)

    def _cut_torn(self, stream: int) -> None:
        data = self._read()
        whole = data.rfind(b"\n") + 1
        if whole != len(data):
            try:
                os.ftruncate(stream, whole)
                os.fsync(stream)
            except OSError as error:
                raise KeepError("ledger-write", file=self.path, detail=error.strerror or error) from None

    def _write(self, stream: int, data: bytes) -> None:
        start = os.fstat(stream).st_size
        try:
            view = memoryview(data)
            while view:
                view = view[os.write(stream, view) :]
            os.fsync(stream)
            if start == 0:
                sync_folder(self.path.parent)
        except OSError as error:
            # Half a batch would be whole rows that nobody was told of; after a failed flush nothing is known: say so and stop.
            os.ftruncate(stream, start)
            raise KeepError("ledger-write", file=self.path, detail=error.strerror or error) from None

    def _noted_head(self) -> tuple[int, str] | None:
        path = self.path.with_suffix("." + HEAD)
        try:
            number, _, key = path.read_text("ascii").strip().partition(" ")
            return int(number), key
        except FileNotFoundError:
            return None
        except (OSError, ValueError) as error:
            raise KeepError("ledger-head", file=path, detail=type(error).__name__) from None

    def _note_head(self, number: int, key: str) -> None:
        path = self.path.with_suffix("." + HEAD)
        part = path.with_name(path.name + ".part")
        try:
            with os.fdopen(os.open(part, os.O_CREAT | os.O_WRONLY | os.O_TRUNC | os.O_NOFOLLOW, 0o600), "wb") as stream:
                stream.write(f"{number} {key}\n".encode())
                stream.flush()
                os.fsync(stream.fileno())
            part.replace(path)
        except OSError as error:
            raise KeepError("ledger-write", file=path, detail=error.strerror or error) from None


_ROW = msgspec.json.Decoder(Row)
"""Made while only one thread runs: two that are the first to name a type to msgspec crash each other."""


def _decode(line: bytes) -> Row | None:
    if len(line) > MAX_ROW:
        return None
    try:
        row = _ROW.decode(line)
        # Only the one way of writing it is a row: no doubled keys, no spaces, nothing behind.
        return row if canonical(msgspec.structs.asdict(row)) == line else None
    except (msgspec.MsgspecError, ValueError, RecursionError):
        return None


def _fault(row: Row | None, number: int, prev: str, keys: set[Any]) -> str | None:
    if row is None:
        return "unreadable"
    if row.n != number:
        return "number"
    bare = {"n": row.n, "prev": row.prev, "time": row.time, "kind": row.kind, "body": row.body}
    if digest(canonical(bare)) != row.digest:
        return "digest"
    if row.prev != prev:
        return "previous"
    return "twice" if row.body.get("key") in keys else None


def sync_folder(folder: Path) -> None:
    """Have the names in a folder on the disk."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def now_text() -> str:
    """The present in UTC, ISO 8601 with Z."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
