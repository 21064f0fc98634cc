"""The hub's intake: prebuilt envelopes of 300 results through HTTP, signatures checked, acknowledged when they are on the disk.

``python -m bench.hub [--envelopes N] [--units N] [--senders N] [sqlite] [postgresql]``. Beside it in the same run: the same rows by bare COPY
(INSERT of a hundred rows a statement on SQLite) into the same tables with the same indexes, 50 envelopes a transaction, row by row through
an ORM, and the floor: the same uploads to a hub that keeps nothing (:mod:`bench.hub_floor`).
The client's CPU is measured apart; the server's own cores are those that it shares with the client and the database.
"""

from __future__ import annotations

import argparse
import contextlib
import http.client
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, ClassVar
from urllib.parse import urlsplit

import sqlalchemy as sa
from sqlalchemy.orm import DeclarativeBase, Session

from hub.registry.own import Own
from hub.store import migrate
from hub.store import tables as t
from hub.store.database import Database, bulk, sqlite_url
from tests.hub.post import Sender, bulletin, register
from tests.hub.postgres import Server
from tests.hub.served import Served, home_at, token

VERDICTS, FINDINGS = 250, 50
GROUP = 50
ORM_ENVELOPES = 30
TABLES = (t.envelope, t.body, t.bulletin, t.result)
STATUSES = ("met", "unmet", "unknown", "not-applicable", "met", "met")
RESULTS = ("compliant", "noncompliant", "partial", "insufficient")
CONF = "shared_buffers = '128MB'\n"
CLOCK = os.sysconf("SC_CLK_TCK")


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("kinds", nargs="*", default=["sqlite", "postgresql"])
    parser.add_argument("--envelopes", type=int, default=2000)
    parser.add_argument("--units", type=int, default=500)
    parser.add_argument("--senders", type=int, default=16)
    parser.add_argument("--client", nargs=3, metavar=("URL", "TOKEN", "FOLDER"))
    given = parser.parse_args()
    if given.client:
        print(json.dumps(client(*given.client, senders=given.senders)))
        return
    for kind in given.kinds:
        with tempfile.TemporaryDirectory(prefix="sqhubS-bench-") as folder, database_of(kind) as urls:
            measure(kind, Path(folder), urls, given.envelopes, given.units, given.senders)


@contextlib.contextmanager
def database_of(kind: str) -> Iterator[Callable[[], str]]:
    """Addresses of new databases; empty for files."""
    if kind == "sqlite":
        yield lambda: ""
        return
    with Server(CONF) as server:
        yield server.url


def measure(kind: str, folder: Path, urls: Callable[[], str], envelopes: int, units: int, senders: int) -> None:
    own = home_at(folder / "hub", urls())
    bearer = token(own)
    post = folder / "post"
    post.mkdir()
    size = prebuild(own, post, envelopes, units)
    floors = []
    for what in ("http", "checked"):
        with Served(folder / "hub", environment={"PYTHONPATH": os.getcwd()}, module=("bench.hub_floor", what)) as floor:
            floors.append((what, *sent(floor, bearer, post, senders)))
    with Served(folder / "hub") as served:
        at = time.monotonic()
        said, server = sent(served, bearer, post, senders)
        folded = until_folded(own, at)
    rate = envelopes / said["wall"]
    print(f"{kind}: {envelopes} envelopes of {VERDICTS + FINDINGS} results ({size / 1024:.0f} KiB each), {units} units, {senders} senders")
    print(
        f"  acknowledged {rate:.1f} envelopes/s ({rate * (VERDICTS + FINDINGS):.0f} results/s), p50 {said['p50']:.0f} ms, p99 {said['p99']:.0f} ms"
    )
    print(
        f"  CPU an envelope: hub {server / envelopes * 1000:.1f} ms (its fold so far included), client {said['cpu'] / envelopes * 1000:.1f} ms"
    )
    print(f"  folded {folded:.1f} s after the first upload")
    for what, quick, used in floors:
        print(f"  floor, {what} alone: {envelopes / quick['wall']:.1f} envelopes/s, hub {used / envelopes * 1000:.1f} ms CPU an envelope")
    copied = copy_rate(own, folder, urls())
    print(f"  bare COPY of the same rows, same indexes: {copied:.1f} envelopes/s; intake reaches {rate / copied:.0%}")
    orm = orm_rate(own, folder, urls())
    print(f"  row by row through an ORM: {orm:.1f} envelopes/s; intake is {rate / orm:.1f} times that")
    own.database.close()


def sent(served: Served, bearer: str, post: Path, senders: int) -> tuple[dict[str, float], float]:
    """All of it sent to a hub: what the client says, and the seconds of CPU that the hub used."""
    assert served.process is not None
    before = cpu(served.process.pid)
    argv = [sys.executable, "-m", "bench.hub", "--senders", str(senders), "--client", served.url, bearer, str(post)]
    said = json.loads(subprocess.run(argv, check=True, capture_output=True, text=True).stdout)
    return said, cpu(served.process.pid) - before


