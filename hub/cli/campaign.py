"""``shiqu hub campaign list|create|draw|send|close|withdraw|show`` and ``shiqu hub turn``."""

from __future__ import annotations

from pathlib import Path

import click

from hub.cli.acting import AS, acting, settle
from hub.cli.options import HOME, PASSPHRASE, console, own, word
from hub.clock import today
from hub.people import believed
from hub.registry import reached
from hub.words import language, say
from hub.work import campaigns, clockwork, ending, incoming, ordering, sending
from hub.work.campaigns import Campaign, Plan


@click.group("campaign", help=word("hub.campaign.help"))
def campaign() -> None:
    pass


@campaign.command("list", help=word("hub.campaign.list"))
@HOME
@PASSPHRASE
@AS
def listed(home: Path, reference: str, code: str) -> int:
    hub = own(home, reference)
    with hub.database.reading() as connection:
        found = campaigns.listed(connection, acting(connection, hub, code))
    for one in found:
        click.echo(_line(one))
    if not found:
        click.echo(word("hub.work.none"))
    return 0


@campaign.command("show", help=word("hub.campaign.show"))
@click.argument("name")
@HOME
@PASSPHRASE
@AS
def show(name: str, home: Path, reference: str, code: str) -> int:
    hub = own(home, reference)
    with hub.database.reading() as connection:
        sight = acting(connection, hub, code)
        one = campaigns.find(connection, sight, name)
        parts = campaigns.parts(connection, sight, one)
    click.echo(_line(one))
    for part in parts:
        vouched = f"  {say('part.vouched', language())} {part.proof}" if part.proof else ""
        click.echo(f"  {part.where.code}  {part.where.name}  {say(f'part.state.{part.state}', language())}{vouched}")
    return 0


@campaign.command("create", help=word("hub.campaign.create"))
@click.option("--name", required=True, help=word("campaign.name"))
@click.option("--profile", "-p", required=True, help=word("campaign.profile"))
@click.option("--unit", default="", metavar="CODE", help=word("hub.work.unit"))
@click.option("--opens", required=True, metavar="DAY", help=word("campaign.opens"))
@click.option("--deadline", required=True, metavar="DAY", help=word("campaign.deadline"))
@click.option("--draw", type=click.IntRange(min=0), default=0, metavar="N", help=word("campaign.draw"))
@click.option("--source", default="", help=word("campaign.source-hint"))
@click.option("--sort", default="", help=word("campaign.sort"))
@HOME
@PASSPHRASE
@AS
def create(
    name: str, profile: str, unit: str, opens: str, deadline: str, draw: int, source: str, sort: str, home: Path, reference: str, code: str
) -> int:
    hub = own(home, reference)
    plan = Plan(name, profile, unit or code or hub.code, opens, deadline, draw, sort, source)
    with hub.database.writing() as connection:
        sight = acting(connection, hub, code)
        made = campaigns.create(connection, sight, plan)
        one = campaigns.find(connection, sight, made)
    click.echo(word("hub.work.created", code=made))
    click.echo(f"{word('campaign.list')} {one.conditions['list']}")
    return 0


@campaign.command("draw", help=word("hub.campaign.draw"))
@click.argument("name")
@click.option("--seed", required=True, help=word("campaign.seed-hint"))
@HOME
@PASSPHRASE
@AS
def draw(name: str, seed: str, home: Path, reference: str, code: str) -> int:
    hub = own(home, reference)
    with hub.database.writing() as connection:
        chosen = campaigns.draw_now(connection, acting(connection, hub, code), name, seed)
    click.echo(word("hub.work.drawn", count=len(chosen)))
    for one in chosen:
        click.echo(one)
    return 0


@campaign.command("send", help=word("campaign.send"))
@click.argument("name")
@HOME
@PASSPHRASE
@AS
def send(name: str, home: Path, reference: str, code: str) -> int:
    hub = own(home, reference)
    numbers = sending.in_steps(
        hub.database, lambda connection, most: sending.campaign_notices(connection, hub, acting(connection, hub, code), name, most)
    )
    with hub.database.reading() as connection:
        sight = acting(connection, hub, code)
        handed = ordering.handed(connection, sight, campaigns.find(connection, sight, name).order_text)
    for number in numbers:
        click.echo(word("hub.work.issued", number=number))
    for one in handed:
        click.echo(word("hub.work.handed", code=one.hub.code, name=one.hub.name))
    return 0


@campaign.command("close", help=word("hub.campaign.close"))
@click.argument("name")
@HOME
@PASSPHRASE
@AS
def close(name: str, home: Path, reference: str, code: str) -> int:
    settle(home, reference, code, lambda connection, hub, sight: ending.close(connection, hub, sight, name))
    click.echo(word("done.campaign-closed"))
    return 0


@campaign.command("withdraw", help=word("hub.campaign.withdraw"))
@click.argument("name")
@click.option("--why", required=True, help=word("notice.why"))
@HOME
@PASSPHRASE
@AS
def withdraw(name: str, why: str, home: Path, reference: str, code: str) -> int:
    hub = settle(home, reference, code, lambda connection, hub, sight: ending.withdraw(connection, hub, sight, name, why))
    ending.tell_units(hub, hub.database)
    click.echo(word("done.campaign-withdrawn"))
    return 0


@click.command("turn", help=word("hub.turn.help"))
@click.option("--clock-checked", "checked", is_flag=True, help=word("hub.turn.checked"))
@HOME
@PASSPHRASE
def turn(checked: bool, home: Path, reference: str) -> int:
    """0, or 4 while the clock is doubted."""
    hub = own(home, reference)
    if checked:
        with hub.database.writing() as connection:
            believed.confirm(connection, console(), today())
    incoming.pass_on(hub, hub.database)
    done = clockwork.turn(hub.database)
    click.echo(word("hub.turn.done", parts=done.parts, closed=done.closed, steps=done.steps, heard=done.heard))
    if done.doubted:
        click.echo(word("hub.turn.doubted", day=done.doubted), err=True)
    with hub.database.reading() as connection:
        begun = reached.kept(connection)
    if begun > today():
        click.echo(word("clock.behind", day=today(), begun=begun), err=True)
    return 4 if done.doubted else 0


def _line(one: Campaign) -> str:
    order = one.ordered
    upper = f"  {say('order.upper', language())} {order['name']} {order['number']}" if order is not None else ""
    counts = "  ".join(f"{say(f'part.state.{state}', language())} {count}" for state, count in one.counts.items() if count)
    return (
        f"{one.code}  {one.name}  {one.profile}  {one.deadline}  {say(f'campaign.state.{one.state}', language())}{upper}  {counts}".rstrip()
    )


COMMANDS = (campaign, turn)
