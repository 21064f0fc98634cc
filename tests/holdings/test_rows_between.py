"""Rows between the records of a sheet or text that are none: headings of groups, sums, page numbers; and those that only look like it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.holdings.test_left_over import answers, said, sheet
from tests.holdings.test_odd_catalogues import LEVELS, NUMBERS, TITLES, text

HEADS = ("档号", "题名", "密级")
ROWS = [*zip(NUMBERS, TITLES, LEVELS)]
BARE = [(*row[:2], "") for row in ROWS]
WHOLE = Counter(C=1, N=5)
Line = Sequence[str]


def counted(kind: str, table: Sequence[Line], folder: Path) -> Counter[str]:
    return said(answers(folder / f"root/a.{kind}", text(table) if kind == "csv" else sheet(table)))


BETWEEN: dict[str, Line] = {
    "a numbered heading": ("二、科技档案", "", ""),
    "in brackets": ("（二）科技档案", "", ""),
    "in the column of titles": ("", "二、科技档案", ""),
    "words alone": ("科技档案", "", ""),
    "a year": ("2012年度", "", ""),
    "a year in brackets": ("（2012年）", "", ""),
    "a sum": ("小计", "3件", ""),
    "a sum of the page": ("本页小计", "", ""),
    "a number of items": ("共 3 件", "", ""),
    "a page": ("第1页 共2页", "", ""),
}
RECORDS: dict[str, tuple[Line, Counter[str]]] = {
    "a title alone": (("", "关于印发会议纪要的通知", ""), Counter(C=1, N=6)),
    "a numbered title": (("", "1.关于印发会议纪要的通知", ""), Counter(C=1, N=6)),
    "a title numbered in words": (("", "二、关于印发会议纪要的通知", ""), Counter(C=1, N=6)),
    "a number alone": (("X017-WS-2012-Y-0009", "", ""), Counter(C=1, N=6)),
    "a level alone": (("", "", "机密"), Counter(C=2, N=5)),
    "a heading with a level": (("二、科技档案", "", "机密"), Counter(C=2, N=5)),
    "a marked heading": (("", "二、科技档案（机密★10年）", ""), Counter(C=2, N=5)),
    "a sum that tells levels": (("合计", "机密1件，公开5件", ""), Counter(C=1, N=6)),
    "a secret kind": (("密件", "", ""), Counter(C=1, R=1, N=5)),
}


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
@pytest.mark.parametrize("case", BETWEEN)
def test_no_records(case: str, kind: str, tmp_path: Path) -> None:
    assert counted(kind, [HEADS, *ROWS[:4], BETWEEN[case], *ROWS[4:]], tmp_path) == WHOLE


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
@pytest.mark.parametrize("case", RECORDS)
def test_records(case: str, kind: str, tmp_path: Path) -> None:
    row, wanted = RECORDS[case]
    assert counted(kind, [HEADS, *ROWS[:4], row, *ROWS[4:]], tmp_path) == wanted


def test_a_list_of_classified_records_alone_is_not_mixed(tmp_path: Path) -> None:
    rows = [(*row[:2], "机密") for row in ROWS]
    assert counted("csv", [HEADS, ("一、文书档案", "", ""), *rows, ("合计", "6件", "")], tmp_path) == Counter(C=6)


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
@pytest.mark.parametrize("width", [2, 3])
@pytest.mark.parametrize("heads", [True, False])
@pytest.mark.parametrize(("first", "second", "wanted"), [("一、机密", "二、公开", Counter(R=4, N=2)), ("一、公开", "二、机密", Counter(R=2, N=4)),
                                                         ("机密文件（4件）", "公开文件（2件）", Counter(R=4, N=2))])  # fmt: skip
def test_sections_of_levels(first: str, second: str, wanted: Counter[str], heads: bool, width: int, kind: str, tmp_path: Path) -> None:
    rows = [row[:width] for row in BARE]
    blank = [""] * (width - 1)
    table = [*([HEADS[:width]] if heads else []), (first, *blank), *rows[:4], (second, *blank), *rows[4:]]
    # Without names of columns nothing tells a catalogue: what the heading is to the records is then undecided.
    assert counted(kind, table, tmp_path) == (wanted if heads else Counter(U=wanted["R"], N=wanted["N"]))


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_a_level_above_the_names(kind: str, tmp_path: Path) -> None:
    table = [("一、机密", ""), HEADS[:2], *(row[:2] for row in BARE[:4]), ("二、公开", ""), *(row[:2] for row in BARE[4:])]
    assert counted(kind, table, tmp_path) == Counter(R=4, N=2)


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_records_without_names_of_columns_are_all_counted(kind: str, tmp_path: Path) -> None:
    assert counted(kind, [row[:2] for row in BARE], tmp_path) == Counter(N=6)
    assert counted(kind, [("C01", "C02"), *(row[:2] for row in BARE)], tmp_path) == Counter(N=6)
    assert counted(kind, [("档案馆藏电子文件编号", "文件题名与责任者说明"), *(row[:2] for row in BARE)], tmp_path) == Counter(N=6)
