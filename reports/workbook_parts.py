"""The fixed parts of a workbook: types, links, the list of sheets, print set-up, properties and cell formats."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from reports.inert import line

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_LINKS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml"

INKS: Mapping[str, tuple[str, str]] = {
    "good": ("FF1E6B3A", "FFE4F2E8"),
    "bad": ("FFA61B1B", "FFFBE5E5"),
    "open": ("FF8A5A00", "FFFFF3D6"),
    "person": ("FF4B3A8C", "FFECE8F8"),
    "quiet": ("FF5F6368", "FFF1F3F4"),
}
"""Ink and paper of coloured cells."""
STYLES = ("default", "head", "text", "flat", "number", *INKS)
"""Cell formats, by number."""


@dataclass(frozen=True, slots=True)
class Page:
    """What stands on every printed page."""

    top: str
    bottom: str


def letters(column: int) -> str:
    """``A`` for 0, ``AA`` for 26."""
    text = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        text = chr(65 + rest) + text
    return text


def escaped(text: str) -> str:
    """Text for an element or an attribute in double quotes."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace('"', "&quot;")


def print_setup(page: Page, width: int) -> str:
    """As few pages wide as can be read, and as long as it takes; A3 for what is wide."""
    top, bottom = (escaped(line(text).replace("&", "&&"))[:200] for text in (page.top, page.bottom))
    centre = f"&amp;C{top}" if top else ""
    left = f"&amp;L{bottom}" if bottom else ""
    return (
        '<pageMargins left="0.4" right="0.4" top="0.75" bottom="0.75" header="0.3" footer="0.3"/>'
        f'<pageSetup paperSize="{9 if width < 250 else 8}" orientation="landscape" fitToWidth="{pages_wide(width)}" fitToHeight="0"/>'
        f"<headerFooter><oddHeader>{centre}</oddHeader><oddFooter>{left}{centre}&amp;R&amp;P / &amp;N</oddFooter></headerFooter>"
    )


def pages_wide(width: int) -> int:
    """Pages beside each other for so many characters: more of them on one sheet of A3 are too small to read."""
    return max(1, round(width / 240))


def types() -> str:
    named = {
        "/xl/workbook.xml": f"{_TYPE}.sheet.main+xml",
        "/xl/styles.xml": f"{_TYPE}.styles+xml",
        "/xl/sharedStrings.xml": f"{_TYPE}.sharedStrings+xml",
        "/docProps/core.xml": "application/vnd.openxmlformats-package.core-properties+xml",
    }
    parts = "".join(f'<Override PartName="{name}" ContentType="{kind}"/>' for name, kind in named.items())
    kind = "application/vnd.openxmlformats-package.relationships+xml"
    return (
        f'{HEAD}<Types xmlns="{_PACKAGE}/content-types"><Default Extension="rels" ContentType="{kind}"/>'
        f'<Default Extension="xml" ContentType="{_TYPE}.worksheet+xml"/>{parts}</Types>'
    )


def links() -> str:
    return (
        f'{HEAD}<Relationships xmlns="{_PACKAGE}/relationships">'
        f'<Relationship Id="rId1" Type="{_LINKS}/officeDocument" Target="xl/workbook.xml"/>'
        f'<Relationship Id="rId2" Type="{_PACKAGE}/relationships/metadata/core-properties" Target="docProps/core.xml"/></Relationships>'
    )


def book(written: Sequence[tuple[str, int, int, int]]) -> str:
    """The list of sheets, each with name, columns, rows, and how many columns every printed page repeats."""
    sheets = "".join(f'<sheet name="{escaped(name)}" sheetId="{n}" r:id="rId{n}"/>' for n, (name, *_) in enumerate(written, 1))
    names = "".join(
        f'<definedName name="_xlnm._FilterDatabase" localSheetId="{n}" hidden="1">{_quoted(name)}!$A$1:${letters(columns - 1)}${rows}</definedName>'
        for n, (name, columns, rows, _) in enumerate(written)
    ) + "".join(
        f'<definedName name="_xlnm.Print_Titles" localSheetId="{n}">{_beside(name, kept)}{_quoted(name)}!$1:$1</definedName>'
        for n, (name, _, _, kept) in enumerate(written)
    )
    return (
        f'{HEAD}<workbook xmlns="{MAIN}" xmlns:r="{_LINKS}"><bookViews><workbookView activeTab="0"/></bookViews>'
        f"<sheets>{sheets}</sheets><definedNames>{names}</definedNames></workbook>"
    )


