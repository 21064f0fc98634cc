"""Bounded collections for what a capture shows: a hostile wire can fill them, never overflow them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

K = TypeVar("K")


@dataclass(slots=True)
class Seen:
    """How often and when something was seen."""

    frames: int = 0
    first: float = 0.0
    last: float = 0.0
    said: dict[str, Any] = field(default_factory=dict)
    """What it said of itself; the latest word counts."""

    def at(self, first: float, last: float, frames: int = 1) -> None:
        """Count frames seen between two times, in whatever order they are told."""
        self.first = first if not self.frames else min(self.first, first)
        self.last = last if not self.frames else max(self.last, last)
        self.frames += frames


class Bounded(Generic[K]):
    """A dictionary of what was seen with a limit; what did not fit is counted."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._items: dict[K, Seen] = {}
        self.more = 0
        """Sightings that found no place: at least one thing, at most this many."""

    def see(self, key: K, time: float, /, **said: Any) -> Seen | None:
        """Count one sighting; None when there is no place left for a new key."""
        return self.span(key, time, time, 1, **said)

    def span(self, key: K, first: float, last: float, frames: int, /, **said: Any) -> Seen | None:
        """Count many sightings at once."""
        found = self._items.get(key)
        if found is None:
            if len(self._items) >= self._most:
                self.more += 1
                return None
            found = self._items[key] = Seen()
        found.at(first, last, frames)
        found.said.update(said)
        return found

    def __iter__(self) -> Iterator[tuple[K, Seen]]:
        return iter(sorted(self._items.items(), key=lambda item: str(item[0])))

    def __len__(self) -> int:
        return len(self._items)

    def __contains__(self, key: object) -> bool:
        return key in self._items

    def get(self, key: K) -> Seen | None:
        """What was seen of a key."""
        return self._items.get(key)


def add_to(seen: Seen, key: str, value: Any, most: int) -> None:
    """Add a value to a bounded list of what something said; what does not fit is counted under ``more_<key>``."""
    values = seen.said.setdefault(key, [])
    if value in values:
        return
    if len(values) < most:
        values.append(value)
    else:
        seen.said[f"more_{key}"] = seen.said.get(f"more_{key}", 0) + 1
