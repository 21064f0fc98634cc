"""SIGKILL at random moments, of the hub and of its database: no receipt without a stored envelope, nothing twice.

A thousand with `pytest -s -m slow tests/hub/ops/test_kills.py`: twenty rounds on each database, each by itself. What was gone through with
these very sources stands in .pytest_cache/hub-kills.jsonl, so that a broken-off run goes on.
"""

from __future__ import annotations

import os
import time
from collections import Counter
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from tests.hub.ops import kills
from tests.hub.ops.outcomes import CACHE, Rounds, digest
from tests.hub.post import register
from tests.hub.postgres import POSSIBLE, Server
from tests.hub.served import Forked, home_at, token

SEED = int(os.environ.get("SHIQU_SEED", "20261126"))
ROUNDS, KILLS, CRASHES = 20, 25, 15
"""On each database; kills of a round; every so manieth kill is one of PostgreSQL as well."""


def killed(
    folder: Path, count: int, server: Server | None = None, *, first: int = 0, every: int = CRASHES, seed: int = SEED
) -> dict[str, Any]:
    """What happened; ``first``: the number of the first kill."""
    start, crashes = time.monotonic(), Counter[str]()
    own = home_at(folder / "hub", server.url() if server is not None else "")
    senders = [register(own.database, f"330102-{number:03d}") for number in range(4)]
    bearer = token(own)

    def crash(number: int) -> None:
        if server is not None and (first + number) % every == every - 1:
            server.stop("immediate")
            server.start()
            crashes["crashes"] += 1

    told = kills.run(Forked(folder / "hub"), senders, bearer, count, seed, crash)
    try:
        kills.check(own, senders, told)
    finally:
        own.database.close()
    seconds = round(time.monotonic() - start, 1)
    return {"kills": count, **crashes, "envelopes": len(told.receipts), "answers": dict(sorted(told.answers.items())), "seconds": seconds}


@pytest.mark.lab
def test_killed_hub_on_sqlite(tmp_path: Path) -> None:
    assert killed(tmp_path, 15)["envelopes"] > 0


@pytest.mark.lab
@pytest.mark.skipif(not POSSIBLE, reason="needs root and PostgreSQL")
def test_killed_hub_and_crashed_database(tmp_path: Path) -> None:
    with Server() as server:
        found = killed(tmp_path, 15, server, every=8)
    assert found["envelopes"] > 0 and found["crashes"] == 1


def test_a_round_that_is_through_is_not_gone_through_again(tmp_path: Path) -> None:
    rounds = Rounds(tmp_path / "rounds.jsonl", "a")
    rounds.keep("one", {"kills": 1})
    with rounds.path.open("a") as stream:
        stream.write('{"round": "two", "co')
    rounds.keep("three", {"kills": 2})
    assert rounds.held() == {"one": {"kills": 1}, "three": {"kills": 2}}
    assert Rounds(rounds.path, "b").held() == {}


@pytest.mark.slow
def test_a_thousand_kills(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rounds = Rounds(CACHE / "hub-kills.jsonl", digest())
    with ExitStack() as stack:
        _all(rounds, "sqlite", lambda: None, tmp_path)
        _all(rounds, "postgresql", _only_once(stack), tmp_path)
    found = rounds.held()
    with capsys.disabled():
        for kind in ("sqlite", "postgresql"):
            print(f"\n{kind}: {_sum([outcome for name, outcome in found.items() if name.startswith(kind)])}")
    assert len(found) == 2 * ROUNDS


def _all(rounds: Rounds, kind: str, server: Callable[[], Server | None], folder: Path) -> None:
    held = rounds.held()
    for number in range(ROUNDS):
        name = f"{kind} {number}"
        if name not in held:
            rounds.keep(name, killed(folder / name, KILLS, server(), first=number * KILLS, seed=SEED + number))


def _only_once(stack: ExitStack) -> Callable[[], Server]:
    """The server of all rounds, started for the first that needs it."""
    made: list[Server] = []

    def server() -> Server:
        if not made:
            made.append(stack.enter_context(Server()))
        return made[0]

    return server


def _sum(outcomes: list[dict[str, Any]]) -> dict[str, Any]:
    answers: Counter[str] = Counter()
    numbers: Counter[str] = Counter()
    for one in outcomes:
        answers.update(one["answers"])
        numbers.update({name: one[name] for name in ("kills", "crashes", "envelopes", "seconds") if name in one})
    return {**numbers, "answers": dict(sorted(answers.items()))}
