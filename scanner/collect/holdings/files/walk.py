"""Every file of a folder, in a steady order; what is no regular file is told by name and never opened."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from scanner.collect.holdings.files.encodings import text_of
from scanner.facts.holdings.reading import Place, Unread
from scanner.model.absent import Why

MAX_DEPTH = 64
COMPANIONS = {".fpt": (".dbf",), ".dbt": (".dbf",), "-wal": ("",), "-shm": ("",), "-journal": ("",)}
"""Ends of files that are read together with another one, and that one's ends."""
KINDS = ((stat.S_ISFIFO, "fifo"), (stat.S_ISSOCK, "socket"), (stat.S_ISCHR, "character device"), (stat.S_ISBLK, "block device"))


@dataclass(frozen=True, slots=True)
class Entry:
    """One regular file as the listing saw it."""

    path: Path
    shown: str
    """Relative to the target."""
    size: int
    identity: tuple[int, int]
    """Device and inode: what is opened later must still be this."""
    changed: int = 0
    """When anything of it was last changed, in nanoseconds: the time of writing can be put back, this one cannot."""
    beside: tuple[Path, ...] = ()
    """Files of the same folder that may define the tables whose rows it holds."""


def walk(root: Path, every: bool = False) -> Iterator[Entry | Unread]:
    """Files below a root that is itself no link any more; a root that is a file is its own only entry.

    ``every``: also those that are read together with another one.
    """
    status = root.lstat()
    if stat.S_ISDIR(status.st_mode):
        yield from _folder(root, root, "", 0, every)
    else:
        yield _entry(root, root, root.name, status)


def shown_name(name: str) -> str:
    """A file's name as text: bytes that are no UTF-8 are read as GB18030, control characters replaced."""
    text = text_of(os.fsencode(name), "utf-8")
    return "".join(char if char.isprintable() else "?" for char in text)


def _folder(root: Path, folder: Path, shown: str, depth: int, every: bool) -> Iterator[Entry | Unread]:
    if depth > MAX_DEPTH:
        yield Unread(Place(shown), Why.TRUNCATED, "folders nested too deep")
        return
    try:
        names = sorted(path.name for path in folder.iterdir())
    except OSError as problem:
        why = Why.NO_PERMISSION if isinstance(problem, PermissionError) else Why.COMMAND_FAILED
        yield Unread(Place(shown or "."), why, type(problem).__name__)
        return
    present = set(names)
    for name in names:
        path, inner = folder / name, f"{shown}/{shown_name(name)}" if shown else shown_name(name)
        try:
            status = path.lstat()
        except OSError as problem:
            yield Unread(Place(inner), Why.COMMAND_FAILED, type(problem).__name__)
            continue
        if stat.S_ISDIR(status.st_mode):
            yield from _folder(root, path, inner, depth + 1, every)
        elif (every or not _companion(name, present)) and (found := _entry(root, path, inner, status)) is not None:
            yield found


def _entry(root: Path, path: Path, shown: str, status: os.stat_result) -> Entry | Unread:
    if stat.S_ISREG(status.st_mode):
        return Entry(path, shown, status.st_size, (status.st_dev, status.st_ino), status.st_ctime_ns)
    if stat.S_ISLNK(status.st_mode):
        return Unread(Place(shown), Why.NOT_ASKED, _link(root, path))
    kind = next((word for is_kind, word in KINDS if is_kind(status.st_mode)), "special file")
    return Unread(Place(shown), Why.NOT_ASKED, kind)


def _link(root: Path, path: Path) -> str:
    try:
        inside = path.resolve(strict=True).is_relative_to(root.resolve())
    except (OSError, RuntimeError):
        return "link to nothing"
    return "link inside the target; its file is read under its own name" if inside else "link that leaves the target"


def _companion(name: str, present: set[str]) -> bool:
    for end, mains in COMPANIONS.items():
        if name.lower().endswith(end):
            stem = name[: -len(end)]
            return any(other.lower() == (stem + main).lower() for main in mains for other in present)
    return False
