"""Generated catalogues in real servers, counted through the scanner's own sessions: the same truth as in files."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import psycopg
import pytest

from scanner.collect.gather import Hearing
from scanner.collect.holdings.scan import ask_holdings
from scanner.collect.login import Login
from scanner.facts.fact import spec_by_probe
from scanner.facts.holdings import Holdings, mixing
from scanner.model.evidence import Answer
from scanner.model.target import Target
from tests.holdings.catalogues import places
from tests.holdings.maker import Place, Table
from tests.labs.test_holdings_mariadb import Server
from tests.labs.test_postgresql import BINARIES, GOOD_CONF, GOOD_HBA, PASSWORD, Cluster

pytestmark = [
    pytest.mark.lab,
    pytest.mark.skipif(os.geteuid() != 0 or not BINARIES or not shutil.which("mariadbd"), reason="needs root, PostgreSQL and MariaDB"),
]
SEED = 31337
Run = Callable[[str, Sequence[Sequence[Any]]], None]


def databases() -> list[Place]:
    made, _ = places(SEED)
    # A full-text table of that kind is SQLite's own.
    return [place for place in made if place.path.endswith(".db") and place.indexed is None]


def fill(place: Place, run: Run, quote: str, text: str, keyed: str) -> None:
    """Write the tables of a place; what is referred to becomes a primary key, as servers want it."""
    for table in sorted(place.tables, key=lambda item: item.record):
        run(f"CREATE TABLE {quote}{table.name}{quote} ({', '.join(declared(table, quote, text, keyed))})", [])
        for name, told in remarks(table).items() if quote == '"' else ():
            run(f"COMMENT ON COLUMN {quote}{table.name}{quote}.{quote}{name}{quote} IS '{told}'", [])
        marks = ", ".join("%s" for _ in table.columns)
        rows = [[row.get(name) for name in table.columns] for row in table.rows]
        run(f"INSERT INTO {quote}{table.name}{quote} VALUES ({marks})", rows)


def remarks(table: Table) -> dict[str, str]:
    """What a file's statement says of a column in a comment: a server keeps such words apart."""
    found = {name: given.partition("/*")[2].partition("*/")[0].strip() for name, given in table.types.items()}
    return {name: told for name, told in found.items() if told}


def declared(table: Table, quote: str, text: str, keyed: str) -> Iterator[str]:
    told = remarks(table) if quote == "`" else {}
    for number, name in enumerate(table.columns):
        given = table.types.get(name, "TEXT")
        key = " PRIMARY KEY" if given == "TEXT PRIMARY KEY" or (table.name in ("base_level", "base_dict") and number == 0) else ""
        native = {"REAL": "DOUBLE PRECISION", "TEXT": keyed if key or "REFERENCES" in given else text}.get(given.split(" ")[0], text)
        yield f"{quote}{name}{quote} {native}{key}" + (f" COMMENT '{told[name]}'" if name in told else "")
        if "REFERENCES" in given:
            yield f"FOREIGN KEY ({quote}{name}{quote}) REFERENCES {given.partition('REFERENCES')[2]}"


def check(place: Place, url: str, login: Login) -> None:
    target = Target(id="t", kind="catalogue", url=url, zone="lan")
    (evidence,) = ask_holdings(target, login, [spec_by_probe("holdings.stores").probe], Hearing(time.monotonic() + 120))
    found = Holdings.read(Answer(evidence.stdout))
    assert isinstance(found, Holdings), evidence.absent
    counted = {store.path.partition("#")[2]: dict(store.counts) for store in found.stores}
    assert counted == {table.name: table.counts() for table in place.tables}, place.path
    every = mixing(found, classified_zone=False)
    # These stand in one schema of one server, which a file has not.
    wanted = place.degrees | ({"D2", "D4"} if "D3" in place.degrees else set())
    assert {item.degree for item in every if item.certainty == "confirmed"} == wanted, place.path
    assert {item.degree for item in every if item.certainty == "suspected"} >= place.suspected, place.path
    assert not found.unread
    text = evidence.stdout.decode()
    assert not [title for title in pieces(place) if title in text]


def pieces(place: Place) -> set[str]:
    titles = [str(row.get("tm") or "") for table in place.tables for row in table.rows]
    return {title[at : at + 6] for title in titles for at in range(0, max(0, len(title) - 5), 3)}


