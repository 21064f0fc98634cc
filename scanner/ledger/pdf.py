"""The seal inside a PDF: an appended section with an attached file, as PDF readers show it, and nothing else.

The section follows from the document and the seal alone. Reading makes it again and compares: what else was appended, or what
was changed in it, is not the sealed document.
"""

from __future__ import annotations

import re
import struct

NAME = "shiqu.seal"
_START = re.compile(rb"startxref\r?\n?\s*(\d{1,10})\s*%%EOF\s*\Z")
_MARK = b"%shiqu-seal-1 "
_ROOT = re.compile(rb"/Root\s+(\d{1,9})\s+(\d{1,5})\s+R")
_SIZE = re.compile(rb"/Size\s+(\d{1,9})")
_MAX_TAIL = 4096


def embedded(document: bytes, seal: bytes) -> bytes | None:
    """The document with the seal inside, None when its form leaves no safe place for it."""
    found = _root(document)
    if found is None:
        return None
    offset, root, generation, size, catalog, stream = found
    objects: list[tuple[int, int, bytes]] = []
    file, spec = size, size + 1
    head = b"<< /Type /EmbeddedFile /Subtype /application#2Fzip /Length %d /Params << /Size %d >> >>" % (len(seal), len(seal))
    objects.append((file, 0, head + b"\nstream\n" + seal + b"\nendstream"))
    name = NAME.encode()
    objects.append(
        (spec, 0, b"<< /Type /Filespec /F (%s) /UF (%s) /AFRelationship /Supplement /EF << /F %d 0 R >> >>" % (name, name, file))
    )
    new = b" /AF [%d 0 R] /Names << /EmbeddedFiles << /Names [(%s) %d 0 R] >> >> >>" % (spec, name, spec)
    objects.append((root, generation, catalog.rstrip()[:-2].rstrip() + new))
    body, places = b"\n" + _MARK + b"%d\n" % len(document), {}
    base = len(document)
    for number, version, text in objects:
        places[number] = (base + len(body), version)
        body += b"%d %d obj\n" % (number, version) + text + b"\nendobj\n"
    start = base + len(body)
    table = _stream_table if stream else _plain_table
    body += table(places, root, generation, size + (3 if stream else 2), offset, start)
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


def _root(document: bytes) -> tuple[int, int, int, int, bytes, bool] | None:
    """(offset of the last table, root object, generation, size, catalogue, whether the table is a stream)."""
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
    pattern = re.compile(rb"(?<!\d)%d %d obj\s*(<<.*?>>)\s*endobj" % (number, generation), re.S)
    found = pattern.findall(document)
    if len(found) != 1 or b"/Catalog" not in found[0] or re.search(rb"/(AF|Names)\b", found[0]):
        return None
    return offset, number, generation, int(size[1]), found[0], stream


def _plain_table(places: dict[int, tuple[int, int]], root: int, generation: int, size: int, previous: int, _start: int) -> bytes:
    text = b"xref\n"
    for number in sorted(places):
        text += b"%d 1\n%010d %05d n \n" % (number, *places[number])
    return text + b"trailer\n<< /Size %d /Root %d %d R /Prev %d >>\n" % (size, root, generation, previous)


def _stream_table(places: dict[int, tuple[int, int]], root: int, generation: int, size: int, previous: int, start: int) -> bytes:
    own = size - 1
    held = places | {own: (start, 0)}
    rows = b"".join(struct.pack(">BQH", 1, *held[number]) for number in sorted(held))
    index = b" ".join(b"%d 1" % number for number in sorted(held))
    head = b"<< /Type /XRef /Size %d /Root %d %d R /Prev %d /W [1 8 2] /Index [%s] /Length %d >>"
    return b"%d 0 obj\n" % own + head % (size, root, generation, previous, index, len(rows)) + b"\nstream\n" + rows + b"\nendstream\nendobj\n"


__all__ = ["NAME", "embedded", "taken_apart"]
