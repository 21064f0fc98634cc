"""A source that lives in memory: for tests of counting without any store."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType

from scanner.facts.holdings.reading import Column, Place, Predicate, Row
from scanner.model.absent import Absent, Why


class Memory:
    """Rows in memory. ``declared`` False leaves the total to be found out by a pass."""

    key: tuple[str, ...] = ()

    def __init__(self, name: str, columns: Sequence[str | tuple[str, str]], rows: Sequence[Row], *, declared: bool = True) -> None:
        self.name = name
        self.columns = tuple(Column(item) if isinstance(item, str) else Column(*item) for item in columns)
        self.place = Place(f"base#{name}", MappingProxyType({"database": "base"}))
        self.references: Mapping[str, tuple[str, str]] = {}
        self.total = len(rows) if declared else None
        self.passed = 0
        self._rows = rows

    def _at(self, columns: Sequence[str]) -> list[int]:
        names = [column.name for column in self.columns]
        return [names.index(name) for name in columns]

    def rows(self, columns: Sequence[str]) -> Iterator[Row]:
        at = self._at(columns)
        yield from (tuple(row[i] for i in at) for row in self._rows)
        self.passed = len(self._rows)

    def sample(self, columns: Sequence[str], n: int) -> list[Row]:
        return list(self.rows(columns))[:n]

    def candidates(self, columns: Sequence[str], predicate: Predicate) -> Iterator[Row]:
        at, texts = self._at(columns), self._at(predicate.texts)
        level = self._at([predicate.level])[0] if predicate.level is not None else None
        for row in self._rows:
            texted = any(needle in (row[i] or "") for i in texts for needle in predicate.needles)
            if texted or (level is not None and row[level] not in predicate.plain | {None, ""}):
                yield tuple(row[i] for i in at)
        self.passed = len(self._rows)

    def exceeds(self, rows: int) -> bool:
        """By the number of rows, where it is known."""
        return (self.total or 0) > rows

    def histogram(self, column: str, limit: int) -> Mapping[str | None, int] | Absent:
        return Absent(Why.NOT_ASKED, "memory")
