"""What one end of an isolation test wrote down: its controls, its trials, and every frame that may hold a token of the other end."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import msgspec

from scanner.facts.fact import Unreadable
from scanner.facts.network.craft import Template
from scanner.facts.network.sighting import sighting_of
from scanner.facts.network.tokens import MAX_INDEX

SCHEMA = "shiqu/isolation-record/1"
MOST = 1 << 28
"""Indices of all trials of a record together: each is derived again by the judge."""
LATEST = 253_402_300_799.0
"""The last second of the year 9999, in epoch seconds: no later time can be written as a date."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Interface:
    """Where the end stood."""

    name: str
    mac: str
    addresses: list[str]
    """With prefix length."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Control:
    """One positive control: something was sent on the end's own segment and its echo was heard, or not."""

    t: float
    ok: bool
    how: str
    """``icmp``, ``arp``, ``nd``, or ``heard`` (a stranger's frame: it proves hearing alone), or ``plain`` (never good: an end without raw
    frames hears no echo)."""
    neighbour: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Device:
    """A station seen on the end's own segment."""

    mac: str
    addresses: list[str] = field(default_factory=list)
    seen: list[str] = field(default_factory=list)
    """``arp``, ``nd``, ``passive``, ``dhcp``, ``ra``, ``declared``."""
    router: bool = False
    open: list[int] = field(default_factory=list)
    """TCP ports that answered."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """One question put to the network, with every index that was sent."""

    n: int
    """Its number; part of the tokens' label."""
    step: str
    kind: str
    """Kind of the path that it would show."""
    protocol: str
    family: str = ""
    """``eth``, ``v4`` or ``v6``."""
    via: str = ""
    """MAC of the next hop, or of the device that was addressed."""
    via_address: str = ""
    to: str = ""
    """Destination address."""
    source: str = ""
    """Source address when it is not the end's own (a sentinel's)."""
    port: int = 0
    """Destination port where the index is not the port."""
    what: str = "count"
    """What the index is: ``port``, ``vlan``, ``protocol``, ``host`` (last 16 bits of the address that a tunnel carries) or ``count``."""
    ranges: list[tuple[int, int]] = field(default_factory=list)
    """Indices that were sent, both ends included."""
    template: dict[str, Any] | None = None
    carried: str = ""
    """Hexadecimal bytes that an application's connection carried, where no frame was made here."""
    sent: int = 0
    passes: int = 1
    started: float = 0.0
    ended: float = 0.0
    batches: list[tuple[float, int]] = field(default_factory=list)
    """(time, frames) of each batch as far as they were kept."""
    answers: dict[str, int] = field(default_factory=dict)
    """What came back to the sender, by sort: leads, never proof."""
    note: str = ""

    def holds(self, index: int) -> bool:
        """Whether an index was sent."""
        return any(first <= index <= last for first, last in self.ranges)

    def frame(self, index: int, token: bytes) -> bytes | None:
        """The frame that was sent for an index; None where an application's connection carried the token."""
        return Template.read(self.template).fill(index, token) if self.template is not None else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """How far a step came."""

    step: str
    state: str
    """``done``, ``partial``, ``not-tested`` or ``not-applicable``."""
    why: str = ""
    tried: int = 0
    of: int = 0
    mandatory: bool = True
    started: float = 0.0
    ended: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """One frame that may hold a token of the other end, or answers one."""

    t: float
    hex: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """What a service says of itself."""

    address: str
    mac: str
    service: str
    """``ssh``, ``tls``, ``smb``, ``snmp``, ``http``, ``page``, ``mdns`` or ``nbns``."""
    identity: str
    port: int = 0
    name: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """All of it."""

    schema: str
    plan: str
    role: str
    """``inner`` or ``outer``."""
    end: str
    pair: str
    interface: Interface
    started: float
    finished: float
    depth: str
    rate: dict[str, float]
    ended: str
    """``complete``, ``window`` or ``interrupted``."""
    version: str = ""
    plan_digest: str = ""
    """The plan's digest at that end; empty in records of releases that did not write it."""
    controls: list[Control] = field(default_factory=list)
    alive: list[tuple[float, float]] = field(default_factory=list)
    """Intervals in which the capture was surely running."""
    devices: list[Device] = field(default_factory=list)
    trials: list[Trial] = field(default_factory=list)
    coverage: list[Step] = field(default_factory=list)
    heard: list[Heard] = field(default_factory=list)
    overflow: dict[str, int] = field(default_factory=dict)
    """Frames that were counted and not kept, by class; kernel drops under ``dropped``."""
    identities: list[Identity] = field(default_factory=list)
    sighting: dict[str, Any] | None = None
    blind: list[str] = field(default_factory=list)
    """What this end could not see by its means."""
    notes: list[str] = field(default_factory=list)


def _bounded(trial: Trial) -> None:
    """Raises ValueError for numbers that no token has: every one of them is derived again."""
    if not 0 <= trial.n < 1 << 32 or not all(0 <= low <= high <= MAX_INDEX for low, high in trial.ranges):
        raise ValueError(f"trial {trial.n}: numbers out of range")


def read_record(data: Any) -> Record:
    """Read a loaded record. Raises Unreadable saying what is wrong."""
    try:
        record = msgspec.convert(data, Record)
        if record.schema != SCHEMA or record.role not in ("inner", "outer"):
            raise ValueError("not a record of this version")
        for trial in record.trials:
            _bounded(trial)
            if trial.template is not None:
                Template.read(trial.template)
        if sum(high - low + 1 for trial in record.trials for low, high in trial.ranges) > MOST:
            raise ValueError("too many indices")
        if not all(0 <= t <= LATEST for t in (record.started, record.finished, *(control.t for control in record.controls))):
            raise ValueError("a time that is none")
        for heard in record.heard:
            bytes.fromhex(heard.hex)
        if record.sighting is not None:
            sighting_of(record.sighting)
    except (msgspec.ValidationError, ValueError, KeyError, TypeError) as error:
        raise Unreadable(str(error)[:200]) from None
    return record
