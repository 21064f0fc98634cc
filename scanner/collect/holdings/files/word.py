"""Word and presentation packages: paragraphs with their runs joined, headers, text boxes, notes, properties."""

from __future__ import annotations

import html
import re
import zipfile
from collections.abc import Iterator, Sequence
from functools import lru_cache
from io import BytesIO
from typing import TYPE_CHECKING

from scanner.collect.holdings.files import package as packages
from scanner.collect.holdings.files import wordtables
from scanner.collect.holdings.files.broken import told
from scanner.collect.holdings.files.content import Content
from scanner.collect.holdings.files.xmlsafe import elements, events, forget, local, tree
from scanner.facts.holdings.reading import Document, Group, PartKind

if TYPE_CHECKING:
    from lxml.etree import _Element

Part = tuple[PartKind, str]
FIRST_PAGE = 40
"""Paragraphs taken as lines of the first page where no page break comes before."""
SPEAKING = ("p", "t", "delText", "tab", "cr", "br", "lastRenderedPageBreak", "txbxContent", "checkBox", "ddList", "sym")
"""Elements that make paragraphs; most of a document is about how it looks."""
TAGS = tuple(f"{{*}}{name}" for name in SPEAKING)
SIGN = "密".encode()
SIGN_WRITTEN = re.compile(rb"&#(?:23494|[xX]5[bB][cC]6);")
SPOKEN = tuple(f' {name}="'.encode() for name in ("descr", "title", "string", "alt", "tooltip", "prompt", "promptTitle", "screenTip"))
"""Attributes that people see."""
MAIN = "word/document.xml"
RUBY = re.compile(rb"<(\w+):rt>.*?</\1:rt>", re.DOTALL)
"""How a word is spoken, above it: no part of the text."""
SMALL = 1024 * 1024
"""Inflated size of a part up to which its whole tree is made."""
PARTS: tuple[tuple[str, PartKind], ...] = (
    ("word/header", "header"),
    ("word/footer", "footer"),
    ("word/footnotes", "body"),
    ("word/endnotes", "body"),
    ("word/comments", "box"),
)


def word(content: Content) -> Iterator[Document | Group]:
    """A docx: its catalogues, with the rest around them; one document where it has none."""
    with told(), packages.opened(content) as package:
        data, grids, told_beside = wordtables.apart(packages.part(package, MAIN))
    yield from _found(content, _parts(content, data, told_beside), grids)


def in_one_xml(content: Content) -> Iterator[Document | Group]:
    """The same in one XML, as programs of 2003 write it and later ones still can."""
    with told():
        data, grids, told_beside = wordtables.apart(content.whole())
        parts: list[Part] = [("name", content.base), *_body(data), *(("property", text) for text in told_beside), *spoken_attributes(data)]
    yield from _found(content, iter(parts), grids)


def _found(content: Content, parts: Iterator[Part], grids: Sequence[wordtables.Grid]) -> Iterator[Document | Group]:
    if not grids:
        yield Document(content.place(), parts)
        return
    sources = wordtables.sources(content, grids)
    above: dict[str, tuple[Part, ...]] = {
        source.place.path: tuple(("line", text) for text in wordtables.above(rows)) for source, rows in zip(sources, grids)
    }
    yield Group(content.path, sources, {"": tuple(list(parts)[1:]), **above})


def slides(content: Content) -> Iterator[Document]:
    """A pptx: its first slide is the first page."""
    yield Document(content.place(), _slides(content))


def _parts(content: Content, main: bytes, beside: Sequence[str] = ()) -> Iterator[Part]:
    yield "name", content.base
    with told(), packages.opened(content) as package:
        for prefix, kind in PARTS[:2]:
            for name in packages.names(package, prefix):
                data = packages.part(package, name)
                yield from ((kind, text) for text, _ in paragraphs(data))
                yield from spoken_attributes(data)
        yield from _body(main)
        yield from (("property", text) for text in beside)
        yield from spoken_attributes(main)
        for prefix, kind in PARTS[2:]:
            for name in packages.names(package, prefix):
                yield from ((kind, text) for text, _ in paragraphs(packages.part(package, name)))
        yield from properties(package)


def _body(data: bytes) -> Iterator[Part]:
    """Main text: lines of the first page, then running text; text boxes apart."""
    lines, first_page = 0, True
    for text, where in paragraphs(data):
        if where == "break":
            first_page = first_page and not lines
        elif where == "box":
            yield "box", text
        else:
            lines += 1
            yield ("line" if first_page and lines <= FIRST_PAGE else "body"), text


def paragraphs(data: bytes) -> Iterator[tuple[str, str]]:
    """Text of each paragraph with its runs joined, and where it stands: ``text`` or ``box``; ``break`` for a page's end."""
    if b":rt>" in data:
        data = RUBY.sub(b"", data)
    found = _flat(data) if len(data) <= SMALL else None
    return _nested(data) if found is None else iter(found)


def _flat(data: bytes) -> list[tuple[str, str]] | None:
    """The same of a small part, at once and in half the time; None where paragraphs stand inside of paragraphs, as boxes do."""
    found: list[tuple[str, str]] = []
    kinds: dict[object, str] = {}
    for paragraph in tree(data).iter("{*}p", "{*}br", "{*}lastRenderedPageBreak"):
        if local(paragraph) != "p":
            if _breaks_page(paragraph, local(paragraph)) and next(paragraph.iterancestors("{*}p"), None) is None:
                found.append(("", "break"))
            continue
        pieces: list[str] = []
        for element in paragraph.iter(*TAGS):
            tag = kinds.get(element.tag) or kinds.setdefault(element.tag, local(element))
            if tag in ("t", "delText"):
                pieces.append(element.text or "")
            elif element is paragraph:
                continue
            elif tag in ("tab", "cr"):
                pieces.append(" ")
            elif tag in SIGNS:
                pieces.append(SIGNS[tag](element))
            elif _breaks_page(element, tag):
                found.append(("", "break"))
            elif tag == "br":
                found += _told(pieces, 0)
                pieces = []
            else:
                return None
        if text := "".join(pieces).strip():
            found.append((text, "text"))
    return found


