"""A part of a content as a content of its own."""

from __future__ import annotations

from dataclasses import replace
from io import RawIOBase
from typing import BinaryIO

from scanner.collect.holdings.files.broken import told
from scanner.collect.holdings.files.content import Content
from scanner.errors import ReachError
from scanner.model.absent import Why

BEYOND = 1 << 62
"""Beyond the end of any text: how long a packed one is may be unknown, or a lie."""


def part(content: Content, start: int, end: int) -> Content:
    """The bytes from ``start`` to ``end``."""
    return replace(content, size=end - start, opener=lambda: _opened(content, start, end - start), seekable=False, real=None)


def _opened(content: Content, start: int, size: int) -> BinaryIO:
    with told():
        stream = content.opener()
        if content.seekable:
            stream.seek(start)
        else:
            skip(stream, start)
    return _Range(stream, size)  # type: ignore[return-value]


def skip(stream: BinaryIO, size: int) -> None:
    """Read on to a place in a stream that cannot seek."""
    while size > 0:
        piece = stream.read(min(size, 1024 * 1024))
        if not piece:
            raise ReachError(Why.TRUNCATED, "ends early")
        size -= len(piece)


class _Range(RawIOBase):
    """Part of a stream."""

    def __init__(self, stream: BinaryIO, size: int) -> None:
        self._stream, self._left = stream, size

    def readable(self) -> bool:
        """Reading is all it does."""
        return True

    def read(self, size: int = -1) -> bytes:
        """Never beyond the part."""
        piece = self._stream.read(self._left if size < 0 else min(size, self._left))
        self._left -= len(piece)
        return piece

    def close(self) -> None:
        """Close what is below as well."""
        self._stream.close()
        super().close()
