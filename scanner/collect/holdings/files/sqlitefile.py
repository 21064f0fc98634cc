"""SQLite files inside folders and archives, read by the reader for databases."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from scanner.collect.holdings.files.content import Content
from scanner.facts.holdings.reading import Found


def sqlite_file(content: Content) -> Iterator[Found]:
    """Its tables; a member of an archive is held in memory for as long as it is read."""
    from scanner.collect.holdings.servers.sqlite import read_sqlite  # servers bring drivers; a folder without SQLite needs none

    if content.real is not None:
        yield from read_sqlite(content.real, content.path, content.container)
        return
    handle = os.memfd_create("sq", os.MFD_CLOEXEC)
    try:
        data = memoryview(content.whole())
        while data:
            data = data[os.write(handle, data) :]
        yield from read_sqlite(Path(f"/proc/self/fd/{handle}"), content.path, content.container)
    finally:
        os.close(handle)
