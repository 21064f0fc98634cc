"""``shiqu attest template|import|accept|reject|withdraw|list``: what persons state of clauses that no machine can see."""

from __future__ import annotations

import getpass
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import click

from scanner.cli.keeping import INVENTORY, home_option, opened, person_given, today
from scanner.cli.output import read_result, write_whole
from scanner.cli.words import say
from scanner.errors import UseError
from scanner.ledger import attest as book_of
from scanner.ledger.attest import Asked, Terms, read_form, settle, submit
from scanner.ledger.attest_sheet import read_checklist, to_workbook, to_yaml
from scanner.ledger.home import home_for
from scanner.model.control import Control, Profile
from scanner.model.declaration import ACCEPTED
from scanner.rulebook.grades import profile_for, profile_named
from scanner.rulebook.profiles import profiles
from scanner.targets.inventory import Inventory, read_inventory

NOTES = 7
"""How many sentences ``attest.note-N`` there are."""


def needs_inventory(command: Any) -> Any:
    """``-i INVENTORY``, which there must be: it says which systems there are, and where the home stands."""
    return click.option("-i", "--inventory", callback=_inventory, default=None, metavar="FILE", help=say("attest.inventory"))(command)


def _inventory(_context: click.Context, _option: click.Parameter, value: str | None) -> str:
    """The inventory that was named, else the one in this folder."""
    if value is None and not Path(INVENTORY).is_file():
        raise UseError("inventory-needed", file=INVENTORY)
    return value if value is not None else INVENTORY


@click.group("attest", help=say("attest.help"))
def attest() -> None:
    pass


@attest.command("template", help=say("attest.template"))
@needs_inventory
@click.option("-p", "--profile", default=None, help=say("scan.profile"))
@click.option("--system", "systems", multiple=True, metavar="ID", help=say("attest.system"))
@click.option("--result", default=None, metavar="RESULT", help=say("attest.result"))
@click.option("--all", "everything", is_flag=True, help=say("attest.all"))
@click.option("-o", "--output", required=True, metavar="FILE", help=say("attest.output"))
def template(inventory: str, profile: str | None, systems: tuple[str, ...], result: str | None, everything: bool, output: str) -> int:
    path = Path(output)
    if path.exists() or path.is_symlink():
        raise UseError("file-exists", file=path)
    kind = path.suffix.lower()
    if kind not in (".xlsx", ".yaml", ".yml"):
        raise UseError("format-unknown", name=kind or output, known=".xlsx, .yaml")
    book = read_inventory(Path(inventory))
    for name in systems:
        _known_system(book, name)
    open_items = _open_items(Path(result)) if result is not None else None
    lines = [
        asked
        for asked in _asked(book, profile, systems, everything)
        if open_items is None or (asked.system, asked.control.id) in open_items
    ]
    notes = [say(f"attest.note-{number}") for number in range(1, NOTES + 1)]
    write_whole(path, (to_workbook if kind == ".xlsx" else to_yaml)(lines, notes))
    click.echo(say("attest.written", file=path, count=len(lines)))
    return 0


def _known_system(book: Inventory, name: str) -> None:
    known = [system.id for system in book.systems]
    if name not in known:
        raise UseError("system-unknown", id=name, known=", ".join(known))


def _asked(book: Inventory, profile: str | None, systems: tuple[str, ...], everything: bool) -> Iterator[Asked]:
    for system in book.systems:
        if systems and system.id not in systems:
            continue
        for control in _profile(profile or system.profile or profile_for(system.grade).id).controls:
            if everything or control.verify != "automatic" or control.pending:
                yield Asked(control=control, system=system.id)


def _profile(name: str) -> Profile:
    found = profile_named(name)
    if found is None:
        raise UseError("profile-unknown", id=name, known=", ".join(sorted(profiles())))
    return found


def _open_items(path: Path) -> set[tuple[str | None, str]]:
    document = read_result(path)
    return {
        (system["id"], finding["control"])
        for system in document["systems"]
        for finding in system["findings"]
        if finding["result"] == "insufficient"
    }


