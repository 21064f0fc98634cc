"""Records that do not lie in rows are read as records where that is certain; lists of fields are none."""

from __future__ import annotations

import json
import sqlite3
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from tests.collect.holdings.files import make
from tests.holdings.test_left_over import answers, said, sheet

NAMES, SHORT = ("档号", "题名", "密级"), ("dh", "tm", "mj")
RECORDS = [("WS-2001-1", "会议材料甲", "公开"), ("WS-2001-2", "会议材料乙", "机密"), ("WS-2001-3", "会议材料丙", "绝密★30年")]
PAIRS = [(number, name, cell) for number, record in enumerate(RECORDS) for name, cell in zip(NAMES, record)]
CARD = [pair[1:] for pair in PAIRS]
ACROSS = [(name, *cells) for name, cells in zip(NAMES, zip(*RECORDS))]
FOUR = [row for one in RECORDS for row in (("档号", one[0], "密级", one[2]), ("题名", one[1], "责任者", "办公室"))]


def base(path: Path, columns: str, rows: Sequence[tuple[Any, ...]]) -> bytes:
    path.parent.mkdir(parents=True, exist_ok=True)
    with sqlite3.connect(path) as connection:
        connection.execute(f"CREATE TABLE ws ({columns})")
        connection.executemany(f"INSERT INTO ws VALUES ({', '.join('?' * len(rows[0]))})", rows)
    connection.close()
    return path.read_bytes()


TABLES: dict[str, tuple[str, Sequence[tuple[Any, ...]]]] = {
    "an owner": ("rid INT, field TEXT, val TEXT", PAIRS),
    "an owner, names in letters": ("rid INT, f TEXT, v TEXT", [(one, dict(zip(NAMES, SHORT))[name], cell) for one, name, cell in PAIRS]),
    "an owner and a key": ("id INT, rid INT, field TEXT, val TEXT", [(number, *pair) for number, pair in enumerate(PAIRS)]),
    "field by field": ("rid INT, field TEXT, val TEXT", sorted(PAIRS, key=lambda pair: pair[1])),
    "values first": ("val TEXT, rid INT, field TEXT", [(cell, one, name) for one, name, cell in PAIRS]),
    "cards": ("field TEXT, val TEXT", CARD),
}  # fmt: skip


@pytest.mark.parametrize("name", TABLES)
def test_names_and_values_in_a_table(name: str, tmp_path: Path) -> None:
    path = tmp_path / "root/a.db"
    (line,) = answers(path, base(path, *TABLES[name]))
    assert isinstance(line, dict) and said([line]) == Counter(C=2, N=1)
    assert line["keys"]["C"] == ["WS-2001-2", "WS-2001-3"] and line["levels"] == {"机密": 1, "绝密": 1}


SHEETS = {
    "cards": CARD, "cards below heads": [("项目", "内容"), *CARD], "cards of four columns": FOUR, "across": ACROSS,
    "across below numbers": [("", "一", "二", "三"), *ACROSS], "one card": CARD[3:6],
}  # fmt: skip


@pytest.mark.parametrize("name", SHEETS)
def test_names_and_values_in_sheets(name: str, tmp_path: Path) -> None:
    wanted = Counter(C=1) if name == "one card" else Counter(C=2, N=1)
    assert said(answers(tmp_path / "root/a.xlsx", sheet(SHEETS[name]))) == wanted
    assert said(answers(tmp_path / "root/a.csv", make.csv_text(SHEETS[name]))) == wanted


def test_names_and_values_in_markup(tmp_path: Path) -> None:
    items = "".join(
        "<item>" + "".join(f'<p name="{name}" value="{cell}"/>' for name, cell in zip(NAMES, one)) + "</item>" for one in RECORDS
    )
    assert said(answers(tmp_path / "root/a.xml", f"<all>{items}</all>")) == Counter(C=2, N=1)
    data = [[{"key": name, "value": cell} for name, cell in zip(NAMES, one)] for one in RECORDS]
    assert said(answers(tmp_path / "root/a.json", json.dumps(data, ensure_ascii=False))) == Counter(C=2, N=1)


def test_codes_that_nobody_explains_are_not_open(tmp_path: Path) -> None:
    path = tmp_path / "root/a.db"
    rows = [(one, name, {"公开": "1", "机密": "3", "绝密★30年": "4"}.get(cell, cell)) for one, name, cell in PAIRS]
    assert said(answers(path, base(path, "rid INT, field TEXT, val TEXT", rows))) == Counter(U=3)


def test_a_second_level_of_one_record_is_not_lost(tmp_path: Path) -> None:
    path = tmp_path / "root/a.db"
    rows = [*PAIRS, (3, "档号", "A"), (3, "题名", "会议"), (3, "密级", "公开"), (3, "密级", "机密")]
    found = said(answers(path, base(path, "rid INT, field TEXT, val TEXT", rows)))
    assert found["C"] == 3


FIELDS = {
    "names and labels": [("ws", "dh", "档号", "varchar"), ("ws", "tm", "题名", "varchar"), ("ws", "mj", "密级", "varchar")],
    "names and meanings": [("dh", "档号", "档案的编号"), ("tm", "题名", "揭示内容的名称"), ("mj", "密级", "文件的保密程度")],
    "lengths": [("字段", "长度"), ("档号", "50"), ("题名", "200"), ("密级", "10")],
    "examples": [
        ("字段", "类型", "长度", "示例"),
        ("档号", "C", "50", "X001-2001-1"),
        ("题名", "C", "200", "关于某事的通知"),
        ("密级", "C", "10", "公开"),
    ],
    "counts": [("年度", "档号", "题名", "密级"), ("2001", "10", "20", "30"), ("2002", "10", "20", "30")],
}


@pytest.mark.parametrize("name", FIELDS)
def test_lists_of_fields_are_no_records(name: str, tmp_path: Path) -> None:
    found = said(answers(tmp_path / "root/a.csv", make.csv_text(FIELDS[name])))
    assert not found["C"] and not found["R"], found
