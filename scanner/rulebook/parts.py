"""The rulebook's digest in parts, so that two results can say which part made them differ."""

from __future__ import annotations

import hashlib
import importlib.metadata
import sys
from collections.abc import Iterable
from functools import cache
from importlib.resources import files
from typing import Any

from scanner import __version__
from scanner.rulebook.book import Rulebook
from scanner.rulebook.check import Judge
from scanner.rulebook.profiles import profiles
from scanner.rulebook.seal import LIBRARIES, PACKAGES, sources

SHORT = 16
"""Hex digits kept of each digest: they tell two releases apart and prove nothing."""
LONGEST = 120


def rulebook_parts(book: Rulebook, checks: Iterable[str]) -> dict[str, Any]:
    """Release, and short digests of judge, sheet and facts of every named check, of profiles, and of the rest of the machine."""
    named = sorted({*checks} & {*book.checks})
    modules = sorted({module for name in named for module in _modules(book[name].judge)})
    return {
        "release": __version__,
        "checks": {name: _check(book, name) for name in named},
        "facts": {_short(module): _module(module) for module in modules},
        "profiles": {name: profile.digest.removeprefix("sha256:")[:SHORT] for name, profile in profiles().items()},
        "machine": {name.removeprefix("scanner."): _package(name) for name in PACKAGES},
        "libraries": {name: importlib.metadata.version(name) for name in LIBRARIES},
    }


def _check(book: Rulebook, name: str) -> dict[str, Any]:
    check = book[name]
    return {
        "judge": _module(check.judge.module),
        "sheet": check.sheet_digest.removeprefix("sha256:")[:SHORT],
        "parameters": {key: _shown(value) for key, value in check.judge.parameters.items()},
        "facts": [_short(module) for module in _modules(check.judge)],
    }


def _shown(value: Any) -> str:
    """A default as text; what has no order of its own is sorted."""
    text = ",".join(sorted(map(str, value)) if isinstance(value, set | frozenset) else map(str, value)) if _many(value) else str(value)
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}… {hashlib.sha256(text.encode()).hexdigest()[:SHORT]}"


def _many(value: Any) -> bool:
    return isinstance(value, set | frozenset | tuple | list)


def _short(module: str) -> str:
    return module.removeprefix("scanner.facts.")


def _modules(judge: Judge) -> list[str]:
    """Where the facts that it asks for are read."""
    return sorted({need.spec.type.__module__ for need in judge.needs})


@cache
def _module(name: str) -> str:
    """Of one module's source; what it shares with others is told by its package."""
    package, _, stem = name.rpartition(".")
    path = files(package).joinpath(stem + ".py")
    if not path.is_file():
        path = files(sys.modules[name]).joinpath("__init__.py")
    return hashlib.sha256(path.read_bytes()).hexdigest()[:SHORT]


@cache
def _package(name: str) -> str:
    total = hashlib.sha256()
    for path, data in sources(files(name), name):
        total.update(f"{path}\0{len(data)}\0".encode())
        total.update(data)
    return total.hexdigest()[:SHORT]
