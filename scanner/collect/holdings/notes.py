"""What was counted before a run was killed: whole groups, as counts that may rest anyway, in a file beside the run's own store.

Never a cell: what stands in it is what would have gone to the shelf. A group is taken from it only when the same tables are asked
for by the same functions for the same day.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any

from scanner.facts.holdings.reading import Group, Place, Unread
from scanner.facts.holdings.stores import FUNCTIONS
from scanner.model.absent import Why
from scanner.model.canonical import canonical, strict_loads

Line = dict[str, Any] | Unread
PASSING = frozenset({Why.UNREACHABLE, Why.TIMED_OUT, Why.TRUNCATED, Why.INTERRUPTED})
"""Reasons that may be gone the next time: a group with one of them is counted anew."""


@dataclass(slots=True)
class Notes:
    """One target's file; without a path nothing is kept."""

    path: Path | None
    about: str = ""
    """What the counts depend on beside the tables: address, day."""
    _known: dict[str, list[Line]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.path is None or not self.path.is_file():
            return
        for row in self.path.read_bytes().split(b"\n"):
            # The last row of a killed run may be half a row.
            with suppress(ValueError, KeyError, TypeError):
                data = strict_loads(row)
                unread = [Unread(Place(path, MappingProxyType(dict(container))), Why(why), detail) for path, why, detail, container in data["unread"]]
                self._known[data["key"]] = [*data["lines"], *unread]

    def known(self, group: Group) -> list[Line] | None:
        """What was counted of a group, if all of it was."""
        return self._known.get(self._key(group))

    def keep(self, group: Group, lines: Sequence[Line]) -> None:
        """Write down a group that is done; it is on the disk before the next one begins."""
        unread = [item for item in lines if isinstance(item, Unread)]
        if self.path is None or any(item.why in PASSING for item in unread):
            return
        told = [[item.place.path, item.why.value, item.detail, dict(item.place.container)] for item in unread]
        row = canonical({"key": self._key(group), "lines": [item for item in lines if not isinstance(item, Unread)], "unread": told})
        handle = os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
        with os.fdopen(handle, "wb") as stream:
            # A new row begins on a new line even after half a row.
            stream.write(b"\n" + row + b"\n")
            stream.flush()
            os.fsync(stream.fileno())

    def close(self) -> None:
        """The target is done: the run's own store takes over."""
        if self.path is not None:
            self.path.unlink(missing_ok=True)

    def _key(self, group: Group) -> str:
        paths: Iterable[str] = sorted(source.place.path for source in group.sources)
        return hashlib.sha256(canonical([self.about, FUNCTIONS, group.name, list(paths)])).hexdigest()


def notes_for(folder: Path | None, target_id: str, about: str) -> Notes:
    """The file of one target in the folder of its run."""
    name = hashlib.sha256(target_id.encode("utf-8")).hexdigest()[:16]
    return Notes(folder / f"counting-{name}.jsonl" if folder is not None else None, about)
