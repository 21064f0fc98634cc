"""The seal inside a PDF: an appended section with an attached file, as PDF readers show it, and nothing else.

The section follows from the document and the seal alone. Reading makes it again and compares: what else was appended, or what
was changed in it, is not the sealed document.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import islice

NAME = "shiqu.seal"
_START = re.compile(rb"startxref\r?\n?\s*(\d{1,10})\s*%%EOF\s*\Z")
_MARK = b"%shiqu-seal-1 "
_ROOT = re.compile(rb"/Root\s+(\d{1,9})\s+(\d{1,5})\s+R")
_SIZE = re.compile(rb"/Size\s+(\d{1,9})")
_KEPT = (
    re.compile(rb"/Info\s+\d{1,9}\s+\d{1,5}\s+R"),
    re.compile(rb"/ID\s*\[(?:\s*(?:<[0-9A-Fa-f\s]*>|\((?:[^()\\]|\\.)*\))){2}\s*\]", re.S),
)
"""What a new trailer takes over from the old one, beside root and size."""
_MAX_TAIL = 4096


@dataclass(frozen=True, slots=True)
class _Place:
    """Where and how a section can be appended to a document."""

    offset: int
    """Of the last cross-reference table."""
    root: int
    generation: int
    size: int
    catalog: bytes
    stream: bool
    """Whether the table is a stream."""
    kept: bytes
    """Entries of the trailer that go on."""


def embedded(document: bytes, seal: bytes) -> bytes | None:
    """The document with the seal inside, None when its form leaves no safe place for it."""
    place = _place(document)
    if place is None:
        return None
    file, spec, name = place.size, place.size + 1, NAME.encode()
    head = b"<< /Type /EmbeddedFile /Subtype /application#2Fzip /Length %d /Params << /Size %d >> >>" % (len(seal), len(seal))
    described = b"<< /Type /Filespec /F (%s) /UF (%s) /Desc (shiqu seal) /AFRelationship /Supplement /EF << /F %d 0 R /UF %d 0 R >> >>"
    attached = b" /AF [%d 0 R] /Names << /EmbeddedFiles << /Names [(%s) %d 0 R] >> >> >>" % (spec, name, spec)
    objects = [
        (file, 0, head + b"\nstream\n" + seal + b"\nendstream"),
        (spec, 0, described % (name, name, file, file)),
        (place.root, place.generation, place.catalog[:-2].rstrip() + attached),
    ]
    body, places = b"\n" + _MARK + b"%d\n" % len(document), {}
    for number, version, text in objects:
        places[number] = (len(document) + len(body), version)
        body += b"%d %d obj\n" % (number, version) + text + b"\nendobj\n"
    start = len(document) + len(body)
    body += (_stream_table if place.stream else _plain_table)(places, place, start)
    return document + body + b"startxref\n%d\n%%%%EOF\n" % start


def taken_apart(data: bytes) -> tuple[bytes, bytes | None]:
    """(document, seal inside) of a PDF, or (the data, None) when nothing of ours is inside or it is not exactly ours."""
    if not data.startswith(b"%PDF"):
        return data, None
    at = data.rfind(b"\n" + _MARK)
    if at < 0:
        return data, None
    size, _, rest = data[at + 1 + len(_MARK) :].partition(b"\n")
    if size != str(at).encode():
        return data, None
    start = rest.find(b"stream\n") + 7
    length = re.match(rb"\d+ 0 obj\n<< /Type /EmbeddedFile /Subtype /application#2Fzip /Length (\d{1,9}) ", rest)
    if length is None:
        return data, None
    seal = rest[start : start + int(length[1])]
    if embedded(data[:at], seal) != data:
        return data, None
    return data[:at], seal


def was_sealed(data: bytes) -> bool:
    """Whether a PDF begins as one with our section: then it was changed after it had been sealed."""
    at = data.rfind(b"\n" + _MARK) if data.startswith(b"%PDF") else -1
    return at >= 0 and data.startswith(b"%d\n" % at, at + 1 + len(_MARK))


def _place(document: bytes) -> _Place | None:
    """None for a document that is encrypted, has attachments already, or is not of the plain form that is understood here."""
    tail = _START.search(document[-_MAX_TAIL:])
    if tail is None:
        return None
    offset = int(tail[1])
    trailer = document[offset:]
    stream = re.match(rb"\d{1,9} \d{1,5} obj\b", trailer) is not None
    if not stream and not trailer.startswith(b"xref"):
        return None
    dictionary = trailer.partition(b"stream")[0] if stream else trailer.partition(b"trailer")[2]
    root, size = _ROOT.search(dictionary), _SIZE.search(dictionary)
    if root is None or size is None or b"/Encrypt" in dictionary:
        return None
    number, generation = int(root[1]), int(root[2])
    catalog = _object(document, number, generation)
    if b"/Catalog" not in catalog or re.search(rb"/(AF|Names)\b", catalog):
        return None
    kept = b"".join(b" " + match[0] for pattern in _KEPT if (match := pattern.search(dictionary)))
    return _Place(offset, number, generation, int(size[1]), catalog, stream, kept)


def _object(document: bytes, number: int, generation: int) -> bytes:
    """The dictionary that is the one object of this number; empty when it stands in a stream, twice, or is no dictionary."""
    heads = [match.end() for match in islice(re.finditer(rb"(?<!\d)%d %d obj\b" % (number, generation), document), 2)]
    if len(heads) != 1:
        return b""
    body = document[heads[0] : max(heads[0], document.find(b"endobj", heads[0]))].strip()
    return body if body.startswith(b"<<") and body.endswith(b">>") else b""


def _plain_table(places: Mapping[int, tuple[int, int]], place: _Place, _start: int) -> bytes:
    text = b"xref\n"
    for number in sorted(places):
        text += b"%d 1\n%010d %05d n \n" % (number, *places[number])
    trailer = b"trailer\n<< /Size %d /Root %d %d R /Prev %d%s >>\n"
    return text + trailer % (place.size + 2, place.root, place.generation, place.offset, place.kept)


def _stream_table(places: Mapping[int, tuple[int, int]], place: _Place, start: int) -> bytes:
    own = place.size + 2
    held = {**places, own: (start, 0)}
    rows = b"".join(struct.pack(">BQH", 1, *held[number]) for number in sorted(held))
    index = b" ".join(b"%d 1" % number for number in sorted(held))
    head = b"<< /Type /XRef /Size %d /Root %d %d R /Prev %d%s /W [1 8 2] /Index [%s] /Length %d >>"
    said = head % (own + 1, place.root, place.generation, place.offset, place.kept, index, len(rows))
    return b"%d 0 obj\n" % own + said + b"\nstream\n" + rows + b"\nendstream\nendobj\n"
