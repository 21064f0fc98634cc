"""``shiqu ledger add|list|verify|export``: the unit's ledger itself."""

from __future__ import annotations

import getpass
from collections.abc import Iterator
from pathlib import Path

import click

from scanner.cli.keeping import hazard_summary, home_option, opened, person_given
from scanner.cli.output import read_result, result_of, write_whole
from scanner.cli.proof import proven, shelf_option
from scanner.cli.words import say
from scanner.errors import KeepError, UseError
from scanner.flow.keeping import enter
from scanner.ledger.chain import Row, now_text
from scanner.ledger.home import Home, home_for, read_book
from scanner.ledger.statement import SUFFIX
from scanner.ledger.verify import open_seal
from scanner.model.canonical import canonical


@click.group("ledger", help=say("ledger.help"))
def ledger() -> None:
    pass


@ledger.command("add", help=say("ledger.add"))
@click.argument("results", nargs=-1, metavar="[RESULT…]")
@home_option
@shelf_option
@click.option("--note", default=None, help=say("ledger.note"))
@click.option("--by", default=None, metavar="NAME", help=say("ledger.by"))
def add(results: tuple[str, ...], inventory: str | None, shelf: str | None, note: str | None, by: str | None) -> int:
    home = home_for(Path(inventory) if inventory is not None else None)
    if not results and not note:
        raise UseError("ledger-nothing")
    for document in [proven(Path(named), shelf) for named in results]:
        click.echo(hazard_summary(enter(home, document)))
    if note:
        name = person_given(by or getpass.getuser(), "--by")
        home.write([("note", {"key": f"note:{now_text()}:{name}:{note[:200]}", "text": note, "by": name, "operator": getpass.getuser()})])
    rows, head = home.chain.head()
    click.echo(say("ledger.added", rows=rows, head=head))
    return 0


@ledger.command("list", help=say("ledger.list"))
@home_option
@click.option("--kind", default=None, help=say("ledger.kind"))
def list_(inventory: str | None, kind: str | None) -> int:
    for row in opened(inventory).chain.rows():
        if kind is None or row.kind == kind:
            click.echo(_told(row))
    return 0


def _told(row: Row) -> str:
    body = row.body
    what = body.get("event") or body.get("run") or body.get("text") or ""
    return say(
        "ledger.row", n=row.n, time=row.time, kind=say(f"ledger.kind.{row.kind}"), what=what, id=body.get("id", ""), head=row.digest[7:19]
    )


@ledger.command("verify", help=say("ledger.verify"))
@home_option
@click.option("--against", multiple=True, metavar="RESULT", help=say("ledger.against"))
def verify(inventory: str | None, against: tuple[str, ...]) -> int:
    home = opened(inventory)
    rows, fault = home.chain.look()
    if fault is not None:
        raise KeepError("ledger-broken", file=home.chain.path, row=fault.row, detail=say(f"ledger.fault.{fault.code}"))
    for named in against:
        _receipt(home, rows, result_of(Path(named)))
    damaged = home.damaged_papers(read_book(rows))
    if damaged:
        raise KeepError("paper-damaged", dir=home.folder, count=len(damaged), first=damaged[0])
    for row in _set_back(rows):
        click.echo(say("ledger.set-back", n=row.n, time=row.time), err=True)
    click.echo(say("ledger.whole", file=home.chain.path, rows=len(rows), head=rows[-1].digest if rows else "-"))
    return 0


def _receipt(home: Home, rows: list[Row], path: Path) -> None:
    """A kept result knows the head that the ledger once had. Raises KeepError when the ledger has it no more."""
    seen = read_result(path)["run"].get("ledger") or {"rows": 0, "head": ""}
    number = seen["rows"]
    if number and (number > len(rows) or rows[number - 1].digest != seen["head"]):
        raise KeepError("ledger-rolled-back", file=home.chain.path, result=path, row=number)
    _sealed(home, rows, path)


def _sealed(home: Home, rows: list[Row], path: Path) -> None:
    """Where the ledger knows seals of this very result, the one beside it is among them. Raises KeepError."""
    beside = path.with_name(path.name + SUFFIX)
    if not beside.is_file():
        return
    seal = open_seal(beside)
    known = {row.body["seal"] for row in rows if row.kind == "seal" and row.body["result"] == seal.statement.result}
    if known and seal.digest not in known:
        raise KeepError("ledger-other-seal", file=home.chain.path, seal=beside, run=seal.statement.run)


def _set_back(rows: list[Row]) -> Iterator[Row]:
    """Rows that were written when the clock showed less than for the row before: it was set back, or somebody wrote them by hand."""
    latest = ""
    for row in rows:
        if row.time < latest:
            yield row
        latest = max(latest, row.time)


@ledger.command("export", help=say("ledger.export"))
@home_option
@click.option("-o", "--output", required=True, metavar="FILE", help=say("ledger.output"))
def export(inventory: str | None, output: str) -> int:
    home = opened(inventory)
    rows = home.chain.rows()
    lines = [
        canonical({"n": row.n, "prev": row.prev, "time": row.time, "kind": row.kind, "body": row.body, "digest": row.digest})
        for row in rows
    ]
    write_whole(Path(output), b"".join(line + b"\n" for line in lines))
    click.echo(say("ledger.exported", file=output, rows=len(rows)))
    return 0


COMMANDS: list[click.Command] = [ledger]
