"""Slices of a table add up to what the whole gives, or are not used: over SQLite files with all that can differ between slices."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.collect.holdings import count
from scanner.collect.holdings.count import Asked, count_group, count_slice
from scanner.collect.holdings.notes import Notes
from scanner.collect.holdings.servers import read_sqlite
from scanner.collect.holdings.slices import cut
from scanner.facts.holdings.reading import Group

ASKED = Asked(as_of=date(2026, 11, 25))
CELLS = st.sampled_from(
    ["公开", "机密", "秘密★10年", "", None, "机密★1年", "5", "SECRET", "OPEN", "内部", "绝密★长期", "a9f04b7c55de01239fab77e0a9f04b7c"]
)
TEXTS = st.sampled_from(["关于某事的请示", "关于机密★20年文件的通知", "（机密）某件", "已解密的通知"])


def made(path: Path, rows: list[tuple[int, str | None, str]]) -> Path:
    path.unlink(missing_ok=True)
    with sqlite3.connect(path) as base:
        base.execute("CREATE TABLE wj (id INTEGER PRIMARY KEY, dh TEXT, tm TEXT, mj TEXT, nd TEXT)")
        base.executemany(
            "INSERT INTO wj VALUES (?, ?, ?, ?, '1999')", [(key, f"1-01-{key // 20}-{key}", text, cell) for key, cell, text in rows]
        )
        base.execute("CREATE TABLE aj (dh TEXT, ajtm TEXT, mj TEXT)")
        base.executemany("INSERT INTO aj VALUES (?, '案卷', '公开')", [(f"1-01-{n}",) for n in range(40)])
    base.close()
    return path


def groups(path: Path) -> Iterator[Group]:
    yield from (item for item in read_sqlite(path, path.name, {}) if isinstance(item, Group))


def sliced(path: Path, each: int) -> tuple[Notes, int]:
    """Notes of all slices of the table, as other machines would have made them."""
    notes = Notes(None)
    number = 0
    for group in groups(path):
        source = next(item for item in group.sources if item.name == "wj")
        bounds = cut(source, source.total or 0, each)
        notes.keep_bounds(group, source, bounds)
        for item in bounds:
            row = count_slice(group, source.place.path, item, ASKED, notes.salt)
            if row is not None:
                notes.keep_slice(group, source, item, row)
                number += 1
    return notes, number


def whole(path: Path, notes: Notes | None = None) -> list[Any]:
    return [line for group in groups(path) for line in count_group(group, ASKED, notes.of(group) if notes is not None else None)]


@given(st.lists(st.tuples(CELLS, TEXTS), min_size=1, max_size=60), st.integers(3, 25), st.integers(1, 50))
def test_slices_add_up_to_the_whole(
    tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[str | None, str]], each: int, step: int
) -> None:
    path = made(tmp_path_factory.getbasetemp() / "slices.db", [(7 + number * step, *row) for number, row in enumerate(rows)])
    notes, _ = sliced(path, each)
    assert whole(path, notes) == whole(path)


def test_slices_are_used_and_the_table_is_not_passed_over_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = made(tmp_path / "a.db", [(n, "机密" if n % 3 else "公开", f"关于{n}号的请示") for n in range(900)])
    wanted = whole(path)
    assert wanted[1]["inverted"] == 40 or wanted[0]["inverted"] == 40, "an open volume of classified items is told through the slices"
    notes, number = sliced(path, 100)
    assert number == 9 and not any(b"\xe8\xaf\xb7\xe7\xa4\xba" in row for row in notes.rows())
    passed: list[str] = []
    inner = count.one_pass

    def seen(known: Any, *rest: Any) -> Any:
        passed.append(known.source.name)
        return inner(known, *rest)

    monkeypatch.setattr(count, "one_pass", seen)
    assert whole(path, notes) == wanted and passed == ["aj"]


@pytest.mark.parametrize("spoil", ["missing", "another-sample", "cipher-later"])
def test_slices_that_do_not_fit_are_left_alone(spoil: str, tmp_path: Path) -> None:
    rows: list[tuple[int, str | None, str]] = [(n, "机密" if n % 3 else "公开", "关于某事的请示") for n in range(3000)]
    if spoil == "cipher-later":
        rows[2500:] = [(n, f"{n:032x}", "关于某事的请示") for n in range(2500, 3000)]
    path = made(tmp_path / "a.db", rows)
    notes, _ = sliced(path, 500)
    if spoil == "missing":
        key = next(key for key, row in notes._rows.items() if b'"passed"' in row)
        del notes._rows[key]
    if spoil == "another-sample":
        with sqlite3.connect(path) as base:
            base.execute("UPDATE wj SET mj = '内部' WHERE id = 3")
        base.close()
    assert whole(path, notes) == whole(path)


def test_a_key_that_is_missing_belongs_to_the_first_slice(tmp_path: Path) -> None:
    """A table without row numbers of its own may hold NULL and text as keys; rows beyond the highest key belong to the last."""
    with sqlite3.connect(tmp_path / "a.db") as base:
        base.execute("CREATE TABLE wj (id integer PRIMARY KEY DESC, dh TEXT, tm TEXT, mj TEXT)")
        rows = [(None, "x-1", "题", "机密"), *((n, f"x-{n + 2}", "题", "公开") for n in range(100)), ("z", "x-z", "题", "机密")]
        base.executemany("INSERT INTO wj VALUES (?, ?, ?, ?)", rows)
    base.close()
    for group in groups(tmp_path / "a.db"):
        (source,) = group.sources
        total = sum(len(list(source.slice(bounds).rows(["dh"]))) for bounds in [(None, 40), (40, 70), (70, None)])
        assert total == 102


def test_titles_whose_levels_stand_apart_are_sliced_with_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = made(tmp_path / "a.db", [])
    with sqlite3.connect(path) as base:
        base.execute("DROP TABLE wj")
        base.execute("CREATE TABLE wj (id INTEGER PRIMARY KEY, dh TEXT, tm TEXT)")
        base.executemany("INSERT INTO wj VALUES (?, ?, '会议材料')", [(n, f"X017-WS-2012-{n:05d}") for n in range(900)])
        base.execute("CREATE TABLE wj_told (wj_id INTEGER PRIMARY KEY, mj TEXT)")
        base.executemany("INSERT INTO wj_told VALUES (?, ?)", [(n, "机密" if n % 3 else "公开") for n in range(0, 900, 2)])
    base.close()
    wanted = whole(path)
    assert [line["counts"]["C"] for line in wanted if line["path"].endswith("#wj")] == [300]
    notes, number = sliced(path, 100)
    passed: list[str] = []
    inner = count.one_pass

    def seen(known: Any, *rest: Any) -> Any:
        passed.append(known.source.name)
        return inner(known, *rest)

    monkeypatch.setattr(count, "one_pass", seen)
    assert number == 9 and whole(path, notes) == wanted and passed == ["aj"]
    assert whole(path, notes) == wanted and passed == ["aj"], "what was counted once is taken from the notes"
