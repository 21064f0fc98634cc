"""What small files of a folder say of the large ones beside them: they are counted first, so that a large file is counted once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from scanner.collect.holdings.beside import Spoken, spoken_in
from scanner.collect.holdings.files.walk import Entry
from scanner.facts.holdings.reading import Unread

LARGE = 1024 * 1024
"""Bytes from which on a file is large; a smaller one that others explain is merely counted again."""
FEW = 50
"""Small files of one folder that are counted before their turn; where there are more, what they explain is counted again."""
Row = Mapping[str, Any]


class Neighbours:
    """Folders with large files, and what stands beside these."""

    def __init__(self, entries: Iterable[Entry | Unread], count: Callable[[Entry], Row]) -> None:
        self._count = count
        self._small: dict[str, list[Entry]] = {}
        self._spoken: dict[str, Spoken] = {}
        for entry in entries:
            if isinstance(entry, Entry) and entry.size < LARGE:
                self._small.setdefault(_folder(entry), []).append(entry)

    def beside(self, entry: Entry) -> Spoken:
        """What the small files of the folder say of columns; nothing for a file that is small itself."""
        folder = _folder(entry)
        if entry.size < LARGE:
            return {}
        if folder not in self._spoken:
            small = self._small.get(folder, [])
            self._spoken[folder] = spoken_in(_lines(map(self._count, small))) if len(small) <= FEW else {}
        return self._spoken[folder]


def _lines(rows: Iterable[Row]) -> Sequence[Row]:
    """Lines of files that lie in the folder itself, and not in an archive there."""
    return [line for row in rows for line in row["lines"] if "!" not in line["path"]]


def _folder(entry: Entry) -> str:
    return entry.shown.rpartition("/")[0]
