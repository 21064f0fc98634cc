"""Levels that stand in a cell among other fields, as JSON: ``{"miji": 2, "px": 7}`` in a column of a table."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from scanner.facts.holdings.labels import name_role
from scanner.facts.holdings.values import Codes

OPENING = ("{", "[")
USUAL = ("miji", "mj", "secret_level", "secretLevel")
"""Keys that a level may have in cells where it does not stand in each."""
_KEY = re.compile(r'"((?:[^"\\]|\\.){1,40})"\s*:')
_VALUE = r'\s*:\s*("(?:[^"\\]|\\.)*"|[^\s,}\]]+)'


@dataclass(frozen=True, slots=True)
class Inner:
    """A column whose cells tell a level under one of their keys."""

    column: str
    keys: tuple[str, ...]
    """As they are written, and as they are read; in a text in quotes."""
    codes: Codes = field(default_factory=Codes)

    @property
    def needles(self) -> tuple[str, ...]:
        """What the cells that tell it have in them."""
        return tuple(f'"{key}"' for key in self.keys)

    def values(self, cell: str | None) -> list[str]:
        """What stands there, of each field that is called so; nothing where the cell says nothing of it."""
        return next((found for key in self.keys if (found := _under(key, cell))), []) if cell else []


def level_keys(cells: Iterable[str | None]) -> tuple[str, ...]:
    """The key of a level in the cells of one column, with each way to write it; where they have none, :data:`USUAL` ones, which may come later.

    None where the cells are no JSON.
    """
    packed = False
    for cell in cells:
        if not cell:
            continue
        if not cell.lstrip().startswith(OPENING):
            return ()
        packed = True
        for raw in dict.fromkeys(_KEY.findall(cell)):
            if name_role(read := _read(f'"{raw}"')) == "level":
                return tuple(dict.fromkeys((raw, read)))
    return USUAL if packed else ()


def values_under(keys: Sequence[str], cells: Iterable[str | None]) -> list[str | None]:
    """What the cells of one column say under a key."""
    inner = Inner("", tuple(keys))
    return [value for cell in cells for value in inner.values(cell) or (None,)]


def _under(key: str, cell: str) -> list[str]:
    return [_read(found) for found in _asked(key).findall(cell) if found != "null"]


@lru_cache(maxsize=256)
def _asked(key: str) -> re.Pattern[str]:
    return re.compile(f'"{re.escape(key)}"{_VALUE}')


def _read(text: str) -> str:
    """A text in quotes as it is meant; anything else as it stands."""
    if not text.startswith('"'):
        return text
    try:
        return str(json.loads(text, strict=False))
    except ValueError:
        return text.strip('"')
