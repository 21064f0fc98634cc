"""Where records lie: which sources are lists of volumes, and what a record says of its volume."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence

from scanner.collect.holdings.survey import Known
from scanner.facts.holdings.normal import code
from scanner.facts.holdings.tables import named
from scanner.facts.holdings.tally import safe_key
from scanner.facts.holdings.words import EMPTY, TABLES

SHELF = ("fonds", "series", "volume_no")
"""What says where a record lies that names no volume otherwise."""
_SEPARATORS = "-·./—–"
_KEYED = hashlib.blake2b(digest_size=8, key=b"shiqu numbers of volumes")
"""The same for every target: these are numbers, which may rest; what could be words is held under a salt."""
_FIRST = r"[^-·./\x1f]"
FONDS = re.compile(rf"(?={_FIRST}*\d)(?:(?!(?:19|20)\d\d(?!{_FIRST}))(?={_FIRST}*\d{{3}})|(?={_FIRST}*[A-Z]))")
"""A fonds that is the same one wherever it stands: with a letter, or three digits that are no year."""
_USUAL = re.compile(r"[-·./_0-9A-Z\x1f]{1,64}")
"""Numbers without words."""
_TITLES = ("ajtm", "vol_title", "volume_title", "voltitle", "volumetitle")


def is_volumes(known: Known) -> bool:
    """Whether a source holds volumes, alone or among items."""
    return known.role == "catalogue" and (
        tells_volumes(known)
        or known.roles.get("tier") is not None
        or (known.roles.get("volume_no") is not None and known.roles.get("item_no") is None)
    )


def tells_volumes(known: Known) -> bool:
    """Whether a source is called a list of volumes, or its titles are those of volumes."""
    title = known.roles.get("title") or ""
    return known.role == "catalogue" and (named(known.source.name, TABLES["volume"]) or "案卷" in title or title.lower() in _TITLES)


def parent_of(known: Known) -> str | None:
    """The column in which items name their volume: one that is called so, or a number of volumes that refers to another table."""
    named_so, number = known.roles.get("parent_no"), known.roles.get("volume_no")
    return named_so or (number if number in known.source.references else None)


def shelf_of(cells: Sequence[str | None]) -> str:
    """Where a record says that it lies, by fonds, series and volume as they are compared; empty without the number of a volume."""
    told = [code(cell or "") for cell in cells]
    return "\x1f".join(["", *told]) if told and told[-1] not in EMPTY else ""


def above(number: str) -> list[str]:
    """The numbers that a record number lies under, the two nearest: 1-02-003-0004 under 1-02-003 and 1-02."""
    ends = [position for position, char in enumerate(number) if char in _SEPARATORS]
    return [number[:end] for end in ends[-2:] if end > 2]


def tells_apart(number: str) -> bool:
    """Whether the number of a volume, or its shelf, begins with a fonds that other targets would call the same, and holds no words."""
    plain = number.strip("\x1f")
    if _USUAL.fullmatch(plain):
        return FONDS.match(plain) is not None
    return FONDS.match(plain) is not None and safe_key(plain.replace("\x1f", "-")) != ""


def volume_digest(number: str) -> int:
    """The number of a volume as it is compared across targets; odd, unlike the ones that a salt tells."""
    data = _KEYED.copy()
    data.update(number.encode("utf-8", "surrogatepass"))
    return int.from_bytes(data.digest(), "big") | 1
