"""What a content is, by its own bytes; an extension never decides."""

from __future__ import annotations

import re
import zipfile
from io import BytesIO

from scanner.collect.holdings.files import dbf, marc, unusual
from scanner.collect.holdings.files import package as packages
from scanner.collect.holdings.files.content import Content
from scanner.collect.holdings.files.encodings import encoding_of
from scanner.errors import ReachError

MAGIC: tuple[tuple[bytes, str], ...] = (
    (b"SQLite format 3\0", "sqlite"),
    (b"\0\1\0\0Standard Jet DB", "access"),
    (b"\0\1\0\0Standard ACE DB", "access"),
    (b"7z\xbc\xaf\x27\x1c", "7z"),
    (b"Rar!\x1a\x07", "rar"),
    (b"\xfd7zXZ\0", "xz"),
    (b"\x1f\x8b", "gz"),
    (b"BZh", "bz2"),
    (b"PGDMP", "pgdump"),
    (b"{\\rtf", "rtf"),
    (b"\x89PNG", "picture"),
    (b"\xff\xd8\xff", "picture"),
    (b"GIF8", "picture"),
    (b"BM", "picture"),
    (b"II*\0", "picture"),
    (b"MM\0*", "picture"),
    (b"PAR1", "parquet"),
    (b"\x28\xb5\x2f\xfd", "zstd"),
    (b"TAPE", "mssql-backup"),
)
PACKAGES = (
    ("xl/workbook.xml", "xlsx"),
    ("xl/workbook.bin", "xlsb"),
    ("word/document.xml", "docx"),
    ("ppt/presentation.xml", "pptx"),
    ("OFD.xml", "ofd"),
)
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
SQL = re.compile(
    rb"(?im)^\s*(?:(?:INSERT|REPLACE)\s+INTO\s|INSERT\s+ALL\s|MERGE\s+INTO\s|INSERT\s+[^\r\n]{1,400}\)\s*VALUES\s*\(|CREATE\s+TABLE\s|COPY\s\S+\s\(.*\)\sFROM\sstdin;)"
    rb"|^-- (?:MySQL dump|MariaDB dump|PostgreSQL database dump)"
)
FLAT = re.compile(rb"<(?:[A-Za-z]+:)?document\b[^>]*urn:oasis:names:tc:opendocument:xmlns:office")
SHEETS_2003 = re.compile(rb"<(?:\w+:)?Workbook\b[^>]*urn:schemas-microsoft-com:office:spreadsheet")
WORD_2003 = re.compile(
    rb"<(?:\w+:)?wordDocument\b[^>]*schemas\.microsoft\.com/office/word/2003|<\?mso-application\s+progid=\"Word\.Document\""
)
"""Documents in one XML."""
MADE = re.compile(rb"<(?:mysqldump|pma_xml_export)[\s>]")
"""Dumps of databases as XML."""
HTML = re.compile(rb"(?is)<(?:!doctype\s+html|html)\b|\A<(?:head|body|table)\b")
TABLE = re.compile(rb"(?i)<table\b")
ROOT = re.compile(rb"<(?!xml\b)([A-Za-z_][\w:.-]*)")
OF_PAGES = frozenset(b"a b blockquote br center dd div dl dt em fieldset font footer form h1 h2 h3 h4 h5 h6 header hr i img input label li link main meta "
                     b"nav ol p pre script section small span strong style table tbody td th thead title tr u ul".split())  # fmt: skip
"""Elements with which a piece of a page may begin; others may have parts called tables, too."""
JSON = re.compile(rb"\{\s*(?:[\"{}\[\]]|-?\d|true|false|null)|\[(?:\s*\[)*\s*(?:[\"{\]]|(?:-?\d[\d.eE+-]*|true|false|null)\s*[,\]])")
MBOX = re.compile(rb"From \S+[^\n]*\n(?=[A-Za-z-]+: )")
MAIL = re.compile(rb"(?i)(?:From|To|Subject|MIME-Version|Received|Return-Path|Date|Message-ID|Content-Type|Delivered-To|X-[A-Za-z-]+): ")


