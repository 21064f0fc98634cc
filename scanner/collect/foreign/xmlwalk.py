"""XML of strangers, walked once: no entity is defined or fetched, and depth, count and text have ends."""

from __future__ import annotations

from typing import Protocol
from xml.parsers.expat import ExpatError, ParserCreate, errors

from scanner.collect.foreign.shape import NotRead

MAX_DEPTH = 100
MAX_ELEMENTS = 5_000_000
MAX_TEXT = 4096
"""Characters of one element that are looked at."""


class Walker(Protocol):
    """Who looks on."""

    def open(self, path: list[str], attributes: dict[str, str]) -> None:
        """An element begins; ``path`` holds local names from the root to it."""

    def close(self, path: list[str], text: str) -> None:
        """An element ends; ``text`` is what stood directly in it."""


def walk(data: bytes, walker: Walker) -> None:
    """Show a document to a walker. Raises NotRead."""
    parser = ParserCreate(namespace_separator=" ")
    parser.buffer_text = True
    path: list[str] = []
    texts: list[str] = []
    count = 0

    def start(tag: str, attributes: dict[str, str]) -> None:
        nonlocal count
        count += 1
        path.append(tag.rpartition(" ")[2])
        texts.append("")
        if len(path) > MAX_DEPTH or count > MAX_ELEMENTS:
            raise NotRead("xml: too deep or too many elements")
        walker.open(path, attributes)

    def end(_tag: str) -> None:
        walker.close(path, texts.pop())
        path.pop()

    def characters(text: str) -> None:
        if len(texts[-1]) < MAX_TEXT:
            texts[-1] += text[:MAX_TEXT]

    def entity(*_: object) -> None:
        raise NotRead("xml: an entity is declared")

    parser.StartElementHandler, parser.EndElementHandler, parser.CharacterDataHandler = start, end, characters
    parser.EntityDeclHandler = entity
    parser.ExternalEntityRefHandler = None
    try:
        parser.Parse(data, True)
    except ExpatError as error:
        raise NotRead(f"xml: {errors.messages.get(error.code, '')} (line {error.lineno})") from None
