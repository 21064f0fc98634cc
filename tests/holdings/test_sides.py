"""Levels in a table of their own, tied to the titles by nothing but a number: the titles are what the levels say, or nobody calls them open."""

from __future__ import annotations

import sqlite3
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from scanner.facts.holdings.reading import Unread
from tests.holdings.test_left_over import answers
from tests.holdings.test_odd_catalogues import LEVELS, NUMBERS, TITLES

ITEM = "CREATE TABLE t_item(id INTEGER PRIMARY KEY, title TEXT, dh TEXT);\n"
ITEMS = "".join(f"INSERT INTO t_item VALUES({at},'{title}','{number}');\n" for at, (title, number) in enumerate(zip(TITLES, NUMBERS), 11))
TOLD = tuple(enumerate(LEVELS, 11))
Stores = dict[str, tuple[str, Counter[str]]]


def secrets(table: str = "t_item_secret", columns: str = "item_id INTEGER PRIMARY KEY, mj TEXT", rows: object = TOLD) -> str:
    assert isinstance(rows, tuple)
    made = "".join(f"INSERT INTO {table} VALUES({','.join(map(repr, row))});\n" for row in rows)
    return f"CREATE TABLE {table}({columns});\n{made}".replace("None", "NULL")


def as_database(folder: Path, script: str) -> tuple[str, bytes]:
    path = folder / "made.db"
    with sqlite3.connect(path) as made:
        made.executescript(script)
    made.close()
    data = path.read_bytes()
    path.unlink()
    return "a.db", data


def as_dump(_folder: Path, script: str) -> tuple[str, bytes]:
    with sqlite3.connect(":memory:") as made:
        made.executescript(script)
        return "a.sql", "".join(f"{line}\n" for line in made.iterdump()).encode()


def as_mysqldump(_folder: Path, script: str) -> tuple[str, bytes]:
    lines = [f"-- MySQL dump 10.19\n{script}"]
    return "a.sql", "".join(lines).replace("INSERT INTO ", "INSERT INTO `").replace(" VALUES", "` VALUES").encode()


def as_pg_dump(_folder: Path, script: str) -> tuple[str, bytes]:
    """Rows as COPY, keys and references at the end."""
    with sqlite3.connect(":memory:") as made:
        made.executescript(script)
        tables = [name for (name,) in made.execute("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY rowid")]
        text = end = ""
        for table in tables:
            columns = [row[1] for row in made.execute(f"PRAGMA table_info({table})")]
            lines = "".join(
                "\t".join("\\N" if cell is None else str(cell) for cell in row) + "\n" for row in made.execute(f"SELECT * FROM {table}")
            )
            text += f"CREATE TABLE public.{table} (\n" + ",\n".join(f"    {column} text" for column in columns) + "\n);\n\n"
            end += f"COPY public.{table} ({', '.join(columns)}) FROM stdin;\n{lines}\\.\n\n"
            for row in made.execute(f"PRAGMA foreign_key_list({table})"):
                text += f"ALTER TABLE ONLY public.{table}\n    ADD CONSTRAINT a FOREIGN KEY ({row[3]}) REFERENCES public.{row[2]}({row[4]});\n\n"
    return "a.sql", (text + end).encode()


KINDS = {"database": as_database, "dump": as_dump, "mysqldump": as_mysqldump, "pg_dump": as_pg_dump}


def stores(folder: Path, script: str, kind: str = "database") -> Stores:
    name, data = KINDS[kind](folder, script)
    found: list[dict[str, Any] | Unread] = answers(folder / "root" / name, data)
    lines = [line for line in found if not isinstance(line, Unread)]
    assert len(lines) == len(found)
    return {line["path"].rpartition("#")[2].removeprefix("public."): (line["role"], +Counter(line["counts"])) for line in lines}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("reference", ["", " REFERENCES t_item(id)"])
def test_levels_are_brought_to_their_titles(kind: str, reference: str, tmp_path: Path) -> None:
    found = stores(tmp_path, ITEM + secrets(columns=f"item_id INTEGER PRIMARY KEY{reference}, mj TEXT") + ITEMS, kind)
    assert found == {"t_item": ("catalogue", Counter(C=1, N=5)), "t_item_secret": ("companion", Counter(N=6))}


