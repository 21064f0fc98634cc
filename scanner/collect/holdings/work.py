"""What a worker process does with each thing that it found in a file: count it there, and answer with counts alone."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from scanner.collect.holdings.around import spoken_for
from scanner.collect.holdings.count import Asked, Kept, bearing, count_document, count_group
from scanner.collect.holdings.recordnumbers import Bearing, unpack
from scanner.collect.holdings.reshaped import reshaped
from scanner.errors import ReachError
from scanner.facts.holdings.reading import Document, Found, Group, Standing, Unread
from scanner.model.canonical import canonical, canonical_unchecked, strict_loads

WORK, COMPARE = f"{__name__}:work", f"{__name__}:compare"
"""How a worker is told to call :func:`work` and :func:`compare`."""


def counted(found: Found, asked: Asked, kept: Kept | None = None) -> Iterator[dict[str, Any] | Unread]:
    """Lines for the shelf, and by name what could not be read. A standing is no line."""
    if isinstance(found, Group):
        group = reshaped(found)
        yield from spoken_for(group, count_group(group, asked, kept))
    elif isinstance(found, Document):
        try:
            yield count_document(found)
        except ReachError as error:
            yield Unread(found.place, error.absent.why, error.absent.detail)
    elif isinstance(found, Unread):
        yield found


def work(found: Found, options: Mapping[str, Any]) -> bytes:
    """Count one thing; ``options`` hold ``as_of`` and perhaps ``own`` dictionaries and a ``salt``."""
    asked = _asked(options)
    answer: dict[str, list[Any]] = {"lines": [], "unread": [], "standing": []}
    if isinstance(found, Standing):
        answer["standing"].append([dict(found.storage), dict(found.custody), [dict(item) for item in found.backups]])
    for line in counted(found, asked):
        if isinstance(line, Unread):
            answer["unread"].append([line.place.path, line.why.value, line.detail, dict(line.place.container)])
        else:
            answer["lines"].append(line)
    # Counts are whole numbers; only what a store shows of itself may hold others.
    return canonical(answer) if answer["standing"] else canonical_unchecked(answer)


def _asked(options: Mapping[str, Any]) -> Asked:
    return Asked(
        as_of=date.fromisoformat(options["as_of"]), own=options.get("own") or {}, salt=bytes.fromhex(options.get("salt") or ""),
        among=unpack(options.get("among") or ""),
    )  # fmt: skip


def compare(found: Found, options: Mapping[str, Any]) -> bytes | None:
    """Which records of one thing bear a number that is looked for, and how their places came to be."""
    if not isinstance(found, Group):
        return None
    return canonical([[path, same.keys, same.copied] for path, same in bearing(reshaped(found), _asked(options))])


def compared(payload: bytes) -> list[tuple[str, Bearing]]:
    """What :func:`compare` answered. Raises ValueError when it is something else."""
    return [(path, Bearing(keys, copied)) for path, keys, copied in strict_loads(payload)]


def opened(payload: bytes) -> dict[str, list[Any]]:
    """What :func:`work` answered. Raises ValueError when it is something else."""
    data = strict_loads(payload)
    if not isinstance(data, dict) or set(data) != {"lines", "unread", "standing"}:
        raise ValueError("no answer of a worker")
    return data
