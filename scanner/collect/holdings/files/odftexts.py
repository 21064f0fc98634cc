"""Texts and attributes of OpenDocument's elements, in any of its namespaces."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from scanner.collect.holdings.files.xmlsafe import local

if TYPE_CHECKING:
    from lxml.etree import _Element

ASIDE = ("annotation", "text-box", "note", "frame", "custom-shape", "tracked-changes", "notes")
"""Elements whose paragraphs stand beside the text."""
FRAMES = ("text-box", "frame", "custom-shape")
"""Those of them of which slides are made."""


def paragraph(element: _Element, beside: list[str], aside: Sequence[str] = ASIDE) -> str:
    """Text of a paragraph; what is anchored in it goes aside."""
    pieces = [element.text or ""]
    for child in element:
        tag = local(child)
        if tag in aside:
            beside += texts(child)
        elif tag in ("s", "tab"):
            pieces.append(" ")
        elif tag == "line-break":
            pieces.append("\n")
        elif tag:
            pieces.append(paragraph(child, beside, aside))
        pieces.append(child.tail or "")
    return "".join(pieces)


def texts(element: _Element) -> list[str]:
    """Every paragraph, title and description below an element."""
    found: list[str] = []
    for child in element.iter():
        if local(child) in ("p", "h", "title", "desc") and not _within(child, element):
            found.append(paragraph(child, found).strip())
    return [text for text in found if text]


def _within(element: _Element, top: _Element) -> bool:
    for parent in element.iterancestors():
        if parent is top:
            return False
        if local(parent) in ("p", "h"):
            return True
    return False


def attribute(element: _Element, name: str) -> str | None:
    """An attribute, whatever its namespace."""
    return next((str(value) for key, value in element.attrib.items() if str(key).rsplit("}", 1)[-1] == name), None)


def times_of(element: _Element, name: str) -> int:
    """How often something comes, once where it does not say."""
    told_times = attribute(element, name) or "1"
    return max(1, int(told_times)) if re.fullmatch(r"\d{1,9}", told_times) else 1


def drop(element: _Element) -> None:
    """Free an element and its elder siblings."""
    parent = element.getparent()
    element.clear()
    if parent is not None:
        while len(parent) and parent[0] is not element:
            del parent[0]
