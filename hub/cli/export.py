"""``shiqu hub export up|down|answers``: what goes to the hub above and to the units below, by wire or on a disc."""

from __future__ import annotations

from pathlib import Path

import click

from hub.cli.options import HOME, PASSPHRASE, database, own, word
from hub.courier import disc, downward, upward
from hub.courier.send import client, upload
from hub.registry.own import TRUST, Own
from hub.registry.units import find
from hub.words import told
from scanner.errors import KeepError, UseError
from scanner.ledger import age
from scanner.ledger.ends import write_private
from scanner.ledger.envelope import encrypted
from scanner.ledger.keys import PublicKey, read_public
from scanner.ledger.trust import Trust, read_trust
from scanner.model.dispatch import FIGURES, FULL
from scanner.secret import resolve_secret

trust_option = click.option("--trust", "pins", type=click.Path(path_type=Path), default=None, metavar="DIR", help=word("hub.export.trust"))


@click.group("export", help=word("hub.export.help"))
def export() -> None:
    pass


@export.command("up", help=word("hub.export.up.help"))
@HOME
@PASSPHRASE
@click.option("--to", default="", metavar="CODE", help=word("hub.export.to"))
@click.option("--disclosure", type=click.Choice(upward.DISCLOSURE), default=FIGURES, show_default=True, help=word("hub.export.disclosure"))
@click.option("--encrypt-to", "reader", default=None, metavar="PUB|age1…", help=word("hub.export.encrypt-to"))
@click.option("-o", "--output", type=click.Path(path_type=Path), default=None, metavar="FILE", help=word("hub.export.output"))
@click.option(
    "--disc", "folder", type=click.Path(path_type=Path, file_okay=False), default=None, metavar="DIR", help=word("hub.export.disc")
)
@click.option("--send", "url", default=None, metavar="URL", help=word("hub.export.send"))
@click.option("--ca", default=None, metavar="FILE", help=word("hub.export.ca"))
@click.option(
    "--certificate", "chain", type=(click.Path(path_type=Path), click.Path(path_type=Path)), default=None, metavar="PEM KEY",
    help=word("hub.export.certificate"),
)  # fmt: skip
@click.option("--certificate-passphrase", "chain_reference", default=None, metavar="REF", help=word("hub.export.certificate-passphrase"))
@click.option("--token", "token_reference", default=None, metavar="REF", help=word("hub.export.token"))
@click.option("--seconds", type=click.FloatRange(0, 86_400), default=300, show_default=True, help=word("hub.export.seconds"))
@trust_option
def up(
    home: Path,
    reference: str,
    to: str,
    disclosure: str,
    reader: str | None,
    output: Path | None,
    folder: Path | None,
    url: str | None,
    ca: str | None,
    chain: tuple[Path, Path] | None,
    chain_reference: str | None,
    token_reference: str | None,
    seconds: float,
    pins: Path | None,
) -> int:
    if [output, folder, url].count(None) != 2:
        raise UseError("hub-export-where")
    recipient = _recipient(reader)
    if disclosure == FULL and recipient is None:
        raise UseError("hub-export-full-plain")
    # Whose receipt would count is settled before anything leaves.
    trust = _pins(home, pins) if url is not None else Trust()
    hub = own(home, reference)
    made = upward.prepare(hub, hub.database, to, disclosure)
    data = encrypted(made.data, [recipient] if recipient is not None else [])
    click.echo(word("hub.export.made" if made.anew else "hub.export.made-again", sequence=made.sequence, to=to or word("hub.export.above")))
    if url is not None:
        certificate = (*chain, _secret(chain_reference) or "") if chain is not None else None
        with client(ca, certificate) as line:
            answer = upload(line, url, data, _secret(token_reference), seconds)
        upward.sent(hub.database, made.digest)
        click.echo(word("hub.export.answered", sequence=upward.answer(hub.database, answer, trust)))
    else:
        path = _laid(output, folder, hub, made, data)
        upward.sent(hub.database, made.digest)
        click.echo(word("hub.export.written", file=path))
    hub.database.close()
    return 0


def _laid(output: Path | None, folder: Path | None, hub: Own, made: upward.Outgoing, data: bytes) -> Path:
    if output is not None:
        write_private(output, data)
        return output
    assert folder is not None
    return disc.put(folder, disc.name_of(hub.code, upward.KIND, made.sequence, made.digest), data)


def _secret(reference: str | None) -> str | None:
    return resolve_secret(reference, word("hub.export.ask-secret")) if reference is not None else None


def _recipient(named: str | None) -> PublicKey | None:
    """Raises UseError for what is no key for encryption."""
    if named is None:
        return None
    try:
        key = age.recipient_of(named) if named.startswith("age1") else read_public(Path(named))
    except ValueError:
        raise UseError("key-not-for-encryption", key=named[:80]) from None
    if key.algorithm not in ("x25519", "sm2"):
        raise UseError("key-not-for-encryption", key=named[:80])
    return key


def _pins(home: Path, given: Path | None) -> Trust:
    folder = given if given is not None else home / TRUST
    if not folder.exists():
        raise UseError("hub-upper-unpinned", dir=folder)
    return read_trust(folder)


@export.command("answers", help=word("hub.export.answers.help"))
@HOME
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False), metavar="DIR")
@trust_option
def answers(home: Path, folder: Path, pins: Path | None) -> int:
    trust = _pins(home, pins)
    held = database(home)
    worst = 0
    places = [place for place in (folder / disc.RECEIPTS, folder) if place.is_dir()]
    if not places:
        raise UseError("hub-export-folder", dir=folder)
    for found in (found for place in places for found in disc.take(place)):
        try:
            if found.error is not None:
                raise found.error
            click.echo(word("hub.export.answered", sequence=upward.answer(held, found.data, trust)))
        except KeepError as error:
            # Our own envelopes lie there too, and those of others.
            if error.code != "reply-no-receipt":
                worst = error.exit_code
                click.echo(f"{found.name!r}: {told(error)}", err=True)
    held.close()
    return worst


@export.command("down", help=word("hub.export.down.help"))
@HOME
@click.argument("code", metavar="CODE")
@click.option(
    "--disc", "folder", type=click.Path(path_type=Path, file_okay=False), required=True, metavar="DIR", help=word("hub.export.disc")
)
@click.option("--again", is_flag=True, help=word("hub.export.again"))
def down(home: Path, code: str, folder: Path, again: bool) -> int:
    held = database(home)
    with held.reading() as connection:
        letters = downward.waiting(connection, find(connection, code).path, again=again)
    for one in letters:
        disc.put(folder / disc.DOWN, disc.name_of(one.code, one.kind, one.sequence, one.digest), one.data)
    # Noted when all of them lie there: whoever is stopped before writes them again.
    with held.writing() as connection:
        downward.handed(connection, letters)
    click.echo(word("hub.export.handed", count=len(letters), dir=folder / disc.DOWN))
    held.close()
    return 0


COMMANDS = (export,)
