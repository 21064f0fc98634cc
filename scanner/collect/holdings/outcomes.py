"""What is counted of rows that agree in all that a decision looks at, and how their cells are looked at."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from operator import itemgetter

from scanner.facts.holdings.leftover import heads_level
from scanner.facts.holdings.normal import folded
from scanner.facts.holdings.reading import Row
from scanner.facts.holdings.record import Decision
from scanner.facts.holdings.values import Meaning

OPENED = ("开放", "已开放", "公开", "同意开放")


@dataclass(slots=True)
class Outcome:
    """What is counted of a row, and of every further row like it."""

    decision: Decision
    value: str
    """The secrecy cell as it may be kept."""
    deleted: bool
    """Only marked as deleted."""
    opening: tuple[str, ...]
    """Opening lists that such a record belongs to."""
    held: bool
    """Rows like it are counted here, and not one by one."""
    keyed: bool
    """Keys of such rows are still remembered."""
    rows: int = 0


def opening_lists(decision: Decision, found: Meaning, opened: str | None, period: str | None) -> Iterator[str]:
    """The lists for the opening review that a record belongs to; ``opened`` and ``period`` are its cells of these roles."""
    if decision.reason == "expired":
        yield "expired"
    if decision.code in ("C", "R") and opened is not None and folded(opened) in OPENED:
        yield "opened"
    told = found.mark is not None and found.mark.period is not None
    if decision.code == "C" and decision.reason in ("level", "marked") and not told and not (period or "").strip():
        yield "termless"


def heads(row: Row) -> bool:
    """Whether its only cell calls the rows below it those of one level."""
    filled = [cell for cell in row if cell]
    return len(filled) == 1 and heads_level(filled[0])


def cells_at(positions: Sequence[int]) -> Callable[[Row], object]:
    """The cells at some positions, as something that can be compared."""
    return itemgetter(*positions) if positions else lambda _row: None


def speaking(needles: Sequence[str], positions: Sequence[int]) -> Callable[[Row], bool]:
    """Whether a text of the row may say anything about secrecy."""

    def speaks(row: Row) -> bool:
        for at in positions:
            text = row[at]
            if text:
                for needle in needles:
                    if needle in text:
                        return True
        return False

    return speaks
