"""Notices: list, write, issue, read, receive, reply; and what is due."""

from __future__ import annotations

from hub.clock import today
from hub.days import after, day
from hub.intake.order_shape import check_order, reply_mark
from hub.people import believed
from hub.people.sight import Hidden
from hub.registry import reached
from hub.views.board import of_unit
from hub.views.dashboard import whole
from hub.views.scope import find
from hub.web.ask import Ask, File, Go, Page
from hub.web.pages.account import number_of
from hub.web.router import Menu, page, post
from hub.work import answering, campaigns, closing, drafting, issuing, notices, numbers, papers, reminders, sending, withdrawing
from hub.work.vouching import hubs, recalled
from scanner.model.canonical import digest
from scanner.model.hazard import CLOSED

DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
MOST = 500
"""Rows of the list."""
STATES = ("late", "draft", "issued", "received", "replied", "closed", "withdrawn")


@page("/notices", act="see-figures", menu=Menu("notices", 60))
def listed(ask: Ask) -> Page:
    """Those to what is seen."""
    kind, state = ask.query.get("kind", ""), ask.query.get("state", "")
    if kind not in ("", *notices.KINDS) or state not in ("", *STATES):
        raise Hidden
    with ask.reading() as connection:
        found = notices.listed(connection, ask.sight, kind=kind, state=state, unit_code=ask.query.get("unit", ""), most=MOST)
        word = numbers.word(connection, ask.sight.root(connection))
    return Page("notices.html", {"found": found, "kind": kind, "state": state, "kinds": notices.KINDS, "states": STATES, "before": word})


@post("/notices/word", act="notice", again=listed)
def set_word(ask: Ask) -> Go:
    """What stands before the year."""
    with ask.writing() as connection:
        numbers.set_word(connection, ask.sight, ask.form.get("word", ""))
    return Go("/notices", "notice-word")


@post("/notices/issue", act="notice", again=listed)
def issue_drafts(ask: Ask) -> Go:
    """Number and seal all drafts of the own unit."""
    with ask.writing() as connection:
        sending.issue_all(connection, ask.state.own, ask.sight)
    return Go("/notices?state=issued", "notice-issued")


@page("/notices/new", act="notice")
def new(ask: Ask) -> Page:
    """The form: a notice to rectify where the unit is one that reports, else a circular."""
    with ask.reading() as connection:
        where = find(connection, ask.sight, ask.query.get("unit", "") or ask.form.get("unit", ""))
        single = where.rank == "unit"
        found = [one for one in of_unit(connection, ask.sight, where, today()) if one.state != CLOSED] if single else []
    chosen = set(ask.many.get("hazard", ())) or {one.code for one in found if one.late or one.level == "major"}
    return Page("notice_new.html", {"where": where, "found": found, "chosen": chosen, "deadline": after(today(), 30), "single": single})


@post("/notices/new", act="notice", again=new)
def write(ask: Ask) -> Go:
    """Keep the draft."""
    form = ask.form
    with ask.writing() as connection:
        where = find(connection, ask.sight, form.get("unit", ""))
        single = where.rank == "unit"
        figures = _figures(ask, where.code) if not single and form.get("figures") else []
        wanted = drafting.Draft(
            kind=notices.RECTIFY if single else notices.CIRCULAR,
            unit=where.code,
            title=form.get("title", ""),
            text=form.get("text", ""),
            deadline=form.get("deadline", ""),
            hazards=ask.many.get("hazard", ()) if single else (),
            figures=figures,
        )
        number = drafting.draft(connection, ask.sight, wanted)
    return Go(f"/notices/{number}", "notice-draft")


