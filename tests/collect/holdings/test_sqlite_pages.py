"""Bytes of an SQLite file that no text holds are told from those of texts, wherever on its pages they lie."""

from __future__ import annotations

import random
import sqlite3
from pathlib import Path

import pytest

from scanner.collect.holdings.files.needles import positions
from scanner.collect.holdings.servers.sqlite import read_sqlite
from scanner.collect.holdings.servers.sqlite_file import occurring, open_bytes, open_file
from scanner.collect.holdings.servers.sqlite_pages import Pages
from scanner.collect.holdings.servers.table import SqlTable
from scanner.facts.holdings.reading import Group, Predicate

MI = "密".encode("gb18030")
NUMBER = int.from_bytes(MI, "big")
SIZES = (512, 1024, 4096, 65_536)


def made(path: Path, size: int, script: str) -> sqlite3.Connection:
    connection = sqlite3.connect(path)
    connection.executescript(f"PRAGMA page_size = {size}; CREATE TABLE t (k TEXT, n INTEGER, f REAL, b BLOB, tm TEXT); {script}")
    return connection


def pages_of(data: bytes) -> Pages:
    return Pages(lambda size, at: data[at : at + size], len(data))


@pytest.mark.parametrize("size", SIZES)
def test_numbers_of_rows_and_numeric_cells_are_no_text(tmp_path: Path, size: int) -> None:
    path = tmp_path / "x.db"
    # A row's number has seven bits in a byte: these two bytes begin the ones of 128 rows.
    first = (NUMBER >> 8 & 0x7F) << 14 | (NUMBER & 0x7F) << 7
    with made(path, size, "CREATE INDEX i ON t (n); CREATE INDEX j ON t (k)") as connection:
        connection.executemany("INSERT INTO t (rowid, k, n) VALUES (?, '公文', ?)", [(first + n, NUMBER - 60 + n) for n in range(300)])
        connection.execute("INSERT INTO t (k, n) VALUES ('公文', ?)", (NUMBER << 16 | 5,))
        connection.executemany("INSERT INTO t (rowid, k) VALUES (?, '公文')", [(NUMBER + (n << 16),) for n in range(200)])
    connection.close()
    data = path.read_bytes()
    assert len(positions(data, MI)) > 128
    opened = open_file(path)
    assert occurring(opened, [MI]) == frozenset()
    opened.close()
    assert occurring(open_bytes(data), [MI]) == frozenset()


