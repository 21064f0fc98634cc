"""SIGKILL at random moments, of the hub and of its database: no receipt without a stored envelope, nothing twice."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.hub.ops import kills
from tests.hub.post import register
from tests.hub.postgres import POSSIBLE, Server
from tests.hub.served import Forked, home_at, token

SEED = int(os.environ.get("SHIQU_SEED", "20261126"))


def killed(folder: Path, count: int, url: str = "", server: Server | None = None, every: int = 0) -> int:
    own = home_at(folder / "hub", url)
    senders = [register(own.database, f"330102-{number:03d}") for number in range(4)]
    bearer = token(own)

    def crash(number: int) -> None:
        if server is not None and every and number % every == every - 1:
            server.stop("immediate")
            server.start()

    told = kills.run(Forked(folder / "hub"), senders, bearer, count, SEED, crash)
    try:
        kills.check(own, senders, told)
    finally:
        own.database.close()
    return len(told.receipts)


@pytest.mark.lab
def test_killed_hub_on_sqlite(tmp_path: Path) -> None:
    assert killed(tmp_path, 15) > 0


@pytest.mark.lab
@pytest.mark.skipif(not POSSIBLE, reason="needs root and PostgreSQL")
def test_killed_hub_and_crashed_database(tmp_path: Path) -> None:
    with Server() as server:
        assert killed(tmp_path, 15, server.url(), server, every=8) > 0


@pytest.mark.slow
def test_a_thousand_kills(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    kept = [killed(tmp_path / "sqlite", 500)]
    with Server() as server:
        kept.append(killed(tmp_path / "postgresql", 500, server.url(), server, every=25))
    with capsys.disabled():
        print(f"1,000 kills, 20 crashes of PostgreSQL: {kept} envelopes kept, every one with its one receipt")
