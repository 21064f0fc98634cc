"""Which dictionary a column's codes are from: the one that it refers to, is called after, or that alone can explain them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from scanner.facts.holdings.codes import ABOUT, CODE_NAME, CodeTable, own_name, rowid_like, tells_levels
from scanner.facts.holdings.normal import folded, name
from scanner.facts.holdings.values import plain

LONG_NAME = 6
"""Characters of a name that say what a table is about wherever they stand at its end."""
_KEY_OF = re.compile(r"_?(?:id|code|dm|bm|no|key|fk|编号|代码)$")


def choose(tables: Sequence[CodeTable], column: str, label: str, table: str, values: frozenset[str]) -> Mapping[str, str]:
    """The dictionary that speaks for a column, or none: where several do and disagree about its values, none does."""
    wanted = {name(column), name(f"{table}_{column}")}
    mentioned = [one for one in tables if one.type and name(one.type) in name(label) and len(name(one.type)) > 2]
    same = [one for one in tables if name(one.type) in wanted or (not one.type and name(column) in name(one.source))]
    about = [one for one in tables if ABOUT.search(one.type or one.source)]
    # A dictionary that nothing ties to the column must at least speak of levels.
    for options in (mentioned, same, about, [one for one in tables if tells_levels(one.words.values())]):
        fitting = _by_own_codes([one for one in options if values <= set(one.words)] if values else options, column)
        told = {tuple((value, plain(folded(one.words[value]))) for value in sorted(values)) for one in fitting}
        if fitting and len(told) == 1:
            return fitting[0].words
        if fitting:
            return {}
    return {}


def declared(own: Mapping[str, Mapping[str, str]], table: str, column: str) -> Mapping[str, str] | None:
    """The unit's own dictionary for a column; its table may be called without the schema."""
    names = (f"{table}.{column}", f"{table.rsplit('.', 1)[-1]}.{column}", column)
    return next((own[one] for one in names if one in own), None)


def speaks_of_levels(table: CodeTable) -> bool:
    """Whether a dictionary is called after secrecy, or says it of itself, and tells a level."""
    return ABOUT.search(table.type or table.source) is not None and tells_levels(table.words.values())


def _by_own_codes(tables: Sequence[CodeTable], column: str) -> Sequence[CodeTable]:
    """Without the numbers and the order of a dictionary's rows where its own codes speak; a column that is called after an id may hold either."""
    if name(column).endswith("id"):
        return tables
    own = [one for one in tables if CODE_NAME.search(one.key) and not rowid_like(one.key)]
    coded = {(one.source, one.type) for one in own}
    return [one for one in tables if one in own or (one.source, one.type) not in coded]


def pointed_at(tables: Sequence[CodeTable], target: tuple[str, str], values: frozenset[str]) -> Mapping[str, str]:
    """What the table and column that a reference points to make of values. Of several dictionaries in it, the one that they are from; none
    where these disagree."""
    there = [
        one
        for one in tables
        if one.source == target[0] and name(target[1]) in ("", name(one.key)) and (values & set(one.words) or not values)
    ]
    fitting = [one for one in there if values <= set(one.words)] or there
    return fitting[0].words if fitting and _agree(fitting, values) else {}


def referred(tables: Sequence[CodeTable], column: str, values: frozenset[str]) -> Mapping[str, str]:
    """The dictionary of levels after which a column is called (``baomi_id`` of ``t_baomi``), though no reference is declared; it must explain every value."""
    bare = name(_KEY_OF.sub("", column.lower()))
    fitting = [
        one for one in tables if values and _called(one.source, bare) and values <= set(one.words) and tells_levels(one.words.values())
    ]
    return fitting[0].words if fitting and _agree(fitting, values) else {}


def _agree(tables: Sequence[CodeTable], values: frozenset[str]) -> bool:
    """Whether dictionaries say the same of values."""
    return len({tuple(plain(folded(one.words.get(value, value))) for value in sorted(values)) for one in tables}) == 1


def _called(source: str, bare: str) -> bool:
    """Whether a dictionary is called after what is left of a column's name; a longer name may have more words before it."""
    own = own_name(source)
    return (len(bare) > 1 and own == bare) or (len(bare) >= LONG_NAME and own.endswith(bare))
