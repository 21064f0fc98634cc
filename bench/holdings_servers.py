"""Counting catalogues in SQLite, PostgreSQL and MariaDB, beside a bare GROUP BY of the same table in the same run.

``python -m bench.holdings_servers [ROWS]``: tables are made from a seed in temporary folders; servers are started for it on the
loopback and removed. Processor time is what the kernel charges to this process, to the server's backend (PostgreSQL) or to the
server (MariaDB); wall time is shown beside it and means little on a busy machine.
"""

from __future__ import annotations

import os
import resource
import sqlite3
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any

import psycopg

from scanner.collect.holdings.count import Asked, count_group
from scanner.collect.holdings.servers import read_server, read_sqlite
from scanner.collect.holdings.servers.table import SqlTable
from scanner.collect.login import Login
from scanner.facts.holdings.reading import Found, Group, Predicate
from tests.holdings.maker import COLUMNS, Maker, Row, catalogue

TICK = os.sysconf("SC_CLK_TCK")
PREDICATE = Predicate("mj", frozenset({"公开", "非密", "内部", "无", "一般", ""}), ("tm", "bz"), ("密",))
LOGIN = Login(name="ro", user="ro", password="Guard-der-Steine-7")


@dataclass(frozen=True, slots=True)
class Ran:
    """What one store took."""

    bare: float
    """Processor seconds of the server for a bare GROUP BY; 0 where there is no server."""
    client: float
    server: float
    brought: int
    """Rows that travelled."""
    counts: Counter[str]


Others = Callable[[dict[str, Any] | None], None]
"""Called while a store is there, with what a peer needs to connect to it."""


@lru_cache(maxsize=1)
def made() -> list[tuple[Row, str]]:
    """Twenty thousand rows and what they are: one in twenty is anything but plainly open."""
    maker = Maker(11)
    table = catalogue(maker, "wj", C=860, R=20, D=40, N=120)
    pairs = list(zip(table.rows, table.truth, strict=True))
    pairs += [(maker.row(maker.pick("公开", "公开", "内部", "非密", "", None)), "N") for _ in range(18_960)]
    maker.random.shuffle(pairs)
    return pairs


def truth(count: int) -> Counter[str]:
    """What so many rows are."""
    return Counter(made()[number % len(made())][1] for number in range(count))


def rows(count: int) -> Iterator[list[Any]]:
    """The made rows over and over under new numbers."""
    for number in range(count):
        row = made()[number % len(made())][0]
        yield [f"{row['dh']}-{number}", *(row.get(name) for name in COLUMNS[1:])]


