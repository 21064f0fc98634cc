"""Joining the two ends of an isolation test: what both wrote down, with what shelves add, becomes one shelf that can be judged for ever."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from scanner import flow
from scanner.errors import UseError
from scanner.facts.network.plan import Plan
from scanner.facts.network.trials import together
from scanner.ledger.ends import load_ending, load_plan
from scanner.ledger.shelf import MAX_OBJECT, Shelf, write_shelf
from scanner.ledger.store import Store
from scanner.model.absent import Absent
from scanner.model.canonical import canonical
from scanner.model.evidence import Evidence
from scanner.model.target import Target
from scanner.targets.zone_pairs import pair_id

ONLY = ("isolation.*",)
"""Checks that a join judges: the pair, and whatever the shelves' hosts and segments say of isolation."""
TRIALS, PAIR = "isolation.trials", "isolation.pair"
PROFILE = "isolation"
SPARE = 65_536
"""Bytes of an object that its head takes, and more."""


def trials_of(plan: Path, inner: Path, outers: Sequence[Path]) -> tuple[Plan, bytes]:
    """The plan, and both ends' records as they rest on a shelf. Raises UseError or KeepError naming the file."""
    read, data = load_plan(plan)
    inside, outside = load_ending(inner, read), [load_ending(path, read) for path in outers]
    for path, found, role in ((inner, inside, "inner"), *((path, found, "outer") for path, found in zip(outers, outside, strict=True))):
        if found[0]["role"] != role:
            raise UseError("isolation-ends", file=path, role=found[0]["role"], wanted=role)
    ends = [record["end"] for record, _ in outside]
    if len(set(ends)) != len(ends) or not set(ends) <= set(read.ends):
        raise UseError("isolation-sentinels", ends=", ".join(str(end).partition(":")[2] for end in ends))
    body = together(data, inside, outside)
    if len(body) > MAX_OBJECT - SPARE:
        raise UseError("isolation-too-large", size=len(body) >> 20, most=MAX_OBJECT >> 20)
    return read, body


def declaration_of(plan: Plan, as_of: str) -> dict[str, Any]:
    """What the plan itself declares, for a join without an inventory."""
    zones = {
        name: {"kind": zone.kind, "level": zone.level, "networks": zone.networks, "name": zone.name or name}
        for name, zone in plan.zones.items()
    }
    pair = {
        "between": [plan.inner, plan.outer],
        "require": plan.require,
        "sentinels": [{"id": item.id, "addresses": item.addresses} for item in plan.sentinels],
    }
    unit = {"code": "unit", "name": "", "region": "", "rank": "unknown"}
    return {"unit": unit, "zones": zones, "isolation": [pair], "crossings": plan.crossings, "systems": [], "as_of": as_of}


def join(trials: tuple[Plan, bytes], shelves: Sequence[Path], base: flow.Request | None, folder: Path, operator: str) -> Path:
    """Write the shelf of a join. ``base`` brings unit, inventory and declaration of an inventory. Raises UseError or KeepError."""
    plan, body = trials
    path = folder / flow.SHELF
    with tempfile.TemporaryDirectory(prefix=".join-", dir=folder) as place:
        store = Store(Path(place))
        members = _merge(store, shelves, plan)
        request = _request(plan, members, base, operator)
        head = request.head(flow.plan_for(request), flow.new_run_id(), flow.now_text())
        head["run"] |= {"finished": flow.now_text(), "interrupted": False}
        flow.keep_declaration(request, store)
        pair = request.targets[0].id
        store.add(pair, flow.brought("join", ""), list(_evidence(plan, pair, body)))
        write_shelf(path, head, store)
        store.close()
    return path


def _evidence(plan: Plan, pair: str, body: bytes) -> Iterator[Evidence]:
    now = flow.now_text()
    declared = canonical({"pair": pair, "require": plan.require})
    yield Evidence(target=pair, probe=PAIR, kind="declaration", stdout=declared, exit=0, started=now, operator="plan")
    yield Evidence(target=pair, probe=TRIALS, kind="trial", stdout=body, exit=0, started=now, operator="join")


