"""``shiqu hazards list|show|assign|verify|close|export``: the unit's hazards, registered and struck off one by one."""

from __future__ import annotations

import getpass
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import click

from scanner.cli.hazard_words import register, registers, row, told
from scanner.cli.keeping import day_given, hazard_summary, home_option, opened, overdue, person_given, today
from scanner.cli.marking import checked_marking
from scanner.cli.output import read_result, write_whole
from scanner.cli.proof import proven, shelf_option
from scanner.cli.words import language, say
from scanner.errors import UseError
from scanner.flow.keeping import enter
from scanner.ledger.chain import now_text
from scanner.ledger.home import Book, Home, read_paper
from scanner.ledger.striking import may_review
from scanner.model.hazard import CLASSES, LEVELS, REVIEW, STATES, open_hazard
from scanner.model.persons import share_person


@click.group("hazards", help=say("hazards.help"))
def hazards() -> None:
    pass


@hazards.command("list", help=say("hazards.list"))
@home_option
@click.option("--all", "everything", is_flag=True, help=say("hazards.all"))
@click.option("--overdue", "late", is_flag=True, help=say("hazards.overdue-only"))
@click.option("--level", type=click.Choice(LEVELS), default=None, help=say("hazards.level"))
@click.option("--state", type=click.Choice(STATES), default=None, help=say("hazards.state"))
@click.option("--risk", type=click.Choice(CLASSES), default=None, help=say("hazards.risk"))
@click.option("--owner", default=None, help=say("hazards.owner"))
def list_(
    inventory: str | None, everything: bool, late: bool, level: str | None, state: str | None, risk: str | None, owner: str | None
) -> int:
    day = today()
    wanted = {"level": level, "state": state, "risk": risk, "owner": owner}
    found = [
        line
        for line in _sorted(opened(inventory).book())
        if (everything or state is not None or open_hazard(line))
        and (not late or overdue(line, day))
        and all(value is None or line[key] == value for key, value in wanted.items())
    ]
    for line in found:
        click.echo(row(line, overdue(line, day)))
    click.echo(say("hazards.counted", count=len(found), overdue=sum(overdue(line, day) for line in found), day=day.isoformat()))
    return 0


@hazards.command("show", help=say("hazards.show"))
@click.argument("hazard", metavar="ID")
@home_option
@click.option("--result", default=None, metavar="RESULT", help=say("hazards.result"))
def show(hazard: str, inventory: str | None, result: str | None) -> int:
    book = opened(inventory).book()
    line = _one(book, hazard)
    document = read_result(Path(result)) if result is not None else None
    for text in told(line, book, document, today()):
        click.echo(text)
    return 0


@hazards.command("assign", help=say("hazards.assign"))
@click.argument("names", nargs=-1, required=True, metavar="ID…")
@home_option
@click.option("--owner", required=True, help=say("hazards.owner"))
@click.option("--deadline", required=True, metavar="YYYY-MM-DD", help=say("hazards.deadline"))
@click.option("--measure", required=True, help=say("hazards.measure"))
def assign(names: tuple[str, ...], inventory: str | None, owner: str, deadline: str, measure: str) -> int:
    home = opened(inventory)
    book = home.book()
    what = {"owner": person_given(owner, "--owner"), "deadline": day_given(deadline, "--deadline"), "measure": measure.strip()}
    if not what["measure"]:
        raise UseError("measure-missing", option="--measure")
    if what["deadline"] < today().isoformat():
        raise UseError("deadline-past", value=deadline, day=today().isoformat())
    lines = [_open_one(book, name) for name in names]
    entries = [
        _entry(book, line, "assigned", at, what) for at, line in enumerate(lines) if any(line[key] != value for key, value in what.items())
    ]
    home.write(entries)
    for line in lines:
        click.echo(say("hazards.assigned", id=line["id"], **what))
    return 0


@hazards.command("verify", help=say("hazards.verify"))
@click.argument("names", nargs=-1, metavar="[ID…]")
@home_option
@click.option("--result", default=None, metavar="RESULT", help=say("hazards.verify-result"))
@shelf_option
@click.option("--mended", "mended_by", default=None, metavar="NAME", help=say("hazards.mended"))
def verify(names: tuple[str, ...], inventory: str | None, result: str | None, shelf: str | None, mended_by: str | None) -> int:
    """Exit 0 when none of those asked about stands any more, else 1."""
    home = opened(inventory)
    chosen = [_one(home.book(), name)["id"] for name in names]
    document = proven(Path(result), shelf) if result is not None else None
    if mended_by is not None:
        _mended(home, chosen, person_given(mended_by, "--mended"))
    if document is not None:
        click.echo(hazard_summary(enter(home, document)))
    book = home.book()
    lines = [line for line in _sorted(book) if line["id"] in chosen or (not chosen and open_hazard(line))]
    for line in lines:
        click.echo(row(line, overdue(line, today())))
        if open_hazard(line):
            click.echo("    " + say(f"hazard.open.{line['open_why'] or 'unmet'}"))
    return 1 if any(open_hazard(line) for line in lines) else 0


