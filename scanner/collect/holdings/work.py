"""What a worker process does with each thing that it found in a file: count it there, and answer with counts alone."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType
from typing import Any

from scanner.collect.holdings.around import spoken_for
from scanner.collect.holdings.count import Asked, Kept, bearing, count_document, count_group, count_slice
from scanner.collect.holdings.digests import unpack
from scanner.collect.holdings.files.cutting import cuts
from scanner.collect.holdings.files.delimited import Delimited
from scanner.collect.holdings.recordnumbers import Bearing
from scanner.collect.holdings.reshaped import reshaped
from scanner.errors import ReachError
from scanner.facts.holdings.reading import Document, Found, Group, Source, Standing, Unread
from scanner.model.canonical import canonical, canonical_unchecked, strict_loads

WORK, COMPARE = f"{__name__}:work", f"{__name__}:compare"
CUT, SLICE = f"{__name__}:cut_up", f"{__name__}:slice_up"
"""How a worker is told to call the functions below."""
ONCE = MappingProxyType({"once": True})
"""Option of counting alone, which goes through all of a text: whether it holds several tables is looked for on the way."""


def counted(found: Found, asked: Asked, kept: Kept | None = None) -> Iterator[dict[str, Any] | Unread]:
    """Lines for the shelf, and by name what could not be read. A standing is no line."""
    if isinstance(found, Group):
        group = reshaped(found)
        yield from spoken_for(group, count_group(group, asked, kept), asked.as_of)
    elif isinstance(found, Document):
        try:
            yield count_document(found, asked)
        except ReachError as error:
            yield Unread(found.place, error.absent.why, error.absent.detail)
    elif isinstance(found, Unread):
        yield found


def work(found: Found, options: Mapping[str, Any]) -> bytes:
    """Count one thing; ``options`` hold ``as_of`` and perhaps ``own`` dictionaries, a ``salt``, and ``slices`` that are counted."""
    asked = _asked(options)
    kept = _Given(asked.salt, options["slices"]) if options.get("slices") else None
    answer: dict[str, list[Any]] = {"lines": [], "unread": [], "standing": []}
    if isinstance(found, Standing):
        answer["standing"].append([dict(found.storage), dict(found.custody), [dict(item) for item in found.backups]])
    for line in counted(found, asked, kept):
        if isinstance(line, Unread):
            answer["unread"].append([line.place.path, line.why.value, line.detail, dict(line.place.container)])
        else:
            answer["lines"].append(line)
    # Counts are whole numbers; only what a store shows of itself may hold others.
    return canonical(answer) if answer["standing"] else canonical_unchecked(answer)


def _asked(options: Mapping[str, Any]) -> Asked:
    return Asked(
        as_of=date.fromisoformat(options["as_of"]), own=options.get("own") or {}, labels=options.get("labels") or {}, salt=bytes.fromhex(options.get("salt") or ""),
        among=unpack(options.get("among") or ""), beside=options.get("beside") or {},
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Given:
    """What was counted of the only table of a file in slices."""

    salt: bytes
    rows: list[Mapping[str, Any]]

    def source(self, _source: Source) -> None:
        """Nothing else is noted."""

    def keep(self, source: Source, line: Mapping[str, Any], state: Mapping[str, Any] | None) -> None:
        """Whoever asked notes the file as a whole."""

    def slices(self, _source: Source) -> list[Mapping[str, Any]]:
        """All of them, in their order."""
        return self.rows


def cut_up(found: Found, options: Mapping[str, Any]) -> bytes:
    """Places at which a file can be cut, by the bytes that a slice has (``each``); none unless all of it is one table of separated text."""
    source = _only(reshaped(found)) if isinstance(found, Group) else None
    return canonical(cuts(source, options["each"]) if source is not None else [])


def slice_up(found: Found, options: Mapping[str, Any]) -> bytes | None:
    """What the slice of a file comes to that lies within ``bounds``; None where it cannot be counted by itself."""
    group = reshaped(found) if isinstance(found, Group) else None
    source = _only(group) if group is not None else None
    if group is None or source is None:
        return None
    low, high = options["bounds"]
    asked = _asked(options)
    row = count_slice(group, source.place.path, (low, high), asked, asked.salt)
    return canonical(row) if row is not None else None


def _only(group: Group) -> Delimited | None:
    source = group.sources[0] if len(group.sources) == 1 else None
    return source if isinstance(source, Delimited) else None


def compare(found: Found, options: Mapping[str, Any]) -> bytes | None:
    """Which records of one thing bear a number that is looked for, and how their places came to be."""
    if not isinstance(found, Group):
        return None
    return canonical([[path, same.keys, same.copied, same.inverted] for path, same in bearing(reshaped(found), _asked(options))])


def compared(payload: bytes) -> list[tuple[str, Bearing]]:
    """What :func:`compare` answered. Raises ValueError when it is something else."""
    return [(path, Bearing(keys, copied, inverted)) for path, keys, copied, inverted in strict_loads(payload)]


def opened(payload: bytes) -> dict[str, list[Any]]:
    """What :func:`work` answered. Raises ValueError when it is something else."""
    data = strict_loads(payload)
    if not isinstance(data, dict) or set(data) != {"lines", "unread", "standing"}:
        raise ValueError("no answer of a worker")
    return data
