"""``shiqu verify``: one sentence a file; 0 good and trusted, 4 intact but the key is not trusted, 5 broken."""

from __future__ import annotations

from pathlib import Path

import click

from scanner.cli.key_files import config_folder, grouped
from scanner.cli.words import say, sentence
from scanner.errors import KeepError
from scanner.ledger.pieces import Change
from scanner.ledger.statement import Statement
from scanner.ledger.trust import read_trust
from scanner.ledger.verify import Changed, Verified, files_of, open_seal, verify

NAMED = 8
"""How many changed places are named."""


@click.command("verify", help=say("verify.help"))
@click.argument("files", nargs=-1, required=True, metavar="FILE…")
@click.option("--trust", "trusted", default=None, metavar="DIR", help=say("verify.trust"))
@click.option("--code", default=None, metavar="CODE", help=say("verify.code"))
@click.option("--after", default=None, metavar="SEAL", help=say("verify.after"))
def verify_command(files: tuple[str, ...], trusted: str | None, code: str | None, after: str | None) -> int:
    place = Path(trusted) if trusted is not None else config_folder("trust")
    trust = read_trust(place if trusted is not None or place.is_dir() else None)
    older = open_seal(Path(after)).statement if after is not None else None
    worst = 0
    for named in files:
        try:
            for path in files_of(Path(named)):
                found = verify(path, trust)
                _wanted(found, code, older)
                click.echo(_words(found))
                worst = max(worst, 4 if found.not_trusted is not None else 0)
        except KeepError as error:
            worst = 5
            click.echo(sentence(error))
            for line in _places(error):
                click.echo("  " + line)
    return worst


def _wanted(found: Verified, code: str | None, older: Statement | None) -> None:
    """Raise KeepError when the paper copy or an earlier seal says otherwise."""
    statement = found.seal.statement
    if code is not None and statement.code != code.strip().upper():
        raise KeepError("seal-other-code", file=found.path, sealed=statement.code or "-", wanted=code)
    if older is not None and (statement.unit != older.unit or statement.time <= older.time):
        raise KeepError("seal-older", file=found.path, time=statement.time, than=older.time)


def _words(found: Verified) -> str:
    statement = found.seal.statement
    time = say("verify.proven", time=found.proven, by=found.proven_by) if found.proven else say("verify.unproven", time=statement.time)
    text = say(
        "verify.good" if found.not_trusted is None else "verify.not-trusted",
        file=found.path,
        unit=statement.unit or "-",
        run=statement.run or say("verify.no-run"),
        time=time,
        code=statement.code or "-",
        fingerprint=grouped(statement.key),
        why=say(f"verify.why.{found.not_trusted}") if found.not_trusted else "",
    )
    return text if found.name == found.path.name else text + say("verify.renamed", name=found.name)


def _places(error: KeepError) -> list[str]:
    if not isinstance(error, Changed) or not error.changes:
        return []
    lines = [_place(change) for change in error.changes[:NAMED]]
    if len(error.changes) > NAMED:
        lines.append(say("verify.more", count=len(error.changes) - NAMED))
    return lines


def _place(change: Change) -> str:
    how, label = change
    kind, where, number = label.split("|", 2)
    return say(f"verify.{how}", place=say(f"piece.{kind}", where=where, number=number))


COMMANDS = [verify_command]
