"""Lists for the opening review: period over, opened although marked, marked without a period / 解密划控待办清单."""

from __future__ import annotations

from collections import Counter
from typing import Any

from checks.holdings.counted import MAX_KEYS, open_questions, why_open
from scanner.api import Opinion, Status, Verdict, check, holdings, met, unmet


@check("holdings.opening")
def opening(held: holdings.Holdings) -> Verdict:
    counts: Counter[str] = Counter()
    lists: list[dict[str, Any]] = []
    for store in held.stores:
        for name, item in store.opening.items():
            counts[name] += int(item["rows"])
            lists.append({"list": name, "path": store.path, "rows": item["rows"], "keys": list(item["keys"])[:MAX_KEYS]})
    observed = {"counts": {name: counts[name] for name in holdings.OPENING}, "lists": lists[:500]}
    if counts:
        return unmet(observed, wanted="empty")
    left_open = open_questions(held)
    return Opinion(Status.UNKNOWN, observed, "empty", why_open(held), left_open) if left_open else met(observed, wanted="empty")
