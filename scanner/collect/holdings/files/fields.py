"""Records in running text, field by field: ``密级：机密`` on a line of its own or beside others, one record after another."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise

from scanner.facts.holdings.escapes import is_spelt
from scanner.facts.holdings.labels import name_role

LEAST = 2
"""Levels from which on fields are those of records; one is the form at the head of a document."""
TELLING = frozenset({"title", "record_no"})
LONGEST_NAME = 24
_FIELD = re.compile(r"[\s*#>-]*[\"']?([\w\u4e00-\u9fff./ ()（）-]{1,24}?)[\"']?\s*(?:[:：=|]|\s-(?=\s))\s*(.*?)[,，;；]?\s*")
_QUOTED = re.compile(r"([\"'])(.*)\1")
_APART = re.compile(r"\t+|[ \u3000]{2,}")
_BETWEEN = re.compile(r"[\W_]*(?:(?:\d+\.\s*row|RECORD\s*\d+)[\W_]*)?|\[\[.*\]\]", re.I)
"""Rules, and what programs write between records."""
_SECTION = re.compile(r"\[([^\[\]]*\d[^\[\]]*)\]")
"""The number of a record as the head of a section."""
NUMBER = "档号"
Pair = tuple[str, str]
Grid = list[list[str | None]]


def grid_in(lines: Sequence[str], *, below: bool = False) -> tuple[Grid, list[str]] | None:
    """Records of lines below their names, and the lines that are none of them; None where not all of it is certain.

    ``below``: a value may stand on the line below its name."""
    found: list[Pair] = []
    rest: list[str] = []
    held = ""
    for line in lines:
        bare = line.strip()
        if below and (held or name_role(bare.rstrip(":：").strip()) is not None) and len(bare) <= (LONGEST_NAME if not held else len(bare)):
            found += [(held, bare)] if held else []
            held = "" if held else bare.rstrip(":：").strip()
        elif (fields := _fields(bare)) is not None:
            found += fields
        elif (section := _SECTION.fullmatch(bare)) is not None:
            found.append((NUMBER, section[1]))
        elif _BETWEEN.fullmatch(bare) is None:
            rest.append(bare)
    known = [(name, value) for name, value in found if name_role(name) is not None]
    # What nobody knows to be a field of records must not speak of secrecy.
    unknown = [value for name, value in found if name_role(name) is None]
    if len(rest) > len(known) or any("密" in text or is_spelt(text) for text in (*unknown, *rest)):
        return None
    grid = records_of(known)
    return None if grid is None else (grid, rest)


def records_of(pairs: Sequence[Pair]) -> Grid | None:
    """Names of fields, and below them one record after another: a name that comes again begins the next one. None where not each has a level."""
    found: list[dict[str, str]] = [{}]
    for name, value in pairs:
        if name in found[-1]:
            found.append({})
        found[-1][name] = value
    roles = [{name_role(name) for name in record} for record in found]
    if len(found) < LEAST or not all("level" in one and TELLING & one for one in roles):
        return None
    names = list(dict.fromkeys(name for record in found for name in record))
    return [[*names], *([record.get(name) for name in names] for record in found)]


def form(rows: Sequence[Sequence[str | None]]) -> list[Pair]:
    """The fields of one record in a form of names and values side by side; none where the rows are something else."""
    found: list[Pair] = []
    for row in rows:
        cells = [cell.strip() if cell else "" for cell in row]
        while cells and not cells[-1]:
            cells.pop()
        named = [at for at, cell in enumerate(cells) if len(cell) <= LONGEST_NAME and name_role(cell) is not None]
        if not cells or not named or named[0] != 0 or any(other - one < 2 for one, other in pairwise(named)):
            if any("密" in cell for cell in cells):
                return []
            continue
        told = [(cells[one], [*filter(None, cells[one + 1 : other])]) for one, other in zip(named, [*named[1:], len(cells)])]
        if any(len(values) > 1 for _, values in told):
            return []
        found += [(name, "".join(values)) for name, values in told]
    roles = [name_role(name) for name, _ in found]
    return found if roles.count("level") == 1 and TELLING & {*roles} else []


def lie_across(rows: Sequence[Sequence[str | None]]) -> bool:
    """Whether each row is a field and each further column a record."""
    names = [(row[0] or "").strip() for row in rows if row]
    roles = [name_role(name) for name in names]
    several = all(len([cell for cell in row[1:] if cell]) > 1 for row, role in zip(rows, roles) if role in ("level", *TELLING))
    known = len(roles) - roles.count(None)
    return (
        several
        and len(set(names)) == len(names)
        and known >= 3
        and known >= 0.8 * len(roles)
        and roles.count("level") == 1
        and bool(TELLING & {*roles})
    )


def _fields(line: str) -> list[Pair] | None:
    """The fields of a line; None where it is something else."""
    told = [_FIELD.fullmatch(piece) for piece in _APART.split(line) if piece]
    if not told or None in told:
        told = [_FIELD.fullmatch(line)]
    found = [(one[1].strip(), _bare(one[2])) for one in told if one is not None]
    return found or None


def _bare(value: str) -> str:
    found = _QUOTED.fullmatch(value)
    return found[2] if found is not None else value
