"""A unit's hazards and standing result for other tools: DefectDojo's generic findings, OSCAL."""

from __future__ import annotations

from collections.abc import Callable
from importlib.metadata import entry_points
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from hub.people.sight import Hidden, Sight
from hub.store.tables import body, envelope, standing
from hub.views.board import Hazard, of_unit
from hub.views.scope import at, find
from hub.words import say
from scanner.errors import UseError
from scanner.ledger.envelope import open_envelope
from scanner.model.canonical import strict_loads
from scanner.model.dispatch import FULL
from scanner.model.hazard import CLOSED

RESULT = "result.json"
_SEVERITIES = {"major": "Critical", "high": "High", "medium": "Medium", "low": "Low"}


def generic(connection: Connection, sight: Sight, code: str, day: str, lang: str) -> dict[str, Any]:
    """The file that DefectDojo's "Generic Findings Import" reads. Closed hazards stay in it, as mitigated: absence there would close nothing here."""
    sight.must("export")
    where = find(connection, sight, code)
    found = [_finding(one, lang) for one in of_unit(connection, sight, where, day)]
    return {"name": f"shiqu {where.code}", "type": "shiqu", "findings": found}


def oscal(connection: Connection, sight: Sight, code: str, profile: str, lang: str) -> bytes:
    """Assessment results of the standing envelope of a profile. Raises Hidden; UseError when it does not disclose the whole result."""
    sight.must("export")
    sight.must("see-results")
    where = find(connection, sight, code)
    statement = (
        sa.select(body.c.data, envelope.c.disclosure)
        .join(envelope, envelope.c.id == body.c.envelope_id)
        .join(standing, standing.c.envelope_id == envelope.c.id)
        .where(standing.c.unit_id == where.id, standing.c.profile == profile)
    )
    row = connection.execute(at(sight, where).narrow(statement, standing.c.unit_id)).first()
    if row is None:
        raise Hidden
    members = open_envelope(bytes(row.data)).members if row.disclosure == FULL else {}
    if RESULT not in members:
        raise UseError("hub-not-full", unit=where.code)
    (found,) = entry_points(group="shiqu.reports", name="oscal")
    render: Callable[..., bytes] = found.load()
    return render(strict_loads(members[RESULT]), lang=lang)


def _finding(one: Hazard, lang: str) -> dict[str, Any]:
    lines = [one.title[lang], f"{say('cell.check', lang)}: {one.check}", f"{say('cell.target', lang)}: {one.target}"]
    lines += [f"{say('cell.risk', lang)}: {say(f'hazard.risk.{one.risk}', lang)}", f"{say('cell.times', lang)}: {one.times}"]
    finding: dict[str, Any] = {
        "title": f"{one.title[lang]} ({one.target})"[:500],
        "severity": _SEVERITIES[one.level],
        "description": "\n\n".join(lines),
        "date": one.first[:10],
        "active": one.state != CLOSED,
        "verified": True,
        "is_mitigated": one.state == CLOSED,
        "static_finding": False,
        "dynamic_finding": True,
        "unique_id_from_tool": f"{one.where.code}/{one.code}",
        "vuln_id_from_tool": one.check,
        "service": one.where.name,
        "tags": [one.risk, one.state],
    }
    if one.state == CLOSED and one.closed:
        finding["mitigated"] = one.closed
    if one.deadline:
        finding["planned_remediation_date"] = one.deadline
    return finding
