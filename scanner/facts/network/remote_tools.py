"""The vocabulary of programs that lead past a boundary, and what was found of them on one host."""

from __future__ import annotations

import importlib.resources
from collections.abc import Callable, Iterable
from dataclasses import dataclass

import yaml

CLASSES = ("remote-control", "penetration", "proxy", "vpn", "sync")
_WORDS = yaml.load(importlib.resources.files(__package__).joinpath("remote_tools.yaml").read_text("utf-8"), Loader=yaml.CSafeLoader)


@dataclass(frozen=True, slots=True)
class Tool:
    """One program and the traces that it leaves."""

    id: str
    kind: str
    """One of CLASSES."""
    name: str
    processes: frozenset[str]
    """Names as Linux shows them, at most 15 characters, lower case."""
    units: frozenset[str]
    packages: frozenset[str]
    paths: tuple[str, ...]
    windows: tuple[str, ...]
    """Words of Windows services, processes and installed programs, lower case."""


def _tool(key: str, data: dict[str, object]) -> Tool:
    def words(name: str) -> list[str]:
        found = data[name]
        if not isinstance(found, list):
            raise ValueError(f"{key}: {name} is no list")
        return [str(item) for item in found]

    return Tool(
        key, str(data["class"]), str(data["name"]), frozenset(name[:15].lower() for name in words("processes")),
        frozenset(words("units")), frozenset(words("packages")), tuple(words("paths")), tuple(word.lower() for word in words("windows")),
    )  # fmt: skip


TOOLS: tuple[Tool, ...] = tuple(_tool(key, data) for key, data in _WORDS["tools"].items())
PUBLIC_NAMES: tuple[str, ...] = tuple(str(name) for name in _WORDS["public_names"])


@dataclass(frozen=True, slots=True, order=True)
class Trace:
    """One trace of one tool."""

    tool: str
    """Its name for people."""
    kind: str
    state: str
    """``running``, ``starts`` (a unit that is switched on), ``installed`` or ``left`` (files without a program that runs)."""
    where: str
    """Process, unit, package or path."""

    def shown(self) -> dict[str, str]:
        """For a verdict's ``observed``."""
        return {"tool": self.tool, "class": self.kind, "state": self.state, "where": self.where}


def traces_of(state: str, words: Iterable[str], belongs: Callable[[Tool, str], bool]) -> list[Trace]:
    """Every word (process, unit …) that belongs to a tool."""
    return [Trace(tool.name, tool.kind, state, word) for word in words for tool in TOOLS if belongs(tool, word)]


def is_public_name(name: str) -> bool:
    """Whether a host name is one of the public network's well-known servers."""
    bare = name.lower().rstrip(".")
    return any(bare == end or bare.endswith(f".{end}") for end in PUBLIC_NAMES)
