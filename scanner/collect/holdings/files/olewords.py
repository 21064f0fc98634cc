"""What stands around the text and the cells of compound files (doc, xls): page headers, notes and text boxes of sheets, properties."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from io import BytesIO
from itertools import islice
from typing import TYPE_CHECKING

from scanner.collect.holdings.files.encodings import text_of
from scanner.collect.holdings.files.sheetwords import edge_texts
from scanner.collect.holdings.files.word import Part
from scanner.errors import ReachError
from scanner.model.absent import Why

if TYPE_CHECKING:
    from olefile import OleFileIO

_HEADER, _FOOTER, _NOTE, _OBJECT_TEXT, _CONTINUE = 0x14, 0x15, 0x1C, 0x1B6, 0x3C
_CLOSED, _BEGINS = 0x2F, 4
"""What says that all that follows is closed by a password stands among the first records."""
_FURTHER = 0x89C
"""Headers of the first page and of even pages."""
_WIDE = 1
_SUMMARIES = ("\x05SummaryInformation", "\x05DocumentSummaryInformation")
_SAID = (2, 3, 5, 6, 11)
"""Title, subject, keywords, comments; category, manager and company have numbers of the same row."""


def around_sheets(data: bytes) -> list[Part]:
    """Of an old workbook. Raises ReachError for one that is closed: programs that do not ask read nothing in it, or nonsense."""
    import olefile

    with olefile.OleFileIO(BytesIO(data)) as file:
        name = next((name for name in ("Workbook", "Book") if file.exists(name)), None)
        if name is None:
            return []
        stream = file.openstream(name).read()
        if any(kind == _CLOSED for kind, _ in islice(_records(stream), _BEGINS)):
            raise ReachError(Why.NO_PERMISSION, "encrypted")
        return [*_around(_records(stream), name == "Workbook"), *properties(file)]


def properties(file: OleFileIO) -> Iterator[Part]:
    """What a file says of itself."""
    for name in _SUMMARIES:
        if file.exists(name):
            for number, value in file.getproperties(name).items():
                if number in _SAID and isinstance(value, str | bytes):
                    text = value if isinstance(value, str) else text_of(value, "gb18030")
                    if text.strip("\0 "):
                        yield "property", f"{number}={text.strip(chr(0)).strip()}"


def _records(stream: bytes) -> Iterator[tuple[int, bytes]]:
    at = 0
    while at + 4 <= len(stream):
        kind, size = struct.unpack_from("<HH", stream, at)
        yield kind, stream[at + 4 : at + 4 + size]
        at += 4 + size


def _around(records: Iterator[tuple[int, bytes]], wide: bool) -> Iterator[Part]:
    wanted = 0
    pieces: list[str] = []
    for kind, data in records:
        if kind == _CONTINUE and wanted > 0 and data:
            pieces.append(_chars(data[1:], data[0]))
            wanted -= len(pieces[-1])
            continue
        if pieces:
            yield from (("box", line.strip()) for line in "".join(pieces).replace("\r", "\n").split("\n") if line.strip())
        wanted, pieces = 0, []
        if kind in (_HEADER, _FOOTER) and data:
            text = _counted(data) if wide else text_of(data[1 : 1 + data[0]], "gb18030")
            yield from (("header" if kind == _HEADER else "footer", one) for one in edge_texts(text))
        elif kind == _FURTHER and len(data) > 38:
            yield from (("header", one) for one in edge_texts(_further(data[38:])))
        elif kind == _OBJECT_TEXT and len(data) >= 12:
            wanted = struct.unpack_from("<H", data, 10)[0]
        elif kind == _NOTE and not wide and len(data) > 6:
            yield "box", text_of(data[6:], "gb18030").strip()


def _counted(data: bytes) -> str:
    return _chars(data[3 : 3 + struct.unpack_from("<H", data)[0] * (2 if data[2] & _WIDE else 1)], data[2]) if len(data) > 3 else ""


def _chars(data: bytes, flags: int) -> str:
    return data.decode("utf-16-le", "replace") if flags & _WIDE else data.decode("latin-1")


def _further(data: bytes) -> str:
    """Four texts one behind the other, each with its number of characters; only what is text is wanted."""
    return data.decode("utf-16-le", "ignore") if len(data) % 2 == 0 else data[1:].decode("utf-16-le", "ignore")
