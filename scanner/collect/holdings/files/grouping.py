"""Elements that hold the records of one level and say it once: ``<分类 密级="机密"><文件 …/>…</分类>``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from scanner.facts.holdings.labels import name_role
from scanner.facts.holdings.leftover import has_level

SAID = "备注(上级密级)"
"""What it is to a record in it that has none of its own: something said of it, which a person has to look at."""
TELLING = frozenset({"title", "record_no"})


@dataclass(slots=True)
class Around:
    """One element that is read."""

    level: str | None
    """What the element says of it, whatever that is."""
    given: bool = False
    """A record in it has no level of its own."""
    rows: bool = False
    """There are records in it."""


class Grouping:
    """The elements around the one that is read, and the levels in their attributes."""

    def __init__(self) -> None:
        self._open: list[Around] = []

    def begin(self, attributes: Mapping[str, str]) -> None:
        """An element begins."""
        self._open.append(Around(next((value for name, value in attributes.items() if name_role(name) == "level"), None)))

    def end(self) -> Around:
        """The element that began last ends."""
        return self._open.pop()

    def give(self, row: dict[str, str]) -> None:
        """Tell a record without a level what the nearest element around it says."""
        for one in self._open:
            one.rows = True
        around = next((one for one in reversed(self._open) if one.level is not None), None)
        if around is None or around.level is None:
            return
        roles = {name_role(name) for name in row}
        if "level" not in roles and roles & TELLING:
            around.given = True
            if has_level(around.level):
                row[SAID] = around.level
