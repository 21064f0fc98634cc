"""Bad input through the command line: everything is found or refused by name, nothing of it is “0 rows, clean”."""

from __future__ import annotations

import gzip
import io
import json
import os
import socket
import sqlite3
import struct
import subprocess
import sys
import tarfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from tests.collect.holdings.files import make
from tests.holdings.formats import encrypted

MIB = 1024 * 1024
HEAD, SECRET, OPEN = make.HEAD, ["X001-WS-2001-0002", "某处验收材料", "机密", ""], ["X001-WS-2001-0001", "会议通知", "公开", ""]
FOUND, REFUSED = "found", "refused"


def xlsx(rows: list[list[str]], change: Callable[[dict[str, bytes]], None] = lambda _: None, hidden: bool = False) -> bytes:
    book, out = openpyxl.Workbook(), io.BytesIO()
    sheet = book.active
    assert sheet is not None
    if hidden:
        sheet.append(["说明"])
        sheet = book.create_sheet("隐藏")
        sheet.sheet_state = "veryHidden"
    for row in rows:
        sheet.append(row)
    book.save(out)
    import zipfile

    parts = {info.filename: zipfile.ZipFile(out).read(info) for info in zipfile.ZipFile(out).infolist()}
    change(parts)
    return make.packed(parts)


def lying_dimension(parts: dict[str, bytes]) -> None:
    text = parts["xl/worksheets/sheet1.xml"]
    assert b'<dimension ref="A1:D3"' in text
    parts["xl/worksheets/sheet1.xml"] = text.replace(b'ref="A1:D3"', b'ref="A1:A1"')


def lying_sizes(data: bytes, size: int) -> bytes:
    """A zip whose headers say that its first member is this long."""
    raw = bytearray(data)
    struct.pack_into("<I", raw, 22, size)
    struct.pack_into("<I", raw, raw.index(b"PK\1\2") + 24, size)
    return bytes(raw)


def tar(*members: tuple[str, bytes]) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as package:
        for name, data in members:
            info = tarfile.TarInfo(name)
            info.size = len(data)
            package.addfile(info, io.BytesIO(data))
        link = tarfile.TarInfo("way/out")
        link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
        package.addfile(link)
    return out.getvalue()


def base(path: Path, *statements: str) -> None:
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE wj (档号, 题名, 密级, 备注)")
        connection.executemany("INSERT INTO wj VALUES (?, ?, ?, ?)", [OPEN] * 9 + [SECRET])
        for statement in statements:
            connection.execute(statement)
    connection.close()


def csv(*rows: list[str], encoding: str = "utf-8") -> bytes:
    return make.csv_text([HEAD, *rows]).encode(encoding)


def deep() -> bytes:
    data = make.packed({"a.csv": csv(SECRET)})
    for _ in range(8):
        data = make.packed({"in.zip": data})
    return data


