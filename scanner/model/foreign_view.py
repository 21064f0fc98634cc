"""Shape of ``views.foreign`` in ``result.json``: what other tools found. It decides nothing here."""

from __future__ import annotations

from typing import TypedDict


class ForeignHost(TypedDict):
    """One host of a foreign file."""

    name: str
    addresses: list[str]
    target: str | None
    """Id of the target that it is, when exactly one fits."""
    began: str
    """As the tool says it."""
    profile: str
    """Benchmark, profile or policy of the tool."""
    counts: dict[str, int]
    """Lines by what they mean."""


class ForeignRow(TypedDict):
    """One line of a foreign file."""

    host: int
    key: str
    title: str
    said: str
    """The tool's own word."""
    means: str
    """``pass``, ``fail``, ``open``, ``not-applicable`` or ``seen``."""
    severity: str
    check: str | None
    """Our check that asks the same question."""
    verdict: int | None
    """Its verdict on the same target."""
    differs: bool
    """The tool and our verdict say opposite things: somebody has to look."""


class Foreign(TypedDict):
    """One foreign file."""

    origin: str
    """``arf``, ``wazuh`` or ``nmap``."""
    tool: str
    file: str
    bytes: int
    digest: str
    """Of the file as it was imported."""
    evidence: str
    """Digest of what rests on the shelf of it."""
    imported: str
    whole: bool
    left_out: int
    hosts: list[ForeignHost]
    more_hosts: int
    rows: list[ForeignRow]
    """What differs first, then what failed; what passed or does not apply is counted only, unless it differs."""
    more_rows: int
    differing: int
