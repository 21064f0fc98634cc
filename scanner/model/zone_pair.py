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
    """A box seen on either side."""

    zone: str | None
    name: str | None
    mac: str | None
    addresses: list[str]
    router: bool
    seen: list[str]
    """How it was seen: arp, nd, passive, dhcp, ra."""
    open: list[int]
    """TCP ports that answered."""


class TokenLine(TypedDict):
    """What recomputes a token from the plan's seed."""

    label: str | None
    index: int | None
    hex: str | None
    """Eight bytes, or the 24 bytes of a payload."""
    magic: str | None
    """The eight bytes before trial, index and token in a payload."""
    rule: str | None


class FrameLine(TypedDict):
    """One captured frame, whole."""

    step: str
    """``sent`` or ``received``."""
    end: str
    """Where it was captured: ``inner`` or ``outer``."""
    t: int | float | None
    """Seconds since 1970 by that end's clock."""
    until: int | float | None
    """Where only an interval is known: its end."""
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
    ends: tuple[str | None, str | None]
    """Where it starts and where it ends, in the judge's words."""
    via: str | None
    device: str | None
    mac: str | None
    protocol: str | None
    family: str | None
    """``eth``, ``v4`` or ``v6``."""
    port: str | None
    what: str | None
    """What ``indices`` are: ``port``, ``vlan``, ``protocol`` or ``count``."""
    indices: str | None
    """``22,80,100-200``: every index that crossed."""
    count: int
    """How many tokens it stands for."""
    exit: str | None
    """Address, else MAC, from which the token came out."""
    target: str | None
    """To what it was addressed when it was heard."""
    sentinel: str | None
    crossing: str | None
    """Id of the declared crossing by which it went."""
    within: bool
    """Whether it kept exactly to what is declared of that crossing."""
    how: str | None
    """How the token was recognised: ``payload``, ``text``, ``sequence``, ``acknowledged`` or ``timestamp``."""
    name: str | None
    identity: str | None
    """What a service says of itself on both sides."""
    note: str | None
    token: TokenLine | None
    sent: int | None
    """Index into ``frames``."""
    received: int | None


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
    state: str | None
    """The judge's word: ``ok``, ``unproven`` or ``violated``."""
    why: list[str]
    """Code words for that."""
    verified: dict[str, Any]
    """What else the judge says that it verified."""


class StepLine(TypedDict):
    """How far one kind of trial got."""

    end: str | None
    """``in``, or ``out:`` and the sentinel."""
    step: str
    state: str
    why: str | None
    tried: int | float | None
    of: int | float | None
    mandatory: bool | None
    """Whether silence says nothing without it."""
    seconds: int | float | None


class Coverage(TypedDict):
    """What was tried."""

    steps: list[StepLine]
    depth: str | None
    next_hops: Any
    ports: Any
    seconds: int | float | None
    sentinels: list[str]
    loss: Any
    blind: list[str]
    """What an end could not see by its means."""
    dwell: Any
    """How often the short matrix was repeated."""
    other: dict[str, Any]


class LackLine(TypedDict):
    """One reason why silence proves nothing."""

    where: str
    """An end, a sentinel or a step."""
    why: str
    detail: str | None


class ControlLine(TypedDict):
    """The positive controls of one end."""

    end: str
    """``in``, or ``out:`` and the sentinel."""
    good: int | None
    """None when the end left no record of any."""
    failed: int | None
    first: int | float | None
    last: int | float | None
    how: list[str]
    neighbours: list[str]
    phases: dict[str, bool | None]
    """Whether one held ``before``, ``between`` and ``after``."""
    window: tuple[int | float | None, int | float | None] | None
    """When the end started and finished."""


class PlanLine(TypedDict):
    """The plan under which tokens were minted; its seed is spent and makes them recomputable."""

    id: str | None
    seed: str | None


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
    more_paths: int
    """Paths that the judge counted and did not list."""
    frames: list[FrameLine]
    plan: PlanLine | None
    crossings: list[CrossingLine]
    coverage: Coverage
    controls: list[ControlLine]
    """The inner end first; an end without any control has a line, too."""
    lacks: list[LackLine]
    related: list[int]
    """Indices of verdicts of other isolation checks that speak about this pair."""
