"""``views.holdings``: what catalogue stores hold and how they are kept, as data in one shape for every picture and table. Pure.

The verdicts of the holdings checks are the source and stay as they are. A key that a judge left out is null or empty, never a guess.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import Any, TypeVar

from scanner.assess.loose import Data, mapping, mappings, text, texts, truth, whole
from scanner.model.holding_view import (
    HeldCustody,
    HeldLack,
    HeldList,
    HeldMixing,
    HeldOpening,
    HeldPlace,
    HeldReading,
    HeldStorage,
    HeldStore,
    HeldSums,
    HeldUnread,
    HeldZone,
    Holding,
)
from scanner.model.target import Target
from scanner.model.verdict import Status, Verdict

CHECK = "holdings.segregated"
STORAGE, CUSTODY, OPENING = "holdings.classified-storage", "holdings.custody", "holdings.opening"
PROBE = "holdings.stores"
PACES = ("disk", "server", "cpu")
BACKUP = "backup."
"""Before the ids of checks about backups."""
STORES, ROWS = 1000, 500
"""How many stores, and how many of each other list, stand in the view; all of them stand in the verdict."""
NUMBERS = ("rows", "classified", "suspected", "declassified", "open", "undecided")
Numbered = tuple[int, Verdict]
Line = TypeVar("Line")


def holdings(
    verdicts: Sequence[Verdict], targets: Iterable[Target], inventory: Data, paces: Mapping[str, str] = MappingProxyType({})
) -> list[Holding]:
    """One block per target that was counted, in the order of the verdicts; what spans several targets is a block of the unit.

    ``paces`` is what the speed of each count hung on, by target.
    """
    known = {target.id: target for target in targets}
    beside = {
        (verdict.check, verdict.target): (n, verdict) for n, verdict in enumerate(verdicts) if verdict.check in (STORAGE, CUSTODY, OPENING)
    }
    backups: dict[str, list[int]] = {}
    for n, verdict in enumerate(verdicts):
        if verdict.check.startswith(BACKUP) and verdict.status is not Status.NOT_APPLICABLE:
            backups.setdefault(verdict.target, []).append(n)
    return [
        _holding(n, verdict, known.get(verdict.target), beside, backups.get(verdict.target, []), inventory, paces.get(verdict.target))
        for n, verdict in enumerate(verdicts)
        if verdict.check == CHECK
    ]


def paces_of(evidence: Iterable[Sequence[Any]]) -> dict[str, str]:
    """What the speed of each count hung on, out of a shelf's index of evidence."""
    return {str(line[0]): str(line[3]["pace"]) for line in evidence if line[1] == PROBE and line[3].get("pace") in PACES}


def _holding(
    n: int,
    verdict: Verdict,
    target: Target | None,
    beside: Mapping[tuple[str, str], Numbered],
    backup: list[int],
    inventory: Data,
    pace: str | None,
) -> Holding:
    seen, name = mapping(verdict.observed), verdict.target
    listed = mappings(seen.get("stores"))
    sums = _sums(listed)
    stores, _ = _cut(sorted(listed, key=_gravity), _store, STORES)
    mixing, more_mixing = _cut(mappings(seen.get("mixing")), _mixing, ROWS)
    storage = beside.get((STORAGE, name))
    return {
        "target": name,
        "verdict": n,
        "status": verdict.status.value,
        "why": verdict.why,
        "detail": verdict.detail,
        "spans": texts(seen.get("targets")),
        "system": target.system if target is not None else None,
        "address": (target.url or target.address) if target is not None else None,
        "zone": _zone(target.zone, inventory) if target is not None and target.zone is not None else None,
        "classified_zone": truth(mapping(storage[1].observed).get("classified_zone")) if storage is not None else None,
        "sums": sums,
        "stores": stores,
        "more_stores": sums["stores"] - len(stores),
        "mixing": mixing,
        "more_mixing": more_mixing + (whole(seen.get("more_mixing")) or 0),
        "reading": _reading(seen, listed, pace),
        "opening": _opening(beside.get((OPENING, name))),
        "storage": _storage(storage),
        "custody": _custody(beside.get((CUSTODY, name))),
        "backup": backup,
    }


def _cut(rows: Sequence[Data], made: Callable[[Data], Line], limit: int) -> tuple[list[Line], int]:
    return [made(row) for row in rows[:limit]], max(0, len(rows) - limit)


def _count(item: Data, key: str) -> int:
    return max(0, whole(item.get(key)) or 0)


def _gravity(item: Data) -> tuple[Any, ...]:
    # All that are not listed in the verdict are one line, which is none of a store.
    return (
        _count(item, "stores"),
        *(-_count(item, key) for key in ("classified", "suspected", "undecided", "rows")),
        text(item.get("path")) or "",
    )