def _beside(name: str, kept: int) -> str:
    return f"{_quoted(name)}!$A:${letters(kept - 1)}," if kept else ""


def _quoted(name: str) -> str:
    return "'" + escaped(name.replace("'", "''")) + "'"


def book_links(sheets: int) -> str:
    targets = [("worksheet", f"worksheets/sheet{n}.xml") for n in range(1, sheets + 1)]
    targets += [("styles", "styles.xml"), ("sharedStrings", "sharedStrings.xml")]
    links = "".join(f'<Relationship Id="rId{n}" Type="{_LINKS}/{kind}" Target="{target}"/>' for n, (kind, target) in enumerate(targets, 1))
    return f'{HEAD}<Relationships xmlns="{_PACKAGE}/relationships">{links}</Relationships>'


def properties(created: str) -> str:
    return (
        f'{HEAD}<cp:coreProperties xmlns:cp="{_PACKAGE}/metadata/core-properties" xmlns:dc="http://purl.org/dc/elements/1.1/" '
        'xmlns:dcterms="http://purl.org/dc/terms/" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"><dc:creator>shiqu</dc:creator>'
        f'<dcterms:created xsi:type="dcterms:W3CDTF">{escaped(created)}</dcterms:created>'
        f'<dcterms:modified xsi:type="dcterms:W3CDTF">{escaped(created)}</dcterms:modified></cp:coreProperties>'
    )


def styles() -> str:
    """Cell formats in the order of ``STYLES``. Text keeps its quote prefix, so that editing a cell makes no formula of it."""
    face = '<name val="宋体"/><charset val="134"/>'
    fonts = [f'<font><sz val="10"/>{face}</font>', f'<font><b/><sz val="10"/><color rgb="FFFFFFFF"/>{face}</font>']
    fonts += [f'<font><b/><sz val="10"/><color rgb="{ink}"/>{face}</font>' for ink, _ in INKS.values()]
    papers = ["FF1F3A4D", *(paper for _, paper in INKS.values())]
    fills = '<fill><patternFill patternType="none"/></fill><fill><patternFill patternType="gray125"/></fill>' + "".join(
        f'<fill><patternFill patternType="solid"><fgColor rgb="{paper}"/><bgColor indexed="64"/></patternFill></fill>' for paper in papers
    )
    side = "".join(f'<{edge} style="thin"><color rgb="FFD0D7DE"/></{edge}>' for edge in ("left", "right", "top", "bottom"))
    borders = f"<border><left/><right/><top/><bottom/><diagonal/></border><border>{side}<diagonal/></border>"
    text = 'numFmtId="49" borderId="1" xfId="0" quotePrefix="1" applyNumberFormat="1" applyBorder="1" applyAlignment="1"'
    wrapped = '<alignment vertical="top" wrapText="1"/></xf>'
    formats = [
        '<xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0"/>',
        f'<xf {text} fontId="1" fillId="2" applyFont="1" applyFill="1">{wrapped}',
        f'<xf {text} fontId="0" fillId="0">{wrapped}',
        f'<xf {text} fontId="0" fillId="0"><alignment vertical="top"/></xf>',
        '<xf numFmtId="0" fontId="0" fillId="0" borderId="1" xfId="0" applyBorder="1" applyAlignment="1"><alignment vertical="top"/></xf>',
        *(f'<xf {text} fontId="{n + 2}" fillId="{n + 3}" applyFont="1" applyFill="1">{wrapped}' for n in range(len(INKS))),
    ]
    return (
        f'{HEAD}<styleSheet xmlns="{MAIN}"><fonts count="{len(fonts)}">{"".join(fonts)}</fonts>'
        f'<fills count="{len(papers) + 2}">{fills}</fills><borders count="2">{borders}</borders>'
        '<cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs>'
        f'<cellXfs count="{len(formats)}">{"".join(formats)}</cellXfs>'
        '<cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles></styleSheet>'
    )
