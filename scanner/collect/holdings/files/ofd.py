"""OFD: text objects of the first page put into lines by where they stand; later pages as running text."""

from __future__ import annotations

import posixpath
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial

from scanner.collect.holdings.files import package as packages
from scanner.collect.holdings.files import printed
from scanner.collect.holdings.files.broken import told
from scanner.collect.holdings.files.content import Content
from scanner.collect.holdings.files.ofdplaces import extent, page_of
from scanner.collect.holdings.files.places import Page
from scanner.collect.holdings.files.word import Part
from scanner.collect.holdings.files.xmlsafe import elements, local
from scanner.errors import ReachError
from scanner.facts.holdings.reading import Document, Group
from scanner.model.absent import Why

SAME_LINE = 2.0
"""Objects whose tops are within this many millimetres share a line."""
APART = 2.0
"""Objects of a line with more millimetres than this between them are cells of a table, or fields side by side."""
MAX_PAGES = 20


Placed = tuple[float, float, float, float, str]
"""Top, left edge, width of the box, how far the glyphs reach in it, and text of an object."""


@dataclass(frozen=True, slots=True)
class _Page:
    lines: list[str]
    drawn: bool
    """Whether it shows paths or images."""


def ofd(content: Content) -> Iterator[Document | Group]:
    """One document for every body of the package; a list that is printed into it is read by its rows."""
    with told(), packages.opened(content) as package:
        root = packages.part(package, "OFD.xml")
        info = [
            f"{element.get('Name') or local(element)}={element.text.strip()}"
            for element in elements(root)
            if element.text and element.text.strip()
        ]
        roots = [(element.text or "").strip().lstrip("/") for element in elements(root) if local(element) == "DocRoot"]
        if not roots:
            raise ReachError(Why.GARBLED, "no document root")
        for number, name in enumerate(roots):
            parts, whole = _document(content, package, name)
            parts += [("property", text) for text in info]
            body = "" if number == 0 else f"body{number + 1}"
            text = "\n".join(text for kind, text in parts if kind in ("line", "body"))
            lists = printed.lists_of(text, partial(_shown, package, name))
            if lists is None or not lists.grids:
                yield Document(content.place(body or None), iter(parts), whole, lists is not None)
                continue
            around = [*printed.parts(lists), *(part for part in parts if part[0] in ("box", "property"))]
            yield Group(body or content.path, printed.sources(content, lists.grids, body, whole=lists.whole), {"": tuple(around)})


def _document(content: Content, package: zipfile.ZipFile, root: str) -> tuple[list[Part], bool]:
    folder = posixpath.dirname(root)
    pages, templates = _pages(packages.part(package, root))
    parts: list[Part] = [("name", content.base)]
    first: _Page | None = None
    for number, location in enumerate(pages[: 1 + MAX_PAGES]):
        page = _page(package, _join(folder, location), {key: _join(folder, value) for key, value in templates.items()})
        first = first or page
        parts += [("line" if number == 0 else "body", text) for text in page.lines]
    for name in packages.names(package, folder + "/Annots/" if folder else "Annots/"):
        parts += [("box", text) for text in _texts(packages.part(package, name))]
    if first is None:
        raise ReachError(Why.GARBLED, "no page")
    return parts, bool(first.lines) or not first.drawn


def _shown(package: zipfile.ZipFile, root: str) -> Iterator[Page]:
    """Every page with all that stands behind it."""
    folder = posixpath.dirname(root)
    pages, templates = _pages(packages.part(package, root))
    for location in pages:
        data = packages.part(package, _join(folder, location))
        used = [str(element.get("TemplateID")) for element in elements(data) if local(element) == "Template"]
        behind = [packages.part(package, _join(folder, templates[name])) for name in used if name in templates]
        yield page_of([*behind, data])


def _pages(data: bytes) -> tuple[list[str], dict[str, str]]:
    pages, templates = [], {}
    for element in elements(data):
        if local(element) == "Page" and element.get("BaseLoc"):
            pages.append(str(element.get("BaseLoc")))
        elif local(element) == "TemplatePage" and element.get("BaseLoc"):
            templates[str(element.get("ID"))] = str(element.get("BaseLoc"))
    return pages, templates


def _page(package: zipfile.ZipFile, name: str, templates: dict[str, str]) -> _Page:
    found: list[Placed] = []
    drawn = False
    for element in elements(packages.part(package, name)):
        tag = local(element)
        drawn = drawn or tag in ("PathObject", "ImageObject", "CompositeObject")
        if tag == "Template" and (base := templates.get(str(element.get("TemplateID")))):
            found += _objects(packages.part(package, base))
    found += _objects(packages.part(package, name))
    return _Page(_lines(found), drawn)


def _objects(data: bytes) -> list[Placed]:
    found = []
    for element in elements(data):
        if local(element) == "TextObject":
            box = [float(value) for value in str(element.get("Boundary", "0 0 0 0")).split()]
            text = "".join(child.text or "" for child in element.iter() if local(child) == "TextCode")
            if text.strip():
                found.append((box[1], box[0], box[2] if len(box) > 2 else 0.0, extent(element), text))
    return found


def _lines(found: list[Placed]) -> list[str]:
    lines: list[list[Placed]] = []
    for item in sorted(found, key=lambda item: item[:2]):
        if lines and item[0] - lines[-1][0][0] <= SAME_LINE:
            lines[-1].append(item)
        else:
            lines.append([item])
    return [_line(sorted(line, key=lambda item: item[1])).strip() for line in lines]


def _line(objects: list[Placed]) -> str:
    """The texts of one line; what stands apart stays apart. An object that tells no width stands next to the one behind it;
    of one whose box reaches over the next, the glyphs say where it ends."""
    out, end, reach = "", None, 0.0
    for _, x, width, glyphs, text in objects:
        out += ("  " if end is not None and x - (end if end - x <= APART else reach) > APART else "") + text
        end, reach = (x + width if width > 0 else None), x + glyphs
    return out


def _texts(data: bytes) -> list[str]:
    return [text for *_, text in _objects(data)]


def _join(folder: str, location: str) -> str:
    return location.lstrip("/") if location.startswith("/") else posixpath.normpath(posixpath.join(folder, location))
