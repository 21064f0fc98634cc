"""``shiqu scan``: ask, keep, judge, report."""

from __future__ import annotations

import getpass
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import click

from scanner import flow
from scanner.cli.asking import local_request, request_from
from scanner.cli.encrypting import encrypt_option, leaving_copies
from scanner.cli.judge import judge_shelf
from scanner.cli.keeping import enter_run, hazard_summary, pack_values
from scanner.cli.key_files import unit_key
from scanner.cli.marking import checked_marking, tell_unmarked
from scanner.cli.output import check_formats, exit_code, make_folder, set_latest, write_results
from scanner.cli.pair_lines import pair_lines
from scanner.cli.progress import Display
from scanner.cli.words import say
from scanner.collect.compose import compose
from scanner.collect.jobs import asked_here
from scanner.collect.sshroute import leads
from scanner.engine.choice import engine_named
from scanner.errors import UseError
from scanner.ledger.packs import PREFIX
from scanner.ledger.store import Store
from scanner.model.target import Target
from scanner.rulebook.book import rulebook
from scanner.rulebook.grades import profile_named
from scanner.rulebook.profiles import profiles
from scanner.rulebook.values import values_by_check
from scanner.rulebook.yaml_lines import load_file
from scanner.targets.inventory import read_inventory
from scanner.targets.scope import settle


def read_values(path: str | None, inventory: str | None = None) -> dict[str, Any]:
    """``--values FILE`` or ``pack:NAME``; unknown names are a warning, wrong types an error. Raises UseError, KeepError."""
    if path is None:
        return {}
    given = pack_values(path, inventory) if path.startswith(PREFIX) else load_file(Path(path))
    if not isinstance(given, dict):
        raise UseError("values-shape", file=path)
    try:
        _, strange = values_by_check(given, rulebook())
    except ValueError as error:
        raise UseError("values-type", file=path, key=error) from None
    for name in strange:
        click.echo(say("scan.value-unknown", name=name), err=True)
    return dict(given)


def show_plan(request: flow.Request) -> None:
    """Print every command, query and file pattern per target; send nothing."""
    plan = flow.plan_for(request)
    for job in flow.jobs_for(request, plan):
        click.echo(say("scan.dry-target", target=job.target.id, address=job.target.address or job.target.url or "-", count=len(job.slots)))
        for slot in job.slots:
            click.echo(
                f"  {slot.target} {slot.probe.id} via={slot.probe.via} root={slot.probe.root} {slot.probe.seconds}s {slot.probe.max_bytes}B"
            )
            for line in "\n".join(slot.probe.ask).strip().split("\n"):
                click.echo(f"      {line}")
        if job.converse is not None:
            click.echo(say("scan.dry-script", bytes=len(compose(job.slots, "0" * 32).text)))


