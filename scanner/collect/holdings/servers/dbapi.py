"""A session through any DB-API driver, for servers that are asked with plain statements: SQL Server, Oracle, DM8."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from scanner.errors import ReachError
from scanner.model.absent import Why

_READS = re.compile(r"\s*(?:SELECT|WITH)\b[^;]*", re.IGNORECASE | re.DOTALL)


class PlainSession:
    """One connection. Only single SELECT statements pass, beside the few settings given here."""

    def __init__(
        self,
        connection: Any,
        errors: type[Exception],
        why: Callable[[Exception], ReachError],
        deadline: float,
        *,
        begin: Sequence[str] = (),
        limit: Callable[[float], None] = lambda seconds: None,
        steady: bool = False,
    ) -> None:
        self.connection = connection
        self.errors = errors
        self.why = why
        self.deadline = deadline
        """On the monotonic clock."""
        self.begin = begin
        """Statements that open a turn, after a rollback."""
        self.limit = limit
        """Tells the driver how many seconds the next call may take."""
        self.steady = steady
        self._owner: object = None
        self._turn = 0

    def turn(self, owner: object) -> int:
        """Let go of what the last table held."""
        if owner is not self._owner or not self._turn:
            self._try(self.connection.rollback)
            for statement in self.begin:
                self.set(statement)
            self._owner, self._turn = owner, self._turn + 1
        return self._turn

    def set(self, statement: str) -> None:
        """One of our own statements that sets the session; it never comes from outside."""
        self._try(lambda: self._run(statement, ()).close())

    def all(self, sql: str, params: Sequence[object] = (), seconds: float = 60.0) -> list[tuple[Any, ...]]:
        """The whole answer."""
        return list(self.stream(sql, params, seconds, 1000))

    def stream(self, sql: str, params: Sequence[object], seconds: float, size: int) -> Iterator[tuple[Any, ...]]:
        """Rows as they come."""
        if not _READS.fullmatch(sql):
            raise ReachError(Why.NOT_ASKED, "not a single SELECT")
        left = self.deadline - time.monotonic()
        if left < 0.5:
            raise ReachError(Why.TIMED_OUT, "session")
        self._try(lambda: self.limit(min(seconds, left)))
        cursor = self._try(lambda: self._run(sql, params))
        try:
            while rows := self._try(lambda: cursor.fetchmany(size)):
                if time.monotonic() > self.deadline:
                    raise ReachError(Why.TIMED_OUT, "session")
                for row in rows:
                    yield tuple(cell.read() if hasattr(cell, "read") else cell for cell in row)
        finally:
            self._try(cursor.close)

    def _run(self, sql: str, params: Sequence[object]) -> Any:
        cursor = self.connection.cursor()
        if params:
            cursor.execute(sql, tuple(params))
        else:
            cursor.execute(sql.replace("%%", "%"))
        return cursor

    def _try(self, act: Callable[[], Any]) -> Any:
        try:
            return act()
        except self.errors as error:
            raise self.why(error) from None
