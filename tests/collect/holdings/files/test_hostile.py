"""Hostile and odd files: refused or found by name, within limits, never silently clean."""

from __future__ import annotations

import io
import os
import socket
import struct
import zipfile
from collections.abc import Callable
from pathlib import Path

import py7zr
import pytest

from scanner.collect.holdings.files.apart import Answer, Apart
from scanner.collect.holdings.files.limits import Limits
from scanner.collect.holdings.files.walk import Entry, walk
from scanner.collect.holdings.files.xmlsafe import events, tree
from scanner.errors import ReachError
from scanner.facts.holdings.reading import Document, Found, Group, Unread
from scanner.model.absent import Why
from tests.collect.holdings.files import make

MIB = 1024 * 1024


def count(found: Found, options: dict[str, object]) -> bytes | None:
    """The work function of these tests: rows by place."""
    if isinstance(found, Group):
        return " ".join(f"{source.place.path}={sum(1 for _ in source.rows(()))}" for source in found.sources).encode()
    return f"{found.place.path}:{len(list(found.parts))}".encode() if isinstance(found, Document) else None


def crash(found: Found, options: dict[str, object]) -> bytes | None:
    """Dies in the ways that libraries do."""
    assert isinstance(found, Group)
    name = found.name
    if name.startswith("segv"):
        os.kill(os.getpid(), 11)
    if name.startswith("spin"):
        while True:
            pass
    if name.startswith("eat"):
        return bytes(bytearray(4096 * MIB))[:1]
    if name.startswith("raise"):
        raise LookupError("某件密级题名")
    if name.startswith("net"):
        try:
            socket.create_connection(("127.0.0.1", int(str(options["port"]))), 2).close()
        except OSError as problem:
            return type(problem).__name__.encode()
        return b"connected"
    return b"done"


HERE = "tests.collect.holdings.files.test_hostile"


@pytest.fixture
def outside(monkeypatch: pytest.MonkeyPatch) -> None:
    """Workers are isolated from the folder they start in; the tests' own work functions need it."""
    monkeypatch.setattr("scanner.collect.holdings.files.apart.WORKER_ARGUMENTS", ["-c"])
    monkeypatch.setattr("scanner.collect.holdings.files.apart.FOLDER", str(Path(__file__).parents[4]))


def run(folder: Path, work: str, limits: Limits | None = None, **options: object) -> tuple[dict[str, bytes], dict[str, Unread]]:
    answers, unread = {}, {}
    for item in Apart(f"{HERE}:{work}", options, limits or Limits()).scan(walk(folder)):
        if isinstance(item, Answer):
            answers[item.entry.shown] = item.payload
        else:
            unread[item.place.path] = item
    return answers, unread


def test_what_is_no_file(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "b.csv").write_text(make.csv_text())
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "out").symlink_to("/etc/hostname")
    (tmp_path / "in").symlink_to(tmp_path / "a" / "b.csv")
    (tmp_path / "loop").symlink_to(tmp_path)
    (tmp_path / "gone").symlink_to("/nonexistent/x")
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(tmp_path / "sock"))
    os.close(os.open(os.fsencode(tmp_path) + b"/" + "密件".encode("gb18030"), os.O_CREAT | os.O_WRONLY))
    found = list(walk(tmp_path))
    assert {item.shown for item in found if isinstance(item, Entry)} == {"a/b.csv", "密件"}
    refused = {item.place.path: item.detail for item in found if isinstance(item, Unread)}
    assert refused["pipe"] == "fifo" and refused["sock"] == "socket"
    assert refused["out"] == "link that leaves the target" and refused["gone"] == "link to nothing"
    assert refused["in"] == refused["loop"] == "link inside the target; its file is read under its own name"


def test_worker_survives_its_files(tmp_path: Path, outside: None) -> None:
    """One answer or reason a file, in order, whatever the file before did; no word of the content comes out."""
    for name in ("a", "eat", "net", "raise", "segv", "spin", "z"):
        (tmp_path / f"{name}.csv").write_text(make.csv_text())
    with socket.create_server(("127.0.0.1", 0)) as server:
        answers, unread = run(tmp_path, "crash", Limits(cpu_seconds=2.0), port=server.getsockname()[1])
    assert answers == {"a.csv": b"done", "net.csv": answers["net.csv"], "z.csv": b"done"}
    assert answers["net.csv"] != b"connected"
    assert {name: (item.why, item.detail) for name, item in unread.items()} == {
        "eat.csv": (Why.TRUNCATED, "reader ended: memory limit"),
        "raise.csv": (Why.DEFECT, "reader ended: LookupError"),
        "segv.csv": (Why.GARBLED, "reader ended: SIGSEGV"),
        "spin.csv": (Why.TIMED_OUT, "reader ended: cpu limit"),
    }


def test_replaced_file(tmp_path: Path, outside: None) -> None:
    path = tmp_path / "a.csv"
    path.write_text(make.csv_text())
    entry = next(walk(tmp_path))
    assert isinstance(entry, Entry)
    path.unlink()
    path.symlink_to("/etc/hostname")
    (item,) = Apart(f"{HERE}:count").scan([entry])
    assert isinstance(item, Unread)


def bomb() -> bytes:
    """Deflates to a thousandth."""
    return make.packed({"a.txt": bytes(400 * MIB)})