def prebuild(own: Own, post: Path, envelopes: int, units: int) -> float:
    """Files in the order in which they are sent; bytes of one."""
    senders = [register(own.database, f"u{number:05d}") for number in range(units)]
    total = 0
    for number in range(envelopes):
        data = report(senders[number % units], number // units)
        (post / f"{number:07d}").write_bytes(data)
        total += len(data)
    return total / envelopes


def report(sender: Sender, turn: int) -> bytes:
    """A run of which a few results differ from the one before."""
    statuses = [STATUSES[(place + (turn if place % 16 == 0 else 0)) % len(STATUSES)] for place in range(VERDICTS)]
    content = bulletin(
        sender.code,
        finished=f"2026-02-01T{turn // 60 % 24:02d}:{turn % 60:02d}:00Z",
        statuses=statuses,
        results=[RESULTS[place % len(RESULTS)] for place in range(FINDINGS)],
    )
    return sender.seal(content, created=content["run"]["finished"])


def client(url: str, bearer: str, folder: str, *, senders: int) -> dict[str, float]:
    """Send all files, each sender one after the other over one connection."""
    files = sorted(Path(folder).iterdir())
    bodies = [path.read_bytes() for path in files]
    times: list[float] = []
    turn, lock = iter(range(len(bodies))), threading.Lock()

    def send() -> None:
        connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=120)
        while True:
            with lock:
                number = next(turn, None)
            if number is None:
                return
            start = time.monotonic()
            connection.request("POST", "/api/v1/envelopes", bodies[number], {"Authorization": f"Bearer {bearer}"})
            answer = connection.getresponse()
            body = answer.read()
            assert answer.status == 200, body
            times.append(time.monotonic() - start)

    used, start = resource.getrusage(resource.RUSAGE_SELF), time.monotonic()
    threads = [threading.Thread(target=send) for _ in range(senders)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    wall, after = time.monotonic() - start, resource.getrusage(resource.RUSAGE_SELF)
    assert len(times) == len(bodies)
    cuts = statistics.quantiles(times, n=100)
    spent = after.ru_utime + after.ru_stime - used.ru_utime - used.ru_stime
    return {"wall": wall, "p50": cuts[49] * 1000, "p99": cuts[98] * 1000, "cpu": spent}


def cpu(pid: int) -> float:
    """Seconds that a process has used."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / CLOCK


def until_folded(own: Own, start: float) -> float:
    while True:
        with own.database.reading() as connection:
            if connection.execute(sa.select(sa.func.count()).select_from(t.queue)).scalar_one() == 0:
                return time.monotonic() - start
        time.sleep(0.1)


def held(own: Own) -> list[dict[str, list[tuple[Any, ...]]]]:
    """What the intake wrote, 50 envelopes each."""
    found = []
    with own.database.reading() as connection:
        numbers = list(connection.execute(sa.select(t.envelope.c.id).order_by(t.envelope.c.id)).scalars())
        for start in range(0, len(numbers), GROUP):
            chosen = numbers[start : start + GROUP]
            block = {}
            for table in TABLES:
                key = table.c.id if table is t.envelope else table.c.envelope_id
                block[table.name] = [tuple(row) for row in connection.execute(sa.select(table).where(key.in_(chosen)))]
            found.append(block)
    return found


def empty(own: Own, folder: Path, name: str, url: str) -> Database:
    """The same schema with the same units and terms."""
    database = Database(url or sqlite_url(folder / name))
    migrate.upgrade(database)
    with own.database.reading() as old, database.writing() as new:
        if not database.postgres:
            new.exec_driver_sql("PRAGMA defer_foreign_keys=ON")
        for table in (t.unit, t.term):
            bulk(
                new,
                table,
                [column.name for column in table.columns],
                (tuple(row) for row in old.execute(sa.select(table).order_by(table.c.id))),
            )
    return database


def copy_rate(own: Own, folder: Path, url: str) -> float:
    blocks, database = held(own), empty(own, folder, "copy.db", url)
    start = time.monotonic()
    for block in blocks:
        with database.writing() as connection:
            for table in TABLES:
                bulk(connection, table, [column.name for column in table.columns], block[table.name])
    wall = time.monotonic() - start
    database.close()
    return sum(len(block["envelope"]) for block in blocks) / wall


class Base(DeclarativeBase):
    metadata = t.META


class Result(Base):
    __table__ = t.result
    __mapper_args__: ClassVar[dict[str, Any]] = {
        "primary_key": [t.result.c.envelope_id, t.result.c.sort, t.result.c.term_id, t.result.c.where_id]
    }


class Row(Base):
    __table__ = t.envelope


def orm_rate(own: Own, folder: Path, url: str) -> float:
    """Each row an object that is saved by itself, a transaction an envelope."""
    block, database = held(own)[0], empty(own, folder, "orm.db", url)
    names = [column.name for column in t.result.columns]
    start = time.monotonic()
    for row in block["envelope"][:ORM_ENVELOPES]:
        with Session(database.engine) as session, session.begin():
            session.add(Row(**dict(zip([column.name for column in t.envelope.columns], row, strict=True))))
            session.flush()
            for line in (line for line in block["result"] if line[0] == row[0]):
                session.add(Result(**dict(zip(names, line, strict=True))))
                session.flush()
    wall = time.monotonic() - start
    database.close()
    return min(ORM_ENVELOPES, len(block["envelope"])) / wall


if __name__ == "__main__":
    main()
