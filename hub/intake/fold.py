"""The roll-up, kept up with what came in. Each step is one transaction and takes a unit from what it has put in to what it should have put in.

So it does not matter how often, in which order or how far a fold came before it was killed: done twice is done once.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql
from sqlalchemy.engine import Connection

from hub.intake.judging import Row, rows_of
from hub.intake.order import Line, cores, ordered, standing, until
from hub.intake.parts import parts_of
from hub.intake.summary import NOW, REGISTERED
from hub.registry.units import above
from hub.store import tables as t
from hub.store.database import Database, add_to, alone
from scanner.model.canonical import canonical

LOCK = "fold"
BATCH = 100
"""Envelopes of one transaction."""


@dataclass(frozen=True, slots=True)
class Put:
    """What a unit has put into the roll-up, or should have."""

    path: str
    """Where in the tree."""
    envelopes: tuple[tuple[int, ...], ...]
    """Whose rows of ``result`` count, in groups, the newest last: within a group a later row about the same thing stands for the earlier one."""
    shares: Mapping[str, Mapping[str, int]]
    """Period to part to count."""


Changes = Counter[tuple[int, tuple[int, ...]]]
"""(region, group) to how often it is added."""
NOTHING = Put("", (), {})


def fold(database: Database) -> int:
    """One step; how many envelopes or moved units it took in, 0 when there is nothing to do. Raises KeepError."""
    with database.writing() as connection:
        alone(connection, LOCK)
        waiting = connection.execute(sa.select(t.queue.c.envelope_id).order_by(t.queue.c.envelope_id).limit(BATCH)).scalars().all()
        if not waiting:
            units = _moved(connection)
        else:
            mine = sa.select(t.envelope.c.unit_id).where(t.envelope.c.id.in_(waiting)).distinct()
            units = connection.execute(mine).scalars().all()
        if units:
            _bring(connection, units)
        if waiting:
            connection.execute(sa.delete(t.queue).where(t.queue.c.envelope_id.in_(waiting)))
    return len(waiting) or len(units)


def fold_all(database: Database) -> None:
    """Until nothing waits."""
    while fold(database):
        pass


def rebuild(database: Database) -> None:
    """From nothing: what :func:`fold` keeps must be the same. Raises KeepError."""
    with database.writing() as connection:
        alone(connection, LOCK)
        for table in (t.tier, t.item, t.share, t.counted):
            connection.execute(sa.delete(table))
        units = connection.execute(sa.select(t.envelope.c.unit_id).distinct().order_by(t.envelope.c.unit_id)).scalars().all()
        for start in range(0, len(units), BATCH):
            _bring(connection, units[start : start + BATCH])
        connection.execute(sa.delete(t.queue))


def _moved(connection: Connection) -> Sequence[int]:
    """Units that stand elsewhere in the tree than when they were counted, or are retired since."""
    present = sa.exists().where(t.share.c.unit_id == t.unit.c.id, t.share.c.period == NOW)
    other = sa.or_(t.unit.c.path != t.counted.c.path, sa.and_(t.unit.c.retired != "", present))
    statement = sa.select(t.counted.c.unit_id).join(t.unit, t.unit.c.id == t.counted.c.unit_id).where(other)
    return connection.execute(statement.limit(BATCH)).scalars().all()


def _bring(connection: Connection, units: Iterable[int]) -> None:
    numbers = sorted(units)
    before, after = _before(connection, numbers), _after(connection, numbers)
    tier: Counter[tuple[int, str, str]] = Counter()
    changes: Changes = Counter()
    for number in numbers:
        old, new = before.get(number, NOTHING), after[number]
        if old.path == new.path:
            _between(tier, changes, new.path, old, new)
        else:
            _between(tier, changes, old.path, old, NOTHING)
            _between(tier, changes, new.path, NOTHING, new)
    add_to(connection, t.tier, ("region_id", "period", "part"), "count", tier.items())
    _count_results(connection, changes)
    _remember(connection, {number: after[number] for number in numbers if after[number] != before.get(number)})


def _between(tier: Counter[tuple[int, str, str]], changes: Changes, path: str, old: Put, new: Put) -> None:
    """What has to be added along a path to get from one to the other."""
    delta: Counter[tuple[str, str]] = Counter()
    for sign, put in ((1, new), (-1, old)):
        for period, parts in put.shares.items():
            for part, count in parts.items():
                delta[period, part] += sign * count
    for region in above(path):
        for (period, part), count in delta.items():
            if count:
                tier[region, period, part] += count
        for sign, put in ((1, new), (-1, old)):
            for group in put.envelopes:
                changes[region, group] += sign


def _count_results(connection: Connection, changes: Mapping[tuple[int, tuple[int, ...]], int]) -> None:
    """Add the rows of ``result`` of these groups to the regions, or take them away; the database counts."""
    wanted = sorted((region, group, sign) for (region, group), sign in changes.items() if sign)
    alone_ = [(region, group[0], sign) for region, group, sign in wanted if len(group) == 1]
    if alone_:
        change = _values(connection, "change", ("region", "envelope", "sign"), alone_)
        _add_items(connection, change, t.result.c.term_id, t.result.c.outcome, t.result.c.envelope_id == change.c.envelope)
    several = [line for line in wanted if len(line[1]) > 1]
    if several:
        numbers = {group: number for number, group in enumerate(sorted({group for _, group, _ in several}))}
        change = _values(
            connection, "change", ("region", "number", "sign"), [(region, numbers[group], sign) for region, group, sign in several]
        )
        rows = _newest(connection, numbers)
        _add_items(connection, change, rows.c.term_id, rows.c.outcome, sa.and_(rows.c.number == change.c.number, rows.c.rank == 1))


def _newest(connection: Connection, numbers: Mapping[tuple[int, ...], int]) -> sa.Subquery:
    """The rows of each group; of those about one check and target, or one control and system, the newest has rank 1."""
    placed = [(number, place, envelope) for group, number in numbers.items() for place, envelope in enumerate(group)]
    member = _values(connection, "member", ("number", "place", "envelope"), placed)
    r = t.result.c
    same = (member.c.number, r.sort, r.term_id, r.where_id)
    rank = sa.func.row_number().over(partition_by=same, order_by=member.c.place.desc()).label("rank")
    joined = sa.select(member.c.number, r.term_id, r.outcome, rank).join_from(t.result, member, r.envelope_id == member.c.envelope)
    return joined.subquery("newest")


def _values(connection: Connection, name: str, columns: Sequence[str], rows: Sequence[tuple[int, ...]]) -> sa.CTE:
    """A table of numbers, given as one value or one a column: a statement with a mark for every number takes longer to build than to run."""
    if connection.dialect.name == "postgresql":
        arrays = (sa.literal(list(values), postgresql.ARRAY(sa.BigInteger)) for values in zip(*rows, strict=True))
        row = sa.func.unnest(*arrays).table_valued(*(sa.column(column, sa.BigInteger) for column in columns), name=f"{name}_row")
        row = row.render_derived()
        return sa.select(*(row.c[column] for column in columns)).cte(name)
    row = sa.func.json_each(sa.literal(canonical(list(rows)).decode(), sa.Text)).table_valued("value", name=f"{name}_row")
    parts = (sa.func.json_extract(row.c.value, f"$[{place}]", type_=sa.Integer) for place in range(len(columns)))
    return sa.select(*(part.label(column) for column, part in zip(columns, parts, strict=True))).cte(name)


def _add_items(
    connection: Connection, change: sa.CTE, term: sa.ColumnElement[int], outcome: sa.ColumnElement[int], joined: sa.ColumnElement[bool]
) -> None:
    total, source = sa.func.sum(change.c.sign), term.table
    chosen = (
        sa.select(change.c.region, term, outcome, sa.cast(total, t.Big))
        .join_from(source, change, joined)
        .where(sa.true())
        .group_by(change.c.region, term, outcome)
        .having(total != 0)
        .order_by(change.c.region, term, outcome)
    )
    names = ["region_id", "term_id", "outcome", "count"]
    insert = _insert(connection, t.item).from_select(names, chosen)
    added = {"count": t.item.c.count + insert.excluded["count"]}
    connection.execute(insert.on_conflict_do_update(index_elements=names[:3], set_=added))


def _insert(connection: Connection, table: sa.Table) -> Any:
    if connection.dialect.name == "postgresql":
        return postgresql.insert(table)
    from sqlalchemy.dialects import sqlite

    return sqlite.insert(table)


def _before(connection: Connection, units: Sequence[int]) -> dict[int, Put]:
    shares: dict[int, dict[str, Mapping[str, int]]] = {}
    for row in connection.execute(sa.select(t.share).where(t.share.c.unit_id.in_(units))):
        shares.setdefault(row.unit_id, {})[row.period] = msgspec.json.decode(row.parts, type=dict[str, int])
    return {
        row.unit_id: Put(row.path, _groups(row.envelopes), shares.get(row.unit_id, {}))
        for row in connection.execute(sa.select(t.counted).where(t.counted.c.unit_id.in_(units)))
    }


def _groups(text: str) -> tuple[tuple[int, ...], ...]:
    """As they were remembered; a number alone is a group of one: so they all were counted before there were groups."""
    held: list[int | list[int]] = msgspec.json.decode(text, type=list[int | list[int]])
    return tuple((one,) if isinstance(one, int) else tuple(one) for one in held)


def _after(connection: Connection, units: Sequence[int]) -> dict[int, Put]:
    columns = (t.unit.c.id, t.unit.c.path, t.unit.c.retired)
    known = {row.id: row for row in connection.execute(sa.select(*columns).where(t.unit.c.id.in_(units)))}
    rows: dict[int, list[Row]] = {number: [] for number in units}
    for number, row in rows_of(connection, units):
        rows[number].append(row)
    lines = {number: ordered(row.line for row in held if row.kind == "report") for number, held in rows.items()}
    last = {number: _last_summary(held) for number, held in rows.items()}
    wanted = {line.id for held in lines.values() for chosen in _months(held).values() for line in _speaking(chosen)}
    wanted |= {line.id for held in lines.values() for line in _speaking(held)} | {number for number in last.values() if number is not None}
    content = _contents(connection, wanted)
    return {
        number: _put(
            known[number],
            _counting(lines[number]),
            _shares(lines[number], content, content[last[number]] if last[number] is not None else None),
        )
        for number in units
    }


def _put(row: Any, envelopes: tuple[tuple[int, ...], ...], shares: Mapping[str, Mapping[str, int]]) -> Put:
    """Who is retired counts in the months that are over: among those who report now it would hide one that is silent."""
    if not row.retired:
        return Put(row.path, envelopes, shares)
    return Put(row.path, (), {period: parts for period, parts in shares.items() if period != NOW})


def _shares(
    lines: Sequence[Line], content: Mapping[int | None, Mapping[str, Any]], summary: Mapping[str, Any] | None
) -> dict[str, dict[str, int]]:
    found: dict[str, dict[str, int]] = {}
    if lines:
        found[NOW] = _parts(lines, lines, content)
    for month, chosen in _months(lines).items():
        found[month] = _parts(chosen, until(lines, month), content)
    for period, parts in (summary["periods"] if summary is not None else {}).items():
        found[period] = dict(Counter(found.get(period, {})) + Counter(parts))
    if summary is not None and summary["registered"]:
        found[NOW][REGISTERED] = summary["registered"]
    return found


def _counting(lines: Sequence[Line]) -> tuple[tuple[int, ...], ...]:
    """The envelopes that stand for any profile, as one group, the newest run last."""
    found = tuple(line.id for line in _standing_lines(lines))
    return (found,) if found else ()


def _standing_lines(lines: Sequence[Line]) -> list[Line]:
    wanted = {line.id for line in standing(lines).values()}
    return [line for line in lines if line.id in wanted]


def _parts(chosen: Sequence[Line], known: Sequence[Line], content: Mapping[int | None, Mapping[str, Any]]) -> dict[str, int]:
    counted = [content[line.id] for line in _standing_lines(chosen)]
    return parts_of(counted, content[chosen[-1].id], chosen[-1].gate, cores(known))


def _speaking(lines: Sequence[Line]) -> list[Line]:
    """The lines whose bulletins are needed."""
    return [*standing(lines).values(), *lines[-1:]]


def _months(lines: Iterable[Line]) -> dict[str, list[Line]]:
    found: dict[str, list[Line]] = {}
    for line in lines:
        found.setdefault(line.period, []).append(line)
    return found


def _last_summary(rows: Iterable[Row]) -> int | None:
    found = [(row.line.sequence, row.line.id) for row in rows if row.kind == "summary"]
    return max(found)[1] if found else None


def _contents(connection: Connection, wanted: Iterable[int]) -> dict[int | None, Mapping[str, Any]]:
    statement = sa.select(t.bulletin.c.envelope_id, t.bulletin.c.data).where(t.bulletin.c.envelope_id.in_(sorted(wanted)))
    return {number: msgspec.json.decode(data) for number, data in connection.execute(statement)}


def _remember(connection: Connection, puts: Mapping[int, Put]) -> None:
    if not puts:
        return
    numbers = sorted(puts)
    connection.execute(sa.delete(t.share).where(t.share.c.unit_id.in_(numbers)))
    connection.execute(sa.delete(t.counted).where(t.counted.c.unit_id.in_(numbers)))
    counted = [
        {"unit_id": number, "path": puts[number].path, "envelopes": canonical([list(group) for group in puts[number].envelopes]).decode()}
        for number in numbers
    ]
    connection.execute(sa.insert(t.counted), counted)
    shares = [
        {"unit_id": number, "period": period, "parts": canonical(dict(parts)).decode()}
        for number in numbers
        for period, parts in sorted(puts[number].shares.items())
    ]
    if shares:
        connection.execute(sa.insert(t.share), shares)
