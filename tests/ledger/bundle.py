"""A sealed run of every kind of file, for tests: result, shelf, reports, and the seal over them."""

from __future__ import annotations

import io
import json
import struct
import zipfile
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

import xlsxwriter

from reports.html import render
from scanner.cli.output import render as render_any
from scanner.ledger import pdf
from scanner.ledger.keys import PrivateKey, new_key
from scanner.ledger.seal import bindings, make
from scanner.ledger.shelf import Shelf, write_shelf
from scanner.ledger.statement import PARTS, pack, unpack
from scanner.ledger.store import Store
from scanner.ledger.trust import Pin, Trust
from scanner.model.canonical import canonical_unchecked, strict_loads
from scanner.model.evidence import Evidence
from tests.golden.make_result import small

UNIT = "330100-001"
TIME = "2026-11-25T08:00:00Z"
SEAL = "result.json.seal"


@cache
def key(algorithm: str = "ed25519", number: int = 0) -> PrivateKey:
    """The unit's key, or with another number somebody else's."""
    return new_key(algorithm, UNIT)


def trust(*keys: PrivateKey, unit: str | None = UNIT) -> Trust:
    """Whose keys count."""
    return Trust(tuple(Pin("unit", one.public.pem.decode(), unit) for one in keys))


def table(sheet: str = "发现", cell: str = "不符合") -> bytes:
    """A workbook with thirty rows."""
    held = io.BytesIO()
    book = xlsxwriter.Workbook(held, {"in_memory": True})
    book.set_properties({"created": datetime(2026, 1, 1)})
    page = book.add_worksheet(sheet)
    for row in range(30):
        page.write_row(row, 0, [f"L3-8.1.4.{row}", row, cell if row == 17 else "符合"])
    book.close()
    return held.getvalue()


def letter(word: str = "不符合") -> bytes:
    """As much of a DOCX as a reader of zips sees."""
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in (("[Content_Types].xml", "<Types/>"), ("word/document.xml", f"<w:document><w:p>结论：{word}</w:p></w:document>")):
            archive.writestr(zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0)), text)
    return held.getvalue()


def paper(word: str = "No", stream: bool = False) -> bytes:
    """A PDF of one page with a plain cross-reference table, or with one that is a stream."""
    text = f"BT /F1 24 Tf 72 700 Td ({word} breach) Tj ET".encode()
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R /Resources << /Font << /F1 5 0 R >> >> >>",
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(text), text),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    ]
    data, places = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n", []
    for number, body in enumerate(objects, 1):
        places.append(len(data))
        data += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    start, mark = len(data), b"/ID [<00ff> (a\\)b)]"
    if stream:
        rows = b"".join(struct.pack(">BIH", 1, place, 0) for place in [*places, start])
        head = b"6 0 obj\n<< /Type /XRef /Size 7 /Root 1 0 R %s /W [1 4 2] /Index [1 6] /Length %d >>\nstream\n" % (mark, len(rows))
        return data + head + rows + b"\nendstream\nendobj\nstartxref\n%d\n%%%%EOF\n" % start
    data += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1) + b"".join(b"%010d 00000 n \n" % place for place in places)
    return data + b"trailer\n<< /Size %d /Root 1 0 R %s >>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, mark, start)


def small_result() -> dict[str, Any]:
    """The small result as it can stand on a disk: UTF-8, no lone surrogate comes that far."""
    loaded: dict[str, Any] = json.loads(json.dumps(small()).replace("\\udcff", ""))
    return loaded


def write_run(folder: Path, run: str = "20261124T061150Z-7f3a", answer: bytes = b"permitrootlogin no\n") -> Path:
    """The files of a run, unsealed."""
    folder.mkdir(parents=True)
    work = folder / "work"
    work.mkdir()
    store = Store(work)
    store.add("web01", {"reached": True}, [Evidence(target="web01", probe="linux.sshd", stdout=answer, exit=0)])
    write_shelf(folder / "shelf.zip", {"run": {"id": run, "unit": {"code": UNIT}}}, store)
    store.remove()
    work.rmdir()
    shelf = Shelf(folder / "shelf.zip")
    shelf.close()
    result = small_result()
    result["run"] |= {"id": run, "shelf": shelf.digest}
    (folder / "result.json").write_bytes(canonical_unchecked(result))
    (folder / "report.html").write_bytes(render(result, lang="zh", reader="liaison"))
    (folder / "report.annex.html").write_bytes(render(result, lang="zh", reader="annex"))
    (folder / "report.csv").write_text("".join(f"L3-8.1.4.{n},符合,{run}\r\n" for n in range(40)), "utf-8")
    (folder / "report.xlsx").write_bytes(table())
    (folder / "report.docx").write_bytes(letter())
    (folder / "report.pdf").write_bytes(paper())
    return folder


def render_run(folder: Path) -> Path:
    """Put real reports in place of those of :func:`write_run`: what they give is looked at before the command seals them."""
    result = strict_loads((folder / "result.json").read_bytes())
    for name in ("html", "csv", "xlsx", "docx", "pdf"):
        (folder / f"report.{name}").write_bytes(render_any(name, result, "zh", "liaison"))
    return folder


def seal_run(folder: Path, by: PrivateKey, time: str = TIME) -> Path:
    """Seal everything in the folder, the PDF inside as well."""
    files = sorted(path for path in folder.iterdir() if not path.name.endswith(".seal"))
    held = {path.name: pdf.taken_apart(path.read_bytes())[0] for path in files}
    data = make("run", held, bindings(files, by.unit), by, time)
    (folder / SEAL).write_bytes(data)
    made = unpack(data, SEAL)
    small_form = pack(made.manifest, made.signature, made.key, {k: v for k, v in made.beside.items() if k != PARTS})
    whole = pdf.embedded(held["report.pdf"], small_form)
    assert whole is not None
    (folder / "report.pdf").write_bytes(whole)
    return folder / SEAL


def seal_only(folder: Path, by: PrivateKey) -> Path:
    """Seal whatever is in the folder."""
    files = sorted(path for path in folder.iterdir() if path.is_file())
    (folder / SEAL).write_bytes(make("run", {path.name: path for path in files}, bindings(files, by.unit), by, TIME))
    return folder / SEAL
