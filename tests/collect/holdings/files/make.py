"""Files of every format, made from rows and lines: what the readers of files are tested with."""

from __future__ import annotations

import io
import struct
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from scanner.collect.holdings.files.content import plain
from scanner.collect.holdings.files.opening import opened
from scanner.facts.holdings.reading import Document, Group, Unread

HEAD = ["档号", "题名", "密级", "备注"]
ROWS = [
    ["X001-WS-2001-0001", "关于召开会议的通知", "公开", ""],
    ["X001-WS-2001-0002", "某工程竣工验收材料", "机密", "移交"],
    ["X001-WS-2001-0003", "保密工作检查情况", "内部", "说明"],
]
W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'


def found(path: Path) -> list[Group | Document | Unread]:
    """Everything that is found in one file, documents' parts as lists."""
    out = []
    for item in opened(plain(path, path.name)):
        if isinstance(item, Document):
            item = Document(item.place, list(item.parts), item.whole)
        out.append(item)
    return out


def tables(path: Path) -> dict[str, list[tuple[str | None, ...]]]:
    """Place of every source to its rows, names of the columns first."""
    out = {}
    for item in opened(plain(path, path.name)):
        if isinstance(item, Group):
            for source in item.sources:
                names = tuple(column.name for column in source.columns)
                rows = list(source.rows(names))
                assert source.passed == len(rows)
                out[source.place.path] = [names, *rows]
    return out


def around(path: Path) -> dict[str, tuple[tuple[str, str], ...]]:
    """What stands around the sources of a file."""
    return {key: parts for item in found(path) if isinstance(item, Group) for key, parts in item.around.items()}


def documents(path: Path) -> list[Document]:
    """Documents only."""
    return [item for item in found(path) if isinstance(item, Document)]


def unread(path: Path) -> list[Unread]:
    """What could not be read."""
    return [item for item in found(path) if isinstance(item, Unread)]


def csv_text(rows: Sequence[Sequence[str]] = (HEAD, *ROWS), separator: str = ",") -> str:
    """Plain separated text."""
    return "".join(separator.join(row) + "\r\n" for row in rows)


