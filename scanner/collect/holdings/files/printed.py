"""Lists printed into pages (PDF, OFD): cells are put under their heads by where they stand, so that an empty one shifts nothing.

Only what is certain is read as records: heads that name the level and the record, or those of a catalogue, columns that no text runs
across, and nothing below the heads that is left over and speaks of secrecy. Everything else stays a document.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial

from scanner.collect.holdings.files import catalogued
from scanner.collect.holdings.files.catalogued import is_counter
from scanner.collect.holdings.files.content import Content
from scanner.collect.holdings.files.headers import columns_of, names_columns
from scanner.collect.holdings.files.heads import ends, one_below_other, side_by_side
from scanner.collect.holdings.files.places import Line, Page, Piece, Rule, below, beside, lines_of, merged, told
from scanner.collect.holdings.files.ruled import rows_between
from scanner.collect.holdings.files.stretches import TOUCH, Stretch, codes_below, columns_below, over_lines, spans
from scanner.collect.holdings.files.table import Table
from scanner.collect.holdings.files.word import Part
from scanner.facts.holdings.belowheads import BelowHeads
from scanner.facts.holdings.documents import FIRST_LINES
from scanner.facts.holdings.labels import name_role
from scanner.facts.holdings.leftover import line_has_level

LOOK = 21
"""Pages among which the first list begins."""
MAX_PAGES = 1000
"""Pages of a list; what is on further ones is told to be missing."""
GAPS = (0.3, 1.0, 2.0, 4.0)
"""How far the characters of one head may be apart, in parts of their size."""
BELOW = 2.2
"""Lines of one record are not further apart than this, in parts of their size."""
LINES = 4
"""Lines of a record number in a narrow column, at most."""
FEW = 3
"""Cells of what is left of a record at the top of the next page are fewer, and those of a line that is no record."""
Row = list[str | None]
Grid = list[Row]
_LEVEL = re.compile(r"密\s*级|密\s*等|定\s*密|涉\s*密|保\s*密|(?i:\bmj\b|secre|level|classif)")
_RECORD = re.compile(r"题\s*名|档\s*号|标\s*题|文\s*件|案\s*卷|卷\s*名|(?i:title|\btm\b|\bdh\b)")
_DIGITS = re.compile(r"\d{1,6}[.、]?")
_DIGIT = re.compile(r"\d")
_GOES_ON = re.compile(r".*[-·./—]")
"""A record number that ends so goes on below."""


def may_be(text: str) -> bool:
    """Whether the text of a page may name the level and the record at the head of a list."""
    return _LEVEL.search(text) is not None and _RECORD.search(text) is not None


@dataclass(slots=True)
class Printed:
    """Lists of one document, and what stands around them."""

    grids: list[Grid] = field(default_factory=list)
    """Of each the names, and below them the records."""
    rest: list[tuple[int, str]] = field(default_factory=list)
    """Page and text of every other line."""
    whole: bool = True
    """False where a page has no text, or where there are more of them than are read."""
    codes: bool = False
    """Something that may be a code stands where levels do."""


def lists_of(text: str, pages: Callable[[], Iterable[Page]]) -> Printed | None:
    """The lists of a document of which this is the text: those that name the level, else those of catalogues. None where there is nothing to tell."""
    found = read(pages()) if may_be(text) else None
    if found is not None or not catalogued.may_be(text):
        return found
    return read(pages(), catalogues=True)


def read(pages: Iterable[Page], *, catalogues: bool = False) -> Printed | None:
    """The lists of a document's pages; without any where not all that stands below their heads is certain. None where there is nothing to tell.

    ``catalogues`` are lists, too, that name no level.
    """
    found = Printed()
    if not _read(pages, found, catalogues) or (catalogues and catalogued.doubtful_around(found.grids, found.rest)):
        found.grids.clear()
    return found if found.grids or found.codes else None


def _read(pages: Iterable[Page], found: Printed, catalogues: bool) -> bool:
    """Whether the lists could be read, for certain."""
    columns: list[Stretch] = []
    for number, page in enumerate(pages):
        if number >= (MAX_PAGES if found.grids else LOOK):
            found.whole = False
            break
        found.whole = found.whole and (bool(page.glyphs) or not page.shows)
        lines = lines_of(page.glyphs)
        heads = [(at, names) for at, line in enumerate(lines) if (names := _heads(line, catalogues)) is not None]
        begins = [at for at, _ in heads]
        above: Sequence[Line] = lines[: begins[0]] if begins else lines
        if found.grids and (goes_on := _goes_on(above, columns, page.rules, sure=not begins)) is None:
            return False
        if found.grids and goes_on is not None:
            rows, above = goes_on
            _add(found.grids[-1], rows)
        found.rest += [(number, told(line)) for line in above]
        for (at, names), until in zip(heads, [*begins[1:], len(lines)]):
            taller = over_lines(names, lines[at - 1] if at else [], lines[at + 1]) if at + 1 < until else None
            names, at = (names, at) if taller is None else (taller, at + 1)
            if catalogues and taller is not None and catalogued.speak_of_secrecy([one.text for one in taller]):
                return False
            found.codes = found.codes or codes_below(names, lines[at + 1 : until])
            read_here = _below(names, lines[at + 1 : until], [rule for rule in page.rules if rule.at > names[0].base])
            if read_here is None:
                return False
            columns, rows, rest = read_here
            found.rest += [(number, told(line)) for line in rest]
            named: Row = [column.name or None for column in columns]
            if not found.grids or found.grids[-1][0] != named:
                found.grids.append([named])
            _add(found.grids[-1], rows)
    return any(len(grid) > 1 for grid in found.grids) and not _left_over(found.rest)


def _left_over(rest: Sequence[tuple[int, str]]) -> bool:
    """Whether a line that is no record of the lists may be one all the same. What stands first may be a mark, and is said around them."""
    below = BelowHeads()
    return any(below.tells(text) or ((page or at >= FIRST_LINES) and line_has_level(text)) for at, (page, text) in enumerate(rest))


def _add(grid: Grid, rows: list[Row]) -> None:
    """Records below those that are there. The first one may be the end of the last one, on the page before."""
    if rows and len(grid) > 1 and len(list(filter(None, rows[0]))) < FEW and not catalogued.is_heading(rows[0], grid[0]):
        keys = [at for at, one in enumerate(grid[0]) if one and (name_role(one) == "record_no" or is_counter(one))] or [0, 1]
        numbered = any((cell := rows[0][at]) and _DIGIT.search(cell) for at in keys)
        if not numbered or any((cell := grid[-1][at]) and _GOES_ON.fullmatch(cell) for at in keys):
            grid[-1] = [below(one, other) if one and other else one or other for one, other in zip(grid[-1], rows.pop(0))]
    grid += rows


def _goes_on(
    lines: Sequence[Line], columns: Sequence[Stretch], rules: Sequence[Rule], *, sure: bool
) -> tuple[list[Row], Sequence[Line]] | None:
    """Records at the top of a page under the heads of the one before; None where something else there speaks of secrecy."""
    found = _records(lines, columns, rules)
    if found is None or found[0]:
        return found
    return None if sure and any(map(_may_be_record, lines)) else ([], lines)


def _heads(line: Line, catalogues: bool) -> list[Piece] | None:
    """The names of columns in a line, however their characters are stretched; None where they are not those of a list that is read."""
    best: tuple[int, list[Piece]] | None = None
    for gap in GAPS:
        cells = merged(line, gap)
        roles = [name_role(cell.text) for cell in cells]
        known = len([role for role in roles if role is not None])
        texts = [cell.text for cell in cells]
        named = (roles.count("level") == 1 or side_by_side(texts) is not None) and len(cells) > 2 and names_columns(texts)
        if (named or (catalogues and catalogued.names_catalogue(texts))) and (best is None or known > best[0]):
            best = known, cells
    return best[1] if best is not None else None


def _below(heads: Sequence[Piece], lines: Sequence[Line], rules: Sequence[Rule]) -> tuple[list[Stretch], list[Row], list[Line]] | None:
    """Columns, records and the lines that are none of them."""
    across = [line for line in lines if any(spans(piece, heads) for piece in line)]
    if any(len(merged(line, 1.0)) > 1 and not _is_end(line) for line in across):
        return None
    columns = columns_below(heads, [line for line in lines if line not in across and not _is_end(line)])
    if columns is not None and catalogued.without_level(columns) and not catalogued.certain(columns, heads, lines):
        return None
    found = _records(lines, columns, rules) if columns is not None else None
    return (columns, *found) if columns is not None and found is not None else None


def _records(lines: Sequence[Line], columns: Sequence[Stretch], rules: Sequence[Rule]) -> tuple[list[Row], list[Line]] | None:
    """Records of lines, and the lines that are none; None where one of those, below the first record, speaks of secrecy."""
    if not catalogued.without_level(columns):
        return _records_between(lines, columns, rules)
    return catalogued.by_sections(lines, columns, partial(_records_between, columns=columns, rules=rules))


def _records_between(lines: Sequence[Line], columns: Sequence[Stretch], rules: Sequence[Rule]) -> tuple[list[Row], list[Line]] | None:
    """The same below one heading."""
    placed = [_placed(line, columns) if not _is_end(line) else None for line in lines]
    begins = _anchors(placed, columns)
    found = _parted(lines, placed, columns, rules, begins)
    if found is None:
        found = _together(lines, placed, begins)
        if catalogued.without_level(columns) and not catalogued.surely_together(lines, placed, columns, begins, found[1]):
            return None
    rest = [lines[at] for at in found[1]]
    if begins and any(line[0].base > lines[begins[0]][0].base and _may_be_record(line) for line in rest):
        return None
    return found[0], rest


def _may_be_record(line: Line) -> bool:
    """Whether a line that is none of a list's records may be one all the same."""
    return not _is_end(line) and ("密" in told(line) or len(merged(line, 1.0)) >= FEW)


