"""Columns of bytes that hold text: JSON, XML or a note that a program keeps as a BLOB is looked at like any text. Files are not."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from scanner.facts.holdings.reading import Column, Source

LOOKED = 50
"""Rows whose bytes are looked at."""


def with_text(source: Source) -> tuple[Column, ...]:
    """The columns; one of bytes that are all text in the rows looked at is read as text. Raises ReachError."""
    names = [column.name for column in source.columns if column.kind == "bytes"]
    rows = source.sample(names, LOOKED) if names else []
    texts = {name for name, cells in zip(names, zip(*rows)) if _are_text(cells)}
    return tuple(replace(column, kind="other") if column.name in texts else column for column in source.columns)


def _are_text(cells: Iterable[str | None]) -> bool:
    told = [cell for cell in cells if cell]
    return bool(told) and all(char.isprintable() or char in "\r\n\t" for cell in told for char in cell)


__all__ = ["with_text"]
