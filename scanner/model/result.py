"""The shape of ``result.json`` (``shiqu/result/1``): what a judged run says, in full; renderers read nothing else.

The same shape as JSON Schema stands in ``reports/schema/result-1.schema.json``. Every digest is ``sha256:`` and 64 hex
digits, every time UTC in ISO 8601 with Z, every id the one of the inventory, the rulebook or the profile. Keys may be added
within one schema version; none is renamed or dropped.
"""

from __future__ import annotations

from typing import Any, NotRequired, TypedDict

from scanner.model.hazard import HazardLine

SCHEMA = "shiqu/result/1"
"""Value of the key ``schema``."""

CORE_HAZARDS = ("CH1", "CH2", "CH3", "CH4")
"""The four core hazards, always all four, in this order."""

RESULTS = ("compliant", "partial", "noncompliant", "not_applicable", "insufficient")
"""Values of a finding's result, in the order in which people read them."""

STATUSES = ("unmet", "unknown", "awaits-person", "met", "not-applicable")
"""Values of a verdict's status, the ones that need a person first."""

SEVERITIES = ("critical", "high", "medium", "low")
"""Values of a verdict's severity, the gravest first."""

PERSON_PREFIX = "person."
"""A verdict whose check is ``person.<control id>`` says that a person must look; its words are those of the control."""


class Pair(TypedDict):
    """A sentence in both languages; Chinese is the source."""

    zh: str
    en: str


class Run(TypedDict):
    """The run: who, when, with what."""

    id: str
    started: str
    finished: str
    """The "as of" time for ages and expiries."""
    operator: str
    unit: dict[str, Any]
    """``code``, ``name``, ``region``, ``rank``; may be empty."""
    rulebook: str
    """Digest of the rulebook."""
    shelf: str
    """Digest of the shelf."""
    version: str
    """Version of the program."""
    profiles: list[str]
    """Ids of the profiles used; sorted."""
    jobs: int
    """How many targets were asked at once."""
    interrupted: bool
    """True when the run was stopped before everything was asked."""
    values: dict[str, Any]
    """Parameter values given by the user, ``check:parameter`` to value."""
    authorised_by: NotRequired[str | None]
    """Who authorised the scan."""
    scanned_with: NotRequired[str]
    """Digest of the rulebook that asked; ``rulebook`` is the one that judged."""
    narrowed: NotRequired[bool]
    """True when only some checks (``--only``, ``--skip``) or some of the inventory's targets were asked for."""
    key: NotRequired[str]
    """Fingerprint of the unit's sealing key, when its keeping holds one."""
    ledger: NotRequired[dict[str, Any]]
    """``rows`` and ``head`` of the unit's ledger before the run: whoever keeps this can show that it was cut or rewritten since."""


class RulebookParts(TypedDict):
    """The rulebook's digest in parts: they say why a later release judges otherwise."""

    release: str
    checks: dict[str, dict[str, Any]]
    """Check id to short digests of ``judge`` and ``sheet``, names of its ``facts``, and ``parameters`` with their defaults."""
    facts: dict[str, str]
    """Module of facts to short digest."""
    profiles: dict[str, str]
    machine: dict[str, str]
    libraries: dict[str, str]


class TargetLine(TypedDict):
    """One target and whether it could be reached."""

    id: str
    kind: str
    zone: str | None
    system: str
    reached: bool
    why: str | None
    """Code word (:class:`scanner.model.absent.Why`) when it was not reached."""
    address: str | None
    privilege: str
    """``root``, ``sudo``, ``user`` or empty."""
    operator: str
    """Login name and transport."""
    seconds: float
    """How long it took."""
    detail: str
    """What was seen when it was not reached; masked."""
    place: NotRequired[dict[str, str]]
    """What else tells it from another: ``port``, ``url``, ``host``, ``config``; ``key`` of its SSH server, or
    of this machine, and ``name`` of a device, as seen."""


class AskedLine(TypedDict):
    """One question: it has exactly one verdict."""

    target: str
    check: str
    why_not: str | None
    """Code word when it could not even be put."""


class VerdictLine(TypedDict):
    """One verdict; its index in the list is its number."""

    check: str
    target: str
    status: str
    severity: str
    observed: Any
    wanted: Any
    why: str | None
    """Code word (:class:`scanner.model.absent.Why`) when it is not met or unmet."""
    detail: str
    strength: str | None
    """``A`` (strongest) to ``D`` for isolation."""
    scope: Any
    evidence: list[str]
    """Digests of the evidence it rests on."""
    references: dict[str, list[str]] | None
    """None where a person is asked: the control carries its own."""


