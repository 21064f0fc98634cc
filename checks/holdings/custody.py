"""Classified data stay in the archive's own hands: no replica, link, backup, mount or server outside its ranges / 涉密数据不托管在外.

What the store says of itself is joined with what its host shows; a host that nobody looked at leaves the question to a person.
"""

from __future__ import annotations

from typing import Any

from checks.holdings import hosts
from checks.holdings.counted import open_questions, total, why_open
from scanner.api import Absent, Across, Opinion, Status, Verdict, awaits_person, check, holdings, linux, met, site, unmet

MAX_PLACES = 200


@check("holdings.custody")
def custody(
    held: holdings.Holdings,
    unit: site.Declared,
    live: Across[linux.Connections | Absent],
    copies: Across[linux.CopyJobs | Absent],
    tools: Across[linux.RemoteTools | Absent],
    files: Across[linux.HostFiles | Absent],
) -> Verdict:
    places, unseen = set(holdings.elsewhere(held, unit)), []
    carriers = holdings.hosts_of(held, unit)
    for host in carriers:
        facts = (hosts.at(live, host), hosts.at(copies, host), hosts.at(tools, host), hosts.at(files, host))
        places.update(hosts.places(held, unit, host, *facts))
        unseen += hosts.unseen(zip(("mounts", "copy-jobs", "sync-clients", "shares"), facts, strict=True))
    away = [store.path for store in held.stores if store.zone is not None and (store.classified or store.suspected)]
    secret, suspected, left_open = total(held, "C"), total(held, "R"), open_questions(held)
    observed: dict[str, Any] = {
        "classified": secret,
        "suspected": suspected,
        "elsewhere": [item.shown() for item in sorted(places, key=lambda item: (item.place != "outside", item))][:MAX_PLACES],
        "away": away[:MAX_PLACES],
        "backups": [dict(item) for item in held.backups][:MAX_PLACES],
        "hosts": list(carriers),
        "unseen": sorted(set(unseen)) if carriers else ["host"],
    }
    outside = bool(away) or any(item.place == "outside" for item in places)
    if secret and outside:
        return unmet(observed, wanted="inside")
    if left_open:
        return Opinion(Status.UNKNOWN, observed, "inside", why_open(held), left_open)
    if secret or suspected:
        # What leaves by hand, by tape or below the file system no machine sees.
        return awaits_person(observed, wanted="inside")
    return met(observed, wanted="inside")
