"""What stands where a reader takes something apart is still read: text beside blocks of a page, records that look like headings, views that disagree."""

from __future__ import annotations

import os
import sqlite3
from collections import Counter
from pathlib import Path

import pytest

from scanner.collect.holdings.servers.sqlite import read_sqlite
from scanner.collect.holdings.servers.sqlite_file import open_file
from scanner.collect.holdings.work import counted
from scanner.facts.holdings.leftover import heading
from scanner.facts.holdings.views import UNSURE, Worked, tables_of, words_for, worked_out
from scanner.model.absent import Why
from tests.holdings.test_count import ASKED
from tests.holdings.test_left_over import answers, said, sheet
from tests.holdings.test_odd_catalogues import LEVELS, NUMBERS, TITLES, rows, text
from tests.holdings.test_worked_out import BLOCKS, HEADS, RECORDS

OPEN = rows((*HEADS, "密级"), ["公开"] * 6)
UNIT = "江口市档案馆"


def blocks(table: object = OPEN, *, around: str = "{}", row: str = "<div>{}</div>", cell: str = "<span>{}</span>") -> str:
    assert isinstance(table, list)
    made = "".join(row.format("".join(cell.format(one) for one in each)) for each in table)
    return f"<html><body><h1>{UNIT}</h1><div>{around.format(made)}</div></body></html>"


def test_blocks_alone_say_nothing(tmp_path: Path) -> None:
    assert said(answers(tmp_path / "root/a.html", blocks())) == Counter(N=6)


@pytest.mark.parametrize("around", [
    "<h3>2012年机密文件目录</h3>{}", "{}<p>2012年机密文件目录</p>", "2012年机密文件目录{}", "{}2012年机密文件目录",
    "<div><b>2012年</b><b>机密文件目录</b></div>{}", "<div><b>机密★10年</b><b></b></div>{}",
])  # fmt: skip
def test_what_stands_beside_the_blocks(around: str, tmp_path: Path) -> None:
    found = said(answers(tmp_path / "root/a.html", blocks(around=around)))
    assert found["N"] == 0 and found["R"] == 6


@pytest.mark.parametrize("row", ["<div>机密 {}</div>", "<div>{}机密</div>", "<div>{}<!-- x -->（机密）</div>"])
def test_text_of_a_block_that_is_in_no_cell(row: str, tmp_path: Path) -> None:
    assert said(answers(tmp_path / "root/a.html", blocks(row=row)))["N"] == 0


def test_cells_that_are_fields_of_a_form(tmp_path: Path) -> None:
    made = [BLOCKS[0], *((a, b, f'<input value="{c}">') for a, b, c in BLOCKS[1:])]
    assert said(answers(tmp_path / "root/a.html", blocks(made))) == Counter(C=1, N=5)
    flat = "".join(f"<div>{cell}</div>" for each in made for cell in each)
    assert said(answers(tmp_path / "root/b.html", f"<html><body><section>{flat}</section></body></html>")) == Counter(C=1, N=5)


@pytest.mark.parametrize("caption", ["2012年机密文件目录", "机密★10年"])
def test_a_caption_in_a_table_of_a_page(caption: str, tmp_path: Path) -> None:
    made = "".join("<tr>" + "".join(f"<td>{cell}</td>" for cell in each) + "</tr>" for each in OPEN)
    page = f"<html><body><table><tr><td colspan='3'>{caption}</td></tr>{made}</table></body></html>"
    found = said(answers(tmp_path / "root/a.html", page))
    assert found["N"] == 0 and found["R"] == 6


RECORD = "二、关于调整供水价格的通知〔机密★10年〕"


def test_a_record_that_looks_like_the_next_heading(tmp_path: Path) -> None:
    """It bears a mark: it is no heading, and ends nothing."""
    made = [HEADS, ("一、秘密", ""), *RECORDS[:3], (RECORD, ""), *RECORDS[3:]]
    assert said(answers(tmp_path / "root/a.csv", text(made))) == Counter(C=1, R=6)
    assert said(answers(tmp_path / "root/a.xlsx", sheet(made))) == Counter(C=1, R=6)


@pytest.mark.parametrize("cell", [RECORD, "二、涉密文件", "三、（机宻）材料", "2.TOP SECRET", r"二、\u673a\u5bc6件", "3.Confidential"])
def test_what_ends_no_heading(cell: str) -> None:
    found = heading(cell)
    assert found is None or found.level is not None


@pytest.mark.parametrize("cell", ["二、其它", "三、非密文件", "四、内部资料", "2.一般件"])
def test_what_ends_one(cell: str) -> None:
    found = heading(cell)
    assert found is not None and found.level is None and found.style


def database(path: Path, *views: str, other: bool = False) -> bytes:
    with sqlite3.connect(path) as made:
        for table in ("da", "wj")[: 1 + other]:
            made.execute(f"CREATE TABLE {table}(dh TEXT, tm TEXT, k INT)")
            lines = [(f"{table}-{a}", f"{b}{table}", int(level == "机密")) for a, b, level in zip(NUMBERS, TITLES, LEVELS)]
            made.executemany(f"INSERT INTO {table} VALUES(?, ?, ?)", lines)
        for view in views:
            made.execute(view)
    made.close()
    return path.read_bytes()


