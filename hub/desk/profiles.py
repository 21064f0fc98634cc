"""The profiles that may be chosen. The command that lists them takes a second: its answer is kept while what is installed stays as it is."""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Iterator
from importlib.metadata import EntryPoint, entry_points
from importlib.util import find_spec
from pathlib import Path

from hub.desk.commands import run

GROUPS = ("shiqu.checks", "shiqu.profiles")
_LINE = re.compile(r"([a-z0-9][a-z0-9.-]*) +\d+ +(.+)")


class Profiles:
    """What the command said, by language."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._held: dict[str, tuple[str, list[tuple[str, str]]]] = {}

    def listed(self, lang: str) -> list[tuple[str, str]]:
        """(id, title) of every profile that is installed. An answer that was none is asked for again."""
        seen = mark()
        held = self._held.get(lang)
        if held is not None and held[0] == seen:
            return held[1]
        done = run(self._folder, lang, "profiles", "list")
        found = [(line[1], line[2]) for text in done.said.splitlines() if (line := _LINE.fullmatch(text.strip()))]
        if done.good:
            self._held[lang] = (seen, found)
        return found


def mark() -> str:
    """Another one whenever a check, a sheet or a profile is installed, changed or taken away."""
    made = hashlib.sha256()
    for group in GROUPS:
        for point in sorted(entry_points(group=group), key=lambda one: (one.name, one.value)):
            made.update(repr((group, point.name, point.value, point.dist.version if point.dist is not None else "")).encode())
            for line in sorted(_files(point)):
                made.update(repr(line).encode())
    return made.hexdigest()


def _files(point: EntryPoint) -> Iterator[tuple[str, int, int]]:
    """Path, time and size of what the entry point leads to; nothing of it is imported here."""
    top, *inner = point.module.split(".")
    spec = find_spec(top)
    for place in spec.submodule_search_locations or () if spec is not None else ():
        for folder, _, names in os.walk(Path(place, *inner)):
            for name in names:
                if name.endswith((".py", ".yaml")):
                    path = Path(folder, name)
                    try:
                        state = path.stat()
                    except FileNotFoundError:
                        # Taken away meanwhile: not there the next time either.
                        continue
                    yield str(path), state.st_mtime_ns, state.st_size