def test_postgresql() -> None:
    login = Login(name="dbro", user="ro", password=PASSWORD)
    with Cluster("good", GOOD_CONF, GOOD_HBA, checksums=False) as cluster:
        for number, place in enumerate(databases()):
            cluster.psql(f"CREATE DATABASE place{number} ENCODING 'UTF8' TEMPLATE template0")
            where = f"host=127.0.0.1 port={cluster.port} user=postgres password={PASSWORD} dbname=place{number}"
            with psycopg.connect(where) as connection:
                fill(place, lambda sql, rows, to=connection: put(to, sql, rows), '"', "text", "text")
                connection.execute("GRANT SELECT ON ALL TABLES IN SCHEMA public TO ro")
            check(place, f"postgresql://127.0.0.1:{cluster.port}/place{number}", login)


def test_mariadb() -> None:
    login = Login(name="dbro", user="ro", password=PASSWORD)
    with Server() as server:
        for number, place in enumerate(databases()):
            server.ask(f"CREATE DATABASE place{number} CHARACTER SET utf8mb4")
            server.ask(f"GRANT SELECT, SHOW VIEW ON place{number}.* TO ro@'127.0.0.1'")
            with server.root() as connection:
                connection.select_db(f"place{number}")
                fill(place, lambda sql, rows, to=connection: put(to, sql, rows), "`", "varchar(191)", "varchar(40)")
            check(place, f"mysql://127.0.0.1:{server.port}/place{number}", login)


def put(connection: Any, sql: str, rows: Sequence[Sequence[Any]]) -> None:
    with connection.cursor() as cursor:
        if rows or sql.startswith(("CREATE", "COMMENT")):
            (cursor.executemany if rows else cursor.execute)(sql, *([rows] if rows else []))


PAIRS = [(rid, name, cell) for rid, record in enumerate([("WS-2001-1", "会议材料甲", "公开"), ("WS-2001-2", "会议材料乙", "机密")])
         for name, cell in zip(("档号", "题名", "密级"), record)]  # fmt: skip
ODD: list[tuple[str, str, list[tuple[Any, ...]], dict[str, int]]] = [
    ("eav", "rid int, field {text}, val {text}", PAIRS, {"C": 1, "N": 1}),
    ("leftover", "a {text}, b {text}", [("会议材料", "机密"), ("会议材料", "甲"), *[("会议材料", "乙")] * 30], {"U": 1, "N": 31}),
    ("bytes_utf8", "dh {text}, tm {text}, mj {bytes}", [("A-1", "甲", "机密".encode()), ("A-2", "乙", "公开".encode()), ("A-3", "丙", None)], {"C": 1, "N": 2}),
    ("bytes_gbk", "dh {text}, tm {bytes}, mj {bytes}", [("A-1", "甲".encode("gbk"), "机密".encode("gbk")), ("A-2", "机密★10年".encode("gbk"), None)], {"C": 2}),
    ("shared_mj", "dh {text}, tm {text}, bgqx {text}", [("A-1", "甲", "JM/Y"), ("A-2", "乙", "GK/C"), ("A-3", "丙", "Y")], {"C": 1, "N": 2}),
    ("terms", "dh {text}, tm {text}, bmqx {text}", [("B-1", "甲", "10年"), ("B-2", "乙", ""), ("B-3", "丙", None)], {"R": 1, "N": 2}),
    ("terms_beside", "dh {text}, tm {text}, mj {text}, dmzrr {text}", [("B-4", "甲", "", "张某"), ("B-5", "乙", "公开", "无"), ("B-6", "丙", None, None)], {"R": 1, "N": 2}),
    ("ticked", "dh {text}, tm {text}, 秘密 {text}, 机密 {text}", [("B-7", "甲", "", "√"), ("B-8", "乙", None, None), ("B-9", "丙", "", "")], {"C": 1, "N": 2}),
    ("item_json", "dh {text}, tm {text}, ext {text}", [("B-10", "甲", '{"mj": "\\u673a\\u5bc6"}'), ("B-11", "乙", '{"mj": "\\u516c\\u5f00"}')], {"C": 1, "N": 1}),
    ("item_coded", "dh {text}, tm {text}, ext {text}", [("B-12", "甲", '{"miji": 2}'), ("B-13", "乙", '{"px": 1}'), ("B-14", "丙", None)], {"U": 1, "N": 2}),
    ("origin", "dh {text}, tm {text}, mj {text}", [("X001-WS-2001-0001", "甲", "机密"), ("X001-WS-2001-0002", "乙", "公开")], {"C": 1, "N": 1}),
    ("register", "dh {text}, tm {text}, zrz {text}", [("X001-WS-2001-0001", "甲", "局"), ("X001-WS-2001-0002", "乙", "局")], {"R": 1, "N": 1}),
    ("origin_bak", "dh {text}, tm {text}, mj {text}", [("X001-WS-2001-0001", "甲", " "), ("X001-WS-2001-0003", "丙", None)], {"C": 1, "N": 1}),
]  # fmt: skip
"""Name, columns, rows and truth of tables that are no ordinary catalogues."""


