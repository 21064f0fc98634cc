"""What rows of one source are looked for beside the common words, for something in the sample gives reason to."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from itertools import chain

from scanner.facts.holdings.english import WRITTEN, may_be_marked
from scanner.facts.holdings.escapes import NUMBERED
from scanner.facts.holdings.hints import BARE, bare_in_brackets
from scanner.facts.holdings.normal import clean
from scanner.facts.holdings.words import CODES, RANKS

BRACKETED = tuple(opening + sign for opening in "(（[［【〔" for sign in BARE)
"""Levels by their first character behind what opens a bracket."""
CLASSIFIED = tuple(sorted(letters for letters, level in CODES.items() if level in RANKS))
"""Letters for levels."""
_ESCAPE = re.compile(r"[\\%]u[0-9a-fA-F]{4}|&(?:amp;)?#[xX]?\d")
_BETWEEN = re.compile(r"[-·.—–_/\\〔〕\[\]()]+")
"""What parts a record number."""


def sought(sample: Mapping[str, Sequence[str | None]], title: str | None, lettered: bool) -> tuple[str, ...]:
    """Further needles. ``lettered``: record numbers carry letters of levels."""
    text = "\n".join(filter(None, chain.from_iterable(sample.values())))
    escaped = ("\\u" in text or "#" in text or "%u" in text) and _ESCAPE.search(text) is not None
    return (
        *(NUMBERED if escaped else ()),
        *(BRACKETED if title is not None and bare_in_brackets(sample[title]) else ()),
        *(WRITTEN if may_be_marked(text) else ()),
        *(CLASSIFIED if lettered else ()),
    )


def lettered_part(numbers: Iterable[str | None]) -> int | None:
    """Which part of the record numbers is the letters of a level: nothing else stands there, and not the same in all. None in most catalogues."""
    given = [number for number in numbers if number]
    # The first one tells of nearly all catalogues that there is none.
    options = [at for at, piece in enumerate(parts_of(given[0])) if piece in CODES] if given else []
    if not options:
        return None
    parts = [pieces for number in given if len(pieces := parts_of(number)) > 2]
    for at in options:
        told = {pieces[at] if at < len(pieces) else "" for pieces in parts}
        if told and told <= CODES.keys() and (len(told) > 1 or not told & {*CLASSIFIED}):
            return at
    return None


def letters_in(number: str, part: int) -> str | None:
    """The level that the letters in that part of a record number stand for; None where they stand for none."""
    parts = parts_of(number)
    level = CODES.get(parts[part]) if part < len(parts) else None
    return level if level in RANKS else None


def parts_of(number: str) -> list[str]:
    """A record number in its parts."""
    return _BETWEEN.split(clean(number).strip().upper())
