"""Tables that tell a level of a person, a right or a sum are no catalogues; beside each the nearest true one, which stays one."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from scanner.facts.holdings.reading import Unread
from tests.holdings.memory import Memory
from tests.holdings.test_catalogues import held
from tests.holdings.test_count import counted
from tests.holdings.test_left_over import answers, sheet

LEVELS = ("公开", "内部", "秘密", "机密", "绝密")
Cells = Callable[[int], Sequence[str]]


def number(at: int) -> str:
    return f"X017-WS-2012-{at:04d}"


def level(at: int) -> str:
    return LEVELS[at % 5]


def role(name: str, heads: str, cells: Cells, rows: int = 60, key: tuple[str, ...] = ()) -> tuple[str, int]:
    """What a table is taken for, and how many classified records are in it."""
    source = Memory(name, heads.split(), [tuple(cells(at)) for at in range(rows)])
    source.key = key
    line = counted(source)[name]
    assert line["counts"]["N"] == rows or line["counts"]["C"] + line["counts"]["R"] + line["counts"]["U"]
    return line["role"], line["counts"]["C"] + line["counts"]["R"]


SUMS: dict[str, tuple[str, str, Cells, int]] = {
    "by level": ("t_stat", "mj sl", lambda at: (level(at), f"{at * 7 + 3}"), 5),
    "by code": ("t_stat", "mj cnt", lambda at: (f"{at + 1}", f"{at * 7 + 3}"), 5),
    "numbered": ("t_stat", "id mj sl", lambda at: (f"{at + 1}", level(at), f"{at * 7 + 3}"), 5),
    "with a sum and shares": ("统计", "密级 件数 占比", lambda at: ((*LEVELS, "合计")[at], f"{at * 7 + 3}", f"{at}.5%"), 6),
    "by year": ("t_sum", "nd mj js", lambda at: (f"{2001 + at // 5}", level(at), f"{at + 3}"), 15),
    "by fonds": ("a", "全宗号 密级 案卷数 件数 更新时间", lambda at: (f"X{at // 5}", level(at), f"{at + 2}", f"{at + 9}", "2025-01-01"), 15),
}  # fmt: skip
RECORDS: dict[str, tuple[str, str, Cells, int]] = {
    "numbers": ("t_stat", "dh mj sl", lambda at: (number(at), level(at), f"{at + 3}"), 5),
    "a side table": ("t_item_secret", "item_id mj js", lambda at: (f"{at + 1}", level(at), f"{at + 3}"), 7),
    "copies": ("a", "mj fs", lambda at: (level(at), f"{at + 3}"), 5),
    "many of a level": ("a", "nd mj js", lambda at: ("2001", level(at), f"{at + 3}"), 60),
    "one of each": ("a", "mj sl", lambda at: (level(at), "1"), 5),
    "numbered from one": ("a", "mj sl", lambda at: (level(at), f"{at + 1}"), 5),
    "one row": ("a", "密级 数量", lambda at: ("机密", "3"), 1),
    "titles nobody named": ("t_stat", "mc mj sl", lambda at: (f"会议材料{at}", level(at), f"{at + 3}"), 7),
}  # fmt: skip
PERSONS: dict[str, tuple[str, str, Cells]] = {
    "uid": ("t_user_clearance", "uid mj", lambda at: (f"{at}", level(at))),
    "user and department": ("t_user_clearance", "user_id dept mj", lambda at: (f"{at}", "办公室", level(at))),
    "who set it": ("t_clearance", "emp_id mj set_by set_on", lambda at: (f"{at}", level(at), "局", "2020-01-01")),
    "accounts": ("sys_user", "id account nick mj", lambda at: (f"{at}", f"u{at}", f"n{at}", level(at))),
    "rights on records": ("t_user_right", "user_id dh mj", lambda at: (f"{at % 3}", number(at // 3), level(at // 3))),
    "numbered rights": ("t_user_right", "id user_id dh mj", lambda at: (f"{at}", f"{at % 3}", number(at // 3), level(at // 3))),
    "what a user may": ("t_da", "yhid dh mj can_view", lambda at: (f"{at % 3}", number(at // 3), level(at // 3), "1")),
    "persons with posts": ("t_ry", "xm gangwei mj", lambda at: (f"人{at}", ("机要保密处处长", "办公室主任")[at % 2], level(at))),
    "roles": ("t_js", "js_id dh mj", lambda at: (f"{at % 3}", number(at // 3), level(at // 3))),
}  # fmt: skip
NO_PERSONS: dict[str, tuple[str, str, Cells]] = {
    "numbers alone": ("t_item", "dh mj", lambda at: (number(at), level(at))),
    "technical records": ("t_js", "dh mj", lambda at: (number(at), level(at))),
    "technical records, numbered": ("da_js", "id dh mj", lambda at: (f"{at}", number(at), level(at))),
    "technical records that a user entered": ("t_js", "dh mj user_id", lambda at: (number(at), level(at), f"{at % 3}")),
    "rights of land": ("t_land_right", "dh mj user_id", lambda at: (number(at), level(at), f"{at % 3}")),
    "rights of land, numbered": ("t_land_right", "id mj", lambda at: (f"{at}", level(at))),
    "technical records without numbers": ("t_js", "id mj", lambda at: (f"{at}", level(at))),
    "who entered it": ("t_item", "dh mj user_id", lambda at: (number(at), level(at), f"{at % 3}")),
    "a side table that a user entered": ("t_item_secret", "item_id mj user_id", lambda at: (f"{at}", level(at), f"{at % 3}")),
    "files of persons": ("ry_da", "xm qzh ajh mj", lambda at: (f"人{at}", "X17", f"{at}", level(at))),
    "files of users": ("t_user_file", "user_id dh tm mj", lambda at: (f"{at % 3}", number(at), f"会议材料{at}", level(at))),
    "papers of users": ("t_user_doc", "user_id wjmm mj", lambda at: (f"{at % 3}", f"城东片区改造会议纪要第{at}号", level(at))),
    "papers of persons": ("t_ry", "xm clmm mj", lambda at: (f"人{at}", f"城东片区改造会议纪要第{at}号", level(at))),
    "members' numbers": ("t_member", "dh mj", lambda at: (number(at), level(at))),
    "messages": ("t_act", "dh mj message detail event", lambda at: (number(at), level(at), "会议", "材料", "x")),
}  # fmt: skip


@pytest.mark.parametrize("case", SUMS)
def test_sums_by_level(case: str) -> None:
    assert role(*SUMS[case]) == ("statistics", 0)


@pytest.mark.parametrize("case", RECORDS)
def test_records_with_a_number_of_something(case: str) -> None:
    name, heads, cells, rows = RECORDS[case]
    assert role(name, heads, cells, rows) == ("catalogue", sum("密" in cell for at in range(rows) for cell in cells(at)))


@pytest.mark.parametrize("case", PERSONS)
def test_persons_and_their_rights(case: str) -> None:
    found, classified = role(*PERSONS[case])
    assert found in ("clearance", "permission") and classified == 0


@pytest.mark.parametrize("case", NO_PERSONS)
def test_records_beside_persons(case: str) -> None:
    assert role(*NO_PERSONS[case]) == ("catalogue", 36)


def test_the_acts_of_users_are_a_log() -> None:
    acts = ("operator action mj oper_time", lambda at: ("a", "view", level(at), "2020-01-01 10:00:00"))
    assert role("t_oper", *acts) == ("log", 36)
    visits = ("user_id dh mj ip op op_time", lambda at: (f"{at % 3}", number(at // 3), level(at // 3), "10.0.0.1", "view", "2020"))
    assert role("t_visit", *visits) == ("log", 36)


def test_records_without_a_level_under_the_numbers_of_rights() -> None:
    """What a table of rights calls classified is not open where no other table says so."""
    titles = Memory("t_item", ["dh", "tm"], [(number(at), f"会议材料{at}") for at in range(20)])
    rights = Memory("t_user_right", ["user_id", "dh", "mj"], [(f"{at % 3}", number(at // 3), level(at // 3)) for at in range(60)])
    found = counted(titles, rights)
    assert found["t_item"]["counts"] == {"C": 0, "R": 12, "D": 0, "N": 8, "U": 0} and found["t_user_right"]["counts"]["N"] == 60


def test_sums_explain_no_codes() -> None:
    sums = Memory("v_count", ["level", "cnt"], list(zip(LEVELS, "36421")))
    items = Memory("t_item", ["dh", "tm", "mj"], [(number(at), f"会议材料{at}", "34"[at % 2]) for at in range(20)])
    found = counted(items, sums)
    assert found["t_item"]["counts"]["U"] == 20 and found["v_count"]["role"] == "statistics"


SUM = [("密级", "件数"), *((one, f"{at * 7 + 3}") for at, one in enumerate(LEVELS)), ("合计", "85")]


def made(kind: str) -> bytes:
    """Sums by level as a file of some kind."""
    if kind == "csv":
        return "".join(",".join(row) + "\n" for row in SUM).encode("gb18030")
    if kind == "xlsx":
        return sheet(SUM)
    if kind == "json":
        return json.dumps([dict(zip(SUM[0], row)) for row in SUM[1:]]).encode()
    values = ",".join(f"('{one}',{many})" for one, many in SUM[1:])
    return f"CREATE TABLE `t_stat` (`mj` varchar(10), `sl` int);\nINSERT INTO `t_stat` VALUES {values};\n".encode()


@pytest.mark.parametrize("kind", ["csv", "xlsx", "json", "sql"])
def test_sums_in_files(kind: str, tmp_path: Path) -> None:
    lines: list[dict[str, Any]] = [line for line in answers(tmp_path / f"root/a.{kind}", made(kind)) if not isinstance(line, Unread)]
    assert [(line["role"], line["counts"]["C"]) for line in lines] == [("statistics", 0)]


def test_sums_in_a_database(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "a.db") as base:
        base.execute("CREATE TABLE t_stat (mj TEXT, sl INTEGER)")
        base.executemany("INSERT INTO t_stat VALUES (?, ?)", [(one, at + 3) for at, one in enumerate(LEVELS)])
        base.execute("CREATE TABLE t_item (dh TEXT PRIMARY KEY, mj TEXT)")
        base.executemany("INSERT INTO t_item VALUES (?, ?)", [(number(at), level(at)) for at in range(20)])
    base.close()
    stores = {store.path.partition("#")[2]: (store.role, store.classified) for store in held(tmp_path)[0].stores}
    assert stores == {"t_stat": ("statistics", 0), "t_item": ("catalogue", 12)}
