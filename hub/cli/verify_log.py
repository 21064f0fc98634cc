"""``shiqu hub verify-log``: compute the log's tree anew and hold it against signed heads and receipts."""

from __future__ import annotations

from pathlib import Path

import click

from hub.cli.options import HOME, reading, word
from hub.cli.unit import bounded
from hub.people import log
from hub.registry.own import public_files, read_settings
from scanner.errors import KeepError, UseError
from scanner.ledger.envelope import open_envelope
from scanner.ledger.keys import read_public
from scanner.model.canonical import strict_loads
from scanner.model.dispatch import RECEIPT

MAX_RECEIPT = 1024 * 1024
SHOWN = 50


@click.command("verify-log", help=word("hub.verify-log.help"))
@click.argument("receipts", nargs=-1, type=click.Path(path_type=Path, dir_okay=False), metavar="[RECEIPT]…")
@HOME
def verify_log(receipts: tuple[Path, ...], home: Path) -> int:
    key, code = read_public(public_files(home)[0]), read_settings(home).code
    witnesses = [_witness(path, key.fingerprint) for path in receipts]
    with reading(home) as connection:
        faults, head = log.verify(connection, code, [key], witnesses), log.head(connection)
    for fault in faults[:SHOWN]:
        click.echo(word(f"fault.{fault.code}", n=fault.n))
    if faults:
        raise KeepError("hub-log-broken", count=len(faults))
    click.echo(word("hub.verify-log.whole", n=head.n, root=head.root, receipts=len(receipts)))
    return 0


def _witness(path: Path, fingerprint: str) -> tuple[int, str]:
    """Size and root that a receipt of this hub holds. Raises UseError, KeepError."""
    held = open_envelope(bounded(path, MAX_RECEIPT))
    said = strict_loads(held.members["receipt.json"]) if held.manifest["kind"] == RECEIPT and held.key.fingerprint == fingerprint else None
    if not isinstance(said, dict) or not isinstance(said.get("log"), int) or not isinstance(said.get("root"), str):
        raise UseError("hub-log-receipt", file=path)
    return said["log"], said["root"]


COMMANDS = (verify_log,)