def _parted(
    lines: Sequence[Line], placed: Sequence[Row | None], columns: Sequence[Stretch], rules: Sequence[Rule], begins: Sequence[int]
) -> tuple[list[Row], list[int]] | None:
    """Records by the lines that are drawn between them; None where those are not many enough."""
    roles = [name_role(column.name) for column in columns]
    key = next((roles.index(role) for role in ("record_no", "title") if role in roles), 0)
    found = rows_between(lines, placed, columns, rules, key, roles.index("level") if "level" in roles else key)
    return found if found is not None and len(begins) <= LINES * len(found[0]) and not set(begins) & set(found[1]) else None


def _together(lines: Sequence[Line], placed: Sequence[Row | None], begins: Sequence[int]) -> tuple[list[Row], list[int]]:
    """Records by how near lines stand to the one with which each begins."""
    rows: dict[int, list[int]] = {at: [at] for at in begins}
    rest: list[int] = []
    bases = [lines[one][0].base for one in begins]
    for at, line in enumerate(lines):
        if at in rows:
            continue
        behind = bisect_left(bases, line[0].base)
        nearest = min(begins[max(0, behind - 1) : behind + 1], key=lambda one: abs(lines[one][0].base - line[0].base), default=None)
        if placed[at] is None or nearest is None or not _close(lines, nearest, at):
            rest.append(at)
        else:
            rows[nearest].append(at)
    return [_row([placed[at] or [] for at in sorted(rows[begin])]) for begin in begins], rest


