"""Pictures of a report: layers, zones and paths, stores and their records, and how it went over time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from reports.document.drawing import INK, PAPER, RED, SOFT, Box, Dot, Drawing, Label, Shape, Stroke
from reports.document.say import Say, percent
from reports.lanes import fit
from scanner.model.result import RESULTS

WIDTH = 760.0
LOOK = {
    "compliant": ("#8fbfa4", ""),
    "partial": ("#fff7e2", "lines"),
    "noncompliant": ("#e9aaa5", "cross"),
    "not_applicable": ("#ffffff", ""),
    "insufficient": ("#f1f1fa", "dots"),
}
"""Fill and pattern of a result: also told apart without colours."""
KINDS = {
    "classified": ("#e9aaa5", "cross"),
    "suspected": ("#fff7e2", "lines"),
    "undecided": ("#f1f1fa", "dots"),
    "declassified": ("#d7dde3", ""),
    "open": ("#8fbfa4", ""),
}
"""The same for records of a store."""
STORES = 16
CHIP = 25.0
"""Width of the box of a degree, with the room behind it."""
RUNS = 12


def layers(bars: Sequence[Mapping[str, Any]], say: Say) -> Drawing:
    """One stacked bar per layer, with the rate of what is compliant."""
    left = max(150.0, 24 + max((_across(say.code("layer", bar["layer"]), 12) for bar in bars), default=0))
    right, step = WIDTH - 74, 27.0
    shapes: list[Shape] = [*_legend([(say.code("result", name), *LOOK[name]) for name in RESULTS], 8)]
    for row, bar in enumerate(bars):
        y = 40 + row * step
        shapes.append(Label(left - 10, y + 14, say.code("layer", bar["layer"]), 12, "end"))
        counts = [(bar["counts"].get(name, 0), *LOOK[name]) for name in RESULTS]
        shapes += _stack(counts, left, right - left, y, 19)
        shapes.append(Label(WIDTH - 6, y + 14, percent(bar["rate"]), 12, "end"))
    return Drawing(WIDTH, 44 + step * len(bars), shapes)


def _across(text: str, size: float) -> float:
    """About how wide a text is drawn."""
    return sum(size if ord(char) > 0x2E7F else 0.58 * size for char in text)


def worst(rows: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Stores, those with most records to worry about first."""
    return sorted(rows, key=lambda one: (-_n(one, "classified") - _n(one, "suspected"), -_n(one, "undecided"), str(one.get("path"))))


def stores(rows: Sequence[Mapping[str, Any]], mixing: Sequence[Mapping[str, Any]], say: Say) -> tuple[Drawing, int]:
    """The worst stores as bars of shares, with the degrees of mixing that hold at each; and how many more there are."""
    found = worst(rows)
    degrees: dict[str, dict[str, bool]] = {}
    for item in mixing:
        mine = degrees.setdefault(str(item.get("where")), {})
        degree = str(item.get("degree"))
        mine[degree] = mine.get(degree, False) or item.get("certainty") == "confirmed"
    left, right, step = 310.0, WIDTH - 90, 25.0
    kinds = [(say(f"core.{'suspected-rows' if name == 'suspected' else name}"), *KINDS[name]) for name in KINDS]
    shapes: list[Shape] = [*_legend(kinds, 8)]
    for row, store in enumerate(found[:STORES]):
        y, path = 40 + row * step, str(store.get("path") or "—")
        shapes += _chips(degrees.get(path, {}), left - 10, y)
        shapes.append(Label(left - 14 - CHIP * len(degrees.get(path, {})), y + 13, fit(path, 30), 11, "end"))
        shapes += _stack([(_n(store, name), *KINDS[name]) for name in KINDS], left, right - left, y, 17)
        shapes.append(Label(WIDTH - 6, y + 13, f"{_n(store, 'rows'):,}", 11, "end"))
    shown = len(found[:STORES])
    return Drawing(WIDTH, 44 + step * shown, shapes), len(found) - shown


