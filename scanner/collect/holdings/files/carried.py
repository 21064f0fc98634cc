"""Files that other files carry: attachments of mail, workbooks inside documents."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from functools import partial
from io import BytesIO

from scanner.collect.holdings.files import package as packages
from scanner.collect.holdings.files.archives import Inner, zip_members
from scanner.collect.holdings.files.broken import told
from scanner.collect.holdings.files.compounds import compound_of
from scanner.collect.holdings.files.content import Content
from scanner.facts.holdings.hints import hint_in_title
from scanner.facts.holdings.leftover import has_level
from scanner.facts.holdings.reading import Unread
from scanner.model.absent import Why

OFFICE = ("docx", "pptx", "xlsx", "opendocument")
OBJECT = re.compile(
    r"/embeddings/|(?:^|!)Object[^/]*$|(?:^|!)Media/[^/]*\.(?:ods|odt|csv|txt)$|(?:^|!)word/[^/]*\.(?:html?|mht|rtf|txt|docx)$"
)
"""Where a package keeps what it carries."""
ATTACHED = re.compile(r"/[Aa]ttach[^/]*/(?![Aa]ttachments?\.xml$)")
HEXADECIMAL = re.compile(rb"(?i)(?:d0cf11e0a1b11ae1|504b0304)[0-9a-f\s]{200,}")
SLIDES = "PowerPoint Document"
WHOLE_OBJECTS = ("Workbook", "Book", "WordDocument", SLIDES)
CONTENTS = "CONTENTS"
"""Where programs keep a file as it is."""
BEGINS = re.compile(rb"(?:\A|(?<=\n))From \S+[^\n]*\n(?=[A-Za-z-]+: )")
"""The line before each message of a box of mail."""
FILES = (
    ".ods", ".odt", ".pdf", ".ofd", ".xlsx", ".xlsm", ".xls", ".xlsb", ".et", ".docx", ".docm", ".doc", ".wps", ".pptx", ".rtf", ".csv", ".tsv", ".txt", ".json", ".sql",
    ".htm", ".html", ".mht", ".eml", ".msg", ".dbf", ".mdb", ".accdb", ".db", ".sqlite", ".zip", ".7z", ".rar", ".tar", ".gz",
)  # fmt: skip
"""How files are called that may hold records, wherever a package keeps them."""
PLACES = re.compile(rb"<(?:\w+:)?FileLoc\s*>\s*([^<]+?)\s*<")
"""Where an OFD says that its attachments lie."""


def mail_members(content: Content) -> Iterator[Inner]:
    """Every part of a message that is not made of parts itself."""
    import email.header
    import email.policy

    with told():
        message = email.message_from_bytes(content.whole(), policy=email.policy.compat32)
        subject = str(email.header.make_header(email.header.decode_header(message.get("Subject") or "")))
        if hint_in_title(subject) or has_level(subject):
            yield Unread(content.place(), Why.GARBLED, "a subject that names a level")
        for number, part in enumerate(message.walk(), 1):
            data = part.get_payload(decode=True)
            if isinstance(data, bytes) and data:
                end = "csv" if part.get_content_subtype() == "csv" else "html" if part.get_content_subtype() == "html" else "part"
                yield content.member(f"part{number}.{end}", len(data), partial(BytesIO, data))


def mbox_members(content: Content) -> Iterator[Inner]:
    """Every message of a box of mail."""
    with told():
        data = content.whole()
        begins = [found.start() for found in BEGINS.finditer(data)]
        for number, (start, end) in enumerate(zip(begins, [*begins[1:], len(data)]), 1):
            message = data[data.find(b"\n", start) + 1 : end]
            yield content.member(f"message{number}.eml", len(message), partial(BytesIO, message))


def attached(content: Content) -> Iterator[Inner]:
    """Files that an OFD carries: where it says so, where they use to lie, or whatever is called like one."""
    told_places = _places(content)
    for inner in zip_members(content):
        path = inner.place.path if isinstance(inner, Unread) else inner.path
        if ATTACHED.search(path) is not None or path.lower().endswith(FILES) or path.rpartition("!")[2] in told_places:
            yield inner


def _places(content: Content) -> frozenset[str]:
    """Parts that the lists of attachments in an OFD name."""
    found = set[str]()
    with packages.opened(content) as package:
        for name in package.namelist():
            if name.endswith("ttachments.xml"):
                places = [place.decode("utf-8", "replace") for place in PLACES.findall(packages.part(package, name))]
                found |= {posixpath.normpath(posixpath.join("/", posixpath.dirname(name), place)).lstrip("/") for place in places}
    return frozenset(found)


def in_compound(content: Content) -> Iterator[Inner]:
    """Files that a compound file carries: as they are, or put together where they are in pieces of its own."""
    import olefile

    with told():
        data = content.whole()
        with olefile.OleFileIO(BytesIO(data)) as file:
            for number, path in enumerate(file.listdir(), 1):
                end = path[-1]
                if end == "Package" or end == "\x01Ole10Native":
                    inner = file.openstream(path).read()
                    inner = _native(inner) if end != "Package" else inner
                    yield content.member(f"object{number}", len(inner), partial(BytesIO, inner))
                elif end == CONTENTS and (inner := file.openstream(path).read()).startswith(b"%PDF-"):
                    yield content.member(f"object{number}", len(inner), partial(BytesIO, inner))
                elif len(path) > 1 and end in WHOLE_OBJECTS:
                    inner = compound_of({one[-1]: file.openstream(one).read() for one in file.listdir() if one[:-1] == path[:-1]})
                    yield content.member(f"object{number}", len(inner), partial(BytesIO, inner))


def in_rich_text(content: Content) -> Iterator[Inner]:
    """Files that an RTF carries in hexadecimal."""
    with told():
        for number, found in enumerate(HEXADECIMAL.finditer(content.whole()), 1):
            digits = b"".join(found[0].split())
            data = bytes.fromhex(digits[: len(digits) // 2 * 2].decode("ascii"))
            inner = content.member(f"object{number}", len(data), partial(BytesIO, data))
            yield from _object(inner) if data[:2] != b"PK" else (inner,)


def _native(data: bytes) -> bytes:
    """The file in a wrapper that says its name and length first; without them all of it."""
    at = data.find(b"\0", data.find(b"\0", 6) + 1)
    if at < 0 or at + 9 > len(data):
        return data
    size = int.from_bytes(data[at + 5 : at + 9], "little")
    begin = at + 9 + size
    length = int.from_bytes(data[begin : begin + 4], "little")
    return data[begin + 4 : begin + 4 + length] if 0 < length <= len(data) - begin - 4 else data


def embedded(content: Content) -> Iterator[Inner]:
    """Files of offices inside a file of an office."""
    with packages.opened(content) as package:
        if not any(OBJECT.search(name) for name in package.namelist()):
            return
    for inner in zip_members(content):
        path = inner.place.path if isinstance(inner, Unread) else inner.path
        if isinstance(inner, Content) and path.endswith(".bin") and "/embeddings/" in path:
            yield from _object(inner)
        elif OBJECT.search(path) and (path.lower().endswith(FILES) or "/embeddings/" not in path):
            yield inner


def _object(content: Content) -> Iterator[Inner]:
    """An object in a compound file: a whole document, or one that carries a file; formulas and the like are none."""
    import olefile

    with told():
        data = content.whole()
        if not olefile.isOleFile(data):
            return
        with olefile.OleFileIO(BytesIO(data)) as file:
            whole = [name for name in WHOLE_OBJECTS if file.exists(name)]
    if whole:
        yield content
    # What is read as a document or workbook gives what it carries itself.
    if set(whole) <= {SLIDES}:
        yield from in_compound(content)
