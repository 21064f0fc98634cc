"""``shiqu hub account``: the first three administrators, and help for those who locked themselves out."""

from __future__ import annotations

from pathlib import Path

import click
from sqlalchemy.engine import Connection

from hub.cli.options import HOME, console, reading, word, writing
from hub.clock import now
from hub.people import accounts, second
from hub.people.first_password import first_password
from hub.people.sight import ADMINISTRATORS, ROLES
from hub.registry import units
from scanner.errors import UseError


@click.group("account", help=word("hub.account.help"))
def account() -> None:
    pass


@account.command("first", help=word("hub.account.first.help"))
@click.option("--system", required=True, metavar="NAME=FULL", help=word("hub.account.first.system"))
@click.option("--security", required=True, metavar="NAME=FULL", help=word("hub.account.first.security"))
@click.option("--audit", required=True, metavar="NAME=FULL", help=word("hub.account.first.audit"))
@HOME
def first(system: str, security: str, audit: str, home: Path) -> int:
    made = []
    with writing(home) as connection:
        top = units.top(connection)
        if any(one.role in ADMINISTRATORS for one, _ in accounts.listed(connection, top.path)):
            raise UseError("hub-account-first-done")
        for role, told in zip(ADMINISTRATORS, (system, security, audit), strict=True):
            name, _, full_name = told.partition("=")
            made.append((role, name.strip(), _add(connection, name.strip(), full_name, role, top.code)))
    for role, name, password in made:
        click.echo(f"{word(f'role.{role}')}  {name}  {password}")
    click.echo(word("hub.account.once"))
    return 0


@account.command("add", help=word("hub.account.add.help"))
@click.argument("name")
@click.option("--full-name", required=True, help=word("hub.account.full-name"))
@click.option("--role", type=click.Choice(tuple(ROLES)), required=True, help=word("hub.account.role"))
@click.option("--unit", "code", required=True, metavar="CODE", help=word("hub.account.unit"))
@click.option("--origin", type=click.Choice(accounts.ORIGINS), default="local", show_default=True, help=word("hub.account.origin"))
@click.option("--subject", default="", help=word("hub.account.subject"))
@HOME
def add(name: str, full_name: str, role: str, code: str, origin: str, subject: str, home: Path) -> int:
    with writing(home) as connection:
        password = _add(connection, name, full_name, role, code, origin, subject)
    click.echo(f"{word(f'role.{role}')}  {name}  {password if origin == 'local' else ''}".rstrip())
    click.echo(word("hub.account.once" if origin == "local" else "hub.account.directory"))
    return 0


@account.command("list", help=word("hub.account.list.help"))
@HOME
def show(home: Path) -> int:
    with reading(home) as connection:
        rows = accounts.listed(connection, units.top(connection).path)
    for one, code in rows:
        state = "disabled" if one.disabled else "locked" if one.locked(now()) else "active"
        click.echo(f"{one.name}  {one.full_name}  {word(f'role.{one.role}')}  {code}  {word(f'accounts.{state}')}")
    return 0


@account.command("disable", help=word("hub.account.disable.help"))
@click.argument("name")
@HOME
def disable(name: str, home: Path) -> int:
    with writing(home) as connection:
        accounts.disable(connection, console(), name, now())
    click.echo(word("done.account-disable"))
    return 0


@account.command("unlock", help=word("hub.account.unlock.help"))
@click.argument("name")
@HOME
def unlock(name: str, home: Path) -> int:
    with writing(home) as connection:
        accounts.unlock(connection, console(), name)
    click.echo(word("done.account-unlock"))
    return 0


@account.command("reset", help=word("hub.account.reset.help"))
@click.argument("name")
@click.option("--second", "factor", is_flag=True, help=word("hub.account.reset.second"))
@HOME
def reset(name: str, factor: bool, home: Path) -> int:
    password = first_password()
    with writing(home) as connection:
        accounts.set_password(connection, console(), name, password, day=now()[:10], own=False)
        if factor:
            second.drop(connection, console(), accounts.find_account(connection, name))
    click.echo(f"{name}  {password}")
    click.echo(word("hub.account.once"))
    return 0


def _add(connection: Connection, name: str, full_name: str, role: str, code: str, origin: str = "local", subject: str = "") -> str:
    password = first_password()
    accounts.add(connection, console(), name, full_name, role, code, password=password, at=now(), origin=origin, subject=subject)
    return password


COMMANDS = (account,)
