"""The ledger's file: every change is found and named by its row; a killed writer loses nothing that it had acknowledged."""

from __future__ import annotations

import json
import os
import random
import signal
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.errors import KeepError
from scanner.ledger.chain import START, Chain, seal_row
from scanner.model.canonical import canonical


def chain(folder: Path, rows: int = 6) -> Chain:
    made = Chain(folder / "home" / "ledger.jsonl")
    made.append([("note", {"key": f"k{number}", "text": f"第{number}行"}) for number in range(rows)])
    return made


def spoiled(made: Chain, change: Callable[[list[bytes]], list[bytes]]) -> tuple[int, str]:
    """Row and code of the fault that a change of the lines makes."""
    made.path.write_bytes(b"".join(change(made.path.read_bytes().splitlines(keepends=True))))
    _, fault = made.look()
    assert fault is not None
    with pytest.raises(KeepError, match="ledger-broken"):
        made.append([("note", {"key": "more"})])
    return fault.row, fault.code


def forged(line: bytes, **changes: object) -> bytes:
    """A row changed and sealed again, as who knows the rule would."""
    row = json.loads(line)
    row |= changes
    return canonical(seal_row(row["n"], row["prev"], row["time"], row["kind"], row["body"])) + b"\n"


def test_rows_come_back_in_order(tmp_path: Path) -> None:
    assert [row.body["key"] for row in chain(tmp_path).rows()] == [f"k{number}" for number in range(6)]


def test_files_are_private(tmp_path: Path) -> None:
    made = chain(tmp_path)
    assert (made.path.stat().st_mode & 0o777, made.path.parent.stat().st_mode & 0o777) == (0o600, 0o700)


def test_a_key_stands_once(tmp_path: Path) -> None:
    made = chain(tmp_path)
    assert made.append([("note", {"key": "k3", "text": "again"}), ("note", {"key": "new"}), ("note", {"key": "new"})]) == made.rows()[6:]
    assert len(made.rows()) == 7


@pytest.mark.parametrize(
    ("change", "found"),
    [
        (lambda r: [*r[:2], r[2].replace("第2行".encode(), "第9行".encode()), *r[3:]], (3, "digest")),
        (lambda r: [*r[:2], forged(r[2], body={"key": "k2", "text": "forged"}), *r[3:]], (4, "previous")),
        (lambda r: [*r[:2], *r[3:]], (3, "number")),
        (lambda r: [*r[:3], r[2], *r[3:]], (4, "number")),
        (lambda r: [r[0], r[2], r[1], *r[3:]], (2, "number")),
        (lambda r: r[:4], (5, "cut")),
        (lambda r: [*r[:5], forged(r[5], body={"key": "k5", "text": "forged"})], (6, "digest")),
        (lambda r: [*r[:5], forged(r[5], body={"key": "k0"})], (6, "twice")),
        (lambda r: [*r[:2], r[2].replace(b'{"body"', b'{ "body"'), *r[3:]], (3, "unreadable")),
        (lambda r: [*r[:2], r[2].replace(b'"n":3', b'"n":3,"n":3'), *r[3:]], (3, "unreadable")),
        (lambda r: [*r[:2], b"\n", *r[2:]], (3, "unreadable")),
        (lambda r: [*r[:2], b"\xff\n", *r[2:]], (3, "unreadable")),
        (lambda r: [*r[:2], b'{"n":3}\n', *r[2:]], (3, "unreadable")),
        (lambda _: [], (1, "cut")),
    ],
    ids=["edited", "forged", "dropped", "doubled", "moved", "truncated", "last-forged", "key-twice", "space", "double-key", "blank", "bytes", "shape",
         "emptied"],
)  # fmt: skip
def test_a_changed_ledger_is_found_by_row(change: Callable[[list[bytes]], list[bytes]], found: tuple[int, str], tmp_path: Path) -> None:
    assert spoiled(chain(tmp_path), change) == found


def test_a_ledger_without_its_noted_head_may_have_been_cut(tmp_path: Path) -> None:
    made = chain(tmp_path)
    made.path.with_suffix(".head").unlink()
    made.path.write_bytes(b"".join(made.path.read_bytes().splitlines(keepends=True)[:3]))
    fault = made.look()[1]
    assert fault is not None and (fault.row, fault.code) == (3, "head-missing")


def test_a_writer_killed_behind_the_first_row_leaves_a_whole_ledger(tmp_path: Path) -> None:
    made = chain(tmp_path, 1)
    made.path.with_suffix(".head").write_text(f"0 {START}\n")
    assert made.look()[1] is None