def packed(parts: Mapping[str, str | bytes]) -> bytes:
    """A zip of parts."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as package:
        for name, data in parts.items():
            package.writestr(name, data)
    return out.getvalue()


def docx(body: str, **parts: str) -> bytes:
    """A Word package with a body of paragraphs in XML."""
    document = f'<?xml version="1.0" encoding="UTF-8"?><w:document {W}><w:body>{body}</w:body></w:document>'
    return packed(
        {
            "[Content_Types].xml": "<Types/>",
            "word/document.xml": document,
            **{name.replace("__", "/") + ".xml": text for name, text in parts.items()},
        }
    )


def paragraph(*runs: str) -> str:
    """One paragraph of runs."""
    return "<w:p>" + "".join(f"<w:r><w:t>{run}</w:t></w:r>" for run in runs) + "</w:p>"


def ofd(lines: Sequence[tuple[float, float, str]], prefix: str = "ofd:", extra: str = "") -> bytes:
    """An OFD of one page: x, y and text of each object."""
    space = f'xmlns{":" + prefix[:-1] if prefix else ""}="http://www.ofdspec.org/2016"'
    objects = "".join(
        f'<{prefix}TextObject ID="{at}" Boundary="{x} {y} 40 6"><{prefix}TextCode X="0" Y="5">{text}</{prefix}TextCode></{prefix}TextObject>'
        for at, (x, y, text) in enumerate(lines, 10)
    )
    return packed({
        "OFD.xml": f'<{prefix}OFD {space}><{prefix}DocBody><{prefix}DocInfo><{prefix}Title>t</{prefix}Title></{prefix}DocInfo>'
        f"<{prefix}DocRoot>Doc_0/Document.xml</{prefix}DocRoot></{prefix}DocBody></{prefix}OFD>",
        "Doc_0/Document.xml": f'<{prefix}Document {space}><{prefix}Pages><{prefix}Page ID="1" BaseLoc="Pages/Page_0/Content.xml"/></{prefix}Pages></{prefix}Document>',
        "Doc_0/Pages/Page_0/Content.xml": f"<{prefix}Page {space}><{prefix}Content><{prefix}Layer>{objects}{extra}</{prefix}Layer></{prefix}Content></{prefix}Page>",
    })  # fmt: skip


def pdf(lines: Sequence[str]) -> bytes:
    """A PDF of one page whose font has no table of Unicode but a predefined map."""
    commands = [f"BT /F1 16 Tf 60 {780 - 24 * at} Td <{line.encode('utf-16-be').hex()}> Tj ET" for at, line in enumerate(lines)]
    return _pdf(["\n".join(commands) if lines else "0 0 200 200 re f"])


def printed(
    pages: Sequence[Sequence[tuple[float, float, str]]], rules: Sequence[tuple[float, float, float]] = (), turned: bool = False
) -> bytes:
    """A PDF of texts at places, counted in points from the upper left corner, and on every page of level lines: left, right, how far down."""
    drawn = "".join(f"{left} {842 - down} m {right} {842 - down} l S\n" for left, right, down in rules)
    texts = ["\n".join(f"BT /F1 9 Tf {x} {842 - y} Td <{text.encode('utf-16-be').hex()}> Tj ET" for x, y, text in page) for page in pages]
    if turned:
        # Written upwards along the left edge, and shown turned to the right.
        places = [[f"BT /F1 9 Tf 0 1 -1 0 {y} {x} Tm <{text.encode('utf-16-be').hex()}> Tj ET" for x, y, text in page] for page in pages]
        return _pdf(["\n".join(page) for page in places], "/Rotate 90", "/W [1 95 500]")
    return _pdf([drawn + page for page in texts], "", "/W [1 95 500]")


def _pdf(pages: Sequence[str], turn: str = "", widths: str = "") -> bytes:
    """Pages by their commands."""
    kids = " ".join(f"{6 + 2 * at} 0 R" for at in range(len(pages)))
    objects = [
        "<< /Type /Catalog /Pages 2 0 R >>",
        f"<< /Type /Pages /Kids [{kids}] /Count {len(pages)} >>",
        "<< /Type /Font /Subtype /Type0 /BaseFont /STSong-Light /Encoding /UniGB-UCS2-H /DescendantFonts [4 0 R] >>",
        "<< /Type /Font /Subtype /CIDFontType0 /BaseFont /STSong-Light /CIDSystemInfo << /Registry (Adobe) /Ordering (GB1) /Supplement 2 >> "
        f"/FontDescriptor 5 0 R {widths} >>",
        "<< /Type /FontDescriptor /FontName /STSong-Light /Flags 6 /ItalicAngle 0 /Ascent 880 /Descent -120 /CapHeight 880 /StemV 93 /FontBBox [-25 -254 1000 880] >>",
    ]
    for at, content in enumerate(pages):
        objects += [
            f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] {turn} /Contents {7 + 2 * at} 0 R /Resources << /Font << /F1 3 0 R >> >> >>",
            f"<< /Length {len(content)} >>\nstream\n{content}\nendstream",
        ]
    out, places = b"%PDF-1.4\n", []
    for number, text in enumerate(objects, 1):
        places.append(len(out))
        out += f"{number} 0 obj\n{text}\nendobj\n".encode("latin-1")
    start = len(out)
    out += f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n".encode() + b"".join(f"{place:010d} 00000 n \n".encode() for place in places)
    return out + f"trailer << /Size {len(objects) + 1} /Root 1 0 R >>\nstartxref\n{start}\n%%EOF\n".encode()


def dbf(
    rows: Sequence[tuple[str, str, str]],
    deleted: Sequence[int] = (),
    declared: int | None = None,
    encoding: str = "gb18030",
    tail: bytes = b"\x1a",
) -> bytes:
    """A table of three text columns."""
    widths = {"DH": 24, "TM": 60, "MJ": 10}
    fields = b"".join(name.encode().ljust(11, b"\0") + b"C" + bytes(4) + bytes([width]) + bytes(15) for name, width in widths.items())
    length = 1 + sum(widths.values())
    head = struct.pack("<4BIHH20x", 3, 120, 5, 6, len(rows) if declared is None else declared, 32 + len(fields) + 1, length)
    body = b""
    for number, row in enumerate(rows):
        cells = b"".join(cell.encode(encoding).ljust(width) for cell, width in zip(row, widths.values()))
        body += (b"*" if number in deleted else b" ") + cells
    return head + fields + b"\r" + body + tail


def compound(streams: Mapping[str, bytes]) -> bytes:
    """A compound file: every stream padded so that none is a small one."""
    names = list(streams)
    data = [streams[name] + bytes(max(4096 - len(streams[name]), 0)) for name in names]
    chains, sectors = [], []
    for item in data:
        item += bytes(-len(item) % 512)
        chains.append((len(sectors), len(item) // 512))
        sectors += [item[at : at + 512] for at in range(0, len(item), 512)]
    entries = [_entry("Root Entry", 5, -2, 0, child=1)]
    entries += [_entry(name, 2, chains[at][0], len(data[at]), right=at + 2 if at + 1 < len(names) else -1) for at, name in enumerate(names)]
    entries += [bytes(68) + b"\xff" * 12 + bytes(48)] * (-len(entries) % 4)
    folder = b"".join(entries)
    start = len(sectors)
    sectors += [folder[at : at + 512] for at in range(0, len(folder), 512)]
    table = [-1] * len(sectors)
    for first, count in [*chains, (start, len(folder) // 512)]:
        for at in range(first, first + count):
            table[at] = at + 1 if at + 1 < first + count else -2
    size = -(-(len(sectors) + 1) // 127)
    fat_at = len(sectors)
    table += [-3] * size
    table += [-1] * (size * 128 - len(table))
    sectors += [struct.pack("<128i", *table[at : at + 128]) for at in range(0, len(table), 128)]
    head = (
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
        + bytes(16)
        + struct.pack("<HHHHH6xIIiIIiIiI", 0x3E, 3, 0xFFFE, 9, 6, 0, size, start, 0, 4096, -2, 0, -2, 0)
    )
    head += struct.pack("<109i", *[fat_at + at for at in range(size)], *[-1] * (109 - size))
    return head + b"".join(sectors)


def _entry(name: str, kind: int, start: int, size: int, child: int = -1, right: int = -1) -> bytes:
    raw = (name + "\0").encode("utf-16-le")
    return raw.ljust(64, b"\0") + struct.pack("<HBBiii", len(raw), kind, 1, -1, right, child) + bytes(36) + struct.pack("<iQ", start, size)


def doc(main: str, header: str = "", box: str = "", narrow: bool = False) -> bytes:
    """A binary Word file: stories in one piece."""
    text = main + header + box + "\r"
    raw = text.encode("cp1252") if narrow else text.encode("utf-16-le")
    fib = bytearray(0x800)
    struct.pack_into("<H", fib, 0, 0xA5EC)
    struct.pack_into("<H", fib, 10, 0x0200)
    struct.pack_into("<8I", fib, 0x4C, len(main), 0, len(header), 0, 0, 0, len(box), 0)
    where = (0x800 * 2) | 0x40000000 if narrow else 0x800
    plc = struct.pack("<II", 0, len(text)) + struct.pack("<HIH", 0, where, 0)
    clx = b"\x02" + struct.pack("<I", len(plc)) + plc
    struct.pack_into("<II", fib, 0x01A2, 0, len(clx))
    return compound({"WordDocument": bytes(fib) + raw, "1Table": clx})
