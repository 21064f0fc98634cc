"""What readers of catalogue stores hand over, and how they are asked. A reader never decides; a decision never reads.

Readers stand in ``scanner.collect.holdings``. What they find is a :class:`Group` of tables that explain one another (one
database, one workbook, one dump, one lone file), a :class:`Document`, or an :class:`Unread` with its reason. Cell text goes
from a reader into ``count`` in the same process and nowhere else: no exception, log line or temporary file may hold any.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Literal, Protocol

from scanner.model.absent import Absent, Why

Row = tuple[str | None, ...]
"""Cells as text, in the order asked for. None is the store's own NULL; numbers and dates are written as the store writes them."""
CellKind = Literal["text", "number", "date", "bytes", "other"]
PartKind = Literal["line", "header", "footer", "box", "property", "body", "name"]
"""Where a piece of a document's text stands: ``line`` one line of the first page, from the top; ``header`` and ``footer`` the
page's; ``box`` a text box; ``property`` a document property; ``body`` later running text, by paragraph; ``name`` the file's."""
CONTAINERS = ("archive", "workbook", "folder", "schema", "database", "instance", "host", "volume", "service")
"""Names of containers a place may stand in; the value says which one, and two places with one value share it."""
LINEAGE = ("backup", "export", "dump", "index", "replica", "cache", "log", "history", "recycle", "temp", "view")
"""What a copy can be. The words say how a place came to be, never whether it is allowed."""


@dataclass(frozen=True, slots=True)
class Column:
    """One column as the store's own metadata describe it."""

    name: str
    comment: str = ""
    """Comment, caption or label that the store keeps for it; empty when there is none."""
    kind: CellKind = "text"


@dataclass(frozen=True, slots=True)
class Place:
    """Where a table or document stands."""

    path: str
    """``PATH[!member][#table]`` relative to the target; members nest with further ``!``."""
    container: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    """Container name (:data:`CONTAINERS`) to its identity: ``database`` to ``archive``, ``volume`` to ``st_dev``."""
    lineage: tuple[str, ...] = ()
    """Words of :data:`LINEAGE` that the store itself shows (a full-text shadow table, a dump, a replica). Names are judged later."""
    copy_of: str | None = None
    """Path of the place it was derived from, where the store says so (the content table of an index, the base of a view)."""
    zone: str | None = None
    """Only where a reader knows that the place lies elsewhere (foreign table, remote index); None is the target's own zone."""


@dataclass(frozen=True, slots=True)
class Predicate:
    """Which rows a reader must bring: ``level`` is not among ``plain``, or a text column contains a needle.

    NULL and the empty string in ``level`` are plain whether listed or not. A reader may bring more rows than that, never fewer.
    """

    level: str | None
    """The secrecy column; None where the table has none."""
    plain: frozenset[str]
    """Values of ``level``, byte for byte as the store holds them, that leave a row to its text columns."""
    texts: tuple[str, ...]
    """Columns whose text is searched."""
    needles: tuple[str, ...]
    """Any of these, as plain substrings, case-sensitive."""
    rare: tuple[str, ...] = ()
    """Further ones that hardly any store holds: looked for by readers that can tell for next to nothing whether they are there at all."""


class Source(Protocol):
    """One table, sheet, collection or other set of rows, opened read-only."""

    @property
    def place(self) -> Place: ...

    @property
    def name(self) -> str:
        """Name within its group, as foreign keys and field dictionaries call it."""

    @property
    def columns(self) -> tuple[Column, ...]: ...

    @property
    def key(self) -> tuple[str, ...]:
        """Columns of the primary key; empty when unknown. A row's place in the store (``rowid``) may be offered as a column."""

    @property
    def references(self) -> Mapping[str, tuple[str, str]]:
        """Foreign keys: column to (name of the other source in the group, its column)."""

    @property
    def total(self) -> int | None:
        """Rows that the store declares (COUNT(*), file header). None when only a whole pass can tell."""

    @property
    def passed(self) -> int:
        """Rows that the last whole pass (``candidates`` or ``rows``) went over; right only after it came to its end."""

    def exceeds(self, rows: int) -> bool:
        """Whether it is known, or cheaply found out, that there are more rows; False where only a pass can tell."""

    def histogram(self, column: str, limit: int) -> Mapping[str | None, int] | Absent:
        """Distinct values and how often, pushed down where possible; Absent(truncated) when there are more than ``limit``."""

    def candidates(self, columns: Sequence[str], predicate: Predicate) -> Iterator[Row]:
        """Every row that the predicate asks for, with the given columns, streamed, in the store's order."""

    def rows(self, columns: Sequence[str]) -> Iterator[Row]:
        """Every row, streamed. Raises ReachError when the store breaks off: a short read is never a whole one."""

    def sample(self, columns: Sequence[str], n: int) -> list[Row]:
        """Up to ``n`` rows, only to learn what columns mean; never to claim that something is absent."""


@dataclass(frozen=True, slots=True)
class Group:
    """Sources that explain one another: codes of one may be spelt out in another."""

    name: str
    """Database, workbook or file; for progress only."""
    sources: tuple[Source, ...]
    around: Mapping[str, tuple[tuple[PartKind, str], ...]] = field(default_factory=lambda: MappingProxyType({}))
    """What stands around the records and is none: captions, page headers, comments and properties of a workbook. By path of the
    source it is about; under the empty path, about all of them."""
    views: tuple[str, ...] = ()
    """Definitions of views over the sources, as the store keeps them; they are never run."""


@dataclass(frozen=True, slots=True)
class Document:
    """One document whose marking is looked for, not its rows."""

    place: Place
    parts: Iterator[tuple[PartKind, str]]
    """Text in reading order, each line or paragraph whole (split runs joined); may be infinite in theory: the reader bounds it."""
    whole: bool = True
    """False when parts of it could not be turned into text (drawn glyphs, no text layer, a password on a part)."""
    codes: bool = False
    """A list in it has something where levels stand that may be a code, and could not be read by its rows."""


@dataclass(frozen=True, slots=True)
class Unread:
    """Something that is there and could not be read: it is listed, and never counts as clean."""

    place: Place
    why: Why
    detail: str = ""
    """Technical words only: a format's name, a limit, an error class. Never content."""


@dataclass(frozen=True, slots=True)
class Standing:
    """What a store shows of how it is kept; judged by storage and custody checks. Keys are fixed by the reader's documentation."""

    storage: Mapping[str, object] = field(default_factory=lambda: MappingProxyType({}))
    """Encryption at rest and in transit, file owner and mode, shares."""
    custody: Mapping[str, object] = field(default_factory=lambda: MappingProxyType({}))
    """``elsewhere``: list of ``{kind, where}`` for foreign servers, replicas, links, snapshot repositories, mounts."""
    backups: tuple[Mapping[str, object], ...] = ()
    """``{path, finished, where, manifest, verified, restored}`` as far as the store shows them."""


Found = Group | Document | Unread | Standing
