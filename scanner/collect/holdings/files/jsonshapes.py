"""Tables in JSON that are written otherwise than as a list of objects: by columns, below their names, by keys, between lines of a bulk request."""

from __future__ import annotations

import json
import re
from contextlib import suppress

from scanner.facts.holdings.labels import name_role
from scanner.facts.holdings.normal import folded
from scanner.facts.holdings.values import plain

NUMBER, KEY = "档号", "key"
"""What the names of objects are called that stand under a name each: most often they are record numbers."""
CODE = re.compile(r"\d{1,3}|[A-Za-z]{1,2}")
INNER = 20
"""Characters of a text from which on it may be JSON."""
LEAST = 3
"""Objects of one kind from which on they are records under their names."""
ACTIONS = ("index", "create", "update", "delete")
ACTION_KEYS = ("routing", "version", "version_type", "pipeline", "require_alias", "retry_on_conflict", "dynamic_templates")
"""Lines between the records of a bulk request, and what they say beside names that begin with a stroke."""


def scalars(value: object) -> list[str | None] | None:
    """The cells of a list of several values; None for anything else."""
    if not isinstance(value, list) or len(value) < 2 or any(isinstance(one, dict | list) for one in value):
        return None
    return [text_of(one) for one in value]


def by_key(value: dict[str, object]) -> list[object] | None:
    """Records that stand under a name each (``{"A-1": {…}, "A-2": {…}}``), with that name among their values. None for anything else."""
    records = [item for item in value.values() if isinstance(item, dict)]
    if len(records) < LEAST or len(records) < len(value):
        return None
    every, common = set(records[0]), set(records[0])
    for record in records:
        every |= record.keys()
        common &= record.keys()
    if len(common) < 2 or 2 * len(common) < len(every):
        return None
    own = KEY if any(name_role(name) == "record_no" for name in every) else NUMBER
    return [{own: name, **record} for name, record in zip(value, records)]


def by_column(value: dict[str, object]) -> list[dict[str, object]] | None:
    """Records that are written column by column, each cell under the record's name (``{"题名": {"A-1": …}, "密级": {"A-1": …}}``)."""
    columns = {key: item for key, item in value.items() if isinstance(item, dict)}
    named = {name_role(key) for key in columns} - {None}
    if len(columns) < 2 or len(columns) < len(value) or "level" not in named or len(named) < 2:
        return None
    first = next(iter(columns.values()))
    if not first or any(
        item.keys() != first.keys() or any(isinstance(one, dict | list) for one in item.values()) for item in columns.values()
    ):
        return None
    own = KEY if "record_no" in named else NUMBER
    return [{own: name, **{key: item[name] for key, item in columns.items()}} for name in first]


def codes_of(value: object) -> dict[str, str] | None:
    """Codes and the levels that they stand for (``{"1": "公开", "2": "秘密"}``). None for anything else."""
    if not isinstance(value, dict) or len(value) < 2 or not all(CODE.fullmatch(key) and name_role(key) is None for key in value):
        return None
    words = {key: item for key, item in value.items() if isinstance(item, str)}
    told = [plain(folded(word)) for word in words.values()]
    known = len(words) == len(value) == len(set(words.values())) and None not in told
    return words if known and "level" in {one.sense for one in told if one is not None} else None


def written_in(text: str) -> object:
    """What a text holds that is JSON itself: an object, or a list of objects. None for anything else."""
    if len(text) < INNER or text[0] + text[-1] not in ("{}", "[]"):
        return None
    with suppress(ValueError, RecursionError):
        found = json.loads(text)
        listed = isinstance(found, list) and all(isinstance(one, dict) for one in found)
        return found if listed or isinstance(found, dict) else None
    return None


def side_by_side(value: dict[str, object]) -> dict[str, list[str | None]] | None:
    """Columns of a table that is written column by column: lists of values, all of one length. None for anything else."""
    lists = {key: item for key, item in value.items() if isinstance(item, list)}
    lengths = {len(item) for item in lists.values()}
    if len(lists) < 2 or len(lists) < len(value) or len(lengths) > 1 or lengths <= {0, 1}:
        return None
    if any(isinstance(one, dict | list) for item in lists.values() for one in item):
        return None
    return {key: [text_of(one) for one in item] for key, item in lists.items()}


def below_names(value: dict[str, object]) -> tuple[str, list[str], list[list[object]]] | None:
    """A table that is written as the names of its columns and a list of rows: the name of that list and both. None for anything else."""
    lists = [(key, item) for key, item in value.items() if isinstance(item, list) and len(item) > 0]
    for key, rows in lists:
        widths = {len(row) if isinstance(row, list) and not any(isinstance(one, dict | list) for one in row) else 0 for row in rows}
        for _, names in lists if len(widths) == 1 and 0 not in widths else ():
            told = [one for one in names if isinstance(one, str)]
            if widths == {len(names)} and len(told) == len(set(told)) == len(names) > 1:
                return key, told, rows
    return None


def action_of(value: dict[str, object]) -> str | None:
    """What a line between the records of a bulk request of a search service asks for; None where it is a record."""
    (action, meta), *rest = value.items() or (("", None),)
    plain = not rest and action in ACTIONS and isinstance(meta, dict)
    return action if plain and isinstance(meta, dict) and all(key.startswith("_") or key in ACTION_KEYS for key in meta) else None


def text_of(value: object) -> str | None:
    if value is None or isinstance(value, str):
        return value
    return json.dumps(value) if isinstance(value, bool) else str(value)