class FindingLine(TypedDict):
    """One clause of one system."""

    control: str
    result: str
    basis: str
    """``judged`` or ``attested``."""
    verdicts: list[int]
    """Indices into ``verdicts``."""
    waiver: dict[str, Any] | None
    attestation: dict[str, Any] | None


class ConclusionBlock(TypedDict):
    """As :class:`scanner.model.finding.Conclusion`."""

    template: str
    rate: float
    """0 to 1."""
    rate_half_credit: float
    major: int
    triggers: list[str]
    verdict: str
    score_2021: float
    grade_2021: str
    counts: dict[str, int]
    vetoed_by: list[str]


class LayerCounts(TypedDict):
    """How many findings of one layer have which result; every key of :data:`RESULTS` is there."""

    layer: str
    counts: dict[str, int]


class PointResult(TypedDict):
    """The result of one control point (evaluation unit)."""

    layer: str
    control_point: str
    result: str


class SystemBlock(TypedDict):
    """One system: its findings, all clauses of its profile, always."""

    id: str
    name: str
    grade: int | None
    holds: str
    """``unclassified`` or ``classified``."""
    profile: dict[str, str]
    """``id`` and ``digest``."""
    findings: list[FindingLine]
    layers: list[LayerCounts]
    points: list[PointResult]
    conclusion: ConclusionBlock | None
    why_no_conclusion: str | None
    """Code word; words stand in reports/locale under ``no-conclusion.<code>``."""


class CoreHazard(TypedDict):
    """State of one core hazard: confirmed, suspected, scan_clean_only, cleared or not_tested."""

    id: str
    state: str
    verdicts: NotRequired[list[int]]
    """Indices of the verdicts that it rests on."""
    until: NotRequired[str]
    """When it is cleared: the last day of the statements that clear it."""


class CheckTexts(TypedDict):
    """Frozen words of one check."""

    title: Pair
    why: Pair
    remedy: Pair


class ControlTexts(TypedDict):
    """Frozen words of one control."""

    clause: str
    layer: str
    control_point: str
    zh: str
    en: str
    method: list[str]
    verify: str
    sag: str
    status: str
    """How sure the clause's source is: V, V1, M or P."""
    unit_code: str | None
    checks: list[str]


class ProfileTexts(TypedDict):
    """Frozen words of one profile."""

    title: Pair
    note: Pair | None
    level: int | None
    scored: bool


class TriggerTexts(Pair):
    """Frozen words of one major-risk trigger."""

    checks: NotRequired[list[str]]
    """Checks that can show it; then the hazards name it."""


class Texts(TypedDict):
    """Words frozen with the result, by id."""

    checks: dict[str, CheckTexts]
    controls: dict[str, ControlTexts]
    profiles: dict[str, ProfileTexts]
    triggers: dict[str, TriggerTexts]


class EvidenceLine(TypedDict):
    """What rests on the shelf under one digest."""

    probe: str
    kind: str
    """``answer``, ``sighting``, ``trial``, ``declaration`` or ``foreign``."""
    exit: int | None
    bytes: int
    stderr_bytes: int
    why: str | None
    detail: str
    privilege: NotRequired[str]
    """``root``, ``sudo``, ``user`` or empty."""


class ResultFile(TypedDict):
    """The whole file."""

    schema: str
    run: Run
    targets: list[TargetLine]
    asked: list[AskedLine]
    verdicts: list[VerdictLine]
    systems: list[SystemBlock]
    core_hazards: list[CoreHazard]
    gate: str
    """``pass``, ``fail`` or ``insufficient``."""
    texts: Texts
    evidence: dict[str, EvidenceLine]
    excerpts: dict[str, str]
    """Digest to masked text of at most 2 KiB."""
    views: dict[str, Any]
    """Zones, devices, paths, frames and stores as data."""
    hazards: NotRequired[list[HazardLine]]
    """Every hazard of the unit as this run left it, the gravest first."""
    trend: NotRequired[list[dict[str, Any]]]
    """Figures of earlier runs as the ledger had them, oldest first; the last are this run's."""
    rulebook: NotRequired[RulebookParts]
    """The rulebook that judged, in parts."""
