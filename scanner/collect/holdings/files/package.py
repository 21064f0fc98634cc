"""Zip packages of offices: their parts, bounded before they are inflated."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from typing import BinaryIO

from scanner.collect.holdings.files.content import MAX_WHOLE, Content, read_up_to
from scanner.errors import ReachError
from scanner.model.absent import Why

MAX_RATIO = 1100
"""Deflate cannot do better; a header that claims it lies."""
MAX_PART = 64 * 1024 * 1024
ENCRYPTED = 0x1


@contextmanager
def opened(content: Content) -> Iterator[zipfile.ZipFile]:
    """The package of a content; members are held in memory because a zip is read from its end."""
    stream = content.opener() if content.seekable else _held(content)
    with stream, zipfile.ZipFile(stream, metadata_encoding="gb18030") as package:
        yield package


def _held(content: Content) -> BinaryIO:
    from io import BytesIO

    return BytesIO(content.whole(MAX_WHOLE))


def refused(info: zipfile.ZipInfo) -> str | None:
    """Why a member must not be inflated."""
    if info.flag_bits & ENCRYPTED:
        return "encrypted"
    if info.file_size > MAX_RATIO * max(info.compress_size, 1) + 1024:
        return "declared ratio"
    return None


def part(package: zipfile.ZipFile, name: str, limit: int = MAX_PART) -> bytes:
    """One part; larger than the limit or encrypted is refused."""
    info = package.getinfo(name)
    why = refused(info) or ("part too large" if info.file_size > limit else None)
    if why:
        raise ReachError(Why.TRUNCATED if why != "encrypted" else Why.NO_PERMISSION, why)
    with package.open(info) as stream:
        return read_up_to(stream, limit)  # type: ignore[arg-type]


def names(package: zipfile.ZipFile, prefix: str, suffix: str = ".xml") -> list[str]:
    """Parts under a prefix, in natural order."""
    found = [name for name in package.namelist() if name.startswith(prefix) and name.endswith(suffix)]
    return sorted(found, key=lambda name: (len(name), name))
