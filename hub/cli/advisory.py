"""``shiqu hub advisory list|publish|pack``."""

from __future__ import annotations

from pathlib import Path

import click

from hub.cli.acting import AS, acting
from hub.cli.options import HOME, PASSPHRASE, beginning, own, word
from hub.words import language, say
from hub.work import advisories, packs
from scanner.model.hazard import LEVELS


@click.group("advisory", help=word("hub.advisory.help"))
def advisory() -> None:
    pass


@advisory.command("list", help=word("hub.advisory.list"))
@HOME
@PASSPHRASE
@AS
def listed(home: Path, reference: str, code: str) -> int:
    hub = own(home, reference)
    with hub.database.reading() as connection:
        sight = acting(connection, hub, code)
        found, held = advisories.listed(connection, sight), packs.listed(connection, sight)
    for one in found:
        click.echo(f"{one.code}  {say(f'hazard.level.{one.level}', language())}  {one.title}  {one.where.name}  {one.issued[:10]}")
    for pack in held:
        click.echo(f"{word('pack.title')}  {pack.name}  {pack.version}  {pack.digest}")
    if not found and not held:
        click.echo(word("hub.work.none"))
    return 0


@advisory.command("publish", help=word("advisory.new"))
@click.option("--title", required=True, help=word("advisory.heading"))
@click.option("--level", type=click.Choice(LEVELS), default="high", show_default=True, help=word("advisory.level"))
@click.option("--text", "file", type=click.Path(path_type=Path, exists=True, dir_okay=False), required=True, help=word("hub.advisory.text"))
@click.option("--check", "checks", multiple=True, metavar="ID", help=word("advisory.checks"))
@click.option("--unit", default="", metavar="CODE", help=word("hub.work.unit"))
@HOME
@PASSPHRASE
@AS
def publish(title: str, level: str, file: Path, checks: tuple[str, ...], unit: str, home: Path, reference: str, code: str) -> int:
    hub = own(home, reference)
    with hub.database.writing() as connection:
        sight = acting(connection, hub, code)
        text = beginning(file, packs.MAX_SIZE + 1).decode("utf-8", "replace")
        wanted = unit or sight.root(connection).code
        told = advisories.publish(connection, hub, sight, unit_code=wanted, title=title, level=level, text=text, checks=checks)
    click.echo(word("hub.work.issued", number=told))
    return 0


@advisory.command("pack", help=word("pack.add"))
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@HOME
@PASSPHRASE
@AS
def pack(file: Path, home: Path, reference: str, code: str) -> int:
    hub = own(home, reference)
    with hub.database.writing() as connection:
        made = packs.add(connection, hub, acting(connection, hub, code), beginning(file, packs.MAX_SIZE + 1))
    click.echo(f"{made.name}  {made.version}  {made.digest}")
    return 0


COMMANDS = (advisory,)
