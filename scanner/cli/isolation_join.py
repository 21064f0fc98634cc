"""``shiqu isolation join``: both ends' records together, judged offline. What judging needs is loaded here alone: the ends do without."""

from __future__ import annotations

import getpass
from pathlib import Path

import click

from scanner.cli.words import say
from scanner.errors import UseError
from scanner.ledger.ends import is_record, load_ending, load_plan
from scanner.targets.inventory import read_inventory


@click.command("join", help=say("isolation.join"))
@click.argument("plan_file", metavar="PLAN")
@click.argument("files", nargs=-1, required=True, metavar="INNER OUTER… [SHELF…]")
@click.option("-i", "--inventory", default=None, metavar="FILE", help=say("judge.inventory"))
@click.option("-o", "--output", default=None, metavar="DIR", help=say("scan.output"))
@click.option("--format", "formats", default="html,json", help=say("scan.format"))
@click.option("--lang", type=click.Choice(["zh", "en"]), default="zh", help=say("scan.lang"))
def join(plan_file: str, files: tuple[str, ...], inventory: str | None, output: str | None, formats: str, lang: str) -> int:
    from scanner import flow
    from scanner.cli.asking import local_options, request_from
    from scanner.cli.judge import judge_shelf
    from scanner.cli.keeping import enter_run, hazard_summary
    from scanner.cli.output import check_formats, exit_code, make_folder, set_latest, write_results
    from scanner.cli.pair_lines import pair_lines
    from scanner.flow import joining

    names = [name.strip() for name in formats.split(",") if name.strip()]
    check_formats(names)
    paths = [Path(name) for name in files]
    for path in paths:
        if not path.is_file():
            raise UseError("file-unreadable", file=path, detail="?")
    inner, outers, shelves = _sorted(paths, Path(plan_file))
    trials = joining.trials_of(Path(plan_file), inner, outers)
    base = None
    if inventory is not None:
        base = request_from(read_inventory(Path(inventory)), (), local_options(getpass.getuser()), secrets=False)
    folder = make_folder(output, flow.new_run_id())
    shelf = joining.join(trials, shelves, base, folder, getpass.getuser())
    result = judge_shelf(shelf, None)
    for written in write_results(folder, result, names, lang):
        click.echo(written)
    if output is None:
        set_latest(folder)
    standing = enter_run(Path(inventory) if inventory is not None else None, result)
    for line in pair_lines(result):
        click.echo(line)
    if standing is not None:
        click.echo(hazard_summary(standing))
    return exit_code(result)


def _sorted(paths: list[Path], plan_file: Path) -> tuple[Path, list[Path], list[Path]]:
    """Inner record, outer records, shelves: each file says itself what it is."""
    found, _ = load_plan(plan_file)
    records = {path: load_ending(path, found)[0]["role"] for path in paths if is_record(path)}
    inner = [path for path, role in records.items() if role == "inner"]
    if len(inner) != 1:
        raise UseError("isolation-one-inner", count=len(inner))
    return inner[0], [path for path, role in records.items() if role == "outer"], [path for path in paths if path not in records]
