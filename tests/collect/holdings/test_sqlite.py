"""SQLite files: every journal mode, indexes, encodings; the folder is byte for byte as before."""

from __future__ import annotations

import hashlib
import os
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from scanner.collect.holdings.servers.sqlite import read_sqlite
from scanner.errors import ReachError
from scanner.facts.holdings.reading import Group, Predicate, Source, Standing, Unread
from scanner.model.absent import Absent, Why

PREDICATE = Predicate("mj", frozenset({"公开", "非密"}), ("tm",), ("密",))
ROWS = [
    ("A-1", "公开", "一般题名"),
    ("A-2", "机密", "会议记录"),
    ("A-3", None, "关于修路的请示"),
    ("A-4", "", "机密★10年 报告"),
    ("A-5", "非密", "总结"),
    ("A-6", "公开 ", "总结"),
]


def build(path: Path, script: str = "") -> sqlite3.Connection:
    connection = sqlite3.connect(path)
    connection.execute("CREATE TABLE wj (dh TEXT PRIMARY KEY, mj VARCHAR(10), tm TEXT, nd INTEGER, img BLOB)")
    connection.executemany("INSERT INTO wj (dh, mj, tm, nd) VALUES (?, ?, ?, 1998)", ROWS)
    connection.executescript(script)
    connection.commit()
    return connection


def group(path: Path) -> dict[str, Source]:
    kept = list(found(path))
    return {source.name: source for item in kept if isinstance(item, Group) for source in item.sources}


def found(path: Path) -> list[object]:
    out: list[object] = []
    for item in read_sqlite(path, path.name, {"folder": "d"}):
        out.append(item)
        if isinstance(item, Group):
            for source in item.sources:
                out += [(source.name, row) for row in source.rows([column.name for column in source.columns])]
    return out


def state(folder: Path) -> dict[str, tuple[str, int]]:
    return {p.name: (hashlib.sha256(p.read_bytes()).hexdigest(), p.stat().st_mtime_ns) for p in folder.iterdir()}


def test_questions_are_answered_and_nothing_moves(tmp_path: Path) -> None:
    path = tmp_path / "x.db"
    build(path).close()
    before = state(tmp_path)
    for item in read_sqlite(path, "x.db", {}):
        if not isinstance(item, Group):
            continue
        (source,) = item.sources
        assert source.place.path == "x.db#wj" and source.key == ("dh",)
        assert [(c.name, c.kind) for c in source.columns][3:] == [("nd", "number"), ("img", "bytes")]
        assert source.histogram("mj", 10) == {"公开": 1, "机密": 1, None: 1, "": 1, "非密": 1, "公开 ": 1}
        assert source.histogram("nd", 10) == {"1998": 6}
        assert isinstance(source.histogram("dh", 3), Absent)
        assert [row[0] for row in source.candidates(["dh", "mj", "nd"], PREDICATE)] == ["A-2", "A-4", "A-6"]
        assert source.total == source.passed == 6
        assert len(list(source.rows(["tm"]))) == 6 and source.sample(["dh"], 2) == [("A-1",), ("A-2",)]
    assert state(tmp_path) == before


WRITER = """
import sqlite3, sys
connection = sqlite3.connect(sys.argv[1])
connection.execute("INSERT INTO wj (dh, mj) VALUES ('A-7', '绝密')")
connection.commit()
print("ready", flush=True)
sys.stdin.readline()
"""


