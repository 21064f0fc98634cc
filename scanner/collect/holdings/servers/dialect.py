"""How one family of servers spells what a table is asked: identifiers, cells as text, and the predicate that is pushed down."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from scanner.facts.holdings.reading import Column, Predicate

LONG_CHARS = 65_536
"""Of one cell of a type without a length of its own, so much travels at most."""


@dataclass(frozen=True, slots=True)
class Field:
    """A column with what the dialect needs to know of it."""

    column: Column
    native: str = ""
    """The server's own type name, lower case."""
    raw: bool = False
    """Its text is bytes in an encoding that the server does not know, or names wrongly."""
    long: bool = False
    """A type without a length of its own: its cells are cut at :data:`LONG_CHARS`."""

    @property
    def name(self) -> str:
        """Name of the column."""
        return self.column.name


class Dialect:
    """Standard SQL with ``%s`` parameters; families say what they spell otherwise."""

    slices = False
    """Its planner sees through a table expression, so that a slice of a table is read by its key."""

    def quote(self, name: str) -> str:
        """An identifier that means exactly this name."""
        return '"' + name.replace('"', '""') + '"'

    def bind(self, value: str | bytes, params: list[object]) -> str:
        """A parameter's place in the statement."""
        params.append(value)
        return "%s"

    def cell(self, field: Field) -> str:
        """The column as text (bytes for raw fields), as the store writes it."""
        raise NotImplementedError

    def exact(self, field: Field) -> str:
        """An expression whose equality is that of bytes: it is grouped by and compared."""
        return self.cell(field)

    def holds(self, field: Field, needle: str, params: list[object]) -> str:
        """True where the column's text contains the needle."""
        raise NotImplementedError

    def beyond(self, field: Field, plain: Iterable[str], params: list[object]) -> str:
        """True where the column is neither NULL, nor empty, nor one of the plain values."""
        marks = ", ".join(self.bind(value, params) for value in ("", *sorted(set(plain) - {""})))
        return f"{self.exact(field)} NOT IN ({marks})"

    def limited(self, select: str, rows: int) -> str:
        """The same question, for so many rows at most."""
        return f"{select} LIMIT {rows}"

    def holds_rare(self, predicate: Predicate) -> bool:
        """Whether the store is known to hold something that is rare; what is among the needles themselves is found as they are."""
        return False

    def where(self, fields: dict[str, Field], predicate: Predicate, params: list[object]) -> str:
        """The predicate as a condition; parameters are appended in the order of their places."""
        parts = []
        if predicate.level is not None:
            level = fields[predicate.level]
            # Nobody knows in which encoding bytes stand: all of them are brought.
            binary = level.column.kind == "bytes"
            parts.append(f"{self.quote(level.name)} IS NOT NULL" if binary else self.beyond(level, predicate.plain, params))
        for text in predicate.texts:
            parts += [self.holds(fields[text], needle, params) for needle in predicate.needles]
        return " OR ".join(f"({part})" for part in parts) or "1 = 0"


def needle_bytes(needle: str) -> tuple[bytes, ...]:
    """A needle as it may stand in text whose encoding nobody declared: UTF-8 and GB18030."""
    return tuple(dict.fromkeys((needle.encode("utf-8"), needle.encode("gb18030"))))


def decoded(data: bytes) -> str:
    """Bytes as UTF-8, else as GB18030, else byte by byte: nothing is ever dropped."""
    try:
        return data.decode()
    except UnicodeDecodeError:
        pass
    try:
        return data.decode("gb18030")
    except UnicodeDecodeError:
        return data.decode("latin-1")


def text_of(cell: object) -> str | None:
    """A cell as text."""
    if cell is None or isinstance(cell, str):
        return cell
    if isinstance(cell, bytes | bytearray | memoryview):
        return decoded(bytes(cell))
    return str(cell)
