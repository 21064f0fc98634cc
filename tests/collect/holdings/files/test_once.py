"""A separated text is gone through once, and still every further table in it is found."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any, BinaryIO, cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scanner.collect.holdings.files import splitter
from scanner.collect.holdings.files.anew import FurtherTable, Naming
from scanner.collect.holdings.files.apart import Answer, Apart
from scanner.collect.holdings.files.content import plain
from scanner.collect.holdings.files.delimited import Delimited
from scanner.collect.holdings.files.layout import layout_of
from scanner.collect.holdings.files.sections import tables
from scanner.collect.holdings.files.walk import walk
from scanner.collect.holdings.work import ONCE, WORK

HEAD = "档号,题名,密级,年度"
OTHER = "档号,题名,密级,责任者,年度"
OPTIONS = {"as_of": "2026-11-25"}
LINES = (
    HEAD, OTHER, '"档号","题名","密级"', "序号,档号,题名,秘密等级", "A-1,关于修路的通知,公开,2001", "A-2,保密工作,机密,2002", "A-3,无密级,无密级,2003",
    'A-4,"甲,乙",公开,2004', 'A-5,"甲\n乙密级",公开,2005', 'A-6,5",公开,2006', "", "档号,2001", "档号,密级,题名", "合计,3",
)  # fmt: skip


def answers(folder: Path, **further: Any) -> list[Any]:
    found = list(Apart(WORK, {**OPTIONS, **further}).scan(walk(folder)))
    return [json.loads(item.payload) if isinstance(item, Answer) else (item.place.path, item.why, item.detail) for item in found]


def text(*sizes: int) -> str:
    """Tables below one another with so many records each."""
    parts = []
    for number, size in enumerate(sizes):
        head, more = ((HEAD, ""), (OTHER, ",办公室"))[number % 2]
        parts += [head, *(f"A-{number}-{at:06d},关于修路的通知{at},{'机密' if at % 9 == 0 else '公开'}{more},2001" for at in range(size))]
    return "\n".join(parts) + "\n"


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030"])
def test_several_tables_are_counted_as_before(tmp_path: Path, encoding: str) -> None:
    every = ((3, 4), (9000, 9000), (20_000, 3), (3, 20_000), (500, 500, 500))
    for number, sizes in enumerate(every):
        (tmp_path / f"{number}.csv").write_text(text(*sizes), encoding)
    told = answers(tmp_path)
    assert answers(tmp_path, **ONCE) == told
    assert [tuple(line["rows_total"] for line in item["lines"]) for item in told] == [*every]


def test_what_is_told_of_a_text_is_told_once(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text(text(50, 50) + "å¯†çº§", "utf-8")
    (tmp_path / "b.csv").write_text(text(50) + 'A-9,5",公开,2001\n' + OTHER + "\n" + "B-1,甲,机密,乙,2001\n" * 3, "utf-8")
    (tmp_path / "c.txt").write_text("档号，题名，密级\n甲，乙，公开\n", "utf-8")
    assert answers(tmp_path, **ONCE) == answers(tmp_path)


def test_one_table_is_read_once(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text(text(60_000), "utf-8")
    content, read = plain(path, "a.csv"), [0]

    class Counting:
        def __init__(self, stream: BinaryIO) -> None:
            self.stream = stream

        def __getattr__(self, name: str) -> Any:
            return getattr(self.stream, name)

        def __enter__(self) -> Counting:
            return self

        def __exit__(self, *_: object) -> None:
            self.stream.close()

        def read(self, size: int = -1) -> bytes:
            data = self.stream.read(size)
            read[0] += len(data)
            return data

    counted = replace(content, opener=lambda: cast(BinaryIO, Counting(content.opener())), once=True)
    layout = layout_of(counted)
    assert layout is not None
    read[0] = 0
    (table,) = tables(counted, layout)
    assert sum(1 for _ in table.rows(["密级"])) == 60_000 and table.naming is None
    assert content.size <= read[0] < 1.1 * content.size


@given(st.lists(st.sampled_from(LINES), min_size=1, max_size=14), st.integers(1, 200), st.booleans())
@settings(max_examples=300, deadline=None)
def test_no_further_table_is_passed_over(tmp_path_factory: pytest.TempPathFactory, lines: list[str], block: int, ended: bool) -> None:
    """Wherever blocks end, and whatever stands in quotes."""
    path = tmp_path_factory.mktemp("once") / "a.csv"
    path.write_text("\n".join([HEAD, *lines]) + "\n" * ended, "utf-8")
    content = plain(path, "a.csv")
    layout = layout_of(content)
    if layout is None:
        return
    several = len(tables(content, layout)) > 1
    table = Delimited(content.place(), "a.csv", content, layout, naming=Naming(layout))
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(splitter, "BLOCK", block)
        try:
            list(table.rows(["题名"] if any(column.name == "题名" for column in layout.columns) else []))
            told = False
        except FurtherTable:
            told = True
    assert told or not several
