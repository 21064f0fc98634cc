"""Levels that share their cells with something else, or are kept as bytes."""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from tests.collect.holdings.files import make
from tests.holdings.test_left_over import answers, said

SHARED = {
    "密级保管期限": ("JM/Y", "GK/C", "GK/D30"), "密级/期限": ("机密/永久", "GK/C", "GK/30"), "保管期限": ("JM/Y", "Y", "30"), "bgqx": ("永久-JM", "长期-GK", "短期-GK"),
    "x": ("JM·Y", "GK·D30", "GK·D10"), "备注": ("JM/Y", "GK/C", "GK/30"), "保管期限及密级": ("JM永久", "GK长期", "NB10年"), "分类号": ("绝密|Y", "公开|C", "内部|C"),
}  # fmt: skip


@pytest.mark.parametrize("column", SHARED)
def test_a_level_and_a_term_of_keeping_in_one_column(column: str, tmp_path: Path) -> None:
    rows = [(f"WS-{number}", "会议材料", value) for number, value in enumerate(SHARED[column])]
    assert said(answers(tmp_path / "root/a.csv", make.csv_text([("dh", "tm", column), *rows]))) == Counter(C=1, N=2)


@pytest.mark.parametrize("values", [("30/MM", "20/MM", "10/MM"), ("JM-30", "JM-50", "JM-60"), ("Y", "C", "D30"), ("A/Y", "B/C", "A/C")])
def test_sizes_and_models_are_no_levels(values: Sequence[str], tmp_path: Path) -> None:
    rows = [(f"WS-{number}", "会议材料", value) for number, value in enumerate(values)]
    assert said(answers(tmp_path / "root/a.csv", make.csv_text([("dh", "tm", "规格"), *rows]))) == Counter(N=3)
    assert said(answers(tmp_path / "root/b.csv", make.csv_text([("dh", "tm", "bgqx"), *rows])))["C"] == 0


def blobs(path: Path, rows: Sequence[tuple[Any, ...]], column: str = "mj", labels: bool = False) -> bytes:
    path.parent.mkdir(exist_ok=True)
    with sqlite3.connect(path) as base:
        base.execute(f"CREATE TABLE ws (dh TEXT, tm BLOB, {column} BLOB)")
        base.executemany("INSERT INTO ws VALUES (?, ?, ?)", rows)
        if labels:
            base.execute("CREATE TABLE field (a TEXT, b TEXT)")
            base.executemany("INSERT INTO field VALUES (?, ?)", [(column, "密级"), ("dh", "档号"), ("tm", "题名")])
    base.close()
    return path.read_bytes()


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030"])
def test_a_level_kept_as_bytes(encoding: str, tmp_path: Path) -> None:
    rows = [
        ("A-1", "会议", "机密".encode(encoding)),
        ("A-2", "会议", "公开".encode(encoding)),
        ("A-3", "机密★10年会议".encode(encoding), None),
    ]
    path = tmp_path / "root/a.db"
    assert said(answers(path, blobs(path, rows))) == Counter(C=2, N=1)
    path = tmp_path / "root/b.db"
    assert said(answers(path, blobs(path, rows, "F09", labels=True)))["C"] == 2


@pytest.mark.parametrize("values", [(b"\x93\x81\xff\x00\x11", b"\x93\x81\xff\x00\x12"), (b"1", b"3")])
def test_bytes_that_nobody_understands_are_not_open(values: Sequence[bytes], tmp_path: Path) -> None:
    path = tmp_path / "root/a.db"
    assert said(answers(path, blobs(path, [(f"A-{number}", "会议", value) for number, value in enumerate(values)]))) == Counter(U=2)


def test_levels_kept_as_bytes_in_dumps(tmp_path: Path) -> None:
    spelt = "机密".encode("gb18030").hex()
    copy = (
        f"CREATE TABLE ws (dh text, tm text, mj bytea);\nCOPY ws (dh, tm, mj) FROM stdin;\nA-1\t会议\t\\\\x{spelt}\nA-2\t会议\t\\N\n\\.\n"
    )
    assert said(answers(tmp_path / "root/a.sql", copy)) == Counter(C=1, N=1)
    insert = f"CREATE TABLE ws (dh text, tm text, mj blob);\nINSERT INTO ws VALUES ('A-1','会议',0x{spelt}),('A-2','会议',NULL);\n"
    assert said(answers(tmp_path / "root/b.sql", insert)) == Counter(C=1, N=1)
