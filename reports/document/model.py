"""What a paged report is made of. Texts are raw here; a renderer makes them inert by :func:`reports.document.model.tidy`."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from reports import inert
from reports.document.drawing import Drawing

_NO_TEXT = re.compile("[\ufffe\uffff]")
"""Code points that are no characters and may not stand in XML."""

LONGEST = 2000
"""Characters of one text; what is cut is counted in its place."""


def tidy(text: str) -> str:
    """One line that cannot act and is not endless. Every text of every block goes through here, once, when it is written out."""
    if len(text) > LONGEST:
        text = f"{text[:LONGEST]}… [{len(text)}]"
    return _NO_TEXT.sub(lambda found: f"\\u{ord(found[0]):04x}", inert.line(text))


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell of a table."""

    text: str
    tone: str = ""
    """Code of a result, status, severity or state, for its colour; or empty."""
    mono: bool = False
    strong: bool = False


Content = Cell | str
Row = Sequence[Content]


def plain(cell: Content) -> str:
    """The text of a cell, whatever its look."""
    return cell if isinstance(cell, str) else cell.text


@dataclass(frozen=True, slots=True)
class Column:
    """Head of a column."""

    head: str
    width: float = 1.0
    """Share of the table's width."""
    numbers: bool = False
    """Whether its cells stand at the right."""


@dataclass(frozen=True, slots=True)
class Table:
    """A table whose head is repeated on every page; a row of one cell is a band over the whole width."""

    columns: Sequence[Column]
    rows: Sequence[Row]
    caption: str = ""


@dataclass(frozen=True, slots=True)
class Facts:
    """Names and values in two columns, without a head."""

    rows: Sequence[tuple[str, Content]]
    narrow: bool = False
    """Whether two facts stand side by side."""
    together: bool = False
    """Whether no page break may fall inside."""


@dataclass(frozen=True, slots=True)
class Heading:
    """A title in the outline and the contents."""

    level: int
    text: str
    anchor: str
    """Name of the section, by which the lists of wanted sections find it; unique in a document."""


@dataclass(frozen=True, slots=True)
class Para:
    """A paragraph."""

    text: str
    style: str = "body"
    """``body``, ``note`` (small), ``warn`` (framed), ``strong``, ``lead`` (large) or ``mono``."""


@dataclass(frozen=True, slots=True)
class Bullets:
    """Short points."""

    items: Sequence[str]


@dataclass(frozen=True, slots=True)
class Blank:
    """What only a person can fill in: the label, and room to write."""

    label: str
    lines: int = 1


@dataclass(frozen=True, slots=True)
class Lines:
    """Text that keeps its lines: an excerpt of evidence, or commands."""

    text: str
    title: str = ""


@dataclass(frozen=True, slots=True)
class Figure:
    """A picture with its caption; the caption says in words what the picture shows."""

    drawing: Drawing
    caption: str
    share: float = 1.0
    """Of the width of the text."""


@dataclass(frozen=True, slots=True)
class Cover:
    """The first page."""

    kicker: str
    title: str
    whose: str
    facts: Sequence[tuple[str, Content]]
    declaration: str
    more: str
    warnings: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Signatures:
    """Rooms for names, dates and stamps: label, and what stands beside it."""

    rows: Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Contents:
    """The table of contents."""

    title: str
    depth: int = 2


@dataclass(frozen=True, slots=True)
class Part:
    """A new page and a new part (front, body, annexes); its name stands in the footer."""

    name: str


Block = Heading | Para | Bullets | Blank | Lines | Figure | Cover | Signatures | Contents | Part | Table | Facts


@dataclass(frozen=True, slots=True)
class Document:
    """A whole report."""

    title: str
    lang: str
    """``zh`` or ``en``."""
    subject: str
    """Unit and run, for the file's properties."""
    running: str
    """What the head of every page says."""
    run: str
    """Id of the run, in the foot of every page."""
    marking: str | None
    """Secrecy mark of every page."""
    finished: str
    """When the run ended, as in the result: the file's date."""
    blocks: Sequence[Block]
    words: Mapping[str, str]
    """Sentences that the renderers need: ``page``, ``contents-update``, ``blank``."""
    dense: bool = False
    """Whether it must fit on one page."""
