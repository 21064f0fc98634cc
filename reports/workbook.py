"""A workbook writer for registers: text and numbers only, rows streamed straight into the zip, the same input the same bytes.

There is no way to write a formula, a link or anything that loads: a cell is a shared string or a number. Why not a library:
docs/adr/0005-own-workbook-writer.md.
"""

from __future__ import annotations

import io
import math
import re
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate, islice

from reports import workbook_parts as parts
from reports.inert import line

MAX_ROWS = 1_048_576
"""Rows of one sheet, the head among them; more go on in a further sheet."""
MAX_TEXT = 32_000
"""Characters of one cell; the format's own limit is 32,767."""
MAX_LINES = 10
"""Lines that a row shows at most; its cell holds the rest."""
KEPT_WIDTH = 60
"""Characters of the first columns that are repeated on every page beside."""
_FLUSH = 4000
"""Rows that are joined before they are compressed."""

_ESCAPED_LIKE = re.compile("_(?=x[0-9A-Fa-f]+_)")
"""The format's escapes have four digits; LibreOffice takes any number of them (``sshd_disable_x11_forwarding``)."""

Cell = str | int | float | None

_NUMBER_OF = {name: number for number, name in enumerate(parts.STYLES)}


@dataclass(frozen=True, slots=True)
class Sheet:
    """One table to be written; long ones become several sheets."""

    name: str
    head: Sequence[str]
    widths: Sequence[int]
    rows: Iterable[Sequence[Cell]]
    """Read once."""
    inks: Mapping[int, Mapping[str, str]]
    """Column number to (text of the cell to name of :data:`parts.INKS`)."""
    wrap: bool = True
    """Whether long text breaks over lines; not in very long tables, where the reader's program would count for minutes."""


class _Strings:
    """Every different text once, as the format's shared strings."""

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}

    def number(self, text: str) -> int:
        return self._numbers.setdefault(text, len(self._numbers))

    def chunks(self) -> Iterable[str]:
        yield f'{parts.HEAD}<sst xmlns="{parts.MAIN}" uniqueCount="{len(self._numbers)}">'
        for text in self._numbers:
            yield f'<si><t xml:space="preserve">{_content(text)}</t></si>'
        yield "</sst>"


def write(sheets: Iterable[Sheet], page: parts.Page, created: str, max_rows: int = MAX_ROWS) -> bytes:
    """The whole file. ``created`` is a time in ISO 8601 with Z and stands in the properties."""
    stream, strings = io.BytesIO(), _Strings()
    written: list[tuple[str, int, int, int]] = []
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED, compresslevel=5) as package:
        # Sheets outnumber every other kind of part and their number is not known yet: they are the default.
        _part(package, "[Content_Types].xml", [parts.types()])
        for sheet in sheets:
            rows, part, more = iter(sheet.rows), 1, True
            while more:
                more = _sheet(package, sheet, rows, part, written, strings, page, max_rows)
                part += 1
        _part(package, "xl/workbook.xml", [parts.book(written)])
        _part(package, "xl/_rels/workbook.xml.rels", [parts.book_links(len(written))])
        _part(package, "xl/styles.xml", [parts.styles()])
        _part(package, "xl/sharedStrings.xml", strings.chunks())
        _part(package, "docProps/core.xml", [parts.properties(created)])
        _part(package, "_rels/.rels", [parts.links()])
    return stream.getvalue()


def _part(package: zipfile.ZipFile, name: str, chunks: Iterable[str]) -> None:
    entry = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
    entry.compress_type = zipfile.ZIP_DEFLATED
    with package.open(entry, "w", force_zip64=True) as part:
        batch: list[str] = []
        for chunk in chunks:
            batch.append(chunk)
            if len(batch) >= _FLUSH:
                part.write("".join(batch).encode("utf-8"))
                batch.clear()
        part.write("".join(batch).encode("utf-8"))


