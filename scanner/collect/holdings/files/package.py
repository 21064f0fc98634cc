"""Zip packages of offices: their parts, bounded before they are inflated."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from typing import BinaryIO

from scanner.collect.holdings.files.content import MAX_WHOLE, Content, read_up_to
from scanner.errors import ReachError
from scanner.model.absent import Why

MAX_RATIO = 1100
"""Deflate cannot do better; a header that claims it lies."""
MAX_PART = 64 * 1024 * 1024
ENCRYPTED = 0x1
NAMES = "gb18030"
"""Of members that do not say that they are UTF-8."""
SMALL = 4 * 1024 * 1024
"""Packages up to this size are read once for all that is asked of them."""


@contextmanager
def opened(content: Content) -> Iterator[zipfile.ZipFile]:
    """The package of a content; members are held in memory because a zip is read from its end."""
    if 0 <= content.size <= SMALL:
        yield _small(content)
        return
    stream = content.opener() if content.seekable else _held(content)
    with stream, zipfile.ZipFile(stream, metadata_encoding=NAMES) as package:
        yield package


def _small(content: Content) -> zipfile.ZipFile:
    for opener, package in content.packages:
        if opener is content.opener:
            return package
    package = zipfile.ZipFile(_held(content), metadata_encoding=NAMES)
    content.packages[:] = [(content.opener, package)]
    return package


def _held(content: Content) -> BinaryIO:
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
