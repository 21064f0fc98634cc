"""Levels that stand in a table of their own are brought to the titles they are of, where it is sure which these are; else no title is open."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from types import MappingProxyType
from typing import Any, Protocol, runtime_checkable

from scanner.collect.holdings.files.table import Table
from scanner.collect.holdings.survey import Known, Survey, know
from scanner.errors import ReachError
from scanner.facts.holdings.labels import name_role
from scanner.facts.holdings.normal import folded
from scanner.facts.holdings.reading import Column, Source, Unread
from scanner.facts.holdings.sides import (
    Link,
    Shape,
    is_bare,
    is_key,
    is_numbered,
    is_of_secrecy,
    is_side,
    is_titled,
    links,
    points_to,
    told_columns,
)
from scanner.facts.holdings.values import Codes, meaning
from scanner.facts.holdings.words import EMPTY
from scanner.model.absent import Absent

HELD = 200_000
"""Rows of levels that are held while those of the titles are passed over."""
VALUES = 1000
"""Distinct values of a secrecy column."""
LOOKED = 200
"""Rows that tell what else a table says."""
TEXT = 5
"""Chinese characters of a text that tells one thing from another."""
_HAN = re.compile(r"[\u4e00-\u9fff]")
OPEN = ("open", "empty", "work", "commercial")
Counted = list[tuple[Source, Known | Unread]]
Cells = tuple[str | None, ...]


@runtime_checkable
class Joining(Protocol):
    """A table of a server that finds by itself what belongs together. All of it raises ReachError."""

    def can_join(self, key: str, other: object, column: str) -> bool:
        """Whether the server reads both tables, and finds the row of a key without going through all of them."""

    def fits(self, key: str, other: Any, column: str, each: bool) -> bool:
        """Whether no key stands twice, and each has a row in the other table; ``each``: one and no more."""

    def joined(self, column: str, other: Any, key: str, told: Sequence[tuple[Column, Column]]) -> Source:
        """This table with columns of the other one, as they stand there and as they are called here."""


@dataclass(frozen=True, slots=True)
class _Pair:
    side: Known
    titled: Known
    link: Link


def beside_titles(sources: Counted, about: Survey, own: Mapping[str, Mapping[str, str]]) -> Counted:
    """The sources of a group: titles with the levels that are told of them elsewhere, which are no records of their own then."""
    known = {source.place.path: item for source, item in sources if isinstance(item, Known)}
    for path, side in list(known.items()):
        if side.role in ("catalogue", "other") and is_side(_shape(side)):
            pairs = _pairs(side, list(known.values()))
            sure = _sure(pairs, list(known.values()))
            for pair in sure:
                known[pair.titled.source.place.path] = _with_levels(pair, about, own)
            if sure and not (is_numbered(_shape(side)) and _tells_itself(side)):
                known[path] = replace(side, role="companion")
            for pair in pairs if _says_secret(side) else ():
                titled = pair.titled.source.place.path
                if pair not in sure and known[titled] is pair.titled and _is_in_doubt(pair):
                    known[titled] = replace(pair.titled, role="catalogue", apart=True)
    return [(source, known.get(source.place.path, item) if isinstance(item, Known) else item) for source, item in sources]


def _is_in_doubt(pair: _Pair) -> bool:
    """Whether titles may have their levels in a table, though it is not certain."""
    link, side = pair.link, pair.side
    if _levelled(pair.titled) or link.side in (side.roles.get("record_no"), None):
        return False
    # Where many records name the same row, it is one of departments, rooms, kinds: unless it is called after levels.
    if not is_of_secrecy(_shape(side), link) and _comes_several_times(pair.titled, link.titled):
        return False
    # What has texts of its own, and is not told of each record once, is a list of other things: of what is attached to them, say.
    other = _tells_itself(side) and (link.how == "alike" or is_bare(link) or _comes_several_times(side, link.side))
    return not other and (link.how != "alike" or _fits(pair))


def _tells_itself(side: Known) -> bool:
    """Whether most of its rows have a text of some length that says nothing of a level."""
    texts = [name for name in (*side.roles.remarks, *side.roles.untold, *side.roles.others) if name not in side.roles.other_levels]
    try:
        rows = side.source.sample(texts, LOOKED) if texts else []
    except ReachError:
        return False
    return any(2 * sum(len(_HAN.findall(cell or "")) >= TEXT for cell in cells) > len(rows) for cells in zip(*rows))


def _comes_several_times(side: Known, key: str) -> bool:
    try:
        cells = [cell for (cell,) in side.source.sample((key,), LOOKED) if cell]
    except ReachError:
        return False
    return len(set(cells)) < len(cells)


def _pairs(side: Known, others: Sequence[Known]) -> list[_Pair]:
    """Tables of titles that may be those of the levels, the surest ones."""
    ours, found = _shape(side), []
    for titled in others:
        if titled is not side and titled.role in ("catalogue", "other") and is_titled(_shape(titled)):
            found += [_Pair(side, titled, link) for link in links(ours, _shape(titled))]
    for how in ("declared", "named", "alike"):
        if best := [pair for pair in found if pair.link.how == how]:
            return best
    return []


def _sure(pairs: Sequence[_Pair], every: Sequence[Known]) -> list[_Pair]:
    """Those that belong together for certain, one a table of titles."""
    fitting: dict[str, _Pair] = {}
    for pair in pairs:
        path = pair.titled.source.place.path
        if pair.link.how != "alike" and path not in fitting and _fits(pair):
            fitting[path] = pair
    found = list(fitting.values())
    if not any(is_bare(pair.link) for pair in found):
        return found
    # A mere id is in every table: it means the same in two of them only where it can mean nothing else.
    side = found[0].side
    ours = _shape(side)
    told = any(points_to(_shape(one), ours) for one in every if one is not side and one is not found[0].titled)
    return [] if len(found) > 1 or told or _tells_itself(side) else found


def _fits(pair: _Pair) -> bool:
    """Whether each key of the levels stands there once and has a row among the titles."""
    side, titled, link = pair.side.source, pair.titled.source, pair.link
    ours = _shape(pair.side)
    each = link.forward or is_numbered(ours) or not is_of_secrecy(ours, link)
    try:
        if link.how == "alike" and not (is_key(_shape(pair.side), link.side) or _comes_again(pair.side)):
            return False
        if isinstance(side, Joining) and side.can_join(link.side, titled, link.titled):
            return side.fits(link.side, titled, link.titled, each)
        held = _held(side, link.side, ())
        if held is None:
            return False
        met = Counter(cell for (cell,) in titled.rows((link.titled,)) if cell in held)
        return len(met) == len(held) and (not each or max(met.values(), default=1) == 1)
    except ReachError:
        return False


def _with_levels(pair: _Pair, about: Survey, own: Mapping[str, Mapping[str, str]]) -> Known:
    """The titles with what is told of them."""
    side, titled, link = pair.side.source, pair.titled.source, pair.link
    told = _told(pair, about)
    try:
        if isinstance(side, Joining) and isinstance(titled, Joining) and side.can_join(link.side, titled, link.titled):
            return know(titled.joined(link.titled, side, link.side, told), about, own)
        held = _held(side, link.side, [theirs.name for theirs, _ in told])
        return (
            replace(pair.titled, role="catalogue", apart=True)
            if held is None
            else know(_put_together(pair, held, [here for _, here in told]), about, own)
        )
    except ReachError:
        return replace(pair.titled, role="catalogue", apart=True)


def _told(pair: _Pair, about: Survey) -> list[tuple[Column, Column]]:
    """What is told of a record, as it stands and as it is called beside the titles."""
    side = pair.side.source
    taken = {column.name.lower() for column in pair.titled.source.columns}
    found = []
    for column in told_columns(_shape(pair.side), pair.link.side):
        name = column.name if column.name.lower() not in taken else f"{side.name.rsplit('.', 1)[-1]}.{column.name}"
        found.append((column, replace(column, name=name, comment=about.label(side.name, column.name) or column.comment)))
    return found


def _put_together(pair: _Pair, held: Mapping[str, Cells], further: Sequence[Column]) -> Table:
    side, titled = pair.side.source, pair.titled.source
    names = [column.name for column in titled.columns]
    at, nothing = names.index(pair.link.titled), (None,) * len(further)

    def maker() -> Iterator[Cells]:
        for row in titled.rows(names):
            yield (*row, *held.get(row[at] or "", nothing))

    told = {here.name: side.references[here.name] for here in further if here.name in side.references}
    whole = getattr(titled, "whole", True) and getattr(side, "whole", True)
    return Table(
        titled.place, titled.name, (*titled.columns, *further), maker, titled.total, titled.key,
        MappingProxyType({**titled.references, **told}), whole=whole,
    )  # fmt: skip


def _held(side: Source, key: str, told: Sequence[str]) -> dict[str, Cells] | None:
    """What is told by key; None where a key stands twice, is missing, or there are too many. Raises ReachError."""
    found: dict[str, Cells] = {}
    same: dict[Cells, Cells] = {}
    for number, (cell, *cells) in enumerate(islice(side.rows((key, *told)), HELD + 1), 1):
        if not cell or cell in found or number > HELD:
            return None
        found[cell] = same.setdefault(tuple(cells), tuple(cells))
    return found


def _comes_again(side: Known) -> bool:
    """Whether the same level stands in several rows: a count by level has one row for each."""
    values = side.source.histogram(side.roles.level, VALUES) if side.roles.level is not None else {}
    return isinstance(values, Absent) or sum(values.values()) > len(values)


def _says_secret(side: Known) -> bool:
    """Whether not all of the levels say that nothing is secret."""
    flags = [column.name for column in side.source.columns if name_role(column.name) == "secret_flag"]
    for column in filter(None, (side.roles.level, *side.roles.other_levels, *flags)):
        try:
            values = side.source.histogram(column, VALUES)
        except ReachError:
            return True
        codes = side.codes.get(column, Codes(flag=True))
        if isinstance(values, Absent) or any(meaning(value, codes).sense not in OPEN for value in values):
            return True
    return False


def _levelled(known: Known) -> bool:
    """Whether a table tells levels itself."""
    return known.roles.level is not None and any(folded(value).upper() not in EMPTY for value in known.plain)


def _shape(known: Known) -> Shape:
    source = known.source
    return Shape(source.name, source.columns, source.key, source.references, known.roles)
