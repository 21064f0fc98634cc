"""Tables as a stranger made them, each trap with its ground in the reference: what was found wrong once stays found."""

from __future__ import annotations

import json
import struct
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from scanner.collect.holdings.ddl import column_comments
from scanner.facts.holdings import mixing
from scanner.facts.holdings.leftover import repeats_names
from tests.collect.holdings.files import make
from tests.holdings.memory import Memory
from tests.holdings.test_catalogues import held
from tests.holdings.test_count import counted
from tests.holdings.test_left_over import answers, said, sheet
from tests.holdings.test_odd_catalogues import NUMBERS, TITLES, only, rows, text
from tests.holdings.test_schemas import database

HEADS = ("档号", "题名", "密级")
LEVELS = only("机密", "公开")


def paged(*, sheets: bool = False) -> bytes:
    """The names of the columns stand at the head of every page."""
    first, *records = rows(HEADS, LEVELS)
    table = [first, *records[:2], first, *records[2:4], first, *records[4:]]
    return sheet(table) if sheets else text(table)


def test_traditional_characters_of_a_dbf(tmp_path: Path) -> None:
    records = [
        (number, "關於舊街消防整改之請示，附圖紙清冊" * 3, level)
        for number, level in zip(NUMBERS, ("公開", "機密", "公開", "絕密", "", "公開"))
    ]
    data = make.dbf([(a, b[:30], c) for a, b, c in records], encoding="big5")
    assert said(answers(tmp_path / "root/a.dbf", data)) == Counter(C=2, N=4)
    # Titles that are cut within a character decode in neither encoding; the mark of the code page tells.
    cut = bytearray(make.dbf([(a, b[:29] + " ", c) for a, b, c in records], encoding="big5"))
    start, length = struct.unpack_from("<HH", cut, 8)
    cut[29] = 0x78
    for number in range(len(records)):
        cut[start + number * length + 1 + 24 + 59] = 0xA4
    assert said(answers(tmp_path / "root/b.dbf", bytes(cut))) == Counter(C=2, N=4)


@pytest.mark.parametrize("sheets", [False, True])
def test_names_of_columns_that_come_again_are_no_record(sheets: bool, tmp_path: Path) -> None:
    assert said(answers(tmp_path / f"root/a.{'xlsx' if sheets else 'csv'}", paged(sheets=sheets))) == Counter(C=1, N=5)


@pytest.mark.parametrize(("cells", "again"), [
    (("档号", "题名", "密级"), True), (("档 号", "", "密级"), True), ((None, None, "密级"), False), (("A-1", "题名", "密级"), False), ((), False),
])  # fmt: skip
def test_what_repeats_the_names(cells: tuple[str | None, ...], again: bool) -> None:
    assert repeats_names(HEADS, cells) is again


def test_names_that_come_twice_are_repeated_too() -> None:
    assert repeats_names(("档号", "密级", "密级.2"), ("档号", "密级", "密级"))


def test_cells_that_a_program_made_formulas_of(tmp_path: Path) -> None:
    table = [[f'="{cell}"' for cell in row] for row in rows(HEADS, LEVELS)]
    assert said(answers(tmp_path / "root/a.csv", text(table))) == Counter(C=1, N=5)


RECORDS = [list(row) for row in rows(HEADS, LEVELS)[1:]]
BULK = "".join(
    json.dumps({"index": {"_index": "da", "_id": row[0]}})
    + "\n"
    + json.dumps(dict(zip(("dh", "tm", "mj"), row)), ensure_ascii=False)
    + "\n"
    for row in RECORDS
)


