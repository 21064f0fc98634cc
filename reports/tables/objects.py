"""What was looked at: targets, catalogue stores, zone pairs and the evidence itself."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from typing import Any

from reports.grouping import is_person
from reports.tables.table import Column, Row, Sight, Table
from scanner.model.result import STATUSES

TARGETS = (
    Column("label.system", 18),
    Column("col.target", 20),
    Column("col.kind", 12),
    Column("col.zone", 12),
    Column("col.address", 20),
    Column("col.reached", 8),
    Column("col.why", 18),
    Column("col.detail", 36),
    Column("col.privilege", 10),
    Column("col.operator", 18),
    Column("col.seconds", 10),
    *(Column(f"status.{status}", 10) for status in STATUSES),
)
STORES = (
    Column("col.target", 18),
    Column("core.store", 44),
    *(Column(f"core.{key}", 10) for key in ("rows", "classified", "suspected-rows", "declassified", "open", "undecided")),
    Column("col.method", 10),
    Column("core.mixing", 40),
)
PAIRS = (
    Column("core.pair", 22),
    Column("column.status-code", 14),
    Column("col.status", 12, "status"),
    Column("column.conclusion", 30),
    Column("core.paths", 60),
    Column("col.strength", 8),
)
EVIDENCE = (
    Column("col.digest", 66),
    Column("col.probe", 28),
    Column("col.kind", 12),
    Column("col.exit", 8),
    Column("col.bytes", 10),
    Column("col.why", 16),
    Column("col.detail", 28),
    Column("ui.excerpt", 80),
)


def targets(sight: Sight) -> Table:
    """Every target, reached or not, with its verdicts by status."""
    return Table("part.targets", TARGETS, _target_rows(sight))


def _target_rows(sight: Sight) -> Iterator[Row]:
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    for verdict in sight.result["verdicts"]:
        if not is_person(verdict):
            counts[verdict["target"]][verdict["status"]] += 1
    for target in sight.result["targets"]:
        yield (
            sight.text(sight.systems.get(target["system"], target["system"])),
            sight.text(target["id"]),
            sight.code("kind", target["kind"]),
            sight.text(target["zone"] or ""),
            sight.text(target["address"] or ""),
            sight.words["word.yes" if target["reached"] else "word.no"],
            sight.code("why", target["why"]),
            sight.text(target["detail"]),
            sight.code("privilege", target["privilege"]),
            sight.text(target["operator"]),
            target["seconds"],
            *(counts[target["id"]][status] for status in STATUSES),
        )


def stores(sight: Sight) -> Table:
    """Every catalogue store with its counts; titles of records are nowhere in a result."""
    return Table("sheet.stores", STORES, _store_rows(sight))


def _store_rows(sight: Sight) -> Iterator[Row]:
    for verdict in sight.result["verdicts"]:
        observed = verdict["observed"]
        if verdict["check"] != "holdings.segregated" or not isinstance(observed, dict):
            continue
        mixing: dict[str, list[str]] = defaultdict(list)
        for one in _dicts(observed.get("mixing")):
            mixing[str(one.get("where"))].append(f"{one.get('degree')} {one.get('certainty') or ''}".strip())
        for store in _dicts(observed.get("stores")):
            keys = ("rows", "classified", "suspected", "declassified", "open", "undecided")
            yield (
                sight.text(verdict["target"]),
                sight.text(str(store.get("path", ""))),
                *(_number(store.get(key)) for key in keys),
                sight.text(str(store.get("method") or "")),
                sight.text("; ".join(mixing.get(str(store.get("path")), ()))),
            )


def pairs(sight: Sight) -> Table:
    """Every zone pair's conclusion and paths."""
    return Table("sheet.pairs", PAIRS, _pair_rows(sight))


def _pair_rows(sight: Sight) -> Iterator[Row]:
    for verdict in sight.result["verdicts"]:
        if verdict["check"] != "isolation.no-path":
            continue
        observed = verdict["observed"] if isinstance(verdict["observed"], dict) else {}
        paths = [
            " ".join(
                str(path[key]) for key in ("kind", "from", "to", "via", "protocol", "port", "strength") if path.get(key) not in (None, "")
            )
            for path in _dicts(observed.get("paths"))
        ]
        yield (
            sight.text(verdict["target"]),
            verdict["status"],
            sight.code("status", verdict["status"]),
            sight.code("isolation", str(observed.get("conclusion") or "not_tested")),
            sight.text("; ".join(paths)),
            sight.text(verdict["strength"] or ""),
        )


def evidence(sight: Sight) -> Table:
    """Every piece of evidence that a verdict cites, by digest."""
    return Table("part.evidence", EVIDENCE, _evidence_rows(sight))


def _evidence_rows(sight: Sight) -> Iterator[Row]:
    excerpts = sight.result["excerpts"]
    for digest, item in sorted(sight.result["evidence"].items()):
        yield (
            sight.text(digest.removeprefix("sha256:")),
            sight.text(item["probe"]),
            sight.code("evidence-kind", item["kind"]),
            item["exit"],
            item["bytes"],
            sight.code("why", item["why"]),
            sight.text(item["detail"]),
            sight.text(excerpts.get(digest, "")),
        )


def _dicts(value: Any) -> list[dict[str, Any]]:
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list | tuple) else []


def _number(value: Any) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None
