"""A search index as a source of rows: what the index can decide exactly is asked there, everything else is read whole.

An analysed text field cannot be asked for a single character: its analyser may have made other words of it. And a field
with several values is not open because one of them is. Both are why a predicate is pushed down only where it cannot lose a row.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Any

from scanner.errors import ReachError
from scanner.facts.holdings.reading import Column, Place, Predicate, Row
from scanner.model.absent import Absent, Why

PAGE = 1000
MANY_VALUES = 1000
"""With more values than this a level field is no level field; rows are read whole then."""


class IndexSource(ABC):
    """One index, collection or core."""

    def __init__(self, place: Place, name: str, columns: tuple[Column, ...], key: tuple[str, ...]) -> None:
        self.place = place
        self.name = name
        self.columns = columns
        self.key = key
        self.references: Mapping[str, tuple[str, str]] = MappingProxyType({})
        self.passed = 0
        self._total: int | None = None

    @property
    def total(self) -> int | None:
        """Documents, counted by the index."""
        if self._total is None:
            self._total = self.count()
        return self._total

    def exceeds(self, rows: int) -> bool:
        """By the number of rows, where it is known."""
        return (self.total or 0) > rows

    def histogram(self, column: str, limit: int) -> Mapping[str | None, int] | Absent:
        """Values and how often, by the index where the field is kept whole, else by reading every document."""
        try:
            counted = self.tally(column, limit)
            return self._read_tally(column, limit) if counted is None else counted
        except ReachError as error:
            return error.absent

    def candidates(self, columns: Sequence[str], predicate: Predicate) -> Iterator[Row]:
        """The rows that the predicate asks for."""
        self.passed = 0
        query = self._pushed(predicate)
        if query is not None:
            before = self.total
            for document in self.scan(columns, query):
                yield self.row(document, columns)
            after = self.count()
            if before != after:
                raise ReachError(Why.TRUNCATED, "the index changed while it was read")
            self.passed = after
            return
        wanted = list(dict.fromkeys([*columns, *predicate.texts, *([predicate.level] if predicate.level else [])]))
        seen = 0
        for document in self.scan(wanted, None):
            seen += 1
            if self._wanted(document, predicate):
                yield self.row(document, columns)
        self.passed = seen

    def rows(self, columns: Sequence[str]) -> Iterator[Row]:
        """Every document."""
        seen = 0
        for document in self.scan(columns, None):
            seen += 1
            yield self.row(document, columns)
        self.passed = seen

    def sample(self, columns: Sequence[str], n: int) -> list[Row]:
        """The first documents."""
        out: list[Row] = []
        for document in self.scan(columns, None, min(n, PAGE)):
            out.append(self.row(document, columns))
            if len(out) >= n:
                break
        return out

    def row(self, document: Any, columns: Sequence[str]) -> Row:
        """The named fields of a document as text; several values stand on lines of their own."""
        return tuple("\n".join(found) if (found := self.values(document, name)) else None for name in columns)

    def _pushed(self, predicate: Predicate) -> Any:
        parts = []
        if predicate.level is not None:
            values = self.tally(predicate.level, MANY_VALUES)
            if values is None or isinstance(values, Absent):
                return None
            odd = sorted(value for value in values if value and value not in predicate.plain)
            if odd:
                parts.append(self.among(predicate.level, odd))
        for text in predicate.texts:
            for needle in predicate.needles:
                part = self.contains(text, needle)
                if part is None:
                    return None
                parts.append(part)
        return self.either(parts)

    def _wanted(self, document: Any, predicate: Predicate) -> bool:
        if predicate.level is not None and any(value and value not in predicate.plain for value in self.values(document, predicate.level)):
            return True
        needles = (*predicate.needles, *predicate.rare)
        return any(needle in value for text in predicate.texts for value in self.values(document, text) for needle in needles)

    def _read_tally(self, column: str, limit: int) -> Mapping[str | None, int] | Absent:
        found: dict[str | None, int] = {}
        for document in self.scan([column], None):
            values: list[str | None] = [*self.values(document, column)]
            for value in values or [None]:
                found[value] = found.get(value, 0) + 1
            if len(found) > limit:
                return Absent(Why.TRUNCATED, f"more than {limit} values")
        return found

    @abstractmethod
    def count(self) -> int:
        """Documents now."""

    @abstractmethod
    def scan(self, columns: Sequence[str], query: Any, size: int = PAGE) -> Iterator[Any]:
        """Documents, page after page, each once. Raises ReachError when a part of the index did not answer."""

    @abstractmethod
    def values(self, document: Any, column: str) -> list[str]:
        """The values of one field of a document."""

    @abstractmethod
    def tally(self, column: str, limit: int) -> Mapping[str | None, int] | Absent | None:
        """The index's own exact count by value; None where it keeps the field in pieces."""

    @abstractmethod
    def among(self, column: str, values: Sequence[str]) -> Any:
        """Documents that have one of the values."""

    @abstractmethod
    def contains(self, column: str, needle: str) -> Any:
        """Documents whose field contains the needle; None where the index cannot tell for certain."""

    @abstractmethod
    def either(self, parts: Sequence[Any]) -> Any:
        """Any of the parts."""


def texts_of(value: Any) -> list[str]:
    """JSON values as the store writes them."""
    if value is None:
        return []
    if isinstance(value, list):
        return [text for item in value for text in texts_of(item)]
    if isinstance(value, bool):
        return ["true" if value else "false"]
    return [str(value)]
