"""SYLK, in which old programs of offices exchanged sheets: one cell a line, by row and column."""

from __future__ import annotations

import re
from collections.abc import Iterator

from scanner.collect.holdings.files import cellbook
from scanner.collect.holdings.files.broken import told
from scanner.collect.holdings.files.content import Content
from scanner.collect.holdings.files.encodings import encoding_of, text_of
from scanner.errors import ReachError
from scanner.facts.holdings.reading import Found
from scanner.model.absent import Why

MAX_WIDTH, MAX_CELLS = 16_384, 2_000_000
_FIELD = re.compile(r";([A-Z])((?:\"(?:[^\"]|\"\")*\"|[^;]|;;)*)")


def sylk(content: Content) -> Iterator[Found]:
    """One sheet."""
    with told():
        data = content.whole()
        encoding = (encoding_of(data[: 256 * 1024]) or ("gb18030", 0))[0]
        rows = _rows(re.split(r"\r\n?|\n", text_of(data, encoding)))
    width = max(map(len, rows), default=0)
    full = [[*row, *[None] * (width - len(row))] for row in rows if any(row)]
    yield from cellbook.found(content, [cellbook.Sheet("sheet1", width, lambda: iter(full), list(zip(*full)))], [])


def _rows(lines: list[str]) -> list[list[str | None]]:
    found: dict[int, dict[int, str]] = {}
    row = column = 1
    for line in lines:
        # The format of a cell may be told first, and the place with it alone.
        if not line.startswith(("C;", "F;")):
            continue
        fields = dict(_FIELD.findall(line[1:]))
        row, column = int(fields.get("Y", row)), int(fields.get("X", column))
        value = fields.get("K", "").strip() if line[0] == "C" else ""
        if not value:
            continue
        if row < 1 or column < 1:
            raise ReachError(Why.GARBLED, "cell out of range")
        text = value[1:-1].replace('""', '"').replace(";;", ";") if value[0] == value[-1] == '"' else value
        cells = found.setdefault(row, {})
        # What is told twice of one cell is read twice: nothing goes unseen.
        cells[column] = f"{cells[column]}\n{text}" if column in cells else text
    if any(max(cells) > MAX_WIDTH for cells in found.values()) or sum(max(cells) for cells in found.values()) > MAX_CELLS:
        raise ReachError(Why.GARBLED, "column out of range")
    return [[cells.get(at) for at in range(1, max(cells) + 1)] for _, cells in sorted(found.items())]
