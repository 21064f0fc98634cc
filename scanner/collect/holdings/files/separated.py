"""How a separated text is written, and its records without what is none."""

from __future__ import annotations

from dataclasses import dataclass
from io import BufferedReader
from typing import BinaryIO

from scanner.collect.holdings.files.content import Content
from scanner.collect.holdings.files.encodings import WIDE, Utf8Of
from scanner.collect.holdings.files.splitter import Block, Loose
from scanner.facts.holdings.reading import Column

END = b"\x1a"
"""The sign by which old programs end a file."""


@dataclass(frozen=True, slots=True)
class Layout:
    """How a separated text is written."""

    encoding: str
    mark: int
    """Bytes of the byte order mark."""
    separator: bytes
    skip: int
    """Records above the first one of data: captions and the row of names."""
    columns: tuple[Column, ...]
    captions: tuple[str, ...] = ()
    quoting: bool = True
    """False where a quote is a letter like any other (COPY blocks)."""

    @property
    def transcoded(self) -> bool:
        """Whether bytes of separators could be part of characters, so that it is read as UTF-8."""
        return self.encoding in WIDE or (self.encoding == "gb18030" and self.separator in (b"|", b"^", b"~"))


def open_text(content: Content, layout: Layout) -> BinaryIO:
    """The text behind its byte order mark, as UTF-8 where its own bytes cannot be cut."""
    stream = content.opener()
    stream.read(layout.mark)
    if not layout.transcoded:
        return stream
    return BufferedReader(Utf8Of(stream, layout.encoding), 1024 * 1024)


def ended(block: Block | Loose) -> Block | Loose:
    """Without :data:`END`: it is no record."""
    if isinstance(block, Loose):
        return Loose(block.rows[:-1]) if block.rows and [cell.strip() for cell in block.rows[-1]] == [END] else block
    if not len(block.starts) or block.data[int(block.starts[-1]) : int(block.ends[-1])].strip() != END:
        return block
    return Block(block.data, block.starts[:-1], block.ends[:-1], block.marks, block.first[:-1], block.counts[:-1], held=block.held)


def below(block: Block | Loose, above: int) -> Block | Loose:
    """Without the first ones."""
    if isinstance(block, Loose):
        return Loose(block.rows[above:])
    return Block(
        block.data, block.starts[above:], block.ends[above:], block.marks, block.first[above:], block.counts[above:], held=block.held
    )
