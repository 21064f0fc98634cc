"""Secrets by reference: ``env:NAME``, ``file:PATH``, ``keyring:NAME`` or ``ask``; never a value in an argument or a file of ours."""

from __future__ import annotations

import getpass
import os
import stat
from collections.abc import Mapping
from pathlib import Path

from scanner.errors import UseError


def resolve_secret(reference: str, prompt: str, environment: Mapping[str, str] | None = None) -> str:
    """Resolve ``env:NAME``, ``file:PATH``, ``keyring:NAME`` or ``ask``. Raises UseError without echoing any value.

    A secret file that others may read is refused.
    """
    kind, _, name = reference.partition(":")
    if kind == "env":
        value = (os.environ if environment is None else environment).get(name)
        if value is None:
            raise UseError("secret-env-missing", name=name)
        return value
    if kind == "file":
        return _secret_file(Path(name).expanduser())
    if kind == "keyring":
        return _keyring(name)
    if kind == "ask":
        return getpass.getpass(prompt)
    raise UseError("secret-reference", kind=kind[:20])


def _secret_file(path: Path) -> str:
    try:
        with path.open("rb") as stream:
            mode = os.fstat(stream.fileno()).st_mode
            if mode & (stat.S_IRWXG | stat.S_IRWXO):
                raise UseError("secret-file-open", file=path)
            return stream.read(4096).decode("utf-8").rstrip("\r\n")
    except (OSError, UnicodeDecodeError):
        raise UseError("secret-file-unreadable", file=path) from None


def _keyring(name: str) -> str:
    try:
        import keyring  # type: ignore[import-not-found,unused-ignore]
    except ImportError:
        raise UseError("secret-keyring-missing", name=name) from None
    value = keyring.get_password("shiqu", name)
    if value is None:
        raise UseError("secret-keyring-empty", name=name)
    return str(value)
