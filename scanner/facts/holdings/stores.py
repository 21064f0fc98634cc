"""The fact: what was counted in the places where catalogues live. No record's text is in it."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType
from typing import Any

from scanner.facts.fact import Unreadable, fact
from scanner.facts.holdings.record import CODES
from scanner.facts.site.words import day, mapping
from scanner.model.absent import Absent, Why
from scanner.model.canonical import canonical, strict_loads
from scanner.model.evidence import Answer, Probe

SCHEMA = "shiqu/holdings/1"
FUNCTIONS = "13"
"""Version of the decision functions; rises when a record would be decided otherwise."""
DIGEST = 8
"""Bytes of the digest of a volume's number."""
METHODS = ("full", "partial", "sample", "bytes")


@dataclass(frozen=True, slots=True, kw_only=True)
class Store:
    """One table, sheet, file or member."""

    path: str
    role: str
    """As :data:`scanner.facts.holdings.tables.Role`, or ``document``."""
    rows_total: int
    rows_read: int
    method: str
    counts: Mapping[str, int]
    """C, R, D, N, U."""
    levels: Mapping[str, int]
    histogram: Mapping[str, int]
    keys: Mapping[str, tuple[str, ...]]
    reasons: Mapping[str, int]
    container: Mapping[str, str]
    lineage: tuple[str, ...]
    copy_of: str | None
    zone: str | None
    """Only where the place lies in another zone than the target."""
    opening: Mapping[str, Mapping[str, Any]]
    inverted: int
    """Open volumes in it that hold a classified item."""
    lie_under: frozenset[bytes]
    """Digests of the volumes that its classified records lie in; only of numbers that mean the same in every target."""
    open_volumes: frozenset[bytes]
    """The same of the open volumes that it lists."""
    deleted: int
    columns: Mapping[str, str]
    notes: tuple[str, ...]

    @property
    def classified(self) -> int:
        return self.counts["C"]

    @property
    def suspected(self) -> int:
        return self.counts["R"]

    @property
    def plain(self) -> int:
        """Rows that count as open: never classified, or released."""
        return self.counts["N"] + self.counts["D"]

    @property
    def is_catalogue(self) -> bool:
        """Whether its rows are records: only those are kept together with others."""
        return self.role in ("catalogue", "document")


@dataclass(frozen=True, slots=True)
class Unseen:
    """Something that is there and was not read."""

    path: str
    why: str
    detail: str
    container: Mapping[str, str]


@fact(Probe("holdings.stores", "holdings", ("shiqu/holdings/1",), kinds=("catalogue",), seconds=86_400, max_bytes=256 * 1024 * 1024))
@dataclass(frozen=True, slots=True, kw_only=True)
class Holdings:
    """What one catalogue target holds."""

    as_of: date
    """The day to which periods were counted."""
    functions: str
    target: Mapping[str, str]
    """``id``, ``zone``, ``system``, ``url`` without credentials."""
    stores: tuple[Store, ...]
    unread: tuple[Unseen, ...]
    storage: Mapping[str, Any]
    custody: Mapping[str, Any]
    backups: tuple[Mapping[str, Any], ...]
    bytes: int

    @classmethod
    def read(cls, answer: Answer) -> Holdings | Absent:
        """Read the canonical JSON that counting wrote. What does not add up is garbled, never counted."""
        data = strict_loads(answer.stdout)
        if not isinstance(data, dict) or data.get("schema") != SCHEMA:
            raise Unreadable("no counts of holdings")
        as_of = day(str(data["as_of"]))
        if as_of is None:
            return Absent(Why.GARBLED, "as_of is no date")
        stores = tuple(_store(mapping(item)) for item in data["stores"])
        if len({store.path for store in stores}) != len(stores):
            raise Unreadable("a store is counted twice")
        return cls(
            as_of=as_of,
            functions=str(data["functions"]),
            target=MappingProxyType({str(key): str(value or "") for key, value in mapping(data["target"]).items()}),
            stores=stores,
            unread=tuple(_unseen(mapping(item)) for item in data["unread"]),
            storage=MappingProxyType(dict(mapping(data.get("storage") or {}))),
            custody=MappingProxyType(dict(mapping(data.get("custody") or {}))),
            backups=tuple(MappingProxyType(dict(mapping(item))) for item in data.get("backups") or ()),
            bytes=int(data.get("bytes") or 0),
        )


def _store(item: Mapping[str, Any]) -> Store:
    counts: dict[str, int] = {code: int(mapping(item["counts"])[code]) for code in CODES}
    total, read = int(item["rows_total"]), int(item["rows_read"])
    if total != read or sum(counts.values()) != total or min(counts.values()) < 0 or item["method"] not in METHODS:
        raise Unreadable("rows read and rows counted differ")
    return Store(
        path=str(item["path"]),
        role=str(item["role"]),
        rows_total=total,
        rows_read=read,
        method=str(item["method"]),
        counts=MappingProxyType(counts),
        levels=_numbers(item, "levels"),
        histogram=_numbers(item, "histogram"),
        keys=MappingProxyType({str(key): tuple(map(str, value)) for key, value in mapping(item.get("keys") or {}).items()}),
        reasons=_numbers(item, "reasons"),
        container=_texts(item, "container"),
        lineage=tuple(map(str, item.get("lineage") or ())),
        copy_of=item.get("copy_of"),
        zone=item.get("zone"),
        opening=MappingProxyType({str(key): dict(mapping(value)) for key, value in mapping(item.get("opening") or {}).items()}),
        inverted=int(item.get("inverted") or 0),
        lie_under=_digests(item, "lie_under"),
        open_volumes=_digests(item, "open_volumes"),
        deleted=int(item.get("deleted") or 0),
        columns=_texts(item, "columns"),
        notes=tuple(map(str, item.get("notes") or ())),
    )


def _digests(item: Mapping[str, Any], key: str) -> frozenset[bytes]:
    data = base64.b64decode(str(item.get(key) or ""), validate=True)
    if len(data) % DIGEST:
        raise Unreadable("half a digest")
    return frozenset(data[at : at + DIGEST] for at in range(0, len(data), DIGEST))


def _unseen(item: Mapping[str, Any]) -> Unseen:
    return Unseen(str(item["path"]), str(item["why"]), str(item.get("detail") or ""), _texts(item, "container"))


def _numbers(item: Mapping[str, Any], key: str) -> Mapping[str, int]:
    return MappingProxyType({str(name): int(number) for name, number in mapping(item.get(key) or {}).items()})


def _texts(item: Mapping[str, Any], key: str) -> Mapping[str, str]:
    return MappingProxyType({str(name): str(text) for name, text in mapping(item.get(key) or {}).items()})


def written(data: Mapping[str, Any]) -> bytes:
    """The bytes that rest on the shelf."""
    return canonical({"schema": SCHEMA, "functions": FUNCTIONS, **data})
