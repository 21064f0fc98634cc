"""Checks and controls across units: how many do not meet one, and where."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from hub.people.sight import Hidden, Sight
from hub.store.tables import item, term, unit
from hub.titles import title
from hub.views.scope import FEW, Few, Place, at, children, columns, find, place, shown, trail
from hub.views.tiers import of_regions
from scanner.model.result import RESULTS, STATUSES

CHECK, CONTROL = "check", "control"
OUTCOMES: Mapping[str, Sequence[str]] = {CHECK: STATUSES, CONTROL: RESULTS}
"""What an outcome's number stands for."""
FAILED: Mapping[str, str] = {CHECK: "unmet", CONTROL: "noncompliant"}
MOST = 500
"""Rows of one list."""


@dataclass(frozen=True, slots=True)
class Item:
    """One check or control in a region."""

    kind: str
    code: str
    title: Mapping[str, str]
    """``zh`` and ``en``."""
    counts: Mapping[str, int]
    """Outcome to number of verdicts or findings."""
    failed: int
    """Of them unmet, or not compliant."""


@dataclass(frozen=True, slots=True)
class Spot:
    """The same in one child of the region, or in one unit."""

    where: Place
    counts: Mapping[str, int]
    failed: int


@dataclass(frozen=True, slots=True)
class ItemPage:
    """One check or control."""

    item: Item
    whole: Place
    trail: Sequence[Place]
    rows: Sequence[Spot]
    """Children of the region."""
    units: Sequence[Spot]
    """Units where it fails, the worst first; empty for those who see figures only."""


def listed(connection: Connection, sight: Sight, code: str, kind: str, words: str = "") -> list[Item]:
    """Checks or controls of a region, those that fail most first; ``words``: part of an id or a title. Raises Hidden, Forbidden."""
    sight.must("see-figures")
    where = find(connection, sight, code)
    found = _items(connection, at(sight, where), where, kind, sight)
    wanted = words.casefold().strip()
    chosen = [one for one in found if not wanted or wanted in f"{one.code} {' '.join(one.title.values())}".casefold()]
    return sorted(chosen, key=lambda one: (-_order(one.failed), one.code))[:MOST]


def worst(connection: Connection, here: Sight, where: Place, most: int) -> list[Item]:
    """Checks that fail most often."""
    found = [one for one in _items(connection, here, where, CHECK, here) if one.failed or isinstance(one.failed, Few)]
    return sorted(found, key=lambda one: (-_order(one.failed), one.code))[:most]


def page(connection: Connection, sight: Sight, code: str, kind: str, name: str) -> ItemPage:
    """One check or control in a region. Raises Hidden for one that no unit seen here has."""
    sight.must("see-figures")
    where = find(connection, sight, code)
    here = at(sight, where)
    row = connection.execute(sa.select(term.c.id, term.c.text, term.c.words).where(term.c.kind == kind, term.c.text == name)).first()
    if row is None or kind not in OUTCOMES:
        raise Hidden
    below = children(connection, here, where)
    counts = _of_term(connection, here, row.id)
    if where.id not in counts:
        raise Hidden
    units = _failing(connection, here, kind, counts) if sight.may("see-results") else []
    units_of = _units(connection, here, [where.id, *(one.id for one in below)])
    return ItemPage(
        item=_item(kind, row.text, row.words, counts[where.id], sight, units_of[where.id]),
        whole=where,
        trail=trail(connection, sight, where),
        rows=[_spot(kind, one, counts[one.id], sight, units_of[one.id]) for one in below if one.id in counts],
        units=units,
    )


def _items(connection: Connection, here: Sight, where: Place, kind: str, sight: Sight) -> list[Item]:
    statement = here.narrow(
        sa.select(item.c.term_id, term.c.text, term.c.words, item.c.outcome, item.c.count)
        .join(term, term.c.id == item.c.term_id)
        .where(item.c.region_id == where.id, term.c.kind == kind, item.c.count > 0),
        item.c.region_id,
    )
    found: dict[int, tuple[str, str, dict[int, int]]] = {}
    for number, text, words, outcome, count in connection.execute(statement):
        found.setdefault(number, (text, words, {}))[2][outcome] = count
    units = _units(connection, here, [where.id])[where.id]
    return [_item(kind, text, words, counts, sight, units) for text, words, counts in found.values()]


def _units(connection: Connection, here: Sight, regions: Collection[int]) -> Mapping[int, int]:
    """Region to units with an envelope; asked only for those from whom small counts are hidden."""
    if here.may("see-results"):
        return dict.fromkeys(regions, FEW)
    return {region: one.units for region, one in of_regions(connection, here, regions).items()}


def _item(kind: str, text: str, words: str, counts: Mapping[int, int], sight: Sight, units: int) -> Item:
    named = {name: shown(count, sight, units) for name, count in _named(kind, counts).items()}
    return Item(kind, text, title(words, text), named, named[FAILED[kind]])


def _named(kind: str, counts: Mapping[int, int]) -> dict[str, int]:
    return {name: counts.get(number, 0) for number, name in enumerate(OUTCOMES[kind])}


def _spot(kind: str, where: Place, counts: Mapping[int, int], sight: Sight, units: int = FEW) -> Spot:
    named = {name: shown(count, sight, units) for name, count in _named(kind, counts).items()}
    return Spot(where, named, named[FAILED[kind]])


def _of_term(connection: Connection, here: Sight, term_id: int) -> dict[int, dict[int, int]]:
    """Region to outcome to count: one look into the roll-up for every unit that is seen."""
    statement = here.narrow(
        sa.select(item.c.region_id, item.c.outcome, item.c.count)
        .select_from(unit)
        .join(item, sa.and_(item.c.region_id == unit.c.id, item.c.term_id == term_id))
        .where(item.c.count > 0),
        unit.c.id,
    )
    found: dict[int, dict[int, int]] = defaultdict(dict)
    for region, outcome, count in connection.execute(statement):
        found[region][outcome] = count
    return found


def _failing(connection: Connection, here: Sight, kind: str, counts: Mapping[int, Mapping[int, int]]) -> list[Spot]:
    """Units whose own verdicts fail. A region's counts hold those of everything below it: its own are what the children leave."""
    at_ = OUTCOMES[kind].index(FAILED[kind])
    statement = here.narrow(sa.select(*columns(), unit.c.parent_id).where(unit.c.id.in_(list(counts))), unit.c.id)
    known = {row.id: (place(row), row.parent_id) for row in connection.execute(statement)}
    own = {number: dict(found) for number, found in counts.items()}
    for number, found in counts.items():
        parent = known[number][1]
        if parent in own:
            for outcome, count in found.items():
                own[parent][outcome] = own[parent].get(outcome, 0) - count
    failing = sorted(
        (number for number in own if own[number].get(at_, 0) > 0), key=lambda number: (-own[number][at_], known[number][0].code)
    )
    return [_spot(kind, known[number][0], own[number], here) for number in failing[:MOST]]


def _order(count: int) -> int:
    return 1 if isinstance(count, Few) else count