APART: list[tuple[str, str, list[tuple[Any, ...]], dict[str, int]]] = [
    ("t_item", "id int PRIMARY KEY, title {text}, dh {text}", [(number, "会议材料", f"X001-WS-2001-{number:04d}") for number in range(1, 7)], {"C": 1, "N": 5}),
    ("t_item_secret", "item_id int PRIMARY KEY REFERENCES t_item(id), mj {text}", [(2, "公开"), (3, "机密")], {"N": 2}),
    ("t_doc", "id int, title {text}, dh {text}", [(number, "会议材料", f"X001-WS-2002-{number:04d}") for number in range(1, 7)], {"C": 1, "N": 5}),
    ("t_doc_told", "doc_id bigint, mj {text}", [(5, "秘密"), (6, None)], {"N": 2}),
    ("t_past", "id int PRIMARY KEY, title {text}, dh {text}", [(number, "会议材料", f"X001-WS-2003-{number:04d}") for number in range(1, 4)], {"U": 3}),
    ("t_past_told", "past_id int PRIMARY KEY, mj {text}", [(3, "秘密"), (9, "机密")], {"C": 2}),
]  # fmt: skip
"""Levels that stand in tables of their own: declared, called after the titles, and with one that has no title."""


def odd(run: Run, url: str, login: Login, made: Sequence[Any] = ODD, **types: str) -> None:
    for name, columns, rows, _ in made:
        run(f"CREATE TABLE {name} ({columns.format(**types)})", [])
        run(f"INSERT INTO {name} VALUES ({', '.join('%s' for _ in rows[0])})", rows)
    target = Target(id="t", kind="catalogue", url=url, zone="lan")
    (evidence,) = ask_holdings(target, login, [spec_by_probe("holdings.stores").probe], Hearing(time.monotonic() + 120))
    found = Holdings.read(Answer(evidence.stdout))
    assert isinstance(found, Holdings) and not found.unread
    counted = {store.path.partition("#")[2]: {code: rows for code, rows in store.counts.items() if rows} for store in found.stores}
    assert counted == {name: truth for name, _, _, truth in made}


SETS = {"odd": ODD, "apart": APART}


def test_odd_tables_of_postgresql() -> None:
    login = Login(name="dbro", user="ro", password=PASSWORD)
    with Cluster("good", GOOD_CONF, GOOD_HBA, checksums=False) as cluster:
        for name, made in SETS.items():
            cluster.psql(f"CREATE DATABASE {name} ENCODING 'UTF8' TEMPLATE template0")
            where = f"host=127.0.0.1 port={cluster.port} user=postgres password={PASSWORD} dbname={name}"
            with psycopg.connect(where, autocommit=True) as connection:
                connection.execute("ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO ro")
                run: Run = lambda sql, rows, to=connection: put(to, sql, rows)
                odd(run, f"postgresql://127.0.0.1:{cluster.port}/{name}", login, made, text="text", bytes="bytea")


def test_odd_tables_of_mariadb() -> None:
    login = Login(name="dbro", user="ro", password=PASSWORD)
    with Server() as server:
        for name, made in SETS.items():
            server.ask(f"CREATE DATABASE {name} CHARACTER SET utf8mb4")
            server.ask(f"GRANT SELECT, SHOW VIEW ON {name}.* TO ro@'127.0.0.1'")
            with server.root() as connection:
                connection.select_db(name)
                connection.autocommit(True)
                run: Run = lambda sql, rows, to=connection: put(to, sql, rows)
                odd(run, f"mysql://127.0.0.1:{server.port}/{name}", login, made, text="varchar(100)", bytes="varbinary(100)")
