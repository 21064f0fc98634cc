"""Levels that stand in a table of their own beside the titles: which tables may be such a pair, by keys, names and kinds of columns."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from scanner.facts.holdings.columns import Roles
from scanner.facts.holdings.labels import name_role
from scanner.facts.holdings.normal import name
from scanner.facts.holdings.reading import Column

How = Literal["declared", "named", "alike"]
WIDE = 12
"""A table beside another one has no more columns than this."""
SECRECY = frozenset(
    {"level", "secret_flag", "former_level", "period", "declassified_on", "declassified", "set_on", "set_by", "deleted", "opening"}
)
"""Roles of columns that say something of the record that a key means."""
_NUMBERS = ("record_no", "item_no", "document_no", "creator", "pages")
"""Roles of columns by which a table tells records from one another itself."""
_ID = re.compile(r"_?(?:uuid|guid|id|code|dm|bm|no|key|fk|xh|lsh|编号|代码)$", re.IGNORECASE)
_ROW = frozenset(
    {"id", "rowid", "uuid", "guid", "xh", "lsh", "bh", "pk", "fid", "编号", "序号", "顺序号", "流水号", "行号", "主键", "seq", "rownum"}
)
_SECRET = re.compile(r"sec(?!t|ond)|mj|miji|dingmi|baomi|bm(?:dj|qx)|sm(?:jb|dj)|classif|confiden|密", re.IGNORECASE)
_WRITTEN = re.compile(
    r"time|date|_at$|_by$|creat|updat|modif|user|oper|version|sort|status|tenant|rq$|sj$|r$|时间|日期|人$|排序|状态", re.IGNORECASE
)
"""Names of columns that tell when and by whom a row was written."""
_PREFIX = re.compile(r"^(?:t|tb|tbl|sys|da|biz|ams)_|(?:_(?:tab|tbl|info|main|base)|表)$")


@dataclass(frozen=True, slots=True)
class Shape:
    """What of a table tells whether it may be one of a pair."""

    name: str
    columns: tuple[Column, ...]
    key: tuple[str, ...]
    references: Mapping[str, tuple[str, str]]
    roles: Roles

    @property
    def id(self) -> str | None:
        """The column that tells one row from another, as far as keys and names say."""
        return self.key[0] if len(self.key) == 1 else next((one.name for one in self.columns if name(one.name) in _ROW), None)

    def kind(self, column: str) -> str:
        """Kind of a column; empty where there is none of that name."""
        return next((one.kind for one in self.columns if one.name == column), "")


@dataclass(frozen=True, slots=True)
class Link:
    """Columns that are one and the same thing in both tables."""

    side: str
    """In the table of the levels."""
    titled: str
    how: How
    forward: bool = True
    """The levels point to the titles; else these point to the levels."""


def is_side(shape: Shape) -> bool:
    """Whether a table tells levels and not what they are of."""
    told = shape.roles.level is not None or any(name_role(column.name) == "secret_flag" for column in shape.columns)
    volumes = shape.roles.get("volume_no") is not None and shape.roles.get("record_no") is None
    return told and 2 <= len(shape.columns) <= WIDE and shape.roles.get("title") is None and not volumes


def is_numbered(shape: Shape) -> bool:
    """Whether a table of levels also tells which records they are of, so that it may be a list of records itself."""
    return any(shape.roles.get(role) for role in _NUMBERS)


def is_bare(link: Link) -> bool:
    """Whether nothing but the number that every table has ties two tables to each other."""
    return link.how == "named" and name(link.side) in _ROW and name(link.titled) in _ROW


def is_of_secrecy(side: Shape, link: Link) -> bool:
    """Whether a table is called after levels, or what refers to it is: else many records may refer to one row of something else."""
    return _SECRET.search(side.name) is not None or (not link.forward and _SECRET.search(link.titled) is not None)


def points_to(shape: Shape, other: Shape) -> bool:
    """Whether a table refers to another one, by what is declared or by the name of a column."""
    return any(table == other.name for table, _ in shape.references.values()) or any(True for _ in _pointing(shape, other.name))


def is_titled(shape: Shape) -> bool:
    """Whether a table has records of its own."""
    return shape.roles.get("title") is not None or shape.roles.get("record_no") is not None


def links(side: Shape, titled: Shape) -> list[Link]:
    """By what two tables may belong together; the surest ways, and only those."""
    for way in (_declared, _named) if is_numbered(side) else (_declared, _named, _alike):
        if found := [link for link in way(side, titled) if side.kind(link.side) and titled.kind(link.titled)]:
            return list(dict.fromkeys(found))
    return []


def told_columns(side: Shape, key: str) -> list[Column]:
    """Columns of a table of levels that speak of the record."""
    levels = {side.roles.level, *side.roles.other_levels, *side.roles.one.values(), *side.roles.remarks}
    return [one for one in side.columns if one.name != key and (one.name in levels or name_role(one.name) in SECRECY)]


def _declared(side: Shape, titled: Shape) -> Iterator[Link]:
    for column, (table, theirs) in side.references.items():
        if table == titled.name and (other := theirs or titled.id):
            yield Link(column, other, "declared")
    for column, (table, theirs) in titled.references.items():
        if table == side.name and (key := theirs or side.id):
            yield Link(key, column, "declared", forward=False)


def _named(side: Shape, titled: Shape) -> Iterator[Link]:
    """``item_id`` and the table ``t_item``; one name in both; last of all a mere ``id`` in both."""
    yield from (Link(column, titled.id, "named") for column in _pointing(side, titled.name) if titled.id)
    yield from (Link(side.id, column, "named", forward=False) for column in _pointing(titled, side.name) if side.id)
    ours, theirs = ({name(one.name): one.name for one in shape.columns} for shape in (side, titled))
    number = name(side.roles.get("record_no") or "") if side.roles.get("record_no") and titled.roles.get("record_no") else ""
    shared = [
        word
        for word in ours
        if word in theirs and (_ID.search(ours[word]) or ours[word] in side.key or word == number) and word not in _ROW
    ]
    yield from (Link(ours[word], theirs[word], "named") for word in shared)
    if (
        side.id
        and titled.id
        and name(side.id) == name(titled.id)
        and not (is_numbered(side) or says_more(side))
        and not any(_owner(one.name) for one in side.columns)
    ):
        yield Link(side.id, titled.id, "named")


def _alike(side: Shape, titled: Shape) -> Iterator[Link]:
    """Nothing but that both have keys: what these hold must tell."""
    ours = [one.name for one in side.columns if name_role(one.name) not in SECRECY and one.name != side.roles.level]
    if says_more(side):
        return
    theirs = [titled.id] if titled.id else [one.name for one in titled.columns if _ID.search(one.name)]
    for column in [one for one in ours if is_key(side, one)] or (ours if len(ours) == 1 else []):
        yield from (Link(column, other, "alike") for other in theirs)


def says_more(side: Shape) -> bool:
    """Whether a table tells more than levels, keys, and who wrote that down when: then its rows may be anything's."""
    told = {one.name for one in told_columns(side, "")}
    further = [one.name for one in side.columns if one.name not in told and not is_key(side, one.name)]
    return len([one for one in further if not _WRITTEN.search(one)]) > (not any(is_key(side, one.name) for one in side.columns))


