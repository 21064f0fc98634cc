"""Advisories, rule packs, and the envelopes that wait for units."""

from __future__ import annotations

from hub.people.sight import Hidden
from hub.web.ask import Ask, File, Go, Page
from hub.web.router import Menu, page, post
from hub.work import advisories, delivery, packs
from scanner.model.hazard import LEVELS


@page("/advisories", act="see-figures", menu=Menu("advisories", 70))
def listed(ask: Ask) -> Page:
    """Advisories and packs, and the forms for new ones."""
    with ask.reading() as connection:
        found = advisories.listed(connection, ask.sight)
        held = packs.listed(connection, ask.sight)
        root = ask.sight.root(connection)
    values = {"found": found, "packs": held, "root": root, "levels": LEVELS}
    return Page("advisories.html", {**values, "for_all": ask.sight.may_for_all("rulebook")})


@post("/advisories", act="advisory", again=listed)
def publish(ask: Ask) -> Go:
    """Publish one."""
    checks = [line.strip() for line in ask.form.get("checks", "").splitlines() if line.strip()]
    with ask.writing() as connection:
        code = advisories.publish(
            connection,
            ask.state.own,
            ask.sight,
            unit_code=ask.form.get("unit", ""),
            title=ask.form.get("title", ""),
            level=ask.form.get("level", ""),
            text=ask.form.get("text", ""),
            checks=checks,
        )
    return Go(f"/advisories/{code}", "advisory")


@page("/advisories/{code}", act="see-figures")
def one(ask: Ask) -> Page:
    """One advisory, and who is known to have it."""
    with ask.reading() as connection:
        found = advisories.find(connection, ask.sight, ask.path["code"])
        known = advisories.affected(connection, ask.sight, found) if ask.sight.may("see-results") else []
    return Page("advisory.html", {"found": found, "known": known})


@post("/packs", act="rulebook", again=listed)
def add_pack(ask: Ask) -> Go:
    """Take a pack and send it."""
    upload = ask.files.get("file")
    with ask.writing() as connection:
        packs.add(connection, ask.state.own, ask.sight, upload.data if upload else b"")
    return Go("/advisories", "pack")


@page("/packs/{name}/{version}", act="see-figures")
def pack(ask: Ask) -> File:
    """What a pack says."""
    version = ask.path["version"]
    if not (version.isascii() and version.isdigit() and len(version) < 10):
        raise Hidden
    with ask.reading() as connection:
        data = packs.data_of(connection, ask.sight, ask.path["name"], int(version))
    return File(data, "application/json", f"{ask.path['name']}-{version}.json")


@page("/down", act="see-figures")
def down(ask: Ask) -> Page:
    """Envelopes to units."""
    with ask.reading() as connection:
        found = delivery.waiting(connection, ask.sight)
    return Page("down.html", {"found": found, "most": delivery.MOST})


@page("/down/{digest}", act="see-figures")
def down_file(ask: Ask) -> File:
    """One of them, to be carried. Whether it arrived, the unit's receipt says."""
    with ask.reading() as connection:
        name, data = delivery.data_of(connection, ask.sight, ask.path["digest"])
    return File(data, "application/octet-stream", name)