ONE = "CREATE VIEW v1 AS SELECT dh, CASE k WHEN 2 THEN '绝密' ELSE '公开' END AS mj FROM da"
TWO = "CREATE VIEW v2 AS SELECT dh, CASE k WHEN 1 THEN '机密' ELSE '公开' END AS mj FROM da"


@pytest.mark.parametrize("views", [(ONE, TWO), (TWO, ONE)])
def test_what_one_view_calls_classified_another_does_not_open(views: tuple[str, ...], tmp_path: Path) -> None:
    assert said(answers(tmp_path / "root/a.db", database(tmp_path / "made.db", *views))) == Counter(C=1, N=5)


def test_a_view_over_two_tables_explains_the_one_that_it_names(tmp_path: Path) -> None:
    view = "CREATE VIEW v AS SELECT x.dh, CASE x.k WHEN 1 THEN '机密' ELSE '公开' END mj FROM da AS x JOIN wj y ON y.dh = x.dh"
    (found,) = worked_out(view)
    assert tables_of(found, view, {"da": {"k"}, "wj": {"k"}, "dh": {"k"}}) == {"da"}
    lines = [line for line in answers(tmp_path / "root/a.db", database(tmp_path / "made.db", view, other=True)) if isinstance(line, dict)]
    assert {line["path"]: line["counts"]["C"] for line in lines} == {"a.db#da": 1, "a.db#wj": 0}


def test_a_view_that_may_mean_another_table_opens_nothing(tmp_path: Path) -> None:
    view = "CREATE VIEW v AS SELECT s.dh, CASE s.k WHEN 1 THEN '机密' ELSE '公开' END mj FROM (SELECT * FROM da UNION SELECT * FROM wj) s"
    found = said(answers(tmp_path / "root/a.db", database(tmp_path / "made.db", view, other=True)))
    assert found["N"] == 0 and found["C"] == 2


def test_words_of_several_views() -> None:
    one, other = Worked("k", (("1", "机密"), ("2", "公开")), None), Worked("k", (("1", "绝密级"), ("2", "内部")), "公开")
    assert words_for([(one, False), (other, False)], {"3"}) == {"1": "绝密级", "2": UNSURE, "3": "公开"}
    assert words_for([(one, True)], set()) == {"1": "机密", "2": UNSURE}


@pytest.mark.parametrize("encoding", ["UTF-8", "UTF-16le", "UTF-16be"])
@pytest.mark.parametrize("mark", ["（机宻★10年）", r"（\u673a\u5bc6★10年）", "(TOP SECRET)"])
def test_what_is_rare_in_a_store_of_another_encoding(encoding: str, mark: str, tmp_path: Path) -> None:
    path = tmp_path / "made.db"
    with sqlite3.connect(path) as made:
        made.execute(f"PRAGMA encoding = '{encoding}'")
        made.execute("CREATE TABLE da(dh TEXT, tm TEXT)")
        made.executemany(
            "INSERT INTO da VALUES(?, ?)", [(f"X-{n:05d}", f"会议材料第{n}号{mark if n == 1500 else ''}") for n in range(3000)]
        )
    made.close()
    found = said(answers(tmp_path / "root/a.db", path.read_bytes()))
    assert found["N"] == 2999 and found["C"] + found["R"] == 1
    (tmp_path / "root/b.db").write_bytes(path.read_bytes())
    assert said([line for group in read_sqlite(tmp_path / "root/b.db", "b.db", {}) for line in counted(group, ASKED)]) == found


@pytest.mark.parametrize(("most", "one"), [("utf-8", "gb18030"), ("gb18030", "utf-8")])
@pytest.mark.parametrize("mark", ["（机宻★10年）", "（机密★10年）", r"（\u673a\u5bc6★10年）"])
def test_what_is_rare_in_a_line_of_another_encoding(mark: str, most: str, one: str, tmp_path: Path) -> None:
    lines = [f"X-{n:05d},会议材料第{n}号{mark if n == 1500 else ''}\n".encode(one if n == 1500 else most) for n in range(3000)]
    found = said(answers(tmp_path / "root/a.csv", b"".join(["档号,题名\n".encode(most), *lines])))
    assert found["N"] == 2999 and found["C"] + found["R"] == 1


def test_of_a_journal_only_its_beginning_is_read(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    path.write_bytes(database(tmp_path / "made.db"))
    journal = tmp_path / "a.db-journal"
    with journal.open("wb") as stream:
        stream.truncate(1 << 40)
    opened = open_file(path)
    assert not opened.unread
    opened.close()
    with journal.open("r+b") as stream:
        os.pwrite(stream.fileno(), b"\xd9\xd5\x05\xf9\x20\xa1\x63\xd7", 0)
    opened = open_file(path)
    assert [lost.why for lost in opened.unread] == [Why.NOT_ASKED]
    opened.close()
