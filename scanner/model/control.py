"""Control and Profile: clauses, and the checks that speak to them."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """A sentence in both languages; Chinese is the source."""

    zh: str
    en: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Control:
    """One clause of a profile."""

    id: str
    """``L3-8.1.4.1-a``."""
    clause: str
    """``8.1.4.1 a)``."""
    layer: str
    """Layer in Chinese, e.g. 安全计算环境."""
    control_point: str
    """Control point in Chinese, e.g. 身份鉴别."""
    text: Words
    """Own-words text."""
    sag: str = "G"
    """Grading class: S, A or G."""
    method: tuple[str, ...] = ()
    """How it is evaluated: config, scan, document, interview, physical."""
    verify: str = "attestation"
    """``automatic``, ``semi_automatic`` or ``attestation``."""
    objects: tuple[str, ...] = ()
    """Object classes that it speaks about: host, database, network_device …"""
    checks: tuple[str, ...] = ()
    """Ids of the checks that speak to it; sorted."""
    settles: tuple[str, ...] = ("*",)
    """Target kinds for which the checks together answer the whole clause; for the others they can only speak against it.
    ``*`` stands for every kind; a profile's file that says nothing means none."""
    status: str = "V"
    """How sure the clause's source is: V verified, V1 one source, M from memory, P our product rule."""
    core_hazard: str | None = None
    """CH1 … CH4 when the clause stands for one of the four core hazards."""
    unit_code: str | None = None
    """Code of the evaluation unit where known."""
    domain: str = ""
    """``technical`` or ``management`` for a clause of graded protection; empty for all others, which no score counts."""
    pending: tuple[str, ...] = ()
    """Those of ``checks`` that are not installed here; while there is one, only a person can settle the clause."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MajorTrigger:
    """A row of the 2025 template's table of major risks, and the checks that can show it."""

    id: str
    """``A-18``."""
    text: Words
    checks: tuple[str, ...] = ()
    """Any of these checks unmet makes the trigger a (machine-found) major risk."""
    status: str = "V1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """A list of clauses for one level or rule set."""

    id: str
    title: Words
    level: int | None
    """2 or 3 for graded protection; None for rule sets of our own."""
    controls: tuple[Control, ...]
    triggers: tuple[MajorTrigger, ...] = ()
    scored: bool = True
    """Whether the 2025 conclusion and the 2021 score apply (graded protection only)."""
    note: Words | None = None
    """What a reader must know about the sources."""
    digest: str = ""
    """SHA-256 of the canonical form of all the above."""
