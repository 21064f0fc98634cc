"""COPY blocks of a pg_dump: tab-separated text without quotes, cut by the same arrays as a TSV file."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import MappingProxyType

from scanner.collect.holdings.files import ranges
from scanner.collect.holdings.files.broken import as_far
from scanner.collect.holdings.files.content import Content
from scanner.collect.holdings.files.delimited import Delimited
from scanner.collect.holdings.files.encodings import spelt
from scanner.collect.holdings.files.inserts import Statement
from scanner.collect.holdings.files.separated import Layout
from scanner.facts.holdings.reading import Column, Place, Predicate, Row
from scanner.model.absent import Absent

ESCAPE = re.compile(r"\\(.)", re.DOTALL)
LETTERS = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f", "v": "\v"}
NULL = "\\N"
BYTES = r"\\x"
"""Before the digits of bytes."""
LOOKED = 50
BINARY = re.compile(r"\\x((?:[0-9a-f]{2})+)")
"""A value of bytes."""


@dataclass(slots=True)
class CopyTable:
    """All COPY blocks of one table."""

    place: Place
    name: str
    content: Content
    columns: tuple[Column, ...]
    encoding: str
    ranges: tuple[Statement, ...]
    total: int | None = None
    key: tuple[str, ...] = ()
    references: Mapping[str, tuple[str, str]] = field(default_factory=lambda: MappingProxyType({}))
    passed: int = 0
    whole: bool = True
    """False where the dump breaks off."""

    def exceeds(self, rows: int) -> bool:
        """By the number of rows, where it is known."""
        return (self.total or 0) > rows

    def histogram(self, column: str, limit: int) -> Mapping[str | None, int] | Absent:
        """Sum over the blocks."""
        counts: Counter[str | None] = Counter()
        for part in self._parts():
            found = part.histogram(column, limit)
            if isinstance(found, Absent):
                return found
            for value, count in found.items():
                counts[plain(value)] += count
        return counts

    def candidates(self, columns: Sequence[str], predicate: Predicate) -> Iterator[Row]:
        """NULL is plain like an empty cell. Where texts stand as their bytes nothing can be looked for in them: every row is brought."""
        if self._spelt(predicate.texts):
            yield from self.rows(columns)
            return
        ours = replace(predicate, plain=frozenset(escaped(value) for value in predicate.plain) | {NULL})
        yield from self._over(lambda part: part.candidates(columns, ours))

    def without(self, level: str, columns: Sequence[str]) -> Iterator[Row]:
        """Rows whose cell in that column is blank."""
        yield from self._over(lambda part: part.without(level, columns))

    def rows(self, columns: Sequence[str]) -> Iterator[Row]:
        """Every row."""
        yield from self._over(lambda part: part.rows(columns))

    def sample(self, columns: Sequence[str], n: int) -> list[Row]:
        """The first rows."""
        return as_far(self.rows(columns), n)

    def _spelt(self, texts: Sequence[str]) -> bool:
        """Whether some texts are written as the digits of their bytes."""
        first = next(self._parts(), None)
        rows = first.sample(texts, LOOKED) if first is not None and texts else []
        return any(cell is not None and cell.startswith(BYTES) for row in rows for cell in row)

    def _over(self, ask) -> Iterator[Row]:  # type: ignore[no-untyped-def]
        self.passed, passed = 0, 0
        for part in self._parts():
            try:
                for row in ask(part):
                    yield tuple(plain(cell) for cell in row)
            finally:
                passed += part.passed
                self.passed = passed

    def _parts(self) -> Iterator[Delimited]:
        for block in self.ranges:
            inner = ranges.part(self.content, block.start, block.end)
            layout = Layout(self.encoding, 0, b"\t", 0, self.columns, quoting=False)
            yield Delimited(self.place, self.name, inner, layout)


def plain(value: str | None) -> str | None:
    """A cell without its escapes."""
    if value is None or value == NULL:
        return None
    if "\\" not in value:
        return value
    text = ESCAPE.sub(lambda match: LETTERS.get(match.group(1), match.group(1)), value)
    binary = BINARY.fullmatch(text)
    return (spelt(binary.group(1)) if binary is not None else None) or text


def escaped(value: str) -> str:
    """A value as COPY writes it."""
    return value.replace("\\", "\\\\").replace("\t", "\\t").replace("\n", "\\n").replace("\r", "\\r")
