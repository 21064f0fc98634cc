"""The fact: what a folder of backups holds, and whether its files are still what its manifests say. No file's text is in it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType
from typing import Any

from scanner.facts.fact import Unreadable, fact
from scanner.facts.site.words import day, mapping
from scanner.model.absent import Absent, Why
from scanner.model.canonical import canonical, strict_loads
from scanner.model.evidence import Answer, Probe

SCHEMA = "shiqu/backup/1"
PROBE = "holdings.backup-folder"
COUNTS = ("good", "broken", "missing", "unlisted", "unread", "left", "weak")
"""Files whose digest holds, does not hold, that are listed and not there, there and not listed, that could not be read, that the time
did not suffice for; and of the good ones those that only a weak digest speaks for."""


@dataclass(frozen=True, slots=True)
class Tried:
    """A test by people, as declared."""

    on: date | None
    result: str
    """``success`` or ``failure``."""
    record: str


@dataclass(frozen=True, slots=True)
class Said:
    """What the unit declares of the backup."""

    of: str
    """Id of the target that it is a backup of; empty when nothing is said."""
    medium: str
    offsite: bool | None
    online: bool | None
    every_days: int | None
    restored: Tried | None
    checked: Tried | None
    register: str
    keeper: str


@fact(Probe(PROBE, "holdings", (SCHEMA,), kinds=("catalogue",), seconds=86_400, max_bytes=16 * 1024 * 1024))
@dataclass(frozen=True, slots=True, kw_only=True)
class BackupFolder:
    """A declared folder of backups."""

    as_of: date
    said: Said
    files: int
    bytes: int
    newest: date | None
    """Day of the newest file's content, as the file system says it; None without any file."""
    volume: str
    """Identity of the volume; as in the containers of stores."""
    manifests: tuple[Mapping[str, Any], ...]
    """``{path, algorithm, listed, good}``."""
    counts: Mapping[str, int]
    wrong: tuple[str, ...]
    """First paths that are broken, missing, not listed or not readable, each with its word before it."""
    formats: Mapping[str, int]
    """Ends of file names to how many."""

    @classmethod
    def read(cls, answer: Answer) -> BackupFolder | Absent:
        """Read the canonical JSON that the collector wrote. Numbers that do not add up are garbled."""
        data = strict_loads(answer.stdout)
        if not isinstance(data, dict) or data.get("schema") != SCHEMA:
            raise Unreadable("no backup folder")
        as_of = day(str(data["as_of"]))
        if as_of is None:
            return Absent(Why.GARBLED, "as_of is no date")
        counts = {key: int(mapping(data["counts"])[key]) for key in COUNTS}
        files = int(data["files"])
        if (
            min(counts.values()) < 0
            or files < 0
            or counts["good"] + counts["broken"] + counts["unlisted"] + counts["unread"] + counts["left"] != files
        ):
            raise Unreadable("files and judged files differ")
        return cls(
            as_of=as_of,
            said=_said(mapping(data["said"])),
            files=files,
            bytes=int(data["bytes"]),
            newest=day(str(data["newest"])) if data.get("newest") else None,
            volume=str(data.get("volume") or ""),
            manifests=tuple(MappingProxyType(dict(mapping(item))) for item in data["manifests"]),
            counts=MappingProxyType(counts),
            wrong=tuple(map(str, data["wrong"])),
            formats=MappingProxyType({str(key): int(number) for key, number in mapping(data["formats"]).items()}),
        )


def _said(data: Mapping[str, Any]) -> Said:
    def flag(key: str) -> bool | None:
        return data[key] if isinstance(data.get(key), bool) else None

    every = data.get("every_days")
    texts = {key: str(data.get(key) or "") for key in ("of", "medium", "register", "keeper")}
    return Said(
        texts["of"],
        texts["medium"],
        flag("offsite"),
        flag("online"),
        every if isinstance(every, int) and not isinstance(every, bool) else None,
        _tried(data.get("restored")),
        _tried(data.get("checked")),
        texts["register"],
        texts["keeper"],
    )


def _tried(value: Any) -> Tried | None:
    if not isinstance(value, Mapping):
        return None
    return Tried(day(str(value.get("date") or "")), str(value.get("result") or ""), str(value.get("record") or ""))


def written_backup(data: Mapping[str, Any]) -> bytes:
    """The bytes that rest on the shelf."""
    return canonical({"schema": SCHEMA, **data})
