"""Clients that upload and retry while the hub, and its database, are killed again and again."""

from __future__ import annotations

import json
import random
import signal
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

import sqlalchemy as sa

from hub.intake import fold
from hub.registry.own import Own
from hub.store import tables as t
from scanner.ledger.envelope import open_envelope
from tests.hub.post import Sender
from tests.hub.served import Forked, until_receipt

PATIENCE = 300.0


@dataclass
class Told:
    """What the clients hold in the end."""

    receipts: dict[str, bytes] = field(default_factory=dict)
    """Digest of an envelope to the receipt that a client got."""
    answers: Counter[str] = field(default_factory=Counter)
    """How often an upload was answered in which way."""
    failures: list[BaseException] = field(default_factory=list)
    done: threading.Event = field(default_factory=threading.Event)


def run(served: Forked, senders: list[Sender], bearer: str, kills: int, seed: int, also: Callable[[int], None] | None = None) -> Told:
    """Kill the serving process so many times at random moments; ``also`` may do other harm before each."""
    told, chance = Told(), random.Random(seed)
    served.start()
    threads = [threading.Thread(target=_client, args=(served, sender, bearer, told)) for sender in senders]
    for thread in threads:
        thread.start()
    try:
        for number in range(kills):
            time.sleep(chance.uniform(0.0, 0.25))
            if number % 5 == 4:
                _progress(told)
            if also is not None:
                also(number)
            served.stop(signal.SIGKILL)
            served.start()
        told.done.set()
        for thread in threads:
            thread.join()
        served.stop()
    finally:
        told.done.set()
        served.close()
    return told


def _progress(told: Told) -> None:
    """Wait until something was acknowledged again: on a busy machine a hub may be killed faster than it can answer."""
    before, end = len(told.receipts), time.monotonic() + PATIENCE
    while len(told.receipts) == before and not told.failures and time.monotonic() < end:
        time.sleep(0.02)


def _client(served: Forked, sender: Sender, bearer: str, told: Told) -> None:
    """One envelope after the other, each until its receipt is there; every third is sent once more."""
    answers: Counter[str] = Counter()
    try:
        while not told.done.is_set():
            data = sender.report(finished=f"2026-02-01T{sender.sequence // 60 % 24:02d}:{sender.sequence % 60:02d}:00Z")
            receipt = until_receipt(served, data, bearer, time.monotonic() + PATIENCE, answers)
            told.receipts[open_envelope(data).digest] = receipt
            if sender.sequence % 3 == 0:
                again = until_receipt(served, data, bearer, time.monotonic() + PATIENCE, answers)
                assert again == receipt, "another receipt for the same envelope"
    except BaseException as failure:  # noqa: BLE001 - reported by the test, whatever it is
        told.failures.append(failure)
    finally:
        told.answers.update(answers)


def check(own: Own, senders: list[Sender], told: Told) -> None:
    """No receipt without its envelope, nothing twice, no hole, and a roll-up as it would be computed."""
    assert told.failures == []
    with own.database.reading() as connection:
        kept = [(row.digest, row.id) for row in connection.execute(sa.select(t.envelope.c.digest, t.envelope.c.id))]
        receipts = {row.digest: bytes(row.data) for row in connection.execute(_receipts())}
        rows = dict(connection.execute(sa.select(t.result.c.envelope_id, sa.func.count()).group_by(t.result.c.envelope_id)).all())
        bodies = set(connection.execute(sa.select(t.body.c.envelope_id)).scalars())
        roots = {row.n: row.root for row in connection.execute(sa.select(t.head))}
        logged = connection.execute(sa.select(sa.func.count()).select_from(t.log).where(t.log.c.action == "envelope.accepted")).scalar_one()
    assert {digest for digest, _ in kept} == set(told.receipts) and len(kept) == len(told.receipts), "kept is what was acknowledged"
    assert receipts == told.receipts
    assert len(kept) == sum(sender.sequence for sender in senders) == logged
    assert all(rows[number] == 6 and number in bodies for _, number in kept)
    for receipt in receipts.values():
        said = json.loads(open_envelope(receipt).members["receipt.json"])
        assert roots[said["log"]] == said["root"]
    fold.fold_all(own.database)
    before = rolled(own)
    fold.rebuild(own.database)
    assert rolled(own) == before


def _receipts() -> sa.Select[tuple[str, bytes]]:
    return sa.select(t.envelope.c.digest, t.receipt.c.data).join(t.receipt, t.receipt.c.envelope_id == t.envelope.c.id)


def rolled(own: Own) -> dict[str, dict[tuple[object, ...], int]]:
    """The roll-up as it stands."""
    with own.database.reading() as connection:
        return {
            table.name: {tuple(row[:-1]): row[-1] for row in connection.execute(sa.select(table)) if row[-1]} for table in (t.tier, t.item)
        }
