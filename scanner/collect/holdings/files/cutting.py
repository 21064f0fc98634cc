"""Where a separated text may be cut so that its pieces hold the records that the whole holds: nowhere, unless that is certain."""

from __future__ import annotations

from typing import BinaryIO

import numpy as np

from scanner.collect.holdings.files.broken import told
from scanner.collect.holdings.files.content import Content
from scanner.collect.holdings.files.delimited import Delimited
from scanner.collect.holdings.files.needles import found_in
from scanner.collect.holdings.files.separated import END
from scanner.collect.holdings.files.splitter import MAX_RECORD, steps

STEP = 1024 * 1024
QUOTE, RETURN, FEED = 34, 13, 10


def cuts(source: Delimited, each: int) -> list[int]:
    """Places where records begin, about so many bytes apart. Raises ReachError.

    Without any quote every line is a record. With quotes each of them must open and close a cell, from the first one to the last.
    None where lines end in other ways, where the sign that ends a file stands elsewhere, and where separators are no bytes of their own.
    """
    content, layout = source.content, source.layout
    if layout.transcoded or not layout.quoting or not content.seekable:
        return []
    with told():
        with content.opener() as stream:
            size, quoted = _looked_through(stream)
        if not size:
            return []
        if not quoted:
            return _lines(content, size, each)
        with content.opener() as stream:
            stream.read(layout.mark)
            return _records(stream, layout.mark, layout.separator, size, each)


def _looked_through(stream: BinaryIO) -> tuple[int, bool]:
    """Size, and whether there are quotes; size 0 where the text must not be cut."""
    size, quoted, last = 0, False, b""
    while piece := stream.read(STEP):
        data = last + piece
        if found_in(data[:-1], END) or _lone_return(data):
            return 0, False
        quoted = quoted or b'"' in piece
        size, last = size + len(piece), data[-1:]
    return (0 if last == b"\r" else size), quoted


def _lone_return(data: bytes) -> bool:
    """Whether a return stands anywhere but before a line feed; the last byte is looked at with what follows."""
    if b"\r" not in data:
        return False
    array = np.frombuffer(data, np.uint8)
    return bool(((array[:-1] == RETURN) & (array[1:] != FEED)).any())


def _lines(content: Content, size: int, each: int) -> list[int]:
    found: list[int] = []
    with content.opener() as stream:
        for target in range(each, size, each):
            stream.seek(target)
            if not stream.readline(MAX_RECORD).endswith(b"\n"):
                return found
            at = stream.tell()
            if at < size and (not found or at > found[-1]):
                found.append(at)
    return found


def _records(stream: BinaryIO, at: int, separator: bytes, size: int, each: int) -> list[int]:
    found: list[int] = []
    for used in steps(stream, separator):
        if used is None:
            return []
        at += used
        if at >= (found[-1] if found else 0) + each and at < size:
            found.append(at)
    return found