ENDLESS = "CREATE VIEW endless AS WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT x AS 密级 FROM n"
LARGE = "CREATE VIEW large AS SELECT hex(zeroblob(500000000)) AS 密级 FROM wj"
TRIGGER = "CREATE TRIGGER t AFTER INSERT ON wj BEGIN DELETE FROM wj; END"
LAUGHS = '<!DOCTYPE a [<!ENTITY x "密密密密密密"><!ENTITY y "&x;&x;&x;&x;&x;&x;&x;&x;">]><目录><文件><密级>&y;</密级></文件></目录>'
FILES: dict[str, tuple[str, Callable[[], bytes]]] = {
    "zeros.zip": (REFUSED, lambda: make.packed({"a.txt": bytes(400 * MIB)})),
    "book-bomb.xlsx": (REFUSED, lambda: xlsx([HEAD, OPEN], lambda parts: parts.update({"docProps/app.xml": bytes(200 * MIB)}))),
    "deep.zip": (REFUSED, deep),
    "laughs.xml": (REFUSED, LAUGHS.encode),
    "xxe.docx": (REFUSED, lambda: make.packed({"word/document.xml": '<!DOCTYPE w [<!ENTITY x SYSTEM "file:///etc/passwd">]><w>&x;</w>'})),
    "encrypted.zip": (REFUSED, encrypted),
    "password.xlsx": (REFUSED, lambda: make.compound({"EncryptedPackage": b"x", "EncryptionInfo": b"y"})),
    "unknown.bin": (REFUSED, lambda: b"\x7fELF\0\0" * 60),
    "cut.csv.gz": (REFUSED, lambda: gzip.compress(csv(*[OPEN] * 500, SECRET))[:-40]),
    "cut.json": (REFUSED, lambda: json.dumps([dict(zip(HEAD, row)) for row in [OPEN] * 40]).encode()[:-5]),
    "short.dbf": (REFUSED, lambda: make.dbf([("a", "b", "公开")] * 2, declared=900)),
    "cut.sql": (REFUSED, lambda: b"CREATE TABLE `wj` (`dh` text, `tm` text, `mj` text);\nINSERT INTO `wj` VALUES ('a','b','c'),('d"),
    "broken.db": (REFUSED, lambda: b"SQLite format 3\0" + bytes(3000)),
    "dimension.xlsx": (FOUND, lambda: xlsx([HEAD, OPEN, SECRET], lying_dimension)),
    "hidden.xlsx": (FOUND, lambda: xlsx([HEAD, *[OPEN] * 8, SECRET], hidden=True)),
    "deleted.dbf": (FOUND, lambda: make.dbf([("A1", "会议通知", "公开")] * 9 + [("A2", "某处材料", "机密")], deleted=[9])),
    "few.dbf": (FOUND, lambda: make.dbf([("A1", "会议通知", "公开")] * 9 + [("A2", "某处材料", "机密")], declared=5)),
    "split.docx": (FOUND, lambda: make.docx(make.paragraph("机", "密", "★", "10年") + make.paragraph("通知"))),
    "mixed.csv": (FOUND, lambda: csv(*[OPEN] * 9) + ",".join(SECRET).encode("gb18030") + b"\r\n"),
    "mixed-other.csv": (FOUND, lambda: csv(*[OPEN] * 900, encoding="gb18030") + ",".join(SECRET).encode() + b"\r\n"),
    "mixed-mark.csv": (FOUND, lambda: csv(*[OPEN] * 900, encoding="gb18030") + "X9,某处材料（机密★10年）,,\r\n".encode()),
    "escaped.json": (FOUND, lambda: json.dumps([dict(zip(HEAD, row)) for row in [*[OPEN] * 9, SECRET]], ensure_ascii=True).encode()),
    "nul.csv": (FOUND, lambda: csv(*[OPEN] * 9, [SECRET[0], "某处\0材料", "机密", ""])),
    "long.csv": (FOUND, lambda: csv(*[OPEN] * 9, [SECRET[0], "长" * 3 * MIB, "机密", ""])),
    "quote.csv": (FOUND, lambda: csv(*[OPEN] * 9, ["A9", '"没有收尾的引号', "公开", ""], *[SECRET] * 4)),
    "dup.tar": (FOUND, lambda: tar(("a.csv", csv(*[OPEN] * 9)), ("a.csv", csv(*[OPEN] * 9, SECRET)))),
    "up.tar": (FOUND, lambda: tar(("../../../etc/x.csv", csv(*[OPEN] * 9, SECRET)))),
    "size.zip": (FOUND, lambda: lying_sizes(make.packed({"a.csv": csv(*[OPEN] * 900, SECRET)}), 60)),
    "prefix.zip": (FOUND, lambda: b"#!/bin/sh\n" * 20 + make.packed({"a.csv": csv(*[OPEN] * 9, SECRET)})),
}
CONTRADICTING = ("size.zip", "quote.csv", "dup.tar", "prefix.zip", "long.csv")
NO_FILES = ("pipe", "socket", "out", "gone", "loop")


