"""How it went over the last runs: plain numbers that a template draws, and what makes two runs hard to compare."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

RUNS = 12
"""The last runs that are shown."""
WIDTH, TOP, TALL = 760, 22, 120
"""Width of the picture; room above the bars for their numbers; height of the tallest bar."""
BASE = TOP + TALL
KINDS = ("unmet", "unknown")


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar with the number that stands on it."""

    kind: str
    """One of :data:`KINDS`."""
    n: int
    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class Run:
    """One run: where it stands in the picture, its bars, and its figures for the table."""

    run: str
    finished: str
    middle: float
    bars: tuple[Bar, ...]
    targets: int
    reached: int
    verdicts: Mapping[str, int]
    hazards: int
    """Hazards that stood open after it."""
    gate: str
    other_rules: bool
    """Whether it was judged by other rules or profiles than the run before it."""


def trend(result: Mapping[str, Any]) -> tuple[Run, ...]:
    """The last runs, oldest first; none when there is only one, which shows no trend."""
    runs = [one for one in result.get("trend") or () if isinstance(one, Mapping)]
    shown = runs[-RUNS:]
    if len(shown) < 2:
        return ()
    most = max(1, *(_n(one["verdicts"], kind) for one in shown for kind in KINDS))
    slot = WIDTH / len(shown)
    before = [runs[-RUNS - 1] if len(runs) > RUNS else None, *shown[:-1]]
    return tuple(_run(one, last, slot * (at + 0.5), slot, most) for at, (one, last) in enumerate(zip(shown, before, strict=True)))


def _run(one: Mapping[str, Any], last: Mapping[str, Any] | None, middle: float, slot: float, most: int) -> Run:
    width = min(34.0, slot / 3)
    bars = []
    for side, kind in enumerate(KINDS):
        n = _n(one["verdicts"], kind)
        height = round(TALL * n / most, 2)
        bars.append(Bar(kind, n, round(middle + (side - 1) * width, 2), round(BASE - height, 2), round(width, 2), height))
    return Run(
        run=str(one["run"]),
        finished=str(one["finished"]),
        middle=round(middle, 2),
        bars=tuple(bars),
        targets=_n(one, "targets"),
        reached=_n(one, "reached"),
        verdicts=one["verdicts"],
        hazards=sum(_n(one["hazards"], level) for level in one["hazards"]),
        gate=str(one["gate"]),
        other_rules=last is not None and any(one[key] != last[key] for key in ("rulebook", "profiles")),
    )


def _n(row: Mapping[str, Any], key: str) -> int:
    value = row.get(key)
    return value if isinstance(value, int) and value > 0 else 0
