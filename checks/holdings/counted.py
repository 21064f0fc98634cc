"""What every judge of holdings shows and says of a count that leaves something open / 目录计数的共同说法."""

from __future__ import annotations

from collections import Counter
from typing import Any

from scanner.api import Why, holdings

MAX_STORES = 20_000
MAX_KEYS = 20
GRAVE = ("classified", "suspected", "undecided")
"""Numbers by which a store is graver than another one, the gravest first."""


def stores(held: holdings.Holdings) -> list[dict[str, Any]]:
    """Every store with its numbers; their sums are the totals. Of more than can be listed the gravest, and the others as a line for each method."""
    if len(held.stores) <= MAX_STORES:
        return [_store(store) for store in held.stores]
    lines = sorted(map(_store, held.stores), key=lambda line: [-line[name] for name in GRAVE])
    rest = lines[MAX_STORES:]
    methods = sorted({line["method"] for line in rest})
    return [*lines[:MAX_STORES], *(_together([line for line in rest if line["method"] == method], method) for method in methods)]


def _store(store: holdings.Store) -> dict[str, Any]:
    return {
        "path": store.path,
        "rows": store.rows_total,
        "classified": store.counts["C"],
        "suspected": store.counts["R"],
        "declassified": store.counts["D"],
        "open": store.counts["N"],
        "undecided": store.counts["U"],
        "method": store.method,
        "role": store.role,
        "levels": dict(store.levels),
        "reasons": {name: number for name, number in store.reasons.items() if name not in ("open", "unmarked")},
        "keys": {code: list(keys)[:MAX_KEYS] for code, keys in store.keys.items() if keys},
        "lineage": list(store.lineage),
        "notes": list(store.notes),
    }


def _together(lines: list[dict[str, Any]], method: str) -> dict[str, Any]:
    """Stores that are not listed, with how many they are."""
    numbers = {name: sum(line[name] for line in lines) for name in ("rows", "classified", "suspected", "declassified", "open", "undecided")}
    told = {name: dict(sum((Counter(line[name]) for line in lines), Counter[str]())) for name in ("levels", "reasons")}
    return {"path": "…", "stores": len(lines), **numbers, **told, "method": method, "role": "", "keys": {}, "lineage": [], "notes": []}


def unread(held: holdings.Holdings) -> list[dict[str, str]]:
    """What is there and was not read."""
    return [{"path": item.path, "why": item.why, "detail": item.detail} for item in held.unread]


def open_questions(held: holdings.Holdings) -> str:
    """Why a clean count is not clean: empty when nothing was left out and every record was decided."""
    undecided = sum(store.counts["U"] for store in held.stores)
    if held.unread:
        return f"unread: {len(held.unread)}, first {held.unread[0].path} ({held.unread[0].why})"
    if undecided:
        return f"undecided: {undecided}"
    if any(store.method != "full" for store in held.stores):
        return "not read to the end"
    return "" if any(store.rows_total for store in held.stores) else "no record was found"


def why_open(held: holdings.Holdings) -> Why:
    """The reason word for what :func:`open_questions` says."""
    if held.unread:
        reasons = [item.why for item in held.unread]
        return Why(reasons[0]) if reasons[0] in [why.value for why in Why] else Why.GARBLED
    return Why.GARBLED if any(store.rows_total for store in held.stores) else Why.FILE_MISSING


def total(held: holdings.Holdings, code: str) -> int:
    """Records of one decision."""
    return sum(store.counts[code] for store in held.stores)