@pytest.mark.parametrize("data", [
    {"columns": list(HEADS), "rows": RECORDS}, {"code": 0, "data": {"fields": ["dh", "tm", "mj"], "total": 6, "items": RECORDS}},
    {"columns": list(HEADS), "index": [0, 1, 2, 3, 4, 5], "data": RECORDS},
    [list(HEADS), *RECORDS], {"code": 0, "result": [["dh", "tm", "mj"], *RECORDS]},
    {a: {"题名": b, "密级": c} for a, b, c in RECORDS}, {"ok": True, "data": {b: {"dh": a, "mj": c, "rq": "2012-01-01"} for a, b, c in RECORDS}},
])  # fmt: skip
def test_records_in_json_that_are_no_list_of_objects(data: Any, tmp_path: Path) -> None:
    found = [line for line in answers(tmp_path / "root/a.json", json.dumps(data)) if isinstance(line, dict)]
    assert [Counter(line["counts"]) for line in found if line["role"] == "catalogue"] == [Counter(C=1, N=5, R=0, D=0, U=0)]


def test_what_a_bulk_request_asks_for_is_no_record(tmp_path: Path) -> None:
    found = {line["role"]: +Counter(line["counts"]) for line in answers(tmp_path / "root/bulk.jsonl", BULK) if isinstance(line, dict)}
    assert found["catalogue"] == Counter(C=1, N=5)
    (tmp_path / "one").mkdir()
    (tmp_path / "one/bulk.jsonl").write_text(BULK.replace("公开", "秘密"), "utf-8")
    assert {one.degree for one in mixing(held(tmp_path / "one")[0], classified_zone=False)} == {"X0"}, "a store of classified records alone"


DDL = """CREATE TABLE t_file ( -- 文书档案
  dh TEXT, -- 档号
  -- 题名
  "t m" TEXT DEFAULT '-- (', /* 全称
   或简称 */ [f09] DECIMAL(10,2), -- 密级(1:绝密 2:机密 3:秘密 4:公开)
  rq TEXT -- 文件日期
, PRIMARY KEY (dh) -- 主键
)"""


def test_comments_beside_columns() -> None:
    assert column_comments(DDL) == {
        "dh": "档号", "t m": "题名 全称\n   或简称", "f09": "密级(1:绝密 2:机密 3:秘密 4:公开)", "rq": "文件日期",
    }  # fmt: skip
    assert column_comments("CREATE TABLE a(b TEXT, c INT)") == {}
    assert column_comments("CREATE TABLE a(b TEXT, -- 题名\n c INT /* 1公开2机密") == {"b": "题名", "c": "1公开2机密"}, (
        "a comment without an end goes on to the end"
    )


def test_codes_that_the_statement_explains(tmp_path: Path) -> None:
    codes = ("4", "1", "3", "4", "2", "4")
    path = database(tmp_path / "a.db", DDL, t_file=[(a, b, c, "2024-01-01") for a, b, c in zip(NUMBERS, TITLES, codes)])
    (store,) = held(path)[0].stores
    assert +Counter(dict(store.counts)) == Counter(C=3, N=3)


def test_a_level_that_was_changed_to_open_is_released() -> None:
    table = [("X1-WS-2001-1", "城东", "机密", "公开"), ("X1-WS-2001-2", "城西", "公开", "公开"), ("X1-WS-2001-3", "城南", "公开", "机密")]
    assert +Counter(counted(Memory("t", ["dh", "tm", "原密级", "密级"], table))["t"]["counts"]) == Counter(D=1, N=1, C=1)


def test_a_replica_by_its_folder(tmp_path: Path) -> None:
    (tmp_path / "replica").mkdir()
    (tmp_path / "replica/a.csv").write_bytes(text(rows(HEADS, LEVELS)))
    assert "D7" in {one.degree for one in mixing(held(tmp_path)[0], classified_zone=False)}


def test_halves_of_characters_are_no_backslashes(tmp_path: Path) -> None:
    create = "-- MySQL dump 10.13\nCREATE TABLE `ws` (\n `dh` varchar(40),\n `tm` varchar(90),\n `mj` varchar(9),\n `bz` varchar(9)\n);\n"
    values = ",".join(f"('{a}','{b}乗','{c}','\\'俓')" for a, b, c in RECORDS)
    data = f"{create}INSERT INTO `ws` VALUES {values};\nINSERT INTO `ws` VALUES ('A-7','{TITLES[0]}\\\\','绝密','乗');\n"
    assert said(answers(tmp_path / "root/a.sql", data.encode("gb18030"))) == Counter(C=2, N=5)
    assert said(answers(tmp_path / "root/b.sql", data.encode())) == Counter(C=2, N=5)


