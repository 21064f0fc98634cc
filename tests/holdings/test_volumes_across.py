"""Open volumes of classified items in another target of the run: told by digests of volumes' numbers, and of nothing that could be words."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence
from pathlib import Path

import pytest

from scanner.collect.holdings import openvolumes
from scanner.collect.holdings.shelves import tells_apart
from scanner.facts.holdings import spanning
from tests.holdings.test_big_files import in_slices, places, whole
from tests.holdings.test_catalogues import held
from tests.holdings.test_odd_catalogues import text

Rows = Sequence[Sequence[str]]
VOLUMES = [("档号", "案卷题名", "密级"), *((f"X017-2-{at:04d}", "会议材料", "公开") for at in range(1, 4))]
ITEMS = [("档号", "题名", "密级"), *((f"X017-2-{at:04d}-001", "会议纪要", "机密" if at == 2 else "公开") for at in range(1, 4))]
LYING = [("全宗号", "目录号", "案卷号", "案卷题名", "密级"), *(("X017", "2", str(at), "会议材料", "公开") for at in range(1, 4))]
LAID = [("全宗号", "目录号", "案卷号", "顺序号", "题名", "密级"), *(("X017", "02", f"00{at}", "1", "会议纪要", "机密" if at == 2 else "公开") for at in range(1, 4))]  # fmt: skip


def told(root: Path, volumes: Rows, items: Rows) -> list[tuple[str, str, str]]:
    for name, file, rows in (("a", "案卷目录", volumes), ("b", "卷内目录", items)):
        (root / name).mkdir(parents=True, exist_ok=True)
        (root / name / f"{file}.csv").write_bytes(text(rows, encoding="gb18030"))
    found = spanning({"volumes": held(root / "a")[0], "items": held(root / "b")[0]})
    return [(item.degree, item.where, item.certainty) for item in found if item.degree == "D0"]


FOUND = [("D0", "items + volumes", "confirmed")]


@pytest.mark.parametrize(("volumes", "items"), [(VOLUMES, ITEMS), (LYING, LAID)])
def test_an_open_volume_in_another_target(volumes: Rows, items: Rows, tmp_path: Path) -> None:
    assert told(tmp_path, volumes, items) == FOUND


def other(rows: Rows, one: str, another: str) -> Rows:
    return [[cell.replace(one, another) for cell in row] for row in rows]


@pytest.mark.parametrize("change", [("公开", "机密"), ("X017", "X018"), ("-2-", "-3-")])
def test_what_is_no_open_volume_of_theirs(change: tuple[str, str], tmp_path: Path) -> None:
    assert told(tmp_path, other(VOLUMES, *change), ITEMS) == []


@pytest.mark.parametrize("name", ["2012", "1", "文书"])
def test_numbers_that_others_may_have_as_well(name: str, tmp_path: Path) -> None:
    """A year, a short number and a word say nothing beyond the target in which they stand."""
    assert told(tmp_path / "a", other(VOLUMES, "X017", name), other(ITEMS, "X017", name)) == []
    assert told(tmp_path / "b", other(LYING, "X017", name), other(LAID, "X017", name)) == []


def test_a_database_beside_a_folder(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    with sqlite3.connect(path) as base:
        base.execute("CREATE TABLE aj (dh TEXT, ajtm TEXT, mj TEXT)")
        base.executemany("INSERT INTO aj VALUES (?, ?, ?)", VOLUMES[1:])
    base.close()
    (tmp_path / "b").mkdir()
    (tmp_path / "b/卷内目录.csv").write_bytes(text(ITEMS))
    volumes, items = held(path), held(tmp_path / "b")
    assert [item.degree for item in spanning({"a": volumes[0], "b": items[0]})][:1] == ["D0"]
    # Both are the same whenever they are counted: nothing in them hangs on a salt.
    assert held(path)[1] == volumes[1] and held(tmp_path / "b")[1] == items[1]


def test_nothing_rests_of_what_could_be_words(tmp_path: Path) -> None:
    titled = other(ITEMS, "X017-2", "X017-关于会议")
    told(tmp_path, VOLUMES, titled)
    lines = [store for name in ("a", "b") for store in json.loads(held(tmp_path / name)[1])["stores"]]
    assert {"open_volumes", "lie_under"} & set().union(*lines) == {"open_volumes"}
    assert tells_apart("X017-2-0001") and tells_apart("0017-1-3") and not tells_apart("X017-关于会议纪要-0001")


@pytest.mark.parametrize(("most", "wanted"), [(1200, False), (2000, True)])
def test_a_list_in_slices_tells_the_same(most: int, wanted: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "root/案卷目录.csv"
    path.parent.mkdir()
    path.write_bytes(text([VOLUMES[0], *((f"X017-2-{at:04d}", "会议材料", "公开") for at in range(1500))]))
    inner = places(path, 9000)
    in_piece, cut = whole(path), in_slices(path, inner)
    monkeypatch.setattr(openvolumes, "MOST", most)
    assert len(inner) > 2 and in_piece == cut and whole(path) == in_slices(path, inner)
    assert (b'"open_volumes":""' not in whole(path)[0]) is wanted
