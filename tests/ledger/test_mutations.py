"""Ten thousand changed copies of sealed runs (two hundred in the short run): none passes as good and trusted."""

from __future__ import annotations

import shutil
from functools import cache
from pathlib import Path

import pytest

from scanner.errors import KeepError, UseError
from scanner.ledger.trust import Trust
from scanner.ledger.verify import files_of, verify
from tests.endurance import counted, figure
from tests.ledger.bundle import key, seal_run, trust, write_run
from tests.ledger.mutate import Files, Mutator

SHORT, LONG = 200, 10_000
COMMAND = "pytest -m slow tests/ledger/test_mutations.py"


def files(folder: Path) -> Files:
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("mutations")


def mutator(place: Path, algorithm: str) -> tuple[Mutator, Trust]:
    """An attacker's means against a run sealed with this algorithm."""
    return _made(place, algorithm), trust(key(algorithm))


@cache
def _made(place: Path, algorithm: str) -> Mutator:
    runs = []
    for name, run, answer in (
        ("run", "20261124T061150Z-7f3a", b"permitrootlogin no\n"),
        ("other", "20261001T061150Z-0b0b", b"permitrootlogin yes\n"),
    ):
        folder = write_run(place / algorithm / name, run, answer)
        seal_run(folder, key(algorithm), "2026-11-25T08:00:00Z" if name == "run" else "2026-10-01T08:00:00Z")
        runs.append(files(folder))
    return Mutator(runs[0], runs[1], key(algorithm, 1))


def verdict(place: Path, held: Files, trusted: Trust) -> str:
    """``accepted`` when everything is good and trusted, else why not."""
    folder = place / "now"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    for name, data in held.items():
        (folder / name).write_bytes(data)
    try:
        found = [verify(path, trusted) for path in files_of(folder)]
    except KeepError as error:
        return error.code
    except UseError as error:
        return f"use: {error.code}"
    reasons = {one.not_trusted for one in found} - {None}
    return f"not trusted: {min(reasons)}" if reasons else "accepted"  # type: ignore[type-var]


@pytest.mark.parametrize("algorithm", ["ed25519", "sm2"])
def test_the_unchanged_run_is_accepted(place: Path, algorithm: str) -> None:
    made, trusted = mutator(place, algorithm)
    assert verdict(place, made.run, trusted) == "accepted"


def test_none_of_two_hundred_changed_copies_is_accepted(place: Path) -> None:
    made, trusted = mutator(place, "ed25519")
    seen = {}
    for number in range(SHORT):
        way, held = made.mutated(number)
        seen[number] = (way, verdict(place, held, trusted))
    assert {way for way, answer in seen.values() if answer == "accepted"} == set()
    # A stranger's own seal is intact but never trusted; everything else is broken, and no mistake of the user's.
    assert {way for way, answer in seen.values() if answer.startswith("not trusted")} == {"stranger_whole"}
    assert {answer for _, answer in seen.values() if answer.startswith("use")} == set()


@pytest.mark.slow
def test_none_of_ten_thousand_changed_copies_is_accepted(place: Path) -> None:
    def one(number: int) -> str:
        made, trusted = mutator(place, "sm2" if number % 10 == 9 else "ed25519")
        way, held = made.mutated(number // 10 if number % 10 == 9 else number)
        answer = verdict(place, held, trusted)
        assert answer != "accepted" and not answer.startswith("use"), (number, way, answer)
        return "not trusted" if answer.startswith("not trusted") else "broken"

    seen = counted("seal-mutations", LONG, one)
    assert sum(seen.values()) == LONG
    figure(
        f"{LONG:,} changed copies of sealed runs (Ed25519, one in ten SM2)",
        COMMAND,
        f"{len({*_made(place, 'ed25519').ways})} ways of changing: 0 accepted; {seen['broken']:,} broken, {seen.get('not trusted', 0):,} a stranger's own seal, intact and not trusted",
    )
