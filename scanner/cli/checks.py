"""``shiqu checks list|show|test|new``."""

from __future__ import annotations

import re
from importlib.resources import files
from pathlib import Path

import click

from scanner.cli.words import language, say
from scanner.errors import UseError
from scanner.rulebook.book import Check, rulebook
from scanner.rulebook.sheet import ID


@click.group("checks", help=say("checks.help"))
def checks() -> None:
    pass


@checks.command("list", help=say("checks.list"))
@click.argument("pattern", default="*")
def list_(pattern: str) -> int:
    from fnmatch import fnmatchcase

    for check in rulebook().checks.values():
        if fnmatchcase(check.id, pattern):
            click.echo(f"{check.id:44} {check.sheet.severity:9} {getattr(check.sheet.title, language())}")
    return 0


def _find(check_id: str) -> Check:
    found = rulebook().checks.get(check_id)
    if found is None:
        raise UseError("check-unknown", id=check_id)
    return found


@checks.command("show", help=say("checks.show"))
@click.argument("check_id")
def show(check_id: str) -> int:
    check = _find(check_id)
    sheet, lang = check.sheet, language()
    click.echo(f"{sheet.id}  [{sheet.severity}]  {getattr(sheet.title, lang)}\n")
    for key in ("why", "remedy"):
        click.echo(f"{say('checks.' + key)}: {getattr(getattr(sheet, key), lang)}\n")
    for need in check.judge.needs:
        probe = need.spec.probe
        click.echo(f"{say('checks.asks')}: {probe.id} ({probe.via}{', root' if probe.root else ''})")
    for name, default in check.judge.parameters.items():
        words = sheet.parameters.get(name)
        shown = f"{getattr(words.words, lang)} {words.cac or ''}" if words is not None else ""
        click.echo(f"{say('checks.parameter')}: {sheet.id}:{name} = {default!r}  {shown}")
    for key, items in sheet.references.items():
        click.echo(f"{key}: {', '.join(items)}")
    return 0


@checks.command("test", help=say("checks.test"))
@click.argument("check_ids", nargs=-1)
def test(check_ids: tuple[str, ...]) -> int:
    from scanner.testing import run_example

    book = rulebook()
    failed = 0
    total = 0
    for check in [_find(name) for name in check_ids] or book.checks.values():
        for example in check.sheet.examples:
            total += 1
            try:
                run_example(check, example)
            except AssertionError as error:
                failed += 1
                click.echo(str(error))
    click.echo(say("checks.tested", total=total, failed=failed))
    return 1 if failed else 0


@checks.command("new", help=say("checks.new"))
@click.argument("check_id")
@click.option("-o", "--output", default=".", metavar="DIR", help=say("checks.new-output"))
def new(check_id: str, output: str) -> int:
    if not ID.fullmatch(check_id):
        raise UseError("sheet-id-shape", file="-", line=1, id=check_id)
    stem = re.sub(r"[^a-z0-9]+", "_", check_id.partition(".")[2])
    folder = Path(output)
    folder.mkdir(parents=True, exist_ok=True)
    for suffix, template in ((".py", "new_check.py.txt"), (".yaml", "new_check.yaml.txt")):
        path = folder / (stem + suffix)
        if path.exists():
            raise UseError("file-exists", file=path)
        text = files("scanner.rulebook").joinpath("templates", template).read_text("utf-8")
        path.write_text(text.replace("@ID@", check_id).replace("@STEM@", stem), "utf-8")
        click.echo(path)
    return 0


COMMANDS = [checks]
