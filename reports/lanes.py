"""Paths between two zones put together for people: equal ones become one lane with its ports, and lanes become pictures."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from reports.inert import line

LANES = 12
"""Lanes of one picture: it must fit on a sheet of paper."""
PICTURES = 5
"""Pictures of one pair; what does not fit is put together more coarsely, then counted."""
SPANS, BRIEF = 6, 2
"""Ranges of ports that a table and a label in a picture name."""

STYLES = ("beyond", "breach", "attached", "approved")
"""How a path is drawn, the gravest first: ``beyond`` is beyond an approved crossing."""

Path = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Lane:
    """Paths that differ in nothing but the port (or, put together coarsely, in protocol and kind)."""

    number: str
    """``P01``…, leads ``L01``…"""
    kinds: tuple[str, ...]
    protocols: tuple[str, ...]
    """``TCP 1–65535``, one text a protocol."""
    brief: tuple[str, ...]
    """The same, shorter."""
    device: str | None
    mac: str | None
    direction: str
    """``out``, ``in`` or ``both``."""
    exits: tuple[str, ...]
    sentinel: str | None
    strength: str | None
    crossing: str | None
    style: str
    """One of :data:`STYLES`."""
    paths: tuple[Path, ...]
    count: int
    """Tokens, or identities, that it stands for."""

    @property
    def first(self) -> Path:
        """The path whose frames stand for all of the lane."""
        return next((path for path in self.paths if path["received"] is not None), self.paths[0])


def lanes(paths: Sequence[Path], coarse: bool = False, letter: str = "P") -> list[Lane]:
    """Equal paths put together, in the order of gravity; those of one device stand together."""
    groups: dict[tuple[Any, ...], list[Path]] = {}
    for path in paths:
        groups.setdefault(_key(path, coarse), []).append(path)
    drafts = sorted(groups.values(), key=lambda group: _rank(group[0]))
    order: dict[str, int] = {}
    for group in drafts:
        order.setdefault(group[0]["device"] or "", len(order))
    drafts.sort(key=lambda group: (order[group[0]["device"] or ""], group[0]["sentinel"] or "", _rank(group[0])))
    return [_lane(f"{letter}{number:02d}", group) for number, group in enumerate(drafts, 1)]


def pictures(paths: Sequence[Path], one: bool) -> tuple[list[list[Lane]], int]:
    """Lanes by picture, and how many did not fit. ``one``: a single picture, put together coarsely."""
    room = LANES * (1 if one else PICTURES)
    found = lanes(paths, coarse=one)
    if len(found) > room:
        found = lanes(paths, coarse=True)
    shown = found[:room]
    count = -(-len(shown) // LANES)
    height = -(-len(shown) // count) if count else 0
    return [shown[at * height : (at + 1) * height] for at in range(count)], len(found) - len(shown)


def _key(path: Path, coarse: bool) -> tuple[Any, ...]:
    base = (style_of(path), path["device"], path["direction"], path["sentinel"], path["strength"], path["crossing"])
    return base if coarse else (*base, *(path[key] for key in ("kind", "protocol", "family", "what", "exit", "note", "identity")))


def style_of(path: Path) -> str:
    """How a path is drawn: what is approved and what is not must never look alike."""
    if path["within"]:
        return "approved"
    if path["crossing"]:
        return "beyond"
    return "attached" if path["direction"] == "both" else "breach"


def _rank(path: Path) -> tuple[Any, ...]:
    style = STYLES.index(style_of(path))
    return (style, path["strength"] or "Z", path["kind"], path["protocol"] or "", _order(_indices(path)), path["exit"] or "")


def _lane(number: str, group: Sequence[Path]) -> Lane:
    first = group[0]
    by_protocol: dict[str, list[str | None]] = {}
    for path in group:
        by_protocol.setdefault(_what(path), []).append(_indices(path))
    return Lane(
        number=number,
        kinds=tuple(dict.fromkeys(path["kind"] for path in group)),
        protocols=_texts(by_protocol, SPANS),
        brief=_texts(by_protocol, BRIEF),
        device=first["device"],
        mac=first["mac"],
        direction=first["direction"],
        exits=tuple(dict.fromkeys(path["exit"] for path in group if path["exit"])),
        sentinel=first["sentinel"],
        strength=first["strength"],
        crossing=first["crossing"],
        style=style_of(first),
        paths=tuple(group),
        count=sum(path["count"] for path in group),
    )


def _texts(by_protocol: Mapping[str, Sequence[str | None]], limit: int) -> tuple[str, ...]:
    return tuple(text for name, ports in by_protocol.items() if (text := f"{name} {spans(ports, limit)}".strip()))


def _what(path: Path) -> str:
    """What the numbers of a path are: ports of a protocol, VLAN ids, or numbers of IP protocols."""
    name = {"vlan": "VLAN", "protocol": "IP"}.get(path["what"] or "", path["protocol"] or "")
    name = name.upper() if len(name) <= 8 else name
    return f"IPv6 {name}".strip() if path["family"] == "v6" else name


def _indices(path: Path) -> str | None:
    indices: str | None = path["indices"] if path["what"] in ("port", "vlan", "protocol") else path["port"]
    return indices or path["port"]


def spans(ports: Iterable[str | None], limit: int = SPANS) -> str:
    """``22, 80, 1000–2000``: whole numbers put together to ranges, other texts as they are, at most ``limit`` named."""
    whole: list[tuple[int, int]] = []
    other: dict[str, None] = {}
    for port in (part.strip() for listed in ports for part in (listed or "").split(",")):
        found = re.fullmatch(r"([0-9]{1,9})(?:[-–]([0-9]{1,9}))?", port, re.ASCII)
        if found is not None:
            whole.append((int(found[1]), int(found[2] or found[1])))
        elif port:
            other[port] = None
    merged: list[list[int]] = []
    for low, high in sorted(whole):
        if merged and low <= merged[-1][1] + 1:
            merged[-1][1] = max(merged[-1][1], high)
        else:
            merged.append([low, high])
    texts = [str(low) if low == high else f"{low}–{high}" for low, high in merged] + list(other)
    return ", ".join(texts) if len(texts) <= limit else f"{', '.join(texts[:limit])} … [{len(texts)}]"


def _order(port: str | None) -> tuple[int, str]:
    digits = re.match(r"[0-9]{1,9}", port or "", re.ASCII)
    return (int(digits[0]) if digits else -1, port or "")


def fit(text: str, width: float) -> str:
    """A text cut to a width in units of one Latin letter; a Chinese character takes nearly two."""
    text, used = line(text), 0.0
    for at, char in enumerate(text):
        used += 1.8 if ord(char) > 0x2E7F else 1.0
        if used > width:
            return text[: max(1, at - 1)] + "…"
    return text
