"""Line drawings as plain data, and as SVG. Numbers are rounded, texts made inert and escaped: equal drawings are equal bytes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from reports import inert

INK, PAPER, SOFT = "#1c2127", "#ffffff", "#5a646e"
RED = "#8c1d18"
FONT = "Shiqu Sans SC"
"""Family of the texts; the packaged font, so that no machine draws another width."""


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle."""

    x: float
    y: float
    width: float
    height: float
    fill: str = PAPER
    stroke: str = INK
    line: float = 1.0
    pattern: str = ""
    """``lines``, ``cross``, ``dots`` or empty: told apart on a black-and-white print."""


@dataclass(frozen=True, slots=True)
class Stroke:
    """A line of several points, perhaps closed and filled."""

    points: Sequence[tuple[float, float]]
    stroke: str = INK
    line: float = 1.0
    dash: str = ""
    fill: str = "none"


@dataclass(frozen=True, slots=True)
class Dot:
    """A circle."""

    x: float
    y: float
    radius: float
    fill: str = PAPER
    stroke: str = INK
    line: float = 1.0


@dataclass(frozen=True, slots=True)
class Label:
    """A text at a point of its base line."""

    x: float
    y: float
    text: str
    size: float = 11.0
    anchor: str = "start"
    """``start``, ``middle`` or ``end``."""
    fill: str = INK


Shape = Box | Stroke | Dot | Label


@dataclass(frozen=True, slots=True)
class Drawing:
    """A picture of a size in user units."""

    width: float
    height: float
    shapes: Sequence[Shape]


def svg(drawing: Drawing) -> str:
    """The picture as an SVG file: shapes and texts, nothing that loads or runs."""
    size = f'width="{_n(drawing.width)}" height="{_n(drawing.height)}" viewBox="0 0 {_n(drawing.width)} {_n(drawing.height)}"'
    body = "".join(_shape(shape) for shape in drawing.shapes)
    return f'<svg xmlns="http://www.w3.org/2000/svg" {size}><defs>{_PATTERNS}</defs>{body}</svg>'


_PATTERNS = (
    '<pattern id="lines" width="6" height="6" patternUnits="userSpaceOnUse"><path d="M-1 7 7-1M-1 1 1-1M5 7 7 5" stroke="#b57a00" stroke-width="1"/></pattern>'
    '<pattern id="cross" width="5" height="5" patternUnits="userSpaceOnUse"><path d="M0 0 5 5M5 0 0 5" stroke="#8c1d18" stroke-width=".8"/></pattern>'
    '<pattern id="dots" width="6" height="6" patternUnits="userSpaceOnUse"><circle cx="1.5" cy="1.5" r="1" fill="#43489a"/>'
    '<circle cx="4.5" cy="4.5" r="1" fill="#43489a"/></pattern>'
)


def _n(value: float) -> str:
    return f"{value:.2f}".rstrip("0").rstrip(".")


def _shape(shape: Shape) -> str:
    if isinstance(shape, Box):
        place = f'x="{_n(shape.x)}" y="{_n(shape.y)}" width="{_n(shape.width)}" height="{_n(shape.height)}"'
        hatch = f'<rect {place} fill="url(#{shape.pattern})"/>' if shape.pattern else ""
        frame = f'<rect {place} fill="none" stroke="{shape.stroke}" stroke-width="{_n(shape.line)}"/>' if hatch else ""
        stroke = "" if hatch else f' stroke="{shape.stroke}" stroke-width="{_n(shape.line)}"'
        return f'<rect {place} fill="{shape.fill}"{stroke}/>{hatch}{frame}'
    if isinstance(shape, Stroke):
        points = " ".join(f"{_n(x)},{_n(y)}" for x, y in shape.points)
        dash = f' stroke-dasharray="{shape.dash}"' if shape.dash else ""
        return f'<polyline points="{points}" fill="{shape.fill}" stroke="{shape.stroke}" stroke-width="{_n(shape.line)}"{dash}/>'
    if isinstance(shape, Dot):
        look = f'fill="{shape.fill}" stroke="{shape.stroke}" stroke-width="{_n(shape.line)}"'
        return f'<circle cx="{_n(shape.x)}" cy="{_n(shape.y)}" r="{_n(shape.radius)}" {look}/>'
    look = f'font-family="{FONT}" font-size="{_n(shape.size)}" text-anchor="{shape.anchor}" fill="{shape.fill}"'
    return f'<text x="{_n(shape.x)}" y="{_n(shape.y)}" {look}>{escape(inert.line(shape.text))}</text>'
