"""``shiqu judge``: re-judge recorded evidence; no network, same bytes every time."""

from __future__ import annotations

from pathlib import Path

import click

from scanner import flow
from scanner.cli.encrypting import encrypt_option, leaving_copies
from scanner.cli.output import RESULT, check_formats, exit_code, make_folder, write_results
from scanner.cli.replay import earlier_result, tell
from scanner.cli.words import say, sentence
from scanner.errors import KeepError
from scanner.ledger.shelf import Shelf
from scanner.model.canonical import canonical_unchecked, strict_loads


def judge_shelf(path: Path, profile: str | None) -> dict[str, object]:
    """Open, judge, close."""
    shelf = Shelf(path)
    try:
        result = flow.judge(shelf, profile, lambda name: click.echo(say("scan.value-unknown", name=name), err=True))
    finally:
        shelf.close()
    loaded: dict[str, object] = strict_loads(canonical_unchecked(result))
    return loaded


@click.command("judge", help=say("judge.help"))
@click.argument("shelves", nargs=-1, required=True, metavar="SHELF…")
@click.option("-i", "--inventory", default=None, help=say("judge.inventory"))
@click.option("-p", "--profile", default=None, help=say("scan.profile"))
@click.option("-o", "--output", default=None, metavar="DIR", help=say("scan.output"))
@click.option("--format", "formats", default="json,html", help=say("scan.format"))
@click.option("--lang", type=click.Choice(["zh", "en"]), default="zh", help=say("scan.lang"))
@encrypt_option
@click.option("--against", default=None, metavar="RESULT", help=say("judge.against"))
def judge(
    shelves: tuple[str, ...], inventory: str | None, profile: str | None, output: str | None, formats: str, lang: str, against: str | None
) -> int:
    names = [name.strip() for name in formats.split(",") if name.strip()]
    check_formats(names)
    worst, broken = 0, False
    for index, named in enumerate(shelves):
        path = Path(named)
        if path.is_dir():
            # A folder of a run: its shelf, or what a killed scan left.
            path = flow.close_interrupted(path) or path / flow.SHELF
        earlier = earlier_result(path, against)
        result = judge_shelf(path, profile)
        run_id = str(result["run"]["id"])  # type: ignore[index]
        folder = make_folder(output if len(shelves) == 1 else f"{output or 'shiqu-out'}/{index + 1}-{run_id}", f"{run_id}-judged")
        paths = write_results(folder, result, names, lang)
        for written in [*paths, *leaving_copies(paths)]:
            click.echo(written)
        try:
            tell(earlier, result, (folder / RESULT).read_bytes(), folder, profile is not None)
        except KeepError as error:
            click.echo(sentence(error), err=True)
            broken = True
        code = exit_code(result)
        worst = max(worst, {0: 0, 4: 1, 1: 2}[code])
    return KeepError.exit_code if broken else {0: 0, 1: 4, 2: 1}[worst]


COMMANDS = [judge]
