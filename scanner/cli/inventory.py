"""``shiqu inventory check|template|import``."""

from __future__ import annotations

import ipaddress
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from scanner.cli.output import write_whole
from scanner.cli.words import say
from scanner.errors import UseError
from scanner.rulebook.yaml_lines import load_lined
from scanner.targets.fields import network
from scanner.targets.inventory import HOST_KINDS, Inventory, LoginEntry, parse_inventory, read_inventory
from scanner.targets.writing import ORDER, render

WORKBOOKS = (".xlsx", ".xlsm", ".xls", ".et")
"""What spreadsheet programs write: whatever of these is no .xlsx is refused as a workbook, not read as something else."""


@click.group("inventory", help=say("inventory.help"))
def inventory() -> None:
    pass


@inventory.command("check", help=say("inventory.check"))
@click.argument("file")
def check(file: str) -> int:
    book = read_inventory(Path(file))
    click.echo(say("inventory.good", file=file))
    summary(book)
    return 0


@inventory.command("template", help=say("inventory.template"))
@click.option("-o", "--output", required=True, metavar="FILE.xlsx", help=say("inventory.file"))
def template(output: str) -> int:
    from scanner.targets import workbook

    path = _fresh(output)
    write_whole(path, workbook.template([say(f"inventory.note-{number}") for number in range(1, 7)]))
    click.echo(say("inventory.template-written", file=path))
    return 0


@inventory.command("import", help=say("inventory.import"))
@click.argument("file", metavar="FILE")
@click.option("-o", "--output", default="inventory.yaml", show_default=True, metavar="FILE", help=say("inventory.file"))
def import_(file: str, output: str) -> int:
    path = _fresh(output)
    if Path(file).suffix.lower() in WORKBOOKS:
        from scanner.targets import workbook

        data, skipped = workbook.read_workbook(Path(file), path)
        foreign: list[str] = []
    else:
        from scanner.targets.importers import read_foreign

        data, foreign = read_foreign(Path(file))
        skipped = []
    text = dump(data)
    # What is written is read once more, as a scan would read it.
    book = parse_inventory(load_lined(text, output), path)
    write_whole(path, text.encode())
    if skipped:
        click.echo(say("inventory.skipped", cells=" ".join(skipped)))
    if foreign:
        click.echo(say("import.skipped", items=" ".join(foreign[:20])))
    click.echo(say("inventory.imported", file=path))
    summary(book)
    return 0


def dump(data: Mapping[str, Any]) -> str:
    """An inventory as YAML text."""
    return render(data, {key: say(f"inventory.comment-{key}") for key in ORDER}, say("inventory.comment"))


def _fresh(output: str) -> Path:
    path = Path(output)
    if path.exists() or path.is_symlink():
        raise UseError("file-exists", file=path)
    return path


def summary(book: Inventory) -> None:
    """Print what the inventory says, without user secrets or references to them."""
    unit, scope, none = book.unit, book.scope, say("inventory.none")
    rank = none if unit["rank"] == "unknown" else say(f"rank.{unit['rank']}")
    click.echo(say("inventory.unit", name=unit["name"] or none, code=unit["code"], region=unit["region"] or none, rank=rank))
    allow, until = " ".join(scope.written) or none, scope.until or none
    click.echo(say("inventory.scope", allow=allow, by=scope.authorised_by or none, until=until, hours=scope.hours))
    for name, zone in book.zones.items():
        click.echo(say("inventory.zone", name=name, kind=say(f"zone-kind.{zone['kind']}"), networks=" ".join(zone["networks"]) or none))
    for system in book.systems:
        count = sum(target.system == system.id for target in book.targets)
        holds = say(f"holds.{system.holds}")
        click.echo(say("inventory.system", id=system.id, name=system.name, grade=system.grade, holds=holds, count=count))
    for kind, count in sorted(Counter(target.kind for target in book.targets).items()):
        click.echo(say("inventory.kind", kind=say(f"kind.{kind}"), count=count))
    for login in book.logins.values():
        elevate = "su" if login.su else "sudo" if login.sudo else none
        click.echo(say("inventory.login", name=login.name, user=login.user or none, how=_how(login), elevate=elevate))
    _notes(book)


def _how(login: LoginEntry) -> str:
    if login.key is not None:
        return say("inventory.login-key")
    return say("inventory.login-secret" if login.password is not None else "inventory.login-agent")


def _notes(book: Inventory) -> None:
    if not book.targets:
        click.echo(say("inventory.no-targets"))
    for ids in book.same_hosts():
        click.echo(say("inventory.same-host", ids=" ".join(ids)))
    for target in book.targets:
        if target.kind in HOST_KINDS and target.address != "local" and target.login is None:
            click.echo(say("inventory.no-login", id=target.id))
    if not book.scope.allow:
        click.echo(say("inventory.no-scope"))
        return
    for target in book.targets:
        if target.address is not None and _outside(target.address, book):
            click.echo(say("inventory.outside", id=target.id, address=target.address))


def _outside(address: str, book: Inventory) -> bool:
    """Whether an IP address stands outside the scope; names are not resolved here, so they are not judged."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return False
    return not any(found in net for net in map(network, book.scope.allow) if net is not None)


COMMANDS: list[click.Command] = [inventory]
