"""The part of the report about catalogue stores: pictures, counts, degrees, lists for the opening review, storage and custody."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from reports.holdings_picture import Chip, Group, Row, drawn, paged

CHECK = "holdings.segregated"
PICTURES = {"leader": 1, "liaison": 3, "annex": 8}
"""Pictures of one target, by reader; what does not fit is counted."""
STORES = {"leader": 0, "liaison": 40, "annex": 400}
MIXING = {"leader": 0, "liaison": 40, "annex": 500}
"""Lines of the tables, by reader."""
IN_GROUP = 8
"""Stores of one container that are drawn."""
CLEAN = 6
"""Containers without anything grave that are drawn after the others."""
DERIVED = ("index", "replica", "cache", "log", "backup", "export", "dump", "history", "recycle", "temp")

Held = Mapping[str, Any]


def holdings(result: Mapping[str, Any], reader: str) -> list[dict[str, Any]]:
    """One entry per block of ``views.holdings``; a result without that view has none."""
    return [_entry(held, result["verdicts"], reader) for held in result["views"].get("holdings") or ()]


def overview(result: Mapping[str, Any]) -> dict[str, Any] | None:
    """One picture of all targets by zone, with what spans several of them; None where there is one target or none."""
    blocks: Sequence[Held] = result["views"].get("holdings") or ()
    targets = [held for held in blocks if held["sums"]["stores"]]
    if len(targets) < 2:
        return None
    zones: dict[str, list[Held]] = {}
    for held in targets:
        zones.setdefault((held["zone"] or {}).get("id") or "", []).append(held)
    groups = [
        Group(_zone_name(members[0]), tuple(_target_row(held) for held in members[:24]), more=max(0, len(members) - 24))
        for members in zones.values()
    ]
    spanning = [item for held in blocks if held["spans"] for item in held["mixing"]]
    rows = tuple(Row(item["where"], {}, (_chip(item),)) for item in spanning[:12])
    groups += [Group("+", rows, more=max(0, len(spanning) - 12))] if rows else []
    pages, left = paged(groups, 1)
    return {**drawn({"title": "", "id": None, "kind": None, "level": None}, (), pages[0], ()), "left": left}


def _zone_name(held: Held) -> str:
    zone = held["zone"]
    return (zone["name"] or zone["id"]) if zone is not None else "?"


def _target_row(held: Held) -> Row:
    chips: dict[str, bool] = {}
    for item in held["mixing"]:
        chips[item["degree"]] = chips.get(item["degree"], False) or item["certainty"] == "confirmed"
    return Row(held["target"], held["sums"], tuple(sorted((Chip(degree, certain) for degree, certain in chips.items()), key=_order)))


def _entry(held: Held, verdicts: Sequence[Mapping[str, Any]], reader: str) -> dict[str, Any]:
    groups, frame = _groups(held)
    pages, left = paged(groups, PICTURES[reader])
    zone = held["zone"] or {"id": None, "name": None, "kind": None, "level": None}
    head = {"title": zone["name"] or zone["id"] or "?", "id": zone["id"], "kind": zone["kind"], "level": zone["level"]}
    away = [place for place in (held["custody"] or {"places": ()})["places"] if place["place"] != "inside"]
    away.sort(key=lambda place: place["place"] != "outside")
    drawn_stores = sum(len(group.rows) for page in pages for group in page)
    return {
        "held": held,
        "pictures": [drawn(head, frame, page, away if n == 0 else ()) for n, page in enumerate(pages)],
        "undrawn": held["sums"]["stores"] - drawn_stores,
        "groups_left": left,
        "stores": held["stores"][: STORES[reader]],
        "stores_left": held["sums"]["stores"] - len(held["stores"][: STORES[reader]]),
        "mixing": held["mixing"][: MIXING[reader]],
        "mixing_left": held["more_mixing"] + len(held["mixing"]) - len(held["mixing"][: MIXING[reader]]),
        "backup": [verdicts[number] for number in held["backup"]],
        "degrees": _by_degree(held["mixing"]),
        "levels": _summed(_listed(held, verdicts), "levels"),
        "reasons": _summed(_listed(held, verdicts), "reasons"),
    }


def _by_degree(mixing: Sequence[Held]) -> list[tuple[str, int, int]]:
    """Degree, how often confirmed, how often suspected."""
    found: dict[str, list[int]] = {}
    for item in mixing:
        found.setdefault(item["degree"], [0, 0])[item["certainty"] != "confirmed"] += 1
    return [(degree, counts[0], counts[1]) for degree, counts in sorted(found.items(), key=lambda item: (item[0] != "X0", item[0]))]


def _listed(held: Held, verdicts: Sequence[Mapping[str, Any]]) -> Sequence[Held]:
    """Every store that the verdict lists; the view has the first of them only."""
    verdict = verdicts[held["verdict"]] if held["more_stores"] else {}
    observed = verdict.get("observed") if verdict.get("check") == CHECK else None
    listed = observed.get("stores") if isinstance(observed, Mapping) else None
    return [store for store in listed if isinstance(store, Mapping)] if isinstance(listed, list) else held["stores"]


def _summed(stores: Sequence[Held], key: str) -> list[tuple[str, int]]:
    sums: dict[str, int] = {}
    for told in (told for store in stores if isinstance(told := store.get(key), Mapping)):
        for name, count in told.items():
            sums[str(name)] = sums.get(str(name), 0) + (count if isinstance(count, int) else 0)
    return sorted(sums.items(), key=lambda item: (-item[1], item[0]))


def container_of(path: str) -> str:
    """What a store lies in: its file or archive, else its folder; ``.`` for the target itself."""
    head = re.split(r"[#!](?=[^#!]*$)", path)[0]
    return head if head != path else path.rpartition("/")[0] or "."


def _groups(held: Held) -> tuple[list[Group], tuple[Chip, ...]]:
    """Containers to draw, the gravest first, and the degrees of the whole frame."""
    members: dict[str, list[Held]] = {}
    for store in held["stores"]:
        members.setdefault(container_of(store["path"]), []).append(store)
    chips: dict[str, list[Chip]] = {}
    for item in held["mixing"]:
        chips.setdefault(item["where"], []).append(_chip(item))
    groups, clean = [], 0
    for name, stores in members.items():
        grave = any(store["classified"] or store["suspected"] or store["undecided"] for store in stores) or name in chips
        clean += not grave
        if grave or clean <= CLEAN:
            groups.append(_group(name, stores, chips))
    known = {store["path"] for store in held["stores"]} | (set(members) - {"."})
    frame = [chip for where, found in chips.items() if where not in known for chip in found]
    return groups, tuple(sorted(set(frame), key=_order))


def _group(name: str, stores: Sequence[Held], chips: Mapping[str, list[Chip]]) -> Group:
    shown = stores[:IN_GROUP]
    own = () if name == "." else tuple(sorted(chips.get(name, ()), key=_order))
    return Group(name, tuple(_row(name, store, chips) for store in shown), own, len(stores) - len(shown))


def _row(group: str, store: Held, chips: Mapping[str, list[Chip]]) -> Row:
    path = str(store["path"])
    name = path[len(group) :].lstrip("/#!") if group != "." and path.startswith(group) else path
    copy = next((word for word in store["lineage"] if word in DERIVED), "")
    return Row(name or path, store, tuple(sorted(chips.get(path, ()), key=_order)), copy)


def _chip(item: Held) -> Chip:
    return Chip(item["degree"], item["certainty"] == "confirmed")


def _order(chip: Chip) -> tuple[bool, str, bool]:
    """X0 first, then from the narrowest container to the widest; what is certain before what is suspected."""
    return (chip.degree != "X0", chip.degree, not chip.certain)
