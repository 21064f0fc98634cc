"""``shiqu hub unit``: the register from the command line, for whoever sits at the hub."""

from __future__ import annotations

from pathlib import Path

import click
from sqlalchemy.engine import Connection

from hub.cli.options import HOME, beginning, console, reading, word, writing
from hub.clock import today
from hub.people import believed, log
from hub.registry import duties, keys, units, workbook
from hub.words import language
from scanner.errors import UseError
from scanner.ledger.ends import write_private

MAX_WORKBOOK = 16 * 1024 * 1024
DAY = click.DateTime(["%Y-%m-%d"])


@click.group("unit", help=word("hub.unit.help"))
def unit() -> None:
    pass


@unit.command("add", help=word("hub.unit.add.help"))
@click.argument("code")
@click.option("--name", required=True, help=word("hub.unit.name"))
@click.option("--parent", required=True, metavar="CODE", help=word("hub.unit.parent"))
@click.option("--rank", type=click.Choice(units.RANKS), default="unit", show_default=True, help=word("hub.unit.rank"))
@click.option("--division", default="", metavar="DIGITS", help=word("hub.unit.division"))
@click.option("--sort", default="", help=word("hub.unit.sort"))
@HOME
def add(code: str, name: str, parent: str, rank: str, division: str, sort: str, home: Path) -> int:
    with writing(home) as connection:
        made = units.add(connection, code, name, parent, rank=rank, since=today(), division=division, sort=sort)
        log.write(connection, console(), "unit.add", made.id, {"code": code, "parent": parent})
    click.echo(word("hub.unit.added", code=code, name=name))
    return 0


@unit.command("list", help=word("hub.unit.list.help"))
@click.option("--under", default=None, metavar="CODE", help=word("hub.unit.under"))
@HOME
def show(under: str | None, home: Path) -> int:
    with reading(home) as connection:
        path = units.find(connection, under).path if under is not None else units.top(connection).path
        rows = units.listed(connection, path)
        pinned = {row.id: sum(not key.revoked for key in keys.of_unit(connection, row.id, "sign")) for row in rows}
    for row in rows:
        state = word("hub.unit.retired", day=row.retired) if row.retired else word("hub.unit.keys", count=pinned[row.id])
        click.echo(f"{'  ' * (row.depth - rows[0].depth)}{row.code}  {row.name}  {word(f'rank.{row.rank}')}  {state}")
    return 0


@unit.command("move", help=word("hub.unit.move.help"))
@click.argument("code")
@click.argument("parent")
@HOME
def move(code: str, parent: str, home: Path) -> int:
    with writing(home) as connection:
        made = units.move(connection, code, parent)
        log.write(connection, console(), "unit.move", made.id, {"code": code, "parent": parent})
    click.echo(word("hub.unit.moved", code=code, parent=parent))
    return 0


@unit.command("retire", help=word("hub.unit.retire.help"))
@click.argument("code")
@HOME
def retire(code: str, home: Path) -> int:
    with writing(home) as connection:
        made = units.retire(connection, code, today())
        log.write(connection, console(), "unit.retire", made.id, {"code": code})
    click.echo(word("hub.unit.retired", day=made.retired))
    return 0


@unit.command("template", help=word("hub.unit.template.help"))
@click.option(
    "-o", "--output", required=True, type=click.Path(path_type=Path, dir_okay=False), metavar="FILE.xlsx", help=word("hub.unit.file")
)
def template(output: Path) -> int:
    if output.exists():
        raise UseError("hub-output-exists", file=output)
    write_private(output, workbook.template(language()))
    click.echo(word("hub.unit.template-written", file=output))
    return 0


@unit.command("import", help=word("hub.unit.import.help"))
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@HOME
def import_(file: Path, home: Path) -> int:
    rows = workbook.read(bounded(file, MAX_WORKBOOK), str(file))
    with writing(home) as connection:
        done = workbook.enter(connection, rows, today(), None)
        log.write(connection, console(), "unit.import", None, {"added": done.added, "amended": done.amended, "keys": done.keys})
    click.echo(word("hub.unit.imported", added=done.added, amended=done.amended, systems=done.systems, keys=done.keys))
    return 0