def _numbers(value: Any) -> dict[str, int]:
    return {name: count for name, given in mapping(value).items() if (count := whole(given)) is not None}


def _store(item: Data) -> HeldStore:
    return {
        "path": text(item.get("path")) or "?",
        "role": text(item.get("role")),
        "rows": _count(item, "rows"),
        "classified": _count(item, "classified"),
        "suspected": _count(item, "suspected"),
        "declassified": _count(item, "declassified"),
        "open": _count(item, "open"),
        "undecided": _count(item, "undecided"),
        "method": text(item.get("method")),
        "levels": _numbers(item.get("levels")),
        "reasons": _numbers(item.get("reasons")),
        "keys": {code: texts(keys) for code, keys in mapping(item.get("keys")).items()},
        "lineage": texts(item.get("lineage")),
        "notes": texts(item.get("notes")),
    }


def _sums(stores: Sequence[Data]) -> HeldSums:
    rows, classified, suspected, declassified, plain, undecided = (sum(_count(item, key) for item in stores) for key in NUMBERS)
    return {
        "stores": sum(_count(item, "stores") or 1 for item in stores),
        "rows": rows,
        "classified": classified,
        "suspected": suspected,
        "declassified": declassified,
        "open": plain,
        "undecided": undecided,
    }


def _mixing(item: Data) -> HeldMixing:
    return {
        "degree": text(item.get("degree")) or "?",
        "where": text(item.get("where")) or "?",
        "certainty": text(item.get("certainty")) or "suspected",
    }


def _zone(name: str, inventory: Data) -> HeldZone:
    zone = mapping(mapping(inventory.get("zones")).get(name))
    return {"id": name, "name": text(zone.get("name")), "kind": text(zone.get("kind")), "level": text(zone.get("level"))}


def _reading(seen: Data, stores: Sequence[Data], pace: str | None) -> HeldReading:
    unread, more = _cut(mappings(seen.get("unread")), _unread, ROWS)
    methods = Counter[str]()
    for item in stores:
        methods[text(item.get("method")) or "?"] += _count(item, "stores") or 1
    return {
        "as_of": text(seen.get("as_of")),
        "functions": text(seen.get("functions")),
        "methods": dict(sorted(methods.items())),
        "limit": pace,
        "bytes": whole(seen.get("bytes")),
        "unread": unread,
        "more_unread": more,
    }


def _unread(item: Data) -> HeldUnread:
    return {"path": text(item.get("path")) or "?", "why": text(item.get("why")) or "?", "detail": text(item.get("detail"))}


def _opening(found: Numbered | None) -> HeldOpening | None:
    if found is None:
        return None
    n, verdict = found
    seen = mapping(verdict.observed)
    lists, more = _cut(mappings(seen.get("lists")), _list, ROWS)
    return {
        "verdict": n,
        "status": verdict.status.value,
        "why": verdict.why,
        "counts": _numbers(seen.get("counts")),
        "lists": lists,
        "more_lists": more,
    }


def _list(item: Data) -> HeldList:
    return {
        "list": text(item.get("list")) or "?",
        "path": text(item.get("path")) or "?",
        "rows": _count(item, "rows"),
        "keys": texts(item.get("keys")),
    }


def _storage(found: Numbered | None) -> HeldStorage | None:
    if found is None:
        return None
    n, verdict = found
    seen = mapping(verdict.observed)
    return {
        "verdict": n,
        "status": verdict.status.value,
        "why": verdict.why,
        "detail": verdict.detail,
        "lacks": [_lack(item) for item in mappings(seen.get("lacks"))[:ROWS]],
        "shown": texts(seen.get("shown")),
        "unseen": texts(seen.get("unseen")),
    }


def _lack(item: Data) -> HeldLack:
    return {
        "what": text(item.get("what")) or "?",
        "state": text(item.get("state")),
        "where": text(item.get("where")),
        "certain": item.get("certain") is True,
    }


def _custody(found: Numbered | None) -> HeldCustody | None:
    if found is None:
        return None
    n, verdict = found
    seen = mapping(verdict.observed)
    places, more = _cut(mappings(seen.get("elsewhere")), _place, ROWS)
    return {
        "verdict": n,
        "status": verdict.status.value,
        "why": verdict.why,
        "detail": verdict.detail,
        "places": places,
        "more_places": more,
        "away": texts(seen.get("away")),
        "unseen": texts(seen.get("unseen")),
    }


def _place(item: Data) -> HeldPlace:
    return {
        "kind": text(item.get("kind")) or "?",
        "where": text(item.get("where")) or "?",
        "place": text(item.get("place")) or "undeclared",
        "zone": text(item.get("zone")),
        "seen": text(item.get("seen")),
    }
