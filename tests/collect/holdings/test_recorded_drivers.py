"""SQL Server, Oracle, DM8 and KingbaseES have no server here: a driver that answers from a list stands in for theirs.

It shows that the statements are put together as meant, that nothing but reading is sent and how answers and refusals are read. It
does not show that a real server of that kind accepts them.
"""

from __future__ import annotations

import re
import sys
import time
from collections.abc import Sequence
from types import SimpleNamespace

import pytest

from scanner.collect.holdings.servers import FAMILIES, read_server
from scanner.collect.holdings.servers.address import server_of
from scanner.collect.holdings.servers.mystanding import lists_all
from scanner.collect.holdings.servers.table import SqlTable
from scanner.collect.login import Login
from scanner.errors import ReachError
from scanner.facts.holdings.reading import Found, Group, Predicate, Standing, Unread
from scanner.model.absent import Why
from scanner.targets.urls import CATALOGUES, STORES, hosts_of

PREDICATE = Predicate("MJ", frozenset({"公开", ""}), ("TM",), ("密",))
ODD = "o'dd]\"%s"
ANSWERS = {
    r"FROM (sys\.tables|all_tab_columns)": [
        ("APP", "WJ", "DH", "varchar", 40, None),
        ("APP", "WJ", "MJ", "nvarchar", 20, "密级"),
        ("APP", "WJ", "TM", "clob", -1, ""),
        ("APP", "WJ", "RQ", "datetime", 8, ""),
        ("APP", "WJ", "JS", "int", 4, ""),
        ("APP", "WJ", ODD, "varchar", 10, ""),
        ("dbo", "WJ", "A", "image", 16, ""),
    ],
    r"(is_primary_key|constraint_type = 'P')": [("APP", "WJ", "DH")],
    r"(foreign_key_columns|constraint_type = 'R')": [("APP", "WJ", "MJ", "ZD", "CODE")],
    r"is_encrypted": [("archive", "1")],
    r"dba_tablespaces": [("YES",), ("NO",)],
    r"(sys\.servers|db_links)": [("203.0.113.9",)],
    r"v\$database": [("77", "PHYSICAL STANDBY")],
    r"backupset": [("archive", "2026-01-02T03:04:05", "\\\\203.0.113.8\\b\\x.bak")],
    r"COUNT\(\*\) FROM .*GROUP BY": [("公开", 3), (None, 2)],
    r"HAS_PERMS_BY_NAME": [(1,)],
    r"session_privs": [(1,)],
    r"SELECT COUNT\(\*\)": [(5,)],
    r"CHARINDEX|INSTR": [("D-1", "机密", None)],
}


class Cursor:
    def __init__(self, driver: Driver) -> None:
        self.driver = driver
        self.rows: list[tuple[object, ...]] = []

    def execute(self, sql: str, params: Sequence[object] = ()) -> None:
        self.driver.sent.append((sql, tuple(params)))
        if "sys.availability_replicas" in sql or "all_views" in sql:
            raise self.driver.error
        self.rows = next((list(rows) for pattern, rows in ANSWERS.items() if re.search(pattern, sql, re.DOTALL)), [])

    def fetchmany(self, size: int) -> list[tuple[object, ...]]:
        out, self.rows = self.rows[:size], self.rows[size:]
        return out

    def close(self) -> None:
        pass


class Driver(SimpleNamespace):
    """A module with ``connect`` and ``Error``."""

    def __init__(self, error: Exception, refuse: Exception | None = None) -> None:
        super().__init__(Error=type(error), error=error, refuse=refuse, sent=[], logins=[])

    def connect(self, **options: object) -> SimpleNamespace:
        self.logins.append(options)
        if self.refuse is not None:
            raise self.refuse
        return SimpleNamespace(cursor=lambda: Cursor(self), rollback=lambda: None, close=lambda: None)


class DriverError(Exception):
    pass


MODULES = {"mssql": ("pymssql", (1222, b"text with content")), "oracle": ("oracledb", (SimpleNamespace(code=1031),)),
           "dm": ("dmPython", (SimpleNamespace(code=-5504),))}  # fmt: skip
