"""Texts whose columns are places in a line: a Chinese character takes two of them, or one where programs count characters.

Read as a printed page first, where nothing but gaps parts the columns; else cut where the names at the head begin. A text of which neither
is certain stays running text.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from itertools import pairwise

from scanner.collect.holdings.files import printed
from scanner.collect.holdings.files.broken import told
from scanner.collect.holdings.files.content import Content
from scanner.collect.holdings.files.encodings import encoding_of, text_of
from scanner.collect.holdings.files.headers import columns_of, names_columns
from scanner.collect.holdings.files.heads import ends
from scanner.collect.holdings.files.places import Page, Piece
from scanner.collect.holdings.files.table import Table
from scanner.collect.holdings.files.word import Part
from scanner.facts.holdings.labels import name_role
from scanner.facts.holdings.reading import Group

MOST, PRINTED = 8 * 1024 * 1024, 1024 * 1024
"""Bytes of a text that is held, and of one that is read as a page."""
LOOK = 40
"""Lines among which the names stand."""
SAMPLE = 200
"""Lines below them that show how places are counted."""
PITCH = 1.2
"""From one line to the next, in parts of the height of a character."""
FIT = 0.95
"""Share of lines that must be cut cleanly; the others are undecided."""
_RUN = re.compile(r"[^\s\u3000]+")
_WIDE = re.compile(
    r"[\u1100-\u115f\u2014-\u203b\u2160-\u217f\u2460-\u27bf\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe4f\uff00-\uff60\uffe0-\uffe6·×÷°§±]"
)
_RULE = re.compile(r"[\s\-=_─━—+]+")
Measure = Callable[[str], list[int]]


def read(content: Content) -> Group | None:
    """The list that a text is; None where it is none, or not for certain."""
    head = content.head()
    known = encoding_of(head)
    if known is None or content.size > MOST or not printed.may_be(text_of(head[:4096], known[0])):
        return None
    with told():
        data = content.head(MOST + 1)
    if len(data) > MOST:
        return None
    text = text_of(data[known[1] :], known[0]).replace("\r\n", "\n").replace("\r", "\n").replace("\x0c", "\n")
    lines = [line.rstrip() for line in text.split("\n")]
    if not any(map(_may_name, lines[:LOOK])) or any("\t" in line for line in lines[:LOOK]):
        return None
    for measure in sorted((by_width, by_count), key=lambda one: -_below_names(lines, one)):
        found = _as_page(content, lines, measure) if content.size <= PRINTED else None
        found = found or _cut(content, lines, measure)
        if found is not None:
            return found
    return None


def _may_name(line: str) -> bool:
    """Whether a line may hold the names of columns: most running text does not come so far."""
    return printed.may_be(line) and len(_RUN.findall(line)) > 2 and not any(sign in line for sign in "。，；")


def by_width(line: str) -> list[int]:
    """Places as a screen shows them."""
    places, at = [0], 0
    for char in line:
        at += 2 if _WIDE.match(char) else 1
        places.append(at)
    return places


def by_count(line: str) -> list[int]:
    """A place for each character."""
    return list(range(len(line) + 1))


def _below_names(lines: Sequence[str], measure: Measure) -> int:
    """How many texts begin right below a name, by which it shows how places are counted."""
    at = next((at for at, line in enumerate(lines[:LOOK]) if _names(line)), None)
    if at is None:
        return 0
    begins = {measure(lines[at])[run.start()] for run in _RUN.finditer(lines[at])}
    found = 0
    for line in lines[at + 1 : at + SAMPLE]:
        places = measure(line)
        found += sum(places[run.start()] in begins for run in _RUN.finditer(line))
    return found


def _as_page(content: Content, lines: Sequence[str], measure: Measure) -> Group | None:
    glyphs = []
    for number, line in enumerate(lines):
        places = measure(line)
        for run in _RUN.finditer(line):
            glyphs.append(Piece(float(places[run.start()]), float(places[run.end()]), number * PITCH, 1.0, run[0]))
    found = printed.read([Page(glyphs, shows=True)])
    if found is None or not found.grids:
        return None
    return Group(content.path, printed.sources(content, found.grids, whole=True), {"": tuple(printed.parts(found))})


def _cut(content: Content, lines: Sequence[str], measure: Measure) -> Group | None:
    """Cut where the names begin."""
    at = next((at for at, line in enumerate(lines[:LOOK]) if _names(line)), None)
    if at is None:
        return None
    names, begins = _RUN.findall(lines[at]), [measure(lines[at])[run.start()] for run in _RUN.finditer(lines[at])]
    level = [name_role(name) for name in names].index("level")
    rows: list[list[str | None]] = []
    unfit = 0
    for line in lines[at + 1 :]:
        if not line.strip() or line == lines[at] or _RULE.fullmatch(line):
            continue
        cells = _cells(line, measure(line), begins)
        if cells is None:
            unfit += 1
            # What cannot be cut is a record of which nothing can be told.
            cells = [line.strip() if column == level else None for column in range(len(begins))]
        elif ends([cells]) == 1 or (sum(cell is not None for cell in cells) < 2 and "密" not in line and not any(map(str.isdigit, line))):
            continue
        rows.append(cells)
    if not rows or unfit > (1 - FIT) * len(rows):
        return None
    above: tuple[Part, ...] = tuple(("line", line.strip()) for line in lines[:at] if line.strip())
    source = Table(content.place(), content.base, columns_of(names, len(names)), lambda: iter(rows), len(rows))
    return Group(content.path, (source,), {"": above})


def _names(line: str) -> bool:
    names = _RUN.findall(line)
    return len(names) > 2 and [name_role(name) for name in names].count("level") == 1 and names_columns(names)


def _cells(line: str, places: Sequence[int], begins: Sequence[int]) -> list[str | None] | None:
    """The cells of a line; None where a cut would go through a character or a word."""
    cuts = []
    for begin in begins:
        if begin >= places[-1]:
            cuts.append(len(line))
        elif begin in places:
            cuts.append(places.index(begin))
        else:
            return None
    if line[: cuts[0]].strip() or any(not _parted(line, one, cut) for one, cut in pairwise(cuts)):
        return None
    found = [line[one:other].strip(" \u3000") for one, other in pairwise([*cuts, len(line)])]
    return [cell or None for cell in found]


def _parted(line: str, begin: int, cut: int) -> bool:
    """Whether a cell ends at a cut: at a space, or as one word of other characters than those that follow."""
    if cut >= len(line) or cut == 0 or line[cut - 1].isspace() or line[cut].isspace():
        return True
    cell = line[begin:cut]
    return not cell[:1].isspace() and len(cell.split()) == 1 and (line[cut - 1] < "\u2000") != (line[cut] < "\u2000")
