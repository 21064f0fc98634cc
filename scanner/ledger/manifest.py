"""The shape of a shelf's manifest, checked before anything of it is used."""

from __future__ import annotations

from typing import Any, NotRequired, TypedDict

import msgspec

from scanner.model.absent import Why


class RunHead(TypedDict):
    """Who ran what, when."""

    id: NotRequired[str]
    started: NotRequired[str]
    finished: NotRequired[str]
    operator: NotRequired[str]
    authorised_by: NotRequired[str | None]
    unit: NotRequired[dict[str, Any]]
    version: NotRequired[str]
    scanned_with: NotRequired[str]
    key: NotRequired[str]
    jobs: NotRequired[int]
    interrupted: NotRequired[bool]


class TargetRecord(TypedDict):
    """How the conversation with one target went."""

    reached: bool
    why: NotRequired[str | None]
    detail: NotRequired[str]
    privilege: NotRequired[str]
    operator: NotRequired[str]
    seconds: NotRequired[float]
    clock_skew: NotRequired[int | None]
    notes: NotRequired[dict[str, str]]


class Member(TypedDict):
    """One target as it was declared."""

    id: str
    kind: str
    system: str
    zone: str | None
    address: str | None
    port: int | None
    login: str | None
    url: str | None
    host: str | None
    platform: str | None
    config: str | None


class SystemHead(TypedDict):
    """One system."""

    id: str
    name: str
    grade: int | None
    sag: NotRequired[str]
    holds: str
    profile: str
    zone: NotRequired[str | None]


class Manifest(TypedDict):
    """The whole manifest."""

    schema: str
    run: RunHead
    evidence: list[tuple[str, str, str, dict[str, Any]]]
    targets: dict[str, TargetRecord]
    inventory: NotRequired[dict[str, Any]]
    systems: NotRequired[list[SystemHead]]
    members: NotRequired[dict[str, Member]]
    asked: NotRequired[dict[str, list[str]]]
    values: NotRequired[dict[str, Any]]
    only: NotRequired[list[str]]
    skip: NotRequired[list[str]]


JUDGED = ("inventory", "systems", "members", "asked", "values")
"""What judging needs beside the evidence."""


def check_manifest(data: Any) -> None:
    """Raise ValueError when the data are not a manifest."""
    found = msgspec.convert(data, Manifest)
    for record in found["targets"].values():
        why = record.get("why")
        if why is not None:
            Why(why)
    for key in [line[2] for line in found["evidence"]]:
        if len(key) != 71 or not key.startswith("sha256:") or not set(key[7:]) <= set("0123456789abcdef"):
            raise ValueError(f"not a digest: {key[:80]!r}")
    members = found.get("members", {})
    if any(target not in members for target in found.get("asked", {})) or any(key != member["id"] for key, member in members.items()):
        raise ValueError("asked and members do not match")


def check_judgeable(data: dict[str, Any]) -> None:
    """Raise ValueError naming what is missing when a manifest cannot be judged."""
    missing = [key for key in JUDGED if key not in data]
    missing += [f"run.{key}" for key in ("id", "started", "finished", "unit") if key not in data["run"]]
    if missing:
        raise ValueError(f"missing: {', '.join(missing)}")
