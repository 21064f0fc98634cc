"""Library records (MARC21, UNIMARC, CNMARC) in ISO 2709 or in XML: each one a row, its cells by tag and subfield."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from scanner.collect.holdings.files.content import Content
from scanner.collect.holdings.files.encodings import encoding_of, text_of
from scanner.collect.holdings.files.kinds import MAX_COLUMNS, Kind, learn
from scanner.collect.holdings.files.table import Table
from scanner.collect.holdings.files.xmlsafe import events, forget, local
from scanner.errors import ReachError
from scanner.facts.holdings.reading import Column, Found, Group, Unread
from scanner.model.absent import Why

RECORD, FIELD, SUBFIELD = b"\x1d", b"\x1e", b"\x1f"
LEADER, ENTRY = 24, 12
"""Bytes before the directory of a record, and of each of its entries: tag, length and place of a field."""
NAMESPACE = re.compile(rb"MARC21/slim|info:lc/xmlns/marcxchange")
LABELS = {"001": "档号", "245a": "题名", "200a": "题名", "355a": "密级", "260c": "日期", "210d": "日期", "200f": "责任者", "245c": "责任者"}
"""What is a label elsewhere is the number of a field here."""
NOTES = re.compile(r"(?:3[0-4]\d|5\d\d)[a-z]")
MAX_RECORD = 1024 * 1024
STEP = 256 * 1024
_STARTS = re.compile(rb"\d{5}[ -~]{7}\d{5}[ -~]{3}4[\d ]{3}")
Cells = dict[str, str]


def looks_like(head: bytes) -> bool:
    """Whether the first bytes are the leader of a record, and its directory follows."""
    return _STARTS.match(head) is not None and FIELD in head and (len(head.split(FIELD, 1)[0]) - LEADER) % ENTRY == 0


def marc(content: Content) -> Iterator[Found]:
    """Records one behind the other."""
    yield from _found(content, _records)


def marc_xml(content: Content) -> Iterator[Found]:
    """The same in XML."""
    yield from _found(content, _elements)


def _found(content: Content, records: Callable[[Content], Iterator[Cells]]) -> Iterator[Found]:
    kinds, lost = learn((("", cells) for cells in records(content)), "too many kinds of fields")
    kind = kinds.get("", Kind())
    if lost is not None:
        yield Unread(content.place(), lost.why, f"{lost.detail}, after {kind.number} rows")
    described = tuple(Column(name, LABELS.get(name) or ("附注" if NOTES.fullmatch(name) else "")) for name in kind.columns)
    maker = kind.rows(lambda: records(content))
    yield Group(content.path, (Table(content.place(), content.base, described, maker, kind.number, whole=lost is None),))


def _records(content: Content) -> Iterator[Cells]:
    encoding = (encoding_of(content.head()) or ("utf-8", 0))[0]
    rest = b""
    with content.opener() as stream:
        while piece := stream.read(STEP):
            *whole, rest = (rest + piece).split(RECORD)
            for record in whole:
                yield _fields(record.lstrip(b"\r\n"), encoding)
            if len(rest) > MAX_RECORD:
                raise ReachError(Why.GARBLED, "record without an end")
    if rest.strip(b"\r\n\x1a\0 "):
        raise ReachError(Why.TRUNCATED, "record without an end")


def _fields(record: bytes, encoding: str) -> Cells:
    """Fields in the order of the directory. Its lengths are not trusted: some programs count characters."""
    head, *fields = record.removesuffix(FIELD).split(FIELD)
    entries = [head[at : at + ENTRY] for at in range(LEADER, len(head), ENTRY)]
    if len(entries) != len(fields) or not all(entry[3:].isdigit() and len(entry) == ENTRY for entry in entries):
        raise ReachError(Why.GARBLED, "directory of a record")
    found: Cells = {}
    for entry, field in zip(sorted(entries, key=lambda entry: entry[7:]), fields):
        tag = text_of(entry[:3], "ascii")
        first, *parts = field.split(SUBFIELD)
        for name, text in [(tag + text_of(part[:1], "ascii"), part[1:]) for part in parts] or [(tag, first)]:
            _put(found, name, text_of(text, encoding).strip())
    return found


def _elements(content: Content) -> Iterator[Cells]:
    with content.opener() as stream:
        for _, record in events(stream, content.size, ("end",), "record"):
            found: Cells = {}
            for field in record:
                tag = field.get("tag") or local(field)
                parts = [(tag + (part.get("code") or ""), part.text) for part in field if local(part) == "subfield"]
                for name, text in parts or [(tag, field.text)]:
                    _put(found, name, (text or "").strip())
            yield found
            forget(record)


def _put(cells: Cells, name: str, text: str) -> None:
    """A field that comes again keeps each of its texts."""
    number, free = 2, name
    while free in cells:
        free, number = f"{name}.{number}", number + 1
        if number > MAX_COLUMNS:
            raise ReachError(Why.TRUNCATED, "too many fields of one kind")
    cells[free] = text
