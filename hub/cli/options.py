"""What every command of the hub needs to know: where the hub lives, and what opens its keys."""

from __future__ import annotations

import getpass
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click
from sqlalchemy.engine import Connection

from hub.registry.own import Own, open_database
from hub.store.database import Database
from hub.words import language, say
from scanner.errors import UseError
from scanner.secret import resolve_secret

HOME = click.option(
    "--home",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("shiqu-hub"),
    envvar="SHIQU_HUB_HOME",
    show_default=True,
    metavar="DIR",
    help=say("hub.option.home", language()),
)
PASSPHRASE = click.option(
    "--passphrase",
    "reference",
    default="ask",
    envvar="SHIQU_HUB_PASSPHRASE",
    show_default=True,
    metavar="REF",
    help=say("hub.option.passphrase", language()),
)
"""A reference, never the passphrase itself; the variable of the environment holds a reference too."""


def word(key: str, **fields: object) -> str:
    """A sentence in the language of the command line."""
    return say(key, language(), **fields)


def own(home: Path, reference: str) -> Own:
    """The hub with its keys open. Raises UseError, KeepError."""
    try:
        return Own.load(home, reference, word("hub.ask-passphrase"))
    except EOFError:
        raise UseError("key-no-terminal") from None


def database(home: Path) -> Database:
    """The database alone. Raises UseError, KeepError."""
    return open_database(home)


@contextmanager
def writing(home: Path) -> Iterator[Connection]:
    """One transaction at the hub's database, which is shut afterwards. Raises UseError, KeepError."""
    opened = database(home)
    try:
        with opened.writing() as connection:
            yield connection
    finally:
        opened.close()


@contextmanager
def reading(home: Path) -> Iterator[Connection]:
    """A look at the hub's database, which is shut afterwards. Raises UseError, KeepError."""
    opened = database(home)
    try:
        with opened.reading() as connection:
            yield connection
    finally:
        opened.close()


def beginning(path: Path, most: int) -> bytes:
    """The first bytes of a file: one more than it may have shows that it is too large. Raises UseError."""
    try:
        with path.open("rb") as stream:
            return stream.read(most)
    except OSError as error:
        raise UseError("file-unreadable", file=path, detail=error.strerror or "?") from None


def console() -> str:
    """Who sits at the hub, as the log names them."""
    return f"console:{getpass.getuser()}"


def new_passphrase(reference: str) -> str:
    """For new keys: asked twice where it is asked. Raises UseError."""
    try:
        value = resolve_secret(reference, word("hub.ask-passphrase"))
        if reference == "ask" and getpass.getpass(word("hub.ask-again")) != value:
            raise UseError("key-passphrases-differ")
    except EOFError:
        raise UseError("key-no-terminal") from None
    return value
