"""What the commands around the unit's ledger share: which home, today, the summary of hazards."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any

import click

from scanner.cli.key_files import config_folder
from scanner.cli.words import say
from scanner.errors import UseError
from scanner.flow.keeping import enter
from scanner.ledger.home import Home, home_for
from scanner.ledger.packs import PREFIX, in_use
from scanner.ledger.trust import read_trust
from scanner.model.hazard import open_hazard
from scanner.model.persons import people

INVENTORY = "inventory.yaml"


def home_option(command: Any) -> Any:
    """``-i INVENTORY``: the home stands beside it."""
    return click.option("-i", "--inventory", default=None, metavar="FILE", help=say("keeping.inventory"))(command)


def opened(inventory: str | None) -> Home:
    """The home, which must be there. Raises UseError."""
    home = home_for(Path(inventory) if inventory is not None else None)
    if not home.exists():
        raise UseError("home-missing", dir=home.folder)
    return home


def enter_run(inventory: Path | None, result: Mapping[str, Any]) -> Sequence[Mapping[str, Any]] | None:
    """Enter a run into the ledger of the unit whose inventory was given; a bare look at a machine makes none.

    Where no home is yet and none can be made, that is said and the run stands without one.
    """
    if inventory is None:
        return None
    home = home_for(inventory)
    if not home.exists() and not _can_make(home.folder):
        click.echo(say("keeping.no-home", dir=home.folder), err=True)
        return None
    return enter(home, result)


def _can_make(folder: Path) -> bool:
    place = next((one for one in (folder, *folder.absolute().parents) if one.exists()), None)
    return place is not None and place.is_dir() and os.access(place, os.W_OK)


def hazard_summary(lines: Iterable[Mapping[str, Any]]) -> str:
    """One sentence: what a run did to the hazards, and how many stand."""
    held = list(lines)
    events = [line.get("event") for line in held]
    standing = [line for line in held if open_hazard(line)]
    return say(
        "hazards.summary",
        registered=events.count("registered"),
        closed=events.count("closed"),
        recurred=events.count("recurred"),
        open=len(standing),
        major=sum(line["level"] == "major" for line in standing),
        overdue=sum(overdue(line, today()) for line in standing),
    )


def today() -> date:
    """By the clock of this machine; whoever uses it prints it."""
    return datetime.now().astimezone().date()


def overdue(line: Mapping[str, Any], day: date) -> bool:
    """Whether an open hazard's deadline has passed."""
    return open_hazard(line) and bool(line["deadline"]) and line["deadline"] < day.isoformat()


def day_given(text: str, option: str) -> str:
    """A day written ``YYYY-MM-DD``. Raises UseError."""
    try:
        found = date.fromisoformat(text)
    except ValueError:
        raise UseError("day-shape", option=option, value=text[:40]) from None
    if found.isoformat() != text:
        raise UseError("day-shape", option=option, value=text[:40])
    return text


def person_given(text: str, option: str) -> str:
    """A name: nobody decides unnamed. Raises UseError."""
    name = " ".join(text.split())
    if not people(name) or len(name) > 80 or not name.isprintable():
        raise UseError("name-shape", option=option)
    return name


def pack_values(named: str, inventory: str | None) -> dict[str, Any]:
    """Values of the newest version of a rule pack, ``pack:NAME``; which one it is, is said. Raises UseError, KeepError."""
    place = config_folder("trust")
    pack = in_use(opened(inventory), named.removeprefix(PREFIX), read_trust(place if place.is_dir() else None))
    click.echo(say("scan.pack", name=pack.name, version=pack.version, hub=pack.hub, count=len(pack.values)), err=True)
    return dict(pack.values)
