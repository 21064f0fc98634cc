"""Long counts: what was counted stays when the run is stopped, and the figure goes to docs/figures.md."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
STATE = ROOT / ".endurance"
FIGURES = ROOT / "docs" / "figures.md"


def counted(name: str, wanted: int, one: Callable[[int], str], step: int = 100) -> dict[str, int]:
    """Call ``one(n)`` for every n below ``wanted`` that an earlier, stopped run did not reach; returns how often it answered what.

    The state is written every ``step`` calls; a finished count starts anew the next time.
    """
    STATE.mkdir(exist_ok=True)
    path = STATE / f"{name}.json"
    held = json.loads(path.read_text("utf-8")) if path.is_file() else {"next": 0, "seen": {}}
    if held["next"] >= wanted:
        held = {"next": 0, "seen": {}}
    for number in range(held["next"], wanted):
        answer = one(number)
        held["seen"][answer] = held["seen"].get(answer, 0) + 1
        held["next"] = number + 1
        if held["next"] % step == 0 or held["next"] == wanted:
            path.write_text(json.dumps(held), "utf-8")
    return dict(held["seen"])


def figure(what: str, command: str, text: str) -> None:
    """Write one row of the table of figures, in the place of the row that it had before."""
    lines = FIGURES.read_text("utf-8").split("\n")
    row = f"| {what} | `{command}` | {text} |"
    places = [n for n, line in enumerate(lines) if line.startswith(f"| {what} |")]
    rows = [n for n, line in enumerate(lines) if line.startswith("| ")]
    if places:
        lines[places[0]] = row
    else:
        lines.insert(rows[-1] + 1, row)
    FIGURES.write_text("\n".join(lines), "utf-8")
