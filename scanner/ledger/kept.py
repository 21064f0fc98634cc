"""What of the unit's keeping a run goes by: attestations, waivers and the ledger's hazards, as they rest on the shelf."""

from __future__ import annotations

from typing import Any, NotRequired, TypedDict

import msgspec

from scanner.errors import KeepError
from scanner.ledger.home import Home, check_hazard
from scanner.ledger.shelf import Shelf
from scanner.model.absent import Absent
from scanner.model.canonical import canonical, strict_loads
from scanner.model.declaration import WaiverLine
from scanner.model.hazard import DECLARED, LedgerSight

LIMIT = 96 * 1024 * 1024
"""Bytes of one of the three; an object of a shelf can hold little more."""


class _Attestation(TypedDict):
    """What judging needs of an attestation."""

    id: str
    control: str
    system: str | None
    state: str
    since: str
    until: str
    text_digest: str
    by: NotRequired[str]
    says: NotRequired[str]
    evidence: NotRequired[list[str]]


_SHAPES: dict[str, Any] = {"attestations": list[_Attestation], "waivers": list[WaiverLine], "ledger": LedgerSight}


def to_shelf(home: Home) -> dict[str, bytes]:
    """Probe to what a run takes along; nothing where nothing was ever kept. Raises KeepError when the ledger is broken."""
    if not home.exists():
        return {}
    book = home.book()
    found = {
        "attestations": canonical(book.standing(book.attestations)),
        "waivers": canonical(book.standing(book.waivers)),
        "ledger": canonical(book.sight()),
    }
    for key, data in found.items():
        if len(data) > LIMIT:
            raise KeepError("ledger-too-large", file=home.chain.path, detail=key)
    return {DECLARED[key]: data for key, data in found.items()}


def kept_on(shelf: Shelf) -> dict[str, Any]:
    """What rests on a shelf, by the words of :data:`scanner.model.hazard.DECLARED`. Raises KeepError for what has not the shape."""
    unit = str((shelf.manifest.get("run", {}).get("unit") or {}).get("code") or "unit")
    found: dict[str, Any] = {}
    for key, probe in DECLARED.items():
        held = shelf.lookup(unit, probe)
        if held is None or isinstance(held[1], Absent):
            continue
        try:
            data = strict_loads(shelf.answer(held[0]).stdout)
            msgspec.convert(data, _SHAPES[key])
            for line in data["hazards"] if key == "ledger" else ():
                check_hazard(line)
        except (ValueError, RecursionError, msgspec.ValidationError) as error:
            raise KeepError("shelf-broken", file=shelf.path, detail=f"{probe}: {str(error)[:120]}") from None
        found[key] = data
    return found
