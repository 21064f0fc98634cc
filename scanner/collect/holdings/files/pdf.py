"""PDF: the lines of the first page, later pages as running text, notes and fields, the document's information, and the files that it carries."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from functools import partial
from io import BytesIO
from itertools import chain
from typing import TYPE_CHECKING

from scanner.collect.holdings.files import printed
from scanner.collect.holdings.files.archives import Inner, clean
from scanner.collect.holdings.files.broken import told
from scanner.collect.holdings.files.content import Content
from scanner.collect.holdings.files.pdfplaces import pages_of
from scanner.collect.holdings.files.word import Part
from scanner.errors import ReachError
from scanner.facts.holdings.reading import Document, Group, Unread
from scanner.model.absent import Why

if TYPE_CHECKING:
    from pypdfium2 import PdfAttachment, PdfDocument, PdfPage

MAX_NOTES, MAX_NOTE, MAX_ATTACHED = 2000, 64 * 1024, 1000
MAX_PINNED = 1000
"""Pages on which notes that carry files are looked for."""
CUT = "more notes or attached files than are read"
NOTED = (b"Contents", b"V")
"""What notes say, and what fields hold."""
MAX_DESCRIBED = 16 * 1024 * 1024
XMP, XMP_TEXT = re.compile(rb"<x:xmpmeta.*?(?:</x:xmpmeta>|\Z)", re.DOTALL), re.compile(r">([^<]+)<")
MAX_PAGES = 20
"""Pages read beyond the first; a marking stands on the first."""
UNMAPPED = 0.3
"""Share of characters without a meaning beyond which the text layer is none."""


def pdf(content: Content) -> Iterator[Document | Group | Unread]:
    """One document; without a usable text layer on its first page it is not whole. A list that is printed into it is read by its rows."""
    with told():
        opened = _opened(content)
        try:
            cut: list[int] = []
            parts = list(_parts(content, opened, cut))
            text = "\n".join(text for kind, text in parts if kind in ("line", "body"))
            lists = printed.lists_of(text, partial(pages_of, opened))
        finally:
            opened.close()
    if lists is not None and lists.grids:
        around = [*printed.parts(lists), *(part for part in parts if part[0] in ("box", "property"))]
        yield Group(content.path, printed.sources(content, lists.grids, whole=lists.whole), {"": tuple(around)})
    else:
        first = "".join(text for kind, text in parts if kind == "line")
        strange = sum(1 for char in first if char == "\ufffd" or "\ue000" <= char <= "\uf8ff" or char < " ")
        yield Document(content.place(), iter(parts), bool(first.strip()) and strange <= UNMAPPED * len(first), lists is not None)
    if cut:
        yield Unread(content.place(), Why.TRUNCATED, CUT)


def _opened(content: Content) -> PdfDocument:
    import logging  # only for what the library says

    import pypdfium2

    logging.getLogger("pypdfium2").setLevel(logging.CRITICAL)

    stream = content.opener() if content.seekable else BytesIO(content.whole())
    try:
        return pypdfium2.PdfDocument(stream, autoclose=True)
    except pypdfium2.PdfiumError as problem:
        stream.close()
        secret = any(word in str(problem).lower() for word in ("password", "security"))
        raise ReachError(Why.NO_PERMISSION if secret else Why.GARBLED, "encrypted" if secret else "PdfiumError") from None


def _parts(content: Content, opened: PdfDocument, cut: list[int]) -> Iterator[Part]:
    """All that is looked at; ``cut`` are the pages with more notes than that."""
    yield "name", content.base
    for number in range(min(len(opened), 1 + MAX_PAGES)):
        page = opened[number]
        text_page = page.get_textpage()
        text = text_page.get_text_range()
        text_page.close()
        noted, every = _notes(page)
        cut += [] if every else [number]
        page.close()
        for line in text.replace("\r\n", "\n").replace("\r", "\n").split("\n"):
            if line.strip():
                yield ("line" if number == 0 else "body"), line.strip()
        yield from (("box", text) for text in noted)
    for name, value in opened.get_metadata_dict().items():
        if value:
            yield "property", f"{name}={value}"
    yield from (("property", text) for text in _described(content))


def _notes(page: PdfPage) -> tuple[list[str], bool]:
    """What notes on a page say, and what is filled into its fields; and whether that is all of it."""
    from ctypes import create_string_buffer

    from pypdfium2 import raw

    found, count = [], int(raw.FPDFPage_GetAnnotCount(page))
    every = count <= MAX_NOTES
    for number in range(min(count, MAX_NOTES)):
        note = raw.FPDFPage_GetAnnot(page, number)
        if not note:
            continue
        for key in NOTED:
            size = int(raw.FPDFAnnot_GetStringValue(note, key, None, 0))
            every = every and size <= MAX_NOTE
            if 2 < size <= MAX_NOTE:
                buffer = create_string_buffer(size)
                raw.FPDFAnnot_GetStringValue(note, key, raw.cast(buffer, raw.POINTER(raw.FPDF_WCHAR)), size)
                found.append(buffer.raw[: size - 2].decode("utf-16-le", "replace"))
        raw.FPDFPage_CloseAnnot(note)
    return [line.strip() for text in found for line in text.replace("\r", "\n").split("\n") if line.strip()], every


def _described(content: Content) -> Iterator[str]:
    """Texts of the description in XMP, which stands in the file as it is."""
    if not 0 <= content.size <= MAX_DESCRIBED:
        return
    data = content.whole(MAX_DESCRIBED)
    for block in XMP.findall(data) if b"<x:xmpmeta" in data else ():
        text = block.decode("utf-8", "replace")
        yield from (html.unescape(one).strip() for one in XMP_TEXT.findall(text) if one.strip())


def _pinned(opened: PdfDocument) -> Iterator[PdfAttachment]:
    """Files that hang on pages as notes."""
    from pypdfium2 import PdfAttachment, raw

    for number in range(min(len(opened), MAX_PINNED)):
        page = opened[number]
        for at in range(min(int(raw.FPDFPage_GetAnnotCount(page)), MAX_NOTES)):
            note = raw.FPDFPage_GetAnnot(page, at)
            if note and raw.FPDFAnnot_GetSubtype(note) == raw.FPDF_ANNOT_FILEATTACHMENT and (held := raw.FPDFAnnot_GetFileAttachment(note)):
                yield PdfAttachment(held, opened)
            raw.FPDFPage_CloseAnnot(note)
        page.close()


def attachments(content: Content) -> Iterator[Inner]:
    """Files that it carries."""
    with told():
        opened = _opened(content)
        try:
            held = (opened.get_attachment(number) for number in range(opened.count_attachments()))
            for number, one in enumerate(chain(held, _pinned(opened)), 1):
                if number > MAX_ATTACHED:
                    yield Unread(content.place(), Why.TRUNCATED, CUT)
                    return
                data = bytes(one.get_data())
                yield content.member(clean(one.get_name()) or f"attached{number}", len(data), partial(BytesIO, data))
        finally:
            opened.close()
