"""A record without a level under the number of a classified one is its copy, or for a person to look at; it is never open."""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.collect.holdings.count import count_group
from scanner.collect.holdings.recordnumbers import number_of
from scanner.facts.holdings import mixing
from scanner.facts.holdings.reading import Group
from tests.collect.holdings.files import make
from tests.holdings.memory import Memory
from tests.holdings.test_catalogues import held
from tests.holdings.test_count import ASKED

SECRET = [
    ("X001-WS-2001-0001", "会议材料甲", "机密"),
    ("X001-WS-2001-0002", "会议材料乙", "公开"),
    ("X001-WS-2001-0003", "会议材料丙", "绝密"),
]
COPY = [
    ("X001-WS-2001-0001", "甲", "办公室"),
    ("X001-WS-2001-0002", "乙", "办公室"),
    ("X001－WS－2001－0003 ", "丙", "办公室"),
    ("X001-WS-2001-0009", "丁", "局"),
]
HEADS = ("档号", "题名", "责任者")


def of(*sources: Memory) -> dict[str, Counter[str]]:
    lines = [line for line in count_group(Group("base", sources), ASKED) if isinstance(line, dict)]
    return {line["path"].partition("#")[2]: +Counter(line["counts"]) for line in lines}


def secret() -> Memory:
    return Memory("wj", ["dh", "tm", "mj"], SECRET)


def test_a_table_without_levels() -> None:
    assert of(secret(), Memory("liyong", HEADS, COPY))["liyong"] == Counter(R=2, N=2)


@pytest.mark.parametrize("name", ["wj_bak2019", "wj_export", "tmp_wj", "wj_old", "his_wj"])
def test_a_copy_by_its_name(name: str) -> None:
    assert of(secret(), Memory(name, HEADS, COPY))[name] == Counter(C=2, N=2)


def test_levels_that_stand_there_are_believed() -> None:
    assert of(secret(), Memory("b", ["dh", "tm", "mj"], [("X001-WS-2001-0001", "甲", "公开"), ("X001-WS-2001-0003", "丙", "")]))[
        "b"
    ] == Counter(N=1, R=1)


def test_numbers_within_one_table_are_of_one_volume() -> None:
    rows = [("X001-WS-2001-0001", "甲", "机密"), ("X001-WS-2001-0001", "乙", "")]
    assert of(Memory("jn", ["dh", "tm", "mj"], rows)) == {"jn": Counter(C=1, N=1)}


@pytest.mark.parametrize("number", ["1", "0001", "12-3", "2001", "", "甲乙丙丁戊己"])
def test_numbers_that_tell_nothing(number: str) -> None:
    assert number_of(number) == ""
    assert of(Memory("a", ["dh", "tm", "mj"], [(number, "甲", "机密")]), Memory("b", HEADS, [(number, "甲", "局")]))["b"] == Counter(N=1)


@given(st.text(st.sampled_from("AZa09-./_ －＊*某"), max_size=14))
def test_spaces_around_a_number_tell_nothing(number: str) -> None:
    assert number_of(number) == number_of(f" {number} ")


def test_a_person_is_not_told_twice_what_the_text_says() -> None:
    rows = [("X001-WS-2001-0001", "甲（机密★10年）", "局"), ("X001-WS-2001-0003", "【绝密】丙", "局")]
    assert of(secret(), Memory("b", HEADS, rows))["b"] == Counter(C=1, R=1)


def test_files_of_one_folder(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "export").mkdir()
    (tmp_path / "a/secret.csv").write_text(make.csv_text([("档号", "题名", "密级"), *SECRET]), "utf-8")
    (tmp_path / "a/register.csv").write_text(make.csv_text([HEADS, *COPY]), "gb18030")
    (tmp_path / "a/other.csv").write_text(make.csv_text([HEADS, ("X001-WS-1999-0001", "甲", "局")]), "utf-8")
    book = openpyxl.Workbook()
    assert book.active is not None
    for row in (HEADS, *COPY):
        book.active.append(row)
    book.save(tmp_path / "export/list.xlsx")
    with sqlite3.connect(tmp_path / "a/base.db") as base:
        base.execute("CREATE TABLE kf (dh TEXT, tm TEXT, zrz TEXT)")
        base.executemany("INSERT INTO kf VALUES (?, ?, ?)", COPY)
    base.close()
    found, raw = held(tmp_path)
    counts = {store.path: +Counter(dict(store.counts)) for store in found.stores}
    assert counts == {
        "a/secret.csv": Counter(C=2, N=1), "a/register.csv": Counter(R=2, N=2), "a/other.csv": Counter(N=1), "export/list.xlsx#Sheet": Counter(C=2, N=2),
        "a/base.db#kf": Counter(R=2, N=2),
    }  # fmt: skip
    assert ("D7", "export/list.xlsx#Sheet") in {(item.degree, item.where) for item in mixing(found, classified_zone=False)}
    copied = next(store for store in found.stores if store.path.startswith("export"))
    assert copied.keys["C"] == ("X001-WS-2001-0001",)
    assert b"numbers" not in raw


def test_a_resumed_folder_says_the_same(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text(make.csv_text([("档号", "题名", "密级"), *SECRET]), "utf-8")
    (tmp_path / "b.csv").write_text(make.csv_text([HEADS, *COPY]), "utf-8")
    once, twice = held(tmp_path)[0], held(tmp_path)[0]
    assert [store.counts for store in once.stores] == [store.counts for store in twice.stores]
    assert once.stores[1].reasons == {"number-of-classified": 2, "unmarked": 2}


VOLUMES = [
    ("档号", "案卷题名", "密级"),
    ("X001-2-0007", "会议材料", "公开"),
    ("X001-2-0008", "会议材料", "机密"),
    ("X001-2-0009", "会议材料", "公开"),
]
ITEMS = [
    ("档号", "题名", "密级"),
    *(
        (f"X001-2-000{volume}-00{item}", "会议材料", level)
        for volume, item, level in ((7, 1, "公开"), (7, 2, "机密"), (8, 1, "秘密"), (9, 1, "公开"))
    ),
]


def book_of(path: Path, rows: Sequence[Sequence[str]]) -> None:
    book = openpyxl.Workbook()
    assert book.active is not None
    for row in rows:
        book.active.append(row)
    path.parent.mkdir(parents=True, exist_ok=True)
    book.save(path)


def inverted(root: Path) -> dict[str, int]:
    found = held(root)[0]
    return {store.path.partition("#")[0]: store.inverted for store in found.stores if store.inverted}


def test_an_open_volume_of_a_classified_item_in_another_file(tmp_path: Path) -> None:
    book_of(tmp_path / "案卷目录.xlsx", VOLUMES)
    book_of(tmp_path / "卷内/卷内目录.xlsx", ITEMS)
    assert inverted(tmp_path) == {"案卷目录.xlsx": 1}
    assert {item.degree for item in mixing(held(tmp_path)[0], classified_zone=False)} >= {"D0", "D1"}


def test_volumes_and_items_that_agree(tmp_path: Path) -> None:
    book_of(tmp_path / "案卷目录.xlsx", [VOLUMES[0], *VOLUMES[2:]])
    book_of(tmp_path / "卷内目录.xlsx", ITEMS)
    assert inverted(tmp_path) == {}


def test_items_that_lie_twice_count_once(tmp_path: Path) -> None:
    book_of(tmp_path / "案卷目录.xlsx", VOLUMES)
    for name in ("卷内目录.xlsx", "备份/卷内目录.xlsx"):
        book_of(tmp_path / name, ITEMS)
    assert inverted(tmp_path) == {"案卷目录.xlsx": 1}
