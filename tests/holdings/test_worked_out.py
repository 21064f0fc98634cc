"""Levels that stand neither in a cell nor in a name: rows that head others, what a view works out, pages whose tables are made of blocks."""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import cast

import pytest

from scanner.collect.holdings.count import count_group
from scanner.collect.holdings.servers.pgfamily import PgSession
from scanner.collect.holdings.servers.pgtables import Reader
from scanner.errors import ReachError
from scanner.facts.holdings.leftover import heading
from scanner.facts.holdings.reading import Group, Unread
from scanner.facts.holdings.views import Worked, leaves_untold, worked_out
from scanner.model.absent import Why
from tests.collect.holdings.files import make
from tests.holdings.memory import Memory
from tests.holdings.test_count import ASKED
from tests.holdings.test_left_over import answers, said, sheet, table
from tests.holdings.test_odd_catalogues import LEVELS, NUMBERS, TITLES, rows, text

HEADS = ("档号", "题名")
RECORDS = list(zip(NUMBERS, TITLES))


def grouped(first: str, then: str, heads: Sequence[str] = HEADS, more: Sequence[str] = ()) -> list[Sequence[str]]:
    width = ("",) * (len(heads) - 1)
    return [heads, (first, *width), *((*row, *more) for row in RECORDS[:3]), (then, *width), *((*row, *more) for row in RECORDS[3:])]


@pytest.mark.parametrize(("first", "then"), [
    ("机密级", "公开级"), ("一、机密", "二、公开"), ("机密文件（3件）", "公开文件（3件）"), ("（一）绝密级", "（二）其它"), ("1.秘密件", "2.一般件"), ("機密級：", "公開"),
    ("机密", "内部资料"),
])  # fmt: skip
def test_rows_below_a_heading(first: str, then: str, tmp_path: Path) -> None:
    made = grouped(first, then)
    assert said(answers(tmp_path / "root/a.csv", text(made))) == Counter(R=3, N=3)
    assert said(answers(tmp_path / "root/a.xlsx", sheet(made))) == Counter(R=3, N=3)
    dated = grouped(first, then, (*HEADS, "年度"), ("2012",))
    assert said(answers(tmp_path / "root/a.docx", make.docx(table(*map(tuple, dated))))) == Counter(R=3, N=3)


def test_the_next_heading_is_looked_for_by_its_numbering(tmp_path: Path) -> None:
    """What is numbered otherwise lies within; a record of which only the title is left ends nothing."""
    assert said(answers(tmp_path / "root/a.csv", text(grouped("机密级", "（一）二〇一二年")))) == Counter(R=7)
    assert said(answers(tmp_path / "root/b.csv", text(grouped("机密级", "沿街绿化方案")))) == Counter(R=7)
    assert said(answers(tmp_path / "root/c.csv", text(grouped("公开级", "机密级")))) == Counter(R=3, N=3)


def test_a_heading_beside_levels_of_the_records_own(tmp_path: Path) -> None:
    heads = (*HEADS, "密级")
    assert said(answers(tmp_path / "root/a.csv", text(grouped("机密级", "公开级", heads, ("机密",))))) == Counter(C=6)
    assert said(answers(tmp_path / "root/b.csv", text(grouped("机密级", "公开级", heads, ("公开",))))) == Counter(R=3, N=3)


def test_a_heading_with_nothing_below_it_stays_a_row(tmp_path: Path) -> None:
    assert said(answers(tmp_path / "root/a.csv", text([HEADS, *RECORDS, ("机密", "")]))) == Counter(R=1, N=6)


def test_a_late_heading(tmp_path: Path) -> None:
    many = [(f"X017-WS-2012-Y-{at:05d}", f"会议材料第{at}号") for at in range(2500)]
    assert said(answers(tmp_path / "root/a.csv", text([HEADS, *many[:2000], ("机密级", ""), *many[2000:]]))) == Counter(R=500, N=2000)


@pytest.mark.parametrize("cell", ["机密文件管理规定", "保密工作", "城建类", "", "关于机密级文件的通知"])
def test_what_heads_nothing(cell: str) -> None:
    found = heading(cell)
    assert found is None or found.level is None


CASES = {
    "by value": "CREATE VIEW v AS SELECT dh, CASE k WHEN 1 THEN '机密' ELSE '公开' END AS mj FROM da",
    "searched": "create view v as select dh, case when t.k = '1' then '机密' when t.k='0' then '公开' end mj from da t",
    "in brackets": "CREATE VIEW v AS SELECT dh, CASE WHEN (da.k = 1) THEN '机密' WHEN ((da.k) = '0') THEN '公开' END AS mj FROM da",
    "quoted": 'CREATE VIEW v AS SELECT CASE "da"."k" WHEN 1 THEN \'机密\' WHEN 0 THEN \'公开\' END FROM "da"',
    "a function": "CREATE VIEW v AS SELECT dh, IIF(k = 1, '机密', '公开') FROM da",
}


