"""A folder that envelopes are laid into: taken in when they are finished, moved to ``done`` or ``refused``, with the reason beside them.

The order is: kept, then moved. Whatever dies in between is taken in again, found to be kept, and moved.
"""

from __future__ import annotations

import filecmp
import os
import stat
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from hub.intake.door import Door, Outcome
from hub.words import told
from scanner.errors import KeepError, ShiquError
from scanner.ledger.ends import write_private
from scanner.ledger.envelope import LIMIT, SUFFIX

DONE, REFUSED, RECEIPTS = "done", "refused", "receipts"
MOST = LIMIT + LIMIT // 512
"""Bytes of a file that is read at all: an encrypted one is a little larger than what is in it."""
Mark = tuple[int, int, int]
"""(inode, size, time of change): the same twice means that nobody writes any more."""


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of a file."""

    name: str
    code: str
    """As an outcome's."""
    error: ShiquError | None


@dataclass(slots=True)
class Watch:
    """One folder. Only remembers how the files looked last time."""

    folder: Path
    door: Door
    seen: dict[str, Mark] = field(default_factory=dict)
    stuck: dict[str, Mark] = field(default_factory=dict)

    def look(self) -> Iterator[Taken]:
        """Take in every file that has not changed since the last look. Raises KeepError when the database or the folder fails."""
        present = dict(_candidates(self.folder))
        for name, mark in sorted(present.items()):
            if self.seen.get(name) == mark and self.stuck.get(name) != mark:
                yield self._take(name, mark)
        self.seen = present

    def _take(self, name: str, mark: Mark) -> Taken:
        path = self.folder / name
        try:
            data = read_bounded(path)
        except KeepError as error:
            if error.code == "dispatch-large":
                return self._aside(path, Outcome(REFUSED, None, None, error))
            # Told once and left alone until somebody changes it.
            self.stuck[name] = mark
            return Taken(name, REFUSED, error)
        try:
            outcome = self.door.accept(data, "folder")
        except KeepError as error:
            if error.code != "hub-intake-broken":
                raise
            # It alone broke the program: the files behind it are taken in all the same.
            self.stuck[name] = mark
            return Taken(name, REFUSED, error)
        if outcome.receipt is None:
            return self._aside(path, outcome)
        _write(self.folder / RECEIPTS, _plain(name) + ".receipt" + SUFFIX, outcome.receipt)
        _move(path, self.folder / DONE)
        return Taken(name, outcome.code, outcome.error)

    def _aside(self, path: Path, outcome: Outcome) -> Taken:
        error = outcome.error or KeepError("hub-intake-broken")
        moved = _move(path, self.folder / REFUSED)
        _write(moved.parent, moved.name + ".txt", f"{told(error, 'zh')}\n{told(error, 'en')}\n".encode())
        return Taken(path.name, outcome.code, error)


def read_bounded(path: Path) -> bytes:
    """A file that is one, no link and no pipe. Raises KeepError."""
    try:
        with os.fdopen(os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK), "rb") as stream:
            found = os.fstat(stream.fileno())
            if not stat.S_ISREG(found.st_mode):
                raise KeepError("hub-import-not-a-file", file=path)
            if found.st_size > MOST:
                raise KeepError("dispatch-large", size=f"{found.st_size / 1048576:.1f}", limit=LIMIT >> 20)
            return stream.read(MOST)
    except OSError as error:
        raise KeepError("hub-import-unreadable", file=path, detail=error.strerror or "?") from None


def _candidates(folder: Path) -> Iterator[tuple[str, Mark]]:
    """Regular files that are meant: named as envelopes, not hidden, no half ones."""
    try:
        with os.scandir(folder) as entries:
            for entry in entries:
                if entry.name.endswith(SUFFIX) and not entry.name.startswith(".") and entry.is_file(follow_symlinks=False):
                    found = entry.stat(follow_symlinks=False)
                    yield entry.name, (found.st_ino, found.st_size, found.st_mtime_ns)
    except OSError as error:
        raise KeepError("hub-import-unreadable", file=folder, detail=error.strerror or "?") from None


def _plain(name: str) -> str:
    return name.removesuffix(SUFFIX)


def _write(folder: Path, name: str, data: bytes) -> None:
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
    except OSError as error:
        raise KeepError("file-write", file=folder, detail=error.strerror or error) from None
    write_private(folder / name, data)


def _move(path: Path, folder: Path) -> Path:
    """Into the folder; beside one of the same name and other content it gets another."""
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
        target = folder / path.name
        if target.exists() and not filecmp.cmp(target, path, shallow=False):
            target = folder / f"{_plain(path.name)}.{time.time_ns():x}{SUFFIX}"
        return path.replace(target)
    except OSError as error:
        raise KeepError("file-write", file=folder, detail=error.strerror or error) from None
