"""A table of a server as a :class:`scanner.facts.holdings.reading.Source`: every question is one SELECT that the server works off."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any, Protocol

from scanner.collect.holdings.servers.dialect import Dialect, Field, text_of
from scanner.errors import ReachError
from scanner.facts.holdings.reading import Column, Place, Predicate, Row
from scanner.facts.holdings.words import EMPTY
from scanner.model.absent import Absent, Why

BLANKS = (" ", "  ", "\u3000")
FETCH_ROWS = 2000
"""Rows that travel at once."""
WHOLE = frozenset({"int2", "int4", "int8", "smallint", "mediumint", "int", "integer", "bigint"})
"""Native types of keys by whose ranges a table can be cut."""
UNKEYED = 20_000
"""Rows up to which a table is joined by a column that is no key of it."""
FETCH_LONG_ROWS = 200
"""The same where a column has no length of its own."""


class Session(Protocol):
    """One read-only session. Everything raises ReachError, whose detail holds codes and names, never content."""

    steady: bool
    """All questions of one turn see one and the same state of the tables."""

    def turn(self, owner: object) -> object:
        """A table asks: what was held for another one (snapshot, table lock) is let go. Equal answers: nothing can have changed since."""

    def all(self, sql: str, params: Sequence[object] = (), seconds: float = 60.0) -> list[tuple[Any, ...]]:
        """The whole answer to a small question."""

    def stream(self, sql: str, params: Sequence[object], seconds: float, size: int) -> Iterator[tuple[Any, ...]]:
        """A long answer, ``size`` rows at a time."""


@dataclass(slots=True, kw_only=True)
class SqlTable:
    """One table, or a view that nothing else stands for."""

    session: Session
    dialect: Dialect
    place: Place
    name: str
    origin: str
    """How a statement names the table, quoted."""
    fields: tuple[Field, ...]
    key: tuple[str, ...] = ()
    references: Mapping[str, tuple[str, str]] = field(default_factory=lambda: MappingProxyType({}))
    seconds: float = 600.0
    """Time limit of one statement; a view gets far less than a table."""
    steady: bool = True
    """The engine under it answers from a snapshot; else what was counted before may have changed since."""
    estimate: int | None = None
    """Rows that the server thinks it has; for progress only."""
    passed: int = 0
    rare_met: bool = False
    """What is rare is somewhere in the store."""
    _total: int | None = None
    _counted: object = None
    """State in which the rows were counted."""
    _spent: Absent | None = None
    """A question ran out of time: no further one is put, the next would fare no better."""

    @property
    def columns(self) -> tuple[Column, ...]:
        """The columns, in the table's order."""
        return tuple(item.column for item in self.fields)

    @property
    def total(self) -> int | None:
        """Rows of the table. Once a histogram was whole its sum says it, and no further pass is needed. Raises ReachError."""
        if self._total is None:
            self._total = self._count()
        return self._total

    def exceeds(self, rows: int) -> bool:
        """The server counts no further than that. Raises ReachError."""
        if self._total is not None:
            return self._total > rows
        self._turn()
        some = self.dialect.limited(f"SELECT 1 AS n FROM {self.origin}", rows + 1)  # noqa: S608
        return int(self._all(f"SELECT COUNT(*) FROM ({some}) few")[0][0]) > rows  # noqa: S608

    def histogram(self, column: str, limit: int) -> Mapping[str | None, int] | Absent:
        """Values and how often, grouped by the server on exact bytes."""
        exact = self.dialect.exact(self._field(column))
        ask = self.dialect.limited(f"SELECT {exact}, COUNT(*) FROM {self.origin} GROUP BY {exact}", limit + 1)  # noqa: S608
        try:
            turn = self._turn()
            rows = self._all(ask)
        except ReachError as error:
            return error.absent
        if len(rows) > limit:
            return Absent(Why.TRUNCATED, f"more than {limit} values")
        found: dict[str | None, int] = {}
        for value, number in rows:
            text = text_of(value)
            found[text] = found.get(text, 0) + int(number)
        self._total, self._counted = sum(found.values()), turn
        return found

    def candidates(self, columns: Sequence[str], predicate: Predicate) -> Iterator[Row]:
        """The rows that the predicate asks for; the server passes over all the others.

        Rows and their number are of one state of the table. Where the server keeps none, a change in between is an error.
        """
        params: list[object] = []
        self.passed = 0
        self._turn()
        condition = self.dialect.where({item.name: item for item in self.fields}, predicate, params)
        self.rare_met = self.dialect.holds_rare(predicate)
        steady = self.steady and self.session.steady
        before = 0 if steady else self._count()
        yield from self._rows(columns, f" WHERE {condition}", params)
        if not steady:
            self._total = self._count()
            if self._total != before:
                raise ReachError(Why.TRUNCATED, "the table changed while it was read")
        elif self._total is None or self._counted != self.session.turn(self):
            self._total = self._count()
        self.passed = self._total

    def without(self, level: str, columns: Sequence[str]) -> Iterator[Row]:
        """Rows whose cell in that column is blank; the server passes over all the others."""
        params: list[object] = []
        field, condition = self._field(level), ""
        if field.column.kind != "bytes":
            words = {*EMPTY, *(word.lower() for word in EMPTY), *BLANKS}
            beyond = self.dialect.beyond(field, words, params)
            condition = f" WHERE {self.dialect.quote(level)} IS NULL OR NOT ({beyond})"
        yield from self._rows(columns, condition, params)

    def rows(self, columns: Sequence[str]) -> Iterator[Row]:
        """Every row. Raises ReachError when the server breaks off."""
        seen = 0
        for row in self._rows(columns, "", []):
            seen += 1
            yield row
        self.passed = self._total = seen

    def sample(self, columns: Sequence[str], n: int) -> list[Row]:
        """The first rows that the server comes across. Raises ReachError."""
        self._turn()
        ask = self.dialect.limited(f"SELECT {self._cells(columns)} FROM {self.origin}", n)  # noqa: S608
        return [tuple(text_of(cell) for cell in row) for row in self._all(ask)]

    def span(self) -> tuple[int, int] | None:
        """Lowest and highest key of a table that can be cut by it. Raises ReachError."""
        key = self._field(self.key[0]) if len(self.key) == 1 else None
        plain = self.dialect.slices and self.steady and self.session.steady and "FOR SYSTEM_TIME" not in self.origin
        if key is None or not plain or key.native not in WHOLE:
            return None
        self._turn()
        name = self.dialect.quote(key.name)
        low, high = self._all(f"SELECT MIN({name}), MAX({name}) FROM {self.origin}")[0]  # noqa: S608
        try:
            return int(text_of(low) or ""), int(text_of(high) or "")
        except ValueError:
            return None

    def slice(self, bounds: tuple[int | None, int | None]) -> SqlTable:
        """The rows whose key lies within bounds; what has no key at all belongs to the first slice."""
        (low, high), name = bounds, self.dialect.quote(self.key[0])
        above = [] if low is None else [f"{name} >= {int(low)}"]
        below = [] if high is None else [f"({name} < {int(high)}{f' OR {name} IS NULL' if low is None else ''})"]
        origin = f"(SELECT * FROM {self.origin} WHERE {' AND '.join([*above, *below])}) AS shiqu_slice"  # noqa: S608
        return SqlTable(
            session=self.session, dialect=self.dialect, place=self.place, name=self.name, origin=origin, fields=self.fields, key=self.key,
            references=self.references, seconds=self.seconds, steady=self.steady,
        )  # fmt: skip

    def can_join(self, key: str, other: object, column: str) -> bool:
        """Whether one session reads both, and finds the row of a key without going through all of them. Raises ReachError."""
        if not isinstance(other, SqlTable) or self.session is not other.session or "FOR SYSTEM_TIME" in self.origin + other.origin:
            return False
        ours, theirs = self._field(key), other._field(column)
        return ours.column.kind == theirs.column.kind and all(
            table.key == (name,) or name in table.references or not table.exceeds(UNKEYED) for table, name in ((self, key), (other, column))
        )

    def fits(self, key: str, other: SqlTable, column: str, each: bool) -> bool:
        """Whether no key stands twice, and each has a row in the other table; ``each``: one and no more. Raises ReachError."""
        ours, theirs = self.dialect.quote(key), self.dialect.quote(column)
        asks = [
            f"SELECT COUNT(*) - COUNT(DISTINCT {ours}) FROM {self.origin}",  # noqa: S608
            f"SELECT COUNT(*) FROM {self.origin} b LEFT JOIN {other.origin} a ON a.{theirs} = b.{ours} WHERE a.{theirs} IS NULL",  # noqa: S608
        ]
        if each and other.key != (column,):
            asks.append(f"SELECT COUNT({theirs}) - COUNT(DISTINCT {theirs}) FROM {other.origin}")  # noqa: S608
        self._turn()
        return all(int(self._all(ask)[0][0]) == 0 for ask in asks)

    def joined(self, column: str, other: SqlTable, key: str, told: Sequence[tuple[Column, Column]]) -> SqlTable:
        """This table with columns of another one, of which each row is told of one or more here: as they stand there, and as they are called."""
        quote, by_name = self.dialect.quote, {item.name: item for item in other.fields}
        cells = ", ".join(f"b.{quote(theirs.name)} AS {quote(here.name)}" for theirs, here in told)
        found = f"{self.origin} a LEFT JOIN {other.origin} b ON b.{quote(key)} = a.{quote(column)}"
        further = {here.name: other.references[theirs.name] for theirs, here in told if theirs.name in other.references}
        return SqlTable(
            session=self.session, dialect=self.dialect, place=self.place, name=self.name, key=self.key, seconds=self.seconds,
            origin=f"(SELECT a.*, {cells} FROM {found}) shiqu_joined",  # noqa: S608
            fields=(*self.fields, *(replace(by_name[theirs.name], column=here) for theirs, here in told)),
            references=MappingProxyType({**self.references, **further}), steady=self.steady and other.steady, estimate=self.estimate,
        )  # fmt: skip

    def _rows(self, columns: Sequence[str], condition: str, params: list[object]) -> Iterator[Row]:
        self._turn()
        size = FETCH_LONG_ROWS if any(self._field(name).long for name in columns) else FETCH_ROWS
        ask = f"SELECT {self._cells(columns)} FROM {self.origin}{condition}"  # noqa: S608
        try:
            for row in self.session.stream(ask, params, self.seconds, size):
                yield tuple([cell if cell is None or type(cell) is str else text_of(cell) for cell in row])
        except ReachError as error:
            self._give_up(error.absent)
            raise

    def _all(self, ask: str) -> list[tuple[Any, ...]]:
        try:
            return self.session.all(ask, (), self.seconds)
        except ReachError as error:
            self._give_up(error.absent)
            raise

    def _turn(self) -> object:
        if self._spent is not None:
            raise ReachError(self._spent.why, self._spent.detail)
        return self.session.turn(self)

    def _give_up(self, absent: Absent) -> None:
        if absent.why is Why.TIMED_OUT:
            self._spent = absent

    def _cells(self, columns: Sequence[str]) -> str:
        return ", ".join(self.dialect.cell(self._field(name)) for name in columns) or "1"

    def _field(self, name: str) -> Field:
        for item in self.fields:
            if item.name == name:
                return item
        raise ReachError(Why.DEFECT, "no such column")

    def _count(self) -> int:
        self._counted = self._turn()
        return int(self._all(f"SELECT COUNT(*) FROM {self.origin}")[0][0])  # noqa: S608
