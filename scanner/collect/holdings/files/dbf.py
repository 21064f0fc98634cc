"""dBASE, FoxPro and Visual FoxPro tables: every stored record, those marked as deleted too, memo texts included."""

from __future__ import annotations

import datetime
import struct
from collections.abc import Iterator
from dataclasses import dataclass

from scanner.collect.holdings.files.broken import told
from scanner.collect.holdings.files.content import Content, open_plain, read_up_to
from scanner.collect.holdings.files.encodings import BIG5, encoding_of, text_of
from scanner.collect.holdings.files.table import Table
from scanner.errors import ReachError
from scanner.facts.holdings.reading import CellKind, Column, Found, Group, Unread
from scanner.model.absent import Why

VERSIONS = frozenset((0x02, 0x03, 0x04, 0x05, 0x30, 0x31, 0x32, 0x43, 0x63, 0x83, 0x8B, 0x8E, 0xCB, 0xE5, 0xF5, 0xFB))
DELETED = Column("_deleted", "record marked as deleted, still stored", "other")
RECORDS = 512
"""Records read at once."""
KINDS: dict[str, CellKind] = {
    "N": "number",
    "F": "number",
    "I": "number",
    "B": "number",
    "Y": "number",
    "D": "date",
    "T": "date",
    "G": "bytes",
    "P": "bytes",
}
TRADITIONAL = 0x78
"""Mark of the code page of traditional characters."""
MAX_MEMO = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Field:
    """One column as the header describes it."""

    name: str
    kind: str
    start: int
    size: int


@dataclass(frozen=True, slots=True)
class Header:
    """The header of one file."""

    version: int
    declared: int
    """Records by the header."""
    offset: int
    """Bytes of the header."""
    length: int
    """Bytes of a record."""
    fields: tuple[Field, ...]
    page: int = 0
    """Mark of the code page; many programs write a wrong one or none."""


def dbf(content: Content) -> Iterator[Found]:
    """One table."""
    with told():
        header = header_of(content.head(65_536))
        total, short = stored(header, content.size)
        memo, missing = _memo(content, header)
        encoding = _encoding(content, header)

    def maker() -> Iterator[list[str | None]]:
        yield from _rows(content, header, total, memo, encoding)

    columns = [Column(field.name, kind=KINDS.get(field.kind, "text")) for field in header.fields]
    whole = not (short or missing)
    yield Group(content.path, (Table(content.place(), content.base, (*columns, DELETED), maker, total, whole=whole),))
    for why, detail in ((Why.TRUNCATED, short), (Why.FILE_MISSING, missing)):
        if detail:
            yield Unread(content.place(), why, detail)


def looks_like(head: bytes) -> bool:
    """Whether the first bytes can be a table's header: a known version, a date, lengths that fit their fields."""
    if len(head) < 33 or head[0] not in VERSIONS or not 1 <= head[2] <= 12 or not 1 <= head[3] <= 31:
        return False
    offset, length = struct.unpack_from("<HH", head, 8)
    try:
        return bool(offset >= 33 and length >= 2 and header_of(head).fields)
    except (ReachError, struct.error, IndexError, ValueError):
        return False


def header_of(head: bytes) -> Header:
    """Read the header. Raises ReachError when its lengths contradict one another."""
    version, _, _, _, declared, offset, length = struct.unpack_from("<4BIHH", head)
    fields: list[Field] = []
    start, at = 1, 32
    while at + 32 <= min(offset, len(head)) and head[at : at + 1] not in (b"\r", b"\n", b""):
        raw, kind, size, decimals = head[at : at + 11], chr(head[at + 11]), head[at + 16], head[at + 17]
        width = size + 256 * decimals if kind == "C" else size
        name = text_of(raw.split(b"\0", 1)[0], "gb18030").strip()
        fields.append(Field(name or f"column{len(fields) + 1}", kind, start, width))
        start, at = start + width, at + 32
    if not fields or start > length or length < 2:
        raise ReachError(Why.GARBLED, "dbf header")
    return Header(version, declared, offset, length, tuple(_unique(fields)), head[29])


def stored(header: Header, size: int) -> tuple[int, str]:
    """Records in the file, and what it lacks. Fewer than declared is a short file; more are read as well."""
    room = max(size - header.offset, 0)
    there = room // header.length
    return there, f"{there} records stored of {header.declared} declared" if there < header.declared else ""


