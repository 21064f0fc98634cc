"""CSV, TSV and their relatives as sources: exact counts at the speed of array operations."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from io import BytesIO
from itertools import repeat
from types import MappingProxyType

import numpy as np

from scanner.collect.holdings.files.anew import Naming
from scanner.collect.holdings.files.broken import as_far, told
from scanner.collect.holdings.files.content import Content, read_up_to
from scanner.collect.holdings.files.distinct import Distinct, Marked
from scanner.collect.holdings.files.encodings import text_of
from scanner.collect.holdings.files.needles import encoded, there
from scanner.collect.holdings.files.ranges import BEYOND, part
from scanner.collect.holdings.files.separated import Layout, below, ended, open_text
from scanner.collect.holdings.files.splitter import Block, Ints, Loose, blocks, cells
from scanner.collect.holdings.files.table import picking
from scanner.facts.holdings.normal import folded
from scanner.facts.holdings.reading import Column, Place, Predicate, Row
from scanner.facts.holdings.words import EMPTY
from scanner.model.absent import Absent, Why

SIGN = "密".encode()
"""Stands in every level and mark: in a file in GB18030 these bytes tell of a row in UTF-8."""
MANY = 4
"""Rows are cut as a whole where more than one of so many columns is asked for."""
PLACES, LOOKED, SURE = 8, 32 * 1024, 0.9
"""Places further down that are looked at, bytes of each, and the share of rows of the right width that makes one certain."""


@dataclass(slots=True)
class Delimited:
    """Implements :class:`scanner.facts.holdings.reading.Source`."""

    place: Place
    name: str
    content: Content
    layout: Layout
    total: int | None = None
    key: tuple[str, ...] = ()
    references: Mapping[str, tuple[str, str]] = field(default_factory=lambda: MappingProxyType({}))
    passed: int = 0
    blank: int | None = None
    """Rows whose secrecy cell is blank, once a pass has told."""
    rare_met: bool = False
    """A pass came across what is rare."""
    naming: Naming | None = None
    """The text was not looked through for further tables: the first pass does that on its way."""
    mixed: bool = False
    """Cells had to be decoded one by one: what they are read as may depend on the cells around them."""

    @property
    def columns(self) -> tuple[Column, ...]:
        """As the row of names tells."""
        return self.layout.columns

    def exceeds(self, rows: int) -> bool:
        """By the number of rows, where it is known."""
        return (self.total or 0) > rows

    def histogram(self, column: str, limit: int) -> Mapping[str | None, int] | Absent:
        """One pass; values are decoded once each."""
        where, counts = self._position(column), Counter[str | None]()
        distinct, totals = Distinct(), np.zeros(0, np.int64)
        for block in self._blocks():
            if isinstance(block, Loose):
                counts.update(self._text(row[where]) if where < len(row) else None for row in self._whole(block.rows))
            else:
                codes = distinct.number(block.data, *block.spans(where, self._last(where)))
                here = np.bincount(codes, minlength=len(distinct.values))
                here[: len(totals)] += totals
                totals = here
            if len(distinct.values) > 4 * limit or len(counts) > limit:
                return Absent(Why.TRUNCATED, f"more than {limit} values")
        for raw, count in zip(distinct.values, totals.tolist()):
            counts[self._cell(raw)] += count
        return counts if len(counts) <= limit else Absent(Why.TRUNCATED, f"more than {limit} values")

    def candidates(self, columns: Sequence[str], predicate: Predicate) -> Iterator[Row]:
        """Needles by byte search, the secrecy column by number; only rows that are left are decoded."""
        asked = [self._position(name) for name in columns]
        texts = [self._position(name) for name in predicate.texts]
        level = None if predicate.level is None else self._position(predicate.level)
        needles, plain = encoded(predicate.needles, self._encoding), predicate.plain | {None, ""}
        rare = encoded(predicate.rare, self._encoding)
        marked = Marked(lambda raw: self._cell(raw) not in plain, self._is_blank)
        self.blank, loose = None, False
        for block in self._blocks():
            if isinstance(block, Loose):
                loose = self.rare_met = True
                yield from self._loose(block, asked, texts, level, (*predicate.needles, *predicate.rare), plain)
                continue
            odd = there(block.data, rare)
            self.rare_met = self.rare_met or bool(odd)
            wanted = self._mentioned(block, texts, (*needles, *odd))
            if level is not None:
                wanted |= marked.rows(block.data, *block.spans(level, self._last(level)))
            yield from self._decoded(block, asked, np.flatnonzero(wanted))
        self.blank = None if level is None or loose else marked.blank

    def _is_blank(self, raw: bytes | None) -> bool:
        return raw is None or folded(self._cell(raw) or "").upper() in EMPTY

    def without(self, level: str, columns: Sequence[str]) -> Iterator[Row]:
        """Rows whose cell in that column is blank."""
        asked, where = [self._position(name) for name in columns], self._position(level)
        blank = Marked(self._is_blank)
        for block in self._blocks():
            if isinstance(block, Loose):
                for row in self._whole(block.rows):
                    if where >= len(row) or folded(self._text(row[where])).upper() in EMPTY:
                        yield tuple(self._text(row[at]) if at < len(row) else None for at in asked)
            else:
                rows = np.flatnonzero(blank.rows(block.data, *block.spans(where, self._last(where))))
                yield from self._decoded(block, asked, rows)

    def rows(self, columns: Sequence[str]) -> Iterator[Row]:
        """Every row."""
        asked = [self._position(name) for name in columns]
        for block in self._blocks():
            if isinstance(block, Loose):
                for row in self._whole(block.rows):
                    yield tuple(self._text(row[at]) if at < len(row) else None for at in asked)
            else:
                yield from self._decoded(block, asked, None)

    def sample(self, columns: Sequence[str], n: int) -> list[Row]:
        """The first rows."""
        return as_far(self.rows(columns), n)

    def further(self, columns: Sequence[str], n: int) -> list[Row]:
        """Some rows of places further down, as far as they can be told from what stands around them; only to learn from."""
        size, found = self.content.size, list[Row]()
        if not self.content.seekable or self.layout.transcoded or size < 2 * LOOKED:
            return []
        asked = [self._position(name) for name in columns]
        with told(), self.content.opener() as stream:
            for place in range(1, PLACES + 1):
                stream.seek((size - LOOKED) * place // PLACES)
                lines = read_up_to(stream, LOOKED).split(b"\n")[1:-1]
                for block in blocks(BytesIO(b"\n".join(lines)), self.layout.separator, self.layout.quoting):
                    if not isinstance(block, Block):
                        continue
                    even = np.flatnonzero(block.counts == len(self.layout.columns) - 1)
                    # Where most are of another width, the place may lie within quotes.
                    if len(even) > SURE * len(block.counts):
                        found += self._decoded(block, asked, even[: n // PLACES])
        return found

    def slice(self, bounds: tuple[int | None, int | None]) -> Delimited:
        """The records between two places of the text at which records begin."""
        low, high = bounds
        layout = self.layout if low is None else replace(self.layout, mark=0, skip=0)
        return Delimited(self.place, self.name, part(self.content, low or 0, BEYOND if high is None else high), layout)

    @property
    def _encoding(self) -> str:
        return "utf-8" if self.layout.transcoded else self.layout.encoding

    def _position(self, name: str) -> int:
        return next(at for at, column in enumerate(self.layout.columns) if column.name == name)

    def _last(self, position: int) -> bool:
        return position == len(self.layout.columns) - 1

    def _blocks(self) -> Iterator[Block | Loose]:
        """Blocks without what stands above the data; counts the records that went by."""
        self.passed, passed, skip = 0, 0, self.layout.skip
        try:
            with told(), open_text(self.content, self.layout) as stream:
                for block in map(ended, blocks(stream, self.layout.separator, self.layout.quoting)):
                    if self.naming is not None:
                        self.naming.watch(block)
                    size = len(block.rows) if isinstance(block, Loose) else len(block.starts)
                    above = min(skip, size)
                    skip -= above
                    if above < size:
                        yield below(block, above) if above else block
                    passed += size - above
                self.naming = None
        finally:
            self.passed = passed

    def _mentioned(self, block: Block, texts: Sequence[int], needles: Sequence[bytes]) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
        wanted = np.zeros(len(block.starts), np.bool_)
        hits = np.concatenate([block.places(needle) for needle in needles]) if texts and needles else np.zeros(0, np.int64)
        if not len(hits):
            return wanted
        rows, columns = block.cells_at(hits)
        searched = np.zeros(len(self.layout.columns), np.bool_)
        searched[texts] = True
        wanted[rows[searched[np.minimum(columns, len(searched) - 1)]]] = True
        return wanted

    def _decoded(self, block: Block, asked: Sequence[int], rows: Ints | None) -> Iterator[Row]:
        size = len(block.starts) if rows is None else len(rows)
        if not size or not asked:
            yield from repeat((), size)
            return
        whole = self._lines(block, rows) if MANY * len(asked) > len(self.layout.columns) else None
        if whole is not None:
            yield from map(picking(asked), whole)
            return
        yield from zip(*(self._column(block.data, *block.spans(column, self._last(column), rows)) for column in asked))

    def _lines(self, block: Block, rows: Ints | None) -> list[list[str]] | None:
        """Rows as they stand, decoded and cut in one go; None where a cell is missing, quoted or one too many, or encodings are mixed."""
        if not block.each or block.each != len(self.layout.columns) - 1:
            return None
        starts, ends = (block.starts, block.ends) if rows is None else (block.starts[rows], block.ends[rows])
        data = block.data
        joined = b"\n".join([data[at:to] for at, to in zip(starts.tolist(), ends.tolist())])
        if (self.layout.quoting and b'"' in joined) or (self._encoding == "gb18030" and SIGN in joined):
            return None
        try:
            text = joined.decode(self._encoding)
        except UnicodeDecodeError:
            return None
        separator = self.layout.separator.decode("ascii")
        return [line.split(separator) for line in text.split("\n")]

    def _column(self, data: bytes, begin: Ints, end: Ints) -> list[str | None]:
        """Cells of one column: decoded in one go where they are clean, one by one where encodings are mixed."""
        raws = [data[at:to] for at, to in zip(begin.tolist(), end.tolist())]
        joined = b"\0".join(raws)
        if bool((end < begin).any()):
            return self._one_by_one([raw if there else None for raw, there in zip(raws, (end >= begin).tolist())])
        if self._encoding == "gb18030" and SIGN in joined:
            # UTF-8 decodes as GB18030 without an error more often than not.
            return self._one_by_one(raws)
        try:
            found: list[str | None] = [*joined.decode(self._encoding).split("\0")]
        except UnicodeDecodeError:
            return self._one_by_one(raws)
        if len(found) != len(raws):
            return self._one_by_one(raws)
        if b'"' in joined and self.layout.quoting:
            return [cell[1:-1].replace('""', '"') if cell and cell[0] == cell[-1] == '"' and len(cell) > 1 else cell for cell in found]
        return found

    def _one_by_one(self, raws: Sequence[bytes | None]) -> list[str | None]:
        self.mixed = True
        return [self._cell(raw) for raw in raws]

    def _cell(self, raw: bytes | None) -> str | None:
        if raw is None:
            return None
        if raw[:1] == b'"' and self.layout.quoting:
            raw = (cells(raw, b"\n\0") or [raw])[0]
        return text_of(raw, self._encoding)

    def _text(self, raw: bytes) -> str:
        return text_of(raw, self._encoding)

    def _whole(self, rows: list[list[bytes]]) -> list[list[bytes]]:
        """Cells beyond the last column are put into it."""
        width = len(self.layout.columns)
        return [row if len(row) <= width else [*row[: width - 1], self.layout.separator.join(row[width - 1 :])] for row in rows]

    def _loose(
        self,
        block: Loose,
        asked: Sequence[int],
        texts: Sequence[int],
        level: int | None,
        needles: Sequence[str],
        plain: frozenset[str | None],
    ) -> Iterator[Row]:
        for raw in self._whole(block.rows):
            row = [self._text(cell) for cell in raw]
            row_texts = [row[at] for at in texts if at < len(row)]
            if (level is not None and level < len(row) and row[level] not in plain) or any(
                n in text for n in needles for text in row_texts
            ):
                yield tuple(row[at] if at < len(row) else None for at in asked)
