"""Drafts of notices: what somebody wants to write, looked at, and resting on what stands on that day."""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from hub.days import is_day, start_of
from hub.intake.terms import CHECK, words_of
from hub.people import log
from hub.people.sight import Sight
from hub.registry.units import Unit
from hub.store.tables import bulletin, envelope, hazard, notice, standing
from hub.titles import title
from hub.work.notices import CAMPAIGN, CIRCULAR, DRAFT, KINDS, MAX_HAZARDS, MAX_TEXT, MAX_TITLE, RECTIFY, REMIND
from hub.work.proof import Demand, Named
from scanner.errors import UseError
from scanner.model.canonical import canonical
from scanner.model.hazard import CLOSED as HAZARD_CLOSED


@dataclass(frozen=True, slots=True)
class Draft:
    """What somebody wants to write."""

    kind: str
    unit: str
    """Code of the addressee; a circular goes to every reporting unit of its subtree."""
    title: str
    text: str = ""
    """Paragraphs, one a line."""
    deadline: str = ""
    hazards: Sequence[str] = ()
    """Codes of the unit's hazards that are named."""
    report: Mapping[str, str] = field(default_factory=dict)
    """``profile`` and ``after``: a run that is asked for."""
    campaign_id: int | None = None
    figures: Sequence[tuple[str, int]] = ()
    """Of a circular: key of a word and count."""


def draft(connection: Connection, sight: Sight, wanted: Draft) -> int:
    """Write one; returns its id. Raises UseError, Hidden, Forbidden."""
    sight.must("notice")
    to = sight.unit(connection, wanted.unit)
    _check(wanted, to)
    issuer = sight.root(connection)
    demand = _demand(connection, sight, to, wanted)
    text = [line.strip() for line in wanted.text.splitlines() if line.strip()]
    body = {"text": text, "demand": demand, "figures": [list(pair) for pair in wanted.figures]}
    values = {"number": f"draft-{secrets.token_hex(8)}", "kind": wanted.kind, "title": wanted.title.strip(), "unit_id": to.id}
    values |= {"issuer_id": issuer.id, "campaign_id": wanted.campaign_id, "body": canonical(body).decode()}
    values |= {"deadline": wanted.deadline, "state": DRAFT}
    number: int = connection.execute(notice.insert().values(values).returning(notice.c.id)).scalar_one()
    log.write(connection, sight.person, "notice.draft", to.id, {"notice": number, "kind": wanted.kind})
    return number


def _demand(connection: Connection, sight: Sight, to: Unit, wanted: Draft) -> Demand:
    """What has to be shown, resting on what stood when it was written."""
    named = _named(connection, sight, to, wanted.hazards)
    run = _newest(connection, sight, to)
    demand: Demand = {
        "unit": to.code,
        "hazards": named,
        "finished": run.get("finished", "") if named else "",
        "version": str(run.get("version", "")) if named else "",
        "rulebook": run.get("rulebook", "") if named else "",
    }
    if wanted.report:
        demand["report"] = {"profile": wanted.report["profile"], "after": start_of(wanted.report["after"])}
    return demand


def _newest(connection: Connection, sight: Sight, to: Unit) -> Mapping[str, Any]:
    """The run block of the unit's newest standing envelope."""
    statement = (
        sa.select(bulletin.c.data)
        .join(standing, standing.c.envelope_id == bulletin.c.envelope_id)
        .join(envelope, envelope.c.id == standing.c.envelope_id)
        .where(standing.c.unit_id == to.id)
    )
    data = connection.execute(sight.narrow(statement, standing.c.unit_id).order_by(standing.c.finished.desc()).limit(1)).scalar()
    run: Mapping[str, Any] = json.loads(data)["run"] if data else {}
    return run


def _named(connection: Connection, sight: Sight, to: Unit, codes: Sequence[str]) -> list[Named]:
    """The hazards by their codes. Raises UseError for one that does not stand."""
    statement = sa.select(hazard).where(hazard.c.unit_id == to.id, hazard.c.code.in_(codes))
    rows = {row.code: row for row in connection.execute(sight.narrow(statement, hazard.c.unit_id))}
    for code in codes:
        if code not in rows or rows[code].state == HAZARD_CLOSED:
            raise UseError("notice-hazard", hazard=code, unit=to.code)
    titles = words_of(connection, CHECK, (row.check_id for row in rows.values()))
    return [
        {
            "code": code,
            "check": rows[code].check_id,
            "target": rows[code].target,
            "last": rows[code].last,
            "level": rows[code].level,
            "risk": rows[code].risk,
            "state": rows[code].state,
            "times": rows[code].times,
            "title": title(titles.get(rows[code].check_id, "{}"), rows[code].check_id),
        }
        for code in codes
    ]


def _check(wanted: Draft, to: Unit) -> None:
    if wanted.kind not in KINDS:
        raise UseError("notice-kind", kind=wanted.kind)
    if not 0 < len(wanted.title.strip()) <= MAX_TITLE or not wanted.title.isprintable():
        raise UseError("notice-title", most=MAX_TITLE)
    if len(wanted.text) > MAX_TEXT:
        raise UseError("notice-text", most=MAX_TEXT)
    if len(wanted.hazards) > MAX_HAZARDS or len(set(wanted.hazards)) != len(wanted.hazards):
        raise UseError("notice-hazards", most=MAX_HAZARDS)
    if wanted.deadline and not is_day(wanted.deadline):
        raise UseError("hub-day", day=wanted.deadline)
    if wanted.kind == RECTIFY and not (wanted.hazards and wanted.deadline):
        raise UseError("notice-rectify")
    if wanted.kind in (REMIND, CAMPAIGN) and not (wanted.report and wanted.deadline):
        raise UseError("notice-report")
    if wanted.kind != RECTIFY and wanted.hazards:
        raise UseError("notice-names")
    if wanted.kind != CIRCULAR and to.rank != "unit":
        raise UseError("notice-to", unit=to.code)
