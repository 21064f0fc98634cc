"""Tables as a stranger made them, each trap with its ground in the reference: what was found wrong once stays found."""

from __future__ import annotations

import json
import sqlite3
import struct
from collections import Counter
from collections.abc import Sequence
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

HEADS = ("档号", "题名", "密级")
LEVELS = only("机密", "公开")


def paged(*, sheets: bool = False) -> bytes:
    """The names of the columns stand at the head of every page."""
    first, *records = rows(HEADS, LEVELS)
    table = [first, *records[:2], first, *records[2:4], first, *records[4:]]
    return sheet(table) if sheets else text(table)


def database(tmp_path: Path, *statements: str, **tables: Sequence[tuple[Any, ...]]) -> Path:
    path = tmp_path / "a.db"
    with sqlite3.connect(path) as base:
        for statement in statements:
            base.execute(statement)
        for name, table in tables.items():
            base.executemany(f"INSERT INTO {name} VALUES ({', '.join('?' * len(table[0]))})", table)
    base.close()
    return path


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
    path = database(tmp_path, DDL, t_file=[(a, b, c, "2024-01-01") for a, b, c in zip(NUMBERS, TITLES, codes)])
    (store,) = held(path)[0].stores
    assert +Counter(dict(store.counts)) == Counter(C=3, N=3)


def test_a_level_that_was_changed_to_open_is_released() -> None:
    table = [("X1-WS-2001-1", "城东", "机密", "公开"), ("X1-WS-2001-2", "城西", "公开", "公开"), ("X1-WS-2001-3", "城南", "公开", "机密")]
    assert +Counter(counted(Memory("t", ["dh", "tm", "原密级", "密级"], table))["t"]["counts"]) == Counter(D=1, N=1, C=1)


def test_a_replica_by_its_folder(tmp_path: Path) -> None:
    (tmp_path / "replica").mkdir()
    (tmp_path / "replica/a.csv").write_bytes(text(rows(HEADS, LEVELS)))
    assert "D7" in {one.degree for one in mixing(held(tmp_path)[0], classified_zone=False)}


VOLUMES = [(f"X9-001-000{number}", f"城东档案{number}", "公开") for number in (1, 2, 3)]
ITEMS = [
    (f"X9-001-000{a}", f"X9-001-000{a}-00{b}", f"城西文件{a}{b}", "机密" if (a, b) == (2, 1) else "公开") for a in (1, 2, 3) for b in (1, 2)
]
"""The volume, the number, the title and the level of each."""
SHELVES = [("X9", "1", str(number), f"城东档案{number}", "公开") for number in (1, 2, 3)]
SHELVED = [("X9", "01", f"00{volume[-1]}", number[-3:], title, level) for volume, number, title, level in ITEMS]


def inverted(path: Path) -> set[str]:
    return {one.where for one in mixing(held(path)[0], classified_zone=False) if one.degree == "D0"}


@pytest.mark.parametrize(("volume", "refers"), [("ajh TEXT PRIMARY KEY", "TEXT REFERENCES aj(ajh)"), ("ajh TEXT", "TEXT")])
def test_an_open_volume_by_the_number_that_its_items_name(volume: str, refers: str, tmp_path: Path) -> None:
    items = [(a, str(number), title, level) for number, (a, _, title, level) in enumerate(ITEMS)]
    path = database(tmp_path, f"CREATE TABLE aj({volume}, ajtm TEXT, mj TEXT)", f"CREATE TABLE jn(ajh {refers}, sxh INT, tm TEXT, mj TEXT)",
                    aj=VOLUMES, jn=items)  # fmt: skip
    assert inverted(path) == {"a.db#aj"}
    with sqlite3.connect(path) as base:
        base.execute("UPDATE aj SET mj = '机密' WHERE ajh = 'X9-001-0002'")
    assert inverted(path) == set(), "the volume carries the level of its item"


def test_what_a_reference_means_is_no_number_of_another_volume(tmp_path: Path) -> None:
    create = (
        "CREATE TABLE aj(id INTEGER PRIMARY KEY, ajh TEXT, ajtm TEXT, mj TEXT)",
        "CREATE TABLE jn(dh TEXT, aj_id INT REFERENCES aj(id), tm TEXT, mj TEXT)",
    )
    volumes = [(1, "2", "城东档案1", "公开"), (2, "1", "城东档案2", "公开"), (3, "3", "城东档案3", "公开")]
    path = database(tmp_path, *create, aj=volumes, jn=[("A-1", 1, "城西文件1", "机密"), ("A-2", 2, "城西文件2", "公开")])
    assert {store.path: store.inverted for store in held(path)[0].stores if store.inverted} == {"a.db#aj": 1}


