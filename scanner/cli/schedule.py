"""``shiqu schedule systemd|cron|show|run``: scans by the calendar; special periods switch interval and profile."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import click

from scanner.cli.output import make_folder, write_whole
from scanner.cli.words import say
from scanner.errors import UseError
from scanner.ledger.home import home_for
from scanner.rulebook.grades import profile_named
from scanner.rulebook.profiles import profiles
from scanner.targets.calendar import USUAL, Calendar, due, read_calendar
from scanner.targets.inventory import read_inventory

UNIT = "shiqu-scan"


def planned(command: Any) -> Any:
    """``-i INVENTORY --calendar FILE``."""
    command = click.option("--calendar", default=None, metavar="FILE", help=say("schedule.calendar"))(command)
    return click.option("-i", "--inventory", required=True, metavar="FILE", help=say("schedule.inventory"))(command)


@click.group("schedule", help=say("schedule.help"))
def schedule() -> None:
    pass


@schedule.command("systemd", help=say("schedule.systemd"))
@planned
@click.option("--user", default=None, metavar="NAME", help=say("schedule.user"))
@click.option("-o", "--output", default=".", metavar="DIR", help=say("schedule.output"))
def systemd(inventory: str, calendar: str | None, user: str | None, output: str) -> int:
    plan = _calendar(inventory, calendar)
    argv = _argv(inventory, calendar)
    if user is not None and not (user.isascii() and user.replace("-", "").replace("_", "").isalnum()):
        raise UseError("schedule-user", name=user[:40])
    folder = make_folder(output, "")
    for name, text in ((f"{UNIT}.service", _service(argv, Path(inventory), user)), (f"{UNIT}.timer", _timer(plan))):
        if (folder / name).exists():
            raise UseError("file-exists", file=folder / name)
        write_whole(folder / name, text.encode())
        click.echo(folder / name)
    click.echo(say("schedule.install", dir=folder, unit=UNIT))
    return 0


def _service(argv: list[str], inventory: Path, user: str | None) -> str:
    lines = [
        "[Unit]",
        "Description=shiqu scan by calendar",
        "Wants=network-online.target",
        "After=network-online.target",
        "",
        "[Service]",
        "Type=oneshot",
        *([f"User={user}"] if user is not None else []),
        f"WorkingDirectory={_escaped(str(inventory.resolve().parent))}",
        "ExecStart=" + " ".join(_quoted(part) for part in argv),
        "# 1: something is unmet; 4: something could not be judged. Both are results, not failures.",
        "SuccessExitStatus=1 4",
        "UMask=0077",
        "Nice=10",
        "IOSchedulingClass=idle",
    ]
    return "\n".join(lines) + "\n"


def _timer(plan: Calendar) -> str:
    when = "*-*-* *:00:00" if plan.hourly else f"*-*-* {plan.at}:00"
    lines = [
        "[Unit]",
        "Description=shiqu scan by calendar",
        "",
        "[Timer]",
        f"OnCalendar={when}",
        "Persistent=true",
        "RandomizedDelaySec=300",
    ]
    return "\n".join([*lines, "", "[Install]", "WantedBy=timers.target"]) + "\n"


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("%", "%%")


def _quoted(text: str) -> str:
    """A word of ``ExecStart``: ``%`` and ``$`` mean nothing in it."""
    return '"' + _escaped(text).replace('"', '\\"').replace("$", "$$") + '"'


@schedule.command("cron", help=say("schedule.cron"))
@planned
def cron(inventory: str, calendar: str | None) -> int:
    plan = _calendar(inventory, calendar)
    hour, minute = plan.at.split(":")
    when = "0 * * * *" if plan.hourly else f"{int(minute)} {int(hour)} * * *"
    command = f"cd {shlex.quote(str(Path(inventory).resolve().parent))} && {shlex.join(_argv(inventory, calendar))}"
    # A percent sign ends a command in a crontab.
    click.echo(f"{when} {command}".replace("%", "\\%"))
    return 0


@schedule.command("show", help=say("schedule.show"))
@planned
@click.option("--days", type=click.IntRange(1, 800), default=60, show_default=True, help=say("schedule.days"))
def show(inventory: str, calendar: str | None, days: int) -> int:
    plan = _calendar(inventory, calendar)
    now, last = datetime.now().astimezone(), last_run(inventory, None)
    for text in _days(plan, now, days):
        click.echo(text)
    when = last.isoformat(timespec="minutes") if last is not None else say("schedule.never")
    state = say("schedule.is-due" if due(plan, now, last_run(inventory, plan.pace(now.date()).profile)) else "schedule.not-due")
    click.echo(say("schedule.last", now=now.isoformat(timespec="minutes"), last=when, state=state))
    return 0


def _days(plan: Calendar, now: datetime, days: int) -> Iterator[str]:
    """One line for every stretch of days of one pace."""
    first, day = now.date(), now.date()
    for _ in range(days):
        following = day + timedelta(days=1)
        if plan.pace(following) != plan.pace(first) or (following - now.date()).days == days:
            pace = plan.pace(first)
            name = pace.name or say("schedule.usual")
            yield say(
                "schedule.stretch", first=first, last=day, name=name, every=_every(pace.every), profile=pace.profile or say("schedule.own")
            )
            first = following
        day = following


def _every(every: timedelta) -> str:
    return say("schedule.every-days", count=every.days) if every.days else say("schedule.every-hours", count=every.seconds // 3600)


@schedule.command("run", help=say("schedule.run"))
@planned
def run(inventory: str, calendar: str | None) -> int:
    from scanner.cli.scan import scan

    plan = _calendar(inventory, calendar)
    now = datetime.now().astimezone()
    pace = plan.pace(now.date())
    last = last_run(inventory, pace.profile)
    when = last.isoformat(timespec="minutes") if last is not None else say("schedule.never")
    fields = {
        "now": now.isoformat(timespec="minutes"),
        "last": when,
        "name": pace.name or say("schedule.usual"),
        "every": _every(pace.every),
    }
    if not due(plan, now, last):
        click.echo(say("schedule.waits", **fields))
        return 0
    click.echo(say("schedule.goes", **fields))
    argv = ["-i", inventory, "--quiet", *(["-p", pace.profile] if pace.profile is not None else [])]
    code = scan.main(args=argv, standalone_mode=False)
    return int(code)


def last_run(inventory: str, profile: str | None) -> datetime | None:
    """When the ledger last saw a whole run (by a profile, where one is asked for), in this machine's zone.

    Whole: every target of the inventory, every check, to the end.
    """
    wanted = {target.id for target in read_inventory(Path(inventory)).targets}
    found = [
        body["time"]
        for body in home_for(Path(inventory)).book().runs
        if not body["interrupted"]
        and not body.get("narrowed", False)
        and wanted <= set(body.get("targets", ()))
        and (profile is None or profile in body["figures"]["profiles"])
    ]
    return datetime.fromisoformat(max(found)).astimezone() if found else None


def _calendar(inventory: str, calendar: str | None) -> Calendar:
    """The calendar, its profiles known, the inventory readable: what would fail at night fails now."""
    read_inventory(Path(inventory))
    plan = read_calendar(Path(calendar)) if calendar is not None else USUAL
    for pace in (plan.usual, *(period.pace for period in plan.periods)):
        if pace.profile is not None and profile_named(pace.profile) is None:
            raise UseError("profile-unknown", id=pace.profile, known=", ".join(sorted(profiles())))
    return plan


def _argv(inventory: str, calendar: str | None) -> list[str]:
    program = Path(sys.executable).with_name("shiqu")
    argv = [str(program), "schedule", "run", "-i", str(Path(inventory).resolve())]
    argv += ["--calendar", str(Path(calendar).resolve())] if calendar is not None else []
    for part in argv:
        if not part.isprintable():
            raise UseError("schedule-path", file=part)
    return argv


COMMANDS: list[click.Command] = [schedule]