def _placed(line: Line, columns: Sequence[Stretch]) -> Row | None:
    """The cells of a line by columns; None where something stands in none of them, or in two."""
    cells: Row = [None] * len(columns)
    for piece in line:
        slack = TOUCH * piece.size
        at = [number for number, one in enumerate(columns) if piece.left < one.right - slack and one.left < piece.right - slack]
        if len(at) != 1:
            return None
        cells[at[0]] = beside(cells[at[0]] or "", piece.text) if cells[at[0]] else piece.text
    return cells


def _anchors(placed: Sequence[Row | None], columns: Sequence[Stretch]) -> list[int]:
    """Lines with which a record begins: by its number in the list, else by its record number, else by holding several cells."""
    counted = next((at for at, one in enumerate(columns) if is_counter(one.name)), None)
    if counted is not None:
        found = [at for at, cells in enumerate(placed) if cells is not None and _DIGITS.fullmatch(cells[counted] or "") is not None]
        if found:
            return found
    numbered = next((at for at, one in enumerate(columns) if name_role(one.name) == "record_no"), None)
    if numbered is None:
        return [at for at, cells in enumerate(placed) if cells is not None and len([cell for cell in cells if cell]) > 1]
    found, before = [], ""
    for at, cells in enumerate(placed):
        number = (cells[numbered] or "") if cells is not None else ""
        if number and _DIGIT.search(number) is not None and _GOES_ON.fullmatch(before) is None:
            found.append(at)
        before = number or before
    return found


def _close(lines: Sequence[Line], begin: int, at: int) -> bool:
    """Whether no line between one and another is further from the next than those of a record are."""
    low, high = sorted((begin, at))
    steps = zip(lines[low:high], lines[low + 1 : high + 1])
    return all(under[0].base - over[0].base <= BELOW * max(over[0].size, under[0].size) for over, under in steps)


def _row(lines: Sequence[Sequence[str | None]]) -> Row:
    """The cells of a record's lines as one row."""
    row: Row = list(lines[0])
    for line in lines[1:]:
        row = [below(one, other) if one and other else one or other for one, other in zip(row, line)]
    return row


def _is_end(line: Line) -> bool:
    return ends([[piece.text for piece in merged(line, 1.0)]]) == 1


def parts(found: Printed) -> Iterator[Part]:
    """What stands around the lists."""
    for page, text in found.rest:
        if text.strip():
            yield ("line" if page == 0 else "body"), text.strip()


def sources(content: Content, grids: Sequence[Sequence[Sequence[str | None]]], body: str = "", *, whole: bool) -> tuple[Table, ...]:
    """Every list as a source."""
    return tuple(
        _source(content, grid, ".".join(filter(None, (body, f"table{number}" if len(grids) > 1 else ""))) or None, whole)
        for number, grid in enumerate((grid for grid in grids if len(grid) > 1), 1)
    )


def _source(content: Content, grid: Sequence[Sequence[str | None]], table: str | None, whole: bool) -> Table:
    names, rows = one_below_other(grid[0], grid[1:])
    columns = columns_of(names, len(names or ()))
    return Table(content.place(table, workbook=content.path), table or content.base, columns, lambda: iter(rows), len(rows), whole=whole)
