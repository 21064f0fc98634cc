"""The door under attack: nothing hostile is taken in, nothing that was taken in can be played again to any effect."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
import sqlalchemy as sa

from hub.intake.door import Door
from hub.intake.fold import fold_all
from hub.registry.own import Own
from hub.store.tables import META
from hub.words import told
from scanner.ledger.envelope import encrypted
from scanner.ledger.keys import PrivateKey
from tests.endurance import counted, figure
from tests.hub.post import Sender, hazard, hub_with, register
from tests.hub.tree import opened
from tests.ledger.bundle import UNIT, key
from tests.ledger.envelopes import envelope
from tests.ledger.test_envelope import HOSTILE
from tests.ledger.test_envelope_mutations import WAYS, pair

SHORT, LONG = 200, 10_000
SETTLED = ("quarantine", "log", "head", "meta")
"""Tables in which an attempt leaves its trace."""


def state(own: Own) -> dict[str, list[tuple[object, ...]]]:
    """Everything that is kept, but for traces of attempts."""
    with own.database.reading() as connection:
        return {
            table.name: sorted(map(tuple, connection.execute(sa.select(table))), key=repr)
            for table in META.sorted_tables
            if table.name not in SETTLED
        }


def hub_that_knows(folder: Path, signer: PrivateKey, first: bytes) -> Own:
    """A hub that knows a unit by its key and has one report of it."""
    made = hub_with(opened(folder))
    register(made.database, UNIT, key=signer)
    assert Door(made, made.database).accept(first, "http").code == "accepted"
    fold_all(made.database)
    return made


def test_no_hostile_envelope_changes_anything_and_each_has_its_sentence(tmp_path: Path) -> None:
    own = hub_that_knows(tmp_path, key(), envelope())
    door, before = Door(own, own.database), state(own)
    for name, (_, hostile) in HOSTILE.items():
        outcome = door.accept(hostile(envelope()), "http")
        assert (outcome.code, outcome.receipt) == ("refused", None), name
        assert outcome.error is not None
        for lang in ("zh", "en"):
            assert f"error.{outcome.error.code}" not in told(outcome.error, lang), name
    fold_all(own.database)
    assert state(own) == before


def test_no_changed_copy_is_taken_in(tmp_path: Path) -> None:
    """The next envelope of the unit waits outside: whatever is made out of it and the first one is neither."""
    first, other = pair("ed25519")
    own = hub_that_knows(tmp_path, key("ed25519"), first)
    door = Door(own, own.database)
    register(own.database, "330100-002", key=key("ed25519", 1))
    before = state(own)
    for number in range(SHORT):
        rng, way, data = random.Random(number), WAYS[number % len(WAYS)], other
        while data == other:
            data = way(rng, other, first)
        outcome = door.accept(data, "folder")
        # All members of the first one make the first one again.
        assert outcome.code == ("duplicate" if data == first else "refused"), (number, way.__name__)
    assert state(own) == before


def senders(own: Own) -> list[Sender]:
    return [register(own.database, f"330102-00{number}") for number in (1, 2, 3)]


def replayed(own: Own, count: int) -> dict[str, int]:
    """Play what was taken in again: in any order, in clear or encrypted, under the same numbers with other words, in another's name."""
    units, door, sent = senders(own), Door(own, own.database), []
    for turn in range(4):
        for unit in units:
            data = unit.report(finished=f"2026-0{turn + 1}-01T00:00:00Z", hazards=[hazard(turn)])
            assert door.accept(data, "http").code == "accepted"
            sent.append((unit, data))
    fold_all(own.database)
    before = state(own)
    assert own.encrypt is not None
    reader: PrivateKey = own.encrypt

    def one(number: int) -> str:
        rng = random.Random(number)
        unit, data = rng.choice(sent)
        match number % 4:
            case 0:
                outcome = door.accept(data, rng.choice(("http", "folder", "cli")))
            case 1:
                outcome = door.accept(encrypted(data, [reader.public]), "http")
            case 2:
                again = Sender(unit.code, unit.key, rng.randrange(1, 5), unit.previous)
                again.previous = "sha256:" + "0" * 64 if again.sequence == 1 else again.previous
                content = {"statuses": ["met"], "finished": f"2026-0{rng.randrange(5, 9)}-01T00:00:00Z"}
                again.sequence -= 1
                outcome = door.accept(again.report(**content), "http")
            case _:
                thief = Sender(rng.choice(units).code, key("ed25519", rng.randrange(10, 13)), 0)
                outcome = door.accept(thief.report(), "http")
        fold_all(own.database)
        return outcome.code

    seen = {}
    for number in range(count):
        code = one(number)
        seen[code] = seen.get(code, 0) + 1
        assert code in ("duplicate", "conflict", "refused"), number
    assert state(own) == before
    return seen


def test_nothing_that_is_played_again_changes_anything(tmp_path: Path) -> None:
    seen = replayed(hub_with(opened(tmp_path)), SHORT)
    assert seen == {"duplicate": SHORT // 2, "conflict": SHORT // 4, "refused": SHORT // 4}


@pytest.mark.slow
def test_ten_thousand_replays_change_nothing(tmp_path: Path) -> None:
    folders = iter(range(LONG))
    seen = counted(
        "hub-replays",
        LONG // SHORT,
        lambda number: str(sorted(replayed(hub_with(opened(_new(tmp_path / str(next(folders))))), SHORT).items())),
        step=5,
    )
    assert list(seen.values()) == [LONG // SHORT]
    figure(
        f"{LONG:,} envelopes played again to a hub (same, encrypted anew, other words under a taken number, another's name)",
        "pytest -m slow tests/hub/intake/test_hostile.py",
        "0 changes of state; half answered as duplicates with the same receipt, a quarter as conflicts, a quarter refused",
    )


def _new(folder: Path) -> Path:
    folder.mkdir()
    return folder
