"""Several tables below one another in one text or sheet: where a row names columns anew, another table begins."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, replace

from scanner.collect.holdings.files.anew import LONGEST, Naming
from scanner.collect.holdings.files.broken import told
from scanner.collect.holdings.files.content import Content
from scanner.collect.holdings.files.delimited import Delimited
from scanner.collect.holdings.files.encodings import text_of
from scanner.collect.holdings.files.headers import columns_of
from scanner.collect.holdings.files.heads import LAST, ends
from scanner.collect.holdings.files.legends import MOST as LEGEND
from scanner.collect.holdings.files.legends import legend_below
from scanner.collect.holdings.files.ranges import BEYOND, part
from scanner.collect.holdings.files.separated import Layout
from scanner.collect.holdings.files.splitter import cells
from scanner.errors import ReachError
from scanner.model.absent import Why

STEP = 1024 * 1024
MOST = 500
"""Tables in one text."""
TAIL = 2048
"""Bytes at the end in which sums and signatures are looked for."""
LARGE = 32 * 1024 * 1024
"""Larger texts are cut into slices, and each of their lines is a record."""


@dataclass(frozen=True, slots=True)
class Section:
    """One table: where its row of names begins, where its first record does, and its columns' names."""

    start: int
    below: int
    names: tuple[str, ...]


def tables(content: Content, layout: Layout) -> list[Delimited]:
    """The tables of a separated text, the first one under the text's own path. One, where no further row names columns."""
    found: list[Section] = []
    if content.once and not layout.transcoded:
        return [Delimited(content.place(), content.base, content, layout, naming=Naming(layout))]
    # Where the text breaks off, the pass over its records says so.
    with suppress(ReachError):
        for section in () if layout.transcoded else _sections(content, layout):
            found.append(section)
    if len(found) > MOST:
        raise ReachError(Why.TRUNCATED, f"more than {MOST} tables in one text")
    if not found:
        return [Delimited(content.place(), content.base, content, layout)]
    first = Delimited(content.place(workbook=content.path), content.base, part(content, 0, found[0].start), layout)
    ends = [*(section.start for section in found[1:]), BEYOND]
    further = (_table(content, layout, section, end, number) for number, (section, end) in enumerate(zip(found, ends), 2))
    return [first, *further]


def without_end(content: Content, layout: Layout) -> tuple[Content, str]:
    """The text without the sums, signatures and the legend below its records, which are no open ones beside classified ones; and that legend."""
    if not content.seekable or content.size > LARGE or layout.transcoded:
        return content, ""
    with told(), content.opener() as stream:
        begin = stream.seek(max(0, content.size - TAIL))
        # The first one may be the rest of a longer line.
        lines = stream.read(TAIL).splitlines(keepends=True)[1 if begin else 0 :][-LEGEND:]
    if any(b'"' in line for line in lines[-LAST:]):
        return content, ""
    rows = [[text_of(cell, layout.encoding) for cell in cells(line.rstrip(b"\r\n"), layout.separator) or ()] for line in lines]
    number, legend = legend_below(rows, [column.name for column in layout.columns])
    number += ends(rows[: len(rows) - number])
    size = sum(map(len, lines[len(lines) - number :]))
    return (part(content, 0, content.size - size) if 0 < size < content.size else content), legend


def _table(content: Content, layout: Layout, section: Section, end: int, number: int) -> Delimited:
    place = content.place(f"table{number}", workbook=content.path)
    columns = columns_of(section.names, len(section.names))
    below = replace(layout, mark=0, skip=0, columns=columns, captions=())
    return Delimited(place, content.base, part(content, section.below, end), below)


def _sections(content: Content, layout: Layout) -> Iterator[Section]:
    """Rows that name columns below the first one, in order."""
    naming = Naming(layout)
    last, own = 0, naming.own
    for start, line in _lines(content, naming):
        if start == 0 or start < last or (names := naming.names(line)) is None or names == own:
            continue
        last, own = start + len(line), names
        yield Section(start, last, own)


def _lines(content: Content, naming: Naming) -> Iterator[tuple[int, bytes]]:
    """Lines that may name columns, and where they begin."""
    at, rest = 0, b""
    with told(), content.opener() as stream:
        while piece := stream.read(STEP):
            data = rest + piece
            for start, end in naming.spans(data):
                if start or not at:
                    yield at + start, data[start:end]
            kept = data.rfind(b"\n") if len(piece) == STEP else -1
            kept = max(kept, len(data) - LONGEST) if kept >= 0 else max(0, len(data) - LONGEST)
            at, rest = at + kept, data[kept:]
