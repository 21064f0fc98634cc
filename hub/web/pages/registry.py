"""The register of units, keys and duties: the system administrator's. It shows no result of any unit."""

from __future__ import annotations

from hub.clock import today
from hub.people import believed, log
from hub.people.sight import ROLES, Hidden
from hub.registry import duties, keys, units, workbook
from hub.registry.units import Unit
from hub.web.ask import Ask, File, Go, Page
from hub.web.pages.account import number_of
from hub.web.router import Menu, page, post
from scanner.errors import UseError

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
WORKBOOK_LIMIT = 16 * 1024 * 1024
CONTACTS = 8
"""Fields for so many people on the form; a workbook takes more."""


@page("/registry", act="units", menu=Menu("registry", 20))
def tree(ask: Ask) -> Page:
    """The tree."""
    with ask.reading() as connection:
        rows = units.listed(connection, ask.sight.root_path)
        laid = duties.listed(connection, ask.sight.root_path)
    ranks = [(rank, ask.say(f"rank.{rank}")) for rank in units.RANKS]
    cycles = [(cycle, ask.say(f"cycle.{cycle}")) for cycle in duties.CYCLES]
    top = rows[0].depth if rows else 0
    values = {"rows": rows, "top": top, "ranks": ranks, "cycles": cycles, "duties": laid, "today": today()}
    return Page("registry.html", {**values, "codes": {row.id: row.code for row in rows}})


@post("/registry", act="units", again=tree)
def add(ask: Ask) -> Go:
    """A unit."""
    form = {name: value.strip() for name, value in ask.form.items()}
    with ask.writing() as connection:
        over = ask.sight.unit(connection, form.get("parent", ""))
        made = units.add(
            connection,
            form.get("code", ""),
            form.get("name", ""),
            over.code,
            rank=form.get("rank", ""),
            since=form.get("since", ""),
            division=form.get("division", ""),
            sort=form.get("sort", ""),
        )
        log.write(connection, ask.sight.person, "unit.add", made.id, {"code": made.code, "parent": over.code})
    return Go(f"/registry/{made.code}", "unit-added")


@page("/registry/template", act="units")
def template(ask: Ask) -> File:
    """An empty workbook to fill in."""
    return File(workbook.template(ask.lang), XLSX, "shiqu-units.xlsx")


@post("/registry/import", act="units", again=tree, limit=WORKBOOK_LIMIT)
def import_workbook(ask: Ask) -> Go:
    """All of it or nothing; about units that are seen."""
    held = ask.files.get("file")
    if held is None or not held.data:
        raise UseError("hub-workbook-missing")
    rows = workbook.read(held.data, held.name)
    with ask.writing() as connection:
        done = workbook.enter(connection, rows, today(), ask.sight.root_path)
        log.write(connection, ask.sight.person, "unit.import", None, {"added": done.added, "amended": done.amended, "keys": done.keys})
    return Go("/registry", "imported")


@page("/registry/{code}", act="units")
def one(ask: Ask) -> Page:
    """A unit as it is registered."""
    with ask.reading() as connection:
        held = ask.sight.unit(connection, ask.path["code"])
        over = units.by_id(connection, held.parent_id).code if held.parent_id is not None else ""
        pinned = keys.of_unit(connection, held.id)
        systems = workbook.systems_of(connection, held.id)
    contacts = [*held.contacts, *[{}] * 2][: max(CONTACTS, len(held.contacts))]
    values = {"unit": held, "parent": over, "keys": pinned, "systems": systems, "contacts": contacts, "today": today()}
    return Page("registered.html", {**values, "root": held.path == ask.sight.root_path, "may_move": "units" in ROLES[ask.sight.role]})


@post("/registry/{code}/amend", act="units", again=one)
def amend(ask: Ask) -> Go:
    """Name, division, sort, contacts."""
    fields = [ask.many.get(f"contact_{name}", ()) for name in units.CONTACT]
    contacts = [dict(zip(units.CONTACT, values, strict=True)) for values in zip(*fields, strict=False)]
    contacts = [one for one in contacts if any(value.strip() for value in one.values())]
    form = {name: ask.form.get(name, "").strip() for name in ("name", "division", "sort")}
    with ask.writing() as connection:
        held = ask.sight.unit(connection, ask.path["code"])
        units.amend(connection, held.code, **form, contacts=contacts)
        log.write(connection, ask.sight.person, "unit.amend", held.id, {"code": held.code})
    return Go(f"/registry/{held.code}", "unit-amended")


