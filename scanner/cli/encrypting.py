"""``--encrypt-to``: what leaves the machine is written as ``FILE.age`` (X25519) or ``FILE.sm2`` (SM2 with SM4 and SM3).

``shiqu keys encrypt|decrypt`` do the same for any file.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from pathlib import Path

import click

from scanner.cli.key_files import open_key
from scanner.cli.output import write_whole
from scanner.cli.words import say
from scanner.errors import KeepError, UseError
from scanner.ledger import age, sm_file
from scanner.ledger.age import recipient_of
from scanner.ledger.ends import write_private
from scanner.ledger.keys import PublicKey, read_public

SUFFIXES = {"x25519": ".age", "sm2": ".sm2"}
"""Ending of an encrypted file by the algorithm of the recipients' keys."""
KEYS = "scanner.encrypt-to"
MAX_FILE = 2 * 1024 * 1024 * 1024


def recipients(named: Iterable[str]) -> list[PublicKey]:
    """The keys to encrypt to, all of one algorithm: files of public keys, or ``age1…``. Raises UseError."""
    found = []
    for name in named:
        try:
            key = recipient_of(name) if name.startswith("age1") else read_public(Path(name))
        except ValueError:
            raise UseError("key-not-for-encryption", key=name[:80]) from None
        if key.algorithm not in SUFFIXES:
            raise UseError("key-not-for-encryption", key=name[:80])
        found.append(key)
    if len({key.algorithm for key in found}) > 1:
        raise UseError("keys-mixed")
    return found


def _kept(context: click.Context, _option: click.Parameter, named: tuple[str, ...]) -> None:
    """Read the recipients before anything is asked or written."""
    context.meta[KEYS] = recipients(named)


encrypt_option = click.option("--encrypt-to", multiple=True, metavar="KEY", expose_value=False, callback=_kept, help=say("keys.encrypt-to"))
"""``--encrypt-to KEY``, kept beside the command's own options."""


def _asked() -> list[PublicKey]:
    held: list[PublicKey] = click.get_current_context().meta.get(KEYS, [])
    return held


def write_leaving(path: Path, data: bytes) -> Path:
    """Write a file that leaves the machine: encrypted and only so when the command names a recipient. Raises KeepError."""
    keys = _asked()
    if keys:
        return write_encrypted(path, data, keys)
    write_whole(path, data)
    return path


def leaving_copies(paths: Iterable[Path]) -> list[Path]:
    """An encrypted copy beside every file when the command names a recipient; the files themselves stay here. Raises KeepError."""
    return encrypted_copies(paths, _asked())


def write_encrypted(path: Path, data: bytes, keys: Sequence[PublicKey]) -> Path:
    """Write ``PATH.age`` or ``PATH.sm2``. Raises UseError, KeepError."""
    algorithm = keys[0].algorithm
    target = path.with_name(path.name + SUFFIXES[algorithm])
    write_private(target, (sm_file if algorithm == "sm2" else age).encrypt(data, keys))
    return target


def encrypted_copies(paths: Iterable[Path], keys: Sequence[PublicKey]) -> list[Path]:
    """An encrypted copy beside every file; nothing without keys. Raises UseError, KeepError."""
    return [write_encrypted(path, _held(path), keys) for path in paths] if keys else []


@click.command("encrypt", help=say("keys.encrypt.help"))
@click.argument("files", nargs=-1, required=True, metavar="FILE…")
@click.option("--to", "named", multiple=True, required=True, metavar="KEY", help=say("keys.encrypt.to"))
def encrypt_command(files: tuple[str, ...], named: tuple[str, ...]) -> int:
    keys = recipients(named)
    for path in encrypted_copies([Path(name) for name in files], keys):
        click.echo(path)
    return 0


@click.command("decrypt", help=say("keys.decrypt.help"))
@click.argument("file", metavar="FILE")
@click.option("--key", "named", required=True, metavar="KEY", help=say("keys.decrypt.key"))
@click.option("--passphrase", "reference", default="ask", metavar="REF", help=say("keys.passphrase"))
@click.option("-o", "--output", default=None, metavar="FILE", help=say("keys.decrypt.output"))
def decrypt_command(file: str, named: str, reference: str, output: str | None) -> int:
    path = Path(file)
    if output is None and path.suffix not in SUFFIXES.values():
        raise UseError("decrypt-output", file=path)
    target = Path(output) if output is not None else path.with_suffix("")
    if os.path.lexists(target):
        raise UseError("key-exists", file=target)
    key = open_key(named, reference)
    try:
        data = (sm_file if key.public.algorithm == "sm2" else age).decrypt(_held(path), key)
    except ValueError as error:
        if str(error) == "recipient":
            raise UseError("decrypt-recipient", file=path) from None
        raise KeepError("decrypt-broken", file=path) from None
    write_private(target, data)
    click.echo(target)
    return 0


def _held(path: Path) -> bytes:
    try:
        with path.open("rb") as stream:
            data = stream.read(MAX_FILE + 1)
    except OSError as error:
        raise UseError("file-unreadable", file=path, detail=error.strerror or "?") from None
    if len(data) > MAX_FILE:
        raise UseError("file-unreadable", file=path, detail="> 2 GiB")
    return data
