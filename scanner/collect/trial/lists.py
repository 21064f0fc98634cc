"""Port lists and other vocabulary of the trials, from the YAML beside."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import Any

import yaml

from scanner.facts.network.plan import NEVER_PORTS


@cache
def lists() -> dict[str, Any]:
    """The whole file."""
    found: dict[str, Any] = yaml.load(files("scanner.collect.trial").joinpath("ports.yaml").read_text("utf-8"), Loader=yaml.CSafeLoader)
    return found


def ports(protocol: str, depth: str) -> list[int]:
    """Ports of the matrix by depth, the likeliest first; never one at which whatever comes is printed."""
    first = list(lists()[protocol])
    if depth != "quick":
        first += [*lists()["more"][protocol], *(range(1, 1025) if protocol == "tcp" else ())]
    return [port for port in dict.fromkeys(first) if port not in NEVER_PORTS]


def every_port(without: list[int]) -> list[int]:
    """All ports but those and the printers' own."""
    known = set(without) | NEVER_PORTS
    return [port for port in range(1, 65_536) if port not in known]


def knocks(extra: list[int]) -> list[int]:
    """Ports of a device's first look; ``extra`` are declared ones."""
    return [port for port in dict.fromkeys([*extra, *lists()["knock"]]) if port not in NEVER_PORTS]
