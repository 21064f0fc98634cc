"""Records that a mark around their table speaks for are told by their numbers, like any others."""

from __future__ import annotations

from pathlib import Path

import pytest

from scanner.facts.holdings.reading import Unread
from tests.collect.holdings.files import make
from tests.holdings.formats import as_xlsx
from tests.holdings.test_left_over import answers, sheet, table
from tests.holdings.test_odd_catalogues import NUMBERS, TITLES, text

HEADS = ("档号", "题名", "密级")


def keys(path: Path, data: bytes) -> dict[str, list[str]]:
    (line,) = answers(path, data)
    assert not isinstance(line, Unread)
    found: dict[str, list[str]] = line["keys"]
    assert {code: len(told) for code, told in found.items() if told} == {code: line["counts"][code] for code in found if found[code]}
    return found


def marked(*rows: tuple[str, ...]) -> bytes:
    return make.docx(make.paragraph("机密★20年") + table(*rows))


@pytest.mark.parametrize("levels", [("", "", ""), ("公开", "", "内部")])
def test_records_that_no_other_agrees_with(levels: tuple[str, ...], tmp_path: Path) -> None:
    rows = list(zip(NUMBERS, TITLES, levels))
    assert keys(tmp_path / "root/a.docx", marked(HEADS, *rows)) == {"R": list(NUMBERS[:3])}


def test_records_without_a_level_that_another_agrees_with(tmp_path: Path) -> None:
    rows = list(zip(NUMBERS, TITLES, ("", "机密", "公开", "")))
    assert keys(tmp_path / "root/a.docx", marked(HEADS, *rows)) == {"C": [NUMBERS[1], NUMBERS[0], NUMBERS[3]]}


def test_what_was_something_else_before_stays_where_it_was(tmp_path: Path) -> None:
    titles = ["城东改造（机密）", *TITLES[1:3]]
    rows = list(zip(NUMBERS, titles, ("", "", "9"), strict=False))
    assert keys(tmp_path / "root/a.docx", marked(HEADS, *rows)) == {"R": [NUMBERS[0], NUMBERS[1]], "U": [NUMBERS[2]]}


def test_a_list_called_after_its_level(tmp_path: Path) -> None:
    rows = [("2012年机密文件目录",), ("档号", "题名"), *zip(NUMBERS, TITLES)]
    assert keys(tmp_path / "root/a.xlsx", sheet(rows)) == {"R": list(NUMBERS)}


def test_a_printed_header_of_a_workbook(tmp_path: Path) -> None:
    data = as_xlsx([], header="&L秘密★10年")
    assert all(not isinstance(line, Unread) and not any(line["keys"].values()) for line in answers(tmp_path / "root/a.xlsx", data))


def test_no_more_keys_than_are_kept_of_any_others(tmp_path: Path) -> None:
    rows = [(f"X017-WS-2012-{at:04d}", f"会议材料{at}", "") for at in range(50)]
    (line,) = answers(tmp_path / "root/a.docx", marked(HEADS, *rows))
    assert not isinstance(line, Unread) and line["keys"]["R"] == [row[0] for row in rows[:20]]


def test_a_file_called_after_a_level(tmp_path: Path) -> None:
    rows = list(zip(NUMBERS, TITLES, ("", "公开", "已解密")))
    assert keys(tmp_path / "root/机密文件目录.csv", text([HEADS, *rows])) in (
        {"R": list(NUMBERS[:3])},
        {"R": list(NUMBERS[:2]), "D": [NUMBERS[2]]},
    )


def test_codes_that_a_legend_explains(tmp_path: Path) -> None:
    legend = make.paragraph("密级：1公开 2秘密 3机密")
    data = make.docx(make.paragraph("机密★20年") + legend + table(HEADS, *zip(NUMBERS, TITLES, ("1", "1", "1"))))
    assert keys(tmp_path / "root/a.docx", data) == {"R": list(NUMBERS[:3])}


LISTED = {
    "records beside the table": ([f"{NUMBERS[4]}  {TITLES[4]}  机密"], "R"), "codes below names": (["档号  题名  密级", f"{NUMBERS[4]}  {TITLES[4]}  3"], "R"),
    "open records": ([f"{NUMBERS[4]}  {TITLES[4]}  公开"], "N"), "a sentence": (["机密文件由机要室保管，不在本目录内。"], "N"),
}  # fmt: skip


@pytest.mark.parametrize("name", LISTED)
def test_further_records_in_the_text_around_a_table(name: str, tmp_path: Path) -> None:
    lines, wanted = LISTED[name]
    body = table(HEADS, *zip(NUMBERS, TITLES, ("公开", "公开", "公开"))) + "".join(make.paragraph(f"第{at}条") for at in range(9))
    (line,) = answers(tmp_path / "root/a.docx", make.docx(body + "".join(map(make.paragraph, lines))))
    assert not isinstance(line, Unread) and line["counts"][wanted] == 3
