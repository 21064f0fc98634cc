"""Hazard (隐患): one unmet check on one target, followed from run to run until it is closed on positive proof (登记销号).

In the ledger, on a shelf and in ``result.json`` hazards are JSON objects of these shapes.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from typing import Any, NotRequired, TypedDict

REGISTERED, RECTIFYING, REVIEW, CLOSED, RECURRED = "registered", "rectifying", "review", "closed", "recurred"
"""登记, 整改中, 待复核, 已销号, 复发."""
STATES = (RECURRED, REGISTERED, RECTIFYING, REVIEW, CLOSED)
"""All states, what needs somebody first."""
LEVELS = ("major", "high", "medium", "low")
"""重大, 高, 中, 低, the gravest first."""
CLASSES = ("RC1", "RC2", "RC3", "RC4", "RC5", "RC6")
"""The six classes of risk, in the order of their list."""


class Sight(TypedDict):
    """What a hazard was found with, or closed with: what later proof is measured against."""

    run: str
    time: str
    """When the run's shelf was finished."""
    version: str
    """Of the program."""
    rulebook: str
    values: str
    """Digest of the parameters that the user had set."""
    kind: str
    """Kind of the target; ``person`` for what a person stated."""
    address: str | None
    """Where the target was then."""
    place: NotRequired[dict[str, str]]
    """As in :class:`scanner.model.result.TargetLine`."""
    probes: dict[str, list[str]]
    """Probe to ``[privilege, why]``; the second is empty for an answer."""
    evidence: list[str]
    """Digests."""


class Closing(TypedDict):
    """How a hazard was closed."""

    how: str
    """``met`` by a later run, or ``reviewed`` by persons."""
    run: str
    time: str
    evidence: list[str]
    by: list[str]
    """Who reviewed; empty when a run closed it."""
    statement: str


class HazardLine(TypedDict):
    """One hazard as it stands."""

    id: str
    target: str
    check: str
    """``person.<control>`` for what a person stated; the target is then the system."""
    system: str
    risk: str
    """One of :data:`CLASSES`."""
    level: str
    state: str
    found: Sight
    last: str
    """Finish time of the last run that showed it."""
    status: str
    """The verdict's status in the last run that looked."""
    open_why: str | None
    """Code word: why the last run did not close it; words stand in reports/locale under ``hazard.open.<code>``."""
    times: int
    """How often it came back."""
    owner: str
    deadline: str
    """``YYYY-MM-DD``, or empty."""
    measure: str
    closed: Closing | None
    verdict: NotRequired[int]
    """In ``result.json``: index of this run's verdict on the same target and check."""
    event: NotRequired[str]
    """In ``result.json``: what this run did to it, one of :data:`EVENTS`; absent when nothing."""


EVENTS = ("registered", "recurred", "closed", "review", "refound")
"""What a run can do to a hazard. ``refound``: it was said to be mended and is not."""

DECLARED = {"attestations": "unit.attestations", "waivers": "unit.waivers", "ledger": "unit.ledger"}
"""What of a unit's keeping rests on a shelf, and the probe under which it does."""


class LedgerSight(TypedDict):
    """What a run saw of the unit's ledger before it began: it rests on the shelf, so that a replay follows the same hazards."""

    rows: int
    head: str
    """Digest of the last row: whoever keeps a shelf or a result can show that the ledger was cut or rewritten since."""
    rulebooks: list[str]
    """Digests of rulebooks in the order in which the ledger first saw them: what stands later is newer."""
    hazards: list[HazardLine]
    history: list[dict[str, Any]]
    """Figures of earlier runs, oldest first."""


def hazard_id(target: str, check: str) -> str:
    """The same for the same target and check in every run, on every machine: ``H-XXXX-XXXX-XXXX``."""
    text = base64.b32encode(hashlib.sha256(f"{target}\0{check}".encode()).digest()).decode()[:12]
    return "H-" + "-".join(text[at : at + 4] for at in range(0, 12, 4))


def open_hazard(line: Mapping[str, Any]) -> bool:
    """Whether it still stands."""
    return bool(line["state"] != CLOSED)
