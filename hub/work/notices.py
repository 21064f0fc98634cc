"""Notices: 通报 (circular), 整改通知 (rectify), 提醒 (remind), 督查通知 (campaign). Drafted, issued with a number and as envelopes, received, replied to.

Nobody closes one by hand: see :mod:`hub.work.closing`.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from hub.clock import now, today
from hub.days import is_day, late_by, start_of
from hub.people import log
from hub.people.sight import Hidden, Sight
from hub.registry.lower import concerned, serving
from hub.registry.own import Own
from hub.registry.units import Unit, above, below, made
from hub.store.tables import bulletin, envelope, hazard, notice, standing, term, unit
from hub.titles import title
from hub.work import papers
from hub.work.downward import recipient, send
from hub.work.numbers import notice_number
from hub.work.ordering import hand_down, order_text
from hub.work.proof import Demand, Named
from scanner.errors import UseError
from scanner.model.canonical import canonical
from scanner.model.hazard import CLOSED as HAZARD_CLOSED

CIRCULAR, RECTIFY, REMIND, CAMPAIGN = "circular", "rectify", "remind", "campaign"
KINDS = (RECTIFY, CIRCULAR, REMIND, CAMPAIGN)
DRAFT, ISSUED, RECEIVED, REPLIED, CLOSED, WITHDRAWN = "draft", "issued", "received", "replied", "closed", "withdrawn"
STANDING = (ISSUED, RECEIVED, REPLIED)
SCHEMA = "shiqu/notice/1"
MAX_TITLE, MAX_TEXT, MAX_HAZARDS = 100, 20_000, 500


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


@dataclass(frozen=True, slots=True)
class Notice:
    """One notice as it stands."""

    id: int
    number: str
    """Empty for a draft."""
    kind: str
    title: str
    where: Unit
    issuer: Unit
    campaign_id: int | None
    body: Mapping[str, Any]
    """``text``, ``demand``, ``figures``, ``checked`` (envelope that was last held against it, and the reasons)."""
    issued: str
    deadline: str
    state: str
    late: int
    """Days past the deadline while it stands."""
    received: str
    reply: str
    closed: str
    closed_by: int | None
    """The envelope that proved it."""
    order_text: str
    """As it goes to the hubs below; empty while it went to none."""
    sender: str
    """Code of the hub above that it came from; empty for one of our own."""


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
    values |= {"issuer_id": issuer.id, "campaign_id": wanted.campaign_id, "body": _json(body)}
    values |= {"deadline": wanted.deadline, "state": DRAFT}
    number: int = connection.execute(notice.insert().values(values).returning(notice.c.id)).scalar_one()
    log.write(connection, sight.person, "notice.draft", to.id, {"notice": number, "kind": wanted.kind})
    return number


def issue(connection: Connection, own: Own, sight: Sight, number: int, day: str = "") -> str:
    """Give it its number and seal it for its addressee, on this day; returns the number. Raises UseError, Hidden, Forbidden."""
    one = mine(connection, sight, number)
    if one.state != DRAFT:
        raise UseError("notice-issued", notice=one.number or number)
    day = day or today()
    if one.deadline and one.deadline < day:
        raise UseError("notice-deadline-past", deadline=one.deadline)
    told = notice_number(connection, one.issuer, day[:4])
    values = {"number": told, "issued": now(), "state": ISSUED, **sent_on(connection, own, sight, one, told, day)}
    connection.execute(notice.update().where(notice.c.id == number, notice.c.state == DRAFT).values(values))
    log.write(connection, sight.person, "notice.issue", one.where.id, {"notice": told, "kind": one.kind})
    return told


def sent_on(connection: Connection, own: Own, sight: Sight, one: Notice, number: str, day: str) -> dict[str, Any]:
    """Seal it for whom it is for, those under a hub below by an order to that hub; returns what is to be kept with it."""
    said = plain(one, number, day, one.where)
    hubs = concerned(connection, one.where, today())
    made: dict[str, dict[str, bytes]] = {}
    data, text = None, one.order_text
    for to in _addressees(connection, sight, one):
        if serving(hubs, to) is not None:
            continue
        secret = recipient(connection, to, day)
        wording = papers.INTERNAL if secret else papers.MASKED
        # The letter of a circular is one letter: it is addressed to the region.
        if wording not in made:
            made[wording] = _members(said, wording)
        data = send(connection, own, to, "notice", made[wording], secret).data
    if hubs:
        text = text or _order(connection, one, number)
        handed = hand_down(connection, own, hubs, text)
        data = data or (handed[-1] if handed else None)
    return {"envelope": data, "order_text": text}


def _order(connection: Connection, one: Notice, number: str) -> str:
    demand = one.body["demand"]
    marks = [{key: line[key] for key in ("code", "level", "risk")} for line in demand["hazards"]]
    asked = {"hazards": marks, **{key: demand[key] for key in ("finished", "version", "rulebook")}}
    asked |= {"report": demand["report"]} if "report" in demand else {}
    said = {"kind": one.kind, "title": one.title, "text": one.body["text"], "figures": one.body["figures"], "demand": asked}
    return order_text(connection, one.where, number=number, deadline=one.deadline, notice=said)


def withdraw(connection: Connection, sight: Sight, number: int, why: str) -> None:
    """A draft goes; an issued one keeps its number and says why it no longer stands. Raises UseError, Hidden, Forbidden."""
    one = mine(connection, sight, number)
    if one.sender:
        raise UseError("notice-upper", notice=one.number, hub=one.sender)
    if one.state == DRAFT:
        connection.execute(notice.delete().where(notice.c.id == number))
    elif one.state in STANDING:
        if not why.strip():
            raise UseError("notice-why")
        body = {**one.body, "withdrawn": why.strip()[:MAX_TITLE]}
        connection.execute(notice.update().where(notice.c.id == number).values(state=WITHDRAWN, body=_json(body)))
    else:
        raise UseError("notice-over", notice=one.number)
    log.write(connection, sight.person, "notice.withdraw", one.where.id, {"notice": one.number or number})


def receive(connection: Connection, sight: Sight, number: int) -> None:
    """The addressee has got it (回执); twice changes nothing. Raises Hidden, Forbidden."""
    sight.must("reply")
    one = _addressed(connection, sight, number)
    if one.state == ISSUED:
        connection.execute(notice.update().where(notice.c.id == number).values(state=RECEIVED, received=now()))
        log.write(connection, sight.person, "notice.receive", one.where.id, {"notice": one.number})


def reply(connection: Connection, sight: Sight, number: int, text: str) -> None:
    """The addressee answers; what it says closes nothing. Raises UseError, Hidden, Forbidden."""
    sight.must("reply")
    one = _addressed(connection, sight, number)
    text = text.strip()
    if not 0 < len(text) <= MAX_TEXT:
        raise UseError("notice-reply", most=MAX_TEXT)
    if one.state not in STANDING:
        raise UseError("notice-over", notice=one.number)
    values = {"state": REPLIED, "reply": text, "received": one.received or now()}
    connection.execute(notice.update().where(notice.c.id == number).values(values))
    log.write(connection, sight.person, "notice.reply", one.where.id, {"notice": one.number})


def listed(
    connection: Connection, sight: Sight, *, kind: str = "", state: str = "", unit_code: str = "", day: str = "", most: int | None = None
) -> list[Notice]:
    """Notices to units that are seen, drafts only of one's own unit; ``late`` is a state, too. Newest first. Raises Hidden, Forbidden."""
    sight.must("see-figures")
    day = day or today()
    conditions: list[sa.ColumnElement[bool]] = [notice.c.kind == kind] if kind else []
    if unit_code:
        conditions.append(notice.c.unit_id == sight.unit(connection, unit_code).id)
    if state == "late":
        conditions += [notice.c.state.in_(STANDING), notice.c.deadline > "", notice.c.deadline < day]
    elif state:
        conditions.append(notice.c.state == state)
    return _made(connection, sight, conditions, day, most)


