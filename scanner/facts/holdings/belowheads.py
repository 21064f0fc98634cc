"""Records in running text: lines of fields below a line that names them. What stands in the place of the level is looked at."""

from __future__ import annotations

import re
from collections.abc import Sequence

from scanner.facts.holdings.labels import name_role
from scanner.facts.holdings.normal import clean, folded
from scanner.facts.holdings.values import plain

LONGEST, LONGEST_NAME = 400, 24
_SPLITS = (re.compile(r"\s*[\t|│┃&~^$]+\s*"), re.compile(r"[ \u3000]{2,}"), re.compile(r"\s*[,，;；]\s*"), re.compile(r"\s+"))
"""What may separate fields, the surest first."""
_EDGES = " \t\u3000|│┃&~^$"
_CODE = re.compile(r"\d{1,2}|[A-Za-z]{1,3}\d?")
_CODED = (None, "pages", "item_no", "volume_no", "fonds", "series", "retention", "opening", "disclosure", "deleted", "tier")
"""Roles of columns that hold numbers of one or two digits, or letters, too; what has no role may."""
_TICK = re.compile(r"[√✓✔☑●■]")
_TOLD = ("level", "english", "misread", "unclear", "code", "strange")


class BelowHeads:
    """Lines one after another."""

    def __init__(self) -> None:
        self._split: re.Pattern[str] | None = None
        self._at = self._width = 0
        self._roles: Sequence[str | None] = ()
        self._ticked = False
        """Several levels are names of columns: a tick is in the place of one of them."""

    def tells(self, line: str) -> bool:
        """Whether a line has something in the place of the level that is not open."""
        if self._ticked and _TICK.search(line):
            return True
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
        return 1 < len(fields) < self._width and (any(map(_says_level, fields)) or self._may_hold_code(fields))

    def _may_hold_code(self, fields: Sequence[str]) -> bool:
        """Whether one of the fields that are left may be the level's: there are more codes among them than other columns of such, and no word for open."""
        begin = max(0, self._at - (self._width - len(fields)))
        codes = sum(may_be_code(field) for field in fields[begin:])
        near = any(map(may_be_code, fields[begin : self._at + 1]))
        others = sum(role in _CODED for role in self._roles[begin:])
        return near and codes > others and not any(map(says_open, fields))

    def _names(self, line: str) -> None:
        for split in _SPLITS:
            fields = split.split(line)
            roles = [name_role(field) if len(field) <= LONGEST_NAME else None for field in fields]
            self._ticked = self._ticked or (sum(map(_says_level, fields)) > 1 and bool({"title", "record_no"} & set(roles)))
            if _heads(roles):
                self._split, self._at, self._width, self._roles = split, roles.index("level"), len(fields), roles
                return


def _heads(roles: Sequence[str | None]) -> bool:
    """Whether fields of these roles name those of records: the level, and what tells a record."""
    known = [role for role in roles if role is not None]
    return len(roles) > 2 and known.count("level") == 1 and len(known) * 5 >= len(roles) * 3 and bool({"title", "record_no"} & set(known))


def _says_level(field: str) -> bool:
    found = plain(folded(field))
    return found is not None and found.sense in ("level", "misread", "unclear")


def may_be_code(field: str) -> bool:
    """Whether a field is a number of one or two digits, or a few letters."""
    return _CODE.fullmatch(folded(field)) is not None


def says_open(field: str) -> bool:
    """Whether a field is a word for what is no state secret."""
    found = plain(folded(field))
    return found is not None and found.sense in ("open", "work", "commercial", "declassified")


def _not_open(field: str) -> bool:
    text = folded(field)
    found = plain(text)
    return found.sense in _TOLD if found is not None else _CODE.fullmatch(text) is not None
