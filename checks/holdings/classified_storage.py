"""Classified records are stored as they must be: in a classified zone, encrypted, closed to others / 涉密档案数据按要求存放."""

from __future__ import annotations

from typing import Any

from checks.holdings import hosts
from checks.holdings.counted import MAX_KEYS, open_questions, total, why_open
from scanner.api import Absent, Across, Opinion, Status, Verdict, Why, awaits_person, check, holdings, linux, met, site, unmet

MAX_PLACES = 200


@check("holdings.classified-storage")
def classified_storage(
    held: holdings.Holdings,
    unit: site.Declared | Absent,
    disks: Across[linux.Storage | Absent],
    mounts: Across[linux.Mounts | Absent],
    files: Across[linux.HostFiles | Absent],
) -> Verdict:
    secret, suspected, left_open = total(held, "C"), total(held, "R"), open_questions(held)
    inside = holdings.in_classified_zone(held, unit)
    observed: dict[str, Any] = {
        "classified": secret,
        "suspected": suspected,
        "classified_zone": inside,
        "places": [
            {
                "path": store.path,
                "classified": store.classified,
                "suspected": store.suspected,
                "keys": list(store.keys.get("C", ()))[:MAX_KEYS],
            }
            for store in held.stores
            if store.classified or store.suspected
        ][:MAX_PLACES],
        "lacks": [],
        "shown": [],
        "unseen": [],
    }
    if secret and not inside:
        return unmet(observed, wanted="classified zone")
    if secret:
        return _kept(held, observed, left_open, _under(held, unit, disks, mounts, files, observed))
    if left_open:
        return Opinion(Status.UNKNOWN, observed, "classified zone", why_open(held), left_open)
    if suspected:
        return awaits_person(observed, wanted="classified zone")
    return met(observed, wanted="classified zone")


def _under(
    held: holdings.Holdings,
    unit: site.Declared | Absent,
    disks: Across[linux.Storage | Absent],
    mounts: Across[linux.Mounts | Absent],
    files: Across[linux.HostFiles | Absent],
    observed: dict[str, Any],
) -> tuple[list[bool], list[dict[str, Any]]]:
    """What the hosts show: whether each place that can be told lies on an encryption layer, and what shares lack."""
    paths, layers, lacks = holdings.paths_of(held), [], []
    for host in holdings.hosts_of(held, unit) if isinstance(unit, site.Declared) else ():
        disk, mount, file = hosts.at(disks, host), hosts.at(mounts, host), hosts.at(files, host)
        if isinstance(disk, linux.Storage) and isinstance(mount, linux.Mounts):
            told = [layer for path in paths if (layer := hosts.encrypted(disk, mount, path)) is not None]
            layers += told
            observed["shown"] += [f"{host}: disk"] if told else []
        if isinstance(file, linux.HostFiles):
            observed["shown"].append(f"{host}: shares")
            for kind, folder, client in hosts.shared(file, paths):
                lacks.append(
                    {
                        "what": "share-open" if client == "*" else "share",
                        "state": f"{kind} {client}",
                        "where": f"{host}:{folder}",
                        "certain": client == "*",
                    }
                )
        observed["unseen"] += hosts.unseen((("disk", disk), ("mounts", mount), ("shares", file)))
    if observed["shown"] and not paths:
        observed["unseen"].append("paths")
    if not observed["shown"] and not observed["unseen"]:
        observed["unseen"].append("host")
    observed["unseen"] = sorted(set(observed["unseen"]))
    return layers, lacks


def _kept(held: holdings.Holdings, observed: dict[str, Any], left_open: str, under: tuple[list[bool], list[dict[str, Any]]]) -> Verdict:
    """How the stores of a classified zone keep what they hold, as far as they and their host show it."""
    layers, lacks = under
    shown = [item for item in held.storage.get("stores", ()) if isinstance(item, dict)]
    grounds = [item for item in shown if item.get("product") == "volume"]
    below = (bool(layers) and all(layers)) or (bool(grounds) and all(_state(item) == "on" for item in grounds))
    closed = bool(grounds) and all(item.get("others_may_enter") is False for item in grounds)
    observed["shown"] += [
        f"{item.get('product') or '?'}: {item.get('path') or item.get('database') or item.get('server') or '-'}" for item in shown
    ][:MAX_PLACES]
    lacks = [*lacks, *(lack for item in shown for lack in _lacks(item, below=below, closed=closed))]
    observed["lacks"] = lacks[:MAX_PLACES]
    if any(lack["certain"] for lack in lacks):
        return unmet(observed, wanted="encrypted and closed to others")
    if left_open or not shown:
        return Opinion(
            Status.UNKNOWN,
            observed,
            "encrypted and closed to others",
            why_open(held) if left_open else Why.NOT_ASKED,
            left_open or "how it is stored is not shown",
        )
    # What a store does not encrypt itself a disk below may, and a share that nobody showed may be there: only a person can tell.
    open_ones = bool(lacks or observed["unseen"])
    return (
        awaits_person(observed, wanted="encrypted and closed to others")
        if open_ones
        else met(observed, wanted="encrypted and closed to others")
    )


def _state(item: dict[str, Any]) -> str:
    at_rest = item.get("at_rest")
    return str(at_rest.get("state") or "unknown") if isinstance(at_rest, dict) else "unknown"


def _lacks(item: dict[str, Any], *, below: bool, closed: bool) -> list[dict[str, Any]]:
    """``below``: the disk is encrypted; ``closed``: nobody else gets to the files, whatever their own mode."""
    found: list[dict[str, Any]] = []
    where = str(item.get("path") or item.get("database") or item.get("server") or "") or None
    if _state(item) != "on" and not below:
        found.append({"what": "at-rest", "state": _state(item), "where": where, "certain": False})
    tls = item.get("tls")
    if (
        isinstance(tls, dict)
        and tls.get("session") is False
        and not str(item.get("server", "")).startswith(("127.", "/", "[::1]", "localhost"))
    ):
        found.append({"what": "transport", "state": "off", "where": where, "certain": True})
    file = item.get("file")
    mode = str(file.get("mode", "")) if isinstance(file, dict) else str(item.get("data_directory_mode") or "")
    if mode.isdigit() and int(mode, 8) & 0o007 and not closed:
        found.append({"what": "file-mode", "state": mode, "where": where, "certain": True})
    if item.get("product") == "volume" and item.get("open_to_others"):
        found.append({"what": "file-mode", "state": f"{item['open_to_others']} / {item.get('files')}", "where": where, "certain": True})
    return found
