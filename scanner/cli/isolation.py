"""``shiqu isolation plan|listen|probe|capture|join``: two ends, one plan; results flow from low to high only."""

from __future__ import annotations

import secrets
import signal
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from scanner.cli.isolation_capture import capture
from scanner.cli.isolation_join import join
from scanner.cli.words import say
from scanner.errors import ScopeError, UseError
from scanner.facts.fact import Unreadable
from scanner.facts.network.plan import Plan, read_plan
from scanner.ledger.ends import load_ending, load_plan, write_ending, write_plan
from scanner.targets.inventory import read_inventory
from scanner.targets.records import Scope
from scanner.targets.scope import check_time
from scanner.targets.zone_pairs import mint

if TYPE_CHECKING:
    from scanner.collect.trial.end import End
    from scanner.collect.trial.plain import Plain

DEPTHS = ("quick", "standard", "full")
LINGER = 10
"""A sentinel without a time of its own stays this much longer than the window, in seconds: the probe begins after it."""
CLOCK_SECONDS = 1.0
"""How often a run asks the clock whether it is still authorised."""
MIN_SECONDS, MAX_SECONDS = 5, 30 * 86_400


@click.group("isolation", help=say("isolation.help"))
def isolation() -> None:
    pass


@isolation.command("plan", help=say("isolation.plan"))
@click.option("-i", "--inventory", required=True, metavar="FILE", help=say("scan.inventory"))
@click.option("--pair", required=True, metavar="A:B", help=say("isolation.pair"))
@click.option("--seconds", type=click.IntRange(MIN_SECONDS, MAX_SECONDS), default=120, show_default=True, help=say("isolation.seconds"))
@click.option("--rate", type=click.FloatRange(1, 10_000_000), default=None, metavar="PPS", help=say("isolation.plan-rate"))
@click.option("-o", "--output", required=True, metavar="PLAN", help=say("isolation.plan-file"))
def plan(inventory: str, pair: str, seconds: int, rate: float | None, output: str) -> int:
    from scanner import flow

    book = read_inventory(Path(inventory))
    data = mint(book, pair, seconds, rate, secrets.token_bytes(32), flow.now_text())
    try:
        read_plan(data)
    except Unreadable as error:
        raise UseError("isolation-place", file=inventory, detail=error) from None
    write_plan(Path(output), data)
    click.echo(say("isolation.plan-written", file=output, id=data["id"], pair=data["pair"]))
    return 0


@isolation.command("listen", help=say("isolation.listen"))
@click.argument("plan_file", metavar="PLAN")
@click.option("--interface", required=True, metavar="IF", help=say("isolation.interface"))
@click.option("--sentinel", default=None, metavar="ID", help=say("isolation.sentinel"))
@click.option("--rate", type=click.FloatRange(1, 10_000_000), default=None, metavar="PPS", help=say("isolation.rate"))
@click.option("--seconds", type=click.IntRange(1, MAX_SECONDS), default=None, help=say("isolation.listen-seconds"))
@click.option("-o", "--output", required=True, metavar="OUTER", help=say("isolation.record"))
def listen(plan_file: str, interface: str, sentinel: str | None, rate: float | None, seconds: int | None, output: str) -> int:
    from scanner.collect.trial.outer import Outer

    found, _ = load_plan(Path(plan_file))
    _authorised(found)
    names = [item.id for item in found.sentinels]
    name = sentinel if sentinel is not None else names[0]
    if name not in names:
        raise UseError("isolation-sentinel-unknown", id=name, known=", ".join(names))
    _writable(output)

    def save(record: dict[str, Any]) -> None:
        write_ending(Path(output), record, found.key)

    end = Outer(found, interface, name, float(seconds or found.seconds + LINGER), rate, _told, save)
    _stands_in(end, found, found.outer, [str(a) for a in found.sentinel_addresses()[name]])
    _set_aside(output)
    with _ended_by_signals(end), _ended_by_scope(end, found):
        record = end.run()
    save(record)
    click.echo(say("isolation.record-written", file=output, frames=len(record["heard"]), controls=_controls(record)))
    _left_out(record)
    return 0


