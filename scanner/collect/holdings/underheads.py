"""Sheets and texts in which a row of its own says the level of the records below it, up to the next such row, or the names of the columns again."""

from __future__ import annotations

from collections.abc import Iterator

from scanner.collect.holdings.files.delimited import Delimited
from scanner.collect.holdings.files.table import Table
from scanner.facts.holdings.leftover import Heading, heading, repeats_names
from scanner.facts.holdings.reading import Column, Row, Source

SAID = "备注"
"""What the level of a heading is to the records below it: something said of them, which a person has to look at."""


def can_be_headed(source: Source) -> bool:
    """Whether the rows of a source stand in an order that somebody gave them."""
    return isinstance(source, Table | Delimited)


def under_heads(source: Source) -> Table:
    """The records alone, each with the level of the heading above it."""
    columns = [column for column in source.columns if column.kind != "bytes"]
    names = [column.name for column in columns]

    def maker() -> Iterator[Row]:
        above: Heading | None = None
        # A heading with nothing below it may be a record of which little is left: it stays one.
        alone: Row | None = None
        for row in source.rows(names):
            if repeats_names(names, row):
                continue
            filled = [cell for cell in row if cell and cell.strip()]
            found = heading(filled[0]) if len(filled) == 1 else None
            if found is not None and (found.level is not None or (above is not None and found.ends(above))):
                if alone is not None:
                    yield alone
                above, alone = found, (*row, found.level) if found.level is not None else None
            else:
                alone = None
                yield (*row, above.level if above is not None else None)
        if alone is not None:
            yield alone

    own = f"column{len(source.columns) + 1}"
    extra = Column(own if own not in names else f"{own}.{SAID}", SAID)
    return Table(source.place, source.name, (*columns, extra), maker, whole=getattr(source, "whole", True))
