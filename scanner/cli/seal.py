"""``shiqu seal``: sign a run, a shelf, a report or any file; lay a time token or a hub's receipt beside the signature."""

from __future__ import annotations

import getpass
from collections.abc import Sequence
from pathlib import Path

import click

from scanner.cli.keeping import home_option
from scanner.cli.key_files import grouped, open_key
from scanner.cli.marking import checked_markings
from scanner.cli.proof import check_replayed
from scanner.cli.rendered import check_rendered
from scanner.cli.words import say
from scanner.errors import UseError
from scanner.flow import now_text
from scanner.flow.keeping import note_seal
from scanner.ledger import pdf, stamp
from scanner.ledger.ends import write_private
from scanner.ledger.home import home_for
from scanner.ledger.keys import PrivateKey
from scanner.ledger.reply import receipt_of_seal
from scanner.ledger.seal import MAX_WHOLE, bindings, make, members_of
from scanner.ledger.statement import PARTS, RECEIPT, SUFFIX, TOKEN, Seal, pack, unpack
from scanner.ledger.trust import Trust
from scanner.ledger.verify import judge, open_seal


@click.command("seal", help=say("seal.help"))
@click.argument("paths", nargs=-1, required=True, metavar="SHELF|RESULT|REPORT…")
@click.option("--key", "named", default=None, metavar="KEY", help=say("seal.key"))
@click.option("--passphrase", "reference", default="ask", metavar="REF", help=say("keys.passphrase"))
@click.option("--marking", "markings", multiple=True, metavar="MARK", callback=checked_markings, help=say("seal.marking"))
@click.option("--query", is_flag=True, help=say("seal.query"))
@click.option("--timestamp", default=None, metavar="TSR", help=say("seal.timestamp"))
@click.option("--receipt", "given", default=None, metavar="FILE", help=say("seal.receipt"))
@home_option
def seal(
    paths: tuple[str, ...],
    named: str | None,
    reference: str,
    markings: tuple[str, ...],
    query: bool,
    timestamp: str | None,
    given: str | None,
    inventory: str | None,
) -> int:
    if (timestamp is not None or given is not None) and len(paths) != 1:
        raise UseError("seal-one-file")
    if named is None and timestamp is None and given is None:
        raise UseError("seal-key-needed")
    key = open_key(named, reference) if named is not None else None
    for name in paths:
        path = _seal(Path(name), key, markings) if key is not None else seal_of(Path(name))
        if key is not None:
            _noted(open_seal(path), inventory)
        if timestamp is not None:
            _lay_beside(path, {TOKEN: _token(Path(timestamp))})
            click.echo(say("seal.stamped", file=path))
        if given is not None:
            held = receipt_of_seal(Path(given)) or open_seal(Path(given)).beside
            _lay_beside(path, {part: held[part] for part in RECEIPT if part in held})
            click.echo(say("seal.receipted", file=path))
        if query:
            asked = path.with_suffix(".tsq")
            write_private(asked, stamp.query(open_seal(path).signature))
            click.echo(say("seal.queried", file=asked))
    return 0


def _noted(made: Seal, inventory: str | None) -> None:
    """Enter the seal of a run into the unit's ledger, where that knows the run; say so where it does not."""
    if made.statement.run is None:
        return
    home = home_for(Path(inventory) if inventory is not None else None)
    kept = note_seal(home, made, getpass.getuser())
    click.echo(say("seal.noted" if kept else "seal.not-noted", dir=home.folder, run=made.statement.run), err=not kept)


def seal_of(path: Path) -> Path:
    """The seal's file of a sealed file, a folder or a seal. Raises UseError."""
    if path.name.endswith(SUFFIX):
        return path
    _, first, _ = members_of(path)
    return first.with_name(first.name + SUFFIX)


def _seal(path: Path, key: PrivateKey, markings: Sequence[str]) -> Path:
    kind, first, files = members_of(path)
    bound = bindings(files, key.unit)
    check_rendered(files, markings)
    check_replayed(files)
    held: dict[str, bytes | Path] = {file.name: _document(file) for file in files}
    data = make(kind, held, bound, key, now_text())
    target = first.with_name(first.name + SUFFIX)
    write_private(target, data)
    made = unpack(data, target)
    for file in files:
        _inside(file, made)
    click.echo(say("seal.made", file=target, count=len(files), names=", ".join(file.name for file in files[:6])))
    click.echo(say("seal.by", fingerprint=grouped(key.public.fingerprint), code=made.statement.code or "-"))
    click.echo(say("seal.time-unproven", time=made.statement.time))
    return target


def _document(path: Path) -> bytes | Path:
    """The file, or for a PDF its document without the seal that is inside."""
    if path.suffix.lower() != ".pdf" or path.stat().st_size > MAX_WHOLE:
        return path
    return pdf.taken_apart(path.read_bytes())[0]


def _inside(path: Path, made: Seal) -> None:
    """Put the seal into a PDF as well, where its form allows; the list of pieces stays outside."""
    if path.suffix.lower() != ".pdf" or path.stat().st_size > MAX_WHOLE:
        return
    document = pdf.taken_apart(path.read_bytes())[0]
    beside = {name: data for name, data in made.beside.items() if name != PARTS}
    whole = pdf.embedded(document, pack(made.manifest, made.signature, made.key, beside))
    if whole is None:
        click.echo(say("seal.pdf-outside", file=path), err=True)
        return
    write_private(path, whole)


def _token(path: Path) -> bytes:
    try:
        with path.open("rb") as stream:
            return stamp.token_of(stream.read(stamp.MAX_TOKEN + 1))
    except OSError as error:
        raise UseError("file-unreadable", file=path, detail=error.strerror or "?") from None
    except ValueError as error:
        raise UseError("seal-token", file=path, detail=error) from None


def _lay_beside(path: Path, more: dict[str, bytes]) -> None:
    """Add members to a seal; refused when they are not of this seal. Raises KeepError."""
    old = open_seal(path)
    data = pack(old.manifest, old.signature, old.key, {**old.beside, **more})
    made = unpack(data, path)
    judge(path, made, path.name, Trust())
    write_private(path, data)
    for name in made.statement.files:
        if path.with_name(name).is_file():
            _inside(path.with_name(name), made)


COMMANDS = [seal]
