"""XML read without entities, without a network, and never the whole tree at once."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from io import BytesIO
from itertools import islice
from typing import TYPE_CHECKING, BinaryIO

from scanner.collect.holdings.files.content import HEAD
from scanner.errors import ReachError
from scanner.model.absent import Why

if TYPE_CHECKING:
    from lxml.etree import XMLParser, _Element

DECLARED = re.compile(rb"<\?xml[^>]*encoding\s*=\s*[\"']([A-Za-z0-9_.-]+)")
NARROW = ("gb2312", "gbk", "gb_2312-80", "cp936", "x-gbk", "hz-gb-2312")
"""Declarations under which real files hold more characters than the declared set has."""
MAX_HUGE = 64 * 1024 * 1024
"""Input up to which single text nodes beyond ten megabytes are let through (a packaged original in Base64)."""


def events(
    stream: BinaryIO, size: int, which: tuple[str, ...] = ("end",), tag: str | Sequence[str] | None = None
) -> Iterator[tuple[str, _Element]]:
    """Parse events, of some tags in any namespace or of all. A document type declaration is refused: what it defines would be missing from the text."""
    from lxml import etree

    head = stream.read(HEAD)
    encoding = _encoding(head)
    whole = _Joined(head, stream)
    tags = None if tag is None else [f"{{*}}{name}" for name in ((tag,) if isinstance(tag, str) else tag)]
    parser = etree.iterparse(
        whole,
        events=which,
        tag=tags,
        encoding=encoding,
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=0 <= size <= MAX_HUGE,
    )
    for event, element in islice(parser, 1):
        _undeclared(element)
        yield event, element
    yield from parser


def tree(data: bytes) -> _Element:
    """A whole small part, as :func:`events` reads it."""
    from lxml import etree

    root = etree.fromstring(data, _parser(_encoding(data)))
    _undeclared(root)
    return root


def _undeclared(element: _Element) -> None:
    """Refuse a declaration that the beginning did not show, behind a long comment or in an encoding of its own."""
    if element.getroottree().docinfo.internalDTD is not None:
        raise ReachError(Why.GARBLED, "document type declaration in xml")


@lru_cache(maxsize=4)
def _parser(encoding: str | None) -> XMLParser:
    from lxml import etree

    return etree.XMLParser(encoding=encoding, resolve_entities=False, no_network=True, load_dtd=False, huge_tree=True)


def _encoding(head: bytes) -> str | None:
    """The encoding where the declared one is too narrow. Refuses what would be missing from the text."""
    if b"<!DOCTYPE" in head or b"<!ENTITY" in head or _wide(head):
        raise ReachError(Why.GARBLED, "document type declaration or unusual encoding in xml")
    declared = DECLARED.search(head[:1024])
    return "gb18030" if declared and declared.group(1).decode().lower() in NARROW else None


def local(element: _Element) -> str:
    """Tag without its namespace; comments and instructions have none."""
    tag = element.tag
    return tag.rsplit("}", 1)[-1] if isinstance(tag, str) else ""


def forget(element: _Element) -> None:
    """Free an element and what stands before it."""
    element.clear()
    parent = element.getparent()
    if parent is not None:
        while element.getprevious() is not None:
            del parent[0]


def elements(data: bytes) -> Iterator[_Element]:
    """Every element of a small part at its end, in order."""
    from lxml import etree

    for _, element in etree.iterwalk(tree(data), ("end",)):
        yield element


def texts(data: bytes, *names: str) -> list[str]:
    """Text of all elements with one of these names."""
    return [element.text or "" for element in elements(data) if local(element) in names]


def _wide(head: bytes) -> bool:
    """UTF-16 could hide a declaration from the search for it."""
    return head[:2] in (b"\xff\xfe", b"\xfe\xff") and (b"<\0!\0D" in head or b"\0<\0!\0D" in head)


class _Joined:
    """What was read already, and then the rest."""

    def __init__(self, head: bytes, rest: BinaryIO) -> None:
        self._head, self._rest = BytesIO(head), rest

    def read(self, size: int = -1) -> bytes:
        """As lxml asks."""
        return self._head.read(size) or self._rest.read(size)