def _sheet(
    package: zipfile.ZipFile,
    sheet: Sheet,
    rows: Iterable[Sequence[Cell]],
    part: int,
    written: list[tuple[str, int, int, int]],
    strings: _Strings,
    page: parts.Page,
    max_rows: int,
) -> bool:
    """Write one part of a table; returns whether rows may be left."""
    count = 1
    mine = islice(rows, max_rows - 1)
    first = next(iter(mine), None)
    if first is None and part > 1:
        return False

    def chunks() -> Iterable[str]:
        nonlocal count
        yield _sheet_start(sheet, first_sheet=not written)
        yield _row(1, sheet.head, ["head"] * len(sheet.head), strings)
        plain = _NUMBER_OF["text" if sheet.wrap else "flat"]
        names = [parts.letters(column) for column in range(len(sheet.head))]
        for row in _with_first(first, mine):
            count += 1
            height = _height(row, sheet.widths) if sheet.wrap else ""
            yield f'<row r="{count}"{height}>{_cells(count, row, names, plain, sheet.inks, strings)}</row>'
        yield f'</sheetData><autoFilter ref="A1:{names[-1]}{count}"/>{parts.print_setup(page, sum(sheet.widths))}</worksheet>'

    _part(package, f"xl/worksheets/sheet{len(written) + 1}.xml", chunks())
    written.append((sheet.name if part == 1 else f"{sheet.name} {part}", len(sheet.head), count, _kept(sheet.widths)))
    return count == max_rows


def _kept(widths: Sequence[int]) -> int:
    """How many of the first columns every page repeats, when a row is printed over several."""
    if parts.pages_wide(sum(widths)) == 1:
        return 0
    return sum(total <= KEPT_WIDTH for total in accumulate(widths))


def _with_first(first: Sequence[Cell] | None, rest: Iterable[Sequence[Cell]]) -> Iterable[Sequence[Cell]]:
    if first is not None:
        yield first
        yield from rest


def _sheet_start(sheet: Sheet, first_sheet: bool) -> str:
    columns = "".join(f'<col min="{n}" max="{n}" width="{width}" customWidth="1"/>' for n, width in enumerate(sheet.widths, 1))
    selected = ' tabSelected="1"' if first_sheet else ""
    return (
        f'{parts.HEAD}<worksheet xmlns="{parts.MAIN}"><sheetPr><pageSetUpPr fitToPage="1"/></sheetPr><sheetViews><sheetView{selected} workbookViewId="0">'
        '<pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/><selection pane="bottomLeft"/></sheetView></sheetViews>'
        f'<sheetFormatPr defaultRowHeight="15"/><cols>{columns}</cols><sheetData>'
    )


def _row(number: int, cells: Sequence[str], styles: Sequence[str], strings: _Strings) -> str:
    found = "".join(
        f'<c r="{parts.letters(column)}{number}" s="{_NUMBER_OF[style]}" t="s"><v>{strings.number(text)}</v></c>'
        for column, (text, style) in enumerate(zip(cells, styles))
    )
    return f'<row r="{number}">{found}</row>'


def _cells(
    number: int, row: Sequence[Cell], letters: Sequence[str], plain: int, inks: Mapping[int, Mapping[str, str]], strings: _Strings
) -> str:
    found = []
    # In short tables an empty cell keeps its border.
    empty = f'{number}" s="{plain}"/>' if plain == _NUMBER_OF["text"] else ""
    middle = f'{number}" s="{plain}" t="s"><v>'
    for column, cell in enumerate(row):
        if cell is None or cell == "":
            if empty:
                found.append(f'<c r="{letters[column]}{empty}')
            continue
        if isinstance(cell, float) and not math.isfinite(cell):
            cell = str(cell)
        if not isinstance(cell, str):
            found.append(f'<c r="{letters[column]}{number}" s="4"><v>{cell!r}</v></c>')
        elif column in inks:
            style = _NUMBER_OF.get(inks[column].get(cell, ""), plain)
            found.append(f'<c r="{letters[column]}{number}" s="{style}" t="s"><v>{strings.number(cell)}</v></c>')
        else:
            found.append(f'<c r="{letters[column]}{middle}{strings.number(cell)}</v></c>')
    return "".join(found)


def _height(row: Sequence[Cell], widths: Sequence[int]) -> str:
    """Height for the longest text, since not every program works it out: Chinese characters are two wide."""
    lines = max((_lines(cell, width) for cell, width in zip(row, widths) if isinstance(cell, str)), default=1)
    return "" if lines == 1 else f' ht="{13.5 * min(lines, MAX_LINES):g}" customHeight="1"'


def _lines(text: str, width: int) -> int:
    if len(text) * 2 < width:
        return 1
    return -(-(len(text) + len(text.encode("utf-8", "replace"))) // (2 * max(width - 2, 1)))


def _content(text: str) -> str:
    """Text for an element: inert, cut to what a cell may hold, and free of the format's own escapes (``_x000D_``)."""
    if len(text) > MAX_TEXT // 2:
        # The format counts UTF-16 units, so a character may be two.
        text = text.encode("utf-16-le", "surrogatepass")[: 2 * MAX_TEXT].decode("utf-16-le", "ignore")
    return _ESCAPED_LIKE.sub("_x005F_", parts.escaped(line(text)))
