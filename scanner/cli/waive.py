"""``shiqu waive add|revoke|list``: exceptions, with an approver, a compensating measure and an end."""

from __future__ import annotations

import getpass
from pathlib import Path

import click

from scanner.cli.attest import every_control, needs_inventory
from scanner.cli.keeping import day_given, home_option, opened, person_given, today
from scanner.cli.words import say
from scanner.errors import UseError
from scanner.ledger import waive as book_of
from scanner.ledger.home import home_for
from scanner.model.declaration import ACCEPTED
from scanner.rulebook.profiles import core_controls
from scanner.targets.inventory import read_inventory


@click.group("waive", help=say("waive.help"))
def waive() -> None:
    pass


@waive.command("add", help=say("waive.add"))
@click.argument("control")
@needs_inventory
@click.option("--system", default=None, metavar="ID", help=say("waive.system"))
@click.option("--approver", required=True, metavar="NAME", help=say("waive.approver"))
@click.option("--reason", required=True, help=say("waive.reason"))
@click.option("--measure", required=True, help=say("waive.measure"))
@click.option("--until", required=True, metavar="YYYY-MM-DD", help=say("waive.until"))
@click.option("--since", default=None, metavar="YYYY-MM-DD", help=say("waive.since"))
def add(control: str, inventory: str, system: str | None, approver: str, reason: str, measure: str, until: str, since: str | None) -> int:
    known = every_control()
    if control not in known:
        raise UseError("control-unknown", id=control[:60])
    book = read_inventory(Path(inventory))
    systems = [item.id for item in book.systems]
    if system is not None and system not in systems:
        raise UseError("system-unknown", id=system, known=", ".join(systems))
    for option, text in (("--reason", reason), ("--measure", measure)):
        if not text.strip():
            raise UseError("measure-missing", option=option)
    first = day_given(since, "--since") if since is not None else today().isoformat()
    if day_given(until, "--until") < today().isoformat():
        raise UseError("deadline-past", value=until, day=today().isoformat())
    line = {
        "system": system,
        "approved_by": person_given(approver, "--approver"),
        "reason": reason.strip(),
        "measure": measure.strip(),
        "since": first,
        "until": until,
        "unit": str(book.unit.get("code") or ""),
    }
    core = {check for one in core_controls() for check in one.checks}
    whole = book_of.add(home_for(Path(inventory)), known[control], core, line, getpass.getuser())
    click.echo(say("waive.added", id=whole["id"], control=control, until=until))
    return 0


@waive.command("revoke", help=say("waive.revoke"))
@click.argument("waiver", metavar="ID")
@home_option
@click.option("--by", required=True, metavar="NAME", help=say("waive.revoker"))
@click.option("--remark", required=True, help=say("attest.remark"))
def revoke(waiver: str, inventory: str | None, by: str, remark: str) -> int:
    line = book_of.revoke(opened(inventory), waiver, person_given(by, "--by"), getpass.getuser(), remark)
    click.echo(say("waive.revoked", id=line["id"], control=line["control"], by=by))
    return 0


@waive.command("list", help=say("waive.list"))
@home_option
@click.option("--all", "everything", is_flag=True, help=say("waive.all"))
def list_(inventory: str | None, everything: bool) -> int:
    day = today().isoformat()
    lines = list(opened(inventory).book().waivers.values())
    found = [line for line in lines if everything or (line["state"] == ACCEPTED and line["until"] >= day)]
    for line in found:
        state = "ended" if line["state"] != ACCEPTED else "expired" if line["until"] < day else "standing"
        system = line["system"] or say("attest.unit")
        click.echo(say("waive.row", **{**line, "system": system, "state": say(f"waive.is-{state}")}))
    click.echo(say("waive.counted", count=len(found), day=day))
    return 0


COMMANDS: list[click.Command] = [waive]