REFUSED = {"mssql": (18456, b"x"), "oracle": (SimpleNamespace(code=1017),), "dm": (SimpleNamespace(code=-2501),)}


def read(family: str, monkeypatch: pytest.MonkeyPatch, refuse: Exception | None = None) -> tuple[list[Found], Driver]:
    module, args = MODULES[family]
    driver = Driver(DriverError(*args), refuse)
    monkeypatch.setitem(sys.modules, module, driver)  # type: ignore[arg-type]
    login = Login(name="ro", user="app", password="geheim-77")
    return list(read_server(f"{family}://127.0.0.1/archive", login, time.monotonic() + 30)), driver


@pytest.mark.parametrize("family", list(MODULES))
def test_tables_and_standing(family: str, monkeypatch: pytest.MonkeyPatch) -> None:
    found, driver = read(family, monkeypatch)
    (group,) = [item for item in found if isinstance(item, Group)]
    wj = group.sources[0]
    assert isinstance(wj, SqlTable) and wj.key == ("DH",) and wj.references == {"MJ": ("ZD", "CODE")}
    assert [(c.name, c.kind, c.comment) for c in wj.columns[:5]] == [
        ("DH", "text", ""), ("MJ", "text", "密级"), ("TM", "text" if family != "mssql" else "other", ""), ("RQ", "date", ""), ("JS", "number", ""),
    ]  # fmt: skip
    assert wj.histogram("MJ", 10) == {"公开": 3, None: 2} and wj.total == 5
    assert list(wj.candidates(["DH", "MJ", ODD], PREDICATE)) == [("D-1", "机密", None)]
    sql, params = next(item for item in reversed(driver.sent) if "WHERE" in item[0])
    assert "公开" not in sql and "密" not in sql
    assert [str(value).rstrip("|") for value in params if str(value).rstrip("|")] == ["公开", "密"]
    assert ("[o'dd]]\"%%s]" if family == "mssql" else '"o\'dd]""%s"') in sql
    (standing,) = [item for item in found if isinstance(item, Standing)]
    assert {"kind": "foreign-server" if family == "mssql" else "link", "where": "203.0.113.9"} in standing.custody["elsewhere"]
    state = {"mssql": "on", "oracle": "part", "dm": "unknown"}[family]
    assert standing.storage["at_rest"]["state"] == state
    assert [item["why"] for item in standing.storage["unseen"]] == ["timed-out" if family == "mssql" else "no-permission"]
    if family == "mssql":
        assert {"kind": "backup", "where": "203.0.113.8"} in standing.custody["elsewhere"] and standing.backups[0]["of"] == "archive"
    assert ("replica" in wj.place.lineage) is (family == "oracle")
    assert all(re.match(r"SELECT|SET |USE ", sql) for sql, _ in driver.sent)
    assert "geheim-77" not in repr(found) and "content" not in repr(found)


@pytest.mark.parametrize("answer", [[(0,)], []])
@pytest.mark.parametrize("family", list(MODULES))
def test_an_account_that_is_not_told_of_every_table(family: str, answer: list[tuple[object, ...]], monkeypatch: pytest.MonkeyPatch) -> None:
    """What such a server lists is what the account may see: the rest may hold anything."""
    assert not [item for item in read(family, monkeypatch)[0] if isinstance(item, Unread)]
    monkeypatch.setitem(ANSWERS, r"HAS_PERMS_BY_NAME", answer)
    monkeypatch.setitem(ANSWERS, r"session_privs", answer)
    (unread,) = [item for item in read(family, monkeypatch)[0] if isinstance(item, Unread)]
    assert unread.place.path == "archive" and unread.why is Why.NO_PERMISSION


