"""What kind of table a source is. Only catalogues count for what is kept together; the others are listed with their rows."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Literal

from scanner.facts.holdings.columns import Roles
from scanner.facts.holdings.normal import clean
from scanner.facts.holdings.reading import Column, Place
from scanner.facts.holdings.words import LINEAGE_WORDS, TABLES

Role = Literal["catalogue", "dictionary", "clearance", "permission", "statistics", "log", "help", "companion", "other"]
IN_FOLDERS = ("backup", "export", "temp", "cache", "replica")
"""Lineages that the name of a folder above tells."""
DERIVED = frozenset({"index", "replica", "cache", "log", "backup", "export", "temp"})
"""Lineages that make a copy that nobody looks after."""
EXCLUDED: tuple[Role, ...] = ("dictionary", "clearance", "permission", "statistics", "help", "companion")
"""Their rows are never records: a level in them describes a person, a right, a code, a sum, or a record that stands in another table."""
_PERSON = re.compile(
    r"(?:user_?name|real_?name|login|id_?card|身份证|姓名|工号|岗位|职务|xm|yhm|sfzh|phone|mobile|telephone|person_?name|staff_?no|emp_?no|post)",
    re.I,
)
_RIGHT = re.compile(r"(?:role|perm|grant|menu|privilege|acl|权限|角色|授权|user_?id|group_?id)", re.I)
_USER = re.compile(
    r"(?:^|_)(?:user|usr|role|group|emp|employee|staff|person|member|account|grantee|yh|ry|js|jsdm|operator)_?(?:id|no|code|dm|bh|name)?$|^(?:uid|yhm|gh|nick(?:name)?|login_?name)$|用户|角色|人员|工号|账号|帐号",
    re.I,
)
"""Names of columns that say whose a row is."""
_MAY = re.compile(
    r"(?:^|_)(?:can|may|allow|is)_?(?:read|view|print|download|borrow|edit|down|see|access)|^(?:right|perm|privilege|grant)|权限|授权|可(?:读|见|查|打印|下载)",
    re.I,
)
"""Names of columns that say what somebody may do."""
_OF_THING = re.compile(
    r"(?:item|file|doc|document|record|arch|archive|wj|da|aj|vol|volume|entity|res|resource|object|obj|data)_?(?:id|no|code|key)$", re.I
)
"""Names of columns that say which record a row is about."""
_WEAK = frozenset({"js", "qx", "policy", "right", "rights", "auth", "authority"})
"""Words for rights that are kinds of records as well: technical ones, rights of land."""
_LOG = re.compile(
    r"(?:^|_)(?:ip|op|oper|operation|action|oper_?time|op_?time|log_?time|user_?agent|operator|detail|message|msg|event)(?:$|_)|操作|日志|登录",
    re.I,
)
_NUMBERS = ("record_no", "volume_no", "item_no", "document_no")
"""Roles of columns that tell one record from another."""
_ARCHIVAL = (
    "record_no",
    "volume_no",
    "item_no",
    "fonds",
    "series",
    "retention",
    "creator",
    "document_no",
    "year",
    "pages",
    "dated",
    "formed_on",
    "opening",
)


@lru_cache(maxsize=512)
def words_of(text: str) -> frozenset[str]:
    """The words of a name: split at separators, digits and capitals."""
    spaced = re.sub(r"([a-z])([A-Z])", r"\1 \2", clean(text))
    return frozenset(part.lower() for part in re.split(r"[^A-Za-z\u4e00-\u9fff]+", spaced) if part)


@lru_cache(maxsize=4096)
def named(text: str, words: frozenset[str]) -> bool:
    """Whether a name speaks of one of the words: a Latin word as a part of its own, a Chinese one anywhere."""
    parts = words_of(text)
    return any(word in parts if word.isascii() else word in text for word in words)


def table_role(
    source_name: str,
    comment: str,
    columns: Sequence[Column],
    roles: Roles,
    *,
    explains: bool,
    sums: bool = False,
    repeated: bool = False,
    texts: bool = False,
) -> Role:
    """The kind of a table. ``explains`` says that it was recognised as a dictionary of codes or fields, ``sums`` that it counts records,
    ``repeated`` that its record numbers come again and again, ``texts`` that a column nobody named reads like titles."""
    text = f"{source_name} {comment}"
    has_title, archival = roles.get("title") is not None, sum(role in roles.one for role in _ARCHIVAL)
    named_like = {kind: named(text, words) for kind, words in TABLES.items()}
    if explains and archival < 2 and roles.get("record_no") is None and not (has_title and roles.level is not None):
        return "dictionary"
    if sums:
        return "statistics"
    if has_title and (archival >= 2 or (roles.level is not None and archival >= 1)) and not (named_like["log"] and roles.level is None):
        return "catalogue"
    headers = [f"{column.name} {column.comment}" for column in columns]
    parts = [part for column in columns for part in (column.name, column.comment) if part]
    users = any(map(_USER.search, parts))
    if not has_title and (told := _of_persons(text, columns, roles, archival, users, repeated, texts)) is not None:
        return told
    if named_like["log"] or (roles.level is None and sum(_LOG.search(header) is not None for header in headers) >= 3):
        return "log"
    if users and not has_title and archival < 2 and sum(_LOG.search(part) is not None for part in parts) >= 3:
        return "log"
    if named_like["dictionary"] and not has_title and archival == 0 and roles.level is None:
        return "dictionary"
    if named_like["help"] and archival < 2 and roles.level is None:
        return "help"
    if roles.level is not None or (has_title and (archival >= 1 or _archival_title(roles.one["title"]))):
        return "catalogue"
    return "other"


def _of_persons(text: str, columns: Sequence[Column], roles: Roles, archival: int, users: bool, repeated: bool, texts: bool) -> Role | None:
    """Whether a table without titles tells the levels of persons, or what they may do with records."""
    headers, names = [f"{column.name} {column.comment}" for column in columns], [column.name for column in columns]
    levelled = roles.level is not None
    clearance, permission = named(text, TABLES["clearance"]), named(text, TABLES["permission"])
    strong = named(text, TABLES["permission"] - _WEAK) or (permission and clearance)
    # What says which record a row is about is a list of records, unless a name and a user speak for something else.
    if texts or any(role in roles.one for role in _NUMBERS) or any(map(_OF_THING.search, names)):
        may = permission or any(map(_MAY.search, (*names, *headers)))
        return "permission" if users and archival < 2 and (strong or (may and repeated)) else None
    persons = sum(_PERSON.search(header) is not None for header in headers)
    if persons and (levelled or clearance or persons >= 2):
        return "clearance"
    if strong or (permission and (users or not levelled)) or (levelled and archival == 0 and _rights(headers)):
        return "permission"
    return "clearance" if levelled and users and clearance else None


def may_key(column: str, roles: Roles) -> bool:
    """Whether the cells of a key column may be kept: never of a title, nor of what names a person."""
    return column not in (roles.get("title"), roles.get("creator"), *roles.remarks) and _PERSON.search(column) is None


def _archival_title(column: str) -> bool:
    """A title in the words of archives; ``title`` alone may be anything's."""
    return "题名" in column or column.lower() in ("tm", "ajtm", "wjtm", "ztm", "jntm")


def _rights(headers: Sequence[str]) -> bool:
    return any(map(_RIGHT.search, headers)) and len(headers) <= 8


def lineage_of(place: Place, source_name: str) -> tuple[str, ...]:
    """How the place came to be, by what its store shows and by the words of its names. Names suggest; they never excuse."""
    found = list(place.lineage)
    *folders, member = place.path.rsplit("#", 1)[0].replace("!", "/").split("/")
    for kind, words in LINEAGE_WORDS.items():
        if kind in IN_FOLDERS and any(named(folder, words) for folder in folders):
            found.append(kind)
        if (
            named(source_name, words)
            or named(member, words)
            or kind == "backup"
            and re.search(r"(?:^|[^a-z])(?:bak|backup|old)\d*(?:$|[^a-z])", source_name.lower())
        ):
            found.append(kind)
    return tuple(dict.fromkeys(found))