def _unique(fields: list[Field]) -> Iterator[Field]:
    seen: set[str] = set()
    for field in fields:
        name, number = field.name, 2
        while name in seen:
            name, number = f"{field.name}.{number}", number + 1
        seen.add(name)
        yield Field(name, field.kind, field.start, field.size)


def _rows(content: Content, header: Header, total: int, memo: bytes | None, encoding: str) -> Iterator[list[str | None]]:
    with content.opener() as stream:
        stream.read(header.offset)
        left = total
        while left:
            block = read_up_to(stream, header.length * min(left, RECORDS))
            count = len(block) // header.length
            if not count:
                raise ReachError(Why.TRUNCATED, "records end early")
            for start in range(0, count * header.length, header.length):
                record = block[start : start + header.length]
                cells = [_cell(record[field.start : field.start + field.size], field, header, memo, encoding) for field in header.fields]
                yield [*cells, "*" if record[:1] == b"*" else ""]
            left -= count


def _cell(raw: bytes, field: Field, header: Header, memo: bytes | None, encoding: str) -> str | None:
    if field.kind == "M":
        return _memo_text(raw, memo, header.version, encoding)
    if field.kind == "I" and field.size == 4:
        return str(struct.unpack("<i", raw)[0])
    if field.kind == "B" and field.size == 8:
        return f"{struct.unpack('<d', raw)[0]:g}"
    if field.kind == "Y" and field.size == 8:
        return str(struct.unpack("<q", raw)[0] / 10_000)
    if field.kind == "T" and field.size == 8:
        return _moment(raw)
    if field.kind in ("G", "P", "0", "Q", "W"):
        return None
    return text_of(raw.rstrip(b" \0"), encoding).strip() or None


def _moment(raw: bytes) -> str | None:
    day, millis = struct.unpack("<ii", raw)
    if not 1_721_426 <= day <= 5_373_484:
        return None
    return f"{datetime.date.fromordinal(day - 1_721_425).isoformat()} {millis // 3_600_000:02d}:{millis // 60_000 % 60:02d}"


def _encoding(content: Content, header: Header) -> str:
    """UTF-8, or the encoding of traditional characters, only where the records say so themselves; the legacy code page otherwise."""
    with content.opener() as stream:
        stream.read(header.offset)
        sample = read_up_to(stream, 65_536).replace(b"\0", b" ")
    known = encoding_of(sample)
    if known and not sample.isascii() and known[0] in ("utf-8", BIG5):
        return known[0]
    # Characters that a field is too short for are cut, and nothing decodes without a mistake any more.
    traditional = header.page == TRADITIONAL and _mistakes(sample, BIG5) <= _mistakes(sample, "gb18030")
    return BIG5 if traditional else "gb18030"


def _mistakes(sample: bytes, encoding: str) -> int:
    return sample.decode(encoding, "replace").count("\ufffd")


def _memo(content: Content, header: Header) -> tuple[bytes | None, str]:
    """The memo file beside the table, and what is missing: a table that needs one and has none cannot be read whole."""
    if not any(field.kind == "M" for field in header.fields):
        return None, ""
    if content.real is None:
        return None, "memo file of a table inside an archive"
    stem = content.real.with_suffix("").name.lower()
    for other in sorted(content.real.parent.iterdir()):
        if other.with_suffix("").name.lower() == stem and other.suffix.lower() in (".fpt", ".dbt"):
            with open_plain(other) as stream:
                return read_up_to(stream, 64 * 1024 * 1024), ""
    return None, "memo file"


def _memo_text(raw: bytes, memo: bytes | None, version: int, encoding: str) -> str | None:
    text = raw.strip(b" \0") if len(raw) != 4 else raw
    number = struct.unpack("<I", raw)[0] if len(raw) == 4 else (int(text) if text.isdigit() else 0)
    if not number or memo is None:
        return None
    if version in (0x30, 0x31, 0x32, 0xF5, 0xFB):
        at = number * (int(struct.unpack_from(">H", memo, 6)[0]) or 1)
        size = struct.unpack_from(">I", memo, at + 4)[0]
        return text_of(memo[at + 8 : at + 8 + min(size, MAX_MEMO)], encoding).strip() or None
    at = number * 512
    if memo[at : at + 4] == b"\xff\xff\x08\0":
        size = struct.unpack_from("<I", memo, at + 4)[0]
        return text_of(memo[at + 8 : at + min(size, MAX_MEMO)], encoding).strip() or None
    end = memo.find(b"\x1a", at)
    return text_of(memo[at : end if end >= 0 else at + MAX_MEMO], encoding).strip() or None
