"""Binary Word files (doc, wps): the text by its piece table; other compound files only by their text-like runs."""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator, Sequence
from io import BytesIO

from scanner.collect.holdings.files import olewords, wordtables
from scanner.collect.holdings.files.broken import told
from scanner.collect.holdings.files.content import Content
from scanner.collect.holdings.files.encodings import text_of
from scanner.collect.holdings.files.headers import names_columns
from scanner.collect.holdings.files.word import FIRST_PAGE, Part
from scanner.errors import ReachError
from scanner.facts.holdings.reading import Document, Group, PartKind
from scanner.model.absent import Why

MAGIC = 0xA5EC
CELL = "\x07"
"""Ends a cell, and once more a row."""
MAX_WIDTH = 200
ENCRYPTED = 0x0100
SECOND_TABLE = 0x0200
CLX = 0x01A2
COUNTS = 0x4C
STORIES: tuple[PartKind, ...] = ("line", "body", "header", "body", "box", "body", "box", "header")
"""Main text, footnotes, headers and footers, macros, annotations, endnotes, text boxes, text boxes of headers."""
FIELD = re.compile("\x13[^\x13\x14\x15]*\x14?|\x15")
WIDE_RUN = re.compile("[\x20-\x7e\u2000-\u26ff\u3000-\u303f\u4e00-\u9fff\uff00-\uffef]{3,}")
BYTE_RUN = re.compile(rb"(?:[\x20-\x7e]|[\x81-\xfe][\x40-\xfe]){4,}")


def word_binary(content: Content) -> Iterator[Document | Group]:
    """A doc: its catalogues, with the rest around them; one document where it has none. What the piece table does not explain makes it not whole."""
    data = content.whole()
    with told():
        text = stories(data)
    if text is None:
        yield Document(content.place(), _runs(content, data), whole=False)
        return
    grids, rest = apart(text)
    if not grids:
        yield Document(content.place(), _lines(content, text))
        return
    above: list[Part] = [("line", cell) for rows in grids for cell in wordtables.above(rows)]
    yield Group(content.path, wordtables.sources(content, grids), {"": (*list(_lines(content, rest))[1:], *above)})


def apart(found: Sequence[tuple[PartKind, str]]) -> tuple[list[wordtables.Grid], list[tuple[PartKind, str]]]:
    """Catalogues of the main text, and the stories without them. Only rows of as many cells as there are names are told for certain."""
    grids: list[wordtables.Grid] = []
    rest = []
    for kind, text in found:
        tokens, kept, at = (text.split(CELL) if kind == "line" else [text]), "", 0
        while at < len(tokens):
            before, _, first = tokens[at].rpartition("\r")
            width = next((end - at for end in range(at + 1, min(at + MAX_WIDTH, len(tokens))) if not tokens[end]), 0)
            names: list[str | None] = [first, *tokens[at + 1 : at + width]]
            rows = list(_rows(tokens, at + width + 1, width)) if width > 1 and names_columns(names) else []
            if rows and wordtables.is_catalogue([names, *rows]):
                grids.append([names, *rows])
                kept += f"{before}\r"
                at += (width + 1) * (len(rows) + 1)
            else:
                kept += tokens[at] + (CELL if at + 1 < len(tokens) else "")
                at += 1
        rest.append((kind, kept))
    # Cells that are left may be records, too: then nothing is certain.
    return (grids, rest) if not any(CELL in text for kind, text in rest if kind == "line") else ([], list(found))


def _rows(tokens: Sequence[str], at: int, width: int) -> Iterator[list[str | None]]:
    """Rows of so many cells; what stands below the table is a paragraph before the next cell."""
    while at + width < len(tokens) and not tokens[at + width] and "\r" not in tokens[at]:
        cells = tokens[at : at + width]
        if not any(cells):
            return
        yield [cell.replace("\r", "\n").strip() or None for cell in cells]
        at += width + 1


def compound(content: Content) -> Iterator[Document]:
    """Any other compound file (ppt, msg, mpp): what looks like text in it, and never called whole."""
    yield Document(content.place(), _runs(content, content.whole()), whole=False)


def stories(data: bytes) -> list[tuple[PartKind, str]] | None:
    """Text of each story; None when the file is older than its piece table or the table makes no sense."""
    import olefile

    with olefile.OleFileIO(BytesIO(data)) as file:
        told_of = list(olewords.properties(file))
        main = file.openstream("WordDocument").read()
        magic, flags = struct.unpack_from("<H8xH", main)
        if magic != MAGIC:
            return None
        if flags & ENCRYPTED:
            raise ReachError(Why.NO_PERMISSION, "encrypted")
        table = file.openstream("1Table" if flags & SECOND_TABLE else "0Table").read()
    offset, size = struct.unpack_from("<II", main, CLX)
    text = _pieces(main, table[offset : offset + size])
    if text is None:
        return None
    found, at = [], 0
    for kind, count in zip(STORIES, struct.unpack_from("<8I", main, COUNTS)):
        if count:
            found.append((kind, FIELD.sub("", text[at : at + count])))
        at += count
    return [*found, *told_of]


def _pieces(main: bytes, clx: bytes) -> str | None:
    at = 0
    while clx[at : at + 1] == b"\x01":
        at += 3 + int(struct.unpack_from("<H", clx, at + 1)[0])
    if clx[at : at + 1] != b"\x02":
        return None
    size = struct.unpack_from("<I", clx, at + 1)[0]
    plc = clx[at + 5 : at + 5 + size]
    count = (len(plc) - 4) // 12
    ends = struct.unpack_from(f"<{count + 1}I", plc)
    found = []
    for number in range(count):
        where = struct.unpack_from("<I", plc, 4 * (count + 1) + 8 * number + 2)[0]
        length = ends[number + 1] - ends[number]
        if where & 0x40000000:
            start = (where & 0x3FFFFFFF) // 2
            found.append(_narrow(main[start : start + length], length))
        else:
            found.append(main[where : where + 2 * length].decode("utf-16-le", "replace"))
    return "".join(found)


def _narrow(raw: bytes, length: int) -> str:
    """Eight-bit pieces keep one character a position whatever their code page, so that stories stay where they are."""
    if any(byte >= 0x80 for byte in raw):
        text = text_of(raw, "gb18030")
        if "\ufffd" not in text:
            return text.ljust(length)
    return raw.decode("cp1252", "replace")


def _lines(content: Content, found: list[tuple[PartKind, str]]) -> Iterator[Part]:
    yield "name", content.base
    for kind, text in found:
        count, page = 0, True
        for piece in re.split("[\r\n\x07\x0b\x0c]", text.replace("\x0c", "\r\x0c")):
            if piece.strip():
                count += 1
                page = page and count <= FIRST_PAGE
                yield ("body" if kind == "line" and not page else kind), piece.strip()
        # Cells of a row stand beside each other, too.
        for row in text.split(CELL + CELL) if CELL in text else ():
            cells = [cell.strip() for cell in row.rpartition("\r")[2].split(CELL)]
            if len(cells) > 1:
                yield "body", "\t".join(cells)


def _runs(content: Content, data: bytes) -> Iterator[Part]:
    yield "name", content.base
    for phase in (0, 1):
        for run in WIDE_RUN.finditer(data[phase:].decode("utf-16-le", "replace")):
            yield "body", run.group()
    for raw in BYTE_RUN.finditer(data):
        yield "body", text_of(raw.group(), "gb18030")
