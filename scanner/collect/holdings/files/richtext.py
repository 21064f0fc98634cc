"""RTF: what its groups say, each where it stands; tables by their rows. Fonts, styles and pictures are no text."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from scanner.collect.holdings.files import wordtables
from scanner.collect.holdings.files.content import Content
from scanner.collect.holdings.files.encodings import text_of
from scanner.collect.holdings.files.word import FIRST_PAGE, Part
from scanner.facts.holdings.reading import Document, Group, PartKind

_TOKEN = re.compile(r"\\'([0-9a-fA-F]{2})|\\u(-?\d{1,6}) ?|\\([A-Za-z]+)(-?\d{1,9})? ?|\\([^A-Za-z])|([{}])|([^\\{}\r\n]+)")
"""A byte, a character, a word with its number, a sign, the edge of a group, or text."""
_SILENT = frozenset(
    """
    fonttbl colortbl stylesheet filetbl listtable listoverridetable revtbl rsidtbl generator xmlnstbl themedata colorschememapping datastore
    latentstyles pict fldinst bkmkstart bkmkend atnid atnauthor atntime atnref atndate objdata objclass objname objalias sn propname panose
    falt upr listtext pntext pntxta pntxtb mmathPr wgrffmtfilter ftnsep ftnsepc aftnsep aftnsepc private
    """.split()  # noqa: SIM905 - words, not a list to be read one by one
)
"""Groups whose text nobody reads."""
_KINDS: dict[str, PartKind] = {
    **dict.fromkeys(("header", "headerl", "headerr", "headerf"), "header"),
    **dict.fromkeys(("footer", "footerl", "footerr", "footerf"), "footer"),
    **dict.fromkeys(("shptxt", "dptxbxtext", "annotation", "sv"), "box"),
    **dict.fromkeys(("title", "subject", "keywords", "doccomm", "comment", "category", "operator", "author", "company", "manager", "staticval"), "property"),
    "footnote": "body",
}  # fmt: skip
_HOLDING = frozenset(
    ["shp", "shpinst", "shprslt", "do", "info", "userprops", "object", "result", "shppict", "shpgrp", "sp", "ud", "field", "fldrslt"]
)
"""Groups that hold others; what they say themselves is text where they stand."""
_ENDS = frozenset(["par", "sect", "page", "line", "column", "softline"])
_CHARS = {
    "emdash": "—",
    "endash": "–",
    "bullet": "•",
    "lquote": "‘",
    "rquote": "’",
    "ldblquote": "“",
    "rdblquote": "”",
    "emspace": " ",
    "enspace": " ",
}


@dataclass(frozen=True, slots=True)
class _Group:
    """What holds inside of the braces."""

    kind: PartKind | None = "line"
    """None where nothing is said."""
    beside: int = 1
    """Characters behind one that is told by its number, for programs that do not know it."""
    in_table: bool = False
    optional: bool = False
    """Its first word says what it is, and who does not know it leaves it out."""


@dataclass
class _Reading:
    """What was read so far."""

    group: _Group = field(default_factory=_Group)
    raw: bytearray = field(default_factory=bytearray)
    texts: dict[PartKind, list[str]] = field(default_factory=dict)
    """By kind, pieces of the paragraph that is being read."""
    left: int = 0
    """Characters that are still to be passed over."""
    parts: list[tuple[PartKind, str, int | None]] = field(default_factory=list)
    """In order; of rows also the table that they are of."""
    cells: list[str | None] = field(default_factory=list)
    going_on: list[bool] = field(default_factory=list)
    """Of each cell of the row whether it goes on with the one above."""
    goes_on: bool = False
    """The same of the cell whose edge comes next."""
    grids: list[wordtables.Grid] = field(default_factory=list)
    between: bool = True
    """Text came since the last row."""


def rich_text(content: Content) -> Iterator[Document | Group]:
    """Its catalogues, with the rest around them; one document where it has none."""
    reading = _read(content.whole().decode("latin-1"))
    lists = [at for at, rows in enumerate(reading.grids) if wordtables.is_catalogue(rows)]
    parts: list[Part] = [("name", content.base), *_parts(reading, lists)]
    if not lists:
        yield Document(content.place(), iter(parts))
        return
    grids = [reading.grids[at] for at in lists]
    above: list[Part] = [("line", text) for rows in grids for text in wordtables.above(rows)]
    yield Group(content.path, wordtables.sources(content, grids), {"": (*parts[1:], *above)})


def _parts(reading: _Reading, lists: list[int]) -> Iterator[Part]:
    """All but its catalogues."""
    number = 0
    for kind, text, grid in reading.parts:
        if grid not in lists or grid is None:
            number += kind == "line"
            yield ("body" if kind == "line" and number > FIRST_PAGE else kind), text
    for at, rows in enumerate(reading.grids):
        if at not in lists:
            yield from (("property", text) for text in wordtables.beside(rows))


def _read(source: str) -> _Reading:
    reading, above = _Reading(), list[_Group]()
    for found in _TOKEN.finditer(source):
        code, wide, word, number, sign, edge, run = found.groups("")
        if edge == "{":
            above.append(reading.group)
            reading.left = 0
        elif edge == "}":
            _close(reading, above.pop() if above else _Group())
        elif code:
            _byte(reading, int(code, 16))
        elif wide:
            _say(reading, chr(int(wide) % 65536))
            reading.left = reading.group.beside
        elif word:
            _word(reading, word, number)
        elif sign:
            _sign(reading, sign)
        else:
            _run(reading, run)
    _end(reading, "line")
    for kind in list(reading.texts):
        _end(reading, kind)
    return reading


def _close(reading: _Reading, outer: _Group) -> None:
    """The end of a group: what it says apart is said."""
    kind = reading.group.kind
    if kind is not None and kind != outer.kind:
        _end(reading, kind)
    _decode(reading)
    reading.group, reading.left = outer, 0


def _byte(reading: _Reading, value: int) -> None:
    if reading.left:
        reading.left -= 1
    elif reading.group.kind is not None:
        reading.raw.append(value)


def _run(reading: _Reading, run: str) -> None:
    passed = min(reading.left, len(run))
    reading.left -= passed
    if run := run[passed:]:
        _say(reading, run)


def _say(reading: _Reading, text: str) -> None:
    if reading.group.kind is None:
        return
    if _is_half(reading.raw) or any("\x80" <= char <= "\xff" for char in text):
        # The second byte of a character may be a letter.
        reading.raw += text.encode("latin-1", "replace")
        return
    _decode(reading)
    reading.texts.setdefault(reading.group.kind, []).append(text)


def _is_half(raw: bytearray) -> bool:
    at = 0
    while at < len(raw):
        at += 2 if raw[at] > 0x80 else 1
    return at > len(raw)


def _decode(reading: _Reading) -> None:
    if reading.raw and reading.group.kind is not None:
        reading.texts.setdefault(reading.group.kind, []).append(text_of(bytes(reading.raw), "gb18030"))
    reading.raw.clear()


def _sign(reading: _Reading, sign: str) -> None:
    if sign == "*":
        reading.group = replace(reading.group, optional=True)
    elif sign in "\\{}":
        _run(reading, sign)
    elif sign in "~_":
        _run(reading, " " if sign == "~" else "-")
    elif sign in "\r\n":
        _word(reading, "par", "")


def _word(reading: _Reading, word: str, number: str) -> None:
    group = reading.group
    if reading.left and word not in _KINDS and not group.optional:
        reading.left -= 1
        return
    if word in _SILENT or (group.optional and word not in _KINDS and word not in _HOLDING):
        _decode(reading)
        reading.group = replace(group, kind=None, optional=False)
    elif group.kind is None and word != "ud":
        return
    elif word in _KINDS and (word not in _WORDS_OF_TEXT or group.kind == "property" or group.optional):
        _decode(reading)
        reading.group = replace(group, kind=_KINDS[word], optional=False)
    elif word == "info":
        reading.group = replace(group, kind="property")
    elif word in _HOLDING:
        reading.group = replace(group, optional=False, kind=group.kind or "line")
    elif word == "uc":
        reading.group = replace(group, beside=max(0, int(number or 1)))
    else:
        _laid_out(reading, word)


_WORDS_OF_TEXT = frozenset(["title", "subject", "keywords", "doccomm", "comment", "category", "operator", "author", "company", "manager"])
"""Kinds that are told within the information about a document alone."""


def _laid_out(reading: _Reading, word: str) -> None:
    """Paragraphs, cells and rows."""
    group = reading.group
    if word in _CHARS:
        _say(reading, _CHARS[word])
    elif word in ("tab", "nestcell", "nestrow"):
        _say(reading, "\t")
    elif word in ("pard", "intbl"):
        reading.group = replace(group, in_table=word == "intbl")
    elif word == "trowd":
        reading.going_on = []
    elif word == "clvmrg":
        reading.goes_on = True
    elif word == "cellx":
        # A cell is made by its right edge; what is said of it comes before.
        reading.going_on.append(reading.goes_on)
        reading.goes_on = False
    elif word == "cell" and group.kind == "line":
        _decode(reading)
        reading.cells.append("".join(reading.texts.pop("line", ())).strip() or None)
    elif word == "row":
        _row(reading)
    elif word in _ENDS and group.kind is not None:
        if group.in_table and group.kind == "line":
            _say(reading, "\n")
        else:
            _end(reading, group.kind)


def _row(reading: _Reading) -> None:
    row, reading.cells = reading.cells, []
    if not any(row):
        return
    if reading.between or not reading.grids:
        reading.grids.append([])
    last = reading.grids[-1][-1] if reading.grids[-1] else []
    reading.grids[-1].append([
        last[at] if cell is None and at < len(reading.going_on) and reading.going_on[at] and at < len(last) else cell for at, cell in enumerate(row)
    ])  # fmt: skip
    reading.parts.append(("line", "\t".join(cell or "" for cell in row), len(reading.grids) - 1))
    reading.between = False


def _end(reading: _Reading, kind: PartKind) -> None:
    _decode(reading)
    text = "".join(reading.texts.pop(kind, ())).strip()
    if text:
        reading.between = reading.between or kind == "line"
        reading.parts += [(kind, line.strip(), None) for line in text.split("\n") if line.strip()]
