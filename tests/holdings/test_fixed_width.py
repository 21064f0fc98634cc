"""Lists whose columns are places in a line: read by width, or by count, and never cut through."""

from __future__ import annotations

import gzip
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scanner.collect.holdings.files.fixedwidth import by_width
from scanner.facts.holdings.reading import Unread
from tests.holdings.test_left_over import answers, said
from tests.holdings.test_odd_catalogues import NUMBERS, TITLES

HEADS = ("档号", "题名", "日期", "密级", "页数")
WIDTHS = (24, 30, 12, 10, 6)
LEVELS = ("公开", "3", "机密", "", "1", "秘密★30年")
WANTED = Counter(N=2, U=2, C=2)


def padded(cell: str, width: int, by: str = "width") -> str:
    long = by_width(cell)[-1] if by == "width" else len(cell)
    return cell + " " * max(width - long, 0)


def listed(levels: Sequence[str] = LEVELS, by: str = "width", widths: Sequence[int] = WIDTHS, heads: Sequence[str] = HEADS) -> str:
    days = ["2024-03-01" if at % 2 else "" for at in range(len(levels))]
    rows = [heads, *((NUMBERS[at % 6], TITLES[at % 6], days[at], level, "12" if at % 3 else "") for at, level in enumerate(levels))]
    return "".join("".join(padded(cell, width, by) for cell, width in zip(row, widths)).rstrip() + "\r\n" for row in rows)


def counts(path: Path, data: bytes) -> Counter[str]:
    return said(answers(path, data))


@pytest.mark.parametrize("encoding", ["gbk", "gb18030", "utf-8", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize("by", ["width", "count"])
def test_a_list_of_fixed_widths(encoding: str, by: str, tmp_path: Path) -> None:
    assert counts(tmp_path / "root/a.txt", listed(by=by).encode(encoding)) == WANTED


def test_its_records_are_told_by_their_numbers(tmp_path: Path) -> None:
    (line,) = answers(tmp_path / "root/a.txt", ("归档文件目录\r\n\r\n" + listed()).encode("gbk"))
    assert not isinstance(line, Unread)
    assert line["keys"] == {"U": [NUMBERS[1], NUMBERS[4]], "C": [NUMBERS[2], NUMBERS[5]]}


def test_cells_that_fill_their_columns(tmp_path: Path) -> None:
    """Nothing but other characters parts a number of nineteen from the title behind it."""
    assert counts(tmp_path / "root/a.txt", listed(widths=(19, 30, 12, 10, 6)).encode("gbk")) == WANTED


def test_a_packed_list(tmp_path: Path) -> None:
    assert counts(tmp_path / "root/a.txt.gz", gzip.compress(listed().encode("gbk"))) == WANTED


def test_a_legend_and_a_mark_around_it(tmp_path: Path) -> None:
    legend = "密级：1公开 2秘密 3机密\r\n" + listed(("1", "3", "", "2"))
    assert counts(tmp_path / "root/a.txt", legend.encode("gbk")) == Counter(N=2, C=2)
    marked = "机密★20年\r\n" + listed(("", "机密", "公开"))
    assert counts(tmp_path / "root/b.txt", marked.encode("gbk")) == Counter(C=2, N=1)


def test_pages_rules_and_sums_are_no_records(tmp_path: Path) -> None:
    head, *rows = listed().splitlines()
    lines = [
        "归档文件目录",
        head,
        "-" * 80,
        *rows[:3],
        "第1页 共2页",
        "",
        "归档文件目录",
        head,
        "-" * 80,
        *rows[3:],
        "合计：6件",
        "制表人：张三",
    ]
    assert counts(tmp_path / "root/a.txt", "\n".join(lines).encode("gbk")) == WANTED


def test_a_title_that_runs_over_shifts_no_level_into_the_open(tmp_path: Path) -> None:
    lines = listed(("公开", "公开", "公开")).splitlines()
    long = padded(NUMBERS[3], 24) + "关于" + "城东片区改造会议" * 3 + "纪要" + "  机密  12"
    found = counts(tmp_path / "root/a.txt", "\n".join([*lines, long]).encode("gbk"))
    assert found["C"] + found["R"] + found["U"] >= 1


@pytest.mark.parametrize("text", [
    "本目录包括档号 题名 密级 页数等栏，\n各单位按照规定填写密级，不得空缺。\n填写完毕后送档案室。\n", "档号 题名 密级\n没有\n",
])  # fmt: skip
def test_running_text_stays_a_document(text: str, tmp_path: Path) -> None:
    assert counts(tmp_path / "root/a.txt", text.encode("gbk")) == Counter(N=1)


def test_large_lists_are_cut_where_names_begin(tmp_path: Path) -> None:
    head, *rows = listed().splitlines()
    data = "\n".join([head, *rows * 3000]).encode("gbk")
    assert len(data) > 1024 * 1024
    assert counts(tmp_path / "root/a.txt", data) == Counter({code: 3000 * number for code, number in WANTED.items()})


CELL = st.tuples(st.sampled_from(TITLES), st.sampled_from(["", "2024-03-01"]), st.sampled_from(["", "公开", "3", "机密", "绝密"]))


@settings(max_examples=40, deadline=None)
@given(st.lists(CELL, min_size=2, max_size=9), st.sampled_from([20, 24, 31]), st.sampled_from(["width", "count"]))
def test_every_level_is_found(tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[str, str, str]], wide: int, by: str) -> None:
    heads = ("档号", "题名", "日期", "密级")
    table = [heads, *((f"X017-WS-2012-{at:04d}", *row) for at, row in enumerate(rows))]
    text = "\n".join("".join(padded(cell, width, by) for cell, width in zip(row, (wide, 30, 12, 8))) for row in table)
    found = counts(tmp_path_factory.mktemp("list") / "root/a.txt", text.encode("gbk"))
    levels = Counter(level for _, _, level in rows)
    assert found == +Counter(C=levels["机密"] + levels["绝密"], U=levels["3"], N=levels["公开"] + levels[""])
