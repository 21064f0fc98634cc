"""The register of hazards (隐患台账) by itself, as XLSX, DOCX and CSV: what a liaison carries into a meeting.

Input is the data of ``shiqu/hazards/1``; the same register gives the same bytes. No cell can act: text and numbers only.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from typing import Any

from reports import docx as paged
from reports import workbook
from reports.csv_file import guarded
from reports.document.model import Cell, Column, Document, Heading, Para, Row, Table
from reports.inert import line
from reports.words import sentence, words
from reports.workbook_parts import Page

LIMIT = 2000
"""Characters of one cell; what is cut is counted in its place."""
COLUMNS = (
    ("register.id", 20), ("register.state", 10), ("register.level", 8), ("register.risk", 22), ("register.system", 12), ("register.target", 18),
    ("register.title", 36), ("register.check", 28), ("register.found", 21), ("register.last", 21), ("register.times", 8),
    ("register.owner", 12), ("register.deadline", 12), ("register.overdue", 8), ("register.measure", 36), ("register.remedy", 48),
    ("register.open-why", 36), ("register.how", 16), ("register.closed", 21), ("register.closed-by", 20), ("register.papers", 8),
)  # fmt: skip
"""Head and width in characters."""
PRINTED = {0: 2.5, 1: 1.0, 2: 0.7, 5: 1.3, 6: 3.0, 11: 1.0, 12: 1.4, 14: 2.0, 16: 2.2}
"""Columns that a page has room for, and their shares of it."""
_INKS = {"recurred": "bad", "registered": "open", "rectifying": "open", "review": "person", "closed": "good"}


def xlsx(register: Mapping[str, Any], *, lang: str, marking: str | None = None) -> bytes:
    """A workbook to filter."""
    say = words(lang)
    inks = {1: {say[f"hazard.state.{state}"]: ink for state, ink in _INKS.items()}, 2: {say["hazard.level.major"]: "bad"}}
    sheet = workbook.Sheet(
        name=say["register.sheet"],
        head=[say[key] for key, _ in COLUMNS],
        widths=[width for _, width in COLUMNS],
        rows=rows(register, lang),
        inks=inks,
    )
    mark = _mark(register, marking, lang)
    return workbook.write(
        [sheet],
        Page(top=line(f"{mark}  {_foot(register, lang)}" if mark else _foot(register, lang)), bottom=say["print.footer"]),
        f"{register['day']}T00:00:00Z",
    )


def csv_file(register: Mapping[str, Any], *, lang: str, marking: str | None = None) -> bytes:
    """One table, UTF-8 with a byte order mark, in which no cell becomes a formula."""
    stream = io.StringIO(newline="")
    writer = csv.writer(stream, quoting=csv.QUOTE_ALL, lineterminator="\r\n")
    mark = _mark(register, marking, lang)
    more = [guarded(line(mark))] if mark else []
    writer.writerow([words(lang)[key] for key in (*(key for key, _ in COLUMNS), *(["label.marking"] if mark else []))])
    writer.writerows([*(guarded(cell) for cell in row), *more] for row in rows(register, lang))
    return b"\xef\xbb\xbf" + stream.getvalue().encode("utf-8")


def docx(register: Mapping[str, Any], *, lang: str, marking: str | None = None) -> bytes:
    """A document to print and sign: the open ones first, then those that were closed."""
    say = words(lang)
    title = say["register.title-page"]
    blocks: list[Any] = [Heading(1, title, "register"), Para(_foot(register, lang), "note")]
    for key, closed in (("register.part-open", False), ("register.part-closed", True)):
        chosen = [one for one in register["hazards"] if (one["state"] == "closed") is closed]
        blocks.append(Heading(2, f"{say[key]} ({len(chosen)})", key))
        blocks.append(_table(chosen, register, lang) if chosen else Para(say["register.none"]))
    document = Document(
        title=title,
        lang=lang,
        subject=register["unit"],
        running=title,
        run=register["day"],
        marking=_mark(register, marking, lang),
        finished=f"{register['day']}T00:00:00Z",
        blocks=blocks,
        words={"page": say["doc.page"], "contents-update": say["doc.contents-update"], "blank": say["doc.blank"]},
    )
    return paged.write(document)


def _table(chosen: Sequence[Mapping[str, Any]], register: Mapping[str, Any], lang: str) -> Table:
    heads = [Column(words(lang)[COLUMNS[at][0]], share) for at, share in PRINTED.items()]
    out: list[Row] = []
    for cells, one in zip(rows({**register, "hazards": chosen}, lang), chosen):
        late = one["overdue"]
        out.append([Cell(str(cells[at]), "unmet" if late and at == 12 else "", mono=at == 0) for at in PRINTED])
    return Table(heads, out)


def rows(register: Mapping[str, Any], lang: str) -> list[list[str | int]]:
    """One row a hazard, inert."""
    return [[cell if isinstance(cell, int) else _text(cell) for cell in _row(one, lang)] for one in register["hazards"]]


def _row(one: Mapping[str, Any], lang: str) -> list[str | int]:
    say, closed = words(lang), one["closed"]
    return [
        one["id"],
        say[f"hazard.state.{one['state']}"],
        say[f"hazard.level.{one['level']}"],
        say[f"hazard.risk.{one['risk']}"],
        one["system"],
        one["target"],
        one["title"][lang],
        one["check"],
        one["found"]["time"],
        one["last"],
        one["times"],
        one["owner"],
        one["deadline"],
        say["register.yes"] if one["overdue"] else "",
        one["measure"],
        one["remedy"][lang],
        "" if closed else say.get(f"hazard.open.{one['open_why'] or 'unmet'}", ""),
        say[f"hazard.how.{closed['how']}"] if closed else "",
        closed["time"] if closed else "",
        ("、".join(closed["by"]) or closed["run"]) if closed else "",
        len(closed["evidence"]) if closed else len(one["found"]["evidence"]),
    ]


def _text(value: str) -> str:
    return line(value if len(value) <= LIMIT else f"{value[:LIMIT]}… [{len(value)}]")


def _mark(register: Mapping[str, Any], given: str | None, lang: str) -> str | None:
    """What every page carries: the given mark, else that it is undecided where a run saw classified systems or networks."""
    return given or (words(lang)["report.marking-open"] if register["classified"] else None)


def _foot(register: Mapping[str, Any], lang: str) -> str:
    """Whose register it is, by which day deadlines were counted, and the ledger's head by which it can be checked."""
    fields = {key: str(register[key]) for key in ("unit", "day", "rows", "head")}
    return sentence("register.foot", lang, fields)
