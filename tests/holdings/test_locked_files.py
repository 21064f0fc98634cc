"""Files that a password keeps closed: told by name, and one record each that nobody can decide, so that no count over them is clean."""

from __future__ import annotations

import io
import struct
import subprocess
import zipfile
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import py7zr
import pytest
import xlwt

from scanner.facts.holdings.reading import Unread
from tests.collect.holdings.files import make
from tests.holdings.test_left_over import HEADS, ROWS, answers, said

LOCKED = Counter(U=1, unread=1)
KEY = "k-77"


def closed_pdf(folder: Path, reader: str) -> bytes:
    plain, locked = folder / "plain.pdf", folder / "locked.pdf"
    plain.write_bytes(make.pdf(["机密★10年", "会议"]))
    subprocess.run(["qpdf", "--encrypt", reader, KEY, "256", "--", str(plain), str(locked)], check=True)
    return locked.read_bytes()


def seven(names: bool) -> bytes:
    """Closed with its members' names in sight, or with them."""
    out = io.BytesIO()
    with py7zr.SevenZipFile(out, "w", password=KEY, header_encryption=names) as archive:
        archive.writestr(make.csv_text(), "a.csv")
        archive.writestr(make.csv_text(), "b.csv")
    return out.getvalue()


def flagged_zip() -> bytes:
    """A member that says that it is closed beside one that is not."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as package:
        package.writestr("a.csv", make.csv_text())
        package.writestr("b.csv", make.csv_text())
    data = bytearray(out.getvalue())
    for mark, at in ((b"PK\3\4", 6), (b"PK\1\2", 8)):
        data[data.find(mark) + at] |= 1
    return bytes(data)


def old_book(how: int) -> bytes:
    """An xls that says right at its beginning how it is closed."""
    out, book = io.BytesIO(), xlwt.Workbook()
    page = book.add_sheet("目录")
    for at, row in enumerate([HEADS, *ROWS]):
        for column, cell in enumerate(row):
            page.write(at, column, cell)
    book.save(out)
    import olefile

    with olefile.OleFileIO(io.BytesIO(out.getvalue())) as file:
        stream = file.openstream("Workbook").read()
    first = 4 + struct.unpack_from("<H", stream, 2)[0]
    body = bytes([how, 0]) + b"\x12\x34\x56\x78"
    return make.compound({"Workbook": stream[:first] + struct.pack("<HH", 0x2F, len(body)) + body + stream[first:]})


def old_document() -> bytes:
    data = bytearray(make.doc("机密★10年\r会议\r"))
    at = data.find(b"\xec\xa5")
    data[at + 11] |= 1
    return bytes(data)


def office() -> bytes:
    return make.compound({"EncryptedPackage": b"x" * 5000, "EncryptionInfo": b"y"})


def wholly_closed() -> bytes:
    """As offices close an OpenDocument of late: all of it is one part that is not to be read."""
    manifest = '<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"><manifest:file-entry manifest:full-path="encrypted-package"/></manifest:manifest>'
    mimetype = "application/vnd.oasis.opendocument.spreadsheet"
    return make.packed({"mimetype": mimetype, "encrypted-package": bytes(range(256)) * 9, "META-INF/manifest.xml": manifest})


def partly_closed() -> bytes:
    manifest = '<m:manifest xmlns:m="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"><m:file-entry m:full-path="content.xml"><m:encryption-data/></m:file-entry></m:manifest>'
    mimetype = "application/vnd.oasis.opendocument.spreadsheet"
    return make.packed({"mimetype": mimetype, "content.xml": bytes(range(256)) * 9, "META-INF/manifest.xml": manifest})


FILES: dict[str, tuple[Callable[[], bytes], Counter[str]]] = {
    "a.7z": (lambda: seven(names=False), Counter(U=2, unread=2)),
    "names.7z": (lambda: seven(names=True), LOCKED),
    "a.zip": (flagged_zip, Counter(U=1, unread=1, C=1, N=2)),
    "a.rar": (lambda: b"Rar!\x1a\x07\x01\x00" + bytes(64), LOCKED),
    "old.rar": (lambda: b"Rar!\x1a\x07\x00" + bytes(64), LOCKED),
    "a.docx": (office, LOCKED),
    "a.xlsb": (office, LOCKED),
    "plain.xls": (lambda: old_book(0), LOCKED),
    "strong.xls": (lambda: old_book(1), LOCKED),
    "a.doc": (old_document, LOCKED),
    "whole.ods": (wholly_closed, LOCKED),
    "a.ods": (partly_closed, LOCKED),
    "deep.zip": (lambda: make.packed({"x/a.docx": office()}), LOCKED),
}  # fmt: skip


@pytest.mark.parametrize("name", FILES)
def test_a_closed_file(name: str, tmp_path: Path) -> None:
    made, wanted = FILES[name]
    found = answers(tmp_path / "root" / name, made())
    assert said(found) == wanted
    told = {line["path"] for line in found if not isinstance(line, Unread) and line["counts"]["U"]}
    assert told == {line.place.path for line in found if isinstance(line, Unread)}


def test_a_closed_pdf(tmp_path: Path) -> None:
    assert said(answers(tmp_path / "root/a.pdf", closed_pdf(tmp_path, KEY))) == LOCKED


def test_a_pdf_that_is_closed_to_changes_only(tmp_path: Path) -> None:
    assert said(answers(tmp_path / "root/a.pdf", closed_pdf(tmp_path, ""))) == Counter(C=1)


def test_a_closed_file_called_after_a_level_is_suspected(tmp_path: Path) -> None:
    assert said(answers(tmp_path / "root/机密_名单.docx", office())) == Counter(R=1, unread=1)
