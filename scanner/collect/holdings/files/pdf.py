"""PDF: the lines of the first page, later pages as running text, and the document's information."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from io import BytesIO
from typing import TYPE_CHECKING

from scanner.collect.holdings.files.broken import told
from scanner.collect.holdings.files.content import Content
from scanner.collect.holdings.files.word import Part
from scanner.errors import ReachError
from scanner.facts.holdings.reading import Document
from scanner.model.absent import Why

if TYPE_CHECKING:
    from pypdfium2 import PdfDocument

MAX_PAGES = 20
"""Pages read beyond the first; a marking stands on the first."""
UNMAPPED = 0.3
"""Share of characters without a meaning beyond which the text layer is none."""


def pdf(content: Content) -> Iterator[Document]:
    """One document; without a usable text layer on its first page it is not whole."""
    with told():
        opened = _opened(content)
        try:
            parts = list(_parts(content, opened))
        finally:
            opened.close()
    first = "".join(text for kind, text in parts if kind == "line")
    strange = sum(1 for char in first if char == "\ufffd" or "\ue000" <= char <= "\uf8ff" or char < " ")
    yield Document(content.place(), iter(parts), whole=bool(first.strip()) and strange <= UNMAPPED * len(first))


def _opened(content: Content) -> PdfDocument:
    logging.getLogger("pypdfium2").setLevel(logging.CRITICAL)
    import pypdfium2

    stream = content.opener() if content.seekable else BytesIO(content.whole())
    try:
        return pypdfium2.PdfDocument(stream, autoclose=True)
    except pypdfium2.PdfiumError as problem:
        stream.close()
        secret = "password" in str(problem).lower()
        raise ReachError(Why.NO_PERMISSION if secret else Why.GARBLED, "encrypted" if secret else "PdfiumError") from None


def _parts(content: Content, opened: PdfDocument) -> Iterator[Part]:
    yield "name", content.base
    for number in range(min(len(opened), 1 + MAX_PAGES)):
        page = opened[number]
        text_page = page.get_textpage()
        text = text_page.get_text_range()
        text_page.close()
        page.close()
        for line in text.replace("\r\n", "\n").replace("\r", "\n").split("\n"):
            if line.strip():
                yield ("line" if number == 0 else "body"), line.strip()
    for name, value in opened.get_metadata_dict().items():
        if value:
            yield "property", f"{name}={value}"
