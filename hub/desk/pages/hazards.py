"""The board of hazards (隐患登记销号): five columns, and for each hazard what may be done with it now."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from hub.clock import today
from hub.desk.router import FILE_LIMIT, Ask, page, post
from hub.web.ask import File, Go, Page
from scanner.errors import UseError
from scanner.ledger.striking import may_review
from scanner.model.hazard import LEVELS, STATES, open_hazard

EACH = 60
MEDIA = {"xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "csv": "text/csv; charset=utf-8"}
MEDIA["docx"] = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
PAPERS = ("paper", "paper2", "paper3")


@page("/hazards", menu="hazards")
def board(ask: Ask) -> Page:
    """Columns by state; within one the gravest and the latest first."""
    day = today()
    chosen = {name: ask.query.get(name, "") for name in ("state", "level", "late")}
    lines = [line for line in ask.place.book().hazards.values() if _wanted(line, chosen, day)]
    lines.sort(key=lambda line: (LEVELS.index(line["level"]), line["deadline"] or "9999", line["target"], line["check"]))
    columns = [
        (state, [line for line in lines if line["state"] == state]) for state in STATES if not chosen["state"] or state == chosen["state"]
    ]
    values = {
        "columns": [(state, held[:EACH], len(held)) for state, held in columns],
        "day": day,
        "levels": LEVELS,
        "states": STATES,
        "chosen": chosen,
        "titles": titles(ask),
        "any": bool(ask.place.book().hazards),
    }
    return Page("desk_hazards.html", values)


def titles(ask: Ask) -> Mapping[str, Any]:
    """Check to its title, as the last run froze it."""
    result = ask.place.latest()
    return {key: words["title"] for key, words in result["texts"]["checks"].items()} if result else {}


def _wanted(line: Mapping[str, Any], chosen: Mapping[str, str], day: str) -> bool:
    if chosen["level"] and line["level"] != chosen["level"]:
        return False
    return not chosen["late"] or (open_hazard(line) and bool(line["deadline"]) and line["deadline"] < day)


@page("/hazards/{id}")
def one(ask: Ask) -> Page:
    """One hazard: its life, and the forms that its state allows."""
    line = _line(ask)
    book = ask.place.book()
    rows = [row for row in book.rows if row.kind == "hazard" and row.body.get("id") == line["id"]]
    events = [
        {
            "n": row.n,
            "time": row.time,
            "event": str(row.body.get("event", "")),
            "by": row.body.get("by") or row.body.get("operator") or "",
            "what": " · ".join(str(row.body[key]) for key in ("owner", "deadline", "measure") if row.body.get(key)),
        }
        for row in rows
    ]
    values = {
        "line": line,
        "events": events,
        "open": open_hazard(line),
        "reviewable": may_review(line) is None,
        "day": today(),
        "title": titles(ask).get(line["check"], {"zh": line["check"], "en": line["check"]}),
        "verdict": _verdict(ask, line),
    }
    return Page("desk_hazard.html", values)


def _verdict(ask: Ask, line: Mapping[str, Any]) -> int | None:
    result = ask.place.latest()
    found = next((held for held in (result or {}).get("hazards", ()) if held["id"] == line["id"]), None)
    return found.get("verdict") if found else None


def _line(ask: Ask) -> dict[str, Any]:
    found = ask.place.book().hazards.get(ask.path["id"])
    if found is None:
        raise UseError("hazard-unknown", id=ask.path["id"][:40], count=0)
    return found


@post("/hazards/{id}/assign", again=one)
def assign(ask: Ask) -> Go:
    """Who mends it, until when, how."""
    line, form = _line(ask), ask.form
    words = [f"--{name}={form.get(name, '').strip()}" for name in ("owner", "deadline", "measure")]
    ask.run("hazards", "assign", line["id"], "-i", ask.place.inventory.name, *words)
    return Go(f"/hazards/{line['id']}", "assigned")


@post("/hazards/{id}/mended", again=one)
def mended(ask: Ask) -> Go:
    """Said to be mended: the next scan shows whether it is."""
    line = _line(ask)
    ask.run("hazards", "verify", line["id"], "-i", ask.place.inventory.name, f"--mended={ask.form.get('by', '').strip()}")
    return Go(f"/hazards/{line['id']}", "mended")


@post("/hazards/{id}/close", again=one, limit=FILE_LIMIT)
def close(ask: Ask) -> Go:
    """By two persons and a paper, where no machine can see."""
    line, form = _line(ask), ask.form
    papers = [held for name in PAPERS if (held := ask.files.get(name)) is not None and held.data]
    with tempfile.TemporaryDirectory(prefix="shiqu-desk-") as folder:
        words = [f"--{name}={form.get(name, '').strip()}" for name in ("by", "second", "statement")]
        for number, held in enumerate(papers):
            path = Path(folder) / f"paper-{number}"
            path.write_bytes(held.data)
            words.append(f"--evidence={path}")
        ask.run("hazards", "close", line["id"], "-i", ask.place.inventory.name, *words)
    return Go(f"/hazards/{line['id']}", "closed")


@page("/hazards-export/{kind}")
def export(ask: Ask) -> File:
    """The register as a file."""
    kind = ask.path["kind"]
    if kind not in MEDIA:
        raise UseError("format-unknown", name=kind[:20], known=", ".join(MEDIA))
    with tempfile.TemporaryDirectory(prefix="shiqu-desk-") as folder:
        path = Path(folder) / f"hazards.{kind}"
        ask.run("hazards", "export", "-i", ask.place.inventory.name, "--lang", ask.lang, "-o", str(path))
        return File(path.read_bytes(), MEDIA[kind], f"{ask.say('desk.file.hazards')}.{kind}")
