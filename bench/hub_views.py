"""How long the hub's pages take with many units: p50 and p95 of every page, over HTTP on loopback, one reader at a time.

    python -m bench.hub_views                                   5,000 units, 3 million results, SQLite
    python -m bench.hub_views --results 200 --older 19 --database postgresql://…     20 million on PostgreSQL, an empty database that may be filled

What is measured is what a reader waits for: session, rights, queries, template, bytes over the socket.
"""

from __future__ import annotations

import argparse
import math
import os
import re
import tempfile
import threading
import time
from pathlib import Path

import httpx
import sqlalchemy as sa
import uvicorn

from hub.people import passwords
from hub.registry.own import Own
from hub.store.database import Database, sqlite_url
from hub.store.tables import META, account, envelope, hazard, item, result, tier
from hub.web.app import built
from hub.web.ask import State
from scanner.ledger.keys import new_key
from tests.hub import province
from tests.hub.province import World

PASSWORD = "Stone-Moat-2026"
LIMIT_MS = 300


def pages(world: World) -> list[str]:
    """Every page of views and work: of the whole, of a province, of a unit."""
    unit = next(code for code in world.units if world.hazards.get(code))
    whole = [
        "/dashboard",
        "/coverage",
        "/coverage?late=1",
        "/alike",
        "/items",
        "/items?kind=control",
        "/hazards",
        "/hazards?late=1&level=high",
    ]
    whole += ["/campaigns", "/notices", "/due", "/advisories", "/down", "/items/check/linux.check-01"]
    return [*whole, "/dashboard?unit=330000", "/hazards?unit=330100", f"/u/{unit}", f"/notices/new?unit={unit}"]


def main() -> None:
    asked = argparse.ArgumentParser()
    asked.add_argument("--units", type=int, default=5000)
    asked.add_argument("--results", type=int, default=600, help="verdicts and findings of each unit")
    asked.add_argument("--older", type=float, default=0, help="millions of results of earlier envelopes, made by the database itself")
    asked.add_argument("--provinces", type=int, default=5)
    asked.add_argument("--repeats", type=int, default=40)
    asked.add_argument("--database", default="")
    wish = asked.parse_args()
    with tempfile.TemporaryDirectory(prefix="sqhubW-bench-") as folder:
        database = Database(wish.database or sqlite_url(Path(folder) / "hub.db"))
        META.create_all(database.engine)
        start = time.perf_counter()
        world = province.make(database, units=wish.units, provinces=wish.provinces, cities=10, counties=8, results=wish.results)
        _older(database, int(wish.older * 1_000_000))
        print(f"filled in {time.perf_counter() - start:.0f} s: {_counted(database)}")
        if database.postgres:
            with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
                connection.exec_driver_sql("ANALYZE")
        _measure(database, world, wish.repeats)
        database.close()


def _older(database: Database, count: int) -> None:
    """Rows of envelopes that no longer stand."""
    if not count:
        return
    row = "1 + n % 4000, 1 + n % 5000, 0, 1 + n % 150, 226 + n % 40, n % 5"
    numbers = (
        "generate_series(1, :count) AS g(n)"
        if database.postgres
        else "(WITH RECURSIVE g(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM g WHERE n < :count) SELECT n FROM g)"
    )
    with database.writing() as connection:
        connection.execute(
            sa.text(f"INSERT INTO result (envelope_id, unit_id, sort, term_id, where_id, outcome) SELECT {row} FROM {numbers}"),
            {"count": count},
        )


def _counted(database: Database) -> str:
    with database.reading() as connection:
        counts = {
            table.name: connection.execute(sa.select(sa.func.count()).select_from(table)).scalar()
            for table in (envelope, result, hazard, tier, item)
        }
    return ", ".join(f"{name} {count:,}" for name, count in counts.items())


def _measure(database: Database, world: World, repeats: int) -> None:
    with database.writing() as connection:
        values = {"name": "n", "full_name": "n", "role": "nation", "unit_id": world.ids[world.root], "password": passwords.hashed(PASSWORD)}
        connection.execute(account.insert().values(**values, created="2026-01-01T00:00:00Z"))
    app = built(State(Own(world.root, new_key("ed25519"), None, database), database, second="none"))
    server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=0, log_level="warning"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.05)
    port = server.servers[0].sockets[0].getsockname()[1]
    with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=60) as client:
        _come_in(client)
        worst = 0.0
        for url in pages(world):
            pairs = [_timed(client, url) for _ in range(repeats)]
            times, work = (sorted(values) for values in zip(*pairs, strict=True))
            p95 = times[math.ceil(0.95 * len(times)) - 1]
            worst = max(worst, p95)
            print(f"{url:40} p50 {times[len(times) // 2]:7.1f} ms   p95 {p95:7.1f} ms   CPU p50 {work[len(work) // 2]:7.1f} ms")
        print(f"worst p95 {worst:.1f} ms (goal {LIMIT_MS}); load average {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
    server.should_exit = True
    thread.join()


def _come_in(client: httpx.Client) -> None:
    token = re.search(r'name="csrf" value="([^"]*)"', client.get("/login").text)
    assert token
    fields = {"csrf": token[1], "name": "n", "password": PASSWORD}
    assert client.post("/login", data=fields, headers={"origin": str(client.base_url)}).status_code == 303


def _timed(client: httpx.Client, url: str) -> tuple[float, float]:
    """Milliseconds on the clock, and of CPU: reader and server together."""
    start, before = time.perf_counter(), time.process_time()
    answer = client.get(url)
    assert answer.status_code == 200, (url, answer.status_code)
    return (time.perf_counter() - start) * 1000, (time.process_time() - before) * 1000


if __name__ == "__main__":
    main()
