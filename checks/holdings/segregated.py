"""Classified and open catalogues are kept apart: no table, file, database or server holds both / 涉密目录与非涉密目录分开存放.

One verdict for every catalogue target, and one for the unit about what spans several of them. Approved exceptions do not exist.
"""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from checks.holdings.counted import open_questions, stores, total, unread, why_open
from scanner.api import Absent, Across, Opinion, Status, Verdict, Why, check, holdings, met, site, unknown, unmet

BY_DESIGN = frozenset({"D5"})
"""Degrees that are no violation by themselves: a person decides."""
NOWHERE = frozenset({"server", "replication-slot"})
"""Kinds of places that lead nowhere else by themselves: the target's own address, a slot that nobody need have taken."""
MAX_MIXING = 5000


@check("holdings.segregated")
def segregated(
    held: holdings.Holdings | Absent, span: holdings.Span | Absent, every: Across[holdings.Holdings], unit: site.Declared | Absent
) -> Verdict:
    if isinstance(span, holdings.Span):
        return _of_unit(every)
    if isinstance(held, Absent):
        return unknown(held.why, held.detail)
    found = holdings.mixing(held, classified_zone=holdings.in_classified_zone(held, unit))
    found += _outside(held, unit)
    observed: dict[str, Any] = {
        "stores": stores(held),
        "mixing": [asdict(item) for item in found[:MAX_MIXING]],
        "more_mixing": max(0, len(found) - MAX_MIXING),
        "unread": unread(held),
        "as_of": held.as_of.isoformat(),
        "functions": held.functions,
        "bytes": held.bytes,
    }
    return _judged(found, observed, open_questions(held), why_open(held))


def _of_unit(every: Across[holdings.Holdings]) -> Verdict:
    counted = {target: held for target, held in every if isinstance(held, holdings.Holdings)}
    lost = [target for target, held in every if isinstance(held, Absent)]
    found = holdings.spanning(counted)
    observed = {"stores": [], "mixing": [asdict(item) for item in found], "targets": sorted(counted), "not_counted": lost}
    if lost or not counted:
        return _judged(found, observed, f"not counted: {', '.join(lost[:6])}" if lost else "no target was counted", Why.NOT_ASKED)
    left = next(
        ((f"{target}: {text}", why_open(held)) for target, held in counted.items() if (text := open_questions(held))), ("", Why.PERSON)
    )
    return _judged(found, observed, *left)


def _judged(found: list[holdings.Mixing], observed: dict[str, Any], left_open: str, why: Why) -> Verdict:
    if any(item.certainty == "confirmed" and item.degree not in BY_DESIGN for item in found):
        return unmet(observed, wanted="apart")
    if left_open:
        return Opinion(Status.UNKNOWN, observed, "apart", why, left_open)
    return Opinion(Status.AWAITS_PERSON, observed, "apart", Why.PERSON, "") if found else met(observed, wanted="apart")


def _outside(held: holdings.Holdings, unit: site.Declared | Absent) -> list[holdings.Mixing]:
    """D8: classified records, or suspected ones, of which the data also lie outside the unit's ranges; where no range was declared for
    the place, that is for a person."""
    certain = total(held, "C") > 0
    if not certain and not total(held, "R"):
        return []
    return [
        holdings.Mixing("D8", f"{item.kind} {item.where}", "confirmed" if certain and item.place == "outside" else "suspected")
        for item in holdings.elsewhere(held, unit)
        if item.place == "outside" or (item.place == "undeclared" and item.kind not in NOWHERE)
    ]