def _mended(home: Home, chosen: Sequence[str], by: str) -> None:
    if not chosen:
        raise UseError("hazard-none-named")
    book = home.book()
    lines = [_open_one(book, name) for name in chosen]
    home.write([_entry(book, line, "reported", at, {"by": by}) for at, line in enumerate(lines) if line["state"] != REVIEW])


@hazards.command("close", help=say("hazards.close"))
@click.argument("hazard", metavar="ID")
@home_option
@click.option("--by", "first", required=True, metavar="NAME", help=say("hazards.by"))
@click.option("--second", required=True, metavar="NAME", help=say("hazards.second"))
@click.option("--statement", required=True, help=say("hazards.statement"))
@click.option("--evidence", "papers", multiple=True, required=True, metavar="FILE", help=say("hazards.evidence"))
def close(hazard: str, inventory: str | None, first: str, second: str, statement: str, papers: tuple[str, ...]) -> int:
    home = opened(inventory)
    book = home.book()
    line = _open_one(book, hazard)
    by = [person_given(first, "--by"), person_given(second, "--second")]
    if share_person(*by):
        raise UseError("two-persons", name=by[0])
    if not statement.strip():
        raise UseError("measure-missing", option="--statement")
    reason = may_review(line)
    if reason is not None:
        raise UseError("hazard-machine-sees", id=line["id"], why=say(f"hazard.review.{reason}"))
    keys = [home.keep_paper(data) for data in [read_paper(Path(paper)) for paper in papers]]
    closed = {"how": "reviewed", "run": "", "time": now_text(), "evidence": keys, "by": by, "statement": statement.strip()}
    home.write([_entry(book, line, "reviewed", 0, {"closed": closed})])
    click.echo(say("hazards.closed", id=line["id"], by="、".join(by), count=len(keys)))
    return 0


@hazards.command("export", help=say("hazards.export"))
@home_option
@click.option("-o", "--output", required=True, metavar="FILE", help=say("hazards.output"))
@click.option("--open", "only_open", is_flag=True, help=say("hazards.open-only"))
@click.option("--lang", type=click.Choice(["zh", "en"]), default=None, help=say("scan.lang"))
@click.option("--marking", default=None, metavar="MARK", callback=checked_marking, help=say("report.marking"))
def export(inventory: str | None, output: str, only_open: bool, lang: str | None, marking: str | None) -> int:
    book = opened(inventory).book()
    path = Path(output)
    renderers = registers()
    name = path.suffix.removeprefix(".").lower()
    if name not in renderers:
        raise UseError("format-unknown", name=name or output, known=", ".join(sorted(renderers)))
    lines = [line for line in _sorted(book) if not only_open or open_hazard(line)]
    write_whole(path, renderers[name].load()(register(lines, book, today()), lang=lang or language(), marking=marking))
    click.echo(say("hazards.exported", file=path, count=len(lines), day=today().isoformat()))
    return 0


def _sorted(book: Book) -> list[dict[str, Any]]:
    return sorted(
        book.hazards.values(), key=lambda line: (not open_hazard(line), LEVELS.index(line["level"]), line["target"], line["check"])
    )


def _one(book: Book, name: str) -> dict[str, Any]:
    """A hazard by its id or by an unambiguous beginning of it. Raises UseError."""
    wanted = name.upper()
    found = [key for key in book.hazards if key == wanted or (len(wanted) > 3 and key.startswith(wanted))]
    if len(found) != 1:
        raise UseError("hazard-unknown", id=name[:40], count=len(found))
    return book.hazards[found[0]]


def _open_one(book: Book, name: str) -> dict[str, Any]:
    line = _one(book, name)
    if not open_hazard(line):
        raise UseError("hazard-closed", id=line["id"])
    return line


def _entry(book: Book, line: Mapping[str, Any], event: str, at: int, more: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
    body = {"key": f"{event}:{line['id']}:{len(book.rows) + at}", "id": line["id"], "event": event, "operator": getpass.getuser()}
    return "hazard", body | dict(more)


COMMANDS: list[click.Command] = [hazards]
