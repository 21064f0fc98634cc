"""Sheets and texts in which a row of its own says the level of the records below it, up to the next such row, or the names of the columns again."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from scanner.collect.holdings.deciding import Deciding
from scanner.collect.holdings.files.delimited import Delimited
from scanner.collect.holdings.files.table import Table
from scanner.collect.holdings.recordnumbers import levelled
from scanner.collect.holdings.survey import Known
from scanner.facts.holdings.between import between
from scanner.facts.holdings.leftover import Heading, heading, repeats_names
from scanner.facts.holdings.reading import Column, Row, Source
from scanner.facts.holdings.tally import Tally

SAID = "备注"
"""What the level of a heading is to the records below it: something said of them, which a person has to look at."""


MOST = 20_000
"""Rows among which those that are no records are looked for: lists that somebody wrote by hand are no longer."""


def can_be_headed(source: Source) -> bool:
    """Whether the rows of a source stand in an order that somebody gave them."""
    return isinstance(source, Table | Delimited)


def under_heads(source: Source, first: Heading | None = None) -> Table:
    """The records alone, each with the level of the heading above it; ``first`` stands above all of them."""
    columns = [column for column in source.columns if column.kind != "bytes"]
    names = [column.name for column in columns]

    def maker() -> Iterator[Row]:
        above = first
        # A heading with nothing below it may be a record of which little is left: it stays one.
        alone: Row | None = None
        for row in source.rows(names):
            if repeats_names(names, row):
                continue
            filled = [cell for cell in row if cell and cell.strip()]
            found = heading(filled[0]) if len(filled) == 1 else None
            if found is not None and (found.level is not None or found.style == "open" or (above is not None and found.ends(above))):
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


def is_written(source: Source) -> bool:
    """Whether a source is a text or sheet."""
    return isinstance(source, Delimited) or (isinstance(source, Table) and "workbook" in source.place.container)


def rows_between(known: Known, tally: Tally, as_of: date) -> int:
    """How many rows that were counted as open stand between the records: headings of groups, sums, page numbers. Raises ReachError."""
    source = known.source
    if known.role != "catalogue" or not 0 < tally.counts["N"] <= tally.rows <= MOST or levelled(known):
        return 0
    stands, names = between(source.columns, known.roles), [column.name for column in source.columns]
    level = names.index(known.roles.level) if known.roles.level is not None else -1
    # Most rows have a level, and that is seen sooner here.
    rows = [row for row in source.rows(names) if (level < 0 or not (cell := row[level]) or cell.isspace()) and stands(row)]
    if not rows:
        return 0
    deciding = Deciding(known, known.codes, as_of)
    at = [names.index(name) for name in deciding.columns]
    return sum(deciding.outcome(tuple([row[one] for one in at])).decision.code == "N" for row in rows)
