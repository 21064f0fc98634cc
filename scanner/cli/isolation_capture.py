"""``shiqu isolation capture``: one segment's sighting, live or from a file, on a shelf that ``join`` and ``judge`` take."""

from __future__ import annotations

import getpass
import ipaddress
import re
import signal
from datetime import datetime
from pathlib import Path
from types import FrameType
from typing import Any

import click

from scanner.cli.words import say
from scanner.collect.sniff.look import Place, read_file, watch
from scanner.errors import KeepError, UseError
from scanner.facts.network.places import Network
from scanner.facts.network.sighting import PROBE, sighting_of
from scanner.model.absent import Absent
from scanner.model.canonical import canonical, digest
from scanner.model.evidence import Evidence
from scanner.model.target import Target
from scanner.rulebook.book import rulebook
from scanner.targets.inventory import Inventory, read_inventory
from scanner.targets.scope import check_time

WEEK = 7 * 86_400


@click.command("capture", help=say("capture.help"))
@click.option("--interface", default=None, metavar="IF", help=say("capture.interface"))
@click.option("--seconds", type=click.IntRange(1, WEEK), default=60, show_default=True, help=say("capture.seconds"))
@click.option("--pcap", default=None, metavar="FILE", help=say("capture.pcap"))
@click.option("--zone", default="", metavar="NAME", help=say("capture.zone"))
@click.option("--end", type=click.Choice(["inner", "outer"]), default=None, help=say("capture.end"))
@click.option("-i", "--inventory", default=None, metavar="INVENTORY", help=say("capture.inventory"))
@click.option("-o", "--output", required=True, metavar="SHELF", help=say("capture.output"))
def capture(interface: str | None, seconds: int, pcap: str | None, zone: str, end: str | None, inventory: str | None, output: str) -> int:
    if (interface is None) == (pcap is None):
        raise UseError("capture-one")
    from scanner import flow

    rulebook()
    book = read_inventory(Path(inventory)) if inventory is not None else None
    place = Place(zone, end or "", _networks(book, zone))
    started = flow.now_text()
    if pcap is not None:
        summary = read_file(Path(pcap), place)
    else:
        if book is not None:
            check_time(book.scope, datetime.now().astimezone())
        summary = _live(str(interface), seconds, place)
    click.echo(_shelve(summary, book, zone, started, Path(output)))
    return _told(summary)


def _networks(book: Inventory | None, zone: str) -> tuple[Network, ...]:
    if book is None or not zone:
        return ()
    if zone not in book.zones:
        raise UseError("capture-zone", zone=zone, known=", ".join(book.zones))
    return tuple(ipaddress.ip_network(item) for item in book.zones[zone]["networks"])


def _live(interface: str, seconds: int, place: Place) -> dict[str, Any]:
    """Look at an interface; SIGTERM ends it like Ctrl-C, with what was seen."""
    before = signal.signal(signal.SIGTERM, _stop)
    try:
        return watch(
            interface, seconds, place, lambda: click.echo(say("capture.listening", interface=interface, seconds=seconds), err=True)
        )
    finally:
        signal.signal(signal.SIGTERM, before)


def _stop(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def _shelve(summary: dict[str, Any], book: Inventory | None, zone: str, started: str, path: Path) -> Path:
    from scanner import flow
    from scanner.cli.asking import local_options, plain_request, request_from

    data = canonical(summary)
    stem = re.sub(r"[^A-Za-z0-9_.-]+", "-", zone or str(summary["source"]["name"]))[:40].strip("-.") or "segment"
    # Two captures of one zone stay two targets, also on one shelf.
    target = Target(id=f"capture-{stem}-{digest(data)[7:15]}", kind="segment", zone=zone or None)
    options = local_options(getpass.getuser())
    request = plain_request((target,), options)
    if book is not None:
        told = request_from(book, ["local"], options, secrets=False)
        request = flow.Request(
            targets=(target,), unit=told.unit, systems=request.systems, inventory=told.inventory, declared=told.declared,
            values=told.values, operator=told.operator, authorised_by=told.authorised_by,
        )  # fmt: skip
    evidence = Evidence(
        target=target.id, probe=PROBE, kind="sighting", stdout=data, exit=0, started=started,
        seconds=round(summary["finished"] - summary["started"], 3), operator=f"{options['operator']} capture",
    )  # fmt: skip
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise KeepError("shelf-write", file=path, detail=error.strerror or "?") from None
    return flow.shelve(request, path, {target.id: ((evidence,), "")}, operator="capture")


def _told(summary: dict[str, Any]) -> int:
    """Say what came; an empty or cut capture is an error, although what there is rests on the shelf."""
    seen = sighting_of(summary)
    seconds = round(summary["finished"] - summary["started"], 1)
    click.echo(
        say("capture.done", frames=summary["frames"], macs=len(summary["macs"]), seconds=seconds, dropped=summary["dropped"]), err=True
    )
    if isinstance(seen, Absent):
        click.echo(say("capture.empty"), err=True)
    elif not seen.whole:
        click.echo(say("capture.partial", why=seen.hindrance), err=True)
    if summary["ended"] == "interrupted":
        return 130
    return 0 if summary["ended"] == "whole" else 2
