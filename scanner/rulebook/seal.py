"""The rulebook's digest: everything that can change a verdict, and nothing that cannot."""

from __future__ import annotations

import hashlib
import importlib.metadata
from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable

from scanner.rulebook.book import rulebook
from scanner.rulebook.profiles import profiles

PACKAGES = ("scanner.model", "scanner.facts", "scanner.rulebook", "scanner.evaluate", "scanner.assess")
"""Whose sources are covered, beside checks, sheets, profiles and their parameters."""
LIBRARIES = ("msgspec", "pyyaml")
"""Parsing libraries whose version is covered."""


@cache
def rulebook_digest() -> str:
    """``sha256:…`` of the installed rulebook; the same on any machine with the same release."""
    total = hashlib.sha256()
    for name in PACKAGES:
        for path, data in sources(files(name), name):
            total.update(f"{path}\0{len(data)}\0".encode())
            total.update(data)
    for check in rulebook().checks.values():
        total.update(f"{check.id}\0{check.digest}\0".encode())
    # Judges may share modules that have no sheet of their own.
    for package in sorted({check.judge.module.rpartition(".")[0] for check in rulebook().checks.values()}):
        for path, data in sources(files(package), package):
            if path.endswith(".py"):
                total.update(f"{path}\0{len(data)}\0".encode())
                total.update(data)
    for profile in profiles().values():
        total.update(f"{profile.id}\0{profile.digest}\0".encode())
    for library in LIBRARIES:
        total.update(f"{library}\0{importlib.metadata.version(library)}\0".encode())
    return "sha256:" + total.hexdigest()


def sources(folder: Traversable, name: str) -> Iterator[tuple[str, bytes]]:
    """(path, bytes) of every source and sheet below a folder, sorted."""
    for item in sorted(folder.iterdir(), key=lambda entry: entry.name):
        if item.name.endswith((".py", ".yaml")):
            yield f"{name}/{item.name}", item.read_bytes()
        elif item.is_dir() and item.name != "__pycache__":
            yield from sources(item, f"{name}/{item.name}")