def _chips(degrees: Mapping[str, bool], right: float, y: float) -> list[Shape]:
    """Degrees in small boxes, ending at the right; what is only suspected has a thin grey frame."""
    shapes: list[Shape] = []
    x = right - CHIP * len(degrees)
    for degree, certain in sorted(degrees.items()):
        shapes.append(Box(x, y + 1, CHIP - 3, 15, PAPER, RED if certain else SOFT, 1.4 if certain else 0.7))
        shapes.append(Label(x + (CHIP - 3) / 2, y + 12.5, degree, 10, "middle", RED if certain else SOFT))
        x += CHIP
    return shapes


def zones(pic: Mapping[str, Any], conclusion: str, silent: bool, say: Say) -> Drawing:
    """Two zones and the paths between them, from :func:`reports.picture.picture`."""
    shapes: list[Shape] = []
    for zone in pic["zones"]:
        shapes.append(Box(zone["x"], zone["y"], zone["width"], zone["height"], "#eef1ec" if zone["end"] == "inner" else "#f3eee9"))
        kind = say.code("zone-kind", zone["kind"])
        shapes.append(Label(zone["x"] + 12, zone["y"] + 24, zone["title"], 14))
        shapes.append(Label(zone["x"] + 12, zone["y"] + 41, f"{zone['id']} · {kind}" if zone["id"] else kind, 11))
        shapes += [Label(zone["x"] + 12, zone["y"] + 56 + 15 * n, text, 10, fill=SOFT) for n, text in enumerate(zone["lines"])]
    for box in pic["sentinels"]:
        shapes.append(Box(pic["width"] - 154, box["y"], 140, box["height"]))
        shapes.append(Label(pic["width"] - 84, box["middle"] - 2, say("pair.sentinel"), 11, "middle"))
        shapes.append(Label(pic["width"] - 84, box["middle"] + 13, box["name"], 11, "middle"))
    for box in pic["devices"]:
        shapes.append(Box(372, box["y"], 156, box["height"], line=2))
        shapes.append(Label(450, box["middle"] + (-2 if box["more"] else 4), box["name"], 12, "middle"))
        if box["more"]:
            shapes.append(Label(450, box["middle"] + 13, box["more"], 10, "middle", SOFT))
    for arrow in pic["arrows"]:
        shapes += _arrow(arrow, say)
    if not pic["arrows"]:
        middle, ink = pic["middle"], "#43489a" if silent else INK
        shapes.append(Stroke([(440, middle - 62), (440, middle - 26)], SOFT, 1.6, "3 5"))
        shapes.append(Stroke([(440, middle + 34), (440, middle + 62)], SOFT, 1.6, "3 5"))
        shapes.append(Label(440, middle - 4, say.code("pair-gap", conclusion), 14, "middle", ink))
        shapes.append(Label(440, middle + 16, say.code("pair-gap-note", conclusion), 11, "middle"))
    return Drawing(pic["width"], pic["height"], shapes)


def trend(runs: Sequence[Mapping[str, Any]], say: Say) -> Drawing:
    """What was unmet and what was unknown in the last runs, as bars beside each other."""
    last = [{**run, **run.get("verdicts", {})} for run in runs[-RUNS:]]
    top = max((max(_n(run, "unmet"), _n(run, "unknown")) for run in last), default=0) or 1
    base, height, slot = 178.0, 128.0, (WIDTH - 40) / max(1, len(last))
    shapes: list[Shape] = [*_legend([(say("status.unmet"), *LOOK["noncompliant"]), (say("status.unknown"), *LOOK["insufficient"])], 8)]
    shapes.append(Stroke([(20, base), (WIDTH - 20, base)], SOFT))
    for at, run in enumerate(last):
        middle, width = 20 + slot * (at + 0.5), min(30.0, slot / 3)
        for side, key, look in ((-1, "unmet", "noncompliant"), (1, "unknown", "insufficient")):
            tall = height * _n(run, key) / top
            x = middle - width if side < 0 else middle
            shapes.append(Box(x, base - tall, width, tall, LOOK[look][0], pattern=LOOK[look][1]))
            shapes.append(Label(x + width / 2, base - tall - 4, f"{_n(run, key):,}", 10, "middle"))
        shapes.append(Label(middle, base + 15, fit(str(run.get("finished") or "—")[:10], 12), 10, "middle", SOFT))
    return Drawing(WIDTH, base + 24, shapes)


