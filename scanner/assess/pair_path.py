"""One path of ``isolation.no-path`` as a line of ``views.isolation``, its frames laid beside. Pure."""

from __future__ import annotations

from typing import Any

from scanner.assess.loose import Data, items, mapping, number, text, texts, whole
from scanner.model.zone_pair import FrameLine, PathLine, TokenLine

PROVING = frozenset({"A", "B"})
"""Strengths that carry a conclusion; everything weaker is a lead."""
INWARD = frozenset({"inward", "published"})
"""Kinds of path that are walked from outside to inside."""
ATTACHED = frozenset({"identity", "shared-mac", "shared-bridge", "dual-homed", "same-box", "storage"})
"""Kinds that say "one box stands on both sides": nothing was sent across."""
BRIDGED = frozenset({"layer2", "vlan", "double-vlan"})
"""Kinds of path that no box need put its name to: without a MAC of a next hop there is none in between to draw."""
ANSWER = "lead-answer"
"""Kind of what came back to the sender itself."""


def path_line(item: Data, zones: tuple[str, str], frames: list[FrameLine]) -> PathLine:
    """The line of one path; its frames are appended to ``frames``."""
    kind = text(item.get("kind")) or (ANSWER if "answers" in item else "?")
    strength, token = text(item.get("strength")), _token(mapping(item.get("token")))
    lead = strength not in PROVING or kind.startswith("lead")
    direction = _direction(kind, item, zones, sent=token is not None)
    start, end = ("outer", "inner") if direction == "in" else ("inner", "outer")
    source, device = _place(item.get("exit")), mapping(item.get("device"))
    return {
        "kind": kind,
        "strength": strength,
        "lead": lead,
        "direction": direction,
        "ends": (text(item.get("from")), text(item.get("to"))),
        "via": text(item.get("via")),
        "device": None if kind in BRIDGED and not text(device.get("mac")) else _box(item.get("device"), text(item.get("via"))),
        "mac": text(device.get("mac")),
        "protocol": text(item.get("protocol")),
        "family": text(item.get("family")),
        "port": None if item.get("port") in (0, "0") else text(item.get("port")),
        "what": text(item.get("what")),
        "indices": text(item.get("indices")),
        "count": whole(item.get("count")) or 1,
        "exit": source,
        "target": text(mapping(item.get("exit")).get("target")),
        "sentinel": text(item.get("sentinel")),
        "crossing": text(item.get("crossing")),
        "within": item.get("within") is True or kind == "declared",
        "how": text(item.get("how")),
        "name": text(item.get("name")),
        "identity": text(item.get("identity")),
        "note": text(item.get("note")) or _answers(item),
        "token": token,
        "sent": _frame(mapping(item.get("sent")), "sent", start, None, frames),
        "received": _frame(mapping(item.get("received")), "received", end, source, frames),
    }


def _direction(kind: str, item: Data, zones: tuple[str, str], *, sent: bool) -> str:
    """``out``, ``in``, or ``both`` where a box is attached and no packet has a direction."""
    if kind in ATTACHED and not sent:
        return "both"
    if item.get("from") == zones[1] or item.get("to") == zones[0] or kind in INWARD:
        return "in"
    return "out"


def _box(value: Any, via: str | None) -> str | None:
    """A box by its name, id, address or MAC, whichever the judge has first; else by what the path goes by way of."""
    device = mapping(value)
    if not device:
        return text(value) or via
    known = [text(device.get("name")), text(device.get("id")), text(device.get("address"))]
    addresses = texts(device.get("addresses"))
    known += [via if via in addresses else next(iter(addresses), None), via, text(device.get("mac"))]
    return next((found for found in known if found), None)


def _place(value: Any) -> str | None:
    """Where a token came out: an address, else a MAC."""
    place = mapping(value)
    return text(place.get("address")) or text(place.get("mac")) if place else text(value)


def _answers(item: Data) -> str | None:
    """``rst 3, syn-ack 1``: what came back, by sort."""
    found = mapping(item.get("answers"))
    return ", ".join(f"{sort} {count}" for sort, count in sorted(found.items()) if isinstance(count, int)) or None


def _token(item: Data) -> TokenLine | None:
    if not item:
        return None
    return {
        "label": text(item.get("label")),
        "index": whole(item.get("index")),
        "hex": text(item.get("hex")),
        "magic": text(item.get("magic")),
        "rule": text(item.get("rule")),
    }


def _frame(item: Data, step: str, end: str, source: str | None, frames: list[FrameLine]) -> int | None:
    """Number of the frame in ``frames``; None when the judge gave none."""
    data = text(item.get("hex"))
    if data is None:
        return None
    times = items(item.get("t"))
    frames.append(
        {
            "step": step,
            "end": end,
            "t": number(times[0]) if times else number(item.get("t")),
            "until": number(times[-1]) if len(times) > 1 else None,
            "hex": data,
            "ttl": whole(item.get("ttl")),
            "source": source if step == "received" else None,
        }
    )
    return len(frames) - 1
