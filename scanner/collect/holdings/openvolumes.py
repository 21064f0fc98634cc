"""Open volumes of a list: their numbers go to the shelf, so that classified items in other targets of the run are told to lie in them."""

from __future__ import annotations

from array import array
from datetime import date
from typing import Any

from scanner.collect.holdings.deciding import Deciding
from scanner.collect.holdings.digests import pack
from scanner.collect.holdings.recordnumbers import OPEN, RESTING, volumes_in
from scanner.collect.holdings.shelves import tells_apart, tells_volumes, volume_digest
from scanner.collect.holdings.survey import Known

MOST = 200_000
"""Rows of a list of volumes that are looked at once more."""


def volumes_told(known: Known, rows: int, as_of: date) -> dict[str, Any]:
    """Whether a source in which so many rows were counted is a list of volumes, and the open ones in it. Raises ReachError."""
    if not tells_volumes(known) or not {"record_no", "volume_no"} & known.roles.one.keys() or rows > MOST:
        return {"volumes": tells_volumes(known), OPEN: ""}
    deciding, found = Deciding(known, known.codes, as_of), set[int]()
    for row in known.source.rows(deciding.columns):
        marks = [volume_digest(one) for one in volumes_in(known, deciding, row) if tells_apart(one)]
        if marks and deciding.outcome(row).decision.code == "N":
            found.update(marks)
    return {"volumes": True, OPEN: pack(array("Q", sorted(found))) if len(found) <= RESTING else ""}
