"""``shiqu hub backup``: make one, prove one, make a hub of one."""

from __future__ import annotations

from pathlib import Path

import click

from hub.cli.options import HOME, PASSPHRASE, own, word
from hub.ops import restore as restoring
from hub.ops.backup import Manifest, make
from hub.registry.own import SETTINGS, check_url, public_files
from scanner.errors import UseError
from scanner.ledger.keys import read_public

FILE = click.Path(path_type=Path, exists=True, dir_okay=False)


@click.command("backup", help=word("hub.backup.help"))
@HOME
@PASSPHRASE
@click.option("-o", "--output", type=click.Path(path_type=Path, dir_okay=False), metavar="FILE", help=word("hub.backup.output"))
@click.option("--verify", "verified", type=FILE, metavar="FILE", help=word("hub.backup.verify"))
@click.option("--restore", "restored", type=FILE, metavar="FILE", help=word("hub.backup.restore"))
@click.option("--database", "url", default="", metavar="URL", help=word("hub.backup.database"))
@click.option("--database-password", "password", default="", metavar="REF", help=word("hub.init.password"))
def backup(home: Path, reference: str, output: Path | None, verified: Path | None, restored: Path | None, url: str, password: str) -> int:
    if sum(given is not None for given in (output, verified, restored)) != 1:
        raise UseError("hub-backup-which")
    if output is not None:
        _make(home, reference, output)
    elif verified is not None:
        # Beside the hub itself its own key is at hand; elsewhere the fingerprint is shown for people to compare.
        key = read_public(public_files(home)[0]) if (home / SETTINGS).exists() else None
        _show("hub.backup.verified", verified, restoring.verify(verified, key))
    elif restored is not None:
        check_url(url)
        _show("hub.backup.restored", home, restoring.restore(restored, home, url, password))
    return 0


def _make(home: Path, reference: str, output: Path) -> None:
    hub = own(home, reference)
    try:
        made = make(hub, home, output)
    finally:
        hub.database.close()
    _show("hub.backup.made", made.path, made.manifest)


def _show(key: str, path: Path, manifest: Manifest) -> None:
    rows = sum(mark["rows"] for mark in manifest["tables"].values())
    head = manifest["head"]
    click.echo(word(key, file=path, hub=manifest["hub"], rows=rows, created=manifest["created"], n=head["n"], root=head["root"]))
    click.echo(word("hub.backup.key", fingerprint=manifest["key"]))


COMMANDS = (backup,)
