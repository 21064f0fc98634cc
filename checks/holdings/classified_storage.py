"""Classified records are stored as they must be: in a classified zone, encrypted, closed to others / 涉密档案数据按要求存放."""

from __future__ import annotations

from typing import Any

from checks.holdings.counted import MAX_KEYS, open_questions, total, why_open
from scanner.api import Absent, Opinion, Status, Verdict, Why, awaits_person, check, holdings, met, site, unmet

MAX_PLACES = 200


@check("holdings.classified-storage")
def classified_storage(held: holdings.Holdings, unit: site.Declared | Absent) -> Verdict:
    secret, suspected, left_open = total(held, "C"), total(held, "R"), open_questions(held)
    inside = holdings.in_classified_zone(held, unit)
    observed: dict[str, Any] = {
        "classified": secret,
        "suspected": suspected,
        "classified_zone": inside,
        "places": [
            {"path": store.path, "classified": store.classified, "suspected": store.suspected, "keys": list(store.keys.get("C", ()))[:MAX_KEYS]}
            for store in held.stores
            if store.classified or store.suspected
        ][:MAX_PLACES],
        "lacks": [],
    }
    if secret and not inside:
        return unmet(observed, wanted="classified zone")
    if secret:
        return _kept(held, observed, left_open)
    if suspected:
        return awaits_person(observed, wanted="classified zone", detail=left_open)
    if left_open:
        return Opinion(Status.UNKNOWN, observed, "classified zone", why_open(held), left_open)
    return met(observed, wanted="classified zone")


def _kept(held: holdings.Holdings, observed: dict[str, Any], left_open: str) -> Verdict:
    """How the stores of a classified zone keep what they hold, as far as they show it."""
    shown = [item for item in held.storage.get("stores", ()) if isinstance(item, dict)]
    lacks = [lack for item in shown for lack in _lacks(item)]
    observed["lacks"] = lacks
    if any(lack["certain"] for lack in lacks):
        return unmet(observed, wanted="encrypted and closed to others")
    if left_open or not shown:
        return Opinion(Status.UNKNOWN, observed, "encrypted and closed to others", why_open(held) if left_open else Why.NOT_ASKED, left_open or "how it is stored is not shown")
    # What a store does not encrypt itself a disk below may: only a person can tell.
    return awaits_person(observed, wanted="encrypted and closed to others") if lacks else met(observed, wanted="encrypted and closed to others")


def _lacks(item: dict[str, Any]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    at_rest = item.get("at_rest")
    state = at_rest.get("state") if isinstance(at_rest, dict) else "unknown"
    if state != "on":
        found.append({"what": "at-rest", "state": state, "certain": False})
    tls = item.get("tls")
    if isinstance(tls, dict) and tls.get("session") is False and not str(item.get("server", "")).startswith(("127.", "/", "[::1]", "localhost")):
        found.append({"what": "transport", "state": "off", "certain": True})
    file = item.get("file")
    mode = str(file.get("mode", "")) if isinstance(file, dict) else str(item.get("data_directory_mode") or "")
    if mode.isdigit() and int(mode, 8) & 0o007:
        found.append({"what": "file-mode", "state": mode, "certain": True})
    return found
