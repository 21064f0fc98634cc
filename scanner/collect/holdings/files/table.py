"""A source whose rows come from a function that can be called again: spreadsheets, DBF, JSON, dumps."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from operator import itemgetter
from types import MappingProxyType

from scanner.collect.holdings.files.broken import as_far, told
from scanner.errors import ReachError
from scanner.facts.holdings.normal import folded
from scanner.facts.holdings.reading import Column, Place, Predicate, Row
from scanner.facts.holdings.words import EMPTY
from scanner.model.absent import Absent, Why

SIGNS = ("\\", "%", "#")
"""Without the sign that it begins with, a needle is not looked for."""
Maker = Callable[[], Iterator[Sequence[str | None]]]
"""Every row with every column, from the beginning; short rows are padded here."""


@dataclass(slots=True)
class Table:
    """Implements :class:`scanner.facts.holdings.reading.Source` over a maker of rows."""

    place: Place
    name: str
    columns: tuple[Column, ...]
    maker: Maker
    total: int | None = None
    key: tuple[str, ...] = ()
    references: Mapping[str, tuple[str, str]] = field(default_factory=lambda: MappingProxyType({}))
    held: Sequence[Sequence[str | None]] | None = None
    """What the maker would make by columns, where all of it is in memory and no row is shorter or longer than others."""
    passed: int = 0
    blank: int | None = None
    """Rows whose secrecy cell is blank, once a pass has told."""
    rare_met: bool = False
    """A pass came across what is rare, or may have."""
    whole: bool = True
    """False where the file is known to hold, or to have held, more than can be read of it."""
    apart: bool = False
    """Its rows are parts of records with levels, and it is not certain of which."""

    def __post_init__(self) -> None:
        if self.held is not None and (not self.held or len(self.held) != len(self.columns)):
            self.held = None

    def exceeds(self, rows: int) -> bool:
        """By the number of rows, where it is known."""
        return (self.total or 0) > rows

    def histogram(self, column: str, limit: int) -> Mapping[str | None, int] | Absent:
        """Counted here, in one pass."""
        seen: Counter[str | None] = Counter()
        if self.held is not None:
            seen.update(self.held[self._positions((column,))[0]])
            return seen if len(seen) <= limit else Absent(Why.TRUNCATED, f"more than {limit} values")
        for (value,) in self.rows((column,)):
            seen[value] += 1
            if len(seen) > limit:
                return Absent(Why.TRUNCATED, f"more than {limit} values")
        return seen

    def candidates(self, columns: Sequence[str], predicate: Predicate) -> Iterator[Row]:
        """Rows that the predicate asks for."""
        if self.held is not None:
            yield from self._picked(columns, predicate, self.held)
            return
        asked = self._positions(columns)
        level = None if predicate.level is None else self._positions((predicate.level,))[0]
        texts = self._positions(predicate.texts)
        plain = predicate.plain | {None, ""}
        needles = (*predicate.needles, *predicate.rare)
        self.rare_met = bool(predicate.rare)
        cells, self.blank, blank = picking(asked), None, 0
        for row in self._all():
            blank += level is not None and _is_blank(row[level])
            if (level is not None and row[level] not in plain) or _mentions(row, texts, needles):
                yield cells(row)
        self.blank = blank if level is not None else None

    def rows(self, columns: Sequence[str]) -> Iterator[Row]:
        """Every row."""
        asked = self._positions(columns)
        if self.held is None or not asked:
            return map(picking(asked), self._all())
        self.passed = len(self.held[0])
        return zip(*(self.held[position] for position in asked))

    def sample(self, columns: Sequence[str], n: int) -> list[Row]:
        """The first rows."""
        if self.held is not None and columns:
            return list(zip(*(self.held[position][:n] for position in self._positions(columns))))
        return as_far(self.rows(columns), n)

    def looked(self, columns: Sequence[str], n: int) -> list[Sequence[str | None]]:
        """Cells of the first rows by columns, with those of some all over the rest and of the last ones; none where they are not in memory."""
        if self.held is None:
            return []
        return [_some(self.held[position], n) for position in self._positions(columns)]

    def _picked(self, columns: Sequence[str], predicate: Predicate, held: Sequence[Sequence[str | None]]) -> Iterator[Row]:
        """The same of what is in memory: each column is looked through as a whole, and only rows that are wanted are put together."""
        self.passed, self.blank, blank, self.rare_met = 0, None, None, False
        wanted: set[int] = set()
        if predicate.level is not None:
            level = held[self._positions((predicate.level,))[0]]
            values = Counter(level)
            blank = sum(number for value, number in values.items() if _is_blank(value))
            if telling := values.keys() - predicate.plain - {None, ""}:
                wanted.update(number for number, value in enumerate(level) if value in telling)
        for position in self._positions(predicate.texts):
            wanted.update(self._mentioning(held[position], predicate))
        asked = [held[position] for position in self._positions(columns)]
        for number in sorted(wanted):
            yield tuple([column[number] for column in asked])
        self.passed, self.blank = len(held[0]), blank

    def _mentioning(self, column: Sequence[str | None], predicate: Predicate) -> Iterator[int]:
        """Which cells of a column hold a needle. Most columns hold none anywhere, and to ask them as one text is cheapest."""
        joined = _joined(column)
        missing = {sign for sign in SIGNS if sign not in joined}
        odd = [needle for needle in predicate.rare if needle[0] not in missing and needle in joined]
        self.rare_met = self.rare_met or bool(odd)
        for needle in (*(needle for needle in predicate.needles if needle in joined), *odd):
            yield from (number for number, cell in enumerate(column) if cell and needle in cell)

    def _positions(self, names: Sequence[str]) -> list[int]:
        where = {column.name: position for position, column in enumerate(self.columns)}
        return [where[name] for name in names]

    def _all(self) -> Iterator[Sequence[str | None]]:
        width, passed = len(self.columns), 0
        self.passed = 0
        try:
            with told():
                for row in self.maker():
                    passed += 1
                    yield row if len(row) == width else _fitted(row, width)
        finally:
            self.passed = passed
        if self.total is not None and passed != self.total:
            raise ReachError(Why.TRUNCATED, f"{passed} rows read of {self.total} declared")


@lru_cache(maxsize=4096)
def _is_blank(cell: str | None) -> bool:
    return not cell or folded(cell).upper() in EMPTY


def _joined(column: Sequence[str | None]) -> str:
    """All texts of a column as one; most columns have one in every cell."""
    try:
        return "\n".join(column)  # type: ignore[arg-type]
    except TypeError:
        return "\n".join(filter(None, column))


def _some(column: Sequence[str | None], n: int) -> Sequence[str | None]:
    if len(column) <= n:
        return column
    rest = column[n:]
    return [*column[:n], *rest[:: len(rest) // n + 1], *rest[-n // 10 :]]


def picking(positions: Sequence[int]) -> Callable[[Sequence[str | None]], Row]:
    """The cells at some positions, in that order."""
    if len(positions) > 1:
        return itemgetter(*positions)
    return lambda row: tuple(row[position] for position in positions)


def _fitted(row: Sequence[str | None], width: int) -> list[str | None]:
    """Cells beyond the width go into the last column: they are text that must not be lost."""
    if len(row) < width:
        return [*row, *[None] * (width - len(row))]
    if not width:
        return []
    return [*row[: width - 1], "\t".join(cell for cell in row[width - 1 :] if cell)]


def _mentions(row: Sequence[str | None], texts: Sequence[int], needles: Sequence[str]) -> bool:
    for position in texts:
        cell = row[position]
        if cell:
            for needle in needles:
                if needle in cell:
                    return True
    return False
