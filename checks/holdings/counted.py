"""What every judge of holdings shows and says of a count that leaves something open / 目录计数的共同说法."""

from __future__ import annotations

from typing import Any

from scanner.api import Why, holdings

MAX_STORES = 20_000
MAX_KEYS = 20


def stores(held: holdings.Holdings) -> list[dict[str, Any]]:
    """Every store with its numbers; their sums are the totals."""
    return [
        {
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
        for store in held.stores[:MAX_STORES]
    ]


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