def test_an_open_volume_by_fonds_series_and_volume(tmp_path: Path) -> None:
    path = database(tmp_path, "CREATE TABLE ws_aj(qzh TEXT, mlh TEXT, ajh TEXT, ajtm TEXT, mj TEXT)", "CREATE TABLE ws_jn(qzh TEXT, mlh TEXT, ajh TEXT, jh TEXT, tm TEXT, mj TEXT)",
                    "CREATE TABLE kj_aj(qzh TEXT, mlh TEXT, ajh TEXT, ajtm TEXT, mj TEXT)", ws_aj=SHELVES, ws_jn=SHELVED, kj_aj=SHELVES)  # fmt: skip
    assert inverted(path) == {"a.db#ws_aj"}


def test_items_of_one_volume_are_no_volumes_of_one_another(tmp_path: Path) -> None:
    table = "(qzh TEXT, mlh TEXT, ajh TEXT, tm TEXT, mj TEXT)"
    rows = [row[:3] + row[4:] for row in SHELVED]
    assert inverted(database(tmp_path, f"CREATE TABLE jn{table}", f"CREATE TABLE jn2{table}", jn=rows, jn2=rows)) == set()


def folder(path: Path, **files: Sequence[Sequence[str]]) -> Path:
    path.mkdir()
    for name, rows_ in files.items():
        (path / f"{name}.csv").write_bytes(text(rows_, encoding="gb18030"))
    return path


NUMBERED = ("档号", "案卷题名", "密级"), ("案卷号", "档号", "题名", "密级")
LYING = ("全宗号", "目录号", "案卷号", "案卷题名", "密级"), ("全宗号", "目录号", "案卷号", "顺序号", "题名", "密级")


def test_an_open_volume_in_another_file(tmp_path: Path) -> None:
    assert inverted(folder(tmp_path / "a", 案卷目录=[NUMBERED[0], *VOLUMES], 卷内目录=[NUMBERED[1], *ITEMS])) == {"案卷目录.csv"}
    assert inverted(folder(tmp_path / "b", 案卷目录=[LYING[0], *SHELVES], 卷内目录=[LYING[1], *SHELVED])) == {"案卷目录.csv"}


def test_an_open_volume_in_another_folder(tmp_path: Path) -> None:
    """Fonds, series and volume together are one volume wherever it is listed."""
    folder(tmp_path / "a", 案卷目录=[LYING[0], *SHELVES])
    folder(tmp_path / "a/b", 卷内目录=[LYING[1], *SHELVED])
    assert inverted(tmp_path / "a") == {"案卷目录.csv"}
    folder(tmp_path / "c")
    folder(tmp_path / "c/案卷", a=[LYING[0], *SHELVES])
    folder(tmp_path / "c/卷内", b=[LYING[1], *SHELVED])
    assert inverted(tmp_path / "c") == {"案卷/a.csv"}


def test_what_is_no_open_volume_in_another_file(tmp_path: Path) -> None:
    secret = [(*row[:-1], "机密") for row in VOLUMES]
    opened = [(*row[:-1], "公开") for row in ITEMS]
    assert inverted(folder(tmp_path / "a", 案卷目录=[NUMBERED[0], *secret], 卷内目录=[NUMBERED[1], *ITEMS])) == set()
    assert inverted(folder(tmp_path / "b", 案卷目录=[NUMBERED[0], *secret], 卷内目录=[NUMBERED[1], *opened])) == set()
    # The same shelf in another folder is another one where the fonds has hardly a name; of another fonds it is one anyway.
    short = lambda rows: [(row[0][1:], *row[1:]) for row in rows]
    folder(tmp_path / "c", 案卷目录=[LYING[0], *short(SHELVES)])
    folder(tmp_path / "c/d", 卷内目录=[LYING[1], *short(SHELVED)])
    assert inverted(tmp_path / "c") == set()
    other = [("X8", *row[1:]) for row in SHELVES]
    assert inverted(folder(tmp_path / "e", 案卷目录=[LYING[0], *other], 卷内目录=[LYING[1], *SHELVED])) == set()


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
        tmp_path, DICTIONARY, f"CREATE TABLE wj(dh TEXT, tm TEXT, mj_id {refers}, bgqx_id {refers})", base_dict=WORDS, wj=records
    )
    counts = {store.path: +Counter(dict(store.counts)) for store in held(path)[0].stores if store.role == "catalogue"}
    assert counts == {"a.db#wj": Counter(C=1, N=5)}


