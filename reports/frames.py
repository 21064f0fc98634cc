"""A frame in hexadecimal with the bytes of the token marked, and the recipe by which a stranger recomputes the token."""

from __future__ import annotations

import math
import re
import shlex
import struct
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, NamedTuple

ROW = 16
"""Bytes per row."""
ROWS = 24
"""Rows of one frame that are shown; rows with token bytes are always shown."""
WHOLE, OWN, MAGIC = 24, 8, 8
"""Bytes of a whole token, of its own part at the end, and of the mark at its start."""
EPOCH_END = 253402300800
"""First second that no calendar of four digits can write."""


class Mark(NamedTuple):
    """Where bytes of the token stand."""

    start: int
    end: int
    what: str
    """``payload``, ``text``, ``own``, ``seq``, ``ack`` or ``magic``."""


def octets(text: str) -> bytes | None:
    """The bytes of a hexadecimal text, None when it is none."""
    try:
        return bytes.fromhex(text)
    except ValueError:
        return None


class Token(NamedTuple):
    """The bytes to look for."""

    own: bytes
    """Eight bytes that only the seed can tell."""
    magic: bytes
    """Eight bytes in front of every payload; empty when the result does not say."""
    whole: bytes
    """The payload of 24 bytes; empty when its parts are not all known."""


def token_of(line: Mapping[str, Any] | None) -> Token | None:
    """The bytes of a token; None when the result does not give them."""
    data = octets(line["hex"]) if line is not None and line["hex"] else None
    if line is None or data is None or len(data) not in (OWN, WHOLE):
        return None
    magic = octets(line["magic"] or "") or data[:-OWN][:MAGIC]
    trial = re.search(r"/([0-9]{1,9})\Z", line["label"] or "", re.ASCII)
    known = len(magic) == MAGIC and trial is not None and line["index"] is not None and 0 <= line["index"] < 2**32
    whole = magic + struct.pack(">II", int(trial[1]), line["index"]) + data[-OWN:] if known and trial is not None else b""
    return Token(data[-OWN:], magic if len(magic) == MAGIC else b"", data if len(data) == WHOLE else whole)


def marks(frame: bytes, token: Token) -> list[Mark]:
    """Where the token stands in a frame: whole, as text in a name, or cut to what fits into a TCP header."""
    wanted = [("payload", frame, token.whole), ("text", frame.lower(), token.whole.hex().encode()), ("own", frame, token.own)]
    for what, where, needle in wanted:
        at = where.find(needle) if needle else -1
        if at >= 0:
            return [Mark(at, at + len(needle), what)]
    after = ((int.from_bytes(token.own[:4], "big") + 1) % 2**32).to_bytes(4, "big")
    short = [("seq", token.own[:4]), ("ack", after), ("magic", token.magic[:4])]
    return sorted(Mark(at, at + 4, what) for what, needle in short if needle and (at := frame.find(needle)) >= 0)


def rows(frame: bytes, marked: list[Mark]) -> list[tuple[str, list[tuple[str, bool]], list[tuple[str, bool]]]]:
    """Offset, hexadecimal and printable text by row; each in runs of bytes that belong to the token or not. ``…`` where rows are left out."""
    inside = {at for mark in marked for at in range(mark.start, mark.end)}
    found: list[tuple[str, list[tuple[str, bool]], list[tuple[str, bool]]]] = []
    gap = False
    for start in range(0, len(frame), ROW):
        part = range(start, min(start + ROW, len(frame)))
        if start // ROW >= ROWS and not inside & set(part):
            gap = True
            continue
        if gap:
            found.append(("…", [], []))
            gap = False
        found.append((f"{start:04x}", _runs(frame, part, inside, "{:02x}", " "), _runs(frame, part, inside, "", "")))
    return [*found, ("…", [], [])] if gap else found


def _runs(frame: bytes, part: range, inside: set[int], form: str, join: str) -> list[tuple[str, bool]]:
    runs: list[tuple[list[str], bool]] = []
    for at in part:
        byte = frame[at]
        text = form.format(byte) if form else chr(byte) if 0x20 <= byte < 0x7F else "."
        if runs and runs[-1][1] == (at in inside):
            runs[-1][0].append(text)
        else:
            runs.append(([text], at in inside))
    return [(join.join(texts), marked) for texts, marked in runs]


def recipe(token: Mapping[str, Any] | None, seed: str | None) -> dict[str, str] | None:
    """Commands that recompute a token from the plan's seed; None when its label or index is not known.

    Without a seed in the result the commands read it from the plan file.
    """
    if token is None or not token["label"] or token["index"] is None or not 0 <= token["index"] < 2**32:
        return None
    label, index = str(token["label"]), int(token["index"])
    known = seed if seed and re.fullmatch("[0-9a-f]{64}", seed) else None
    source = f'"{known}"' if known else 'json.load(open("PLAN"))["seed"]'
    word = "shiqu magic" if label.startswith("in/") else "shiqu magic out"
    python = (
        f"import hashlib, hmac{'' if known else ', json'}\n"
        f"seed = bytes.fromhex({source})\n"
        f'print(hmac.digest(seed, b"{word}", "sha256")[:8].hex(),'
        f' hashlib.shake_256(hmac.digest(seed, {label.encode("utf-8", "surrogatepass")!r}, "sha256")).digest({8 * index + 8})[-8:].hex())'
    )
    shell = ""
    if label.isascii() and label.isprintable():
        shell = (
            f"{f'SEED={known}; ' if known else ''}printf %s {shlex.quote(label)} | openssl dgst -sha256 -mac HMAC -macopt hexkey:$SEED -binary |"
            f" openssl dgst -shake256 -xoflen {8 * index + 8} -binary | tail -c 8 | od -An -tx1"
        )
    return {"label": label, "index": str(index), "seed": known or "", "python": python, "shell": shell}


def moment(seconds: float | None) -> str:
    """A time in UTC with microseconds; a dash when there is none that a calendar can write."""
    if seconds is None or not math.isfinite(seconds) or not 0 <= seconds < EPOCH_END:
        return "—"
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
