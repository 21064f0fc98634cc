"""The first page: where the unit stands, and what to do next."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from hub.clock import today
from hub.desk.place import Place
from hub.desk.router import Ask, page
from hub.web.ask import Page
from scanner.ledger.home import Book
from scanner.model.hazard import LEVELS, REVIEW, open_hazard

STATUS_ORDER = ("unmet", "unknown", "awaits-person", "met", "not-applicable")


@page("/", menu="start")
def start(ask: Ask) -> Page:
    """Everything at a glance."""
    result, book = ask.place.latest(), ask.place.book()
    day = today()
    standing = [line for line in book.hazards.values() if open_hazard(line)]
    late = [line for line in standing if line["deadline"] and line["deadline"] < day]
    values = {
        "unit": ask.place.unit,
        "folder": str(ask.place.folder),
        "result": result,
        "core": result["core_hazards"] if result else [],
        "counts": counted(result["verdicts"]) if result else [],
        "standing": [(level, sum(line["level"] == level for line in standing)) for level in LEVELS],
        "late": len(late),
        "steps": list(steps(ask.place, result, book, len(late))),
        "day": day,
    }
    return Page("desk_start.html", values)


def counted(verdicts: list[dict[str, Any]]) -> list[tuple[str, int]]:
    """Status to number."""
    return [(status, sum(line["status"] == status for line in verdicts)) for status in STATUS_ORDER]


def steps(place: Place, result: Mapping[str, Any] | None, book: Book, late: int) -> Iterator[tuple[str, str, int]]:
    """(key of the sentence, where it is done, how many), the most pressing first."""
    if not place.inventory.is_file():
        yield "inventory", "/assets", 0
        return
    if any(not (path / "result.json").exists() for path in place.runs()[:1]):
        yield "resume", "/scan", 0
    if result is None:
        yield "scan", "/scan", 0
        return
    confirmed = sum(line["state"] == "confirmed" for line in result["core_hazards"])
    if confirmed:
        yield "core", "/findings?status=unmet&severity=critical", confirmed
    if late:
        yield "late", "/hazards?late=1", late
    nobody = sum(open_hazard(line) and not line["owner"] for line in book.hazards.values())
    if nobody:
        yield "assign", "/hazards?state=registered", nobody
    waiting = sum(line["state"] == REVIEW for line in book.hazards.values())
    if waiting:
        yield "rescan", "/scan", waiting
    second = sum(line["state"] == "submitted" for line in book.attestations.values())
    if second:
        yield "second", "/attest", second
    persons = len({line["check"] for line in result["verdicts"] if line["status"] == "awaits-person"})
    if persons:
        yield "persons", "/attest", persons
    unknown = sum(line["status"] == "unknown" for line in result["verdicts"])
    if unknown:
        yield "unknown", "/findings?status=unknown", unknown
    yield "send", "/dispatch", 0
