"""Running text: the first lines of the first page, and the rest."""

from __future__ import annotations

import re
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
CONTROL = re.compile(r"\\'([0-9a-fA-F]{2})|\\u(-?\d+)\??|\\([a-z]+)(-?\d+)? ?|\\([^a-z])|([{}])|([^\\{}]+)")


def text(content: Content) -> Iterator[Document]:
    """A text file: one document."""
    yield Document(content.place(), _parts(content))


def rich_text(content: Content) -> Iterator[Document]:
    """RTF: control words dropped, characters by their code page."""
    lines = [line.strip() for line in plain_of(content.whole().decode("latin-1")).split("\n") if line.strip()]
    parts: list[Part] = [("name", content.base)]
    parts += [("line" if number < FIRST_PAGE else "body", line) for number, line in enumerate(lines)]
    yield Document(content.place(), iter(parts))


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


def plain_of(source: str) -> str:
    """Text of an RTF source."""
    found: list[str] = []
    raw = bytearray()
    for match in CONTROL.finditer(source):
        code, wide, word, _, symbol, _, run = match.groups()
        if code:
            raw.append(int(code, 16))
            continue
        if raw:
            found.append(text_of(bytes(raw), "gb18030"))
            raw.clear()
        if wide:
            found.append(chr(int(wide) % 65536))
        elif word in ("par", "line", "page", "row"):
            found.append("\n")
        elif word in ("cell", "tab"):
            found.append("\t")
        elif symbol in ("\\", "{", "}"):
            found.append(symbol)
        elif run:
            found.append(run.replace("\r", "").replace("\n", ""))
    return "".join(found)