def test_bombs(tmp_path: Path, outside: None) -> None:
    (tmp_path / "zeros.zip").write_bytes(bomb())
    parts = {
        "[Content_Types].xml": "<T/>",
        "xl/workbook.xml": "<w/>",
        "xl/_rels/workbook.xml.rels": "<r/>",
        "docProps/app.xml": bytes(200 * MIB),
    }
    (tmp_path / "book.xlsx").write_bytes(make.packed(parts))
    laughs = '<!DOCTYPE a [<!ENTITY x "密密密密密密密密"><!ENTITY y "&x;&x;&x;&x;&x;&x;&x;&x;">]><a><b>&y;</b><c>1</c></a>'
    (tmp_path / "laughs.xml").write_text(laughs)
    (tmp_path / "xxe.docx").write_bytes(
        make.packed({"word/document.xml": '<!DOCTYPE w [<!ENTITY x SYSTEM "file:///etc/passwd">]><w>&x;</w>'})
    )
    (tmp_path / "z.csv").write_text(make.csv_text())
    answers, unread = run(tmp_path, "count")
    assert answers == {"z.csv": b"z.csv=3"}
    assert set(unread) == {"zeros.zip!a.txt", "book.xlsx", "laughs.xml", "xxe.docx"}


@pytest.mark.parametrize("read", [lambda data: list(events(io.BytesIO(data), len(data))), tree], ids=["stream", "tree"])
def test_a_declaration_behind_a_long_comment_is_refused(read: Callable[[bytes], object]) -> None:
    late = f'<?xml version="1.0"?><!--{"x" * 300_000}--><!DOCTYPE a [<!ENTITY s "机密">]><a><b>&s;</b></a>'
    with pytest.raises(ReachError, match="garbled"):
        read(late.encode())


def test_nested_renamed_encrypted(tmp_path: Path) -> None:
    inner = make.packed({"目录.csv": make.csv_text()})
    for _ in range(7):
        inner = make.packed({"in.dat": inner})
    (tmp_path / "deep.txt").write_bytes(inner)
    (item,) = make.unread(tmp_path / "deep.txt")
    assert (item.detail, item.place.path.count("!")) == ("nested too deep", 5)
    locked = bytearray(make.packed({"a.csv": make.csv_text(), "b.csv": make.csv_text()}))
    for mark, at in ((b"PK\3\4", 6), (b"PK\1\2", 8)):
        locked[locked.index(mark) + at] |= 1
    (tmp_path / "locked.zip").write_bytes(locked)
    assert [(item.place.path, item.why) for item in make.unread(tmp_path / "locked.zip")] == [("locked.zip!a.csv", Why.NO_PERMISSION)]
    assert list(make.tables(tmp_path / "locked.zip")) == ["locked.zip!b.csv"]


def test_member_names_in_gbk(tmp_path: Path) -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as package:
        package.writestr("xxxx.csv", make.csv_text())
    (tmp_path / "a.zip").write_bytes(out.getvalue().replace(b"xxxx", "机密".encode("gb18030")))
    assert list(make.tables(tmp_path / "a.zip")) == ["a.zip!机密.csv"]
    (tmp_path / "up.zip").write_bytes(make.packed({"../../etc/x.csv": make.csv_text()}))
    assert list(make.tables(tmp_path / "up.zip")) == ["up.zip!etc/x.csv"]


@pytest.mark.parametrize("name", ["a.zip", "b.xlsx", "c.docx", "d.pdf", "e.ofd", "f.7z", "g.doc", "h.dbf", "i.gz", "j.xz", "k.db", "l.sql"])
def test_cut_files(tmp_path: Path, name: str) -> None:
    """Half a file is never a whole one with fewer rows."""
    seven = io.BytesIO()
    with py7zr.SevenZipFile(seven, "w") as packed:
        packed.writestr(make.csv_text() * 50, "a.csv")
    import gzip
    import lzma

    text = make.csv_text([[f"{n}-{m}" for m in range(5)] for n in range(3000)]).encode()
    whole = {
        "a.zip": make.packed({"a.csv": text}), "b.xlsx": make.packed({"xl/workbook.xml": "<w/>", "x": text}),
        "c.docx": make.docx(make.paragraph("x")), "d.pdf": make.pdf(["机密"]), "e.ofd": make.ofd([(1, 1, "x")]), "f.7z": seven.getvalue(),
        "g.doc": make.doc("x\r"), "h.dbf": make.dbf([("a", "b", "c")] * 9), "i.gz": gzip.compress(text), "j.xz": lzma.compress(text),
        "k.db": b"SQLite format 3\0" + bytes(1000), "l.sql": b"INSERT INTO `t` VALUES (1,'a'),(2,'b\n",
    }[name]  # fmt: skip
    path = tmp_path / name
    path.write_bytes(whole[: len(whole) * 2 // 3])
    from scanner.errors import ReachError

    try:
        found = make.found(path)
        for item in found:
            if isinstance(item, Group):
                for source in item.sources:
                    list(source.rows([column.name for column in source.columns]))
    except ReachError:
        return
    assert any(isinstance(item, Unread) or (isinstance(item, Document) and not item.whole) for item in found), found


def test_dbf_that_never_ends(tmp_path: Path) -> None:
    """A record length of zero is refused; so are fields longer than their record."""
    data = bytearray(make.dbf([("a", "b", "c")]))
    struct.pack_into("<H", data, 10, 0)
    (tmp_path / "a.dbf").write_bytes(data)
    assert make.unread(tmp_path / "a.dbf")
    struct.pack_into("<H", data, 10, 5)
    (tmp_path / "b.dbf").write_bytes(data)
    assert make.unread(tmp_path / "b.dbf")