@click.command("scan", help=say("scan.help"))
@click.argument("targets", nargs=-1, metavar="[TARGET]…")
@click.option("-i", "--inventory", default=None, metavar="FILE", help=say("scan.inventory"))
@click.option("-p", "--profile", default=None, help=say("scan.profile"))
@click.option("-o", "--output", default=None, metavar="DIR", help=say("scan.output"))
@click.option("--only", multiple=True, metavar="GLOB", help=say("scan.only"))
@click.option("--skip", multiple=True, metavar="GLOB", help=say("scan.skip"))
@click.option("--jobs", type=click.IntRange(1, 256), default=16, show_default=True, help=say("scan.jobs"))
@click.option("--engine", default="local", metavar="local|dask://HOST:PORT", help=say("scan.engine"))
@click.option("--engine-tls", default=None, metavar="DIR", help=say("scan.engine-tls"))
@click.option("--format", "formats", default="html,json", help=say("scan.format"))
@click.option("--marking", default=None, metavar="MARK", callback=checked_marking, help=say("report.marking"))
@click.option("--lang", type=click.Choice(["zh", "en"]), default="zh", help=say("scan.lang"))
@click.option("--values", default=None, metavar="FILE", help=say("scan.values"))
@click.option("--authorised-by", default=None, metavar="NAME", help=say("scan.authorised-by"))
@click.option("--resume", default=None, metavar="DIR", help=say("scan.resume"))
@encrypt_option
@click.option("--quiet", is_flag=True, help=say("scan.quiet"))
@click.option("--dry-run", is_flag=True, help=say("scan.dry-run"))
def scan(
    targets: tuple[str, ...],
    inventory: str | None,
    profile: str | None,
    output: str | None,
    only: tuple[str, ...],
    skip: tuple[str, ...],
    jobs: int,
    engine: str,
    engine_tls: str | None,
    formats: str,
    marking: str | None,
    lang: str,
    values: str | None,
    authorised_by: str | None,
    resume: str | None,
    quiet: bool,
    dry_run: bool,
) -> int:
    names = [name.strip() for name in formats.split(",") if name.strip()]
    check_formats(names)
    place = engine_named(engine, engine_tls)
    if profile is not None and profile_named(profile) is None:
        raise UseError("profile-unknown", id=profile, known=", ".join(sorted(profiles())))
    options: Mapping[str, Any] = {
        "profile": profile,
        "only": only,
        "skip": skip,
        "jobs": jobs,
        "values": read_values(values, inventory),
        "authorised_by": authorised_by,
        "operator": getpass.getuser(),
    }
    # With another engine secrets are resolved where its workers run.
    request = _request(targets, inventory, options, not dry_run, asked_here if engine != "local" else lambda _: True)
    request = replace(request, key=unit_key(Path(inventory) if inventory is not None else None))
    if not any(flow.plan_for(request).checks.values()):
        raise UseError("nothing-to-ask", only=" ".join(only) or "*", skip=" ".join(skip) or "-")
    if dry_run:
        show_plan(request)
        return 0
    with place as entered:
        folder = _folder(request, output, resume)
        with Display(len(flow.jobs_for(request, flow.plan_for(request))), quiet) as display:
            shelf, interrupted = flow.collect(request, folder, display.tell, entered)
    if interrupted:
        click.echo(say("scan.interrupted", dir=folder), err=True)
        return 130
    result = judge_shelf(shelf, None)
    paths = write_results(folder, result, names, lang, marking)
    for path in [*paths, *leaving_copies([*paths, shelf])]:
        if not quiet:
            click.echo(path)
    set_latest(folder)
    standing = enter_run(Path(inventory) if inventory is not None else None, result)
    tell_unmarked(result, marking, names)
    if not quiet:
        _summary(result)
        if standing is not None:
            click.echo(hazard_summary(standing))
    return exit_code(result)


def _request(
    targets: Sequence[str], inventory: str | None, options: Mapping[str, Any], secrets: bool, here: Callable[[Target], bool]
) -> flow.Request:
    if inventory is None:
        return local_request(targets, options, secrets)
    book = read_inventory(Path(inventory))
    request = request_from(book, targets, options, secrets, here)
    pins = settle(
        book, request.targets, datetime.now().astimezone(), leads=lambda target: leads(target, request.logins.get(target.login or ""))
    )
    return replace(request, pins=pins)


def _folder(request: flow.Request, output: str | None, resume: str | None) -> Path:
    if resume is not None:
        folder = Path(resume)
        flow.resume_request_matches(request, folder)
        return folder
    folder = make_folder(output, flow.new_run_id())
    if (folder / flow.SHELF).exists() or (folder / "run.db").exists():
        raise UseError("output-in-use", dir=folder)
    if output is None:
        # The folder and the run carry one name.
        store = Store(folder)
        store.put_meta("head", request.head(flow.plan_for(request), folder.name, flow.now_text()))
        store.close()
    return folder


def _summary(result: Mapping[str, Any]) -> None:
    counts: dict[str, int] = {}
    for verdict in result["verdicts"]:
        counts[verdict["status"]] = counts.get(verdict["status"], 0) + 1
    click.echo(
        say(
            "scan.summary",
            **{key.replace("-", "_"): counts.get(key, 0) for key in ("met", "unmet", "unknown", "awaits-person", "not-applicable")},
        )
    )
    for target in result["targets"]:
        if not target["reached"]:
            click.echo(say("scan.unreached", target=target["id"], why=say(f"why.{target['why']}"), detail=target["detail"]))
    for system in result["systems"]:
        conclusion = system["conclusion"]
        if conclusion is None:
            click.echo(say("scan.no-conclusion", system=system["name"], why=say(f"no-conclusion.{system['why_no_conclusion']}")))
        else:
            click.echo(
                say(
                    "scan.conclusion",
                    system=system["name"],
                    verdict=conclusion["verdict"],
                    rate=f"{conclusion['rate']:.2%}",
                    major=conclusion["major"],
                )
            )
    for line in pair_lines(result):
        click.echo(line)
    for hazard in result["core_hazards"]:
        click.echo(say("scan.core", id=hazard["id"], title=say(f"core.{hazard['id']}"), state=say(f"core-state.{hazard['state']}")))
    click.echo(say("scan.gate", gate=say(f"gate.{result['gate']}")))


COMMANDS = [scan]
