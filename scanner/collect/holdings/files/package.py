"""Zip packages of offices: their parts, bounded before they are inflated."""

from __future__ import annotations

import struct
import zipfile
import zlib
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
_LOCAL = struct.Struct("<4s2xHH16xHH")
"""Of a member's own header: its mark, flags, method, and how long its name and further fields are."""
_MAGIC, _UTF8 = b"PK\3\4", 0x800
_ORDINARY = _UTF8 | 0xE
"""Flags of how well it is packed, of where its sizes stand, and of its name."""
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
    found = _at_once(package, info)
    if found is not None:
        return found
    with package.open(info) as stream:
        return read_up_to(stream, limit)  # type: ignore[arg-type]


def _at_once(package: zipfile.ZipFile, info: zipfile.ZipInfo) -> bytes | None:
    """A part of a package in memory, in a third of the time; None unless it is in every respect what its headers say."""
    if not isinstance(package.fp, BytesIO) or info.compress_type != zipfile.ZIP_DEFLATED or info.flag_bits & ~_ORDINARY:
        return None
    view = package.fp.getbuffer()
    try:
        head = bytes(view[info.header_offset : info.header_offset + _LOCAL.size])
        if len(head) < _LOCAL.size:
            return None
        magic, flags, method, name, extra = _LOCAL.unpack(head)
        begin = info.header_offset + _LOCAL.size
        encoding = "utf-8" if flags & _UTF8 else NAMES
        named = bytes(view[begin : begin + name])
        if (magic, flags, method) != (_MAGIC, info.flag_bits, info.compress_type) or named.decode(encoding) != info.orig_filename:
            return None
        begin += name + extra
        inflating = zlib.decompressobj(-zlib.MAX_WBITS)
        found = inflating.decompress(view[begin : begin + info.compress_size], info.file_size + 1)
    except (zlib.error, UnicodeDecodeError):
        return None
    finally:
        view.release()
    return found if inflating.eof and len(found) == info.file_size and zlib.crc32(found) == info.CRC else None


def names(package: zipfile.ZipFile, prefix: str, suffix: str = ".xml") -> list[str]:
    """Parts under a prefix, in natural order."""
    found = [name for name in package.namelist() if name.startswith(prefix) and name.endswith(suffix)]
    return sorted(found, key=lambda name: (len(name), name))
