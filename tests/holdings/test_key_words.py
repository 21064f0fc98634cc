"""Key words of a record: a level among several of them is a mention; a cell that is a level, or bears its sign, is none."""

from __future__ import annotations

import sqlite3
from collections import Counter
from pathlib import Path

import pytest

from scanner.facts.holdings.keywords import only_mentions
from tests.holdings.test_left_over import answers, said, sheet
from tests.holdings.test_odd_catalogues import NUMBERS, TITLES, only, rows, text

COLUMNS = ("主题词", "关键词", "主题", "keywords", "ztc", "关键字")


@pytest.mark.parametrize("column", COLUMNS)
@pytest.mark.parametrize("level", [None, "", "公开"])
@pytest.mark.parametrize("cell", ["秘密 保护 制度", "绝密；飞行；电影"])
def test_a_level_among_key_words_is_a_mention(cell: str, column: str, level: str | None, tmp_path: Path) -> None:
    names, levels = ((), ()) if level is None else (("密级",), ([level] * 6,))
    table = rows(("档号", "题名", *names, column), *levels, only(cell, "城建 规划 通知"))
    assert said(answers(tmp_path / "root/a.csv", text(table))) == Counter(N=6)
    assert said(answers(tmp_path / "root/a.xlsx", sheet(table))) == Counter(N=6)


@pytest.mark.parametrize("cell", [
    "机密", "机密级", "机密★10年", "秘密★ 城建 规划", "城建 规划 秘密★10年", "机密 10年", "密级：机密 城建 规划", "秘密 长期 城建", "机密 城建",
    "机密 文件 城建", "机密级 城建 规划", "内部 机密 城建", "机密 启用前 试题", "涉密 机密 城建", "城建 机密 2012",
])  # fmt: skip
@pytest.mark.parametrize("column", ["主题词", "关键词", "主题"])
@pytest.mark.parametrize("level", ["", "公开"])
def test_what_is_no_mention_is_not_open(cell: str, column: str, level: str, tmp_path: Path) -> None:
    table = rows(("档号", "题名", "密级", column), [level] * 6, only(cell, "城建 规划 通知"))
    assert said(answers(tmp_path / "root/a.csv", text(table)))["N"] == 5


def test_a_level_in_brackets_is_set_apart(tmp_path: Path) -> None:
    table = rows(("档号", "题名", "主题词"), only("【机密】 城建 规划", "城建 规划 通知"))
    assert said(answers(tmp_path / "root/a.csv", text(table))) == Counter(R=1, N=5)


@pytest.mark.parametrize("heads", [("档号", "题名", "备注"), ("档号", "题名", "x"), ("档号", "主题", "密级")])
def test_in_other_columns_it_is_for_a_person(heads: tuple[str, ...], tmp_path: Path) -> None:
    cells = only("秘密 飞行 电影", "")
    at = 1 if heads[1] == "主题" else 2
    table = [list(heads)] + [[*row[:at], cell or row[at], *row[at + 1 :]] for row, cell in zip(zip(NUMBERS, TITLES, [""] * 6), cells)]
    assert said(answers(tmp_path / "root/a.csv", text(table)))["N"] == 5


def test_a_column_that_its_comment_calls_one_of_key_words(tmp_path: Path) -> None:
    path = tmp_path / "root/a.db"
    path.parent.mkdir()
    with sqlite3.connect(path) as made:
        made.execute("CREATE TABLE ws (dh TEXT, tm TEXT,\n f7 TEXT -- 主题词\n)")
        made.executemany("INSERT INTO ws VALUES (?, ?, ?)", zip(NUMBERS, TITLES, only("秘密 保护 制度", "城建 规划 通知")))
    made.close()
    assert said(answers(path, path.read_bytes())) == Counter(N=6)


@pytest.mark.parametrize("cell", ["秘密 保护 制度", "保密；机密；管理", "绝密,飞行,电影", "城建　规划　秘密", "法规/机密/秘密/教育"])
def test_mentions(cell: str) -> None:
    assert only_mentions(cell)


@pytest.mark.parametrize(
    "cell", ["法规 秘密", "城建 规划 通知", "", "国家秘密、机密、教育", "机密", "秘密★ 保护 制度", "机密 保管期限 城建"]
)
def test_what_is_none(cell: str) -> None:
    assert not only_mentions(cell)
