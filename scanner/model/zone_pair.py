"""The shape of ``views.isolation`` in ``result.json``: what was found between two zones, as data for pictures and tables.

Everything here was taken from the verdict of ``isolation.no-path`` and from the declaration; what neither says is null or empty.
"""

from __future__ import annotations

from typing import Any, TypedDict


class ZoneLine(TypedDict):
    """One of both zones, as declared."""

    id: str
    name: str | None
    kind: str | None
    level: str | None
    networks: list[str]


class SentinelLine(TypedDict):
    """A declared vantage point on the outer side."""

    id: str
    addresses: list[str]


class DeviceLine(TypedDict):
    """A box seen inside."""

    id: str | None
    name: str | None
    mac: str | None
    addresses: list[str]
    router: bool
    seen: list[str]
    """How it was seen: arp, nd, passive, dhcp, ra."""


class TokenLine(TypedDict):
    """What recomputes a token from the plan's seed."""

    label: str | None
    index: int | None
    hex: str | None
    rule: str | None


class FrameLine(TypedDict):
    """One captured frame, whole."""

    step: str
    """``sent`` or ``received``."""
    end: str
    """Where it was captured: ``inner`` or ``outer``."""
    t: int | float | None
    """Seconds since 1970 by that end's clock."""
    hex: str
    ttl: int | None
    source: str | None
    """The sender's address as seen where it was received."""


class PathLine(TypedDict):
    """One path, or one lead."""

    kind: str
    strength: str | None
    lead: bool
    """True for what proves nothing."""
    direction: str
    """``out``, ``in``, or ``both`` for a box that is attached to both zones."""
    via: str | None
    device: str | None
    mac: str | None
    protocol: str | None
    port: str | None
    """A number, a range or a name."""
    exit: str | None
    sentinel: str | None
    crossing: str | None
    """Id of the declared crossing that it uses or goes beyond; its kind is ``declared`` when it is exactly that."""
    note: str | None
    token: TokenLine | None
    sent: int | None
    """Index into ``frames``."""
    received: int | None
    ends: tuple[str | None, str | None]
    """Where it starts and where it ends, in the judge's words."""


class BoxLine(TypedDict):
    """One half of a declared crossing."""

    address: str | None
    mac: str | None


class CrossingLine(TypedDict):
    """A declared crossing between both zones."""

    id: str | None
    kind: str | None
    direction: str | None
    protocol: str | None
    port: str | None
    target: str | None
    certificate: str | None
    certificate_until: str | None
    approval: str | None
    device: BoxLine | None
    outer_device: BoxLine | None
    paper: str
    """``complete``, ``missing`` or ``expired``."""
    missing: list[str]
    verified: dict[str, Any]
    """What the judge says that it verified."""


class StepLine(TypedDict):
    """How far one kind of trial got."""

    step: str
    state: str
    why: str | None
    tried: int | float | None
    of: int | float | None


class Coverage(TypedDict):
    """What was tried."""

    steps: list[StepLine]
    next_hops: Any
    ports: Any
    seconds: int | float | None
    sentinels: list[str]
    loss: Any
    other: dict[str, Any]


class ControlLine(TypedDict):
    """One positive control."""

    phase: str | None
    """before, between or after."""
    t: int | float | None
    ok: bool | None
    how: str | None
    neighbour: str | None
    count: int | float | None


class Controls(TypedDict):
    """The positive controls of one end."""

    rows: list[ControlLine]
    other: dict[str, Any]


class ZonePair(TypedDict):
    """Everything about one pair of zones."""

    pair: str
    verdict: int
    """Index of its verdict."""
    status: str
    conclusion: str | None
    strength: str | None
    why: str | None
    detail: str
    require: str | None
    zones: dict[str, ZoneLine]
    """``inner`` and ``outer``."""
    sentinels: list[SentinelLine]
    devices: list[DeviceLine]
    paths: list[PathLine]
    """What carries a conclusion: strength A or B."""
    leads: list[PathLine]
    """What only hints."""
    frames: list[FrameLine]
    crossings: list[CrossingLine]
    coverage: Coverage
    controls: dict[str, Controls]
    """``inner`` and ``outer``."""
    related: list[int]
    """Indices of verdicts of other isolation checks that speak about this pair."""
