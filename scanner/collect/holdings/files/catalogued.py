"""Lists on pages whose heads are those of a catalogue and name no level: titles and remarks with marks of their own are records all the same.

A list without the level's column says so little that nothing may be doubtful in it: what speaks of secrecy stands in a record of one line
or between drawn ones, is a heading above records, or makes the whole a document.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from scanner.collect.holdings.files.heads import ends
from scanner.collect.holdings.files.places import Line, Piece, merged, told
from scanner.collect.holdings.files.stretches import Stretch
from scanner.facts.holdings.labels import name_role
from scanner.facts.holdings.leftover import has_level, heading, may_speak
from scanner.facts.holdings.marking import LEVELS
from scanner.facts.holdings.normal import name
from scanner.facts.holdings.words import MISREAD

ENOUGH = 3
"""Heads that are known, the record's among them."""
AROUND = 120
"""Characters of a text on either side of the record's name among which the other heads stand."""
Row = list[str | None]
_RECORD = re.compile(r"题\s*名|档\s*号|标\s*题|卷\s*名|文\s*件\s*名\s*称")
_FURTHER = re.compile(
    r"责\s*任\s*者|日\s*期|时\s*间|保\s*管\s*期\s*限|备\s*注|附\s*注|页\s*数|页\s*号|页\s*次|文\s*号|年\s*度|全\s*宗|件\s*号|公\s*开|开\s*放"
)
_SECRECY = re.compile(r"密|祕|(?i:\bmj|secre|level|classif)")
_SIGN = re.compile(f"[★☆✩✭✯⭐*＊{''.join(chr(char) for char, meant in MISREAD.items() if meant == '密')}]|(?i:\\bmj\\b|secre|classif)")
"""A star, what is taken for a sign of secrecy, and names of levels in letters."""
_BEHIND = re.compile(rf".*[^:：=\s](?<!国家)(?:{'|'.join(LEVELS)})级?\s*")
"""A level behind something else, as where a column without a head stands close to another; what a record is not may end so, too."""
_NUMBERED = re.compile(r"序号|顺序号|序|编号|NO\.?|No\.?")


def may_be(text: str) -> bool:
    """Whether the text of a page may have the heads of a catalogue."""
    for found in _RECORD.finditer(text):
        near = text[max(0, found.start() - AROUND) : found.end() + AROUND]
        if len({"".join(one.split()) for one in _FURTHER.findall(near)}) >= ENOUGH - 1:
            return True
    return False


def names_catalogue(cells: Sequence[str]) -> bool:
    """Whether cells are the heads of a catalogue, and none of them speaks of secrecy."""
    if speak_of_secrecy(cells):
        return False
    roles = [name_role(cell) for cell in cells]
    known = [role for role in roles if role is not None]
    counted = sum(is_counter(cell) for cell, role in zip(cells, roles) if role is None)
    return (
        bool({"record_no", "title"} & set(known))
        and len(set(known)) == len(known) >= ENOUGH
        and (len(known) + counted) * 5 >= len(cells) * 4
        and not {"level", "secret_flag", "former_level"} & set(known)
    )


def speak_of_secrecy(cells: Sequence[str]) -> bool:
    """Whether one of several heads does, whatever it names."""
    return any(_SECRECY.search(cell) for cell in cells)


def is_counter(head: str) -> bool:
    """Whether a head names the numbers of the list itself."""
    return _NUMBERED.fullmatch(name(head).upper()) is not None


def without_level(columns: Sequence[Stretch]) -> bool:
    """Whether a list is one of these."""
    return all(name_role(column.name) != "level" for column in columns)


def certain(columns: Sequence[Stretch], heads: Sequence[Piece], lines: Sequence[Line]) -> bool:
    """Whether each column has a head, and what speaks of secrecy stands below one."""
    beside = (piece for line in lines for piece in line if not any(piece.left < one.right and one.left < piece.right for one in heads))
    return all(column.name for column in columns) and not any(_speaks(piece.text) for piece in beside)


def headed(line: Line, columns: Sequence[Stretch]) -> str | None:
    """What a line says as a heading above records; None where it may be a cell of one of them, or a mark."""
    pieces = merged(line, 1.0)
    if len(pieces) != 1 or ends([[pieces[0].text]]) == 1 or heading(pieces[0].text) is None or has_level(pieces[0].text):
        return None
    first = columns[0]
    begins = pieces[0].left < first.right and (is_counter(first.name) or name_role(first.name) == "record_no")
    return pieces[0].text if begins or sum(pieces[0].left < one.right and one.left < pieces[0].right for one in columns) > 1 else None


def is_heading(row: Sequence[str | None], names: Sequence[str | None]) -> bool:
    """Whether a row of a list without a level is a heading above records."""
    told_in = [cell for cell in row if cell]
    level = any(one and name_role(one) == "level" for one in names)
    return not level and len(told_in) == 1 and row[0] is not None and heading(row[0]) is not None


def by_sections(
    lines: Sequence[Line], columns: Sequence[Stretch], records: Callable[[Sequence[Line]], tuple[list[Row], list[Line]] | None]
) -> tuple[list[Row], list[Line]] | None:
    """Headings as rows with the records below each, and the lines that are none; None where one of those speaks of secrecy."""
    parts: list[tuple[list[Row], list[Line]]] = [([], [])]
    for line in lines:
        says = headed(line, columns)
        if says is None:
            parts[-1][1].append(line)
        else:
            parts.append(([[says, *[None] * (len(columns) - 1)]], []))
    rows: list[Row] = []
    rest: list[Line] = []
    for heading_row, below in parts:
        found = records(below)
        if found is None or doubtful(found[1]) or any(map(_is_doubtful, found[0])):
            return None
        rows += [*heading_row, *found[0]]
        rest += found[1]
    return rows, rest


def surely_together(
    lines: Sequence[Line],
    placed: Sequence[Sequence[str | None] | None],
    columns: Sequence[Stretch],
    begins: Sequence[int],
    rest: Sequence[int],
) -> bool:
    """Whether lines that no drawn ones part belong to records for certain: where any goes on below, none of them speaks of secrecy."""
    roles = [name_role(column.name) for column in columns]
    goes_on = len(begins) + len(rest) < len(lines)
    if goes_on and doubtful(lines):
        return False
    if "record_no" in roles or any(is_counter(column.name) for column in columns):
        return True
    title = roles.index("title")
    cells = [placed[at] or () for at in begins]
    return not goes_on and all(len(row) > title and row[title] and sum(map(bool, row)) >= ENOUGH for row in cells)


def doubtful(lines: Sequence[Line]) -> bool:
    """Whether one of several lines speaks of secrecy: of which record it does is not certain."""
    return any(map(_speaks, map(told, lines)))


def _is_doubtful(row: Row) -> bool:
    """Whether a record may be none, or may have the cell of a column without a head behind another."""
    cells = list(filter(None, row))
    return len(cells) < 2 or any(_BEHIND.fullmatch(cell) for cell in cells)


def _speaks(text: str) -> bool:
    """Whether a text may be of secrecy, or a part of what is, misread or not."""
    return may_speak(text) or _SIGN.search(text) is not None


def doubtful_around(lists: Sequence[Sequence[Row]], rest: Sequence[tuple[int, str]]) -> bool:
    """Whether a line around the lists may be a mark, name a level or be a record of another one, or a heading of one may hold for the next."""
    headings = len(lists) > 1 and any(is_heading(row, rows[0]) for rows in lists for row in rows[1:])
    return headings or any(_speaks(text) for _, text in rest)