def test_a_living_wal_is_seen_and_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "x.db"
    build(path, "PRAGMA journal_mode = WAL").close()
    # The application is another process, as in life: within one process SQLite shares one writable map.
    with subprocess.Popen([sys.executable, "-c", WRITER, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as writer:
        assert writer.stdin is not None and writer.stdout is not None
        assert writer.stdout.readline() == b"ready\n"
        before = state(tmp_path)
        assert len(before) == 3
        assert ("wj", ("A-7", "绝密", None, None, None)) in found(path)
        assert state(tmp_path) == before
        writer.stdin.close()


@pytest.mark.parametrize("shared", [True, False])
def test_an_abandoned_wal_is_seen_and_left_alone(tmp_path: Path, shared: bool) -> None:
    path, copy = tmp_path / "x.db", tmp_path / "copy"
    copy.mkdir()
    connection = build(path, "PRAGMA journal_mode = WAL; PRAGMA wal_checkpoint")
    connection.execute("INSERT INTO wj (dh, mj) VALUES ('A-7', '绝密')")
    connection.commit()
    for name in ("x.db", "x.db-wal", *(["x.db-shm"] if shared else [])):
        (copy / name).write_bytes((tmp_path / name).read_bytes())
    connection.close()
    before = state(copy)
    got = found(copy / "x.db")
    assert ("wj", ("A-7", "绝密", None, None, None)) in got and not any(isinstance(item, Unread) for item in got)
    assert state(copy) == before


def test_wal_mode_without_a_log_makes_no_files(tmp_path: Path) -> None:
    path = tmp_path / "x.db"
    build(path, "PRAGMA journal_mode = WAL").close()
    before = state(tmp_path)
    assert len(before) == 1 and len(found(path)) == 8
    assert state(tmp_path) == before


def test_views_and_triggers_are_named_and_never_run(tmp_path: Path) -> None:
    path = tmp_path / "x.db"
    build(path, "CREATE VIEW forever AS WITH RECURSIVE r(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r) SELECT n FROM r;").close()
    (standing,) = [item for item in found(path) if isinstance(item, Standing)]
    assert standing.storage["views"] == ["forever"]


def test_full_text_copies(tmp_path: Path) -> None:
    path = tmp_path / "x.db"
    build(
        path, "CREATE VIRTUAL TABLE q USING fts5(tm); INSERT INTO q SELECT tm FROM wj; CREATE VIRTUAL TABLE p USING fts4(content=wj, tm)"
    ).close()
    sources = group(path)
    assert set(sources) == {"wj", "q", "p"}
    assert sources["q"].place.lineage == ("index",) and sources["p"].place.copy_of == "x.db#wj"
    assert sum(1 for item in found(path) if isinstance(item, tuple) and item[0] == "q") == 6


def test_bytes_of_another_encoding_are_found(tmp_path: Path) -> None:
    path = tmp_path / "x.db"
    connection = build(path)
    for at, cell in enumerate(("机密★长期".encode("gb18030"), "机密★长期".encode())):
        connection.execute("INSERT INTO wj (dh, tm) VALUES (?, CAST(? AS TEXT))", (f"G-{at}", cell))
        connection.execute("INSERT INTO wj (dh, tm) VALUES (?, ?)", (f"B-{at}", cell))
    connection.commit()
    connection.close()
    for item in read_sqlite(path, "x.db", {}):
        if isinstance(item, Group):
            rows = dict(item.sources[0].candidates(["dh", "tm"], PREDICATE))
            assert {key: rows[key] for key in ("G-0", "G-1", "B-0", "B-1")} == dict.fromkeys(("G-0", "G-1", "B-0", "B-1"), "机密★长期")


def test_references(tmp_path: Path) -> None:
    path = tmp_path / "x.db"
    build(
        path, "CREATE TABLE d (code TEXT PRIMARY KEY, label TEXT); CREATE TABLE t (a TEXT REFERENCES d, b TEXT REFERENCES d(label))"
    ).close()
    assert group(path)["t"].references == {"a": ("d", "code"), "b": ("d", "label")}


@pytest.mark.parametrize(
    ("content", "why"), [(os.urandom(8192), Why.GARBLED), (b"", Why.GARBLED), (b"SQLite format 3\0" + os.urandom(4096), Why.GARBLED)]
)
def test_what_is_no_database_is_refused_by_name(tmp_path: Path, content: bytes, why: Why) -> None:
    path = tmp_path / "x.db"
    path.write_bytes(content)
    (item,) = found(path)
    assert isinstance(item, Unread) and item.why in (why, Why.COMMAND_FAILED)


def test_a_broken_page_is_an_error_never_a_short_read(tmp_path: Path) -> None:
    path = tmp_path / "x.db"
    connection = build(path)
    connection.executemany("INSERT INTO wj (dh, tm) VALUES (?, ?)", [(f"N-{n}", "题名" * 50) for n in range(2000)])
    connection.commit()
    connection.close()
    data = bytearray(path.read_bytes())
    data[20 * 4096 : 21 * 4096] = os.urandom(4096)
    path.write_bytes(data)
    with pytest.raises(ReachError) as caught:
        found(path)
    assert "题名" not in str(caught.value) and caught.value.absent.why is Why.GARBLED


def test_time_limit(tmp_path: Path) -> None:
    path = tmp_path / "x.db"
    connection = build(path)
    connection.executemany("INSERT INTO wj (dh, tm) VALUES (?, ?)", [(f"N-{n}", "题名") for n in range(50_000)])
    connection.commit()
    connection.close()
    with pytest.raises(ReachError) as caught:
        for item in read_sqlite(path, "x.db", {}, seconds=0.02):
            if isinstance(item, Group):
                list(item.sources[0].rows(["tm"]))
    assert caught.value.absent.why is Why.TIMED_OUT


@pytest.mark.parametrize("at", [0, 999, 1000, 2500])
def test_text_that_is_no_utf8_comes_where_it_stands(tmp_path: Path, at: int) -> None:
    """Neither it nor a row before or behind it is lost or comes twice, wherever in a batch of rows it stands."""
    path = tmp_path / "x.db"
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE t (n INTEGER, tm TEXT)")
        connection.executemany("INSERT INTO t VALUES (?, '公文')", [(number,) for number in range(2600)])
        connection.execute("UPDATE t SET tm = CAST(? AS TEXT) WHERE n = ?", ("机密".encode("gb18030"), at))
    rows = [row[1] for row in found(path) if isinstance(row, tuple)]
    assert rows == [(str(number), "机密" if number == at else "公文") for number in range(2600)]