def kind_of(content: Content) -> str:
    """One word for the format; ``unknown`` when none fits."""
    head = content.head()
    if not head:
        return "empty"
    if (head[:2] == b"PK" or (head[:2] == b"MZ" and _unpacks_itself(content))) and (found := _package(content)):
        return found
    if head.startswith(OLE):
        return _compound(content)
    for magic, name in MAGIC:
        if head.startswith(magic):
            return name
    if b"%PDF-" in head[:1024]:
        return "pdf"
    if head[257:262] == b"ustar":
        # pg_dump -Ft: its rows lie in members without names of columns, which its list of contents has.
        return "pgdump" if head.startswith(b"toc.dat\0") and head[512:517] == b"PGDMP" else "tar"
    if dbf.looks_like(head):
        return "dbf"
    if marc.looks_like(head):
        return "marc"
    return _text(head) or "unknown"


def _unpacks_itself(content: Content) -> bool:
    """Whether a program carries a zip at its end."""
    with content.opener() if content.seekable else BytesIO(content.whole()) as stream:
        return zipfile.is_zipfile(stream)


def _package(content: Content) -> str | None:
    try:
        with packages.opened(content) as package:
            names = set(package.namelist())
            for name, found in PACKAGES:
                if name in names:
                    return found
            if unusual.TYPES in names and (found_by_types := unusual.kind_by_types(package)) is not None:
                return found_by_types
            if "encrypted-package" in names and _is_open(package, names):
                return "encrypted"
            return "opendocument" if "content.xml" in names and _is_open(package, names) else "zip"
    except (zipfile.BadZipFile, ReachError, UnicodeDecodeError, NotImplementedError):
        return "zip"


def _is_open(package: zipfile.ZipFile, names: set[str]) -> bool:
    """Whether a package says that it is an OpenDocument."""
    said = next((name for name in ("mimetype", "META-INF/manifest.xml") if name in names), None)
    return said is not None and b"opendocument" in packages.part(package, said)


def _compound(content: Content) -> str:
    import olefile

    try:
        stream = content.opener() if content.seekable else BytesIO(content.whole())
        with stream, olefile.OleFileIO(stream) as file:
            names = {"/".join(path) for path in file.listdir()}
    except (OSError, ValueError, IndexError, TypeError):
        return "compound"
    if "EncryptedPackage" in names or "EncryptionInfo" in names:
        return "encrypted"
    if names & {"Workbook", "Book"}:
        return "xls"
    return "doc" if "WordDocument" in names else "compound"


def _is_piece_of_page(text: bytes) -> bool:
    """Whether markup without the frame of a page has a table of one."""
    root = ROOT.search(text)
    return TABLE.search(text) is not None and root is not None and root[1].lower() in OF_PAGES


def _text(head: bytes) -> str | None:
    known = encoding_of(head)
    if known is None:
        return None
    text = (
        head[known[1] :].lstrip()
        if known[0] in ("utf-8", "gb18030")
        else head.decode(known[0], "replace").encode().lstrip(b"\xef\xbb\xbf \r\n\t")
    )
    if text.startswith(b"<"):
        if FLAT.search(text[:4096]):
            return "flat-opendocument"
        if SHEETS_2003.search(text[:4096]):
            return "sheets-2003"
        if WORD_2003.search(text[:4096]):
            return "word-xml"
        if marc.NAMESPACE.search(text[:4096]):
            return "marc-xml"
        if MADE.search(text[:4096]):
            return "xml"
        return "html" if HTML.search(text[:4096]) or _is_piece_of_page(text[:4096]) else "xml"
    if JSON.match(text):
        return "json"
    if text.startswith(b"ID;P"):
        return "sylk"
    if (first := MBOX.match(text)) is not None and MAIL.match(text[first.end() :]):
        return "mbox"
    if MAIL.match(text) and (text.startswith(b"MIME-Version:") or b"\nMIME-Version:" in text[:65536]):
        return "mail"
    return "sql" if SQL.search(text) else "text"
