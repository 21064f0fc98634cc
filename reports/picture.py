"""The picture of a zone pair: where every box and arrow stands. Plain numbers and texts; a template draws them as SVG."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from reports.lanes import Lane, fit

WIDTH = 880
LEFT, RIGHT = 168, 712
"""Inner edges of both zones' boxes."""
BOX = (372, 528)
"""Edges of a device's box."""
TOP, ROW = 20, 48
REACH = 20
"""From an arrow to the edge of the box that it passes."""
EMPTY = 150
"""Height of two zones without an arrow between them."""
LINE = 15
"""Height of a line of text."""


def picture(pair: Mapping[str, Any], lanes: Sequence[Lane]) -> dict[str, Any]:
    """Boxes and arrows of one picture. Without lanes there is a gap, whose meaning the conclusion says."""
    zones = {end: _zone(pair["zones"][end]) for end in ("inner", "outer")}
    head = 50 + LINE * max(len(zone["lines"]) for zone in zones.values())
    height = head + (ROW * len(lanes) + 8 if lanes else max(0, EMPTY - head))
    rows = [_arrow(lane, TOP + head + ROW * (n + 0.5)) for n, lane in enumerate(lanes)]
    return {
        "width": WIDTH,
        "height": height + 2 * TOP,
        "zones": [
            {**zones["inner"], "x": 8, "y": TOP, "width": LEFT - 8, "height": height, "end": "inner"},
            {**zones["outer"], "x": RIGHT, "y": TOP, "width": WIDTH - 8 - RIGHT, "height": height, "end": "outer"},
        ],
        "devices": _runs([(lane.device, lane.mac, row["y"]) for lane, row in zip(lanes, rows)]),
        "sentinels": _runs([(lane.sentinel, None, row["y"]) for lane, row in zip(lanes, rows)]),
        "idle": [fit(one["id"], 15) for one in pair["sentinels"]] if not lanes else [],
        "arrows": rows,
        "middle": TOP + height / 2,
    }


def _zone(zone: Mapping[str, Any]) -> dict[str, Any]:
    networks = zone["networks"]
    lines = [fit(text, 24) for text in networks[:3]]
    if len(networks) > 3:
        lines.append(f"… [{len(networks)}]")
    named = zone["name"] if zone["name"] not in (None, zone["id"]) else None
    return {"title": fit(named or zone["id"], 17), "id": fit(zone["id"], 20) if named else None, "kind": zone["kind"], "lines": lines}


def _arrow(lane: Lane, y: float) -> dict[str, Any]:
    ends = [(LEFT, BOX[0]), (BOX[1], RIGHT)] if lane.device else [(LEFT, RIGHT)]
    exits = (
        fit(lane.exits[0], 22) + (f" +{len(lane.exits) - 1}" if len(lane.exits) > 1 else "")
        if lane.exits and lane.direction != "in"
        else ""
    )
    return {
        "y": y,
        "segments": [{"from": start, "to": end} for start, end in ends],
        "head": {"out": RIGHT, "in": LEFT}.get(lane.direction),
        "direction": lane.direction,
        "style": lane.style,
        "strength": lane.strength or "?",
        "number": lane.number,
        "kind": lane.kinds[0],
        "more": len(lane.kinds) - 1,
        "protocol": fit("; ".join(lane.brief), 26),
        "exit": exits,
        "crossing": fit(lane.crossing, 14) if lane.crossing else "",
        "device": lane.device,
    }


def _runs(rows: Sequence[tuple[str | None, str | None, float]]) -> list[dict[str, Any]]:
    """Neighbouring rows with the same name share one box."""
    found: list[dict[str, Any]] = []
    previous: str | None = None
    for name, more, y in rows:
        if name is not None and name == previous:
            found[-1]["height"] = y + REACH - found[-1]["y"]
        elif name is not None:
            found.append(
                {"name": fit(name, 21), "more": fit(more, 21) if more and more != name else "", "y": y - REACH, "height": 2 * REACH}
            )
        previous = name
    return [{**box, "middle": box["y"] + box["height"] / 2} for box in found]
