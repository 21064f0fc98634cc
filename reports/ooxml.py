"""Pieces of WordprocessingML: runs, paragraphs, tables, fields, pictures. Every text goes through :func:`xml` and stands in ``w:t``."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from reports.document.breaks import HYPHEN, divided
from reports.document.model import Column, Content, Facts, Figure, Row, Table, plain, tidy

WIDTH = 9411
"""Of the text, in twentieths of a point."""
CHARACTER = 171
"""A wide character of a table, in twentieths of a point."""
SOFT = '</w:t><w:softHyphen/><w:t xml:space="preserve">'
EMU = 635
"""English metric units in a twentieth of a point."""
BAND = '<w:shd w:val="clear" w:color="auto" w:fill="EEF1F3"/>'
COLOURS = {
    **dict.fromkeys(("unmet", "noncompliant", "confirmed", "critical", "不符合"), "8C1D18"),
    **dict.fromkeys(("partial", "suspected", "medium", "基本符合", "awaits-person", "scan_clean_only"), "8A5A00"),
    **dict.fromkeys(("unknown", "insufficient", "not_tested"), "43489A"),
    **dict.fromkeys(("met", "compliant", "cleared", "符合"), "1F6B45"),
    "high": "A8431B",
}
_EDGES = ("top", "left", "bottom", "right", "insideH", "insideV")


def xml(text: str) -> str:
    """Text for an element or an attribute."""
    return escape(tidy(text))


def run(text: str, style: str = "", colour: str = "", wide: int = 0) -> str:
    """Text in one look; in a column so wide that long words may have to be divided."""
    look = f'<w:rStyle w:val="{style}"/>' if style else ""
    look += f'<w:color w:val="{colour}"/>' if colour else ""
    shown = _hyphenated(text, wide) if wide else f'<w:t xml:space="preserve">{xml(text)}</w:t>'
    return f"<w:r>{f'<w:rPr>{look}</w:rPr>' if look else ''}{shown}</w:r>"


def paragraph(text: str, style: str, kept: bool = False) -> str:
    """A paragraph of one run; ``kept`` on the page of what follows it."""
    with_next = "<w:keepNext/>" if kept else ""
    return f'<w:p><w:pPr><w:pStyle w:val="{style}"/>{with_next}</w:pPr>{run(text)}</w:p>'


def _hyphenated(text: str, wide: int) -> str:
    """The runs of a cell so wide: words that are too long for it may be divided."""
    parts = divided(tidy(text), wide / CHARACTER - 1)
    return f'<w:t xml:space="preserve">{escape(parts).replace(HYPHEN, SOFT)}</w:t>'


def heading(text: str, level: int, number: int, on_new_page: bool = False) -> str:
    """A title with a bookmark that the contents lead to."""
    mark = f'<w:bookmarkStart w:id="{number}" w:name="_Toc{number:06d}"/>'
    start = "<w:pageBreakBefore/>" if on_new_page else ""
    return f'<w:p><w:pPr><w:pStyle w:val="Heading{level}"/>{start}</w:pPr>{mark}{run(text)}<w:bookmarkEnd w:id="{number}"/></w:p>'


def field(code: str, shown: str = "1", dirty: bool = False) -> str:
    """A field whose code is one of ours, never from data."""
    stale = ' w:dirty="true"' if dirty else ""
    return (
        f'<w:r><w:fldChar w:fldCharType="begin"{stale}/></w:r><w:r><w:instrText xml:space="preserve"> {code} </w:instrText></w:r>'
        f'<w:r><w:fldChar w:fldCharType="separate"/></w:r><w:r><w:t>{shown}</w:t></w:r><w:r><w:fldChar w:fldCharType="end"/></w:r>'
    )


def contents(title: str, entries: Sequence[tuple[int, int, str]], note: str, on_new_page: bool = False) -> str:
    """The table of contents: a line per title that leads to it, its page number a field of its own.

    No field around all of it: LibreOffice takes what such a field holds as dead text, and the numbers that only a layout can tell stay empty.
    Single fields it works out on opening, and Word when it prints.
    """
    rows = []
    for number, level, text in entries:
        page = field(f"PAGEREF _Toc{number:06d} \\h", "", dirty=True)
        link = f'<w:hyperlink w:anchor="_Toc{number:06d}" w:history="1">{run(text)}<w:r><w:tab/></w:r>{page}</w:hyperlink>'
        rows.append(f'<w:p><w:pPr><w:pStyle w:val="TOC{level}"/></w:pPr>{link}</w:p>')
    start = "<w:pageBreakBefore/>" if on_new_page else ""
    head = f'<w:p><w:pPr><w:pStyle w:val="TOCHeading"/>{start}</w:pPr>{run(title)}</w:p>'
    return f"{head}{''.join(rows)}{paragraph(note, 'Note')}"


def gap() -> str:
    """A little room behind a table; without it two tables would become one."""
    return '<w:p><w:pPr><w:pStyle w:val="Gap"/></w:pPr></w:p>'


def widths(shares: Sequence[float], whole: int = WIDTH) -> list[int]:
    """Whole widths that add up."""
    total = sum(shares)
    found = [int(whole * share / total) for share in shares]
    found[-1] += whole - sum(found)
    return found


def _frame(
    columns: Sequence[int], inner: str, edges: Sequence[str] = _EDGES, line: str = "single", size: int = 4, colour: str = "9AA3AB"
) -> str:
    borders = "".join(
        f'<w:{edge} w:val="{line if edge in edges else "nil"}" w:sz="{size}" w:space="0" w:color="{colour}"/>' for edge in _EDGES
    )
    grid = "".join(f'<w:gridCol w:w="{width}"/>' for width in columns)
    look = f'<w:tblW w:w="{sum(columns)}" w:type="dxa"/><w:tblBorders>{borders}</w:tblBorders><w:tblLayout w:type="fixed"/>'
    return f"<w:tbl><w:tblPr>{look}</w:tblPr><w:tblGrid>{grid}</w:tblGrid>{inner}</w:tbl>"


def _cell(width: int, inner: str, more: str = "") -> str:
    return f'<w:tc><w:tcPr><w:tcW w:w="{width}" w:type="dxa"/>{more}</w:tcPr>{inner}</w:tc>'


def _content(cell: Content, style: str, wide: int = 0) -> str:
    look = colour = ""
    if not isinstance(cell, str):
        look = "Code" if cell.mono else "Emphatic" if cell.strong or cell.tone else ""
        colour = COLOURS.get(cell.tone, "")
    return f'<w:p><w:pPr><w:pStyle w:val="{style}"/></w:pPr>{run(plain(cell), look, colour, wide)}</w:p>'


def _row(row: Row, columns: Sequence[Column], wide: Sequence[int]) -> str:
    if len(row) == 1 and len(columns) > 1:
        band = _cell(sum(wide), _content(row[0], "CellNameKept"), f'<w:gridSpan w:val="{len(columns)}"/>{BAND}')
        return f"<w:tr><w:trPr><w:cantSplit/></w:trPr>{band}</w:tr>"
    cells = "".join(
        _cell(width, _content(cell, "CellNumber" if column.numbers else "Cell", width)) for cell, column, width in zip(row, columns, wide)
    )
    # A row of ordinary length stays whole; a very long one may break, or it would leave half a page empty.
    whole = "<w:trPr><w:cantSplit/></w:trPr>" if sum(len(plain(cell)) for cell in row) < 900 else ""
    return f"<w:tr>{whole}{cells}</w:tr>"


def table(one: Table) -> str:
    """A table with a head that is repeated on every page."""
    wide = widths([column.width for column in one.columns])
    head = "".join(
        _cell(width, _content(column.head, "CellHead", width), f'{BAND}<w:vAlign w:val="center"/>')
        for column, width in zip(one.columns, wide)
    )
    rows = "".join(_row(row, one.columns, wide) for row in one.rows)
    caption = paragraph(one.caption, "Caption") if one.caption else ""
    return f"{caption}{_frame(wide, f'<w:tr><w:trPr><w:cantSplit/><w:tblHeader/></w:trPr>{head}</w:tr>{rows}')}"


def table_of_facts(one: Facts) -> str:
    """Names and values, one or two a row."""
    pairs = list(one.rows) + ([("", "")] if one.narrow and len(one.rows) % 2 else [])
    wide = widths([1, 2, 1, 2] if one.narrow else [1, 4])
    style, names = ("CellKept", "CellNameKept") if one.together else ("Cell", "CellName")
    step = 2 if one.narrow else 1
    rows = []
    for at in range(0, len(pairs), step):
        cells = ""
        for offset, (name, value) in enumerate(pairs[at : at + step]):
            cells += _cell(wide[2 * offset], paragraph(name, names), f'{BAND}<w:vAlign w:val="center"/>')
            cells += _cell(wide[2 * offset + 1], _content(value, style))
        rows.append(f"<w:tr><w:trPr><w:cantSplit/></w:trPr>{cells}</w:tr>")
    return _frame(wide, "".join(rows))


def text_box(label: str, lines: int, blank: str) -> str:
    """Room for a person to write in."""
    inner = paragraph(label, "CellName") + "<w:p/>" * lines + paragraph(blank, "CellNumber")
    return _frame([WIDTH], f"<w:tr><w:trPr><w:cantSplit/></w:trPr>{_cell(WIDTH, inner)}</w:tr>", line="dashed", size=6, colour="5A646E")


def signatures(rows: Sequence[tuple[str, str]]) -> str:
    """Lines to sign on."""
    wide = widths([2, 3, 3])
    made = ""
    for label, beside in rows:
        cells = _cell(wide[0], paragraph(label, "CellName"), '<w:vAlign w:val="bottom"/>') + _cell(wide[1], "<w:p/>")
        cells += _cell(wide[2], paragraph(beside, "CellNumber"), '<w:vAlign w:val="bottom"/>')
        made += f'<w:tr><w:trPr><w:cantSplit/><w:trHeight w:val="620" w:hRule="atLeast"/></w:trPr>{cells}</w:tr>'
    return _frame(wide, made, ("top", "bottom", "insideH"))


def picture(one: Figure, number: int, relation: str) -> str:
    """A picture in the line, with its caption as the text for those who cannot see it."""
    across = int(WIDTH * one.share) * EMU
    down = int(across * one.drawing.height / one.drawing.width)
    name = f'id="{number}" name="picture {number}" descr="{xml(one.caption)}"'
    space = "http://schemas.openxmlformats.org/drawingml/2006"
    inner = (
        f'<pic:pic xmlns:pic="{space}/picture"><pic:nvPicPr><pic:cNvPr {name}/><pic:cNvPicPr/></pic:nvPicPr>'
        f'<pic:blipFill><a:blip r:embed="{relation}"/><a:stretch><a:fillRect/></a:stretch></pic:blipFill>'
        f'<pic:spPr><a:xfrm><a:off x="0" y="0"/><a:ext cx="{across}" cy="{down}"/></a:xfrm><a:prstGeom prst="rect"><a:avLst/></a:prstGeom></pic:spPr></pic:pic>'
    )
    graphic = f'<a:graphic xmlns:a="{space}/main"><a:graphicData uri="{space}/picture">{inner}</a:graphicData></a:graphic>'
    line = (
        f'<wp:inline distT="0" distB="0" distL="0" distR="0"><wp:extent cx="{across}" cy="{down}"/><wp:docPr {name}/>{graphic}</wp:inline>'
    )
    return f'<w:p><w:pPr><w:pStyle w:val="Figure"/></w:pPr><w:r><w:drawing>{line}</w:drawing></w:r></w:p>'
