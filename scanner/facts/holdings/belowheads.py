"""Records in running text: lines of fields below a line that names them. What stands in the place of the level is looked at."""

from __future__ import annotations

import re
from collections.abc import Sequence

from scanner.facts.holdings.columns import name_role
from scanner.facts.holdings.normal import clean, folded
from scanner.facts.holdings.values import plain

LONGEST, LONGEST_NAME = 400, 24
_SPLITS = (re.compile(r"\s*[\t|│┃&~^$]+\s*"), re.compile(r"[ \u3000]{2,}"), re.compile(r"\s*[,，;；]\s*"), re.compile(r"\s+"))
"""What may separate fields, the surest first."""
_EDGES = " \t\u3000|│┃&~^$"
_CODE = re.compile(r"\d{1,2}|[A-Za-z]{1,3}\d?")
_TOLD = ("level", "english", "misread", "unclear", "code", "strange")


class BelowHeads:
    """Lines one after another."""

    def __init__(self) -> None:
        self._split: re.Pattern[str] | None = None
        self._at = self._width = 0

    def tells(self, line: str) -> bool:
        """Whether a line has something in the place of the level that is not open."""
        if len(line) > LONGEST or (self._split is None and "密" not in line and "mj" not in line.lower()):
            return False
        bare = clean(line).strip(_EDGES)
        if self._split is None:
            self._names(bare)
            return False
        fields = self._split.split(bare)
        if len(fields) == self._width:
            return _not_open(fields[self._at])
        # Empty cells leave nothing behind in a line: what is a level wherever it stands is looked for in all that are left.
        return 1 < len(fields) < self._width and any(map(_says_level, fields))

    def _names(self, line: str) -> None:
        for split in _SPLITS:
            fields = split.split(line)
            roles = [name_role(field) if len(field) <= LONGEST_NAME else None for field in fields]
            if _heads(roles):
                self._split, self._at, self._width = split, roles.index("level"), len(fields)
                return


def _heads(roles: Sequence[str | None]) -> bool:
    """Whether fields of these roles name those of records: the level, and what tells a record."""
    known = [role for role in roles if role is not None]
    return len(roles) > 2 and known.count("level") == 1 and len(known) * 5 >= len(roles) * 3 and bool({"title", "record_no"} & set(known))


def _says_level(field: str) -> bool:
    found = plain(folded(field))
    return found is not None and found.sense in ("level", "misread", "unclear")


def _not_open(field: str) -> bool:
    text = folded(field)
    found = plain(text)
    return found.sense in _TOLD if found is not None else _CODE.fullmatch(text) is not None