@post("/registry/{code}/move", act="units", again=one)
def move(ask: Ask) -> Go:
    """Under another unit, with everything below it."""
    with ask.writing() as connection:
        held, over = _below_root(ask, connection), ask.sight.unit(connection, ask.form.get("parent", "").strip())
        units.move(connection, held.code, over.code)
        log.write(connection, ask.sight.person, "unit.move", held.id, {"code": held.code, "parent": over.code})
    return Go(f"/registry/{held.code}", "unit-moved")


@post("/registry/{code}/retire", act="units", again=one)
def retire(ask: Ask) -> Go:
    """It reports no more; what it sent stays."""
    with ask.writing() as connection:
        held = _below_root(ask, connection)
        units.retire(connection, held.code, today())
        log.write(connection, ask.sight.person, "unit.retire", held.id, {"code": held.code})
    return Go(f"/registry/{held.code}", "unit-retired")


@post("/registry/{code}/keys", act="keys", again=one)
def pin(ask: Ask) -> Go:
    """A key speaks for the unit."""
    held_file = ask.files.get("file")
    pem = held_file.data if held_file is not None and held_file.data else ask.form.get("pem", "").encode()
    with ask.writing() as connection:
        held = ask.sight.unit(connection, ask.path["code"])
        made = keys.pin(
            connection,
            held.code,
            pem,
            since=ask.form.get("since", ""),
            until=ask.form.get("until", ""),
            role=ask.form.get("role", "unit"),
            purpose=ask.form.get("purpose") or None,
        )
        log.write(connection, ask.sight.person, "key.pin", held.id, {"fingerprint": made.fingerprint, "role": made.role})
    return Go(f"/registry/{held.code}", "key-pinned")


@post("/registry/{code}/keys/{number}/revoke", act="keys", again=one)
def revoke(ask: Ask) -> Go:
    """From a day on nothing counts that it signed."""
    number = number_of(ask)
    with ask.writing() as connection:
        held = ask.sight.unit(connection, ask.path["code"])
        one_key = next((key for key in keys.of_unit(connection, held.id) if key.id == number), None)
        if one_key is None:
            raise Hidden
        made = keys.revoke(connection, one_key.fingerprint, ask.form.get("day", ""), believed.look(connection, today()).day)
        log.write(connection, ask.sight.person, "key.revoke", held.id, {"fingerprint": made.fingerprint, "day": made.revoked})
    return Go(f"/registry/{held.code}", "key-revoked")


@post("/registry/{code}/duties", act="duties", again=tree)
def bind(ask: Ask) -> Go:
    """The units below this one must report. The unit stands in the path or, from the list, in the form."""
    due = ask.form.get("due", "")
    if not (due.isascii() and due.isdigit() and len(due) < 6):
        raise UseError("hub-duty-due", due=due[:20], most=duties.MAX_DUE)
    form = {name: ask.form.get(name, "").strip() for name in ("profile", "cycle", "since", "until")}
    with ask.writing() as connection:
        held = ask.sight.unit(connection, ask.form.get("unit", "").strip() or ask.path["code"])
        made = duties.bind(connection, held.code, form["profile"], form["cycle"], due=int(due), since=form["since"], until=form["until"])
        log.write(connection, ask.sight.person, "duty.bind", held.id, {"duty": made.id, "profile": made.profile, "cycle": made.cycle})
    return Go("/registry", "duty-bound")


@post("/registry/{code}/duties/{number}/end", act="duties", again=tree)
def end(ask: Ask) -> Go:
    """The duty ends with this day."""
    number = number_of(ask)
    with ask.writing() as connection:
        held = ask.sight.unit(connection, ask.path["code"])
        if not any(one.id == number and one.unit_id == held.id for one in duties.listed(connection, ask.sight.root_path)):
            raise Hidden
        duties.end(connection, number, today())
        log.write(connection, ask.sight.person, "duty.end", held.id, {"duty": number})
    return Go("/registry", "duty-ended")


def _below_root(ask: Ask, connection: object) -> Unit:
    """Nobody moves or retires the unit that their own sight hangs on. Raises UseError."""
    held = ask.sight.unit(connection, ask.path["code"])  # type: ignore[arg-type]
    if held.path == ask.sight.root_path:
        raise UseError("hub-unit-root", unit=held.code)
    return held
