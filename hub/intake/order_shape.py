"""Orders (上级布置): a campaign or a notice as it goes from a hub to the hubs below (``order.json``), and its recall. Pure.

Each hub hands on the very bytes that it got: their digest is one and the same all the way down, and by it proofs find their way back.
Whoever proves is told by a *ticket*: only who holds the order can tell which unit that is.
A *recall* (撤回) names the order by that digest: it stands in the same numbered row, and what it ends does not begin again.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from typing import NotRequired, TypedDict

import msgspec

from scanner.errors import UseError
from scanner.ledger.envelope import DIGEST
from scanner.ledger.shapes import exact
from scanner.model.canonical import digest

SCHEMA, KIND, MEMBER = "shiqu/order/1", "order", "order.json"
RECALL = "shiqu/recall/1"
ENDED, WITHDRAWN = "ended", "withdrawn"
"""How an order ends: a campaign that is over, or what should not have been asked for."""
MAX_BYTES, MAX_PATH, MAX_CODES, MAX_CODE, MAX_WORDS, MAX_LINES = 2 * 1024 * 1024, 12, 20_000, 200, 20_000, 2000
_NONCE = re.compile(r"[0-9a-f]{64}")
_DAY = re.compile(r"\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])")


class Campaign(TypedDict):
    """A campaign."""

    name: str
    profile: str
    opens: str
    sort: str
    """Only units of this sort, or empty."""
    drawn: int
    """How many units were drawn; 0 for all."""
    seed: str
    source: str
    frozen: str
    """Digest of the frozen list."""
    of: int
    """How many units stand in it."""
    codes: list[str]
    """The list, where units were drawn from it; empty where all take part."""


class Mark(TypedDict):
    """A hazard as it is named outside."""

    code: str
    level: str
    risk: str


class Demand(TypedDict):
    """What a notice wants to be shown, without what would name a weakness."""

    hazards: list[Mark]
    report: NotRequired[dict[str, str]]
    finished: str
    version: str
    rulebook: str


class Notice(TypedDict):
    """A notice."""

    kind: str
    title: str
    text: list[str]
    figures: list[tuple[str, int]]
    demand: Demand


class Order(TypedDict):
    """One order."""

    schema: str
    hub: str
    """Code of the hub that gave it."""
    name: str
    """Its name."""
    number: str
    """What the campaign or the notice is called there."""
    issued: str
    deadline: str
    nonce: str
    """64 hex digits, for the tickets."""
    path: list[str]
    """Codes of units from that hub down to the subtree or the unit that it is for."""
    campaign: Campaign | None
    notice: Notice | None


class Recall(TypedDict):
    """An order that no longer stands."""

    schema: str
    hub: str
    """Code of the hub that gave it and takes it back."""
    order: str
    """Digest of the order."""
    number: str
    """As in the order."""
    issued: str
    """The day on which it was taken back."""
    end: str
    """:data:`ENDED` or :data:`WITHDRAWN`."""
    why: str
    """Of one that is withdrawn."""


class _Head(msgspec.Struct):
    schema: str = ""


_HEAD, _ORDER, _RECALL = msgspec.json.Decoder(_Head), msgspec.json.Decoder(Order), msgspec.json.Decoder(Recall)
"""Made while only one thread runs: see :mod:`scanner.ledger.envelope`."""


def check_order(data: bytes) -> Order:
    """Strict and bounded. Raises UseError."""
    try:
        found = exact(_ORDER, data, SCHEMA, MAX_BYTES)
        _check(found)
    except ValueError:
        raise UseError("order-form") from None
    return found


def check_recall(data: bytes) -> Recall:
    """Strict and bounded. Raises UseError."""
    try:
        found = exact(_RECALL, data, RECALL, MAX_BYTES)
        if found["end"] not in (ENDED, WITHDRAWN):
            raise ValueError("end")
        if not DIGEST.fullmatch(found["order"]) or not _DAY.fullmatch(found["issued"]) or (found["end"] == WITHDRAWN) != bool(found["why"]):
            raise ValueError("order")
        _plain([found["hub"], found["number"]])
        _plain([found["why"]], least=0)
    except ValueError:
        raise UseError("order-form") from None
    return found


def is_recall(data: bytes) -> bool:
    """Whether it says that it is one; what it is, the checks tell."""
    try:
        return len(data) <= MAX_BYTES and _HEAD.decode(data).schema == RECALL
    except (msgspec.MsgspecError, ValueError, RecursionError):
        return False


def ticket(nonce: str, code: str) -> str:
    """What stands for a unit in a proof."""
    return hashlib.sha256(f"{nonce}\n{code}".encode()).hexdigest()[:32]


def reply_ticket(nonce: str, code: str) -> str:
    """What stands for a unit's reply beside the proof that closed what it answers: each ticket is told once. No code has a line break."""
    return ticket(nonce, f"{code}\nreply")


def reply_mark(nonce: str, reply: str) -> str:
    """Under what a unit's reply is known above: only who holds the order can try texts against it."""
    return digest(f"{nonce}\n{reply}".encode())


def _check(found: Order) -> None:
    campaign, notice = found["campaign"], found["notice"]
    if (campaign is None) == (notice is None) or not _NONCE.fullmatch(found["nonce"]):
        raise ValueError("sort")
    if not 1 <= len(found["path"]) <= MAX_PATH or found["path"][0] != found["hub"]:
        raise ValueError("path")
    _plain([found["hub"], found["number"], found["name"], *found["path"]])
    days = [found["issued"], *([found["deadline"]] if found["deadline"] else []), *([campaign["opens"]] if campaign else [])]
    if not all(_DAY.fullmatch(day) for day in days):
        raise ValueError("day")
    if campaign is not None:
        _campaign(campaign)
    if notice is not None:
        _notice(notice)


def _campaign(one: Campaign) -> None:
    _plain([one["name"], one["profile"]])
    _plain([one["sort"], one["seed"], one["source"], one["frozen"]], least=0)
    if not 0 <= one["drawn"] <= one["of"] <= MAX_CODES or bool(one["drawn"]) != bool(one["codes"]) or len(one["codes"]) > MAX_CODES:
        raise ValueError("drawn")
    _plain(one["codes"])


def _notice(one: Notice) -> None:
    demand = one["demand"]
    _plain([one["kind"], one["title"], *(key for key, _ in one["figures"])])
    _plain([demand["finished"], demand["version"], demand["rulebook"]], least=0)
    _plain([text for line in demand["hazards"] for text in (line["code"], line["level"], line["risk"])])
    if "report" in demand and set(demand["report"]) != {"profile", "after"}:
        raise ValueError("report")
    _plain(demand.get("report", {}).values())
    if max(len(one["text"]), len(demand["hazards"]), len(one["figures"])) > MAX_LINES or sum(map(len, one["text"])) > MAX_WORDS:
        raise ValueError("text")
    if not all(text.isprintable() for text in one["text"]):
        raise ValueError("text")


def _plain(texts: Iterable[str], least: int = 1) -> None:
    if not all(least <= len(text) <= MAX_CODE and text.isprintable() for text in texts):
        raise ValueError("text")