def test_dictionaries_of_one_table_that_disagree_explain_no_reference(tmp_path: Path) -> None:
    """What is open in one of them is a level in the other."""
    words = [(1, "a", "1", "公开"), (2, "a", "2", "秘密"), (3, "b", "1", "绝密"), (4, "b", "2", "公开")]
    records = [(a, b, c) for a, b, c in zip(NUMBERS, TITLES, "112121")]
    create = "CREATE TABLE d(id INTEGER PRIMARY KEY, type TEXT, code TEXT, label TEXT)"
    path = database(tmp_path, create, "CREATE TABLE wj(dh TEXT, tm TEXT, mj TEXT REFERENCES d(code))", d=words, wj=records)
    counts = {store.path: +Counter(dict(store.counts)) for store in held(path)[0].stores if store.role == "catalogue"}
    assert counts == {"a.db#wj": Counter(U=6)}


def test_a_tree_of_dictionaries(tmp_path: Path) -> None:
    records = [(a, b, c - 30, 1) for a, b, c in zip(NUMBERS, TITLES, (31, 31, 32, 31, 31, 31))]
    path = database(tmp_path, DICTIONARY, "CREATE TABLE wj(dh TEXT, tm TEXT, mj INT, bgqx INT)", base_dict=WORDS, wj=records)
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


def iso2709(records: Sequence[Sequence[tuple[str, str]]], *, encoding: str = "utf-8", characters: bool = False) -> bytes:
    """Records of tags and texts; ``characters``: lengths and places count characters, as some programs do."""
    out = b""
    for fields in records:
        directory, body = b"", b""
        start = 0
        for tag, cell in fields:
            data = (cell if tag < "010" else f"  {cell}").encode(encoding) + b"\x1e"
            size = len(data.decode(encoding)) if characters else len(data)
            directory, body, start = directory + f"{tag}{size:04d}{start:05d}".encode(), body + data, start + size
        base = 25 + len(directory)
        out += f"{base + len(body) + 1:05d}nam a22{base:05d}   4500".encode() + directory + b"\x1e" + body + b"\x1d"
    return out


def marked(level: str) -> Sequence[Sequence[tuple[str, str]]]:
    """The third record of many has a level."""
    return [[("001", f"X017-{number:04d}"), ("200", f"1\x1fa{TITLES[number % 6]}{number}\x1ff市政府"), ("210", "\x1fd2012"), ("300", f"\x1fa{level if number == 2 else '复印件'}")]
            for number in range(60)]  # fmt: skip


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030"])
@pytest.mark.parametrize("characters", [False, True])
@pytest.mark.parametrize("level", ["密级：机密", "机密★10年"])
def test_library_records(level: str, characters: bool, encoding: str, tmp_path: Path) -> None:
    data = iso2709(marked(level), encoding=encoding, characters=characters)
    assert said(answers(tmp_path / "root/a.iso", data)) == Counter(C=1, N=59)


def test_library_records_by_their_own_field_for_secrecy(tmp_path: Path) -> None:
    records = [[("001", a), ("245", f"\x1fa{b}"), ("355", f"0\x1fa{c}")] for a, b, c in RECORDS]
    assert said(answers(tmp_path / "root/a.mrc", iso2709(records))) == Counter(C=1, N=5)
    rows_ = "".join(
        f"<record><controlfield tag='001'>{a}</controlfield><datafield tag='245'><subfield code='a'>{b}</subfield></datafield>"
        f"<datafield tag='355'><subfield code='a'>{c}</subfield></datafield></record>" for a, b, c in RECORDS
    )  # fmt: skip
    data = f"<?xml version='1.0'?><collection xmlns='http://www.loc.gov/MARC21/slim'>{rows_}</collection>"
    assert said(answers(tmp_path / "root/a.xml", data)) == Counter(C=1, N=5)


@pytest.mark.parametrize("cut", [1, 200, 4000])
def test_library_records_that_break_off(cut: int, tmp_path: Path) -> None:
    found = said(answers(tmp_path / "root/a.mrc", iso2709(marked("密级：机密"))[:-cut]))
    assert found["unread"] == 1 and found["C"] == 1 and 0 < found["N"] < 59


def test_library_records_with_a_broken_directory(tmp_path: Path) -> None:
    data = iso2709(marked("密级：机密"))
    broken = data[: len(data) // 2].rpartition(b"\x1d")[0] + b"\x1d" + data.replace(b"\x1e", b"", 5)[:400]
    assert said(answers(tmp_path / "root/a.mrc", broken))["unread"] == 1