def find(connection: Connection, sight: Sight, number: int) -> Notice:
    """One of them. Raises Hidden."""
    sight.must("see-figures")
    found = _made(connection, sight, [notice.c.id == number], today())
    if not found:
        raise Hidden
    return found[0]


def mine(connection: Connection, sight: Sight, number: int) -> Notice:
    """One that the person's own unit issues. Raises Hidden, Forbidden."""
    sight.must("notice")
    one = find(connection, sight, number)
    if one.issuer.path != sight.root_path:
        raise Hidden
    return one


def sealed(connection: Connection, sight: Sight, number: int) -> bytes:
    """The envelope as it travels. Raises Hidden."""
    one = find(connection, sight, number)
    data = connection.execute(sight.narrow(sa.select(notice.c.envelope).where(notice.c.id == one.id), notice.c.unit_id)).scalar()
    if data is None:
        raise Hidden
    return bytes(data)


def plain(one: Notice, number: str, day: str, to: Unit) -> dict[str, Any]:
    """What the notice says, for the letter and for machines."""
    demand = one.body["demand"]
    return {
        "schema": SCHEMA,
        "number": number,
        "kind": one.kind,
        "title": one.title,
        "issuer": one.body.get("upper", {}).get("name") or one.issuer.name,
        "to": to.name,
        "unit": to.code,
        "issued": day,
        "deadline": one.deadline,
        "text": one.body["text"],
        "hazards": demand["hazards"],
        "report": demand.get("report"),
        "figures": one.body["figures"],
    }


