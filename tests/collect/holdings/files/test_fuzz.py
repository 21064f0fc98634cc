"""Damaged files of every format: whatever is changed in them, the answer is rows, a document, or a reason."""

from __future__ import annotations

import gzip
import io
import random
import tarfile
from pathlib import Path

import openpyxl
import pytest
import xlwt

from scanner.errors import ReachError
from scanner.facts.holdings.reading import Document, Group
from tests.collect.holdings.files import make


def workbook() -> bytes:
    book, out = openpyxl.Workbook(), io.BytesIO()
    sheet = book.active
    assert sheet is not None
    for row in (make.HEAD, *make.ROWS):
        sheet.append(row)
    book.save(out)
    return out.getvalue()


def old_workbook() -> bytes:
    book, out = xlwt.Workbook(), io.BytesIO()
    sheet = book.add_sheet("a")
    for at, row in enumerate((make.HEAD, *make.ROWS)):
        for column, cell in enumerate(row):
            sheet.write(at, column, cell)
    book.save(out)
    return out.getvalue()


def tape() -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as archive:
        info = tarfile.TarInfo("a.csv")
        data = make.csv_text().encode()
        info.size = len(data)
        archive.addfile(info, io.BytesIO(data))
    return out.getvalue()


def seven() -> bytes:
    import py7zr

    out = io.BytesIO()
    with py7zr.SevenZipFile(out, "w") as archive:
        archive.writestr(make.csv_text(), "a.csv")
    return out.getvalue()


SAMPLES = Path(__file__).parent / "samples"
WHOLE = {
    "csv": lambda: make.csv_text().encode(),
    "xlsx": workbook,
    "xls": old_workbook,
    "docx": lambda: make.docx(make.paragraph("机", "密") + make.paragraph("正文")),
    "doc": lambda: make.doc("机密\r正文\r", "页眉\r"),
    "pdf": lambda: make.pdf(["机密"]),
    "ofd": lambda: make.ofd([(1, 1, "机密")]),
    "dbf": lambda: make.dbf([("a", "b", "c")] * 5),
    "json": lambda: b'[{"a": "1", "b": [1, {"c": null}]}, {"a": "\\u673a\\u5bc6"}]',
    "xml": lambda: "<t><r><a>1</a><b>机密</b></r><r><a>2</a><b/></r></t>".encode(),
    "html": lambda: b"<html><table><tr><td>a<td>b<tr><td>1<td>2</table></html>",
    "rtf": lambda: rb"{\rtf1 \'bb\'fa\u23494?\par x}",
    "sql": lambda: "CREATE TABLE `t` (\n `a` int,\n `b` text\n);\nINSERT INTO `t` VALUES (1,'机密'),(2,'x\\'y');\n".encode(),
    "copy": lambda: b"COPY t (a, b) FROM stdin;\n1\tx\n2\t\\N\n\\.\n",
    "zip": lambda: make.packed({"a.csv": make.csv_text(), "b.txt": "机密"}),
    "tar": tape,
    "gz": lambda: gzip.compress(make.csv_text().encode(), mtime=0),
    "7z": seven,
    "pgdump": lambda: (SAMPLES / "postgresql15.dump").read_bytes(),
}
ROUNDS = {"pgdump": 10, "7z": 40}


@pytest.mark.parametrize("kind", WHOLE)
def test_damaged(tmp_path: Path, kind: str) -> None:
    whole, chance, path = WHOLE[kind](), random.Random(kind), tmp_path / "a.dat"
    for _ in range(ROUNDS.get(kind, 120)):
        data = bytearray(whole)
        for _ in range(chance.randint(1, 6)):
            at = chance.randrange(len(data))
            change = chance.randrange(4)
            if change == 0:
                data[at] = chance.choice((0, 255, chance.randrange(256)))
            elif change == 1:
                del data[at : at + chance.randint(1, 40)]
            elif change == 2:
                data[at:at] = data[at : at + chance.randint(1, 40)]
            else:
                data[at : at + 4] = chance.randbytes(4)
            if not data:
                data = bytearray(b"x")
        path.write_bytes(data)
        assert read(path)


def read(path: Path) -> bool:
    """Whether anything at all was told."""
    try:
        items = make.found(path)
    except ReachError:
        return True
    for item in items:
        for source in item.sources if isinstance(item, Group) else ():
            try:
                list(source.rows([column.name for column in source.columns]))
            except ReachError:
                continue
        assert not isinstance(item, Document) or item.place.path
    return bool(items)
