"""Levels that stand several times in the JSON of one cell: none of them is passed over for the first."""

from __future__ import annotations

import sqlite3
from collections import Counter
from pathlib import Path

import pytest

from tests.holdings.test_left_over import answers, said

NUMBER = 10


@pytest.mark.parametrize(
    "cell", ['{{"mj":"GK","fj":{{"mj":"{}"}}}}', '[{{"mj":"GK"}},{{"mj":"{}"}}]', '{{"items":[{{"mj":null}},{{"mj":"{}"}}]}}']
)
def test_each_level_in_a_cell_is_looked_at(cell: str, tmp_path: Path) -> None:
    path = tmp_path / "made.db"
    rows = [(f"WS-2001-{at}", f"会议材料{at}", cell.format("JM" if at == 4 else "GK")) for at in range(NUMBER)]
    with sqlite3.connect(path) as base:
        base.execute("CREATE TABLE t_item(dh TEXT, tm TEXT, ext TEXT)")
        base.executemany("INSERT INTO t_item VALUES (?, ?, ?)", rows)
    base.close()
    found = said(answers(tmp_path / "root/a.db", path.read_bytes()))
    assert found["C"] + found["R"] == 1 and found["N"] == NUMBER - 1


def test_codes_in_a_cell_by_their_dictionary(tmp_path: Path) -> None:
    path = tmp_path / "made.db"
    rows = [(f"WS-2001-{at}", f"会议材料{at}", f'[{{"mj":1}},{{"mj":{3 if at == 4 else 1}}}]') for at in range(NUMBER)]
    with sqlite3.connect(path) as base:
        base.execute("CREATE TABLE t_item(dh TEXT, tm TEXT, ext TEXT)")
        base.executemany("INSERT INTO t_item VALUES (?, ?, ?)", rows)
        base.execute("CREATE TABLE t_mj(dm TEXT, mc TEXT)")
        base.executemany("INSERT INTO t_mj VALUES (?, ?)", [("1", "公开"), ("2", "秘密"), ("3", "机密")])
    base.close()
    assert said(answers(tmp_path / "root/a.db", path.read_bytes())) == Counter(R=1, N=NUMBER - 1 + 3)
