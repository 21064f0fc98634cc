"""``shiqu hub table NAME -o FILE``: a view as XLSX, CSV or JSON."""

from __future__ import annotations

from pathlib import Path

import click

from hub.cli.acting import AS, acting
from hub.cli.notice import write
from hub.cli.options import HOME, PASSPHRASE, own, word
from hub.clock import today
from hub.views import sheets
from hub.words import language
from scanner.errors import UseError


@click.command("table", help=word("hub.table.help"))
@click.argument("name", type=click.Choice(sheets.NAMES))
@click.option("--unit", default="", metavar="CODE", help=word("hub.work.unit"))
@click.option("--late", is_flag=True, help=word("board.late"))
@click.option("-o", "--output", type=click.Path(path_type=Path, dir_okay=False), required=True, help=word("hub.work.output"))
@HOME
@PASSPHRASE
@AS
def table(name: str, unit: str, late: bool, output: Path, home: Path, reference: str, code: str) -> int:
    form = output.suffix.removeprefix(".")
    if form not in sheets.FORMATS:
        raise UseError("hub-table-form", file=output)
    hub, lang = own(home, reference), language()
    with hub.database.reading() as connection:
        sight = acting(connection, hub, code)
        made = sheets.table(connection, sight, name, {"unit": unit, "late": "1" if late else ""}, today(), lang)
    write(output, sheets.written(made, form, today(), lang, sight.person))
    click.echo(word("hub.work.written", file=output, count=len(made.rows)))
    return 0


COMMANDS = (table,)
