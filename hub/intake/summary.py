"""What a hub tells the hub above it (``summary.json``): the roll-up of its own tree, by the parts of :mod:`hub.intake.parts`. Pure.

::

    {"schema": "shiqu/summary/1", "unit": "330100", "registered": 12, "periods": {"now": {"units": 11, "gate:fail": 9, …}, "2026-11": {…}}}

``orders`` stands in it where the hub above gave some: how far they are met, and proofs under tickets that name nobody to others.
``replies``, in a full one, are what units wrote in answer: of each the digest is a proof, and the text goes under the same ticket.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NotRequired, TypedDict

import msgspec

from scanner.errors import KeepError
from scanner.ledger.envelope import DIGEST
from scanner.model.canonical import canonical
from scanner.model.dispatch import FIGURES, FULL, MASKED

SCHEMA = "shiqu/summary/1"
NOW = "now"
REGISTERED = "registered"
"""Part of :data:`NOW` in what the hub above counts: the number of units that a summary speaks of, silent ones included."""
MAX_BYTES, MAX_PERIODS, MAX_PARTS, MAX_COUNT = 4 * 1024 * 1024, 37, 5000, 10**9
MAX_ORDERS, MAX_STATES = 500, 10
MAX_REPLY, MAX_REPLIES = 20_000, 1024 * 1024
"""Characters of one reply; bytes that all of them take up in a summary."""
REPLIED = "replied"
"""State of a proof that is the digest of a reply."""
_STATE, _TICKET = re.compile(r"[a-z]{1,20}"), re.compile(r"[0-9a-f]{32}")
MAX_ROWS, MAX_PROFILES, MAX_NAME = 10_000, 50, 100
_ALIAS, _DAY = re.compile(r"U(-[A-Z2-7]{4}){3}"), re.compile(r"\d{4}-\d\d-\d\d")
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")
MAX_MARKS = 100_000
_MARK = re.compile(r"[0-9a-f]{16}")
_PERIOD = re.compile(r"now|\d{4}-(0[1-9]|1[0-2])")
_PART = re.compile(r"[A-Za-z0-9_.-]{1,64}(:[^:\x00-\x1f\x7f]{1,200}){0,2}")


class Answer(TypedDict):
    """What became of one order."""

    order: str
    """Its digest."""
    of: int
    """Units that it concerns here and below."""
    states: dict[str, int]
    """State of a part, or of a notice, to number of units."""
    silent: int
    """Hubs below that said nothing of it yet."""
    proofs: list[tuple[str, str, str, str]]
    """(ticket, state, digest of the unit's envelope, finish time of its run), sorted."""


class Reply(TypedDict):
    """What a unit wrote."""

    order: str
    """Digest of the order that it answers."""
    ticket: str
    """As of its proof."""
    text: str


class Row(TypedDict):
    """One unit under an alias: what a masked summary tells of it."""

    unit: str
    """Alias: the same in every summary of the hub that knows the unit."""
    finished: str
    """Day of the newest run that counts; empty of a silent unit."""
    profiles: list[str]
    """For which it counts."""
    parts: dict[str, int]
    """Those of :mod:`hub.intake.parts` that :func:`row_part` lets pass."""


class Summary(TypedDict):
    """Figures of one hub's tree."""

    schema: str
    unit: str
    """Code of the hub."""
    registered: int
    """Units of the tree that have to report, whether they did or not."""
    periods: dict[str, dict[str, int]]
    """``now`` or a month to part to count."""
    orders: NotRequired[list[Answer]]
    marks: NotRequired[list[str]]
    """Of the units, sorted: see :mod:`hub.intake.told`."""
    units: NotRequired[list[Row]]
    """In a masked one and a full one: every unit of the tree, by alias."""
    replies: NotRequired[list[Reply]]
    """In a full one, sorted."""


@dataclass(frozen=True, slots=True)
class Said:
    """What a summary says of orders."""

    answers: Mapping[str, Answer]
    """By the digest of the order."""
    replies: Mapping[tuple[str, str], str]
    """By that and the ticket of the unit. Whether it is what the proof is a digest of, whoever holds the order can tell."""


class _Orders(msgspec.Struct):
    orders: list[Answer] = []
    replies: list[Reply] = []


_SUMMARY, _ORDERS = msgspec.json.Decoder(Summary), msgspec.json.Decoder(_Orders)
"""Made while only one thread runs: see :mod:`scanner.ledger.envelope`."""


def check_summary(data: bytes, unit: str, disclosure: str | None = None) -> Summary:
    """Strict and bounded; with ``disclosure`` it must also tell what that level tells and no more. Raises KeepError."""
    try:
        if len(data) > MAX_BYTES:
            raise ValueError("size")
        found = _SUMMARY.decode(data)
        if canonical(found) != data or found["schema"] != SCHEMA:
            raise ValueError("form")
        _check(found["periods"])
        _check_marks(found.get("marks", []))
        if not 0 <= found["registered"] <= MAX_COUNT:
            raise ValueError("registered")
        _answers(found.get("orders", []))
        _rows(found.get("units", []))
        _replies(found)
    except (msgspec.MsgspecError, ValueError, RecursionError):
        raise KeepError("hub-summary-form") from None
    if found["unit"] != unit:
        raise KeepError("hub-envelope-unit", unit=unit, other=found["unit"])
    if disclosure is not None and disclosure != _level(found):
        raise KeepError("dispatch-discloses-more", disclosure=disclosure)
    return found


def _level(found: Summary) -> str:
    if "replies" in found:
        return FULL
    return MASKED if "units" in found else FIGURES


def row_part(part: str) -> bool:
    """Whether a part of a unit's share is told in its row: how it stands, and nothing of where."""
    return part in ("overdue", "unreached") or part.partition(":")[0] in ("gate", "core", "hazard")


def _rows(rows: Sequence[Row]) -> None:
    names = [row["unit"] for row in rows]
    if len(rows) > MAX_ROWS or names != sorted(set(names)) or not all(_ALIAS.fullmatch(name) for name in names):
        raise ValueError("units")
    for row in rows:
        if (row["finished"] and not _DAY.fullmatch(row["finished"])) or len(row["profiles"]) > MAX_PROFILES:
            raise ValueError("units")
        if not all(0 < len(name) <= MAX_NAME and name.isprintable() for name in row["profiles"]):
            raise ValueError("units")
        if not all(row_part(part) and _PART.fullmatch(part) and 0 <= count <= MAX_COUNT for part, count in row["parts"].items()):
            raise ValueError("units")


def tellable(text: str) -> bool:
    """Whether a reply can stand in a summary: of its length, and without what no keyboard writes."""
    return 0 < len(text) <= MAX_REPLY and all(char.isprintable() or char in "\r\n\t" for char in text)


def _replies(found: Summary) -> None:
    held = found.get("replies", [])
    marked = {(one["order"], line[0]) for one in found.get("orders", []) for line in one["proofs"] if line[1] == REPLIED}
    names = [(one["order"], one["ticket"]) for one in held]
    if names != sorted(set(names)) or not marked.issuperset(names) or not all(tellable(one["text"]) for one in held):
        raise ValueError("replies")
    if len(canonical(held)) > MAX_REPLIES or ("replies" in found and "units" not in found):
        raise ValueError("replies")


def said_in(data: str) -> Said:
    """Of a summary that was checked when it came in."""
    found = _ORDERS.decode(data)
    return Said({one["order"]: one for one in found.orders}, {(one["order"], one["ticket"]): one["text"] for one in found.replies})


def _answers(answers: Sequence[Answer]) -> None:
    if len(answers) > MAX_ORDERS or len({one["order"] for one in answers}) != len(answers):
        raise ValueError("orders")
    for one in answers:
        numbers = [one["of"], one["silent"], *one["states"].values()]
        if not DIGEST.fullmatch(one["order"]) or len(one["states"]) > MAX_STATES or not all(0 <= n <= MAX_COUNT for n in numbers):
            raise ValueError("orders")
        if not all(_STATE.fullmatch(text) for text in (*one["states"], *(line[1] for line in one["proofs"]))):
            raise ValueError("orders")
        if one["proofs"] != sorted(one["proofs"]) or len({line[0] for line in one["proofs"]}) != len(one["proofs"]):
            raise ValueError("proofs")
        for ticket, _, proof, finished in one["proofs"]:
            if not _TICKET.fullmatch(ticket) or not DIGEST.fullmatch(proof) or not _TIME.fullmatch(finished):
                raise ValueError("proofs")


def _check(periods: Mapping[str, Mapping[str, Any]]) -> None:
    if NOW not in periods or len(periods) > MAX_PERIODS or not all(_PERIOD.fullmatch(period) for period in periods):
        raise ValueError("periods")
    for parts in periods.values():
        if len(parts) > MAX_PARTS or not all(_PART.fullmatch(part) and 0 <= count <= MAX_COUNT for part, count in parts.items()):
            raise ValueError("parts")


def _check_marks(marks: list[str]) -> None:
    if len(marks) > MAX_MARKS or marks != sorted(set(marks)) or not all(_MARK.fullmatch(one) for one in marks):
        raise ValueError("marks")
