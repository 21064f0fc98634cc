"""A made-up province (or nation): units in a tree, what they sent, their hazards. The same seed gives the same rows.

Written straight into the tables: views are tested on many units, intake has tests of its own.
"""

from __future__ import annotations

import hashlib
import json
import random
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from sqlalchemy.engine import Connection

from hub.intake.parts import UNITS
from hub.registry.units import above
from hub.store import tables as t
from hub.store.database import Database, bulk
from scanner.model.hazard import CLASSES, LEVELS, STATES
from scanner.model.result import CORE_HAZARDS, RESULTS, STATUSES

DAY = "2026-11-26"
"""The day on which it is looked at."""
PROFILE = "archives-l3"
SORTS = ("comprehensive", "special", "department", "enterprise")
_HOUSES = {"comprehensive": "档案馆", "special": "城建档案馆", "department": "财政局档案室", "enterprise": "供水集团档案室"}
_FLUSH = 100
"""Units whose rows are written together."""
_FIRST, _SECOND = "云清长安宁和永新东嘉", "溪川山河阳源江林平泽"
CHECKS = [f"{family}.check-{number:02d}" for family in ("linux", "database", "netdev", "site", "isolation") for number in range(30)]
CONTROLS = [f"L3-8.1.{layer}.{number}-a" for layer in range(1, 6) for number in range(1, 16)]


@dataclass
class World:
    """What was made."""

    root: str
    units: list[str] = field(default_factory=list)
    """Codes of the units that report."""
    silent: list[str] = field(default_factory=list)
    """Of them, those that never did."""
    paths: dict[str, str] = field(default_factory=dict)
    ids: dict[str, int] = field(default_factory=dict)
    hazards: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    core: dict[str, dict[str, str]] = field(default_factory=dict)


class _Rows:
    """Rows by table, written in one go."""

    def __init__(self) -> None:
        self.held: dict[str, tuple[Any, list[dict[str, Any]]]] = {}

    def add(self, table: Any, **values: Any) -> None:
        self.held.setdefault(table.name, (table, []))[1].append(values)

    def write(self, connection: Connection) -> None:
        for table, rows in self.held.values():
            names = list(rows[0])
            bulk(connection, table, names, [[row[name] for name in names] for row in rows])
        self.held.clear()


def make(
    database: Database, *, units: int = 300, cities: int = 11, counties: int = 5, provinces: int = 1, results: int = 40, seed: int = 1
) -> World:
    """Fill an empty database. ``results``: verdicts and findings of each unit; more than one province makes a nation."""
    chance, rows = random.Random(seed), _Rows()
    world = _tree(chance, rows, units, cities, counties, provinces)
    _duties(rows, world)
    tier: Counter[tuple[int, str, str]] = Counter()
    item: Counter[tuple[int, int, int]] = Counter()
    for number, text in enumerate([*CHECKS, *CONTROLS], 1):
        kind = "check" if number <= len(CHECKS) else "control"
        words = {"zh": f"示例{'检查项' if kind == 'check' else '控制点'} {text}", "en": f"Example {kind} {text}"}
        rows.add(t.term, id=number, kind=kind, text=text, words=json.dumps(words, ensure_ascii=False))
    place = len(CHECKS) + len(CONTROLS)
    for number in range(1, 41):
        rows.add(t.term, id=place + number, kind="target", text=f"T-{number:04d}", words="{}")
    with database.writing() as connection:
        rows.write(connection)
    with database.writing() as connection:
        more = _Rows()
        for number, code in enumerate(world.units, 1):
            if number % 8 == 0:
                world.silent.append(code)
                continue
            _report(chance, more, world, code, number, results, tier, item)
            if number % _FLUSH == 0:
                more.write(connection)
        more.write(connection)
        _counts(connection, tier, item)
    return world