def _n(row: Mapping[str, Any], key: str) -> int:
    value = row.get(key)
    return value if isinstance(value, int) and value > 0 else 0


def _legend(items: Sequence[tuple[str, str, str]], y: float) -> list[Shape]:
    shapes: list[Shape] = []
    x = 20.0
    for text, fill, pattern in items:
        shapes += [Box(x, y, 20, 12, fill, "#555", 0.8, pattern), Label(x + 26, y + 10.5, text, 11)]
        x += 46 + _across(text, 11)
    return shapes


def _stack(counts: Sequence[tuple[int, str, str]], x: float, width: float, y: float, height: float) -> list[Shape]:
    """A bar that is always full; a part of one is never too thin to be seen."""
    total = sum(n for n, _, _ in counts)
    if not total:
        return [Box(x, y, width, height, PAPER, "#999", 0.7)]
    least = 4.0
    wide = [max(least, width * n / total) if n else 0.0 for n, _, _ in counts]
    scale = width / sum(wide)
    shapes: list[Shape] = []
    for (n, fill, pattern), part in zip(counts, wide):
        if n:
            shapes.append(Box(x, y, part * scale, height, fill, "#555", 0.7, pattern))
            if part * scale > 7 * len(f"{n:,}") + 4:
                middle = x + part * scale / 2
                if pattern:
                    half = 3.6 * len(f"{n:,}") + 2
                    shapes.append(Box(middle - half, y + 3, 2 * half, height - 6, PAPER, PAPER, 0))
                shapes.append(Label(middle, y + height / 2 + 4, f"{n:,}", 11, "middle"))
            x += part * scale
    return shapes


def _arrow(arrow: Mapping[str, Any], say: Say) -> list[Shape]:
    y, style = arrow["y"], arrow["style"]
    colour = {"approved": SOFT, "attached": INK}.get(style, RED)
    line = {"beyond": 4.2, "approved": 5.0, "attached": 1.8}.get(style, 2.6)
    dash = "8 4" if arrow["strength"] == "B" else ""
    shapes: list[Shape] = []
    for part in arrow["segments"]:
        shapes.append(Stroke([(part["from"], y), (part["to"], y)], colour, line, dash))
        if style == "approved":
            shapes.append(Stroke([(part["from"], y), (part["to"], y)], PAPER, 2.2))
    if arrow["direction"] == "both":
        shapes += [Dot(168, y, 4.5, colour, colour), Dot(712, y, 4.5, colour, colour)]
    else:
        tip, back = (712.0, 699.0) if arrow["direction"] == "out" else (168.0, 181.0)
        shapes.append(Stroke([(tip, y), (back, y - 6), (back, y + 6), (tip, y)], colour, 1, fill=colour))
    more = f" +{arrow['more']}" if arrow["more"] else ""
    shapes += [
        Dot(198, y, 9, PAPER, colour, 1.6),
        Label(198, y + 4, arrow["strength"], 11, "middle"),
        Label(212, y - 7, f"{arrow['number']} {say.code('path-kind', arrow['kind'])}{more}", 11),
        Label(212, y + 16, arrow["protocol"], 11),
    ]
    if arrow["device"] is None:
        shapes.append(Label(450, y - 7, say("pair.no-device"), 11, "middle"))
    if arrow["exit"]:
        shapes.append(Label(538, y - 7, f"{say('pair.exit-short')} {arrow['exit']}", 11))
    if arrow["crossing"]:
        shapes.append(Label(538, y + 16, f"{say.code('lane-style', style)} {arrow['crossing']}", 11))
    return shapes
