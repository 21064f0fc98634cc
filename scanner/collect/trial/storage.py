"""Storage that both sides reach: one token file in each folder that the scope names for it, read by the other end, and taken away in the end."""

from __future__ import annotations

import contextlib
import os
import stat
import time
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

    def leave(self, progress: Progress) -> None:
        """Leave a token in every folder that is there."""
        for text in self._end.plan.storage:
            progress.of += 1
            if self._leave(Path(text)):
                progress.tried += 1
        if progress.tried < progress.of:
            progress.cut("folder")

    def _leave(self, folder: Path) -> bool:
        end = self._end
        if not self._kept(folder):
            end.journal.note(f"storage {folder.name}: a link out of the scope")
            return False
        draft = end.journal.trial("storage", "storage", "file", to=str(folder))
        path = folder / f"shiqu-{end.plan.id}-{end.end.replace(':', '-')}"
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

    def _kept(self, folder: Path) -> bool:
        """Whether a folder is what the scope calls it: a link may lead from one named folder into another, and nowhere else."""
        try:
            real = folder.resolve(strict=True)
        except (OSError, RuntimeError):
            return False
        return any(real == place or place in real.parents for place in map(Path, self._end.plan.storage))

    def look(self) -> None:
        """Read the token files that other ends left."""
        for text in (text for text in self._end.plan.storage if self._kept(Path(text))):
            with contextlib.suppress(OSError), os.scandir(text) as entries:
                for _, entry in zip(range(ENTRIES), entries, strict=False):
                    path = Path(entry.path)
                    if entry.name.startswith(f"shiqu-{self._end.plan.id}-") and path not in self._seen:
                        # One that cannot be read hides no other.
                        with contextlib.suppress(OSError):
                            self._read(path)

    def _read(self, path: Path) -> None:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        with os.fdopen(descriptor, "rb") as stream:
            if not stat.S_ISREG(os.fstat(descriptor).st_mode):
                return
            data = stream.read(MAX_FILE)
        found = next(tokens.find(self._end.plan.key, data, self._end.others), None)
        if found is not None:
            self._seen.add(path)
            self._end.files.append({"t": round(time.time(), 6), "hex": (NO_FRAME + data).hex()})


def _remove(path: Path) -> None:
    with contextlib.suppress(OSError):
        path.unlink()
