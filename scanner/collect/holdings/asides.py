"""What stands beside the first secrecy column: further levels, their codes, terms, and levels within cells of several fields."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from types import MappingProxyType

from scanner.facts.holdings.columns import Roles
from scanner.facts.holdings.inner import Inner
from scanner.facts.holdings.normal import code, folded
from scanner.facts.holdings.reading import Row
from scanner.facts.holdings.tally import shown_value
from scanner.facts.holdings.values import Codes, Meaning, meaning
from scanner.facts.holdings.words import EMPTY

TERMS = ("period", "set_on", "set_by")
"""Roles that speak of a level though none is given."""
EXPLAINED = ("level", "english", "declassified", "unclear", "open", "empty", "work", "commercial", "misread")
"""Senses of values that can be told."""


def says_aside(roles: Roles, sample: Mapping[str, Sequence[str | None]]) -> bool:
    """Whether a sampled row is blank in the first secrecy column and not in another one that gives levels."""
    others = [sample[column] for column in roles.other_levels if column not in roles.flags]
    if roles.level is None or not others:
        return False
    return any(is_blank(row[0]) and not all(map(is_blank, row[1:])) for row in zip(sample[roles.level], *others))


def usual_beside(roles: Roles, sample: Mapping[str, Sequence[str | None]], codes: Mapping[str, Codes]) -> Mapping[str, Mapping[str, str]]:
    """Of each further secrecy column with codes that nothing explains: the code that most often stands beside each word of the first one."""
    found: dict[str, Mapping[str, str]] = {}
    for column in roles.other_levels if roles.level is not None else ():
        told = [value for value in set(sample[column]) if not is_blank(value)]
        if column in roles.flags or all(meaning(value, codes[column]).sense in EXPLAINED for value in told):
            continue
        pairs = Counter(
            (code(word), code(value))
            for word, value in zip(sample[roles.level or ""], sample[column])
            if word and value and not is_blank(value)
        )
        usual: dict[str, str] = {}
        for (word, value), _ in sorted(pairs.items(), key=lambda item: (-item[1], item[0])):
            usual.setdefault(word, value)
        found[column] = MappingProxyType(usual)
    return MappingProxyType(found)


def is_blank(cell: str | None) -> bool:
    return cell is None or folded(cell).upper() in EMPTY


def has_terms(roles: Roles, sample: Mapping[str, Sequence[str | None]]) -> bool:
    """Whether a sampled row, or where there is no secrecy column any row, may have a term or a reason and no level."""
    told = [sample[column] for role in TERMS if (column := roles.get(role)) is not None]
    if not told or roles.level is None:
        return bool(told)
    blank = [value is None or folded(value).upper() in EMPTY for value in sample[roles.level]]
    return any(
        no_level and cell is not None and folded(cell).upper() not in EMPTY for cells in told for no_level, cell in zip(blank, cells)
    )


def told_within(row: Row, inner: Sequence[tuple[int, Inner]]) -> list[tuple[Meaning, str]]:
    """What cells of several fields say of a row's level, and how that may be kept."""
    found = [(value, meaning(value, one.codes)) for at, one in inner for value in one.values(row[at])]
    return [(sense, shown_value(value, sense)) for value, sense in found if sense.sense != "empty"]