def database(tmp_path: Path, view: str) -> bytes:
    path = tmp_path / "made.db"
    with sqlite3.connect(path) as made:
        made.execute("CREATE TABLE da(dh TEXT, tm TEXT, k INT)")
        made.executemany("INSERT INTO da VALUES(?, ?, ?)", [(a, b, int(level == "机密")) for a, b, level in zip(NUMBERS, TITLES, LEVELS)])
        made.execute(view)
    made.close()
    return path.read_bytes()


@pytest.mark.parametrize("name", CASES)
def test_a_view_explains_codes_of_its_table(name: str, tmp_path: Path) -> None:
    assert [found.column for found in worked_out(CASES[name])] == ["k"] and not leaves_untold(CASES[name])
    assert said(answers(tmp_path / "root/a.db", database(tmp_path, CASES[name]))) == Counter(C=1, N=5)


@pytest.mark.parametrize("view", [
    "CREATE VIEW v AS SELECT dh, CASE WHEN k > 0 THEN '机密' ELSE '公开' END AS mj FROM da",
    "CREATE VIEW v AS SELECT dh, CASE k WHEN 0 THEN '公开' ELSE '机密' END AS mj FROM da",
    "CREATE VIEW v AS SELECT dh, CASE WHEN k = 1 AND tm <> '' THEN '绝密级' END AS mj FROM da",
])  # fmt: skip
def test_a_view_that_is_not_understood_is_told(view: str, tmp_path: Path) -> None:
    found = answers(tmp_path / "root/a.db", database(tmp_path, view))
    assert [item.place.path for item in found if isinstance(item, Unread)] == ["a.db#v"]


@pytest.mark.parametrize("view", [
    "CREATE VIEW v AS SELECT * FROM da WHERE tm = '机密'", "CREATE VIEW v AS SELECT dh FROM da WHERE k IN ('机密', '秘密')",
    "CREATE VIEW v AS SELECT CASE k WHEN 1 THEN '永久' ELSE '定期' END FROM da",
])  # fmt: skip
def test_a_view_that_gives_no_level(view: str, tmp_path: Path) -> None:
    assert not worked_out(view) and not leaves_untold(view)
    assert said(answers(tmp_path / "root/a.db", database(tmp_path, view))) == Counter(N=6)


def test_what_a_view_works_out_is_of_its_own_table() -> None:
    assert worked_out(CASES["by value"]) == [Worked("k", (("1", "机密"),), "公开")]
    other = Memory("wj", ("dh", "tm", "k"), [(*record, "1") for record in RECORDS])
    lines = list(count_group(Group("g", (other,), views=(CASES["by value"],)), ASKED))
    assert [line["counts"]["C"] for line in lines if not isinstance(line, Unread)] == [0]


LETTERS = {"公开": "GK", "机密": "JM"}
BLOCKS = rows((*HEADS, "密级"), [LETTERS[level] for level in LEVELS])


def test_rows_of_blocks(tmp_path: Path) -> None:
    page = "<html><body><h1>目录</h1>{}<p>末页</p></body></html>"
    made = "".join("<div>" + "".join(f"<span>{cell}</span>" for cell in row) + "</div>" for row in BLOCKS)
    listed = "<ul>" + "".join("<li>" + "".join(f"<b>{cell}</b>" for cell in row) + "</li>" for row in BLOCKS) + "</ul>"
    flat = "<div style='display:grid'>" + "".join(f"<div>{cell}</div>" for row in BLOCKS for cell in row) + "</div>"
    for number, body in enumerate((f"<div>{made}</div>", listed, flat)):
        assert said(answers(tmp_path / f"root/{number}.html", page.format(body))) == Counter(C=1, N=5)


def test_blocks_that_are_no_records(tmp_path: Path) -> None:
    menu = "<ul>" + "".join(f"<li><a>{word}</a><i>1</i></li>" for word in ("首页", "密级", "题名", "帮助")) + "</ul><p>关于保密工作</p>"
    assert said(answers(tmp_path / "root/a.html", f"<html><body>{menu}</body></html>")) == Counter(N=1)


class NoDefinitions:
    """A session of PostgreSQL that answers every question but the one for what views are made of."""

    def turn(self, owner: object) -> None:
        """Nothing to begin."""

    def all(self, sql: str) -> list[tuple[object, ...]]:
        if "pg_get_viewdef" in sql:
            raise ReachError(Why.TIMED_OUT, "session")
        return []


def test_views_whose_definitions_are_not_told() -> None:
    """What they make of a level is then unknown, and said to be."""
    reader = Reader(cast(PgSession, NoDefinitions()), "ams", {"instance": "pg:1", "database": "pg:1/ams"}, (), raw=False)
    group, lost = reader.found()
    assert isinstance(group, Group) and isinstance(lost, Unread)
    assert (lost.place.path, lost.why, lost.detail) == ("ams", Why.TIMED_OUT, "definitions of views")
