"""Lists of records printed into pages, where cells are nothing but places on paper: what is classified there is never open."""

from __future__ import annotations

import gc
import io
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import py7zr
import pytest

from tests.collect.holdings.files import make
from tests.holdings.test_left_over import answers, said
from tests.holdings.test_odd_catalogues import NUMBERS, TITLES, only, rows, text

HEADS = ("档号", "题名", "日期", "密级", "备注")
DAYS = tuple(f"2012-03-0{day}" for day in range(1, 7))
LINED = "\n".join(f"会议通知第{number}条" for number in range(12))
"""Lines before the list, so that no line of it stands where marks stand."""


def ofd(*columns: Sequence[str]) -> bytes:
    """The list as objects side by side; empty cells leave none."""
    lines = [[line] for line in LINED.split("\n")] + [list(row) for row in rows(HEADS, DAYS, *columns)]
    return make.ofd([(10 + 60 * at, 10 + 8 * line, cell) for line, cells in enumerate(lines) for at, cell in enumerate(cells) if cell])


def pdf(*columns: Sequence[str]) -> bytes:
    """The list as lines; between cells there are spaces, and empty ones leave none."""
    return make.pdf([*LINED.split("\n"), *(" ".join(cell for cell in row if cell) for row in rows(HEADS, DAYS, *columns))])


def titled(title: str, *levels: str) -> Sequence[Sequence[str]]:
    """Rows of which the third has a title of its own."""
    told = [title if at == 2 else TITLES[at] for at in range(6)]
    return [HEADS, *zip(NUMBERS, told, DAYS, only(*levels), only(""))]


@pytest.mark.parametrize("level", ["机密", "秘密★10年", "[绝密]", "机宓", "MM", "机 密"])
def test_a_level_in_a_printed_list(level: str, tmp_path: Path) -> None:
    """Without columns on paper it is a document, with them it is read by its rows."""
    columns = only(level, "公开"), only("")
    found = said(answers(tmp_path / "root/a.pdf", pdf(*columns)))
    assert found == Counter(R=1) or found == Counter(U=1)
    assert said(answers(tmp_path / "root/a.ofd", ofd(*columns))) == Counter(
        {"R" if level in ("机宓", "秘密★10年", "MM") else "C": 1, "N": 5}
    )


def test_a_printed_list_of_open_records(tmp_path: Path) -> None:
    columns = only("内部", "公开"), only("缺附件")
    assert said(answers(tmp_path / "root/a.pdf", pdf(*columns))) == Counter(N=1)
    assert said(answers(tmp_path / "root/a.ofd", ofd(*columns))) == Counter(N=6)


@pytest.mark.parametrize("codes", [("3", "1"), ("3", ""), ("", "2")])
@pytest.mark.parametrize("days", [DAYS, ("",) * 6])
def test_codes_that_nothing_explains_in_a_printed_list(codes: tuple[str, str], days: Sequence[str], tmp_path: Path) -> None:
    """Empty cells leave nothing behind in a line without columns: what may be the level's is never open."""
    table = [HEADS, *zip(NUMBERS, TITLES, days, only(*codes), only(""))]
    lines = [*LINED.split("\n"), *(" ".join(filter(None, row)) for row in table)]
    assert said(answers(tmp_path / "root/a.pdf", make.pdf(lines))) == Counter(U=1)


def test_more_codes_than_other_columns_of_numbers(tmp_path: Path) -> None:
    lines = ["档号 题名 密级 页数 备注", *(f"{number} {title} 3 12" for number, title in zip(NUMBERS, TITLES))]
    assert said(answers(tmp_path / "root/a.pdf", make.pdf([*LINED.split("\n"), *lines]))) == Counter(U=1)


def test_numbers_of_pages_are_no_codes_of_levels(tmp_path: Path) -> None:
    lines = ["序号 档号 题名 密级 页数", *(f"{at} {number} {title} 公开 3" for at, (number, title) in enumerate(zip(NUMBERS, TITLES), 1))]
    lines += [f"{at} {number} {title} 公开" for at, (number, title) in enumerate(zip(NUMBERS, TITLES), 7)]
    assert said(answers(tmp_path / "root/a.pdf", make.pdf([*LINED.split("\n"), *lines]))) == Counter(N=1)


