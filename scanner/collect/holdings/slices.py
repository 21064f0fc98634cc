"""A large table counted in slices by ranges of its key or of its file, on any machines, and added up to what the whole gives.

A slice is decided as the whole would be, or not used at all: it carries a mark of what was known of the table, and whether its secrecy
column could look otherwise as a whole than it did in the sample.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Protocol, runtime_checkable

from scanner.collect.holdings.copies import Copies
from scanner.collect.holdings.passing import Asked, brought, settle
from scanner.collect.holdings.recordnumbers import Numbers, levelled
from scanner.collect.holdings.survey import Known
from scanner.collect.holdings.volumes import Volumes
from scanner.facts.holdings.normal import folded
from scanner.facts.holdings.reading import Source
from scanner.facts.holdings.tables import EXCLUDED
from scanner.facts.holdings.tally import VALUES, Tally
from scanner.facts.holdings.values import column_is_english, looks_cipher
from scanner.facts.holdings.words import ENGLISH_CLASSIFIED
from scanner.model.canonical import canonical

Bounds = tuple[int | None, int | None]
"""Lowest key of a slice and the first one beyond it, or places in a file; None at either end, where rows may still come."""


@runtime_checkable
class Sliceable(Protocol):
    """A source of which a part can be read."""

    def slice(self, bounds: Bounds) -> Source:
        """The rows within bounds, as a source of the same shape."""


@runtime_checkable
class Keyed(Sliceable, Protocol):
    """A source that can be cut by its key."""

    def span(self) -> tuple[int, int] | None:
        """Lowest and highest key; None where it has no key of whole numbers. Raises ReachError."""


def cut(source: Source, rows: int, each: int) -> list[Bounds]:
    """Bounds of slices of about so many rows; none where the source cannot be cut. Raises ReachError."""
    span = source.span() if isinstance(source, Keyed) else None
    count = -(-rows // each)
    if span is None or count < 2 or span[1] - span[0] < count:
        return []
    return between([span[0] + (span[1] - span[0] + 1) * number // count for number in range(1, count)])


def between(inner: Sequence[int]) -> list[Bounds]:
    """Bounds of slices by the places where one ends and the next one begins."""
    return list(zip([None, *inner], [*inner, None]))


def slice_of(known: Known, bounds: Bounds, asked: Asked, volumes: Volumes, salt: bytes) -> dict[str, Any] | None:
    """What a slice comes to, for the notes."""
    if known.role in EXCLUDED or not isinstance(known.source, Sliceable):
        return None
    part = replace(known, source=known.source.slice(bounds))
    volumes.start(part)
    numbers = Numbers(salt)
    numbers.start(part)
    tally, deciding = brought(part, known.codes, asked, volumes, Copies(False, numbers))
    texts = [folded(value) for value in deciding.seen if value]
    return {
        "known": mark_of(known, salt),
        "tally": {name: dict(value) if isinstance(value, Counter) else value for name, value in vars(tally).items()},
        "passed": part.source.passed,
        "left": deciding.left,
        "headed": deciding.headed,
        "numbers": numbers.packed(part),
        "levelled": levelled(part),
        "open": deciding.open_seen,
        "strange": any(map(looks_cipher, texts)),
        "mixed": bool(getattr(part.source, "mixed", False)),
        "english": column_is_english(deciding.seen, alone=True),
        "within": column_is_english([*deciding.seen, next(iter(ENGLISH_CLASSIFIED))]),
        "state": volumes.state(part),
    }


def together(rows: Sequence[Mapping[str, Any]], known: Known, salt: bytes) -> Tally | None:
    """The tally of all slices; None unless each was decided as the whole is."""
    mark = mark_of(known, salt)
    codes = known.codes.get(known.roles.level or "")
    english = all(row["within"] for row in rows) and any(row["english"] for row in rows)
    if any(row["known"] != mark or row["strange"] or row["mixed"] or row["headed"] for row in rows) or (
        codes is not None and (codes.cipher or codes.english != english)
    ):
        return None
    # Which values are counted one by one is a matter of what is met first.
    if len({value for row in rows for value in row["tally"]["histogram"]}) >= VALUES:
        return None
    tally = Tally()
    for row in rows:
        tally = tally.merge(_tally(row["tally"]))
    settle(tally, sum(int(row["passed"]) for row in rows), any(row["open"] for row in rows))
    return tally


def _tally(data: Mapping[str, Any]) -> Tally:
    counters = ("counts", "levels", "histogram", "reasons", "opening")
    lists = ("keys", "opening_keys")
    found: dict[str, Any] = {name: int(data[name]) for name in ("rows", "deleted")}
    found |= {name: Counter({str(key): int(number) for key, number in data[name].items()}) for name in counters}
    found |= {name: {str(key): [str(item) for item in items] for key, items in data[name].items()} for name in lists}
    return Tally(**found)


def mark_of(known: Known, salt: bytes) -> str:
    """A digest of all that the decisions of a source rest on beside its rows."""
    codes = {column: [dict(item.words), item.origin, item.english, item.cipher, item.kept] for column, item in known.codes.items()}
    roles = known.roles
    named = [sorted(roles.one.items()), *map(list, (roles.remarks, roles.other_levels, roles.untold, roles.how))]
    data = canonical(
        [
            known.role,
            named,
            codes,
            known.terms,
            known.aside,
            list(known.needles),
            known.lettered,
            [[one.column, list(one.keys), dict(one.codes.words), one.codes.english, one.codes.cipher] for one in known.inner],
            {column: sorted(pairs.items()) for column, pairs in known.beside.items()},
            sorted(known.plain),
            [column.name for column in known.source.columns],
        ]
    )
    return hashlib.blake2b(data, digest_size=16, key=salt).hexdigest()
