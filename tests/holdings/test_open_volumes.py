"""Volumes that are open though one of their items is classified, told by whatever names the volume."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from pathlib import Path

import pytest

from scanner.facts.holdings import mixing
from tests.holdings.test_catalogues import held
from tests.holdings.test_odd_catalogues import text
from tests.holdings.test_schemas import database

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
    path = database(tmp_path / "a.db", f"CREATE TABLE aj({volume}, ajtm TEXT, mj TEXT)", f"CREATE TABLE jn(ajh {refers}, sxh INT, tm TEXT, mj TEXT)",
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
    path = database(tmp_path / "a.db", *create, aj=volumes, jn=[("A-1", 1, "城西文件1", "机密"), ("A-2", 2, "城西文件2", "公开")])
    assert {store.path: store.inverted for store in held(path)[0].stores if store.inverted} == {"a.db#aj": 1}


def test_an_open_volume_by_fonds_series_and_volume(tmp_path: Path) -> None:
    path = database(tmp_path / "a.db", "CREATE TABLE ws_aj(qzh TEXT, mlh TEXT, ajh TEXT, ajtm TEXT, mj TEXT)", "CREATE TABLE ws_jn(qzh TEXT, mlh TEXT, ajh TEXT, jh TEXT, tm TEXT, mj TEXT)",
                    "CREATE TABLE kj_aj(qzh TEXT, mlh TEXT, ajh TEXT, ajtm TEXT, mj TEXT)", ws_aj=SHELVES, ws_jn=SHELVED, kj_aj=SHELVES)  # fmt: skip
    assert inverted(path) == {"a.db#ws_aj"}


def test_items_of_one_volume_are_no_volumes_of_one_another(tmp_path: Path) -> None:
    table = "(qzh TEXT, mlh TEXT, ajh TEXT, tm TEXT, mj TEXT)"
    rows = [row[:3] + row[4:] for row in SHELVED]
    assert inverted(database(tmp_path / "a.db", f"CREATE TABLE jn{table}", f"CREATE TABLE jn2{table}", jn=rows, jn2=rows)) == set()


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
