"""``shiqu hub import``: envelopes that came as files, one by one or from a folder that is watched."""

from __future__ import annotations

import signal
import threading
from pathlib import Path

import click

from hub.cli.options import HOME, PASSPHRASE, beginning, console, own, word, writing
from hub.intake import fold, foreign
from hub.intake.door import Door, Outcome
from hub.intake.folder import RECEIPTS, Watch, read_bounded
from hub.intake.reading import read_arrival
from hub.registry import units
from hub.registry.own import Own
from hub.words import language, told
from hub.work import incoming
from scanner.errors import KeepError, ShiquError, UseError
from scanner.ledger.ends import write_private
from scanner.ledger.envelope import SUFFIX

TROUBLE_SECONDS = 10


@click.command("import", help=word("hub.import.help"))
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path, exists=True))
@HOME
@PASSPHRASE
@click.option("--foreign", "origin", type=click.Choice(foreign.ORIGINS), default=None, help=word("hub.import.foreign"))
@click.option("--unit", "code", default=None, metavar="CODE", help=word("hub.import.unit"))
@click.option("--watch", is_flag=True, help=word("hub.import.watch"))
@click.option("--seconds", type=click.FloatRange(0.1, 3600), default=2.0, show_default=True, help=word("hub.import.seconds"))
@click.option("--receipts", type=click.Path(path_type=Path, file_okay=False), default=None, metavar="DIR", help=word("hub.import.receipts"))
def imports(
    files: tuple[Path, ...],
    home: Path,
    reference: str,
    origin: str | None,
    code: str | None,
    watch: bool,
    seconds: float,
    receipts: Path | None,
) -> int:
    if (origin is None) != (code is None) or (origin is not None and (watch or receipts is not None)):
        raise UseError("hub-import-foreign")
    if origin is not None and code is not None:
        return _foreign(home, files, origin, code)
    if watch and (len(files) != 1 or not files[0].is_dir()):
        raise UseError("hub-import-watch")
    hub = own(home, reference)
    try:
        return _watch(hub, files[0], seconds) if watch else _once(hub, files, receipts)
    finally:
        hub.database.close()


def _foreign(home: Path, files: tuple[Path, ...], origin: str, code: str) -> int:
    """Files of another tool, for one unit; all of them or none."""
    found = [(path, foreign.read(origin, path.name, beginning(path, foreign.MAX_FILE + 1))) for path in files]
    with writing(home) as connection:
        where = units.find(connection, code)
        for path, said in found:
            new = foreign.keep(connection, where.id, said, foreign.CLI, console())
            click.echo(word("hub.import.foreign-kept" if new else "hub.import.foreign-known", file=path.name, unit=where.name))
    click.echo(word("unit.foreign-note"))
    return 0


def _once(hub: Own, files: tuple[Path, ...], receipts: Path | None) -> int:
    """0 when everything is kept, 5 when something was refused: it says what and why."""
    door, bad = Door(hub, hub.database, incoming.take), False
    folders = {found for given in files if given.is_dir() for found in given.glob("*" + SUFFIX)}
    for path in sorted(folders.union(given for given in files if not given.is_dir())):
        try:
            data = read_bounded(path)
            if path in folders and _for_units(hub, data):
                _say(path.name, "left", None)
                continue
            outcome = door.accept(data, "cli")
        except KeepError as error:
            if error.code not in ("dispatch-large", "hub-import-not-a-file", "hub-import-unreadable"):
                raise
            outcome = Outcome("refused", None, None, error)
        bad |= outcome.receipt is None
        if receipts is not None and outcome.receipt is not None:
            receipts.mkdir(mode=0o700, parents=True, exist_ok=True)
            write_private(receipts / f"{path.name.removesuffix(SUFFIX)}.receipt{SUFFIX}", outcome.receipt)
        _say(path.name, outcome.code, outcome.error)
    fold.fold_all(hub.database)
    incoming.pass_on(hub, hub.database)
    return 5 if bad else 0


def _for_units(hub: Own, data: bytes) -> bool:
    """Whether what lies on a disc beside the rest is a receipt or a notice: a hub takes none in, and none is to be put aside."""
    error = read_arrival(data, "cli", console(), hub=hub.code, decrypt=hub.encrypt).error
    return error is not None and error.code == "hub-envelope-kind"


def _watch(hub: Own, folder: Path, seconds: float) -> int:
    """Until SIGTERM or Ctrl-C; trouble with the disk or the database is told and tried again."""
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    watch = Watch(folder, Door(hub, hub.database, incoming.take))
    click.echo(word("hub.import.watching", dir=folder, receipts=folder / RECEIPTS))
    while not stop.is_set():
        try:
            for taken in watch.look():
                _say(taken.name, taken.code, taken.error)
            fold.fold_all(hub.database)
            incoming.pass_on(hub, hub.database)
            stop.wait(seconds)
        except KeepError as error:
            click.echo(told(error, language()), err=True)
            stop.wait(TROUBLE_SECONDS)
    return 0


def _say(name: str, code: str, error: ShiquError | None) -> None:
    shown = "".join(char if char.isprintable() else "?" for char in name)
    if error is None:
        click.echo(word(f"hub.import.{code}", file=shown))
    else:
        click.echo(word(f"hub.import.{code}", file=shown) + " " + told(error, language()), err=True)


COMMANDS = (imports,)
