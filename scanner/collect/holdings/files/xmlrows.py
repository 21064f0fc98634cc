"""XML as tables: an element with two or more values of its own is a row; packages of DA/T 48 carry documents in Base64."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from io import BytesIO
from typing import TYPE_CHECKING

from scanner.collect.holdings.files.broken import told
from scanner.collect.holdings.files.content import Content
from scanner.collect.holdings.files.envelope import is_envelope
from scanner.collect.holdings.files.grouping import Grouping
from scanner.collect.holdings.files.kinds import MAX_COLUMNS, Kind, learn
from scanner.collect.holdings.files.packed import PAYLOAD, unpacked
from scanner.collect.holdings.files.table import Table
from scanner.collect.holdings.files.xmlsafe import events, local
from scanner.collect.holdings.naming import told_name
from scanner.errors import ReachError
from scanner.facts.holdings.escapes import is_spelt
from scanner.facts.holdings.labels import name_role
from scanner.facts.holdings.leftover import line_has_level
from scanner.facts.holdings.reading import Column, Found, Group, Unread
from scanner.model.absent import Why

if TYPE_CHECKING:
    from lxml.etree import _Element

ENCODED = ("编码数据",)
"""Elements of DA/T 48 that hold a packaged file."""
PACKAGE, ENTITY = "封装包", "文件实体"
"""How packages of DA/T 48 are called at the end, and the element in it that describes one record, however deep its parts lie."""


def xml(content: Content) -> Iterator[Found]:
    """Tables of an XML file, and the files packed inside it as contents (see ``payloads``)."""
    kinds, lost = learn(_rows(content), "too many kinds of rows")
    if lost is not None:
        yield Unread(content.place(), lost.why, f"{lost.detail}, after {sum(kind.number for kind in kinds.values())} rows")
    if kinds or lost is None:
        yield Group(content.path, tuple(_table(content, path, kind, lost is None) for path, kind in kinds.items()))


def payloads(content: Content) -> Iterator[Content]:
    """Files that the XML carries in Base64."""
    with told():
        for number, data in enumerate(_packed(content), 1):
            yield content.member(f"payload{number}", len(data), partial(BytesIO, data))


def _table(content: Content, path: str, kind: Kind, whole: bool) -> Table:
    maker = kind.rows(lambda: (row for found, row in _rows(content) if found == path))
    name, place = path.rsplit("/", 1)[-1], content.place(told_name(path, "/"))
    return Table(place, name, tuple(map(Column, kind.columns)), maker, kind.number, whole=whole)


def _rows(content: Content) -> Iterator[tuple[str, dict[str, str]]]:
    """Every element with values of its own, by the path of its tags. A parent's row comes after its children's."""
    path: list[str] = []
    above = Grouping()
    open_rows: list[dict[str, str]] = []
    leaf = packaged = False
    with content.opener() as stream:
        for event, element in events(stream, content.size, ("start", "end", "comment")):
            if event == "comment":
                if line_has_level((element.text or "").strip()):
                    yield "/".join([*path, "comment()"]), {"comment()": (element.text or "").strip()}
                continue
            tag = local(element)
            if event == "start":
                path.append(tag)
                open_rows.append({local_name(str(key)): str(value) for key, value in element.attrib.items()})
                above.begin(open_rows[-1])
                leaf = True
                continue
            row = open_rows.pop()
            said = above.end()
            text = (element.text or "").strip()
            if leaf and open_rows and len(row) < 2:
                _put(open_rows[-1], _label(tag, row), text if len(text) < PAYLOAD else "")
            elif len(row) > 1 and open_rows and name_role(tag) == "level":
                _join(
                    open_rows[-1], {f"{tag}.{name}": value for name, value in row.items()}, ""
                )  # parts of one level, as its code and its name
            elif path[0].endswith(PACKAGE) and tag != ENTITY and ENTITY in path:
                _join(open_rows[-1], row, text)
            elif packaged and tag != ENTITY and not _speaks(row):
                pass  # what lies around the records of a package is none itself
            elif len(row) > 1 or (row and (not open_rows or tag == ENTITY)):
                packaged = packaged or (path[0].endswith(PACKAGE) and tag == ENTITY)
                if text:
                    row.setdefault("text()", text)
                if any(row.values()) and not (said.rows and is_envelope(row)):
                    above.give(row)
                    yield "/".join(path), row
            elif row and open_rows and not said.given:
                for name, value in row.items():  # a wrapper of one value: it belongs to the row around it
                    _put(open_rows[-1], f"{tag}.{name}", value)
            leaf = False
            path.pop()
            _drop(element)


def _speaks(row: dict[str, str]) -> bool:
    """Whether a row says anything of secrecy, or has a value of its own under the name of a level: that may be a code."""
    return any("密" in value or is_spelt(value) or (value and name_role(name) == "level") for name, value in row.items())


def _join(around: dict[str, str], row: dict[str, str], text: str) -> None:
    """Put what a part of a record says into the record."""
    for name, value in (*row.items(), *((("text()", text),) if text and len(text) < PAYLOAD else ())):
        if value or name not in ENCODED:  # packed files are looked into by themselves
            _put(around, name, value)


def _label(tag: str, attributes: dict[str, str]) -> str:
    """A generic leaf (``<field name="MJ">``) is called by its attribute."""
    return (
        next(iter(attributes.values())) if attributes and any(key.lower() in ("name", "id", "key", "label") for key in attributes) else tag
    )


def _put(row: dict[str, str], name: str, value: str) -> None:
    """A name that comes again in one row keeps each of its values."""
    number, free = 2, name
    while free in row:
        free, number = f"{name}.{number}", number + 1
        if number > MAX_COLUMNS:
            raise ReachError(Why.TRUNCATED, "too many values of one name")
    row[free] = value


def _packed(content: Content) -> Iterator[bytes]:
    with content.opener() as stream:
        for _, element in events(stream, content.size):
            said = any("base64" in str(value).lower() for value in element.attrib.values()) or local(element) in ENCODED
            for text in (element.text or "", *map(str, element.attrib.values())):
                data = None if len(element) else unpacked(text, said=said and text == element.text)
                if data is not None:
                    yield data
            _drop(element)


def local_name(key: str) -> str:
    """Attribute name without its namespace."""
    return key.rsplit("}", 1)[-1]


def _drop(element: _Element) -> None:
    """Free its content, and its elder siblings."""
    element.clear()
    parent = element.getparent()
    while parent is not None and element.getprevious() is not None:
        del parent[0]
