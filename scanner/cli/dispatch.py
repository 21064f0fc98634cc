"""``shiqu dispatch make|read|send|fetch|list|again|resume``: the sealed envelope to the hub, and what comes back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import click

from scanner.cli.dispatch_fetch import fetch_command
from scanner.cli.dispatch_read import read_command, read_file, trust_at
from scanner.cli.dispatch_send import send_command
from scanner.cli.encrypting import recipients
from scanner.cli.keeping import home_option, opened
from scanner.cli.key_files import grouped, open_key
from scanner.cli.marking import checked_marking
from scanner.cli.output import RESULT, read_result, result_of
from scanner.cli.proof import proof
from scanner.cli.words import say
from scanner.errors import KeepError, UseError
from scanner.flow.keeping import classified
from scanner.ledger.bulletin import alias_with, bulletin_of, check_bulletin, sealed
from scanner.ledger.ends import write_private
from scanner.ledger.envelope import SUFFIX, encrypted
from scanner.ledger.home import Home
from scanner.ledger.keys import PrivateKey, PublicKey
from scanner.ledger.outbox import Outbox, Sent, letter_of
from scanner.ledger.reply import acknowledged
from scanner.ledger.seal import NOBODY
from scanner.ledger.verify import open_seal
from scanner.model.canonical import canonical, canonical_unchecked, digest
from scanner.model.dispatch import DISCLOSURE, FULL, MASKED

SEAL = RESULT + ".seal"


@click.group("dispatch", help=say("dispatch.help"))
def dispatch() -> None:
    pass


@dispatch.command("make", help=say("dispatch.make.help"))
@click.argument("results", nargs=-1, required=True, metavar="RESULT|DIR…")
@home_option
@click.option("--disclosure", type=click.Choice(DISCLOSURE), default=MASKED, show_default=True, help=say("dispatch.disclosure"))
@click.option("--key", "named", required=True, metavar="KEY", help=say("dispatch.key"))
@click.option("--passphrase", "reference", default="ask", metavar="REF", help=say("keys.passphrase"))
@click.option("--to", default=None, metavar="CODE", help=say("dispatch.to"))
@click.option("--first", is_flag=True, help=say("dispatch.first"))
@click.option("--marking", default=None, metavar="MARK", callback=checked_marking, help=say("dispatch.marking"))
@click.option("--encrypt-to", "encrypt_to", multiple=True, metavar="PUB|age1…", help=say("dispatch.encrypt-to"))
@click.option("-o", "--output", default=None, metavar="FILE|DIR", help=say("dispatch.output"))
def make_command(
    results: tuple[str, ...],
    inventory: str | None,
    disclosure: str,
    named: str,
    reference: str,
    to: str | None,
    first: bool,
    marking: str | None,
    encrypt_to: tuple[str, ...],
    output: str | None,
) -> int:
    readers = recipients(encrypt_to)
    home = opened(inventory)
    if output is not None and len(results) > 1 and not Path(output).is_dir():
        raise UseError("dispatch-output", count=len(results), file=output)
    paths = [result_of(Path(name)) for name in results]
    documents = [read_result(path) for path in paths]
    outbox = Outbox(home)
    addressee = _addressee(outbox, to, first)
    for document in documents:
        _may_leave(document, disclosure, marking)
    key = open_key(named, reference)
    for path, document in zip(paths, documents, strict=True):
        sent = _send(home, outbox, path, document, (disclosure, marking or "", addressee), key)
        target = _target(output, sent, document)
        _write(target, sent.data, readers)
        _tell(target, sent, readers)
    return 0


def _addressee(outbox: Outbox, to: str | None, first: bool) -> str:
    """To whom: whoever changes the spelling of an addressee would begin a second row of numbers at the same hub. Raises UseError."""
    known = [str(body["to"]) for body in outbox.sent()]
    if to is None:
        return known[-1] if known else ""
    if known and to not in known and not first:
        raise UseError("dispatch-addressee", to=to or "-", known=" ".join(sorted({name or "-" for name in known})))
    return to


def _may_leave(document: Mapping[str, Any], disclosure: str, marking: str | None) -> None:
    """What concerns classified matters bears a mark that a person decided on, and never leaves whole. Raises UseError."""
    if str(document["run"]["unit"].get("code") or "") in NOBODY:
        raise UseError("dispatch-no-unit", run=document["run"]["id"])
    if classified(document) and marking is None:
        raise UseError("dispatch-mark-needed", run=document["run"]["id"])
    if disclosure == FULL and (marking or classified(document)):
        raise UseError("dispatch-marked", marking=marking or "-")


def _send(home: Home, outbox: Outbox, path: Path, document: Mapping[str, Any], how: tuple[str, str, str], key: PrivateKey) -> Sent:
    disclosure, marking, to = how
    unit, data = str(document["run"]["unit"]["code"]), canonical_unchecked(document)
    if key.unit not in ("", unit):
        raise UseError("seal-other-unit", unit=key.unit, other=unit)
    _entered(home, document, data)
    behind = proof(path, document)
    if not behind.how:
        click.echo(say("dispatch.unproven", file=path, why=say(f"proof.{behind.lacking}")), err=True)
    bulletin, whole = bulletin_of(document, disclosure, alias_with(outbox.alias_secret())), {RESULT: data}
    held = path.with_name(path.name + ".seal")
    if held.is_file():
        seal = open_seal(held)
        if seal.statement.result != digest(data):
            raise KeepError("dispatch-seal-other", file=path, seal=held)
        bulletin, whole = sealed(bulletin, seal.digest), whole | {SEAL: held.read_bytes()}
    text = canonical(bulletin)
    check_bulletin(text, disclosure)
    return outbox.send(letter_of(text, unit, to, document["run"]["id"], disclosure, marking, whole), key)


def _entered(home: Home, document: Mapping[str, Any], data: bytes) -> None:
    """Raise KeepError when the ledger knows another result of this run."""
    run = document["run"]["id"]
    if any(held["run"] == run and held.get("result", digest(data)) != digest(data) for held in home.book().runs):
        raise KeepError("run-entered-otherwise", file=home.chain.path, run=run)


def _target(output: str | None, sent: Sent, document: Mapping[str, Any]) -> Path:
    """The named file, or ``UNIT-000001.shiqu`` in the named folder or here."""
    if output is not None and not Path(output).is_dir():
        return Path(output)
    unit = "".join(char if char.isascii() and (char.isalnum() or char in "-_") else "_" for char in str(document["run"]["unit"]["code"]))
    return Path(output or ".") / f"{unit}-{sent.body['sequence']:06d}{SUFFIX}"


def _write(target: Path, data: bytes, readers: Sequence[PublicKey]) -> None:
    write_private(target, encrypted(data, readers))


def _tell(target: Path, sent: Sent, readers: Sequence[PublicKey]) -> None:
    body = sent.body
    key = "dispatch.made" if sent.anew else "dispatch.made-again"
    click.echo(
        say(key, file=target, sequence=body["sequence"], to=body["to"] or say("dispatch.above"), digest=grouped(body["digest"])[:27])
    )
    click.echo(
        say("dispatch.holds", disclosure=say(f"dispatch.disclosure.{body['disclosure']}"), marking=body["marking"] or "-", run=body["run"])
    )
    if not readers:
        click.echo(say("dispatch.clear"))


@dispatch.command("list", help=say("dispatch.list.help"))
@home_option
def list_command(inventory: str | None) -> int:
    outbox = Outbox(opened(inventory))
    answers, sent = outbox.answers(), outbox.sent()
    for body in sent:
        answer = answers.get(body["digest"])
        said = say("dispatch.answered", time=answer["received"], hub=answer["hub"]) if answer is not None else say("dispatch.unanswered")
        click.echo(
            say(
                "dispatch.row",
                sequence=body["sequence"],
                to=body["to"] or say("dispatch.above"),
                run=body["run"],
                disclosure=say(f"dispatch.disclosure.{body['disclosure'] or 'lost'}"),
                answer=said,
            )
        )
    click.echo(say("dispatch.counted", count=len(sent), open=sum(body["digest"] not in answers for body in sent)))
    return 0


@dispatch.command("again", help=say("dispatch.again.help"))
@click.argument("sequence", type=click.IntRange(min=1))
@home_option
@click.option("--to", default=None, metavar="CODE", help=say("dispatch.to"))
@click.option("--encrypt-to", "encrypt_to", multiple=True, metavar="PUB|age1…", help=say("dispatch.encrypt-to"))
@click.option("-o", "--output", required=True, metavar="FILE", help=say("dispatch.output"))
def again_command(sequence: int, inventory: str | None, to: str | None, encrypt_to: tuple[str, ...], output: str) -> int:
    readers = recipients(encrypt_to)
    outbox = Outbox(opened(inventory))
    addressee = _addressee(outbox, to, False)
    body = next((held for held in outbox.sent() if held["sequence"] == sequence and held["to"] == addressee), None)
    if body is None:
        raise UseError("dispatch-no-number", sequence=sequence, to=addressee or "-")
    sent = Sent(outbox.copy(body), body, anew=False)
    _write(Path(output), sent.data, readers)
    _tell(Path(output), sent, readers)
    return 0


@dispatch.command("resume", help=say("dispatch.resume.help"))
@click.argument("receipt", metavar="RECEIPT")
@home_option
@click.option("--trust", "trusted", default=None, metavar="DIR", help=say("dispatch.trust"))
@click.option("--to", default=None, metavar="CODE", help=say("dispatch.to"))
def resume_command(receipt: str, inventory: str | None, trusted: str | None, to: str | None) -> int:
    home = opened(inventory)
    found = acknowledged(read_file(Path(receipt)), trust_at(trusted))
    if found.not_trusted is not None:
        raise KeepError("dispatch-resume-doubtful", why=say(f"verify.why.{found.not_trusted}"))
    units = {str(run["unit"]) for run in home.book().runs} - {*NOBODY}
    if units and found.receipt["unit"] not in units:
        raise UseError("receipt-foreign", sequence=found.receipt["sequence"], unit=found.receipt["unit"])
    outbox = Outbox(home)
    anew = outbox.resume(found.envelope, found.receipt, _addressee(outbox, to, False))
    click.echo(say("dispatch.resumed" if anew else "dispatch.resumed-before", sequence=found.receipt["sequence"]))
    return 0


dispatch.add_command(read_command)
dispatch.add_command(send_command)
dispatch.add_command(fetch_command)
COMMANDS: list[click.Command] = [dispatch]
