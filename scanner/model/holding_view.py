"""The shape of ``views.holdings`` in ``result.json``: what catalogue stores hold and how they are kept, as data for pictures and tables.

Everything here was taken from the verdicts of the holdings checks and from the declaration; what neither says is null or empty.
Nothing of a record stands in it but its number.
"""

from __future__ import annotations

from typing import TypedDict


class HeldZone(TypedDict):
    """The zone that the target stands in, as declared."""

    id: str
    name: str | None
    kind: str | None
    level: str | None


class HeldStore(TypedDict):
    """One table, sheet, file or member."""

    path: str
    role: str | None
    rows: int
    classified: int
    suspected: int
    declassified: int
    open: int
    undecided: int
    method: str | None
    """``full``, ``sample`` or ``bytes``."""
    levels: dict[str, int]
    reasons: dict[str, int]
    keys: dict[str, list[str]]
    """First record numbers by decision: C, R, D, U."""
    lineage: list[str]
    notes: list[str]


class HeldSums(TypedDict):
    """Sums over every store, listed here or not."""

    stores: int
    rows: int
    classified: int
    suspected: int
    declassified: int
    open: int
    undecided: int


class HeldMixing(TypedDict):
    """One degree that holds somewhere."""

    degree: str
    where: str
    certainty: str


class HeldUnread(TypedDict):
    """What is there and was not read."""

    path: str
    why: str
    detail: str | None


class HeldReading(TypedDict):
    """How the counting went."""

    as_of: str | None
    """The day to which periods were counted."""
    functions: str | None
    """Version of the decision functions."""
    methods: dict[str, int]
    """Stores by method."""
    limit: str | None
    """What the speed hung on: ``disk``, ``server`` or ``cpu``."""
    bytes: int | None
    unread: list[HeldUnread]
    more_unread: int


class HeldList(TypedDict):
    """One list for the opening review, in one store."""

    list: str
    path: str
    rows: int
    keys: list[str]


class HeldOpening(TypedDict):
    """Lists for the opening review."""

    verdict: int
    status: str
    why: str | None
    counts: dict[str, int]
    lists: list[HeldList]
    more_lists: int


class HeldLack(TypedDict):
    """What the keeping of classified records lacks."""

    what: str
    state: str | None
    where: str | None
    certain: bool


class HeldStorage(TypedDict):
    """How what is classified is stored."""

    verdict: int
    status: str
    why: str | None
    detail: str
    lacks: list[HeldLack]
    shown: list[str]
    """What was looked at."""
    unseen: list[str]
    """What nobody showed."""


class HeldPlace(TypedDict):
    """A place that data lie in or go to."""

    kind: str
    where: str
    place: str
    """``inside``, ``outside`` or ``undeclared``."""
    zone: str | None
    seen: str | None
    """Target that showed it; null for the store itself."""


class HeldCustody(TypedDict):
    """In whose hands it is."""

    verdict: int
    status: str
    why: str | None
    detail: str
    places: list[HeldPlace]
    more_places: int
    away: list[str]
    """Stores that lie in another zone themselves."""
    unseen: list[str]


class Holding(TypedDict):
    """Everything about one catalogue target, or about what spans several of them."""

    target: str
    verdict: int
    """Index of its verdict of ``holdings.segregated``."""
    status: str
    why: str | None
    detail: str
    spans: list[str]
    """For the unit: the targets that were counted; empty for a target of its own."""
    system: str | None
    address: str | None
    zone: HeldZone | None
    classified_zone: bool | None
    """Whether the target stands in a classified zone; null where the judge does not say."""
    sums: HeldSums
    stores: list[HeldStore]
    """The gravest first."""
    more_stores: int
    mixing: list[HeldMixing]
    more_mixing: int
    reading: HeldReading
    opening: HeldOpening | None
    storage: HeldStorage | None
    custody: HeldCustody | None
    backup: list[int]
    """Indices of the verdicts about its backups, or about it as a folder of backups; those that do not apply are left out."""
