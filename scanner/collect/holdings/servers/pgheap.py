"""An ordinary PostgreSQL table: how many rows a pass went over is what the server itself counted while it scanned.

A COUNT beside the cursor would pass over the table a second time. The counters are those of the transaction that is open; they are
believed only where they speak of one sequential scan of this table and no other.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from scanner.collect.holdings.servers.table import SqlTable
from scanner.errors import ReachError
from scanner.facts.holdings.reading import Predicate, Row


@dataclass(slots=True, kw_only=True)
class HeapTable(SqlTable):
    """A table whose rows all lie in itself: no partitions, no view."""

    oid: int
    _before: int = 0
    _asked: float = 0.0
    _seen: int = 0

    def underway(self) -> int:
        """Rows that the scan went over so far; asked of the server once a second."""
        now = time.monotonic()
        if now - self._asked >= 1:
            self._asked = now
            found = self._scanned()
            self._seen = max(0, found[1] - self._before) if found is not None else 0
        return self._seen

    def candidates(self, columns: Sequence[str], predicate: Predicate) -> Iterator[Row]:
        """The rows that the predicate asks for, and the number of rows that the scan went over."""
        params: list[object] = []
        self.passed = 0
        condition = self.dialect.where({item.name: item for item in self.fields}, predicate, params)
        state = self._turn()
        before = self._scanned()
        self._before, self._seen = before[1] if before is not None else 0, 0
        brought = 0
        for row in self._rows(columns, f" WHERE {condition}", params):
            brought += 1
            yield row
        after = self._scanned()
        if (
            before is not None
            and after is not None
            and after[0] == before[0] + 1
            and after[1] - before[1] >= brought
            and state == self._turn()
        ):
            self._total, self._counted = after[1] - before[1], state
        elif self._total is None or self._counted != self._turn():
            self._total = self._count()
        self.passed = self._total

    def _scanned(self) -> tuple[int, int] | None:
        """(sequential scans begun, rows they returned) in this transaction; None where the server does not count."""
        ask = (
            "SELECT pg_catalog.pg_stat_get_xact_numscans(oid), pg_catalog.pg_stat_get_xact_tuples_returned(oid) "  # noqa: S608
            f"FROM pg_catalog.pg_class WHERE oid = {self.oid} AND current_setting('track_counts') = 'on'"
        )
        try:
            rows = self.session.all(ask, (), 10)
        except ReachError:
            return None
        return (int(rows[0][0]), int(rows[0][1])) if rows else None
