"""What a mark around a table (a page header, a caption, a sheet's name) says about the records inside it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any

from scanner.collect.holdings.naming import told_place
from scanner.errors import ReachError
from scanner.facts.holdings.belowheads import BelowHeads
from scanner.facts.holdings.documents import FIRST_LINES, decide_document
from scanner.facts.holdings.hints import hint_in_note
from scanner.facts.holdings.leftover import line_has_level, lists_secrets, named_secret
from scanner.facts.holdings.normal import folded
from scanner.facts.holdings.reading import Group, PartKind, Source, Unread
from scanner.facts.holdings.record import Decision
from scanner.facts.holdings.tables import EXCLUDED
from scanner.facts.holdings.tally import KEYS, safe_key
from scanner.facts.holdings.values import plain
from scanner.model.absent import Absent

SETTLED = ("unmarked", "open")
"""Reasons of rows that nothing spoke against."""
UNSPOKEN = ("open", "empty", "work", "commercial")
"""Senses of the levels of such rows."""
REASON = "mark-around"
VALUES = 100_000

Line = dict[str, Any]


def spoken_for(group: Group, lines: Iterator[Line | Unread], as_of: date) -> Iterator[Line | Unread]:
    """Lines of a group's sources with what stands around them taken into account."""
    marks = {told_place(path): decided for path, parts in group.around.items() if (decided := _said_by(parts, as_of)) is not None}
    sources = {told_place(source.place.path): source for source in group.sources}
    for line in lines:
        mark = None if isinstance(line, Unread) else marks.get(line["path"]) or marks.get("")
        # A caption that lists secret things is a dictionary's or a list of persons', too.
        if mark is not None and not isinstance(line, Unread) and (mark.code == "C" or line["role"] not in EXCLUDED):
            yield raised(line, mark, sources[line["path"]])
        else:
            yield line


def _said_by(parts: Sequence[tuple[PartKind, str]], as_of: date) -> Decision | None:
    """A mark, or a caption that calls the table a list of classified records."""
    decided = decide_document(parts, whole_text=True, as_of=as_of)
    if decided.code == "C":
        return decided
    spoken = [(kind, text) for kind, text in parts if "密" in text]
    suspected = decided.reason == "mark-before-paragraph" or any(
        lists_secrets(text) or (kind == "box" and hint_in_note(text)) or (kind == "property" and named_secret(text))
        for kind, text in spoken
    )
    return Decision("R", REASON) if suspected or _lists_more(parts) else None


def _lists_more(parts: Sequence[tuple[PartKind, str]]) -> bool:
    """Whether running text around a table holds further records, one of which has a level."""
    below, number = BelowHeads(), 0
    for kind, text in parts:
        number += kind == "line"
        if kind in ("line", "body") and (below.tells(text) or ((kind == "body" or number > FIRST_LINES) and line_has_level(text))):
            return True
    return False


def raised(line: Line, mark: Decision, source: Source) -> Line:
    """Where a record agrees with the mark, those without a level of their own are classified like it; where none does, all open ones are suspected."""
    counts, reasons, levels = dict(line["counts"]), dict(line["reasons"]), dict(line["levels"])
    agreed = counts["C"] > 0 and mark.code == "C"
    moved = min(counts["N"], _silent(line, source)) if agreed else counts["N"]
    counts["N"] -= moved
    counts["C" if agreed else "R"] += moved
    left = moved
    for reason in SETTLED:
        taken = min(left, reasons.get(reason, 0))
        reasons[reason] = reasons.get(reason, 0) - taken
        left -= taken
    reasons[REASON] = moved - left
    if agreed and moved:
        levels[mark.level or "?"] = levels.get(mark.level or "?", 0) + moved
    keys = _keys(line, source, "C" if agreed else "R", moved, blank=agreed)
    return {**line, "counts": counts, "reasons": _plain(reasons), "levels": levels, "keys": keys}


def _keys(line: Line, source: Source, code: str, moved: int, *, blank: bool) -> dict[str, list[str]]:
    """The line's record keys with those of the rows that were moved: whose level is open or blank, and that were nothing else before."""
    found = {name: list(keys) for name, keys in line["keys"].items()}
    names = [name for role in ("record_no", "level") if (name := _column(line, source, role))]
    if not moved or _column(line, source, "record_no") is None:
        return found
    others, mine = {key for keys in found.values() for key in keys}, found.setdefault(code, [])
    # Where every other record is known by its number, no level need be looked at.
    known = not blank and all(len(line["keys"].get(one, ())) == rows for one, rows in line["counts"].items() if one != "N")
    try:
        for row in source.rows(names):
            if len(mine) >= KEYS or moved <= 0:
                break
            told = plain(folded(row[1])) if len(row) > 1 and row[1] else None
            empty = len(row) < 2 or not (row[1] or "").strip()
            if not empty and not known and (blank or told is None or told.sense not in UNSPOKEN):
                continue
            key = safe_key(row[0])
            if key not in others:
                moved -= 1
                mine += [key] if key else []
    except ReachError:
        return found
    return dict(sorted(found.items()))


def _silent(line: Line, source: Source) -> int:
    """Rows whose secrecy cell is empty; all of them where there is no such column."""
    name = _column(line, source, "level")
    if name is None:
        return int(line["rows_total"])
    try:
        values = source.histogram(name, VALUES)
    except ReachError:
        return 0
    return 0 if isinstance(values, Absent) else sum(count for value, count in values.items() if not (value or "").strip())


def _column(line: Line, source: Source, role: str) -> str | None:
    """The column of a role, which a line may tell by its number."""
    shown, names = str(line["columns"].get(role, "")), [column.name for column in source.columns]
    return None if not shown else shown if shown in names else names[int(shown.removeprefix("#")) - 1]


def _plain(counter: Mapping[str, int]) -> dict[str, int]:
    return {name: number for name, number in sorted(counter.items()) if number}
