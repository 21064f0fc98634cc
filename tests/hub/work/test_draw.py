"""The draw can be repeated by anybody, with coreutils alone, and hangs on nothing but seed and codes."""

from __future__ import annotations

import subprocess

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.work.draw import draw, drawn, frozen
from scanner.errors import UseError

CODES = [f"3301{number:02d}-001" for number in range(1, 21)]
SEED = "2026-12-01 上证指数收盘 3999.42"


def test_vector() -> None:
    """Published once, the same for ever."""
    assert drawn(SEED, CODES, 3) == ["330118-001", "330114-001", "330112-001"]
    assert frozen(CODES) == "sha256:96f24d9271efcedbeb59904edb63aae071d5c40cad2ccf78f1d426d15d575ca0"


def test_a_shell_draws_the_same() -> None:
    script = """while read code; do printf '%s  %s\\n' "$(printf '%s\\n%s' "$SEED" "$code" | sha256sum | cut -c1-64)" "$code"; done | LC_ALL=C sort | head -n 5"""
    done = subprocess.run(
        ["sh", "-c", script], input="\n".join(CODES) + "\n", env={"SEED": SEED, "PATH": "/usr/bin:/bin"}, capture_output=True, text=True
    )
    assert [line.split()[1] for line in done.stdout.splitlines()] == drawn(SEED, CODES, 5)


@given(st.permutations(CODES), st.integers(1, len(CODES)))
def test_order_of_the_list_changes_nothing(codes: list[str], count: int) -> None:
    assert drawn(SEED, codes, count) == drawn(SEED, CODES, count)


@given(st.lists(st.text("0123456789-", min_size=1, max_size=8), unique=True, min_size=2, max_size=30), st.data())
def test_who_leaves_moves_nobody(codes: list[str], data: st.DataObject) -> None:
    gone = data.draw(st.sampled_from(codes))
    order = [one.code for one in draw(SEED, codes, 1) if one.code != gone]
    assert [one.code for one in draw(SEED, [code for code in codes if code != gone], 1)] == order


def test_every_unit_has_the_same_chance() -> None:
    counts = dict.fromkeys(CODES, 0)
    for number in range(2000):
        for code in drawn(f"seed-{number:06d}", CODES, 5):
            counts[code] += 1
    # 500 expected, deviation 19: five of them.
    assert all(400 < count < 600 for count in counts.values())


@pytest.mark.parametrize("seed", ["", "short", " 2026-12-01 3999", "2026-12-01\n3999"])
def test_poor_seeds_are_refused(seed: str) -> None:
    with pytest.raises(UseError, match="draw-seed"):
        draw(seed, CODES, 1)


@pytest.mark.parametrize("count", [0, -1, 21])
def test_counts_that_cannot_be_drawn(count: int) -> None:
    with pytest.raises(UseError, match="draw-count"):
        draw(SEED, CODES, count)


@pytest.mark.parametrize("codes", [["a", "a"], ["a\nb"], [""]])
def test_lists_that_are_no_lists(codes: list[str]) -> None:
    with pytest.raises(UseError, match="draw-list"):
        draw(SEED, codes, 1)