@page("/notices/{number}", act="see-figures")
def one(ask: Ask) -> Page:
    """One notice, and why it is not closed."""
    with ask.reading() as connection:
        found = notices.find(connection, ask.sight, number_of(ask))
        own = found.issuer.path == ask.sight.root_path
        addressed = ask.sight.sees(connection, found.where.id)
        campaign = campaigns.by_id(connection, ask.sight, found.campaign_id) if found.campaign_id is not None else None
        below = hubs(connection, ask.sight, found.order_text)
        back = recalled(connection, ask.sight, found.body.get("recall", ""))
    report = found.body["demand"].get("report")
    values = {"found": found, "own": own and ask.sight.may("notice"), "reasons": closing.reasons(found), "campaign": campaign}
    values |= {"addressed": addressed and ask.sight.may("reply"), "standing": found.state in notices.STANDING}
    values |= {"after": day(report["after"]) if report else "", "report": report, "below": below, "back": back}
    # Whoever is asked for the text of a reply from above finds it by this.
    values |= {"mark": reply_mark(check_order(found.order_text.encode())["nonce"], found.reply) if found.sender and found.reply else ""}
    relayed = {} if found.reply else found.body.get("relayed", {})
    # Of a receipt it is the digest of the order.
    values |= {"answered": relayed.get("digest", "") if relayed.get("digest") != digest(found.order_text.encode()) else ""}
    return Page("notice.html", values)


@page("/notices/{number}/{wording}.docx", act="see-results")
def paper(ask: Ask) -> File:
    """The letter, internal or masked."""
    wording = ask.path["wording"]
    if wording not in (papers.INTERNAL, papers.MASKED):
        raise Hidden
    with ask.reading() as connection:
        found = notices.find(connection, ask.sight, number_of(ask))
    number = found.number or ask.say("notice.state.draft")
    said = issuing.plain(found, number, day(found.issued) or today(), found.where)
    return File(papers.docx(papers.letter(said, wording, ask.lang), ask.lang), DOCX, f"{number}.docx")


@page("/notices/{number}/sealed", act="see-results")
def sealed(ask: Ask) -> File:
    """The envelope as it travels."""
    with ask.reading() as connection:
        found = notices.find(connection, ask.sight, number_of(ask))
        data = notices.sealed(connection, ask.sight, found.id)
    return File(data, "application/octet-stream", f"{found.number}.shiqu")


@post("/notices/{number}/issue", act="notice", again=one)
def issue(ask: Ask) -> Go:
    """Number and seal it."""
    with ask.writing() as connection:
        issuing.issue(connection, ask.state.own, ask.sight, number_of(ask))
    return Go(f"/notices/{number_of(ask)}", "notice-issued")


@post("/notices/{number}/withdraw", act="notice", again=one)
def withdraw(ask: Ask) -> Go:
    """Take it back."""
    with ask.writing() as connection:
        withdrawing.withdraw(connection, ask.state.own, ask.sight, number_of(ask), ask.form.get("why", ""))
    return Go("/notices", "notice-withdrawn")


@post("/notices/{number}/receive", act="reply", again=one)
def receive(ask: Ask) -> Go:
    """Confirm receipt."""
    with ask.writing() as connection:
        answering.receive(connection, ask.sight, number_of(ask))
    return Go(f"/notices/{number_of(ask)}", "notice-received")


@post("/notices/{number}/reply", act="reply", again=one)
def reply(ask: Ask) -> Go:
    """Answer."""
    with ask.writing() as connection:
        answering.reply(connection, ask.sight, number_of(ask), ask.form.get("reply", ""))
    return Go(f"/notices/{number_of(ask)}", "notice-replied")


@page("/due", act="see-figures")
def due(ask: Ask) -> Page:
    """What is due within a week or overdue."""
    with ask.reading() as connection:
        total, rows = reminders.due(connection, ask.sight, today()) if ask.sight.may("see-results") else (0, [])
        clock, begun = believed.look(connection, today()), reached.kept(connection)
    return Page("due.html", {"rows": rows, "total": total, "day": today(), "clock": clock, "begun": begun})


@post("/due/remind", act="notice", again=due)
def remind(ask: Ask) -> Go:
    """Reminders to those whose reports are overdue."""
    own = ask.state.own
    sending.in_steps(ask.database, lambda connection, most: reminders.remind(connection, own, ask.sight, today(), most))
    return Go("/due", "reminded")


def _figures(ask: Ask, code: str) -> list[tuple[str, int]]:
    """Of the subtree; no unit is named."""
    with ask.reading() as connection:
        region = whole(connection, ask.sight, code, today())
    opened = region.figures.open
    counts = [("figure.units", region.coverage.units), ("figure.reported", region.coverage.reported)]
    return [*counts, ("figure.major", opened["major"]), ("figure.high", opened["high"]), ("figure.overdue", region.overdue)]
