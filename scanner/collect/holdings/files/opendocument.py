"""OpenDocument: spreadsheets as sheets, texts and slides as documents; packed, or flat in one XML."""

from __future__ import annotations

from collections.abc import Container, Iterator
from contextlib import ExitStack
from functools import partial
from typing import TYPE_CHECKING, BinaryIO

from scanner.collect.holdings.files import cellbook, odfsheets, wordtables
from scanner.collect.holdings.files import package as packages
from scanner.collect.holdings.files.broken import told
from scanner.collect.holdings.files.content import Content
from scanner.collect.holdings.files.odfsheets import Opener
from scanner.collect.holdings.files.odftexts import ASIDE, FRAMES, attribute, drop, paragraph, texts
from scanner.collect.holdings.files.word import FIRST_PAGE, Part
from scanner.collect.holdings.files.xmlsafe import elements, events, local
from scanner.errors import ReachError
from scanner.facts.holdings.reading import Document, Found, Group, PartKind
from scanner.model.absent import Why

if TYPE_CHECKING:
    from lxml.etree import _Element

CONTENT, STYLES, META, MANIFEST = "content.xml", "styles.xml", "meta.xml", "META-INF/manifest.xml"
BODIES = ("spreadsheet", "text", "presentation", "drawing")
_EDGES: dict[str, PartKind] = {"header": "header", "footer": "footer"}
_SPOKEN = ("title", "subject", "description", "keyword", "user-defined", "creator")


def packed(content: Content) -> Iterator[Found]:
    """An ods, odt or odp."""
    with told(), packages.opened(content) as package:
        names = set(package.namelist())
        if MANIFEST in names and b"encryption-data" in packages.part(package, MANIFEST):
            raise ReachError(Why.NO_PERMISSION, "encrypted")
        if why := packages.refused(package.getinfo(CONTENT)):
            raise ReachError(Why.NO_PERMISSION if why == "encrypted" else Why.TRUNCATED, why)
        around = [part for name in (STYLES, META) if name in names for part in _around(packages.part(package, name))]
        for name in packages.names(package, "Object", "/" + CONTENT):
            around += [("box", text) for text in _paragraphs_of(packages.part(package, name))]
    yield from _found(content, partial(_part, content), around)


def flat(content: Content) -> Iterator[Found]:
    """The same in one XML."""
    with told():
        around = _around(content.whole())
    yield from _found(content, content.opener, around)


def _part(content: Content) -> BinaryIO:
    with ExitStack() as stack:
        package = stack.enter_context(packages.opened(content))
        stream = stack.enter_context(package.open(CONTENT))
        return _Held(stream, stack.pop_all())  # type: ignore[return-value,arg-type]


class _Held:
    """A part of a package that closes the package after it."""

    def __init__(self, stream: BinaryIO, below: ExitStack) -> None:
        self._below, self.read = below, stream.read

    def __enter__(self) -> _Held:
        return self

    def __exit__(self, *_: object) -> None:
        self._below.close()


def _found(content: Content, opener: Opener, around: list[Part]) -> Iterator[Found]:
    with told():
        kind = _kind(opener)
        book = odfsheets.Book()
        for number, name, row in odfsheets.rows(opener, book if kind == "spreadsheet" else None):
            book.take(number, name, row)
        lists = [number for number, sheet in enumerate(book.sheets) if sheet.held_whole and wordtables.is_catalogue(sheet.rows)]
    if kind == "spreadsheet":
        sheets = [odfsheets.sheet_of(opener, number, sheet) for number, sheet in enumerate(book.sheets)]
        yield from cellbook.found(content, sheets, [*around, *book.beside])
        return
    beside = tuple(tag for tag in ASIDE if tag not in FRAMES) if kind == "presentation" else ASIDE
    parts = _document(content, opener, around, beside, lists if kind == "text" else ())
    if kind != "text" or not lists:
        yield Document(content.place(), parts)
        return
    grids = [book.sheets[number].rows for number in lists]
    above: list[Part] = [("line", text) for rows in grids for text in wordtables.above(rows)]
    yield Group(content.path, wordtables.sources(content, grids), {"": (*list(parts)[1:], *above)})


def _kind(opener: Opener) -> str:
    """What the body holds."""
    with opener() as stream:
        for _, element in events(stream, -1, ("start",), BODIES):
            if element.tag.startswith("{urn:oasis:names:tc:opendocument:xmlns:office:"):
                return local(element)
    raise ReachError(Why.GARBLED, "no body")


def _document(content: Content, opener: Opener, around: list[Part], beside: tuple[str, ...], left: Container[int]) -> Iterator[Part]:
    """Its text without the tables that are ``left`` out."""
    yield "name", content.base
    yield from (part for part in around if part[0] in ("header", "footer"))
    reading = _Reading(beside, left)
    with told(), opener() as stream:
        for event, element in events(stream, -1, ("start", "end"), ("p", "h", "page", "soft-page-break", "table", *beside)):
            yield from reading.parts(event, element)
    yield from (part for part in around if part[0] not in ("header", "footer"))


class _Reading:
    """Where in a document the reading is."""

    def __init__(self, beside: tuple[str, ...], left: Container[int]) -> None:
        self._beside, self._left = beside, left
        self._aside = self._pages = self._lines = self._depth = 0
        self._first, self._table = True, -1

    def parts(self, event: str, element: _Element) -> Iterator[Part]:
        """What an element says at its end."""
        tag, step = local(element), 1 if event == "start" else -1
        if tag in self._beside:
            self._aside += step
        elif tag == "table":
            self._table += self._depth == 0 and step == 1
            self._depth += step
        elif tag == "page":
            self._pages += step == 1
            self._first = self._first and self._pages < 2
        elif tag == "soft-page-break":
            self._first = self._first and not self._lines
        elif step < 0 and not any(local(parent) in ("p", "h") for parent in element.iterancestors()):
            if not (self._depth and self._table in self._left):
                yield from self._paragraph(element)
            drop(element)

    def _paragraph(self, element: _Element) -> Iterator[Part]:
        apart: list[str] = []
        for line in paragraph(element, apart, self._beside).split("\n"):
            if line.strip():
                self._lines += not self._aside
                kind: PartKind = "line" if self._first and self._lines <= FIRST_PAGE else "body"
                yield "box" if self._aside else kind, line.strip()
        yield from (("box", text) for text in apart if text)


def _paragraphs_of(data: bytes) -> list[str]:
    return [text for element in elements(data) if local(element) in ("p", "h") and (text := paragraph(element, []).strip())]


def _around(data: bytes) -> list[Part]:
    """Page headers and footers, and properties."""
    found: list[Part] = []
    for element in elements(data):
        tag = local(element)
        edge = next((kind for name, kind in _EDGES.items() if tag in (name, f"{name}-left", f"{name}-first")), None)
        if edge is not None and "style" in str(element.tag):
            found += [(edge, text) for text in texts(element)]
        elif tag in _SPOKEN and ("meta" in str(element.tag) or "purl.org/dc" in str(element.tag)):
            text = (element.text or "").strip()
            found += [("property", f"{attribute(element, 'name') or tag}={text}")] if text else []
    return found
