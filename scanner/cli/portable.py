"""``shiqu portable write|read``: hosts that cannot be reached."""

from __future__ import annotations

import getpass
from collections.abc import Sequence
from pathlib import Path

import click

from scanner import flow
from scanner.cli.asking import carried_request, local_options, plain_request
from scanner.cli.output import write_whole
from scanner.cli.words import say
from scanner.collect.gather import now_text
from scanner.collect.portable import MAX_ANSWER, Carried, read_answer, write_powershell, write_script
from scanner.errors import UseError
from scanner.model.absent import Why
from scanner.model.target import Target
from scanner.rulebook.book import rulebook
from scanner.rulebook.plan import make_plan
from scanner.targets.inventory import read_inventory


@click.group("portable", help=say("portable.help"))
def portable() -> None:
    pass


@portable.command("write", help=say("portable.write"))
@click.option("--kind", default="linux", help=say("portable.kind"))
@click.option("-o", "--output", required=True, metavar="FILE", help=say("portable.file"))
def write(kind: str, output: str) -> int:
    if kind not in ("linux", "windows"):
        raise UseError("portable-kind", kind=kind)
    windows = kind == "windows"
    plan = make_plan([Target(id="host", kind="windows" if windows else "linux")], rulebook())
    write_whole(Path(output), (write_powershell if windows else write_script)(plan.probes["host"]))
    click.echo(say("portable.written-windows" if windows else "portable.written", file=output))
    return 0


@portable.command("read", help=say("portable.read"))
@click.argument("answers", nargs=-1, required=True, metavar="ANSWER…")
@click.option("-i", "--inventory", default=None, metavar="FILE", help=say("portable.inventory"))
@click.option("-o", "--output", required=True, metavar="SHELF", help=say("portable.shelf"))
def read(answers: tuple[str, ...], inventory: str | None, output: str) -> int:
    rulebook()
    book = None if inventory is None else read_inventory(Path(inventory))
    carried = [_read(Path(name)) for name in answers]
    ids = apart([item.host for item in carried])
    targets = tuple(Target(id=name, kind=item.kind, address="portable") for name, item in zip(ids, carried, strict=True))
    options = local_options(getpass.getuser())
    request = plain_request(targets, options) if book is None else carried_request(book, targets, options)
    shelf = flow.shelve(
        request, Path(output), {name: (item.evidence, item.reading.privilege) for name, item in zip(ids, carried, strict=True)}
    )
    for name, item in zip(ids, carried, strict=True):
        refused = sum(evidence.absent is not None and evidence.absent.why is Why.NO_PERMISSION for evidence in item.evidence)
        if refused:
            click.echo(say("portable.refused", host=name, count=refused, all=len(item.evidence)), err=True)
    click.echo(shelf)
    return 0


def apart(names: Sequence[str]) -> list[str]:
    """An id for every answer: two of one host name stay two targets, and a made-up id never takes the name of another host."""
    taken = {name for name in names if names.count(name) == 1}
    ids = []
    for name in names:
        new, number = name, 0
        while names.count(name) > 1 and (number == 0 or new in taken):
            number += 1
            new = f"{name}-{number}"
        taken.add(new)
        ids.append(new)
    return ids


def _read(path: Path) -> Carried:
    try:
        with path.open("rb") as stream:
            data = stream.read(MAX_ANSWER + 1)
        if len(data) > MAX_ANSWER:
            raise UseError("portable-answer", file=path, detail="> 64 MiB")
        return read_answer(data, str(path), now_text())
    except OSError as error:
        raise UseError("file-unreadable", file=path, detail=error.strerror or "?") from None


COMMANDS = [portable]
