"""Hazards in words: a row of the list, everything about one, and the register that the exports render."""

from __future__ import annotations

import importlib.metadata
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from typing import Any

from scanner.cli.keeping import overdue
from scanner.cli.words import language, say
from scanner.ledger.home import Book
from scanner.model.hazard import open_hazard
from scanner.model.result import PERSON_PREFIX
from scanner.rulebook.book import rulebook
from scanner.rulebook.profiles import profiles

SCHEMA = "shiqu/hazards/1"
GROUP = "shiqu.registers"
SHOWN = 20
"""How many similar places are named; all are counted."""


def registers() -> dict[str, importlib.metadata.EntryPoint]:
    """Who renders a register of hazards, by file name extension."""
    return {point.name: point for point in importlib.metadata.entry_points(group=GROUP)}


def row(line: Mapping[str, Any], late: bool) -> str:
    """One line of the list."""
    return say(
        "hazards.row",
        id=line["id"],
        state=say(f"hazard.state.{line['state']}"),
        level=say(f"hazard.level.{line['level']}"),
        target=line["target"],
        title=title(line["check"]),
        owner=line["owner"] or say("hazards.nobody"),
        deadline=line["deadline"] or say("hazards.no-deadline"),
        late=say("hazards.late") if late else "",
    ).rstrip()


def title(check: str) -> str:
    """What was asked, in the reader's language."""
    return str(_words(check)["title"][language()])


def _words(check: str) -> Mapping[str, Mapping[str, str]]:
    """Title and remedy of a check, or the words of a clause that a person spoke to; the id where it is not installed any more."""
    if check in rulebook().checks:
        sheet = rulebook()[check].sheet
        return {"title": _pair(sheet.title), "remedy": _pair(sheet.remedy)}
    if check.startswith(PERSON_PREFIX):
        wanted = check.removeprefix(PERSON_PREFIX)
        for profile in profiles().values():
            for control in profile.controls:
                if control.id == wanted:
                    return {"title": _pair(control.text), "remedy": {"zh": "", "en": ""}}
    return {"title": {"zh": check, "en": check}, "remedy": {"zh": "", "en": ""}}


def _pair(words: Any) -> dict[str, str]:
    return {"zh": words.zh, "en": words.en}


def told(line: Mapping[str, Any], book: Book, document: Mapping[str, Any] | None, day: date) -> Iterator[str]:
    """Everything about one hazard."""
    yield row(line, overdue(line, day))
    words, found = _words(line["check"]), line["found"]
    yield say("hazards.what", check=line["check"], risk=say(f"hazard.risk.{line['risk']}"), system=line["system"] or "-")
    yield say("hazards.found", run=found["run"], time=found["time"], count=len(found["evidence"]))
    yield say("hazards.last", time=line["last"], times=line["times"])
    if line["measure"]:
        yield say("hazards.measure-is", measure=line["measure"])
    if words["remedy"][language()]:
        yield say("hazards.remedy", remedy=words["remedy"][language()])
    if open_hazard(line):
        yield say("hazards.why-open", why=say(f"hazard.open.{line['open_why'] or 'unmet'}"))
    else:
        closed = line["closed"]
        by = "、".join(closed["by"]) or closed["run"]
        yield say("hazards.closed-is", how=say(f"hazard.how.{closed['how']}"), by=by, time=closed["time"], count=len(closed["evidence"]))
    yield from _similar(line, book, document)
    yield from _story(line, book)


def _similar(line: Mapping[str, Any], book: Book, document: Mapping[str, Any] | None) -> Iterator[str]:
    """举一反三: the same fault elsewhere, and where nobody looked for it."""
    same = [other for other in book.hazards.values() if other["check"] == line["check"] and other["id"] != line["id"]]
    yield say("hazards.similar", count=len(same), open=sum(map(open_hazard, same)), targets=_some(other["target"] for other in same))
    if document is None:
        return
    dark = [v["target"] for v in document["verdicts"] if v["check"] == line["check"] and v["status"] in ("unknown", "awaits-person")]
    asked = {v["target"] for v in document["verdicts"] if v["check"] == line["check"]}
    kind = line["found"]["kind"]
    passed = [target["id"] for target in document["targets"] if target["kind"] == kind and target["id"] not in asked]
    yield say("hazards.dark", count=len(dark), targets=_some(dark), passed=len(passed), others=_some(passed))


def _some(names: Iterable[str]) -> str:
    found = list(names)
    return " ".join(found[:SHOWN]) + (" …" if len(found) > SHOWN else "") or "-"


def _story(line: Mapping[str, Any], book: Book) -> Iterator[str]:
    for entry in book.rows:
        if entry.kind == "hazard" and entry.body["id"] == line["id"]:
            who = entry.body.get("by") or entry.body.get("run") or entry.body.get("operator") or ""
            yield say("hazards.event", n=entry.n, time=entry.time, event=say(f"hazard.event.{entry.body['event']}"), who=who)


def register(lines: Iterable[Mapping[str, Any]], book: Book, day: date) -> dict[str, Any]:
    """What an export renders: the lines with their words, the day by which deadlines were counted, and the ledger's head."""
    last = book.runs[-1] if book.runs else {}
    return {
        "schema": SCHEMA,
        "unit": last.get("unit", ""),
        "classified": any(run.get("classified") for run in book.runs),
        "day": day.isoformat(),
        "rows": len(book.rows),
        "head": book.rows[-1].digest if book.rows else "",
        "hazards": [{**line, **_words(line["check"]), "overdue": overdue(line, day)} for line in lines],
    }