@isolation.command("probe", help=say("isolation.probe"))
@click.argument("plan_file", metavar="PLAN")
@click.option("--interface", required=True, metavar="IF", help=say("isolation.interface"))
@click.option("--depth", type=click.Choice(DEPTHS), default="standard", show_default=True, help=say("isolation.depth"))
@click.option("--rate", type=click.FloatRange(1, 10_000_000), default=None, metavar="PPS", help=say("isolation.rate"))
@click.option("--watch", is_flag=True, help=say("isolation.watch"))
@click.option("--dry-run", is_flag=True, help=say("isolation.dry-run"))
@click.option("--resume", is_flag=True, help=say("isolation.resume"))
@click.option("-o", "--output", default=None, metavar="INNER", help=say("isolation.record"))
def probe(
    plan_file: str, interface: str, depth: str, rate: float | None, watch: bool, dry_run: bool, resume: bool, output: str | None
) -> int:
    found, _ = load_plan(Path(plan_file))
    if dry_run:
        from scanner.cli.isolation_forecast import forecast

        for line in forecast(found, interface, rate):
            click.echo(line)
        return 0
    if output is None:
        raise UseError("isolation-output")
    _authorised(found)
    if not any(one.version == other.version and one.overlaps(other) for one in found.allowed() for other in found.networks(found.inner)):
        raise ScopeError("isolation-unauthorised", zone=found.inner)
    if found.classified:
        _never_public(found)
    before = load_ending(Path(output), found)[0] if resume and Path(output).exists() else None
    _writable(output)
    from scanner.collect.trial.inner import Inner
    from scanner.collect.trial.plain import Plain
    from scanner.collect.trial.wire import can_send_raw

    def save(record: dict[str, Any]) -> None:
        write_ending(Path(output), record, found.key)

    raw = can_send_raw()
    if not raw and before is not None:
        # A record of whole frames is not gone on with by lesser means.
        raise UseError("raw-missing")
    end: Inner | Plain
    if raw:
        end = Inner(found, interface, depth, rate, watch, _told, save, before)
    else:
        end = Plain(found, interface, depth, rate, watch, _told, save)
    _stands_in(end, found, found.inner, [])
    if not raw:
        click.echo(say("isolation.plain"), err=True)
    if before is None:
        _set_aside(output)
    with _ended_by_signals(end) as signals, _ended_by_scope(end, found):
        record = end.run()
    write_ending(Path(output), record, found.key)
    click.echo(
        say("isolation.record-written", file=output, frames=sum(trial["sent"] for trial in record["trials"]), controls=_controls(record))
    )
    _left_out(record)
    for step in record["coverage"]:
        if step["state"] in ("partial", "not-tested"):
            click.echo(say("isolation.step-open", step=step["step"], why=step["why"], tried=step["tried"], of=step["of"]))
    return 130 if signal.SIGINT in signals else 0


def _authorised(found: Plan) -> None:
    """Raise ScopeError when the authorisation has ended or the hour forbids a test."""
    until = date.fromisoformat(found.scope.until) if found.scope.until else None
    check_time(Scope(until=until, hours=found.scope.hours), datetime.now().astimezone())


def _never_public(found: Plan) -> None:
    if found.beacon_domain:
        raise ScopeError("isolation-public-domain", domain=found.beacon_domain)
    for name, places in found.sentinel_addresses().items():
        for place in places:
            if place.is_global:
                raise ScopeError("isolation-public-sentinel", id=name, address=place)
    if found.beacon_domain:
        raise ScopeError("isolation-public-domain", domain=found.beacon_domain)


def _stands_in(end: End | Plain, found: Plan, zone: str, also: list[str]) -> None:
    """Raise ScopeError when the interface stands in another network than the plan's: then nothing may be sent from it."""
    where = end.interface
    own = [one.ip for one in where.addresses4] + [one.ip for one in where.addresses6 if not one.ip.is_link_local]
    if own and not any(str(a) in also or any(a.version == net.version and a in net for net in found.networks(zone)) for a in own):
        raise ScopeError("isolation-elsewhere", name=where.name, addresses=", ".join(str(a) for a in own), zone=zone)


def _writable(output: str) -> None:
    """Raise UseError before anything is sent when the record could not be written."""
    folder = Path(output).resolve().parent
    if not folder.is_dir() or Path(output).is_dir():
        raise UseError("isolation-output-folder", dir=folder)


def _left_out(record: Mapping[str, Any]) -> None:
    """Say what found no room in the record: it was not sent."""
    for name, count in sorted(record["overflow"].items()):
        if name.startswith("rows "):
            click.echo(say("isolation.left-out", step=name.removeprefix("rows "), count=count))


def _set_aside(output: str) -> None:
    """A record that is there already is not written over: it may be all that is left of a run that was killed."""
    path = Path(output)
    if path.is_file():
        path.replace(path.with_name(path.name + ".before"))
        click.echo(say("isolation.set-aside", file=output, kept=f"{path.name}.before"), err=True)


def _told(step: str) -> None:
    """One word a line, for people and for scripts that wait for it."""
    click.echo(step)
    sys.stdout.flush()


def _controls(record: Mapping[str, Any]) -> str:
    good = sum(1 for control in record["controls"] if control["ok"])
    return f"{good}/{len(record['controls'])}"


@contextmanager
def _ended_by_scope(end: End | Plain, found: Plan) -> Iterator[None]:
    """A run that outlives its authorisation ends with it, with its record."""
    over = threading.Event()

    def look() -> None:
        while not over.wait(CLOCK_SECONDS):
            try:
                _authorised(found)
            except ScopeError:
                _told(say("isolation.authorisation-ended"))
                end.halt.set()
                return

    threading.Thread(target=look, name="scope", daemon=True).start()
    try:
        yield
    finally:
        over.set()


@contextmanager
def _ended_by_signals(end: End | Plain) -> Iterator[set[int]]:
    """SIGINT and SIGTERM end a run at once, with its record."""
    seen: set[int] = set()

    def stop(number: int, _frame: object) -> None:
        seen.add(number)
        end.halt.set()

    kept = {number: signal.signal(number, stop) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield seen
    finally:
        for number, handler in kept.items():
            signal.signal(number, handler)


isolation.add_command(capture)
isolation.add_command(join)

COMMANDS = [isolation]