def scan(folder: Path, out: Path, *more: str, **environment: str) -> tuple[subprocess.CompletedProcess[str], dict[str, Any]]:
    book = out.parent / "inventory.yaml"
    book.write_text(
        f"""
unit: {{code: "330100-001", name: 示例市档案馆}}
scope: {{allow: ["file:{folder}/**", "file:{folder}"], authorised_by: tests, until: 2099-12-31}}
zones: {{lan: {{kind: lan, networks: [192.0.2.0/24]}}}}
systems: [{{id: dams, name: s, grade: 3, zone: lan, targets: [{{id: bad, kind: catalogue, url: "file:{folder}/"}}]}}]
""",
        "utf-8",
    )
    argv = [str(Path(sys.executable).with_name("shiqu")), "scan", "-i", str(book), "-o", str(out), *more]
    run = subprocess.run(argv, capture_output=True, text=True, check=False, timeout=600, env={**os.environ, **environment})
    assert (out / "result.json").exists(), run.stderr
    data: dict[str, Any] = json.loads((out / "result.json").read_text("utf-8"))
    return run, data


@pytest.fixture(scope="module")
def seen(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    root = tmp_path_factory.mktemp("bad")
    folder = root / "data"
    folder.mkdir()
    for name, (_, write) in FILES.items():
        (folder / name).write_bytes(write())
    base(folder / "endless.db", ENDLESS, LARGE, TRIGGER)
    os.mkfifo(folder / "pipe")
    (folder / "out").symlink_to("/etc/hostname")
    (folder / "gone").symlink_to("/nonexistent/x")
    (folder / "loop").symlink_to(folder)
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(folder / "socket"))
    before = {path: path.stat().st_size for path in folder.iterdir() if path.is_file()}
    _, data = scan(folder, root / "out", "--only", "holdings.segregated", "--format", "json")
    assert {path: path.stat().st_size for path in folder.iterdir() if path.is_file()} == before, "nothing was written"
    (line,) = [line for line in data["verdicts"] if line["target"] == "bad"]
    observed: dict[str, Any] = line["observed"]
    return {"status": line["status"], "stores": observed["stores"], "unread": observed["unread"]}


def of(rows: list[dict[str, Any]], name: str) -> list[dict[str, Any]]:
    return [row for row in rows if row["path"] == name or row["path"].startswith((f"{name}!", f"{name}#"))]


@pytest.mark.parametrize("name", [name for name, (wanted, _) in FILES.items() if wanted == FOUND])
def test_what_hides_is_found(name: str, seen: dict[str, Any]) -> None:
    classified = sum(row["classified"] for row in of(seen["stores"], name))
    refused = of(seen["unread"], name)
    assert classified or refused, name
    assert classified or name in CONTRADICTING, "only a file that contradicts itself, or bursts a limit, may be refused instead"


@pytest.mark.parametrize("name", [name for name, (wanted, _) in FILES.items() if wanted == REFUSED])
def test_what_cannot_be_read_is_refused_by_name(name: str, seen: dict[str, Any]) -> None:
    refused = of(seen["unread"], name)
    undecided = sum(row["undecided"] for row in of(seen["stores"], name))
    assert refused or undecided, (name, of(seen["stores"], name))
    assert all(row["why"] for row in refused)


@pytest.mark.parametrize("name", NO_FILES)
def test_what_is_no_file_is_named_and_not_opened(name: str, seen: dict[str, Any]) -> None:
    assert [row["path"] for row in of(seen["unread"], name)] == [name]
    assert of(seen["stores"], name) == []


def test_views_that_never_end_and_triggers_are_not_run(seen: dict[str, Any]) -> None:
    stores = {row["path"]: row for row in of(seen["stores"], "endless.db")}
    assert (stores["endless.db#wj"]["rows"], stores["endless.db#wj"]["classified"]) == (10, 1)
    assert set(stores) == {"endless.db#wj"}


def test_a_folder_with_such_files_is_never_clean(seen: dict[str, Any]) -> None:
    assert seen["status"] == "unmet"


def test_a_folder_of_nothing_but_unreadable_files_is_unknown(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    folder.mkdir()
    (folder / "encrypted.zip").write_bytes(encrypted())
    (folder / "empty.csv").write_bytes(b"")
    run, data = scan(folder, tmp_path / "out", "--only", "holdings.*", "--format", "json")
    statuses = {line["check"]: line["status"] for line in data["verdicts"] if line["target"] == "bad"}
    assert set(statuses.values()) == {"unknown"} and run.returncode == 4