def _tree(chance: random.Random, rows: _Rows, units: int, cities: int, counties: int, provinces: int) -> World:
    world, number = World(""), 0
    taken: set[str] = set()

    def name(tail: str) -> str:
        while True:
            made = chance.choice(_FIRST) + chance.choice(_SECOND) + chance.choice(["", "", chance.choice(_SECOND)]) + tail
            if made not in taken:
                taken.add(made)
                return made

    def add(code: str, called: str, parent: str, rank: str, sort: str = "") -> None:
        nonlocal number
        number += 1
        path = f"{world.paths.get(parent, '/')}{number}/"
        world.paths[code], world.ids[code] = path, number
        values = {
            "id": number,
            "code": code,
            "name": called,
            "parent_id": world.ids.get(parent),
            "path": path,
            "depth": path.count("/") - 2,
        }
        contacts = [{"name": "张三", "duty": "联络员", "phone": "0571-0000000", "deputy": ""}] if rank == "unit" else []
        values |= {"rank": rank, "division": code[:6], "sort": sort, "since": "2025-01-01", "contacts": json.dumps(contacts)}
        rows.add(t.unit, **values)

    if provinces > 1:
        world.root = "000000"
        add("000000", "示例国", "", "nation")
    homes: list[tuple[str, str]] = []
    for p in range(provinces):
        province = f"{33 + p:02d}0000"
        add(province, name("省") if provinces > 1 else "示例省", world.root, "province")
        world.root = world.root or province
        homes.append((province, "省直"))
        for c in range(1, cities + 1):
            city, called = f"{33 + p:02d}{c:02d}00", name("市")
            add(city, called, province, "city")
            homes.append((city, called))
            for k in range(1, counties + 1):
                county, short = f"{33 + p:02d}{c:02d}{k:02d}", name("县")
                add(county, short, city, "county")
                homes.append((county, short))
    for number_ in range(units):
        home, called = homes[number_ % len(homes)]
        sort = SORTS[number_ // len(homes) % len(SORTS)]
        code = f"{home}-{number_ // len(homes) + 1:03d}"
        turn = number_ // (len(homes) * len(SORTS))
        add(code, f"{called}{_HOUSES[sort]}{turn + 1 if turn else ''}", home, "unit", sort)
        world.units.append(code)
    return world


def _duties(rows: _Rows, world: World) -> None:
    values = {"unit_id": world.ids[world.root], "profile": PROFILE, "cycle": "quarter", "due": 20, "since": "2025-01-01", "until": ""}
    rows.add(t.duty, **values)


def _report(
    chance: random.Random,
    rows: _Rows,
    world: World,
    code: str,
    number: int,
    results: int,
    tier: Counter[tuple[int, str, str]],
    item: Counter[tuple[int, int, int]],
) -> None:
    unit_id, regions = world.ids[code], above(world.paths[code])
    ago = chance.choice([*range(1, 60), *range(1, 60), 160])
    months = [_back(ago + 31 * back) for back in range(3)]
    core = {
        name: chance.choices(("confirmed", "suspected", "scan_clean_only", "cleared", "not_tested"), (4, 8, 30, 40, 18))[0]
        for name in CORE_HAZARDS
    }
    gate = "pass" if set(core.values()) == {"cleared"} else "fail" if "confirmed" in core.values() else "insufficient"
    world.core[code] = core
    hazards = world.hazards[code] = [_hazard(chance, code, place, months[0]) for place in range(chance.randint(0, 40))]
    counts = _verdicts(chance, rows, unit_id, number, results, regions, item)
    for back, finished in enumerate(months):
        parts = _parts(gate, core, hazards)
        for region in regions:
            for part, count in parts.items():
                tier[region, finished[:7], part] += count
                if back == 0:
                    tier[region, "now", part] += count
    finished = months[0]
    digest = "sha256:" + hashlib.sha256(code.encode()).hexdigest()
    run = {"id": f"R-{number}", "started": f"{finished}T01:00:00Z", "finished": f"{finished}T02:00:00Z", "version": "0.1.0"}
    run |= {"rulebook": "sha256:" + "1" * 64, "shelf": digest, "interrupted": False, "narrowed": False, "profiles": [PROFILE]}
    bulletin = {
        "schema": "shiqu/bulletin/1",
        "unit": code,
        "run": run,
        "gate": gate,
        "core": core,
        "counts": counts,
        "unreached": number % 3,
    }
    bulletin |= {
        "result": digest,
        "severities": {"high": 2},
        "targets": {"linux": 4, "database": 1},
        "overdue": 1,
        "systems": [_system(chance)],
    }
    rows.add(
        t.envelope,
        **{"id": number, "digest": digest, "file": digest, "unit_id": unit_id, "kind": "report", "sequence": 3, "previous": digest},
        **{
            "created": f"{finished}T03:00:00Z",
            "received": f"{finished}T04:00:00Z",
            "source": "http",
            "disclosure": "masked",
            "run": run["id"],
        },
        **{"finished": run["finished"], "profiles": json.dumps([PROFILE]), "period": finished[:7], "gate": gate, "core": json.dumps(core)},
        **{"note": "gap" if number % 17 == 0 else "", "size": 20000},
    )
    rows.add(t.bulletin, envelope_id=number, data=json.dumps(bulletin))
    rows.add(t.standing, unit_id=unit_id, profile=PROFILE, envelope_id=number, finished=run["finished"], period=finished[:7])
    for name, state in core.items():
        rows.add(t.core, unit_id=unit_id, code=name, state=state, since=finished, envelope_id=number)
    for one in hazards:
        rows.add(t.hazard, unit_id=unit_id, envelope_id=number, **one)
    rows.add(
        t.system,
        **{"unit_id": unit_id, "code": "dams", "name": "数字档案馆系统", "grade": 3, "holds": "unclassified"},
        **{"filing": f"备案-{number:05d}", "filed": "2024-05-06", "evaluated": "2026-01-15"},
    )


def _hazard(chance: random.Random, code: str, place: int, finished: str) -> dict[str, Any]:
    state = chance.choices(STATES, (6, 25, 25, 8, 36))[0]
    deadline = (date.fromisoformat(DAY) + timedelta(days=chance.randint(-60, 120))).isoformat() if chance.random() < 0.8 else ""
    return {
        "code": f"H-{hashlib.sha256(f'{code}{place}'.encode()).hexdigest()[:12].upper()}",
        "check_id": chance.choice(CHECKS),
        "target": f"T-{place % 40 + 1:04d}",
        "risk": chance.choices(CLASSES, (1, 4, 4, 2, 12, 6))[0],
        "level": chance.choices(LEVELS, (1, 5, 8, 4))[0],
        "state": state,
        "first": f"{_back(120)}T02:00:00Z",
        "last": f"{finished}T02:00:00Z",
        "deadline": deadline,
        "times": chance.choice([1, 1, 2, 3]) if state == "recurred" or chance.random() < 0.02 else 0,
        "closed": f"{finished}T02:00:00Z" if state == "closed" else "",
    }


def _verdicts(
    chance: random.Random, rows: _Rows, unit_id: int, number: int, results: int, regions: Sequence[int], item: Counter[tuple[int, int, int]]
) -> dict[str, dict[str, int]]:
    counts: dict[str, dict[str, int]] = defaultdict(lambda: dict.fromkeys(STATUSES, 0))
    own: Counter[tuple[int, int]] = Counter()
    first = len(CHECKS) + len(CONTROLS)
    for place in range(results):
        finding = place % 4 == 3
        term = len(CHECKS) + 1 + (place // 4) % len(CONTROLS) if finding else 1 + (place * 7 + number) % len(CHECKS)
        outcome = chance.choices(range(5), (15, 10, 5, 60, 10) if not finding else (60, 8, 12, 10, 10))[0]
        values = {"envelope_id": number, "unit_id": unit_id, "sort": int(finding), "term_id": term, "where_id": first + 1 + place % 40}
        rows.add(t.result, **values, outcome=outcome)
        if not finding:
            counts[CHECKS[term - 1].partition(".")[0]][STATUSES[outcome]] += 1
        own[term, outcome] += 1
    for (term, outcome), count in own.items():
        rows.add(t.item, region_id=unit_id, term_id=term, outcome=outcome, count=count)
        for region in regions[:-1]:
            item[region, term, outcome] += count
    return dict(counts)


def _system(chance: random.Random) -> dict[str, Any]:
    rate = round(chance.uniform(0.5, 0.98), 4)
    layers = {"安全计算环境": dict.fromkeys(RESULTS, 3)}
    head = {"id": "S-0001", "grade": 3, "holds": "unclassified", "profile": PROFILE, "profile_digest": "sha256:" + "2" * 64}
    return head | {"rate": rate, "score_2021": rate * 100, "major": 1, "verdict": "基本符合", "why": None, "layers": layers}


def _parts(gate: str, core: dict[str, str], hazards: Iterable[dict[str, Any]]) -> Counter[str]:
    parts: Counter[str] = Counter({UNITS: 1, f"gate:{gate}": 1})
    parts.update(f"core:{name}:{state}" for name, state in core.items())
    for one in hazards:
        parts[f"hazard:{one['level']}:{one['state']}"] += 1
        if one["state"] != "closed":
            parts[f"risk:{one['risk']}"] += 1
            parts["overdue"] += bool(one["deadline"] and one["deadline"] < one["last"][:10])
    return parts


def _counts(connection: Connection, tier: Counter[tuple[int, str, str]], item: Counter[tuple[int, int, int]]) -> None:
    bulk(connection, t.tier, ["region_id", "period", "part", "count"], _flat(tier))
    bulk(connection, t.item, ["region_id", "term_id", "outcome", "count"], _flat(item))


def _flat(counts: Counter[Any]) -> Iterator[tuple[Any, ...]]:
    for key, count in sorted(counts.items()):
        if count:
            yield (*key, count)


def _back(days: int) -> str:
    return (date.fromisoformat(DAY) - timedelta(days=days)).isoformat()