@pytest.mark.parametrize(("columns", "rows", "wanted"), [
    ("item_id INTEGER, mj TEXT", ((13, "机密"),), Counter(C=1, N=5)),
    ("item_id INTEGER, mj TEXT", ((12, "公开"), (13, "机密"), (14, "秘密")), Counter(C=2, N=4)),
    ("id INTEGER PRIMARY KEY, item_id INTEGER, mj TEXT, bmqx TEXT, dmrq TEXT", ((1, 12, "秘密", "1年", "2001-02-03"), (2, 13, "机密", "长期", None)), Counter(C=1, R=1, N=4)),
    ("id INTEGER PRIMARY KEY, mj TEXT", TOLD, Counter(C=1, N=5)),
    ("id INTEGER PRIMARY KEY, mj TEXT, bmqx TEXT, create_time TEXT, lrr TEXT", tuple((*row, "10年", "2024-01-02", "张三") for row in TOLD), Counter(C=1, N=5)),
    ("item_id INTEGER PRIMARY KEY, mj INTEGER", tuple((at, 3 if level == "机密" else 1) for at, level in TOLD), Counter(U=6)),
    ("item_id TEXT, mj TEXT", tuple((str(at), level) for at, level in TOLD), Counter(C=1, N=5)),
    ("item_id INTEGER, sfsm TEXT", ((13, "是"), (14, "否")), Counter(C=1, N=5)),
])  # fmt: skip
def test_what_is_told_of_the_titles(columns: str, rows: tuple[tuple[object, ...], ...], wanted: Counter[str], tmp_path: Path) -> None:
    assert stores(tmp_path, ITEM + ITEMS + secrets(columns=columns, rows=rows))["t_item"] == ("catalogue", wanted)
    assert stores(tmp_path, ITEM + ITEMS + secrets(columns=columns, rows=rows), "dump")["t_item"] == ("catalogue", wanted)


def test_titles_that_point_to_their_levels(tmp_path: Path) -> None:
    """Several records may share what is told; none of it may be lost."""
    item = "CREATE TABLE t_item(id INTEGER PRIMARY KEY, title TEXT, dh TEXT, secret_id INTEGER);\n"
    rows = "".join(
        f"INSERT INTO t_item VALUES({at},'{title}','{number}',{50 + at});\n" for at, (title, number) in enumerate(zip(TITLES, NUMBERS))
    )
    levels = secrets(
        "t_secret", "id INTEGER PRIMARY KEY, mj TEXT, bmqx TEXT", tuple((50 + at, level, "10年") for at, level in enumerate(LEVELS))
    )
    found = stores(tmp_path, item + rows + levels)
    assert found["t_item"] == ("catalogue", Counter(C=1, N=5)) and found["t_secret"][0] == "companion"


def test_a_dictionary_explains_levels_that_stand_apart(tmp_path: Path) -> None:
    words = (
        "CREATE TABLE zd_mj(dm INTEGER PRIMARY KEY, mc TEXT);\nINSERT INTO zd_mj VALUES(1,'公开');\nINSERT INTO zd_mj VALUES(3,'机密');\n"
    )
    rows = tuple((at, 3 if level == "机密" else 1) for at, level in TOLD)
    levels = secrets(columns="item_id INTEGER PRIMARY KEY, lv INTEGER REFERENCES zd_mj(dm)", rows=rows)
    assert stores(tmp_path, ITEM + words + ITEMS + levels)["t_item"] == ("catalogue", Counter(C=1, N=5))