@pytest.mark.parametrize("title", ["【机密】堤防检查通报", "堤防检查通报（秘密★10年）", "堤防★检查 密级:机密"])
def test_a_mark_in_a_title_of_a_printed_list(title: str, tmp_path: Path) -> None:
    lines = [" ".join(filter(None, row)) for row in titled(title, "公开", "公开")]
    assert said(answers(tmp_path / "root/a.pdf", make.pdf([*LINED.split("\n"), *lines]))) == Counter(R=1)


@pytest.mark.parametrize("title", ["关于绝密级文件传阅范围的规定", "密级标志“机密★10年”的写法", "《机密工作条例》宣讲"])
def test_a_printed_title_that_only_speaks_of_it(title: str, tmp_path: Path) -> None:
    lines = [" ".join(filter(None, row)) for row in titled(title, "公开", "公开")]
    assert said(answers(tmp_path / "root/a.pdf", make.pdf([*LINED.split("\n"), *lines]))) == Counter(N=1)


def test_marks_of_an_ofd_in_pieces(tmp_path: Path) -> None:
    data = make.ofd([(20, 20, "000123"), (20, 30, "机密"), (90, 30, "★"), (150, 30, "10年"), (20, 40, "关于某事")])
    assert said(answers(tmp_path / "root/a.ofd", data)) == Counter(C=1)


def test_a_mark_beside_a_text_whose_box_reaches_over_it(tmp_path: Path) -> None:
    data = make.ofd([(20, 20, "某某档案馆"), (55, 20, "机密★10年"), (20, 40, "关于某事的通知")])
    assert said(answers(tmp_path / "root/a.ofd", data)) == Counter(R=1)


LOSING = ("??,??,??", "0001-2012-1,????????,????", "0001-2012-2,????????,????", "0001-2012-3,????????,????")


@pytest.mark.parametrize(("lines", "code"), [(LOSING, "U"), ((*LOSING, "会议纪要"), "N"), (("Why?", "Is that so??"), "N")])
def test_a_text_that_lost_its_characters_is_not_open(lines: Sequence[str], code: str, tmp_path: Path) -> None:
    spread = [cell for line in lines for cell in line.split(",")]
    assert said(answers(tmp_path / "root/a.txt", "\n\n".join(spread).encode())) == Counter({code: 1})


@pytest.mark.parametrize("column", ["mj", "MJ", "secret_level", "密级"])
@pytest.mark.parametrize("value", ["3", "X7", "04"])
def test_a_code_beside_words_is_not_open(column: str, value: str, tmp_path: Path) -> None:
    table = rows(("档号", "题名", column), ("公开", "内部", value, "公开", "非密", "公开"))
    assert said(answers(tmp_path / "root/a.csv", text(table))) == Counter(U=1, N=5)


def test_an_archive_leaves_nothing_in_memory(tmp_path: Path) -> None:
    """Its window takes many megabytes, and a folder may hold hundreds of them."""
    packed = io.BytesIO()
    with py7zr.SevenZipFile(packed, "w") as archive:
        archive.writestr(text(rows(("档号", "题名", "密级"), only("机密", "公开"))), "a.csv")
    del archive
    gc.collect()
    gc.disable()
    try:
        assert said(answers(tmp_path / "root/a.7z", packed.getvalue())) == Counter(C=1, N=5)
        assert not [one for one in gc.get_objects() if type(one) is py7zr.archiveinfo.Folder]
    finally:
        gc.enable()


CATALOGUE = ("档号", "题名", "责任者", "日期", "备注")
"""Heads without a level."""
AT = (40.0, 130.0, 320.0, 400.0, 480.0)
Placed = list[tuple[float, float, str]]


def listed(title: str = "", remark: str = "", heads: Sequence[str] = CATALOGUE, pitch: float = 16.0) -> Placed:
    """A catalogue on paper of which the third record has a title or remark of its own."""
    table = [(NUMBERS[at], TITLES[at], "市水利局", DAYS[at], "") for at in range(6)]
    table[2] = (NUMBERS[2], title or TITLES[2], "市水利局", DAYS[2], remark)
    return [(x, 100 + pitch * down, cell) for down, row in enumerate([heads, *table]) for x, cell in zip(AT, row) if cell]


