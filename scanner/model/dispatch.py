"""Dispatch (通报件): what travels between a unit and the hubs above it, in the sealed envelope of ``scanner.ledger.envelope``.

Upward goes a *bulletin*: a run in figures, or with its verdicts under aliases, or whole. Downward go receipts, notices, advisories and rule packs.
"""

from __future__ import annotations

from typing import Any, NotRequired, TypedDict

ENVELOPE, BULLETIN, ACCEPTED = "shiqu/dispatch/1", "shiqu/bulletin/1", "shiqu/accepted/1"
"""Schemas. A reader knows the present number and the one before it."""
FIGURES, MASKED, FULL = "figures", "masked", "full"
DISCLOSURE = (FIGURES, MASKED, FULL)
"""数字, 脱敏, 全文: what an envelope discloses, the least first."""
KINDS = ("report", "summary", "receipt", "notice", "advisory", "pack", "order")
"""``report`` of a unit and ``summary`` of a hub go upward, the others downward; ``order`` from a hub to the hubs below it."""
UPWARD = ("report", "summary")
RECEIPT = "receipt"
MEMBERS: dict[str, tuple[str, ...]] = {
    "report": ("bulletin.json", "result.json", "result.json.seal"),
    "summary": ("summary.json",),
    "receipt": ("receipt.json", "seal.receipt.json", "seal.receipt.sig", "seal.receipt.pem"),
    "notice": ("notice.json", "notice.docx"),
    "advisory": ("advisory.json",),
    "pack": ("pack.json",),
    "order": ("order.json",),
}
"""What an envelope of a kind may hold; the first is never missing."""
WHOLE = ("result.json", "result.json.seal")
"""Members of a report that discloses everything, and of no other."""


class FileMark(TypedDict):
    """One member."""

    bytes: int
    sha256: str
    """64 hex digits."""
    sm3: str
    """64 hex digits."""


class Manifest(TypedDict):
    """What the sender signs, as canonical JSON."""

    schema: str
    release: str
    """Of the program that made it: a reader that is too old names it."""
    kind: str
    """One of :data:`KINDS`."""
    unit: str
    """Code of the sender: a unit, or a hub by the code of the unit that runs it."""
    to: str
    """Code of the addressee; empty for "the hub above"."""
    sequence: int
    """1, 2, 3 … of this sender towards this addressee: a gap or a fork shows."""
    previous: str
    """Digest of the previous manifest of the same row; ``sha256:000…`` for the first."""
    created: str
    """The sender's clock, UTC. The order is that of ``sequence``."""
    disclosure: str
    """One of :data:`DISCLOSURE`."""
    marking: str
    """Secrecy mark of the content, empty when it has none: a marked result never travels ``full``."""
    members: dict[str, FileMark]
    algorithm: str
    """``ed25519`` or ``sm2``."""
    key: str
    """Fingerprint of the signing key."""


class SystemFigures(TypedDict):
    """One system of the unit."""

    id: str
    """Its id in a full bulletin; else an alias, the same in every bulletin of the unit."""
    grade: int | None
    holds: str
    """``unclassified`` or ``classified``."""
    profile: str
    profile_digest: str
    rate: float | None
    """符合率, 0 to 1; None where nothing is concluded."""
    score_2021: float | None
    major: int | None
    """重大风险隐患."""
    verdict: str | None
    """Conclusion in the words of its template; None with ``why``."""
    why: str | None
    layers: dict[str, dict[str, int]]
    """Layer to result to number of findings."""


class HazardFigures(TypedDict):
    """One hazard under its identity; where it is stands in aliases."""

    id: str
    """As in the unit's own ledger in a full bulletin; else an alias: that id is a digest of the target's name and could be guessed at."""
    target: str
    """Alias, or the id in a full bulletin."""
    check: str
    risk: str
    level: str
    state: str
    first: str
    """When it was found."""
    last: str
    """Finish time of the last run that showed it."""
    status: str
    """The verdict's status in the last run that looked."""
    deadline: str
    """``YYYY-MM-DD``, or empty."""
    times: int
    """How often it came back."""
    closed: str | None
    """``met`` or ``reviewed``."""


class Bulletin(TypedDict):
    """A run as it goes upward. ``verdicts``, ``findings`` and ``hazards`` are absent from one that discloses figures only."""

    schema: str
    unit: str
    run: dict[str, Any]
    """``id``, ``started``, ``finished``, ``version``, ``rulebook``, ``shelf``, ``interrupted``, ``narrowed``, ``profiles``; ``seal``, digest of
    the statement that seals the result, where it is sealed."""
    result: str
    """Digest of the result.json that it was made from: a full copy that is asked for later can be held against it."""
    gate: str
    core: dict[str, str]
    """Core hazard to its state."""
    core_targets: NotRequired[dict[str, list[str]]]
    systems: list[SystemFigures]
    counts: dict[str, dict[str, int]]
    """Family of checks (what stands before the first point of its id) to status to number."""
    severities: dict[str, int]
    """Severity to number of unmet verdicts."""
    hazard_counts: dict[str, dict[str, int]]
    """Level to state to number."""
    risk_counts: dict[str, int]
    """Class of risk to number of hazards that stand."""
    overdue: int
    """Hazards past their deadline on the day the run finished."""
    targets: dict[str, int]
    """Kind to number."""
    unreached: int
    """Targets that could not be reached."""
    verdicts: NotRequired[list[tuple[str, str, str, str]]]
    """(target, check, status, severity)."""
    findings: NotRequired[list[tuple[str, str, str, str]]]
    """(system, control, result, basis)."""
    hazards: NotRequired[list[HazardFigures]]
    titles: NotRequired[dict[str, dict[str, str]]]
    """Words of the checks and controls that are named, in both languages: what a hub shows need not be installed there."""


class Receipt(TypedDict):
    """A hub's answer to what it took in. ``seal.receipt.*`` beside it may be laid into the result's seal."""

    schema: str
    envelope: str
    """Digest of the manifest that was accepted."""
    unit: str
    sequence: int
    seal: str
    """Digest of the seal that the bulletin names, or empty."""
    received: str
    """The hub's clock, UTC."""
    log: int
    """Number of rows of the hub's log at that time."""
    root: str
    """Head of that log: whoever keeps it can show that the log was rewritten since."""
