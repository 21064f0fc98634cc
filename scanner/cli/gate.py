"""``shiqu gate``: may it be released? In words that can be pasted into the minutes of a review."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import click

from scanner.assess.policy import FAIL, INSUFFICIENT, NOTE, OK, Before, Behind, Outcome, pass_gate
from scanner.cli.keeping import home_option, today
from scanner.cli.key_files import grouped
from scanner.cli.output import read_result, result_of, write_whole
from scanner.cli.proof import Proof, proof, shelf_for, shelf_option
from scanner.cli.words import language, say
from scanner.errors import KeepError, UseError
from scanner.ledger.home import Book, home_for
from scanner.model.canonical import canonical_unchecked, digest
from scanner.model.short_code import short_code
from scanner.rulebook.policies import SCENARIOS, Policy, policy_named
from scanner.rulebook.profiles import profiles
from scanner.rulebook.seal import rulebook_digest
from scanner.targets.inventory import read_inventory
from scanner.targets.zone_pairs import pair_targets

CODES = {"pass": 0, "fail": 1, "insufficient": 4}
PARTS = ((FAIL, "gate.part-fail"), (INSUFFICIENT, "gate.part-insufficient"), (OK, "gate.part-ok"), (NOTE, "gate.part-note"))


@click.command("gate", help=say("gate.help"))
@click.argument("results", nargs=-1, required=True, metavar="RESULT…")
@click.option("--policy", default="acceptance", show_default=True, metavar="NAME|FILE", help=say("gate.policy"))
@click.option("--scenario", type=click.Choice(SCENARIOS), default="build", show_default=True, help=say("gate.scenario"))
@home_option
@shelf_option
@click.option("-o", "--output", default=None, metavar="FILE", help=say("gate.output"))
def gate(results: tuple[str, ...], policy: str, scenario: str, inventory: str | None, shelf: str | None, output: str | None) -> int:
    rules = policy_named(policy)
    paths = [result_of(Path(name)) for name in results]
    documents = [read_result(path) for path in paths]
    proofs = [proof(path, document, shelf_for(path, document, paths, shelf)) for path, document in zip(paths, documents, strict=True)]
    behind = [_behind(found, document) for found, document in zip(proofs, documents, strict=True)]
    units = {str(document["run"]["unit"].get("code") or "") for document in documents}
    if len(units) > 1:
        raise UseError("gate-units", units=" ".join(sorted(units)))
    book = _ledger(inventory)
    if book is not None:
        _goes_on(book, documents)
    hazards, source = _hazards(documents, book)
    before = Before(
        results=documents,
        hazards=hazards,
        day=today(),
        scenario=scenario,
        behind=[Behind(seal=found.seal, replay=found.replay) for found in proofs],
        rulebook=rulebook_digest(),
        latest=_latest(book),
        declared=_declared(inventory),
    )
    outcome = pass_gate(rules.rules, before, rules.proof)
    text = "\n".join(minutes(outcome, rules, before, source, behind)) + "\n"
    if output is not None:
        write_whole(Path(output), text.encode())
    click.echo(text, nl=False)
    return CODES[outcome.verdict]


def _ledger(inventory: str | None) -> Book | None:
    """The unit's ledger, when it is named. Raises UseError, KeepError."""
    if inventory is None:
        return None
    home = home_for(Path(inventory))
    if not home.exists():
        raise UseError("home-missing", dir=home.folder)
    return home.book()


def _declared(inventory: str | None) -> list[str]:
    """What the unit has now, as far as the inventory is there: the home may stand elsewhere. Raises UseError."""
    if inventory is None or not Path(inventory).is_file():
        return []
    book = read_inventory(Path(inventory))
    return [target.id for target in (*book.targets, *pair_targets(book))]


def _goes_on(book: Book, documents: Sequence[Mapping[str, Any]]) -> None:
    """The ledger is the one that the results took along, or goes on from there: an older copy would not know what is open. Raises KeepError."""
    for document in documents:
        held = document["run"].get("ledger") or {"rows": 0, "head": ""}
        if held["rows"] and (held["rows"] > len(book.rows) or book.rows[held["rows"] - 1].digest != held["head"]):
            raise KeepError("ledger-not-of-result", run=document["run"]["id"], rows=held["rows"], here=len(book.rows))


def _latest(book: Book | None) -> tuple[str, str] | None:
    """The newest run to its end, of every check and target that was planned then."""
    runs = [run for run in book.runs if not run["interrupted"] and not run.get("narrowed", False)] if book is not None else []
    return max(((str(run["run"]), str(run["time"])) for run in runs), key=lambda one: one[1], default=None)


def _hazards(documents: Sequence[Mapping[str, Any]], book: Book | None) -> tuple[list[Any], str]:
    """Hazards as the ledger has them now, when it is named, with those of runs that it does not know; else as the newest result left them."""
    if book is not None:
        entered = {run["run"] for run in book.runs}
        found = {line["id"]: line for document in documents if document["run"]["id"] not in entered for line in document.get("hazards", ())}
        return list({**found, **book.hazards}.values()), say("gate.from-ledger", head=book.sight()["head"][7:19])
    newest = max(documents, key=lambda document: str(document["run"]["finished"]))
    return list(newest.get("hazards", ())), say("gate.from-result")


def _behind(found: Proof, document: Mapping[str, Any]) -> str:
    """What stands behind a result, and the marks by which it is told from any other."""
    data = canonical_unchecked(document)
    how = say(f"proof.{found.how or found.lacking}", key=grouped(found.key))
    return say("gate.proof", proof=how, code=short_code(data), digest=digest(data))


def minutes(outcome: Outcome, policy: Policy, before: Before, source: str, behind: Sequence[str]) -> Iterator[str]:
    """The paragraphs; ``behind`` says of each result what it rests on."""
    first = before.results[0]["run"]
    unit = first["unit"].get("name") or first["unit"].get("code") or "-"
    yield say("gate.title", unit=unit, title=getattr(policy.title, language()))
    yield say("gate.verdict", verdict=say(f"gate.{outcome.verdict}"), day=before.day.isoformat())
    for result, proven in zip(before.results, behind, strict=True):
        run = result["run"]
        yield say(
            "gate.basis",
            run=run["id"],
            finished=run["finished"],
            shelf=run["shelf"],
            rulebook=run["rulebook"][7:19],
            profiles=" ".join(run["profiles"]),
        )
        yield proven
    yield say("gate.rules", scenario=say(f"gate.scenario.{before.scenario}"), digest=policy.digest[7:19], hazards=source)
    for state, heading in PARTS:
        lines = [line for line in outcome.lines if line.state == state]
        if lines:
            yield say(heading, count=len(lines))
        for number, line in enumerate(lines, 1):
            yield f"  {number}. " + say(f"gate.line.{line.code}", **{**line.fields, "title": _title(line.fields)})
    yield say("gate.disclaimer")


def _title(fields: Mapping[str, Any]) -> str:
    """Words of a clause, a core hazard, a level or a status, whichever the line names."""
    key = str(fields.get("id") or "")
    for profile in profiles().values():
        for control in profile.controls:
            if control.id == key:
                return str(getattr(control.text, language()))
    if "level" in fields:
        return say(f"hazard.level.{fields['level']}")
    return say(f"status.{fields['status']}") if "status" in fields else key


COMMANDS = [gate]
