"""Running text: the first lines of the first page, and the rest."""

from __future__ import annotations

from collections.abc import Iterator
from io import BufferedReader

from scanner.collect.holdings.files.broken import told
from scanner.collect.holdings.files.content import Content
from scanner.collect.holdings.files.encodings import WIDE, Utf8Of, encoding_of, text_of
from scanner.collect.holdings.files.word import FIRST_PAGE, Part
from scanner.facts.holdings.escapes import spelt_out
from scanner.facts.holdings.reading import Document

MAX_LINE = 1024 * 1024
"""Longer lines come in pieces."""


def text(content: Content) -> Iterator[Document]:
    """A text file: one document."""
    yield Document(content.place(), _parts(content))


def nothing(content: Content) -> Iterator[Document]:
    """A picture or recording: there is no text to look at, which is not the same as no marking."""
    yield Document(content.place(), iter([("name", content.base)]), whole=False)


def _parts(content: Content) -> Iterator[Part]:
    yield "name", content.base
    encoding, mark = encoding_of(content.head()) or ("gb18030", 0)
    number = 0
    with told(), content.opener() as raw:
        raw.read(mark)
        stream = BufferedReader(Utf8Of(raw, encoding)) if encoding in WIDE else raw
        used = "utf-8" if encoding in WIDE else encoding
        while line := stream.readline(MAX_LINE):
            for piece in text_of(line, used).replace("\r", "\n").replace("\x0c", "\n").split("\n"):
                if piece.strip():
                    number += 1
                    yield ("line" if number <= FIRST_PAGE else "body"), spelt_out(piece.strip())
