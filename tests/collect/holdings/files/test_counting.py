"""Folders of files through the workers to counts: every place is listed, every row is counted, no title comes out."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import openpyxl

from scanner.collect.holdings.files.apart import Answer, Apart
from scanner.collect.holdings.files.walk import walk
from scanner.collect.holdings.work import WORK
from scanner.facts.holdings.reading import Unread
from tests.collect.holdings.files import make

OPTIONS = {"as_of": "2026-11-25"}


def scanned(folder: Path) -> tuple[dict[str, dict[str, Any]], list[str]]:
    """Lines by path, and what was not read."""
    lines: dict[str, dict[str, Any]] = {}
    unread = []
    for item in Apart(WORK, OPTIONS).scan(walk(folder)):
        if isinstance(item, Unread):
            unread.append(item.place.path)
            continue
        assert isinstance(item, Answer)
        assert all(title not in item.payload.decode() for title in ("通知", "竣工", "保密工作"))
        data = json.loads(item.payload)
        lines.update({line["path"]: line for line in data["lines"]})
        unread += [path for path, *_ in data["unread"]]
    return lines, unread


def book(path: Path, rows: list[list[str]], header: str = "", title: str = "目录", names: list[str] | None = None) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = title
    for row in (names or make.HEAD, *rows):
        sheet.append(row)
    if header:
        sheet.oddHeader.left.text = header
    book.save(path)


def test_folder(tmp_path: Path) -> None:
    rows = [[f"X001-WS-2001-{n:04d}", f"某件材料{n}", ("机密" if n % 4 == 0 else "公开"), ""] for n in range(40)]
    (tmp_path / "a.csv").write_text(make.csv_text([make.HEAD, *rows]), "gb18030")
    (tmp_path / "b.zip").write_bytes(make.packed({"内/b.csv": make.csv_text([make.HEAD, *rows])}))
    (tmp_path / "c.docx").write_bytes(make.docx(make.paragraph("机", "密★10年") + make.paragraph("关于召开会议的通知")))
    (tmp_path / "d.pdf").write_bytes(make.pdf(["关于召开会议的通知"]))
    (tmp_path / "e.pdf").write_bytes(make.pdf([]))
    (tmp_path / "f.csv").write_bytes(b"")
    (tmp_path / "g.rar").write_bytes(b"Rar!\x1a\x07\0xxxx")
    book(tmp_path / "h.xlsx", rows)
    lines, unread = scanned(tmp_path)
    counts = {path: {code: number for code, number in line["counts"].items() if number} for path, line in lines.items()}
    mixed = {"C": 10, "N": 30}
    assert counts == {
        "a.csv": mixed, "b.zip!内/b.csv": mixed, "c.docx": {"C": 1}, "d.pdf": {"N": 1}, "e.pdf": {"U": 1}, "f.csv": {}, "g.rar": {"U": 1}, "h.xlsx#目录": mixed,
    }  # fmt: skip
    assert unread == ["g.rar"]


def test_what_stands_around_a_sheet(tmp_path: Path) -> None:
    """A printed mark makes open rows suspected; where a row agrees with it, rows without a level are classified as well."""
    plain = [[f"X001-{n}", f"某件材料{n}", "公开", ""] for n in range(6)]
    some = [[f"X001-{n}", f"某件材料{n}", ("机密" if n == 0 else "公开" if n < 3 else ""), ""] for n in range(6)]
    book(tmp_path / "a.xlsx", plain)
    book(tmp_path / "b.xlsx", plain, header="机密★10年")
    book(tmp_path / "c.xlsx", some, header="机密★10年")
    book(tmp_path / "d.xlsx", plain, title="机密")
    lines, _ = scanned(tmp_path)
    found = {path[0]: (line["counts"]["C"], line["counts"]["R"], line["counts"]["N"]) for path, line in lines.items()}
    assert found == {"a": (0, 0, 6), "b": (0, 6, 0), "c": (4, 0, 2), "d": (0, 6, 0)}
