"""``shiqu import arf|wazuh|nmap``: what other tools found, as evidence of a named foreign origin."""

from __future__ import annotations

import getpass
from collections.abc import Callable, Mapping
from pathlib import Path

import click

from scanner.cli.asking import carried_request, local_options, plain_request
from scanner.cli.words import say
from scanner.collect.clean import mask_json
from scanner.collect.foreign import arf, nmap, wazuh
from scanner.collect.foreign.shape import MAX_FILE, Findings, NotRead, written
from scanner.errors import UseError
from scanner.flow.foreign import alone, beside
from scanner.model.canonical import digest
from scanner.rulebook.book import rulebook
from scanner.targets.inventory import read_inventory

READERS: Mapping[str, Callable[[bytes], Findings]] = {"arf": arf.read, "wazuh": wazuh.read, "nmap": nmap.read}


@click.command("import", help=say("import.help"))
@click.argument("origin", type=click.Choice(sorted(READERS)))
@click.argument("files", nargs=-1, required=True, metavar="FILE…")
@click.option("-o", "--output", required=True, metavar="SHELF", help=say("import.output"))
@click.option("--shelf", default=None, metavar="SHELF", help=say("import.shelf"))
@click.option("-i", "--inventory", default=None, metavar="FILE", help=say("import.inventory"))
@click.option("--target", default=None, metavar="ID", help=say("import.target"))
def import_(origin: str, files: tuple[str, ...], output: str, shelf: str | None, inventory: str | None, target: str | None) -> int:
    rulebook()
    path = Path(output)
    if path.exists() or path.is_symlink():
        raise UseError("file-exists", file=path)
    if shelf is not None and inventory is not None:
        raise UseError("import-both")
    found = {}
    for name in files:
        data, read = _read(origin, Path(name))
        if target is not None and len(read.hosts) != 1:
            raise UseError("import-target", file=name, count=len(read.hosts))
        probe = f"foreign.{origin}.{digest(data)[7:19]}"
        found[probe] = (name, mask_json(written(origin, Path(name).name, data, read, target)))
        click.echo(say("import.read", file=name, tool=read.tool or "-", hosts=len(read.hosts), rows=len(read.rows), left=read.left_out))
        if not read.whole:
            click.echo(say("import.not-whole", file=name), err=True)
    if shelf is not None:
        beside(_shelf(Path(shelf)), found, path)
    else:
        options = local_options(getpass.getuser())
        book = read_inventory(Path(inventory)) if inventory is not None else None
        alone(plain_request((), options) if book is None else carried_request(book, (), options), found, path)
    click.echo(path)
    click.echo(say("import.nothing-passes"))
    return 0


def _read(origin: str, path: Path) -> tuple[bytes, Findings]:
    try:
        with path.open("rb") as stream:
            data = stream.read(MAX_FILE + 1)
    except OSError as error:
        raise UseError("file-unreadable", file=path, detail=error.strerror or "?") from None
    try:
        if len(data) > MAX_FILE:
            raise NotRead(f"> {MAX_FILE >> 20} MiB")
        return data, READERS[origin](data)
    except NotRead as error:
        raise UseError("import-unreadable", file=path, origin=origin, detail=error) from None


def _shelf(path: Path) -> Path:
    return path / "shelf.zip" if path.is_dir() else path


COMMANDS: list[click.Command] = [import_]