def _request(plan: Plan, members: Sequence[Target], base: flow.Request | None, operator: str) -> flow.Request:
    pair = Target(id=plan.pair, kind="pair", zone=plan.inner)
    system = {"id": "local", "name": "local", "grade": None, "sag": "3", "holds": "unclassified", "profile": PROFILE, "zone": plan.inner}
    targets = (pair, *members)
    if base is not None:
        if plan.pair not in {pair_id(item) for item in base.inventory.get("isolation", ())}:
            raise UseError("isolation-pair-unknown", pair=plan.pair, known="-", file="-i")
        return replace(base, targets=targets, systems=(system,), only=ONLY, skip=(), operator=operator)
    declared = declaration_of(plan, flow.now_text())
    scope = {"allow": plan.scope.allow, "authorised_by": plan.scope.authorised_by, "until": plan.scope.until, "hours": plan.scope.hours}
    return flow.Request(
        targets=targets,
        unit=declared["unit"],
        systems=(system,),
        inventory={key: declared[key] for key in ("unit", "zones", "isolation", "crossings")}
        | {"scope": scope, "logins": {}, "assets": {}},
        declared={flow.DECLARED: canonical(declared)},
        only=ONLY,
        operator=operator,
        authorised_by=plan.scope.authorised_by or None,
    )


def _merge(store: Store, shelves: Sequence[Path], plan: Plan) -> list[Target]:
    """Everything of the given shelves that a judge can look at; two targets of one name in different shelves stay two."""
    members: dict[str, Target] = {}
    for path in shelves:
        shelf = Shelf(path)
        try:
            names = _names(shelf.manifest.get("members", {}), members, plan.pair)
            for old, member in sorted(shelf.manifest.get("members", {}).items()):
                if old in names:
                    members[names[old]] = replace(Target(**member), id=names[old], system="local", host=names.get(str(member["host"])))
            _copy(store, shelf, names)
        finally:
            shelf.close()
    return list(members.values())


def _names(incoming: Mapping[str, Any], taken: Mapping[str, Target], pair: str) -> dict[str, str]:
    """Old id to new id. The pair's own line is made anew; a name that is taken gets a number."""
    names: dict[str, str] = {}
    for old, member in sorted(incoming.items()):
        if member["kind"] == "pair":
            continue
        new, number = old, 1
        while new in taken or new in names.values() or new == pair:
            number += 1
            new = f"{old}~{number}"
        names[old] = new
    return names


def _copy(store: Store, shelf: Shelf, names: Mapping[str, str]) -> None:
    held: dict[str, list[Evidence]] = {new: [] for new in names.values()}
    for target, probe, key, record in shelf.records():
        if target in names:
            held[names[target]].append(again(shelf, names[target], probe, key, record))
    for old, new in names.items():
        record = shelf.manifest["targets"].get(old)
        if record is not None:
            store.add(new, dict(record), held[new])


def again(shelf: Shelf, target: str, probe: str, key: str, record: Mapping[str, Any]) -> Evidence:
    """The same evidence under the new target id: the object keeps its bytes and so its digest."""
    head, answer = shelf.head_of(key)
    absent = answer if isinstance(answer, Absent) else None
    return Evidence(
        target=target,
        probe=probe,
        kind=head["kind"],
        stdout=b"" if isinstance(answer, Absent) else answer.stdout,
        stderr=b"" if isinstance(answer, Absent) else answer.stderr,
        exit=head["exit"],
        absent=absent,
        started=str(record.get("started", "")),
        seconds=float(record.get("seconds", 0.0)),
        pace=str(record.get("pace", "")),
        operator=str(record.get("operator", "")),
        privilege=str(head["privilege"]),
    )