@pytest.mark.parametrize("script", ["", "CREATE TABLE w (k TEXT PRIMARY KEY, tm TEXT) WITHOUT ROWID", "PRAGMA auto_vacuum = 1; VACUUM"])
@pytest.mark.parametrize("size", SIZES)
def test_no_text_is_ever_taken_for_numbers(tmp_path: Path, size: int, script: str) -> None:
    """Every place of texts of many lengths, beside numbers of every kind, on leaves, on inner pages and beyond the page."""
    path, chance = tmp_path / "x.db", random.Random(size)
    signs = {}
    with made(path, size, script) as connection:
        for number in range(400):
            sign = f"<{number:05d}>".encode()
            signs[sign] = chance.choice(("text", "bytes"))
            text = bytes(chance.choice((0, 3, 40, size // 3, 3 * size) if number % 9 == 0 else (0, 3, 40))).replace(b"\0", b".") + sign
            cells: list[object] = [None, chance.choice((0, 1, NUMBER, NUMBER << 30, None)), chance.choice((None, 0.5, 3.0)), None, None]
            cells[4 if signs[sign] == "text" else 3] = text.decode() if signs[sign] == "text" else text
            connection.execute("INSERT INTO t VALUES (?, ?, ?, ?, ?)", cells)
            if "WITHOUT" in script:
                connection.execute("INSERT INTO w VALUES (?, ?)", (text.decode(), "公文"))
        connection.execute("CREATE INDEX i ON t (tm, n)")
    connection.close()
    data = path.read_bytes()
    for sign in signs:
        places = [int(place) for place in positions(data, sign)]
        assert places, sign
        # A fresh one each: it gives up after many places, and what it gives up on may be text.
        assert all(pages_of(data).may_be_text(place + at, 2) for place in places for at in range(len(sign) - 1)), sign


def test_a_text_beside_a_thousand_numbers_is_found(tmp_path: Path) -> None:
    path = tmp_path / "x.db"
    with made(path, 4096, "") as connection:
        connection.executemany("INSERT INTO t (k, n) VALUES ('公文', ?)", [(NUMBER,)] * 900)
        connection.execute("INSERT INTO t (tm) VALUES (CAST(? AS TEXT))", ("机密★长期".encode("gb18030"),))
        connection.executemany("INSERT INTO t (k, n) VALUES ('公文', ?)", [(NUMBER,)] * 900)
    connection.close()
    predicate = Predicate(None, frozenset(), ("tm",), ("密",))
    groups = (item for item in read_sqlite(path, "x.db", {}) if isinstance(item, Group))
    assert [row for group in groups for source in group.sources for row in source.candidates(["tm"], predicate)] == [("机密★长期",)]


def test_what_cannot_be_told_may_be_text(tmp_path: Path) -> None:
    with made(tmp_path / "x.db", 4096, "") as connection:
        connection.executemany("INSERT INTO t (n) VALUES (?)", [(NUMBER,)] * 5)
    connection.close()
    data = (tmp_path / "x.db").read_bytes()
    place = int(positions(data, MI)[0])
    assert not pages_of(data).may_be_text(place, 2)
    page = place - place % 4096
    for at, byte in ((page, 0), (page, 7), (page + 3, 0xFF), (16, 0)):
        broken = bytearray(data)
        broken[at] = byte
        assert pages_of(bytes(broken)).may_be_text(place, 2)
    many = pages_of(data)
    assert [many.may_be_text(place, 2) for _ in range(3000)].count(True) > 1900


def test_one_cell_over_another_may_hold_text(tmp_path: Path) -> None:
    """Two beginnings of cells on one page: what one of them calls a number is a text of the other."""
    with made(tmp_path / "x.db", 4096, "") as connection:
        inner = b"\x06\x01\x06\x00\x02\x00\x00\x00" + MI
        connection.execute("INSERT INTO t (tm) VALUES (CAST(? AS TEXT))", (b"." * 20 + inner + b"." * 20,))
    connection.close()
    data = bytearray((tmp_path / "x.db").read_bytes())
    place = int(positions(bytes(data), MI)[0])
    page = place - place % 4096
    assert pages_of(bytes(data)).may_be_text(place, 2)
    data[page + 3 : page + 5] = b"\x00\x02"
    data[page + 10 : page + 12] = (place % 4096 - 8).to_bytes(2, "big")
    assert pages_of(bytes(data)).may_be_text(place, 2)
    data[page + 8 : page + 10] = data[page + 10 : page + 12]
    assert not pages_of(bytes(data)).may_be_text(place, 2)


def test_what_a_file_holds_is_asked_again_once_it_has_changed(tmp_path: Path) -> None:
    path = tmp_path / "x.db"
    with made(path, 4096, "CREATE TABLE u (tm TEXT)") as connection:
        connection.execute("INSERT INTO t (tm) VALUES ('公文')")
    predicate = Predicate(None, frozenset(), ("tm",), ("密",))
    for item in read_sqlite(path, "x.db", {}):
        if not isinstance(item, Group):
            continue
        first, second = item.sources
        assert isinstance(first, SqlTable) and list(first.candidates(["tm"], predicate)) == []
        first.session.connection.rollback()  # type: ignore[attr-defined]
        connection.execute("INSERT INTO u VALUES (CAST(? AS TEXT))", ("机密★长期".encode("gb18030"),))
        connection.commit()
        assert list(second.candidates(["tm"], predicate)) == [("机密★长期",)]
    connection.close()
