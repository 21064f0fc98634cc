"""Databases laid out as products lay them out: where the level stands in another shape, and what is no catalogue."""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.holdings.memory import Memory
from tests.holdings.test_catalogues import held
from tests.holdings.test_count import counted
from tests.holdings.test_left_over import answers, said
from tests.holdings.test_odd_catalogues import NUMBERS, TITLES, only

LEVELS = only("机密", "公开")
RECORDS = list(zip(NUMBERS, TITLES, LEVELS))


def verdicts(path: Path) -> dict[str, Counter[str]]:
    """Counts by table of every store that is a file of one database."""
    return {store.path.rpartition("#")[2]: +Counter(dict(store.counts)) for store in held(path)[0].stores}


def database(path: Path, *statements: str, **tables: Sequence[tuple[object, ...]]) -> Path:
    path.parent.mkdir(exist_ok=True)
    with sqlite3.connect(path) as base:
        for statement in statements:
            base.execute(statement)
        for name, table in tables.items():
            base.executemany(f"INSERT INTO {name} VALUES ({', '.join('?' * len(table[0]))})", table)
    base.close()
    return path


def test_what_is_told_by_its_title_is_not_told_by_its_number_once_more(tmp_path: Path) -> None:
    path = database(
        tmp_path / "a.db",
        "CREATE TABLE wj(dh TEXT, tm TEXT, mj TEXT)",
        "CREATE TABLE tmp_export(dh TEXT, tm TEXT)",
        wj=RECORDS,
        tmp_export=[row[:2] for row in RECORDS],
    )
    assert verdicts(path)["tmp_export"] == Counter(C=1, N=5)


@pytest.mark.parametrize("name", ["a.db", "fts.db", "old_backup.db", "导出.db"])
def test_the_name_of_a_store_makes_no_table_a_copy_of_another(name: str, tmp_path: Path) -> None:
    """The titles of a copy are those of the tables beside it, whatever the file is called."""
    path = database(
        tmp_path / name,
        "CREATE TABLE cache_titles(word TEXT)",
        "CREATE TABLE wj(dh TEXT, tm TEXT, mj TEXT)",
        wj=RECORDS,
        cache_titles=[(row[1],) for row in RECORDS],
    )
    assert verdicts(path)["cache_titles"] == Counter(C=1, N=5)


def test_copies_by_title_in_a_dump(tmp_path: Path) -> None:
    values = ",".join(f"('{a}','{b}','{c}')" for a, b, c in RECORDS)
    titles = ",".join(f"({number},'{row[1]}')" for number, row in enumerate(RECORDS))
    dump = f"CREATE TABLE search_index(doc INT, content TEXT);\nINSERT INTO search_index VALUES {titles};\nCREATE TABLE wj(dh TEXT, tm TEXT, mj TEXT);\nINSERT INTO wj VALUES {values};\n"
    found = answers(tmp_path / "root/a.sql", dump.encode())
    assert said(found) == Counter(C=2, N=10)
