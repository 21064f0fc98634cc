"""A folder that stands for a disc. What is on it may be anybody's: names choose nothing, only regular files of bounded size are read.

Files of ours are written whole or not at all, under names of our own making.
"""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from scanner.errors import KeepError
from scanner.ledger.chain import sync_folder
from scanner.ledger.ends import write_private
from scanner.ledger.envelope import LIMIT, SUFFIX

DOWN, RECEIPTS = "down", "receipts"
"""Folders of a disc: what a hub hands down, and the receipts that a hub's watch leaves."""
MAX_FILE = LIMIT + LIMIT // 512
MAX_FILES = 10_000
_OTHER = re.compile(r"[^0-9A-Za-z._-]")


@dataclass(frozen=True, slots=True)
class Found:
    """One file of a disc."""

    name: str
    """Only to be shown."""
    data: bytes
    error: KeepError | None
    """Why it was not read."""


def put(folder: Path, name: str, data: bytes) -> Path:
    """Write a file; the same one again changes nothing. Raises KeepError."""
    path = folder / name
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if path.is_file() and not path.is_symlink() and path.stat().st_size == len(data) and path.read_bytes() == data:
            return path
        write_private(path, data)
        sync_folder(folder)
    except OSError as error:
        raise KeepError("file-write", file=path, detail=error.strerror or error) from None
    return path


def name_of(code: str, kind: str, sequence: int, digest: str) -> str:
    """A name that sorts, and that no code can make into a path."""
    return f"{_OTHER.sub('_', code)[:64].lstrip('.') or '_'}-{kind}-{sequence:06d}-{digest.removeprefix('sha256:')[:12]}{SUFFIX}"


def take(folder: Path) -> Iterator[Found]:
    """Every envelope that lies there, by name. Raises KeepError for a folder that cannot be listed, or holds too many."""
    try:
        names = sorted(entry.name for entry in os.scandir(folder) if entry.name.endswith(SUFFIX) and not entry.name.startswith("."))
    except OSError as error:
        raise KeepError("disc-unreadable", dir=folder, detail=error.strerror or "?") from None
    if len(names) > MAX_FILES:
        raise KeepError("disc-full", dir=folder, count=len(names), most=MAX_FILES)
    for name in names:
        yield _read(folder, name)


def _read(folder: Path, name: str) -> Found:
    try:
        # A pipe must not make us wait, a link must not lead us elsewhere.
        handle = os.open(folder / name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        try:
            found = os.fstat(handle)
            if not stat.S_ISREG(found.st_mode):
                return Found(name, b"", KeepError("disc-file", file=name, detail="-"))
            if found.st_size > MAX_FILE:
                return Found(name, b"", KeepError("dispatch-large", size=f"{found.st_size / 1048576:.1f}", limit=LIMIT >> 20))
            with os.fdopen(handle, "rb", closefd=False) as stream:
                return Found(name, stream.read(MAX_FILE), None)
        finally:
            os.close(handle)
    except OSError as error:
        return Found(name, b"", KeepError("disc-file", file=name, detail=error.strerror or "?"))