def _nested(data: bytes) -> Iterator[tuple[str, str]]:
    stack: list[list[str]] = []
    boxes = 0
    for event, element in events(BytesIO(data), len(data), ("start", "end"), SPEAKING):
        tag = local(element)
        if event == "start":
            if tag == "p":
                stack.append([])
            boxes += tag == "txbxContent"
            continue
        if tag in ("t", "delText") and stack:
            stack[-1].append(element.text or "")
        elif tag in ("tab", "cr") and stack:
            stack[-1].append(" ")
        elif tag in SIGNS and stack:
            stack[-1].append(SIGNS[tag](element))
        elif _breaks_page(element, tag):
            yield "", "break"
        elif tag == "br" and stack:
            yield from _told(stack[-1], boxes)
            stack[-1] = []
        elif tag == "p" and stack:
            yield from _told(stack.pop(), boxes)
            if not stack:
                forget(element)
        boxes -= tag == "txbxContent"


def _box(element: _Element) -> str:
    """A box of a form: ticked or not."""
    told_signs = {local(child): _is_on(child) for child in element}
    return "☑" if told_signs.get("checked", told_signs.get("default", False)) else "□"


def _is_on(element: _Element) -> bool:
    return _value(element) not in ("0", "false", "off")


def _chosen(element: _Element) -> str:
    """What is chosen from a list of a form."""
    entries = [_value(child) or "" for child in element if local(child) == "listEntry"]
    told_number = next((_value(child) for child in element if local(child) == "result"), None) or "0"
    return entries[int(told_number)] if told_number.isdigit() and int(told_number) < len(entries) else ""


def _symbol(element: _Element) -> str:
    """A sign of a font of signs."""
    return FONT_SIGNS.get(str(_value(element, "char")).upper(), "")


def _value(element: _Element, name: str = "val") -> str | None:
    return next((str(value) for key, value in element.attrib.items() if str(key).rsplit("}", 1)[-1] == name), None)


FONT_SIGNS = {
    "F0FE": "☑", "F052": "☑", "F0FD": "☒", "F053": "☒", "F0FC": "√", "F050": "√", "F0A8": "□", "F06F": "□", "F0A3": "□", "F071": "□", "F0AB": "★", "2605": "★",
}  # fmt: skip
"""Boxes, ticks and stars by their place in the usual fonts of signs."""
SIGNS = {"checkBox": _box, "ddList": _chosen, "sym": _symbol}


def _breaks_page(element: _Element, tag: str) -> bool:
    return tag == "lastRenderedPageBreak" or (tag == "br" and element.get(f"{element.tag[: -len(tag)]}type") == "page")


def _told(pieces: list[str], boxes: int) -> Iterator[tuple[str, str]]:
    text = "".join(pieces).strip()
    if text:
        yield text, "box" if boxes else "text"


def spoken_attributes(data: bytes) -> list[Part]:
    """What pictures, watermarks and hints say: text that stands in attributes. Only what may speak of secrecy."""
    if SIGN not in data and (b"&#" not in data or SIGN_WRITTEN.search(data) is None):
        return []
    found = [data[at : data.find(b'"', at)] for name in SPOKEN for at in _behind(data, name)]
    return [("box", html.unescape(text.decode("utf-8", "replace"))) for text in found if SIGN in text or b"&#" in text]


def _behind(data: bytes, name: bytes) -> Iterator[int]:
    at = data.find(name)
    while at >= 0:
        yield at + len(name)
        at = data.find(name, at + 1)


def properties(package: zipfile.ZipFile) -> Iterator[Part]:
    """Core, application and custom properties, with their names where they have one."""
    for name in packages.names(package, "docProps/"):
        data = packages.part(package, name)
        yield from _program(data) if name == "docProps/app.xml" else _properties(data)


def _properties(data: bytes) -> tuple[Part, ...]:
    found: list[Part] = []
    for element in elements(data):
        text = "".join(str(piece) for piece in element.itertext()).strip() if local(element) == "property" else (element.text or "").strip()
        parent = element.getparent()
        inside = parent is not None and local(parent) == "property"
        if text and not inside:
            found.append(("property", f"{element.get('name') or local(element)}={text}"))
    return tuple(found)


_program = lru_cache(maxsize=8)(_properties)
"""What a program says of itself is the same in all of its files."""


def _slides(content: Content) -> Iterator[Part]:
    yield "name", content.base
    with told(), packages.opened(content) as package:
        for number, name in enumerate(packages.names(package, "ppt/slides/slide")):
            kind: PartKind = "line" if number == 0 else "body"
            data = packages.part(package, name)
            yield from ((kind, text) for text, _ in paragraphs(data))
            yield from spoken_attributes(data)
        for prefix in ("ppt/slideMasters/", "ppt/notesSlides/", "ppt/comments/"):
            for name in packages.names(package, prefix):
                yield from (("box", text) for text, _ in paragraphs(packages.part(package, name)))
        yield from properties(package)
