"""Storage that both sides reach: one token file in each folder that the scope names for it, read by the other end, and taken away in the end."""

from __future__ import annotations

import contextlib
import os
import stat
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from scanner.collect.trial.journal import Progress
from scanner.facts.network import tokens

if TYPE_CHECKING:
    from scanner.collect.trial.end import End

MAX_FILE = 64
"""Bytes of a token file."""
ENTRIES = 4096
"""Entries of a folder that are looked through for token files."""
NO_FRAME = bytes(12) + b"\x88\xb5"
"""Header under which what a file holds stands among the frames."""


class Folders:
    """The declared folders of one end."""

    def __init__(self, end: End) -> None:
        self._end = end
        self._seen: set[Path] = set()

    def leave(self, progress: Progress, first: Callable[[], None] = lambda: None) -> None:
        """Leave a token in every folder that is there. ``first`` writes down which, before there is one: a kill leaves no file that nobody knows of."""
        for text in self._end.plan.storage:
            self._end.journal.note(f"token-file {named(self._end, Path(text))}")
        first()
        for text in self._end.plan.storage:
            progress.of += 1
            if self._leave(Path(text)):
                progress.tried += 1
        if progress.tried < progress.of:
            progress.cut("folder")

    def _leave(self, folder: Path) -> bool:
        end = self._end
        if not kept(end, folder):
            end.journal.note(f"storage {folder.name}: a link out of the scope")
            return False
        draft = end.journal.trial("storage", "storage", "file", to=str(folder))
        path = named(end, folder)
        try:
            # A link at the end of the path is not followed; a file that is there already is not touched.
            descriptor = os.open(path, os.O_CREAT | os.O_WRONLY | os.O_EXCL | os.O_NOFOLLOW, 0o644)
        except OSError as error:
            end.journal.note(f"storage {folder.name}: {error.strerror}")
            return False
        end.closers.append(lambda: _remove(path))
        with os.fdopen(descriptor, "wb") as stream:
            said = end.journal.payload(draft, 0).hex().encode() + b"\n"
            stream.write(said)
            draft.carried = said.hex()
        path.chmod(0o644)
        draft.went([(time.time(), 1)], [0])
        return True

    def look(self) -> None:
        """Read the token files that other ends left."""
        for text in (text for text in self._end.plan.storage if kept(self._end, Path(text))):
            with contextlib.suppress(OSError), os.scandir(text) as entries:
                for _, entry in zip(range(ENTRIES), entries, strict=False):
                    path = Path(entry.path)
                    if entry.name.startswith(f"shiqu-{self._end.plan.id}-") and path not in self._seen:
                        # One that cannot be read hides no other.
                        with contextlib.suppress(OSError):
                            self._read(path)

    def _read(self, path: Path) -> None:
        data = _content(path)
        found = next(tokens.find(self._end.plan.key, data, self._end.others), None)
        if found is not None:
            self._seen.add(path)
            self._end.files.append({"t": round(time.time(), 6), "hex": (NO_FRAME + data).hex()})


def named(end: End, folder: Path) -> Path:
    """Where an end leaves its token in a folder."""
    return folder / f"shiqu-{end.plan.id}-{end.end.replace(':', '-')}"


def kept(end: End, folder: Path) -> bool:
    """Whether a folder is what the scope calls it: a link may lead from one named folder into another, and nowhere else."""
    try:
        real = folder.resolve(strict=True)
    except (OSError, RuntimeError):
        return False
    return any(real == place or place in real.parents for place in map(Path, end.plan.storage))


def tidy(end: End) -> None:
    """Take away what a killed run of this end left. That it is this end's own is not read off the name: the token in it says so."""
    for folder in map(Path, end.plan.storage):
        path = named(end, folder)
        with contextlib.suppress(OSError):
            if kept(end, folder) and next(tokens.find(end.plan.key, _content(path), (end.end,)), None) is not None:
                path.unlink()
                end.journal.note(f"token-file-removed {path}")


def _content(path: Path) -> bytes:
    """The first bytes of a plain file; nothing of what is no plain file. Raises OSError."""
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    with os.fdopen(descriptor, "rb") as stream:
        return stream.read(MAX_FILE) if stat.S_ISREG(os.fstat(descriptor).st_mode) else b""


def _remove(path: Path) -> None:
    with contextlib.suppress(OSError):
        path.unlink()
