"""Levels that a view works out of a column of its table: ``CASE k WHEN 1 THEN '机密' ELSE '公开' END`` explains the values of ``k``."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

from scanner.facts.holdings.marking import LEVELS
from scanner.facts.holdings.normal import code, name
from scanner.facts.holdings.words import RANKS

LONGEST = 64 * 1024
"""Characters of a definition that are looked at."""
UNSURE = "?"
"""Stands for the word of a value that nobody can tell: one that explains nothing."""
_NAME = r"(?:(?:[\w\"`\[\]]+\s*\.\s*)*?(?:[\"`\[]?(?P<table>\w+)[\"`\]]?\s*\.\s*)?[\"`\[]?(?P<column>\w+)[\"`\]]?)"
_AGAIN = r"(?:(?:[\w\"`\[\]]+\s*\.\s*)*[\"`\[]?(?P=column)[\"`\]]?)"
_VALUE = r"(?:N?'[^']*'|-?\d+)"
_ELSE = rf"(?:\s*ELSE\s+(?P<rest>{_VALUE}|NULL))?\s*END\b"
_CASE = re.compile(rf"\bCASE\s+\(*{_NAME}\)*(?P<pairs>(?:\s+WHEN\s+{_VALUE}\s+THEN\s+{_VALUE})+){_ELSE}", re.IGNORECASE)
_SEARCHED = re.compile(
    rf"\bCASE\s+WHEN\s+\(*{_NAME}\)*\s*=\s*(?P<first>{_VALUE}\)*\s+THEN\s+{_VALUE})"
    rf"(?P<pairs>(?:\s+WHEN\s+\(*{_AGAIN}\)*\s*=\s*{_VALUE}\)*\s+THEN\s+{_VALUE})*){_ELSE}",
    re.IGNORECASE,
)
_IF = re.compile(rf"\bI?IF\s*\(\s*{_NAME}\s*=\s*(?P<first>{_VALUE}\s*,\s*{_VALUE})\s*,\s*(?P<rest>{_VALUE}|NULL)\s*\)", re.IGNORECASE)
_PAIR = re.compile(rf"({_VALUE})(?:\)*\s+THEN\s+|\s*,\s*)({_VALUE})", re.IGNORECASE)
_LEVEL = "|".join(LEVELS)
_TYPED = re.compile(r"::[a-z]\w*(?: varying)?(?:\(\d+\))?|\b_utf8\w*(?=')")
"""What servers write behind or before a text to tell its type."""
_TELLS = re.compile(rf"(?:\bTHEN|\bELSE)\s+N?'(?:{_LEVEL})|\b(?:IIF|IF|DECODE)\s*\([^;]{{0,400}}?,\s*N?'(?:{_LEVEL})", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Worked:
    """What a view makes of one column."""

    column: str
    """As names are compared."""
    words: tuple[tuple[str, str], ...]
    """Values, as codes are compared, and the words for them."""
    rest: str | None
    """The word for every other value."""
    table: str = ""
    """What the definition calls the column's table, as names are compared; empty where it does not say."""


def worked_out(definition: str) -> list[Worked]:
    """Columns whose values a view turns into levels."""
    return [found for found, _ in _all(_TYPED.sub("", definition[:LONGEST])) if _is_told(found)]


def tables_of(found: Worked, definition: str, columns: Mapping[str, Collection[str]]) -> frozenset[str]:
    """Tables, of those with these columns, whose column it is; several where nothing tells which."""
    there = [table for table, own in columns.items() if found.column in own and re.search(_word(table), definition, re.IGNORECASE)]
    return frozenset([table for table in there if found.table and found.table in _calls(table, definition)] or there)


def words_for(found: Collection[tuple[Worked, bool]], values: Collection[str]) -> Mapping[str, str]:
    """What views make of a column's values. ``True`` beside one: it may mean another table. What one calls classified another does not open."""
    words: dict[str, str] = {}
    for worked, unsure in found:
        rest = {} if worked.rest is None else dict.fromkeys(values, worked.rest)
        for value, word in {**rest, **dict(worked.words)}.items():
            said = word if _level(word) or not unsure else UNSURE
            words[value] = _of_two(words.get(value, said), said)
    return words


def leaves_untold(definition: str) -> bool:
    """Whether a view gives levels in a way that is not understood: then its table's records are not what they look like."""
    left = _TYPED.sub("", definition[:LONGEST])
    for found, text in _all(left):
        if found.rest is None or not found.rest.startswith(LEVELS):
            left = left.replace(text, " ")
    return _TELLS.search(left) is not None or (len(definition) > LONGEST and "密" in definition)


def _all(definition: str) -> Iterator[tuple[Worked, str]]:
    for pattern in (_CASE, _SEARCHED, _IF):
        for found in pattern.finditer(definition):
            parts = found.groupdict()
            text = f"{parts.get('first') or ''} {parts.get('pairs') or ''}"
            words = tuple((code(_bare(value)), _bare(word)) for value, word in _PAIR.findall(text))
            rest = parts.get("rest")
            word = None if rest is None or rest.upper() == "NULL" else _bare(rest)
            yield Worked(name(found["column"]), words, word, name(found["table"] or "")), found[0]


def _is_told(found: Worked) -> bool:
    return any(_level(word) for _, word in found.words)


def _level(word: str) -> bool:
    return word.startswith(LEVELS)


def _of_two(one: str, other: str) -> str:
    """Of two words for one value."""
    if one == other:
        return one
    levels = [word for word in (one, other) if _level(word)]
    return max(levels, key=lambda word: RANKS[word[:2]]) if levels else UNSURE


def _word(table: str) -> str:
    """With or without the schema, and with the signs that stand around names."""
    *schema, own = table.split(".")
    before = "".join(rf"(?:[\"`\[]?{re.escape(part)}[\"`\]]?\.[\"`\[]?)?" for part in schema)
    return rf"(?<!\w){before}{re.escape(own)}(?!\w)"


def _calls(table: str, definition: str) -> set[str]:
    """The table's name, and what stands behind it: what it is called by."""
    behind = re.findall(rf"{_word(table)}[\"`\]]?\s+(?:AS\s+)?[\"`\[]?(\w+)", definition, re.IGNORECASE)
    return {name(table), name(table.rsplit(".", 1)[-1]), *map(name, behind)}


def _bare(value: str) -> str:
    return value.removeprefix("N").removeprefix("n").strip("'")