GRANTS = {
    "GRANT SELECT ON *.* TO `ro`@`%`": True,
    "GRANT SELECT, SHOW VIEW ON *.* TO `ro`@`%` IDENTIFIED BY PASSWORD '*94'": True,
    "GRANT ALL PRIVILEGES ON `archive`.* TO `ro`@`%`": True,
    "GRANT SELECT ON `arch%`.* TO `ro`@`%`": True,
    r"GRANT SELECT ON `a\_b`.* TO `ro`@`%`": False,
    "GRANT SELECT ON `archive`.`open` TO `ro`@`%`": False,
    "GRANT SELECT (`dh`) ON `archive`.`wj` TO `ro`@`%`": False,
    "GRANT INSERT ON `archive`.* TO `ro`@`%`": False,
    "GRANT SELECT ON `other`.* TO `ro`@`%`": False,
    "GRANT USAGE ON *.* TO `ro`@`%`": False,
}


@pytest.mark.parametrize("grant", GRANTS)
def test_grants_that_list_every_table(grant: str) -> None:
    usual = "GRANT USAGE ON *.* TO `ro`@`%`"
    assert lists_all([usual, grant], "archive") is GRANTS[grant]
    assert lists_all([usual, grant], "") is (GRANTS[grant] and "*.*" in grant)
    assert not lists_all([usual, grant, "REVOKE SELECT ON `archive`.* FROM `ro`@`%`"], "archive")
    assert not lists_all([], "archive")


@pytest.mark.parametrize("family", list(MODULES))
def test_a_refused_login_is_tried_once(family: str, monkeypatch: pytest.MonkeyPatch) -> None:
    found, driver = read(family, monkeypatch, DriverError(*REFUSED[family]))
    (item,) = found
    assert isinstance(item, Unread) and item.why is Why.AUTH_FAILED and len(driver.logins) == 1
    assert "geheim-77" not in repr(item)


@pytest.mark.parametrize(
    ("scheme", "module", "words"),
    [
        ("mssql", "pymssql", "pip install pymssql"), ("oracle", "oracledb", "pip install oracledb"), ("dm", "dmPython", "pip install dmPython"),
        ("kingbase", "ksycopg2", "pip install ksycopg2"), ("mysql", "pymysql", "pip install pymysql"),
    ],
)  # fmt: skip
def test_a_missing_driver_says_how_to_get_it(scheme: str, module: str, words: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, module, None)
    (item,) = read_server(f"{scheme}://127.0.0.1/x", Login(name="ro", user="app", password="x"), time.monotonic() + 5)
    assert isinstance(item, Unread) and item.why is Why.DRIVER_MISSING and item.detail == words


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("redis://127.0.0.1/x", Why.DRIVER_MISSING),
        ("mysql://a:b@127.0.0.1/x", Why.NOT_ASKED),
        ("mysql://127.0.0.1/x?local_infile=1", Why.NOT_ASKED),
        ("mysql:///x", Why.NOT_DECLARED),
        ("mysql://127.0.0.1/x?host=10.0.0.1", Why.NOT_DECLARED),
        ("mysql://127.0.0.1:99999/x", Why.NOT_DECLARED),
        ("", Why.NOT_DECLARED),
        ("mysql://127.0.0.1:1/x", Why.UNREACHABLE),
    ],
)
def test_places_that_are_not_asked(url: str, why: Why) -> None:
    (item,) = read_server(url, Login(name="ro", user="app", password="x"), time.monotonic() + 5)
    assert isinstance(item, Unread) and item.why is why
    (item,) = read_server("mysql://127.0.0.1:1/x", None, time.monotonic() + 5)
    assert isinstance(item, Unread) and item.why is Why.NOT_DECLARED


def test_the_inventory_knows_the_same_schemes() -> None:
    assert set(CATALOGUES) == {*FAMILIES, *STORES}


@pytest.mark.parametrize("scheme", sorted(FAMILIES))
def test_hosts_of_every_scheme_are_seen_by_the_scope(scheme: str) -> None:
    assert hosts_of(f"{scheme}://db.example:99/x") == ("db.example",)
    assert server_of(f"{scheme}://127.0.0.1/x").address == "127.0.0.1"
    assert server_of(f"{scheme}://db.example/x", {"db.example": "192.0.2.7"}).address == "192.0.2.7"
    with pytest.raises(ReachError):
        server_of(f"{scheme}://never-settled.example/x", {})
