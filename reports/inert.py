"""The one place where text from elsewhere is made inert: what a reader sees is what the bytes were, and nothing acts."""

from __future__ import annotations

import re
from typing import Any

import msgspec

_ACTIVE = re.compile(
    "["
    "\x00-\x08\x0b-\x1f\x7f-\x9f"  # controls, ESC and C1 among them; tab and line feed are dealt with by the caller
    "\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f"  # soft hyphen, joiners, fillers, Arabic letter mark
    "\u200b-\u200f\u2028-\u202e\u2060-\u206f"  # zero width, line and paragraph separators, bidi controls
    "\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb\ufffe\uffff"  # fillers, variation selectors, BOM, interlinear marks, what XML refuses
    "\ud800-\udfff"  # lone surrogates
    "\U0001bca0-\U0001bca3\U0001d173-\U0001d17a"  # shorthand and musical format controls
    "\U000e0000-\U000e0fff"  # tags and further variation selectors
    "]"
)
_SURROGATE = re.compile("[\ud800-\udfff]")


def _shown(found: re.Match[str]) -> str:
    code = ord(found[0])
    if code < 0x100:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def block(text: str) -> str:
    """Text for a block: line feeds and tabs stay, everything else that could act is made visible (``\\x1b``, ``\\u202e``)."""
    return _ACTIVE.sub(_shown, text)


def line(text: str) -> str:
    """Text for a line: like :func:`block`, and line feeds and tabs become ``\\n`` and ``\\t``."""
    return _ACTIVE.sub(_shown, text).replace("\n", "\\n").replace("\t", "\\t")


def json_block(value: Any) -> str:
    """JSON that cannot end its script element or be read as markup: only strings can hold ``<``, ``>`` and ``&``."""
    data = msgspec.json.encode(value, order="deterministic")
    for raw, safe in ((b"<", b"\\u003c"), (b">", b"\\u003e"), (b"&", b"\\u0026")):
        data = data.replace(raw, safe)
    return data.decode("utf-8").replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")


def mend(value: Any) -> Any:
    """The same data with lone surrogates written out, for formats that must be UTF-8."""
    if isinstance(value, str):
        return _SURROGATE.sub(_shown, value)
    if isinstance(value, dict):
        return {mend(key): mend(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [mend(item) for item in value]
    return value