@attest.command("import", help=say("attest.import"))
@click.argument("file", metavar="FILE")
@needs_inventory
@click.option("--by", default=None, metavar="NAME", help=say("attest.importer"))
def import_(file: str, inventory: str, by: str | None) -> int:
    book = read_inventory(Path(inventory))
    systems = [system.id for system in book.systems]
    terms = Terms(controls=every_control(), systems=systems, day=today(), unit=str(book.unit.get("code") or ""))
    forms = read_checklist(Path(file))
    found = [read_form(form, terms) for form in forms]
    stated = [one for one in found if one is not None]
    if not stated:
        raise UseError("attest-nothing", file=file)
    operator = person_given(by or getpass.getuser(), "--by")
    new = submit(home_for(Path(inventory)), stated, operator, getpass.getuser())
    click.echo(say("attest.imported", file=file, count=len(stated), new=new, blank=len(forms) - len(stated)))
    for one in stated:
        click.echo("  " + row(one.line, today().isoformat()))
    return 0


def every_control() -> Mapping[str, Control]:
    """Every clause of every installed profile, by id."""
    return {control.id: control for profile in profiles().values() for control in profile.controls}


def _settle(names: tuple[str, ...], inventory: str | None, state: str, by: str, remark: str) -> int:
    home = opened(inventory)
    ids = list(names)
    if ids == ["all"]:
        ids = [line["id"] for line in home.book().attestations.values() if line["state"] == book_of.SUBMITTED]
    mine = book_of.entered_from(home.book(), getpass.getuser())
    for line in settle(home, ids, state, person_given(by, "--by"), getpass.getuser(), remark):
        click.echo(say(f"attest.{state}", id=line["id"], control=line["control"], by=by))
        if state == ACCEPTED and line["id"] in mine:
            click.echo(say("attest.same-account", id=line["id"], account=getpass.getuser()), err=True)
    return 0


@attest.command("accept", help=say("attest.accept"))
@click.argument("names", nargs=-1, required=True, metavar="ID…|all")
@home_option
@click.option("--by", required=True, metavar="NAME", help=say("attest.reviewer"))
@click.option("--remark", default="", help=say("attest.remark"))
def accept(names: tuple[str, ...], inventory: str | None, by: str, remark: str) -> int:
    return _settle(names, inventory, ACCEPTED, by, remark)


@attest.command("reject", help=say("attest.reject"))
@click.argument("names", nargs=-1, required=True, metavar="ID…")
@home_option
@click.option("--by", required=True, metavar="NAME", help=say("attest.reviewer"))
@click.option("--remark", required=True, help=say("attest.remark"))
def reject(names: tuple[str, ...], inventory: str | None, by: str, remark: str) -> int:
    return _settle(names, inventory, book_of.REJECTED, by, remark)


@attest.command("withdraw", help=say("attest.withdraw"))
@click.argument("names", nargs=-1, required=True, metavar="ID…")
@home_option
@click.option("--by", required=True, metavar="NAME", help=say("attest.withdrawer"))
@click.option("--remark", required=True, help=say("attest.remark"))
def withdraw(names: tuple[str, ...], inventory: str | None, by: str, remark: str) -> int:
    return _settle(names, inventory, book_of.WITHDRAWN, by, remark)


@attest.command("list", help=say("attest.list"))
@home_option
@click.option(
    "--state",
    type=click.Choice([book_of.SUBMITTED, ACCEPTED, book_of.REJECTED, book_of.WITHDRAWN, "expired"]),
    default=None,
    help=say("attest.state"),
)
def list_(inventory: str | None, state: str | None) -> int:
    day = today().isoformat()
    found = [line for line in opened(inventory).book().attestations.values() if state in (None, standing(line, day))]
    for line in found:
        click.echo(row(line, day))
    click.echo(say("attest.counted", count=len(found), day=day))
    return 0


def standing(line: Mapping[str, Any], day: str) -> str:
    """Its state; an accepted one that has run out is ``expired``, and not there."""
    return "expired" if line["state"] == ACCEPTED and line["until"] < day else str(line["state"])


def row(line: Mapping[str, Any], day: str) -> str:
    """One line of the list."""
    return say(
        "attest.row",
        id=line["id"],
        state=say(f"attest.is-{standing(line, day)}"),
        control=line["control"],
        system=line["system"] or say("attest.unit"),
        says=say(f"attest.says-{line['says']}"),
        by=line["by"],
        since=line["since"],
        until=line["until"],
        papers=len(line["evidence"]),
    )


COMMANDS: list[click.Command] = [attest]
