"""Fields that another table numbers, in real servers: the same records as in files."""

from __future__ import annotations

import os
import shutil
from collections import Counter
from collections.abc import Iterator

import pytest

from scanner.collect.holdings.work import counted
from scanner.facts.holdings.reading import Found, Group
from tests.holdings.test_count import ASKED
from tests.holdings.test_fields_by_number import FIELDS, NUMBERS, values
from tests.labs import test_holdings_mariadb as mariadb
from tests.labs import test_holdings_postgresql as postgresql
from tests.labs.test_postgresql import BINARIES, GOOD_CONF, GOOD_HBA, Cluster

pytestmark = [
    pytest.mark.lab,
    pytest.mark.skipif(os.geteuid() != 0 or not BINARIES or not shutil.which("mariadbd"), reason="needs root, PostgreSQL and MariaDB"),
]
REFERENCES = {"declared": ", FOREIGN KEY (attr_id) REFERENCES attr (id)", "loose": ""}


def script(reference: str) -> list[str]:
    fields, cells = (", ".join(map(str, rows)) for rows in (list(enumerate(FIELDS, 1)), values()))
    return [
        "CREATE TABLE attr (id int PRIMARY KEY, name varchar(40))",
        f"CREATE TABLE attr_value (item_id int, attr_id int, value varchar(200){reference})",
        f"INSERT INTO attr VALUES {fields}",
        f"INSERT INTO attr_value VALUES {cells}",
    ]


def records(found: Iterator[Found]) -> list[tuple[str, Counter[str], list[str]]]:
    lines = [line for item in found if isinstance(item, Group) for line in counted(item, ASKED) if isinstance(line, dict)]
    return [(line["role"], +Counter(line["counts"]), line["keys"]["C"]) for line in lines if line["path"].endswith("#attr_value")]


def test_mariadb() -> None:
    with mariadb.Server() as server:
        for name, reference in REFERENCES.items():
            server.ask(f"CREATE DATABASE {name} CHARACTER SET utf8mb4")
            with server.root() as connection, connection.cursor() as cursor:
                for statement in (f"USE {name}", *script(reference), f"GRANT SELECT ON {name}.* TO ro@'127.0.0.1'"):
                    cursor.execute(statement)
            assert records(mariadb.read(server, name)) == [("catalogue", Counter(C=1, N=5), [NUMBERS[2]])]


def test_postgresql() -> None:
    with Cluster("good", GOOD_CONF, GOOD_HBA, checksums=False) as cluster:
        postgresql.psql(cluster, f"CREATE ROLE reader LOGIN PASSWORD '{postgresql.PASSWORD}'", "postgres")
        for name, reference in REFERENCES.items():
            postgresql.psql(cluster, f"CREATE DATABASE {name}", "postgres")
            for statement in (*script(reference), "GRANT SELECT ON attr, attr_value TO reader"):
                postgresql.psql(cluster, statement, name)
            assert records(postgresql.read(cluster, name, "reader")) == [("catalogue", Counter(C=1, N=5), [NUMBERS[2]])]