@unit.command("key", help=word("hub.unit.key.help"))
@click.argument("code")
@click.argument("public", required=False, type=click.Path(path_type=Path, dir_okay=False), metavar="[PUB]")
@click.option("--role", type=click.Choice(keys.ROLES), default="unit", show_default=True, help=word("hub.unit.key.role"))
@click.option("--purpose", type=click.Choice(keys.PURPOSES), default=None, help=word("hub.unit.key.purpose"))
@click.option("--since", type=DAY, default=None, metavar="YYYY-MM-DD", help=word("hub.unit.key.since"))
@click.option("--until", type=DAY, default=None, metavar="YYYY-MM-DD", help=word("hub.unit.key.until"))
@click.option("--revoke", "fingerprint", default=None, metavar="FINGERPRINT", help=word("hub.unit.key.revoke"))
@HOME
def key(
    code: str, public: Path | None, role: str, purpose: str | None, since: object, until: object, fingerprint: str | None, home: Path
) -> int:
    first, last = _day(since) or today(), _day(until)
    if (public is None) == (fingerprint is None):
        raise UseError("hub-key-which")
    with writing(home) as connection:
        held = units.find(connection, code)
        if public is not None:
            made = keys.pin(connection, code, bounded(public, 64 * 1024), since=first, until=last, role=role, purpose=purpose)
            log.write(connection, console(), "key.pin", held.id, {"fingerprint": made.fingerprint, "role": role})
        else:
            made = _revoked(connection, held.id, fingerprint or "", first)
    click.echo(
        word("hub.unit.key.pinned" if public is not None else "hub.unit.key.revoked", code=code, fingerprint=made.fingerprint, day=first)
    )
    return 0


@unit.command("duty", help=word("hub.unit.duty.help"))
@click.argument("code")
@click.option("--profile", required=True, help=word("hub.unit.duty.profile"))
@click.option("--cycle", type=click.Choice(tuple(duties.CYCLES)), default="quarter", show_default=True, help=word("hub.unit.duty.cycle"))
@click.option("--due", type=click.IntRange(0, duties.MAX_DUE), default=15, show_default=True, help=word("hub.unit.duty.due"))
@click.option("--since", type=DAY, default=None, metavar="YYYY-MM-DD", help=word("hub.unit.duty.since"))
@HOME
def duty(code: str, profile: str, cycle: str, due: int, since: object, home: Path) -> int:
    with writing(home) as connection:
        made = duties.bind(connection, code, profile, cycle, due=due, since=_day(since) or today())
        log.write(connection, console(), "duty.bind", made.unit_id, {"duty": made.id, "profile": profile, "cycle": cycle})
    click.echo(word("hub.unit.duty.bound", code=code, profile=profile, cycle=word(f"cycle.{cycle}"), due=due))
    return 0


def bounded(path: Path, most: int) -> bytes:
    """A file that is not too large. Raises UseError."""
    data = beginning(path, most + 1)
    if len(data) > most:
        raise UseError("hub-workbook-large", file=path)
    return data


def _revoked(connection: Connection, unit_id: int, fingerprint: str, day: str) -> keys.Key:
    if not any(one.fingerprint == fingerprint for one in keys.of_unit(connection, unit_id)):
        raise UseError("hub-key-unknown", fingerprint=fingerprint[:80])
    made = keys.revoke(connection, fingerprint, day, believed.look(connection, today()).day)
    log.write(connection, console(), "key.revoke", unit_id, {"fingerprint": fingerprint, "day": day})
    return made


def _day(value: object) -> str:
    return value.strftime("%Y-%m-%d") if hasattr(value, "strftime") else ""


COMMANDS = (unit,)
