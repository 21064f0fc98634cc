"""Catalogues as programs write them that are not met every day: pages under repeated names, columns beside each other, RTF, XML of 2003, saved pages."""

from __future__ import annotations

import email.message
import io
import json
from collections.abc import Callable, Sequence
from unicodedata import east_asian_width
from xml.sax.saxutils import escape

import xlsxwriter

from tests.collect.holdings.files import make

Cells = Sequence[Sequence[str]]
SHEETS = "urn:schemas-microsoft-com:office:spreadsheet"
PAGE = 12
"""Records of a printed page."""


def as_printed(names: Sequence[str], rows: Cells) -> bytes:
    """Every page under its caption and the names, with a sum and its number below."""
    lines: list[Sequence[str]] = []
    for start in range(0, len(rows), PAGE):
        page = rows[start : start + PAGE]
        lines += [["归档文件目录"], names, *page, ["", "本页小计", "", str(len(page))], ["", f"第{start // PAGE + 1}页"]]
    return _book([*lines, ["制表人：甲"]])


def as_beside(names: Sequence[str], rows: Cells) -> bytes:
    """Two columns of records on each page."""
    half = (len(rows) + 1) // 2
    right = [*rows[half:], *([[""] * len(names)] * (half * 2 - len(rows)))]
    return _book([[*names, "", *names], *([*one, "", *other] for one, other in zip(rows[:half], right, strict=True))])


def _book(rows: Cells) -> bytes:
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out)
    page = book.add_worksheet("目录")
    for at, row in enumerate(rows):
        page.write_row(at, 0, row)
    book.close()
    return out.getvalue()


def as_sheets_2003(names: Sequence[str], rows: Cells) -> bytes:
    """Empty cells left out, and the next one with its number."""
    lines = "".join(
        "<Row>"
        + "".join(f'<Cell ss:Index="{at}"><Data ss:Type="String">{escape(cell)}</Data></Cell>' for at, cell in enumerate(row, 1) if cell)
        + "</Row>"
        for row in (names, *rows)
    )
    head = '<?xml version="1.0"?><?mso-application progid="Excel.Sheet"?>'
    return f'{head}<Workbook xmlns="{SHEETS}" xmlns:ss="{SHEETS}"><Worksheet ss:Name="目录"><Table>{lines}</Table></Worksheet></Workbook>'.encode()


def as_saved_page(names: Sequence[str], rows: Cells) -> bytes:
    """A page in a message of one part that begins with MIME-Version."""
    lines = "".join("<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>" for row in (names, *rows))
    message = email.message.EmailMessage()
    message.set_content(f"<html><body><table>{lines}</table></body></html>", subtype="html", cte="base64")
    kept = [(name, value) for name, value in message.items() if name != "MIME-Version"]
    return ("MIME-Version: 1.0\n" + "".join(f"{name}: {value}\n" for name, value in kept) + "\n" + str(message.get_payload())).encode()


def rich(text: str) -> str:
    """Each character by its number, and its bytes for programs that do not know numbers."""
    return "".join(
        f"\\u{ord(char) - 65536 * (ord(char) > 32767)}" + "".join(f"\\'{byte:02x}" for byte in char.encode("gbk", "replace").rjust(2))
        if ord(char) > 127
        else char
        for char in text
    )


def as_rich(names: Sequence[str], rows: Cells) -> bytes:
    """A table of RTF."""
    edges = "".join(f"\\cellx{900 * (at + 1)}" for at in range(len(names)))
    lines = "".join(
        "\\trowd" + edges + "".join(f"\\pard\\intbl\\uc2 {rich(cell)}\\cell " for cell in row) + "\\row " for row in (names, *rows)
    )
    return f"{RICH}{lines}}}".encode("ascii")


RICH = "{\\rtf1\\ansi\\ansicpg936{\\fonttbl{\\f0\\fnil SimSun;}}{\\stylesheet{\\s0 Normal;}}"


def as_inner(names: Sequence[str], rows: Cells) -> bytes:
    """A table of Word within another one that lays out the page, and going on below it without names."""
    half = len(rows) // 2

    def table(lines: Cells) -> str:
        return (
            "<w:tbl>"
            + "".join("<w:tr>" + "".join(f"<w:tc>{make.paragraph(escape(cell))}</w:tc>" for cell in line) + "</w:tr>" for line in lines)
            + "</w:tbl>"
        )

    inner = table([names, *rows[:half]]) + make.paragraph("") + table(rows[half:])
    return make.docx(f"<w:tbl><w:tr><w:tc>{make.paragraph('移交目录')}{inner}{make.paragraph('')}</w:tc></w:tr></w:tbl>")


def _plain(rows: Cells) -> list[list[str]]:
    return [[" ".join(cell.split()) for cell in row] for row in rows]


def as_fields(names: Sequence[str], rows: Cells) -> bytes:
    """Every record field by field, one below the other."""
    return "\n".join("".join(f"{name}：{cell}\n" for name, cell in zip(names, row)) for row in _plain(rows)).encode("gb18030")


def as_framed(names: Sequence[str], rows: Cells) -> bytes:
    """Drawn frames around the cells."""
    cells = [list(names), *_plain(rows)]
    widths = [max(map(_columns, column)) // 2 * 2 + 2 for column in zip(*cells)]
    edge = "┼".join("─" * (width // 2) for width in widths)
    lines = ["│".join(cell + " " * (width - _columns(cell)) for cell, width in zip(row, widths)) for row in cells]
    return "".join(f"├{edge}┤\n│{line}│\n" for line in lines).encode("gb18030")


def _columns(text: str) -> int:
    return sum(2 if east_asian_width(char) in "WF" else 1 for char in text)


def as_columns_of_json(names: Sequence[str], rows: Cells) -> bytes:
    """An object for each column, in which each cell has the place of its row."""
    return json.dumps({name: {str(at): row[number] for at, row in enumerate(rows)} for number, name in enumerate(names)}).encode()


def as_rich_text(lines: Sequence[str]) -> bytes:
    """A document of RTF."""
    return (RICH + "".join(f"\\pard\\uc2 {rich(line)}\\par " for line in lines) + "}").encode("ascii")


Writer = Callable[[Sequence[str], Cells], bytes]
WRITERS: tuple[tuple[str, str, Writer], ...] = (
    ("printed.xlsx", "#目录", as_printed),
    ("beside.xlsx", "#目录", as_beside),
    ("of2003.xls", "#目录", as_sheets_2003),
    ("saved.mht", "!part1.html", as_saved_page),
    ("table.rtf", "", as_rich),
    ("inner.docx", "", as_inner),
    ("fields.txt", "", as_fields),
    ("framed.prn", "", as_framed),
    ("columns.json", "", as_columns_of_json),
)
"""Name, what stands behind it in the place of the catalogue, and who writes it."""
