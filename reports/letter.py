"""An official letter (公文) as DOCX, after GB/T 9704: plain black head, number, title, addressee, text, lists, issuer and date.

Sizes and margins are the standard's: 37 mm above, 28 mm at the left, text 16 pt at 29 pt spacing, title 22 pt. The same letter gives the same bytes.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping, Sequence
from functools import cache
from importlib.resources import files
from typing import Any

from reports.ooxml import BAND, field, paragraph, run, widths, xml

WIDTH = 8845
"""Of the text, in twentieths of a point: 156 mm."""
_EPOCH = (1980, 1, 1, 0, 0, 0)
_W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
_R = 'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"'
_HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_MAIN = "application/vnd.openxmlformats-officedocument.wordprocessingml"
_PAGE = (
    '<w:sectPr><w:footerReference w:type="default" r:id="rId4"/><w:pgSz w:w="11906" w:h="16838"/>'
    '<w:pgMar w:top="2098" w:right="1474" w:bottom="1984" w:left="1587" w:header="851" w:footer="1400" w:gutter="0"/></w:sectPr>'
)
STYLES = {"body": "Body", "section": "Section", "note": "Note"}


def docx(letter: Mapping[str, Any], *, lang: str = "zh", marking: str | None = None) -> bytes:
    """The file. ``letter``: head, number, title, to, date, issuer; ``blocks``, each ``{"style", "text"}`` or ``{"caption", "head", "shares", "rows"}``;
    ``after``, blocks that stand below the date."""
    body = "".join(_body(letter, marking))
    parts = {
        "[Content_Types].xml": _types(),
        "_rels/.rels": _rels([("officeDocument", "word/document.xml"), ("metadata/core-properties", "docProps/core.xml")]),
        "docProps/core.xml": _core(letter, lang),
        "word/document.xml": f"{_HEAD}<w:document {_W} {_R}><w:body>{body}{_PAGE}</w:body></w:document>",
        "word/styles.xml": _template("letter", "styles.xml"),
        "word/settings.xml": _template("docx", "settings.xml"),
        "word/fontTable.xml": _template("docx", "fonts.xml"),
        "word/footer1.xml": _footer(marking),
        "word/_rels/document.xml.rels": _rels(
            [(name, f"{name}.xml") for name in ("styles", "settings", "fontTable")] + [("footer", "footer1.xml")]
        ),
    }
    return _zip({name: text.encode() for name, text in parts.items()})


def _body(letter: Mapping[str, Any], marking: str | None) -> list[str]:
    out = [paragraph(marking, "Mark")] if marking else []
    out += [paragraph(letter["head"], "Head"), paragraph(letter["number"], "Number"), paragraph(letter["title"], "Title")]
    out.append(paragraph(letter["to"], "Addressee"))
    out += [_block(one) for one in letter["blocks"]]
    out += [paragraph(letter["issuer"], "From"), paragraph(letter["date"], "Date")]
    return out + [_block(one) for one in letter.get("after", ())]


def _block(one: Mapping[str, Any]) -> str:
    return _table(one) if "rows" in one else paragraph(one["text"], STYLES[one["style"]])


def _table(one: Mapping[str, Any]) -> str:
    wide = widths(one["shares"], WIDTH)
    edges = "".join(
        f'<w:{edge} w:val="single" w:sz="4" w:space="0" w:color="000000"/>'
        for edge in ("top", "left", "bottom", "right", "insideH", "insideV")
    )
    look = f'<w:tblW w:w="{WIDTH}" w:type="dxa"/><w:jc w:val="center"/><w:tblBorders>{edges}</w:tblBorders><w:tblLayout w:type="fixed"/>'
    grid = "".join(f'<w:gridCol w:w="{width}"/>' for width in wide)
    rows = _row(one["head"], wide, "CellHead", "<w:tblHeader/>") + "".join(_row(row, wide, "Cell", "") for row in one["rows"])
    caption = paragraph(one["caption"], "Caption") if one.get("caption") else ""
    return f"{caption}<w:tbl><w:tblPr>{look}</w:tblPr><w:tblGrid>{grid}</w:tblGrid>{rows}</w:tbl>{paragraph('', 'Note')}"


def _row(cells: Sequence[Any], wide: Sequence[int], style: str, more: str) -> str:
    band = BAND if more else ""
    made = "".join(
        f'<w:tc><w:tcPr><w:tcW w:w="{width}" w:type="dxa"/>{band}<w:vAlign w:val="center"/></w:tcPr>{paragraph(str(cell), style)}</w:tc>'
        for cell, width in zip(cells, wide)
    )
    return f"<w:tr><w:trPr><w:cantSplit/>{more}</w:trPr>{made}</w:tr>"


def _footer(marking: str | None) -> str:
    """The page's number between dashes, as the standard asks; a marked letter repeats its mark."""
    mark = f"{run(marking)}{run('  ')}" if marking else ""
    return f'{_HEAD}<w:ftr {_W}><w:p><w:pPr><w:pStyle w:val="Footer"/></w:pPr>{mark}{run("— ")}{field("PAGE")}{run(" —")}</w:p></w:ftr>'


def _types() -> str:
    names = {"document": f"{_MAIN}.document.main", "styles": f"{_MAIN}.styles", "settings": f"{_MAIN}.settings"}
    names |= {"fontTable": f"{_MAIN}.fontTable", "footer1": f"{_MAIN}.footer"}
    parts = "".join(f'<Override PartName="/word/{name}.xml" ContentType="{kind}+xml"/>' for name, kind in names.items())
    return (
        f'{_HEAD}<Types xmlns="{_PACKAGE}/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        f'<Default Extension="xml" ContentType="application/xml"/>{parts}'
        '<Override PartName="/docProps/core.xml" ContentType="application/vnd.openxmlformats-package.core-properties+xml"/></Types>'
    )


def _rels(related: Sequence[tuple[str, str]]) -> str:
    rows = []
    for at, (kind, target) in enumerate(related, 1):
        base = f"{_PACKAGE}/relationships" if kind.startswith("metadata") else _OFFICE
        rows.append(f'<Relationship Id="rId{at}" Type="{base}/{kind}" Target="{target}"/>')
    return f'{_HEAD}<Relationships xmlns="{_PACKAGE}/relationships">{"".join(rows)}</Relationships>'


def _core(letter: Mapping[str, Any], lang: str) -> str:
    space = f'xmlns:cp="{_PACKAGE}/metadata/core-properties" xmlns:dc="http://purl.org/dc/elements/1.1/"'
    names = f"<dc:title>{xml(letter['title'])}</dc:title><dc:subject>{xml(letter['number'])}</dc:subject><dc:creator>shiqu</dc:creator>"
    return f"{_HEAD}<cp:coreProperties {space}>{names}<dc:language>{lang}</dc:language></cp:coreProperties>"


@cache
def _template(folder: str, name: str) -> str:
    return files("reports").joinpath("templates", folder, name).read_text("utf-8")


def _zip(parts: Mapping[str, bytes]) -> bytes:
    """A zip in which nothing tells when or where it was made."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, data in parts.items():
            entry = zipfile.ZipInfo(name, _EPOCH)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.create_system = 3
            entry.external_attr = 0o600 << 16
            archive.writestr(entry, data)
    return out.getvalue()
