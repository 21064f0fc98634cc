"""When a sentinel begins anew."""

from __future__ import annotations

import pytest

from scanner.collect.trial.rounds import pause


@pytest.mark.parametrize(
    ("took", "elapsed", "window", "seconds"),
    [
        (0.1, 2.0, 120.0, 1.0),
        (4.0, 10.0, 120.0, 4.0),
        (4.0, 400.0, 120.0, 20.0),
        (4.0, 86_400.0, 120.0, 30.0),
        (90.0, 400.0, 120.0, 30.0),
        (4.0, 86_400.0, 604_800.0, 600.0),
    ],
)
def test_a_pause_is_as_long_as_a_round_grows_with_the_time_and_leaves_rounds_in_a_window(
    took: float, elapsed: float, window: float, seconds: float
) -> None:
    assert pause(took, elapsed, window) == seconds