def both(folder: Path, *pages: Placed) -> list[Counter[str]]:
    """What a PDF says of these pages, and where there is but one, an OFD."""
    found = [said(answers(folder / "root/a.pdf", make.printed(pages)))]
    if len(pages) == 1:
        found.append(said(answers(folder / "root/a.ofd", make.ofd([(x / 2, y / 2, cell) for x, y, cell in pages[0]]))))
    return found


@pytest.mark.parametrize("remark", ["秘密★10年", "密级：机密"])
def test_a_mark_in_a_remark_of_a_catalogue_without_levels(remark: str, tmp_path: Path) -> None:
    assert both(tmp_path, listed(remark=remark)) == [Counter(C=1, N=5)] * 2


def test_a_mark_in_a_title_of_a_catalogue_without_levels(tmp_path: Path) -> None:
    [line] = answers(tmp_path / "root/a.pdf", make.printed([listed("堤防检查（机密★20年）")]))
    assert isinstance(line, dict) and line["keys"]["C"] == [NUMBERS[2]] and said([line]) == Counter(C=1, N=5)


@pytest.mark.parametrize("title", ["", "《机密工作条例》宣讲", "密集架采购合同"])
def test_a_catalogue_without_levels_that_is_open(title: str, tmp_path: Path) -> None:
    assert both(tmp_path, listed(title, "缺附件")) == [Counter(N=6)] * 2


def test_a_remark_that_ends_with_what_a_record_is_not(tmp_path: Path) -> None:
    assert both(tmp_path, listed(remark="经审查，不属于国家秘密")) == [Counter(N=6)] * 2
    assert both(tmp_path, listed("堤防检查通报秘密"))[0].total() == 1


def test_codes_where_a_catalogue_names_what_is_public(tmp_path: Path) -> None:
    heads = (*CATALOGUE[:4], "公开属性")
    cells = [(480.0, 100 + 16 * down, "公开") for down in (1, 2, 4, 5, 6)]
    assert both(tmp_path, listed(remark="JM", heads=heads) + cells)[0] == Counter(C=1, N=5)


def test_a_heading_with_a_level_holds_for_the_records_below_it(tmp_path: Path) -> None:
    halves: dict[bool, Placed] = {late: [one for one in listed() if (one[1] > 150) is late] for late in (False, True)}
    below = [(x, y + 40, cell) for x, y, cell in halves[True]]
    assert both(tmp_path, [*halves[False], (40.0, 172.0, "二、机密文件"), *below])[0] == Counter(R=3, N=3)
    assert both(tmp_path, halves[False], [(40.0, 60.0, "二、机密文件"), *((x, y - 70, cell) for x, y, cell in halves[True])]) == [
        Counter(R=3, N=3)
    ]


@pytest.mark.parametrize(
    "further",
    [
        [(40.0, 300.0, "秘密★10年")],
        [(200.0, 216.0, "上列第三件为机密")],
        [(460.0, 100.0 + 16 * down, "3") for down in range(1, 7)],
        [(460.0, 92.0, "密级"), *((460.0, 100.0 + 16 * down, "3") for down in range(1, 7))],
        [(130.0, 140.0, "（秘密★10年）")],
        [(130.0, 112.0, "机密")],
        [(40.0, 205.0, "机宓")],
        [(480.0, 108.0, "密级")],
        [(60.0, 40.0, "机密★20年")],
    ],
)
def test_what_is_doubtful_in_a_catalogue_without_levels_leaves_a_document(further: Placed, tmp_path: Path) -> None:
    """Above or below the list, without a head above it, or between lines of which it may be either's."""
    assert both(tmp_path, listed(remark="缺附件") + further)[0].total() == 1


def test_records_without_a_number_begin_with_their_titles(tmp_path: Path) -> None:
    bare = [(x, y, cell) for x, y, cell in listed("堤防检查（机密★20年）") if x > 100]
    assert both(tmp_path, bare)[0] == Counter(C=1, N=5)
    assert both(tmp_path, [*bare, (130.0, 206.5, "及附件")])[0].total() == 1


def test_a_heading_of_one_catalogue_that_may_hold_for_the_next_leaves_a_document(tmp_path: Path) -> None:
    first = [*listed(), (40.0, 212.0, "二、机密文件")]
    other = listed(heads=(*CATALOGUE[:4], "附注"))
    assert both(tmp_path, first, other)[0].total() == 1
    assert both(tmp_path, listed(), other) == [Counter(N=12)]
