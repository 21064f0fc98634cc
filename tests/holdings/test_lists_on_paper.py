"""Lists on pages of PDF and OFD read by their rows: cells stand under their heads, whatever is empty beside them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scanner.collect.holdings.files import printed
from scanner.collect.holdings.files.places import Page, Piece
from scanner.facts.holdings.reading import Unread
from tests.collect.holdings.files import make
from tests.holdings.test_left_over import answers, said
from tests.holdings.test_odd_catalogues import TITLES

HEADS = ("档号", "题名", "日期", "密级", "页数", "备注")
AT = (40.0, 130.0, 300.0, 360.0, 420.0, 470.0)
"""Where columns begin."""
PITCH = 16.0
Rows = Sequence[Sequence[str]]


def records(*levels: str, days: str = "2012-03-01", pages: str = "3", first: int = 1) -> Rows:
    return [(f"WS-12-{first + at}", TITLES[at % 6], days if at % 2 else "", level, pages, "") for at, level in enumerate(levels)]


def placed(rows: Rows, top: float = 100.0, pitch: float = PITCH) -> list[tuple[float, float, str]]:
    """Cells at their places; empty ones leave none."""
    return [(x, top + pitch * line, cell) for line, row in enumerate(rows) for x, cell in zip(AT, row) if cell]


CAPTION = [(200.0, 60.0, "归档文件目录")]


def counts(path: Path, data: bytes) -> Counter[str]:
    return said(answers(path, data))


def test_codes_that_nothing_explains_are_undecided_each(tmp_path: Path) -> None:
    data = make.printed([CAPTION + placed([HEADS, *records("1", "", "3", "2", "")])])
    (line,) = answers(tmp_path / "root/a.pdf", data)
    assert not isinstance(line, Unread)
    assert +Counter(line["counts"]) == Counter(U=3, N=2)
    assert (line["keys"], line["role"]) == ({"U": ["WS-12-1", "WS-12-3", "WS-12-4"]}, "catalogue")


def test_levels_are_decided_row_by_row(tmp_path: Path) -> None:
    (line,) = answers(tmp_path / "root/a.pdf", make.printed([CAPTION + placed([HEADS, *records("机密", "公开", "", "秘密★30年")])]))
    assert not isinstance(line, Unread)
    assert (+Counter(line["counts"]), line["keys"]["C"], line["levels"]) == (
        Counter(C=2, N=2),
        ["WS-12-1", "WS-12-4"],
        {"机密": 1, "秘密": 1},
    )


def test_a_legend_above_the_list_explains_its_codes(tmp_path: Path) -> None:
    legend = [(40.0, 80.0, "密级：1公开 2秘密 3机密")]
    assert counts(tmp_path / "root/a.pdf", make.printed([legend + placed([HEADS, *records("1", "3", "2")])])) == Counter(C=2, N=1)


@pytest.mark.parametrize("heads", [[HEADS], []])
def test_further_pages_go_on_with_the_list(heads: Rows, tmp_path: Path) -> None:
    pages = [
        CAPTION + placed([HEADS, *records("1", "")]),
        placed([*heads, *records("3", "公开", first=3)], top=60),
        placed([*heads, *records("机密", first=5)]),
    ]
    assert counts(tmp_path / "root/a.pdf", make.printed(pages)) == Counter(U=2, N=2, C=1)


def test_no_page_of_a_list_is_left_out(tmp_path: Path) -> None:
    pages = [placed([HEADS, *records("公开", first=page)]) for page in range(1, 31)] + [placed([HEADS, *records("机密", first=31)])]
    assert counts(tmp_path / "root/a.pdf", make.printed(pages)) == Counter(N=30, C=1)


def test_a_page_without_text_leaves_the_list_in_part(tmp_path: Path) -> None:
    data = make.printed([placed([HEADS, *records("公开")]), []], rules=[(40, 500, 400)])
    (line,) = answers(tmp_path / "root/a.pdf", data)
    assert not isinstance(line, Unread) and line["method"] == "partial"


def test_a_title_of_several_lines_is_one_record(tmp_path: Path) -> None:
    rows = [
        HEADS,
        ("WS-12-1", TITLES[0], "", "3", "2", ""),
        ("", "的补充说明及其附表", "", "", "", ""),
        ("WS-12-2", TITLES[1], "", "公开", "2", ""),
    ]
    assert counts(tmp_path / "root/a.pdf", make.printed([placed(rows)])) == Counter(U=1, N=1)
    centred = [*placed([HEADS]), (130.0, 120.0, TITLES[0]), (40.0, 125.0, "WS-12-1"), (360.0, 125.0, "机密"), (130.0, 130.0, "的补充说明"), *placed(
        [("WS-12-2", TITLES[1], "", "公开", "", "")], top=150)]  # fmt: skip
    assert counts(tmp_path / "root/b.pdf", make.printed([centred])) == Counter(C=1, N=1)


def ruled(downs: Sequence[float], merged: float = 0.0) -> list[tuple[float, float, float]]:
    """Lines across all columns; one of them leaves out the column of the level."""
    return [piece for down in downs for piece in ([(30, 350, down), (410, 560, down)] if down == merged else [(30, 560, down)])]


def test_lines_part_records_whose_numbers_are_broken(tmp_path: Path) -> None:
    cells = [*placed([HEADS]), (40.0, 125.0, "WS-12-"), (40.0, 137.0, "1"), (130.0, 131.0, TITLES[0]), (360.0, 131.0, "3")]
    cells += [(40.0, 155.0, "WS-12-"), (40.0, 167.0, "2"), (130.0, 161.0, TITLES[1]), (360.0, 161.0, "机密")]
    (line,) = answers(tmp_path / "root/a.pdf", make.printed([cells], rules=ruled([85, 110, 143, 172])))
    assert not isinstance(line, Unread)
    assert (+Counter(line["counts"]), line["keys"]) == (Counter(U=1, C=1), {"U": ["WS-12-1"], "C": ["WS-12-2"]})


def test_a_level_that_stands_for_several_rows_counts_for_each(tmp_path: Path) -> None:
    cells = [*placed([HEADS]), (40.0, 125.0, "WS-12-1"), (130.0, 125.0, TITLES[0]), (40.0, 155.0, "WS-12-2"), (130.0, 155.0, TITLES[1])]
    cells += [(360.0, 140.0, "机密"), (40.0, 185.0, "WS-12-3"), (130.0, 185.0, TITLES[2]), (360.0, 185.0, "公开")]
    lines = ruled([85, 110, 138, 170, 200], merged=138)
    assert counts(tmp_path / "root/a.pdf", make.printed([cells], rules=lines)) == Counter(C=2, N=1)


def test_records_above_the_first_line_and_below_the_last_one_are_not_lost(tmp_path: Path) -> None:
    """Tables that are drawn with lines between rows only, over two pages."""
    first, second = placed([HEADS, *records("公开", "1", "公开")]), placed(records("3", "机密", "公开", first=4))
    between = [(30, 560, 100 + PITCH * at + 4) for at in range(3)]
    assert counts(tmp_path / "root/a.pdf", make.printed([first, second], rules=between)) == Counter(U=2, C=1, N=3)


def test_a_record_of_two_cells_at_the_top_of_a_page(tmp_path: Path) -> None:
    heads = ("页数", "题名", "日期", "密级", "档号", "备注")
    rows = [("3", TITLES[0], "", "公开", "WS-12-1", ""), ("", TITLES[1], "", "", "WS-12-2", ""), ("", TITLES[2], "", "机密", "WS-12-3", "")]
    pages = [placed([heads, rows[0]]), placed(rows[1:])]
    assert counts(tmp_path / "root/a.pdf", make.printed(pages)) == Counter(N=2, C=1)


def test_three_lines_of_a_table_part_no_records(tmp_path: Path) -> None:
    rows = [HEADS, *records("公开", "机密", "3")]
    assert counts(tmp_path / "root/a.pdf", make.printed([placed(rows)], rules=ruled([85, 106, 160]))) == Counter(N=1, C=1, U=1)


def test_a_page_that_is_turned(tmp_path: Path) -> None:
    assert counts(tmp_path / "root/a.pdf", make.printed([placed([HEADS, *records("1", "", "机密")])], turned=True)) == Counter(
        U=1, N=1, C=1
    )


def test_heads_that_are_stretched(tmp_path: Path) -> None:
    heads = ("档　号", "题　名", "日　期", "密　级", "页数", "备注")
    assert counts(tmp_path / "root/a.pdf", make.printed([placed([heads, *records("1", "", "机密")])])) == Counter(U=1, N=1, C=1)


def test_heads_of_several_lines_are_no_record(tmp_path: Path) -> None:
    cells = [
        (420.0, 94.0, "保管"),
        (420.0, 106.0, "期限"),
        *placed([("档号", "题名", "日期", "密级")]),
        *placed(records("3", "公开", pages="永久"), top=122),
    ]
    (line,) = answers(tmp_path / "root/a.pdf", make.printed([cells]))
    assert not isinstance(line, Unread) and +Counter(line["counts"]) == Counter(U=1, N=1)
    below = [*placed([("档号", "题名", "日期", "密级"), ("", "", "", "标识")], pitch=11), *placed(records("3", "公开"), top=130)]
    assert counts(tmp_path / "root/b.pdf", make.printed([below])) == Counter(U=1, N=1)


@pytest.mark.parametrize("below", ["密级：机密", "WS-12-9 会议纪要一份请见附件所列其他材料 机密", "机密"])
@pytest.mark.parametrize("down", [148.0, 164.0, 400.0])
def test_what_speaks_of_secrecy_below_a_list_is_never_passed_over(below: str, down: float, tmp_path: Path) -> None:
    data = make.printed([CAPTION + placed([HEADS, *records("公开", "公开")]) + [(40.0, down, below)]])
    found = counts(tmp_path / "root/a.pdf", data)
    assert found["C"] + found["R"] + found["U"] > 0, found


def test_sums_and_numbers_of_pages_are_no_records(tmp_path: Path) -> None:
    below = [(40.0, 148.0, "合计：2件"), (250.0, 800.0, "第 1 页 共 1 页"), (40.0, 164.0, "制表人：张三")]
    assert counts(tmp_path / "root/a.pdf", make.printed([[*placed([HEADS, *records("公开", "3")]), *below]])) == Counter(U=1, N=1)


def test_a_mark_above_the_list_speaks_for_its_records(tmp_path: Path) -> None:
    data = make.printed([[(40.0, 50.0, "机密★10年"), *CAPTION, *placed([HEADS, *records("", "机密", "公开")])]])
    assert counts(tmp_path / "root/a.pdf", data) == Counter(C=2, N=1)


def test_codes_that_may_be_of_one_column_or_another_leave_the_list_undecided(tmp_path: Path) -> None:
    """A remark stands as near to the head of the level as to its own: the list stays a document, and is not open."""
    cells = [
        (40.0, 100.0, "档号"),
        (163.0, 100.0, "密级"),
        (225.0, 100.0, "备注"),
        (300.0, 100.0, "题名"),
        (40.0, 116.0, "WS-12-1"),
        (189.0, 116.0, "缺附件"),
    ]
    cells += [(300.0, 116.0, TITLES[0]), (40.0, 132.0, "WS-12-2"), (300.0, 132.0, TITLES[1])]
    assert counts(tmp_path / "root/a.pdf", make.printed([cells])) == Counter(N=1)
    assert counts(tmp_path / "root/b.pdf", make.printed([[*cells, (163.0, 132.0, "2")]])) == Counter(U=1)


def test_running_text_about_levels_stays_a_document(tmp_path: Path) -> None:
    text = ["关于做好归档文件密级标注工作的通知", "各单位报送的档案目录应有档号、题名、密级、页数等栏。", "密级栏按规定填写，不得空缺。"]
    assert counts(tmp_path / "root/a.pdf", make.pdf(text)) == Counter(N=1)


def test_a_list_without_heads_on_an_earlier_page_is_not_passed_over(tmp_path: Path) -> None:
    lines = [(40.0, 60.0 + 16 * at, f"第{at}条") for at in range(9)]
    first = [*lines, (40.0, 300.0, "WS-12-90"), (130.0, 300.0, TITLES[0]), (300.0, 300.0, "机密")]
    found = counts(tmp_path / "root/a.pdf", make.printed([first, placed([HEADS, *records("公开", "公开")])]))
    assert found["C"] + found["R"] + found["U"] > 0


def test_only_the_first_pages_are_looked_at_for_heads(tmp_path: Path) -> None:
    """Long texts that speak of levels are not gone through glyph by glyph to their end."""
    pages = [[(40.0, 60.0, "档案的题名、密级如下")]] * 30
    assert counts(tmp_path / "root/a.pdf", make.printed(pages)) == Counter(N=1)


def in_millimetres(rows: Rows) -> list[tuple[float, float, str]]:
    return [(10 + 30 * at, 20 + 8 * line, cell) for line, row in enumerate(rows) for at, cell in enumerate(row) if cell]


def test_codes_in_an_ofd(tmp_path: Path) -> None:
    heads = ("档号", "题名", "密级", "页数")
    rows = [(f"WS-12-{at}", f"会议{at}", code, "2") for at, code in enumerate(("1", "", "3"), 1)]
    assert counts(tmp_path / "root/a.ofd", make.ofd(in_millimetres([heads, *rows]))) == Counter(U=2, N=1)


def test_a_line_of_an_ofd_that_is_one_object(tmp_path: Path) -> None:
    """How far each glyph is from the next says where its cells stand."""

    def line(down: int, cells: Sequence[str]) -> str:
        text, steps = "".join(cells), []
        for at, cell in enumerate(cells):
            steps += [f"g {len(cell) - 1} 4"] * (len(cell) > 1) + [str(40 - 4 * (len(cell) - 1))] * (at + 1 < len(cells))
        return (
            f'<ofd:TextObject ID="{90 + down}" Boundary="0 0 210 297" Size="4"><ofd:TextCode X="10" Y="{down}" DeltaX="{" ".join(steps)}">{text}'
            "</ofd:TextCode></ofd:TextObject>"
        )

    extra = (
        line(20, ("档号", "题名", "密级", "页数"))
        + line(30, ("WS12001", "会议纪要", "3", "2"))
        + line(40, ("WS12002", "会议记录", "公开", "5"))
    )
    assert counts(tmp_path / "root/a.ofd", make.ofd([], extra=extra)) == Counter(U=1, N=1)


CELLS = st.tuples(
    st.sampled_from(TITLES),
    st.sampled_from(["", "2012-03-01"]),
    st.sampled_from(["", "1", "2", "机密", "公开"]),
    st.sampled_from(["", "3"]),
)


@settings(max_examples=60, deadline=None)
@given(st.lists(CELLS, min_size=1, max_size=12), st.floats(0.0, 12.0), st.sampled_from([13.0, 18.0, 31.0]))
def test_rows_are_read_as_they_were_printed(rows: list[tuple[str, str, str, str]], shift: float, pitch: float) -> None:
    told = [(f"WS-12-{at}", *row) for at, row in enumerate(rows)]

    def glyphs() -> Iterator[Piece]:
        for x, y, cell in placed([HEADS[:5], *told], pitch=pitch):
            left = x + (shift if cell in HEADS else 0.0)
            for at, char in enumerate(cell):
                wide = 9.0 if char > "\u2000" else 4.5
                yield Piece(left + at * wide, left + (at + 1) * wide, y, 12.0, char)

    found = printed.read([Page(list(glyphs()), shows=True)])
    assert found is not None and found.grids
    names, *read = found.grids[0]
    at = [names.index(head) if head in names else None for head in HEADS[:5]]
    assert [tuple("" if place is None else row[place] or "" for place in at) for row in read] == told
