"""``shiqu diff``: two results side by side, for one change or from year to year; exit 1 when anything became worse."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import click

from scanner.assess.change import BETTER, OTHER, WORSE, Change, Comparison, compare
from scanner.cli.hazard_words import title as check_title
from scanner.cli.output import read_result, write_whole
from scanner.cli.words import say
from scanner.model.canonical import canonical

PARTS = ((WORSE, "diff.worse"), (BETTER, "diff.better"), (OTHER, "diff.other"))


@click.command("diff", help=say("diff.help"))
@click.argument("old")
@click.argument("new")
@click.option("--change", "occasion", default=None, metavar="TEXT", help=say("diff.change"))
@click.option("--json", "as_json", is_flag=True, help=say("diff.json"))
@click.option("-o", "--output", default=None, metavar="FILE", help=say("diff.output"))
def diff(old: str, new: str, occasion: str | None, as_json: bool, output: str | None) -> int:
    before, after = read_result(Path(old)), read_result(Path(new))
    found = compare(before, after)
    data = _json(found, before, after) if as_json else ("\n".join(told(found, before, after, occasion)) + "\n").encode()
    if output is not None:
        write_whole(Path(output), data)
    click.echo(data.decode(), nl=False)
    return 1 if found.of(WORSE) else 0


def told(found: Comparison, before: Mapping[str, Any], after: Mapping[str, Any], occasion: str | None) -> Iterator[str]:
    """The comparison in words."""
    if occasion is not None:
        yield say("diff.title", change=occasion)
    for key, result in (("diff.before", before), ("diff.after", after)):
        run = result["run"]
        yield say(key, run=run["id"], finished=run["finished"], shelf=run["shelf"][7:19], rulebook=run["rulebook"][7:19])
    for note in found.notes:
        yield say(f"diff.note.{note}")
    for sort, heading in PARTS:
        lines = found.of(sort)
        yield say(heading, count=len(lines))
        for line in lines:
            yield "  " + _line(line)
    yield say("diff.same", count=found.same)
    yield say("diff.conclusion-worse" if found.of(WORSE) else "diff.conclusion-good")


def _line(change: Change) -> str:
    words = {"subject": change.subject, "key": change.key, "old": _word(change.what, change.old), "new": _word(change.what, change.new)}
    title = check_title(change.key) if change.what == "verdict" else ""
    return say(f"diff.line.{change.what}", **words, title=title)


_WORDS = {"verdict": "status", "finding": "diff.result", "core": "core-state", "gate": "gate", "target": "diff.target"}


def _word(what: str, value: str) -> str:
    return say("diff.none") if value == "-" else say(f"{_WORDS[what]}.{value}")


def _json(found: Comparison, before: Mapping[str, Any], after: Mapping[str, Any]) -> bytes:
    lines = [{"sort": c.sort, "what": c.what, "subject": c.subject, "key": c.key, "old": c.old, "new": c.new} for c in found.changes]
    runs = {"old": before["run"]["id"], "new": after["run"]["id"]}
    return canonical({"schema": "shiqu/diff/1", **runs, "changes": lines, "same": found.same, "notes": list(found.notes)}) + b"\n"


COMMANDS = [diff]
