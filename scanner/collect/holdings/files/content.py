"""Bytes that can be opened again and again: a file of the target, or a member of an archive inside it."""

from __future__ import annotations

import os
import stat
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from io import BytesIO
from pathlib import Path
from types import MappingProxyType
from typing import BinaryIO

from scanner.errors import ReachError
from scanner.facts.holdings.reading import Place
from scanner.model.absent import Why

MAX_WHOLE = 64 * 1024 * 1024
"""Formats that must be held in memory to be read are refused beyond this, by name."""
HEAD = 256 * 1024
"""How much of the beginning is looked at to learn what something is."""


@dataclass(slots=True)
class Budget:
    """What may still be unpacked on behalf of one file of the target."""

    bytes_left: int = 16 * 1024 * 1024 * 1024
    members_left: int = 100_000

    def take(self, size: int) -> None:
        """Reserve room for one member, or refuse it."""
        self.members_left -= 1
        self.bytes_left -= size
        if self.members_left < 0 or self.bytes_left < 0:
            raise ReachError(Why.TRUNCATED, "unpack budget")


@dataclass(frozen=True, slots=True)
class Content:
    """One file or member."""

    path: str
    """As in :class:`Place`: relative to the target, members behind ``!``."""
    size: int
    opener: Callable[[], BinaryIO]
    """Opens it from its beginning; the caller closes it."""
    container: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    lineage: tuple[str, ...] = ()
    depth: int = 0
    """How many archives it lies in."""
    seekable: bool = True
    """False for members: they are inflated from their beginning on every pass."""
    budget: Budget = field(default_factory=Budget, compare=False)
    real: Path | None = None
    """Where it lies on this machine; None for members."""
    beside: tuple[Path, ...] = ()
    """Files of its folder that may define the tables whose rows it holds."""
    single: bool = False
    """A separated text that was looked through for further tables, and has none."""
    once: bool = False
    """A separated text is gone through but once: it is taken for one table, and FurtherTable is raised where it may be several."""
    packages: list[tuple[Callable[[], BinaryIO], zipfile.ZipFile]] = field(default_factory=list, compare=False, repr=False)
    """The package that it is, in memory, and by whom it was read; none where it is large, or was not asked for."""

    @property
    def base(self) -> str:
        """The last name, for a mark that stands in it."""
        return self.path.rsplit("!", 1)[-1].rsplit("/", 1)[-1]

    @property
    def suffix(self) -> str:
        """Lower-case extension without the dot; a hint only."""
        return self.base.rsplit(".", 1)[-1].lower() if "." in self.base else ""

    def place(self, table: str | None = None, lineage: tuple[str, ...] = (), **container: str) -> Place:
        """The place of this content, or of a table in it."""
        path = self.path if table is None else f"{self.path}#{table}"
        return Place(path, MappingProxyType({**self.container, **container}), tuple(dict.fromkeys(self.lineage + lineage)))

    def head(self, size: int = HEAD) -> bytes:
        """The first bytes."""
        with self.opener() as stream:
            return read_up_to(stream, size)

    def whole(self, limit: int = MAX_WHOLE) -> bytes:
        """All of it; a member that turns out longer than declared is refused."""
        if self.size > limit:
            raise ReachError(Why.TRUNCATED, f"larger than {limit} bytes")
        with self.opener() as stream:
            found = read_up_to(stream, limit + 1)
        if len(found) > limit:
            raise ReachError(Why.TRUNCATED, f"larger than {limit} bytes")
        return found

    def member(self, name: str, size: int, opener: Callable[[], BinaryIO]) -> Content:
        """Something inside this archive."""
        self.budget.take(size)
        container = MappingProxyType({**self.container, "archive": self.container.get("archive", self.path)})
        return replace(
            self,
            path=f"{self.path}!{name}",
            size=size,
            opener=opener,
            container=container,
            depth=self.depth + 1,
            seekable=False,
            real=None,
            once=False,
        )


def read_up_to(stream: BinaryIO, size: int) -> bytes:
    """Read until ``size`` or the end; raw streams may give less than asked for."""
    pieces, left = [], size
    while left > 0:
        piece = stream.read(min(left, 1024 * 1024))
        if not piece:
            break
        pieces.append(piece)
        left -= len(piece)
    return b"".join(pieces)


def open_plain(path: Path) -> BinaryIO:
    """A regular file, never through a link, never waiting for a writer, leaving its access time alone where that is allowed."""
    flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
    try:
        handle = os.open(path, flags | os.O_NOATIME)
    except PermissionError:
        handle = os.open(path, flags)
    if not stat.S_ISREG(os.fstat(handle).st_mode):
        os.close(handle)
        raise ReachError(Why.GARBLED, "not a regular file")
    return os.fdopen(handle, "rb")


def held(content: Content, stream: BinaryIO) -> Content:
    """The same in memory, as it is now."""
    data = stream.read()
    return replace(content, size=len(data), opener=partial(BytesIO, data))


def plain(path: Path, relative: str, volume: str = "") -> Content:
    """A file of the target as content."""
    status = path.lstat()
    folder = relative.rsplit("/", 1)[0] if "/" in relative else "."
    container = {"folder": folder, "volume": volume or str(status.st_dev)}
    return Content(relative, status.st_size, lambda: open_plain(path), MappingProxyType(container), real=path)
