"""Frames in bulk are the frames that the pure description gives, with numpy and without."""

from __future__ import annotations

import os
import struct
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scanner.collect.trial.presses import CHUNK, press
from scanner.collect.trial.sweep import digest, shuffled
from scanner.facts.network import tokens
from scanner.facts.network.craft import Patch, Sum, Template

SEED = bytes(range(32))
STREAM = tokens.stream(SEED, "in/7", 65_536)


def made(template: Template, indices: list[int], bulk: bool) -> list[bytes]:
    maker = press(template, STREAM, bulk=bulk)
    assert type(maker).__name__ == ("BulkPress" if bulk else "PlainPress")
    count = maker.fill(indices)
    width = len(template.frame)
    return [bytes(maker.slots.data[at * width : (at + 1) * width]) for at in range(count)]


@st.composite
def templates(draw: st.DrawFn) -> Template:
    """Frames with patches that do not overlap each other or a checksum, in fields at any place, odd ones included."""
    frame = draw(st.binary(min_size=60, max_size=90))
    free, patches, sums = 0, [], []
    for _ in range(draw(st.integers(1, 4))):
        free += draw(st.integers(0, 5))
        what = draw(st.sampled_from(["index8", "index16", "index32", "index32hex", "vlan", "token", "tokenhex"]))
        first = draw(st.integers(0, 7))
        patch = Patch(free, what, first, draw(st.integers(first + 1, 8)))
        if patch.at + patch.width > 52:
            break
        patches.append(patch)
        free += patch.width
    for at in range(draw(st.integers(0, 2))):
        start = draw(st.integers(0, 20))
        place = start + (54 - start) // 2 * 2 + 2 * at
        sums.append(Sum(place, start, draw(st.integers(place + 2, len(frame))), draw(st.integers(0, 200_000)), draw(st.booleans())))
    return Template(frame, tuple(patches), tuple(sums))


@settings(deadline=None)
@given(templates(), st.lists(st.integers(0, 65_535), min_size=1, max_size=20))
def test_both_presses_yield_the_described_bytes(template: Template, indices: list[int]) -> None:
    wanted = [template.fill(index, STREAM[8 * index : 8 * index + 8]) for index in indices]
    assert made(template, indices, bulk=True) == wanted
    assert made(template, indices, bulk=False) == wanted


def test_a_press_may_be_filled_again_and_again() -> None:
    template = Template(bytes.fromhex("e000") + bytes(30), (Patch(0, "vlan"), Patch(4, "token")), (Sum(20, 0, 32),))
    for bulk in (True, False):
        maker = press(template, STREAM, bulk=bulk)
        for first in (0, 4000, 17):
            indices = list(range(first, first + 50))
            assert maker.fill(indices) == 50
            for at, index in enumerate(indices):
                assert bytes(maker.slots.data[at * 32 : at * 32 + 32]) == template.fill(index, STREAM[8 * index : 8 * index + 8])


@pytest.mark.parametrize("bulk", [True, False])
def test_a_whole_chunk(bulk: bool) -> None:
    template = Template(bytes(40), (Patch(3, "index16"), Patch(9, "token")), (Sum(30, 0, 40, udp=True),))
    frames = made(template, list(range(CHUNK)), bulk)
    assert frames == [template.fill(index, STREAM[8 * index : 8 * index + 8]) for index in range(CHUNK)]


def test_the_order_is_the_seeds_and_the_same_without_numpy(monkeypatch: pytest.MonkeyPatch) -> None:
    order = shuffled(SEED, "in/7/0", range(5000))
    monkeypatch.setattr("scanner.collect.trial.sweep.has_numpy", lambda: False)
    assert shuffled(SEED, "in/7/0", range(5000)) == order
    assert sorted(order) == list(range(5000))
    assert shuffled(SEED, "in/7/1", range(5000)) != order
    assert shuffled(bytes(32), "in/7/0", range(5000)) != order
    assert order[:4] == [1870, 4465, 3213, 1076]
    assert digest(order) != digest(sorted(order))
    assert struct.calcsize("P") == 8


def test_a_numpy_that_cannot_be_imported_is_told_so_to_every_thread(tmp_path: Path) -> None:
    """CPython 3.11 hands the half-made module to a thread that waited for another's import which then failed."""
    broken = tmp_path / "numpy"
    broken.mkdir()
    (broken / "__init__.py").write_text("import time\ntime.sleep(0.2)\nraise ImportError('not here')\n")
    ask = (
        "from concurrent.futures import ThreadPoolExecutor\n"
        "from scanner.collect.trial.presses import has_numpy\n"
        "with ThreadPoolExecutor(8) as pool: print([gone.result() for gone in [pool.submit(has_numpy) for _ in range(8)]])"
    )
    told = subprocess.run(
        [sys.executable, "-c", ask], env={**os.environ, "PYTHONPATH": str(tmp_path)}, capture_output=True, text=True, timeout=60, check=True
    )
    assert told.stdout.strip() == str([False] * 8)
