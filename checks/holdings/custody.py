"""Classified data stay in the archive's own hands: no replica, link, backup or server outside its ranges / 涉密数据不托管在外."""

from __future__ import annotations

from typing import Any

from checks.holdings.counted import open_questions, total, why_open
from scanner.api import Opinion, Status, Verdict, awaits_person, check, holdings, met, site, unmet

MAX_PLACES = 200


@check("holdings.custody")
def custody(held: holdings.Holdings, unit: site.Declared) -> Verdict:
    places = holdings.elsewhere(held, unit)
    away = [store.path for store in held.stores if store.zone is not None and (store.classified or store.suspected)]
    secret, suspected, left_open = total(held, "C"), total(held, "R"), open_questions(held)
    observed: dict[str, Any] = {
        "classified": secret,
        "suspected": suspected,
        "elsewhere": [item.shown() for item in places][:MAX_PLACES],
        "away": away[:MAX_PLACES],
        "backups": [dict(item) for item in held.backups][:MAX_PLACES],
    }
    outside = bool(away) or any(item.place == "outside" for item in places)
    if secret and outside:
        return unmet(observed, wanted="inside")
    if secret or suspected:
        # What leaves by hand, by tape or below the file system no machine sees.
        return awaits_person(observed, wanted="inside", detail=left_open)
    if left_open:
        return Opinion(Status.UNKNOWN, observed, "inside", why_open(held), left_open)
    return met(observed, wanted="inside")