@pytest.mark.parametrize("kind", ["database", "dump"])
@pytest.mark.parametrize(("table", "columns", "rows"), [
    ("t_item_secret", "item_id INTEGER, mj TEXT", (*TOLD, (99, "机密"))),
    ("t_item_secret", "item_id INTEGER, mj TEXT", (*TOLD, (13, "绝密"))),
    ("t_item_secret", "item_id INTEGER, mj TEXT", (*TOLD, (None, "绝密"))),
    ("t_dingmi", "wjid INTEGER, mj TEXT", TOLD), ("t_dingmi", "a INTEGER, mj TEXT", TOLD),
])  # fmt: skip
def test_titles_are_not_open_where_it_is_not_certain(table: str, columns: str, rows: object, kind: str, tmp_path: Path) -> None:
    """A key without a title, a key twice, no key; or nothing but that the numbers of one are among those of the other."""
    found = stores(tmp_path, ITEM + secrets(table, columns, rows) + ITEMS, kind)
    assert found["t_item"] == ("catalogue", Counter(U=6))
    assert found[table][0] == "catalogue" and found[table][1]["C"] >= 1


def test_two_tables_with_the_same_numbers(tmp_path: Path) -> None:
    """With a mere id in each of them nobody knows whose levels these are."""
    other = (ITEM + ITEMS).replace("t_item", "t_other").replace("X017", "X018")
    found = stores(tmp_path, ITEM + ITEMS + other + secrets("t_told", "id INTEGER PRIMARY KEY, mj TEXT"))
    assert found["t_item"][1] == found["t_other"][1] == Counter(U=6)


@pytest.mark.parametrize("script", [
    secrets("t_stat", "mj TEXT, sl INTEGER", (("公开", 11), ("机密", 12), ("秘密", 13))),
    secrets("t_told", "wjid INTEGER, mj TEXT", tuple((900 + at, level) for at, level in TOLD)),
    secrets("t_item_secret", "item_id INTEGER, mj TEXT", ((12, "公开"), (12, "内部"))),
    secrets("t_dict", "id INTEGER PRIMARY KEY, mj TEXT", ((11, "公开"), (12, "秘密"), (13, "机密"))),
])  # fmt: skip
def test_open_titles_beside_what_tells_nothing_of_them(script: str, tmp_path: Path) -> None:
    """A count by level, levels of other numbers, levels of which none is classified, a list of levels."""
    assert stores(tmp_path, ITEM + ITEMS + script)["t_item"][1] == Counter(N=6)


@pytest.mark.parametrize("numbers", [NUMBERS, tuple(f"A-{at}" for at in range(6))])
def test_levels_by_record_number_without_titles(numbers: tuple[str, ...], tmp_path: Path) -> None:
    """However short the numbers are; and where the number stands with the level alone, and the titles are told by another."""
    rows = "".join(
        f"INSERT INTO t_item VALUES({at},'{title}','{number}');\n" for at, (title, number) in enumerate(zip(TITLES, numbers), 11)
    )
    found = stores(tmp_path, ITEM + rows + secrets("t_mj", "dh TEXT, mj TEXT", tuple(zip(numbers, LEVELS))))
    assert found == {"t_item": ("catalogue", Counter(C=1, N=5)), "t_mj": ("companion", Counter(N=6))}
    titles = ITEM.replace(", dh TEXT", "") + "".join(f"INSERT INTO t_item VALUES({at},'{title}');\n" for at, title in enumerate(TITLES, 11))
    told = tuple((at, number, level) for (at, level), number in zip(TOLD, numbers))
    found = stores(tmp_path, titles + secrets("t_item_arch", "item_id INTEGER, dh TEXT, mj TEXT", told))
    assert found == {"t_item": ("catalogue", Counter(C=1, N=5)), "t_item_arch": ("companion", Counter(N=6))}


@pytest.mark.parametrize(("table", "key", "column"), [
    ("t_item", "uuid TEXT PRIMARY KEY", "item_uuid"), ("items", "id TEXT", "item_id"), ("archive_item", "id TEXT", "item_id"), ("条目表", "编号 TEXT", "条目编号"),
    ("t_wj", "wjid TEXT", "wjid"), ("t_wj", "xh TEXT", "wj_xh"),
])  # fmt: skip
def test_names_of_keys(table: str, key: str, column: str, tmp_path: Path) -> None:
    rows = "".join(
        f"INSERT INTO {table} VALUES('u{at}','{title}','{number}');\n" for at, (title, number) in enumerate(zip(TITLES, NUMBERS))
    )
    told = tuple((f"u{at}", level) for at, level in enumerate(LEVELS))
    found = stores(
        tmp_path, f"CREATE TABLE {table}({key}, title TEXT, dh TEXT);\n" + rows + secrets("t_told", f"{column} TEXT, mj TEXT", told)
    )
    assert found[table] == ("catalogue", Counter(C=1, N=5)) and found["t_told"][0] == "companion"