def worded(said: Mapping[str, Any], wording: str) -> dict[str, Any]:
    """The same for machines; masked, a hazard is only its number, level and class."""
    if wording == papers.INTERNAL:
        return dict(said)
    return {**said, "hazards": [{key: line[key] for key in ("code", "level", "risk")} for line in said["hazards"]]}


def _members(said: Mapping[str, Any], wording: str) -> dict[str, bytes]:
    return {"notice.json": canonical(worded(said, wording)), "notice.docx": papers.docx(papers.letter(said, wording, "zh"), "zh")}


def _addressees(connection: Connection, sight: Sight, one: Notice) -> list[Unit]:
    if one.kind != CIRCULAR:
        return [one.where]
    statement = sa.select(unit).where(below(one.where.path), unit.c.rank == "unit", unit.c.retired == "").order_by(unit.c.id)
    return [made(row) for row in connection.execute(sight.narrow(statement, unit.c.id))] or [one.where]


def _addressed(connection: Connection, sight: Sight, number: int) -> Notice:
    """One to the person's own unit, or to a unit for which the person keeps the paper receipts. Drafts are nobody's."""
    one = find(connection, sight, number)
    if one.state == DRAFT or not sight.sees(connection, one.where.id):
        raise Hidden
    return one


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
    wanted = sa.select(term.c.text, term.c.words).where(term.c.kind == "check", term.c.text.in_({row.check_id for row in rows.values()}))
    titles = dict(connection.execute(wanted).all())
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


def _made(
    connection: Connection, sight: Sight, conditions: Sequence[sa.ColumnElement[bool]], day: str, most: int | None = None
) -> list[Notice]:
    """Notices to what is seen, and circulars to a region that it stands in."""
    newest = sight.narrow(sa.select(*_columns()).where(*conditions), notice.c.unit_id).order_by(notice.c.id.desc()).limit(most)
    rows = {row.id: row for row in connection.execute(newest)}
    over = above(sight.root_path)[:-1]
    if over:
        # What is told to a whole region is told to every unit of it.
        wide = Sight(sight.account_id, sight.role, f"/{over[0]}/", sight.acts, sight.person)
        circulars = sa.select(*_columns()).where(notice.c.kind == CIRCULAR, notice.c.unit_id.in_(over), *conditions)
        rows |= {row.id: row for row in connection.execute(wide.narrow(circulars, notice.c.unit_id)) if row.state != DRAFT}
    named = {number for row in rows.values() for number in (row.unit_id, row.issuer_id)}
    units = {row.id: made(row) for row in connection.execute(sa.select(unit).where(unit.c.id.in_(named)))}
    shown = [row for row in rows.values() if row.state != DRAFT or units[row.issuer_id].path == sight.root_path]
    return [_one(row, units, day) for row in sorted(shown, key=lambda row: -row.id)]


def _columns() -> list[sa.Column[Any]]:
    """All but the envelope's bytes."""
    return [column for column in notice.c if column.name != "envelope"]


def _one(row: Any, units: Mapping[int, Unit], day: str) -> Notice:
    return Notice(
        id=row.id,
        number="" if row.state == DRAFT else row.number,
        kind=row.kind,
        title=row.title,
        where=units[row.unit_id],
        issuer=units[row.issuer_id],
        campaign_id=row.campaign_id,
        body=json.loads(row.body),
        issued=row.issued,
        deadline=row.deadline,
        state=row.state,
        late=late_by(row.deadline, day) if row.state in STANDING else 0,
        received=row.received,
        reply=row.reply,
        closed=row.closed,
        closed_by=row.closed_by,
        order_text=row.order_text,
        sender=row.sender,
    )


def _json(value: Any) -> str:
    return canonical(value).decode()