def cpu_of(pid: int) -> float:
    """Processor seconds of a process with all its threads."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICK


def own() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def measured(name: str, total: int, server: Callable[[], float], act: Callable[[], int]) -> tuple[float, float, int]:
    """Run once and print; (client, server) processor seconds and what came back."""
    began, client, remote = time.monotonic(), own(), server()
    got = act()
    spent = own() - client, server() - remote
    each = f"{spent[0] / got * 1e6:7.1f} µs a row" if got else ""
    rate = total / (sum(spent) or 1e-9) / 1e6
    print(
        f"{name:<52}{time.monotonic() - began:8.2f} s wall{spent[0]:8.2f} client{spent[1]:8.2f} server{rate:8.2f} M rows per CPU-s {each}",
        flush=True,
    )
    return spent[0], spent[1], got


def counted(found: Iterator[Found], counts: Counter[str]) -> int:
    """Everything: survey, count, decisions. How many rows are anything but open."""
    for item in found:
        if isinstance(item, Group):
            for line in count_group(item, Asked(as_of=date(2026, 11, 25))):
                assert isinstance(line, dict), line
                counts.update(line["counts"])
    return counts.total() - counts["N"]


def candidates(found: Iterator[Found], total: int) -> int:
    """The rows that travel, undecided."""
    for item in found:
        if isinstance(item, Group):
            (source,) = item.sources
            assert isinstance(source, SqlTable)
            number = sum(1 for _ in source.candidates(["mj", "tm", "bz", "dh", "cwrq"], PREDICATE))
            assert source.passed == total
            return number
    return 0


def both(
    total: int, server: Callable[[], AbstractContextManager[Callable[[], float]]], read: Callable[[], Iterator[Found]], bare: float
) -> Ran:
    """The rows that travel, and then everything."""
    with server() as used:
        *_, brought = measured("rows that travel", total, used, lambda: candidates(read(), total))
    counts: Counter[str] = Counter()
    with server() as used:
        client, remote, _ = measured("counted and decided", total, used, lambda: counted(read(), counts))
    if bare:
        print(
            f"{'':<52}server time {remote / max(bare, 0.01):.2f} × the bare GROUP BY, client {client / brought * 1e6:.1f} µs a row brought"
        )
    return Ran(bare, client, remote, brought, counts)


def sqlite(total: int, others: Others) -> Ran:
    with tempfile.TemporaryDirectory(prefix="shiqu-bench-") as folder:
        path = Path(folder) / "x.db"
        connection = sqlite3.connect(path)
        connection.execute(f"CREATE TABLE wj ({', '.join(f'{name} TEXT' for name in COLUMNS)})")
        connection.executemany(f"INSERT INTO wj VALUES ({', '.join('?' for _ in COLUMNS)})", rows(total))
        connection.commit()
        print(f"SQLite, {total} rows, {path.stat().st_size >> 20} MiB")
        none = nullcontext(lambda: 0.0)
        measured("bare GROUP BY", total, lambda: 0.0, lambda: len(list(connection.execute("SELECT mj, count(*) FROM wj GROUP BY mj"))))
        connection.close()
        others(None)
        return both(total, lambda: none, lambda: read_sqlite(path, "x.db", {}), 0.0)


def postgresql(total: int, others: Others) -> Ran:
    from tests.labs.test_postgresql import GOOD_CONF, GOOD_HBA, Cluster

    with Cluster("good", GOOD_CONF.replace("log_statement = 'all'", ""), GOOD_HBA, checksums=False) as cluster:
        where = f"host=127.0.0.1 port={cluster.port} user=postgres password=Guard-der-Steine-7 dbname=archive"
        with psycopg.connect(where, autocommit=True) as connection:
            connection.execute(f"CREATE TABLE wj ({', '.join(f'{name} text' for name in COLUMNS)})")
            with connection.cursor() as cursor, cursor.copy("COPY wj FROM STDIN") as copy:
                for row in rows(total):
                    copy.write_row([None if cell is None else str(cell) for cell in row])
            connection.execute("VACUUM ANALYZE wj")
            connection.execute("GRANT SELECT ON wj TO ro")
            print(f"PostgreSQL, {total} rows")
            connection.execute("SET max_parallel_workers_per_gather = 0")
            pid = connection.info.backend_pid
            bare = measured(
                "bare GROUP BY",
                total,
                lambda: cpu_of(pid),
                lambda: len(connection.execute("SELECT mj, count(*) FROM wj GROUP BY mj").fetchall()),
            )
        others({"host": "127.0.0.1", "port": cluster.port, "user": LOGIN.user, "password": LOGIN.password, "database": "archive"})
        url = f"postgresql://127.0.0.1:{cluster.port}/archive"
        return both(total, lambda: backend(cluster), lambda: read_server(url, LOGIN, time.monotonic() + 900), bare[1])


class backend:
    """Processor time of the scanner's own backend: it ends with the session, so its last value is looked up all the while."""

    def __init__(self, cluster: Any) -> None:
        self.cluster = cluster

    def __enter__(self) -> Callable[[], float]:
        self.postmaster = int((self.cluster.data / "postmaster.pid").read_text().split("\n")[0])
        return self.total

    def total(self) -> float:
        # Children that have ended are charged to the postmaster once it has waited for them.
        time.sleep(0.3)
        fields = Path(f"/proc/{self.postmaster}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[13]) + int(fields[14])) / TICK

    def __exit__(self, *_: object) -> None:
        pass


def mariadb(total: int, others: Others) -> Ran:
    from tests.labs.test_holdings_mariadb import Server

    with Server() as server:
        server.ask("DROP DATABASE archive")
        server.ask("CREATE DATABASE archive CHARACTER SET utf8mb4")
        with server.root() as connection, connection.cursor() as cursor:
            cursor.execute("USE archive")
            cursor.execute(f"CREATE TABLE wj ({', '.join(f'{name} varchar(200)' for name in COLUMNS)}) ENGINE=InnoDB")
            batch: list[Sequence[Any]] = []
            cursor.execute("SET autocommit = 0")
            for row in rows(total):
                batch.append(row)
                if len(batch) == 2000:
                    cursor.executemany(f"INSERT INTO wj VALUES ({', '.join('%s' for _ in COLUMNS)})", batch)
                    batch = []
            if batch:
                cursor.executemany(f"INSERT INTO wj VALUES ({', '.join('%s' for _ in COLUMNS)})", batch)
            connection.commit()
            cursor.execute("ANALYZE TABLE wj")
            cursor.fetchall()
            print(f"MariaDB, {total} rows")
            time.sleep(3)
            cpu = lambda: cpu_of(server.process.pid)

            def group() -> int:
                cursor.execute("SELECT mj, count(*) FROM wj GROUP BY mj")
                return len(cursor.fetchall())

            measured("bare GROUP BY (first: pages come in)", total, cpu, group)
            bare = measured("bare GROUP BY", total, cpu, group)
        others({"host": "127.0.0.1", "port": server.port, "user": LOGIN.user, "password": LOGIN.password, "database": "archive"})
        url = f"mysql://127.0.0.1:{server.port}/archive"
        return both(total, lambda: nullcontext(cpu), lambda: read_server(url, LOGIN, time.monotonic() + 900), bare[1])


RUNS = {"sqlite": sqlite, "postgresql": postgresql, "mariadb": mariadb}


def main() -> None:
    total = int(sys.argv[1]) if len(sys.argv) > 1 else 200_000
    only = sys.argv[2:] or list(RUNS)
    for name in only:
        RUNS[name](total, lambda _: None)
    print(f"largest memory of this process: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10} MiB")


if __name__ == "__main__":
    main()
