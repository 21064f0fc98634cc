"""Rows of several kinds in one file: a first pass learns which there are and what each holds, further ones give the rows of one kind."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice

from scanner.collect.holdings.files.broken import told
from scanner.errors import ReachError
from scanner.model.absent import Absent, Why

MAX_KINDS = 2000
MAX_COLUMNS = 2000
HELD = 2 * 1024 * 1024
"""Characters up to which the rows of all kinds are held: each further pass goes through the whole file."""
Named = Mapping[str, str | None]
Rows = Iterable[tuple[str, Named]]


@dataclass(slots=True)
class Kind:
    """What is known of one kind of row."""

    columns: dict[str, None] = field(default_factory=dict)
    number: int = 0
    held: list[Named] = field(default_factory=list)
    """The rows themselves, as long as there is little of all kinds."""

    def rows(self, again: Callable[[], Iterator[Named]]) -> Callable[[], Iterator[list[str | None]]]:
        """Makes a pass over the rows of the kind; ``again`` goes through the file for those that are not held.

        Where the text breaks off, no more is asked of it than the rows before that.
        """
        names = list(self.columns)

        def maker() -> Iterator[list[str | None]]:
            for row in islice(self.held or again(), self.number):
                yield [row.get(name) for name in names]

        return maker


def learn(rows: Rows, beyond: str) -> tuple[dict[str, Kind], Absent | None]:
    """The kinds by their names, and why it did not come to an end; ``beyond`` is said where there are too many kinds or columns."""
    found: dict[str, Kind] = {}
    room = HELD
    try:
        with told():
            for name, row in rows:
                kind = found.setdefault(name, Kind())
                kind.number += 1
                kind.columns.update(dict.fromkeys(row))
                if len(found) > MAX_KINDS or len(kind.columns) > MAX_COLUMNS:
                    raise ReachError(Why.TRUNCATED, beyond)
                if room > 0:
                    room -= sum(map(len, row)) + sum(map(len, filter(None, row.values())))
                    kind.held.append(row)
                    if room <= 0:
                        _let_go(found)
    except ReachError as problem:
        return found, problem.absent
    return found, None


def _let_go(found: Mapping[str, Kind]) -> None:
    for kind in found.values():
        kind.held.clear()