def test_a_table_between_titles_and_levels(tmp_path: Path) -> None:
    """The numbers of the levels are those of another table: they are not taken for the titles'."""
    between = "CREATE TABLE t_rel(item_id INTEGER, secret_id INTEGER);\n" + "".join(
        f"INSERT INTO t_rel VALUES({at},{at + 1});\n" for at in (11, 13, 15)
    )
    levels = secrets("t_secret", "id INTEGER PRIMARY KEY, mj TEXT", ((12, "机密"), (14, "机密"), (16, "秘密")))
    assert stores(tmp_path, ITEM + ITEMS + between + levels)["t_item"][1] == Counter(U=6)


@pytest.mark.parametrize("script", [
    secrets("t_item_attach", "id INTEGER PRIMARY KEY, item_id INTEGER REFERENCES t_item(id), name TEXT, mj TEXT", ((1, 13, "会议附件之一", "机密"), (2, 13, "会议附件之二", "公开"))),
    secrets("t_meeting", "id INTEGER PRIMARY KEY, hymc TEXT, mj TEXT", ((11, "城东片区会议", "机密"), (12, "城西片区会议", "机密"), (13, "城南片区会议", "公开"))),
    secrets("t_template", "id INTEGER PRIMARY KEY, secret_level TEXT, tpl TEXT", ((11, "机密", "a.docx"), (12, "机密", "b.docx"), (13, "公开", "c.docx"))),
    secrets("t_plan", "id INTEGER PRIMARY KEY, dept_id INTEGER, mj TEXT, tpl TEXT", ((1, 11, "机密", "a"), (2, 12, "机密", "b"), (3, 13, "公开", "c"))),
])  # fmt: skip
def test_lists_of_other_things_beside_open_titles(script: str, tmp_path: Path) -> None:
    """What is attached to records, and what only happens to have the same numbers."""
    found = stores(tmp_path, ITEM + ITEMS + script)
    assert found.pop("t_item")[1] == Counter(N=6)
    ((role, counts),) = found.values()
    assert role == "catalogue" and counts["C"] >= 1


@pytest.mark.parametrize("reference", ["", " REFERENCES t_dept(dept_id)"])
def test_what_many_records_share_is_not_their_level(reference: str, tmp_path: Path) -> None:
    item = ITEM.replace("dh TEXT", f"dh TEXT, dept_id INTEGER{reference}")
    rows = "".join(
        f"INSERT INTO t_item VALUES({at},'{title}','{number}',{at % 2 + 1});\n" for at, (title, number) in enumerate(zip(TITLES, NUMBERS))
    )
    found = stores(tmp_path, secrets("t_dept", "dept_id INTEGER PRIMARY KEY, mj TEXT", ((1, "机密"), (2, "机密"))) + item + rows)
    assert found["t_item"] == ("catalogue", Counter(N=6)) and found["t_dept"][1] == Counter(C=2)


def test_titles_with_levels_of_their_own(tmp_path: Path) -> None:
    item = ITEM.replace("dh TEXT", "dh TEXT, mj TEXT")
    rows = "".join(
        f"INSERT INTO t_item VALUES({at},'{title}','{number}','公开');\n" for at, (title, number) in enumerate(zip(TITLES, NUMBERS), 11)
    )
    found = stores(tmp_path, item + rows + secrets())
    assert found["t_item"][1] == Counter(C=1, N=5) and found["t_item_secret"][0] == "companion"
    unsure = stores(tmp_path, item + rows + secrets(rows=(*TOLD, (99, "机密"))))
    assert unsure["t_item"][1] == Counter(N=6) and unsure["t_item_secret"][1] == Counter(C=2, N=5)
    blank = stores(tmp_path, item + rows.replace("'公开'", "''") + secrets())
    assert blank["t_item"][1] == Counter(C=1, N=5) and blank["t_item_secret"][0] == "companion"
