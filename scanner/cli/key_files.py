"""Where keys and pins lie on this machine, and how a passphrase comes in: by reference or by asking, never as an argument."""

from __future__ import annotations

import getpass
from pathlib import Path

from scanner.cli.words import say
from scanner.errors import UseError
from scanner.ledger.home import home_for
from scanner.ledger.keys import SIGNING, PrivateKey, read_private, read_public
from scanner.secret import resolve_secret

SUFFIX, PUBLIC = ".key", "key.pub"


def config_folder(name: str) -> Path:
    """``~/.config/shiqu/NAME``."""
    return Path.home() / ".config" / "shiqu" / name


def key_path(named: str) -> Path:
    """A key file by its path, or by its name in the folder of keys. Raises UseError."""
    for path in (Path(named), config_folder("keys") / named, config_folder("keys") / (named + SUFFIX)):
        if path.is_file():
            return path
    raise UseError("key-missing", name=named, dir=config_folder("keys"))


def passphrase(reference: str, twice: bool = False) -> str:
    """What opens a key. Raises UseError; the value is never shown."""
    try:
        value = resolve_secret(reference, say("keys.ask"))
        if twice and reference == "ask" and getpass.getpass(say("keys.ask-again")) != value:
            raise UseError("key-passphrases-differ")
    except EOFError:
        raise UseError("key-no-terminal") from None
    return value


def unit_key(inventory: Path | None) -> str | None:
    """Fingerprint of ``key.pub`` in the unit's home, None when none lies there. Raises UseError for one that cannot seal."""
    path = home_for(inventory).folder / PUBLIC
    if not path.is_file():
        return None
    key = read_public(path)
    if key.algorithm not in SIGNING:
        raise UseError("key-not-for-signing", algorithm=key.algorithm)
    return key.fingerprint


def open_key(named: str, reference: str) -> PrivateKey:
    """The private key. Raises UseError."""
    path = key_path(named)
    return read_private(path, passphrase(reference))


def grouped(fingerprint: str) -> str:
    """A fingerprint as people compare it: groups of four."""
    kind, _, digits = fingerprint.partition(":")
    return f"{kind} " + " ".join(digits[start : start + 4] for start in range(0, len(digits), 4))
