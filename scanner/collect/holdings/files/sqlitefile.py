"""SQLite files inside folders and archives, read by the reader for databases."""

from __future__ import annotations

from collections.abc import Iterator

from scanner.collect.holdings.files.content import Content
from scanner.facts.holdings.reading import Found


def sqlite_file(content: Content) -> Iterator[Found]:
    """Its tables; a member of an archive is held in memory for as long as it is read."""
    from scanner.collect.holdings.servers.sqlite import read_sqlite, read_sqlite_bytes  # servers bring drivers; most folders need none

    if content.real is not None:
        yield from read_sqlite(content.real, content.path, content.container)
    else:
        yield from read_sqlite_bytes(content.whole(), content.path, content.container)
