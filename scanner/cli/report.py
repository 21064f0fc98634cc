"""``shiqu report``: render results again."""

from __future__ import annotations

from pathlib import Path

import click

from scanner.cli.encrypting import encrypt_option, write_leaving
from scanner.cli.marking import checked_marking, tell_unmarked
from scanner.cli.output import EXTENSIONS, READERS, check_formats, make_folder, read_result, render, result_of
from scanner.cli.words import say


@click.command("report", help=say("report.help"))
@click.argument("results", nargs=-1, required=True, metavar="RESULT…")
@click.option("-f", "--format", "formats", default="html", help=say("scan.format"))
@click.option("--reader", type=click.Choice(READERS), default="liaison", help=say("report.reader"))
@click.option("--marking", default=None, metavar="MARK", callback=checked_marking, help=say("report.marking"))
@click.option("--lang", type=click.Choice(["zh", "en"]), default="zh", help=say("scan.lang"))
@click.option("-o", "--output", default=None, metavar="DIR", help=say("scan.output"))
@encrypt_option
def report(results: tuple[str, ...], formats: str, reader: str, marking: str | None, lang: str, output: str | None) -> int:
    names = [name.strip() for name in formats.split(",") if name.strip()]
    check_formats(names)
    for named in results:
        source = result_of(Path(named))
        result = read_result(source)
        folder = make_folder(output or str(source.resolve().parent), str(result["run"]["id"]))
        for name in names:
            middle = "" if reader == "liaison" else f".{reader}"
            path = folder / f"report{middle}.{EXTENSIONS.get(name, name)}"
            click.echo(write_leaving(path, render(name, result, lang, reader, marking)))
        tell_unmarked(result, marking, names)
    return 0


COMMANDS = [report]
