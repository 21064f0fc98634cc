"""``shiqu discover``: which hosts of an authorised network nobody has declared."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from pathlib import Path

import click

from scanner.cli.words import say
from scanner.collect.discovery import PORTS, Found, Net, discover, is_own, networks, seconds_at_most
from scanner.errors import ScopeError, UseError
from scanner.targets.fields import ip
from scanner.targets.inventory import Inventory, read_inventory
from scanner.targets.records import Crossing, Half
from scanner.targets.scope import check_time, covers, places_of, system_resolver

WINDOWS = {135, 445, 3389, 5985}
WEB = {80: "http", 443: "https", 8080: "http", 8443: "https"}
DATABASES = {1433: "mssql", 1521: "oracle", 3306: "mysql", 5236: "dm", 5432: "postgresql", 54321: "kingbase"}


@click.command("discover", help=say("discover.help"))
@click.argument("cidrs", nargs=-1, required=True, metavar="CIDR…")
@click.option("-i", "--inventory", required=True, metavar="FILE", help=say("scan.inventory"))
@click.option("--no-nmap", is_flag=True, help=say("discover.no-nmap"))
@click.option("--port", "ports", multiple=True, type=click.IntRange(1, 65535), help=say("discover.port"))
def discover_command(cidrs: tuple[str, ...], inventory: str, no_nmap: bool, ports: tuple[int, ...]) -> int:
    book = read_inventory(Path(inventory))
    nets = networks(cidrs)
    asked = tuple(sorted(set(ports))) or PORTS
    if any(9100 <= port <= 9107 for port in asked):
        raise UseError("discover-printer")
    check_networks(book, nets, datetime.now().astimezone())
    click.echo(say("discover.start", networks=" ".join(map(str, nets)), ports=len(asked), seconds=seconds_at_most(nets, asked)), err=True)
    seen = discover(nets, nmap=not no_nmap, ports=asked)
    known = _known(seen.hosts, book)
    strange = [host for host in seen.hosts if host.address not in known]
    for host in strange:
        click.echo(say("discover.undeclared", address=host.address, ports=_ports(host)))
    for host in seen.hosts:
        if host.address in known:
            click.echo(say("discover.declared", address=host.address, id=known[host.address], ports=_ports(host)))
    click.echo(say("discover.summary", count=len(seen.hosts), strange=len(strange), how=seen.how))
    if seen.unsent:
        click.echo(say("discover.unsent", count=seen.unsent))
    if strange:
        click.echo(say("discover.snippet"))
        for host in strange:
            click.echo("      " + snippet(host))
    return 0


def check_networks(book: Inventory, nets: Iterable[Net], now: datetime) -> None:
    """Raise ScopeError unless every whole network is inside the scope, today and at this hour."""
    for net in nets:
        if not covers(book.scope, net):
            raise ScopeError("scope-outside", id="discover", place=net)
    check_time(book.scope, now)


def declared(book: Inventory) -> dict[str, str]:
    """Addresses that the inventory declares, names resolved, by address: the id of the target, crossing or login."""
    found: dict[str, str] = {}
    places = [(target.id, place) for target in book.targets for place in places_of(target, book)]
    places += [(crossing["id"], half["address"]) for crossing in book.crossings for half in _halves(crossing)]
    for name, place in places:
        if place == "local":
            found.setdefault("127.0.0.1", name)
            found.setdefault("::1", name)
        elif not place.startswith(("file:", "sqlite:")):
            for address in [str(ip(place))] if ip(place) is not None else system_resolver(place):
                found.setdefault(address.partition("%")[0], name)
    return found


def _halves(crossing: Crossing) -> list[Half]:
    return [half for half in (crossing.get("device"), crossing.get("outer_device")) if half is not None]


def _known(hosts: Iterable[Found], book: Inventory) -> dict[str, str]:
    """Found addresses that are declared; an address of this machine is declared when this machine is."""
    known = declared(book)
    here = known.get("127.0.0.1")
    own = {host.address: here for host in hosts if here is not None and host.address not in known and is_own(host.address)}
    return known | own


def snippet(host: Found) -> str:
    """One target of an inventory; the kind is a guess from the open ports."""
    name = "host-" + host.address.replace(".", "-").replace(":", "-")
    where = f"[{host.address}]" if ":" in host.address else host.address
    ports = set(host.ports)
    if WINDOWS & ports:
        return f'- {{id: {name}, kind: windows, address: "{host.address}"}}'
    if 22 in ports:
        return f'- {{id: {name}, kind: linux, address: "{host.address}"}}'
    if 23 in ports:
        return f'- {{id: {name}, kind: netdev, address: "{host.address}"}}'
    for kinds, kind in ((DATABASES, "database"), (WEB, "web")):
        port = next((port for port in host.ports if port in kinds), None)
        if port is not None:
            return f'- {{id: {name}, kind: {kind}, url: "{kinds[port]}://{where}:{port}/"}}'
    return f'- {{id: {name}, kind: linux, address: "{host.address}"}}'


def _ports(host: Found) -> str:
    return " ".join(map(str, host.ports)) or say("discover.no-open")


COMMANDS: list[click.Command] = [discover_command]