DICTIONARY = "CREATE TABLE base_dict(id INTEGER PRIMARY KEY, pid INT, name TEXT, val TEXT)"
WORDS = [
    (30, 0, "密级", ""),
    (31, 30, "公开", "1"),
    (32, 30, "机密", "2"),
    (40, 0, "保管期限", ""),
    (41, 40, "永久", "1"),
    (42, 40, "30年", "2"),
]


def test_one_table_of_many_dictionaries(tmp_path: Path) -> None:
    codes = (31, 31, 32, 31, 31, 31)
    records = [(a, b, c, 41 + number % 2) for number, (a, b, c) in enumerate(zip(NUMBERS, TITLES, codes))]
    refers = "INT REFERENCES base_dict(id)"
    path = database(
        tmp_path / "a.db", DICTIONARY, f"CREATE TABLE wj(dh TEXT, tm TEXT, mj_id {refers}, bgqx_id {refers})", base_dict=WORDS, wj=records
    )
    counts = {store.path: +Counter(dict(store.counts)) for store in held(path)[0].stores if store.role == "catalogue"}
    assert counts == {"a.db#wj": Counter(C=1, N=5)}


def test_dictionaries_of_one_table_that_disagree_explain_no_reference(tmp_path: Path) -> None:
    """What is open in one of them is a level in the other."""
    words = [(1, "a", "1", "公开"), (2, "a", "2", "秘密"), (3, "b", "1", "绝密"), (4, "b", "2", "公开")]
    records = [(a, b, c) for a, b, c in zip(NUMBERS, TITLES, "112121")]
    create = "CREATE TABLE d(id INTEGER PRIMARY KEY, type TEXT, code TEXT, label TEXT)"
    path = database(tmp_path / "a.db", create, "CREATE TABLE wj(dh TEXT, tm TEXT, mj TEXT REFERENCES d(code))", d=words, wj=records)
    counts = {store.path: +Counter(dict(store.counts)) for store in held(path)[0].stores if store.role == "catalogue"}
    assert counts == {"a.db#wj": Counter(U=6)}


def test_a_tree_of_dictionaries(tmp_path: Path) -> None:
    records = [(a, b, c - 30, 1) for a, b, c in zip(NUMBERS, TITLES, (31, 31, 32, 31, 31, 31))]
    path = database(tmp_path / "a.db", DICTIONARY, "CREATE TABLE wj(dh TEXT, tm TEXT, mj INT, bgqx INT)", base_dict=WORDS, wj=records)
    counts = {store.path: +Counter(dict(store.counts)) for store in held(path)[0].stores if store.role == "catalogue"}
    assert counts == {"a.db#wj": Counter(C=1, N=5)}


@pytest.mark.parametrize("end", ["合计,3件,", "合  计：3,,\n填表人：,,审核：", "共 3 件,,\n第 1 页"])
@pytest.mark.parametrize("encoding", ["utf-8", "gb18030"])
def test_sums_and_signatures_are_no_open_records(end: str, encoding: str, tmp_path: Path) -> None:
    data = text([HEADS, *((a, b, "机密") for a, b in zip(NUMBERS, TITLES))]).decode() + end + "\n"
    (tmp_path / "a.csv").write_bytes(data.encode(encoding))
    found, _ = held(tmp_path)
    assert +Counter(dict(found.stores[0].counts)) == Counter(C=6)
    assert {one.degree for one in mixing(found, classified_zone=False)} == {"X0"}


@pytest.mark.parametrize("end", ["合计,机密文件1件,公开", "X017-WS-2012-Y-0009,合计表,公开", ",,\n总计表修订说明,函,公开"])
def test_a_record_at_the_end_stays_one(end: str, tmp_path: Path) -> None:
    data = text(rows(HEADS, LEVELS)).decode() + end + "\n"
    assert said(answers(tmp_path / "root/a.csv", data)).total() >= 7