def test_every_single_row_is_guarded(tmp_path: Path) -> None:
    made = chain(tmp_path, 40)
    lines = made.path.read_bytes().splitlines(keepends=True)
    for at in range(40):
        made.path.write_bytes(b"".join([*lines[:at], lines[at].replace(b'"kind":"note"', b'"kind":"run"'), *lines[at + 1 :]]))
        fault = made.look()[1]
        assert fault is not None and fault.row == at + 1


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Chain:
    return chain(tmp_path_factory.mktemp("whole"), 3)


@given(data=st.data())
def test_no_flipped_byte_is_accepted(whole: Chain, data: st.DataObject) -> None:
    before = whole.path.read_bytes()
    changed = bytearray(before)
    changed[data.draw(st.integers(0, len(before) - 1))] ^= data.draw(st.integers(1, 255))
    whole.path.write_bytes(bytes(changed))
    try:
        assert whole.look()[1] is not None
    finally:
        whole.path.write_bytes(before)


def test_what_a_killed_writer_left_of_a_row_is_cut_off(tmp_path: Path) -> None:
    made = chain(tmp_path)
    with made.path.open("ab") as stream:
        stream.write(b'{"body":{"key":"torn"')
    assert len(made.rows()) == 6
    made.append([("note", {"key": "next"})])
    assert [row.body["key"] for row in made.rows()][5:] == ["k5", "next"]


def test_a_full_disk_leaves_the_ledger_as_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = chain(tmp_path)
    before = made.path.read_bytes()
    real = os.write

    def full(handle: int, data: bytes) -> int:
        if len(data) < 50:
            raise OSError(28, "No space left on device")
        return real(handle, data[: len(data) - 40])

    monkeypatch.setattr(os, "write", full)
    with pytest.raises(KeepError, match="ledger-write"):
        made.append([("note", {"key": "more", "text": "x" * 100})])
    monkeypatch.undo()
    assert made.path.read_bytes() == before


def test_a_link_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "home").mkdir()
    (tmp_path / "other").write_text("")
    (tmp_path / "home" / "ledger.jsonl").symlink_to(tmp_path / "other")
    with pytest.raises(KeepError):
        Chain(tmp_path / "home" / "ledger.jsonl").append([("note", {"key": "a"})])
    assert (tmp_path / "other").read_text() == ""


def _writer(path: Path, start: int, told: int) -> None:
    """Append until killed; tell every number that was acknowledged. Whoever was killed before the answer begins with the same one again."""
    number = start
    made = Chain(path)
    while True:
        made.append([("note", {"key": f"k{number}", "text": "x" * (number % 97)}), ("note", {"key": f"k{number}b"})])
        os.write(told, f"{number}\n".encode())
        number += 1


def killed(path: Path, start: int, seconds: float) -> int:
    """Run a writer, kill it; the last number that it told, or one less than it began with."""
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            os.close(read)
            _writer(path, start, write)
        finally:
            os._exit(1)
    os.close(write)
    time.sleep(seconds)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    with os.fdopen(read) as stream:
        told = stream.read().split("\n")[:-1]
    return int(told[-1]) if told else start - 1


def kills(folder: Path, count: int, seed: int) -> int:
    """Kill writers of one ledger after another; returns how many rows were written."""
    dice = random.Random(seed)
    rows = 0
    for round_ in range(0, count, 20):
        path = folder / f"{round_}" / "ledger.jsonl"
        told = -1
        for _ in range(min(20, count - round_)):
            told = killed(path, told + 1, dice.uniform(0.0005, 0.03))
            found = [row.body["key"] for row in Chain(path).rows()]
            wanted = [key for number in range(told + 1) for key in (f"k{number}", f"k{number}b")]
            # Nothing acknowledged is lost, nothing is doubled; at most one that was not acknowledged stands behind.
            assert found[: len(wanted)] == wanted
            assert len(found) - len(wanted) <= 2 and len(set(found)) == len(found)
        rows += len(Chain(path).rows())
    return rows


def test_twenty_kills_lose_and_double_nothing(tmp_path: Path) -> None:
    assert kills(tmp_path, 20, 1) > 20


@pytest.mark.slow
def test_a_thousand_kills_lose_and_double_nothing(tmp_path: Path) -> None:
    rows = kills(tmp_path, 1000, 2)
    print(f"ledger: 1000 kills, {rows} rows, 0 lost, 0 doubled")
    assert rows > 1000