def is_key(shape: Shape, column: str) -> bool:
    """Whether a column is, or is called like, one that tells rows apart."""
    return column in shape.key or name(column) in _ROW or _ID.search(column) is not None


def points_away(column: str, table: str, references: Mapping[str, tuple[str, str]], others: Mapping[str, Collection[str]]) -> bool:
    """Whether a column is the key of another table's records: then what stands beside it is told of these, and explains no codes."""
    declared, _ = references.get(column, ("", ""))
    return any(
        other != table
        and (other == declared or _points_to(column, other))
        and any(name_role(one) in ("title", "record_no") for one in columns)
        for other, columns in others.items()
    )


def _pointing(shape: Shape, table: str) -> Iterator[str]:
    """Columns that are called after a table."""
    return (column.name for column in shape.columns if _points_to(column.name, table))


def _points_to(column: str, table: str) -> bool:
    owner = _owner(column)
    told = name(_PREFIX.sub("", table.lower().rsplit(".", 1)[-1])) if owner else ""
    return bool(owner) and (told in (owner, f"{owner}s") or (len(owner) > 2 and told.endswith(owner)))


def _owner(column: str) -> str:
    """What a key is called after: ``item`` of ``item_id``; empty for one that is called after nothing, or after a level."""
    if not _ID.search(column) or name(column) in _ROW or name_role(column) in SECRECY:
        return ""
    found = name(_ID.sub("", column.lower()))
    return found if len(found) > 1 else ""
