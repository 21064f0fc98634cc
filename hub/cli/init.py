"""``shiqu hub init`` and ``shiqu hub upgrade``: make a hub, and bring its schema to this release."""

from __future__ import annotations

from pathlib import Path

import click

from hub.cli.options import HOME, PASSPHRASE, new_passphrase, word
from hub.registry.own import Settings, connect, found, public_files, read_settings
from hub.registry.units import RANKS
from hub.store import migrate
from scanner.ledger.keys import SIGNING


@click.command("init", help=word("hub.init.help"))
@HOME
@click.option("--unit", "code", required=True, metavar="CODE", help=word("hub.init.unit"))
@click.option("--name", required=True, help=word("hub.init.name"))
@click.option("--rank", type=click.Choice(RANKS), default="county", show_default=True, help=word("hub.init.rank"))
@click.option("--division", default="", metavar="DIGITS", help=word("hub.init.division"))
@click.option("--database", "url", default="", metavar="URL", help=word("hub.init.database"))
@click.option("--database-password", "password", default="", metavar="REF", help=word("hub.init.password"))
@click.option("--algorithm", type=click.Choice(SIGNING), default="ed25519", show_default=True, help=word("hub.init.algorithm"))
@PASSPHRASE
def init(home: Path, code: str, name: str, rank: str, division: str, url: str, password: str, algorithm: str, reference: str) -> int:
    made = found(
        home,
        Settings(code, url, password),
        name=name,
        rank=rank,
        division=division,
        algorithm=algorithm,
        passphrase=new_passphrase(reference),
    )
    sign, encrypt = public_files(home)
    click.echo(word("hub.init.made", dir=home, code=code, fingerprint=made.sign.public.fingerprint, sign=sign, encrypt=encrypt))
    made.database.close()
    return 0


@click.command("upgrade", help=word("hub.upgrade.help"))
@HOME
def upgrade(home: Path) -> int:
    database = connect(home, read_settings(home))
    before = migrate.current(database)
    migrate.upgrade(database)
    click.echo(word("hub.upgrade.done", before=before or "-", after=migrate.current(database)))
    database.close()
    return 0


COMMANDS = (init, upgrade)
