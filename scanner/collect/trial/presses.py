"""Frames of a template in bulk, two ways that yield equal bytes: vectorised with numpy, or patched in place without it."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from functools import cache
from threading import Lock
from typing import Protocol

from scanner.collect.trial.mmsg import Slots
from scanner.facts.network.craft import Patch, Sum, Template, word_sum
from scanner.facts.network.tokens import TOKEN

CHUNK = 4096
"""Frames made at a time: what they fill stays in the cache."""


class Press(Protocol):
    """Prints frames of one template into slots."""

    slots: Slots

    def fill(self, indices: Sequence[int]) -> int:
        """Make the frames of these indices (at most CHUNK) in the first slots; how many."""


def press(template: Template, tokens: bytes, *, bulk: bool | None = None) -> Press:
    """The fastest press that this installation has. ``tokens`` is the stream from index 0 on; ``bulk`` False is the one without numpy."""
    if bulk is not False and has_numpy():
        from scanner.collect.trial.bulk import BulkPress

        return BulkPress(template, tokens)
    return PlainPress(template, tokens)


def has_numpy() -> bool:
    """Whether numpy can be imported here. Asked once: a thread that meets another's failing import is handed the half-made module."""
    with _ASKING:
        return _importable()


_ASKING = Lock()


@cache
def _importable() -> bool:
    try:
        import numpy  # noqa: F401
    except ImportError:
        return False
    return True


class PlainPress:
    """Without numpy: the frame is patched in place, checksums start from the sum of what does not vary."""

    def __init__(self, template: Template, tokens: bytes) -> None:
        self.slots = Slots(CHUNK, len(template.frame))
        self._template, self._tokens = template, tokens
        self._sums = [Part(template, number) for number in range(len(template.sums))]
        self.slots.data[:] = blank(template) * CHUNK

    def fill(self, indices: Sequence[int]) -> int:
        """Make the frames of these indices."""
        data, tokens, patches = self.slots.data, self._tokens, self._template.patches
        width = self.slots.width
        base = 0
        for index in indices:
            token = tokens[TOKEN * index : TOKEN * index + TOKEN]
            for patch in patches:
                write(data, base + patch.at, patch, index, token)
            for part in self._sums:
                struct.pack_into(">H", data, base + part.at, part.close(data, base))
            base += width
        return len(indices)


class Part:
    """One checksum: the sum of what does not vary, and where the rest stands."""

    __slots__ = ("_udp", "_words", "at", "fixed")

    def __init__(self, template: Template, number: int) -> None:
        item = template.sums[number]
        spans = varying(template, number)
        self.at, self._udp = item.at, item.udp
        self.fixed = fixed(template, number)
        self._words = words(item, spans)

    def close(self, data: bytearray, base: int) -> int:
        """The checksum of the frame that begins at ``base``."""
        total = self.fixed
        for at, shift in self._words:
            total += data[base + at] << shift
        return folded(total) or (0xFFFF if self._udp else 0)


def folded(total: int) -> int:
    """The checksum that belongs to a sum of words."""
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return total ^ 0xFFFF


def blank(template: Template) -> bytes:
    """The frame with its checksums set to zero."""
    return _wiped(template.frame, [(item.at, 2) for item in template.sums])


def varying(template: Template, number: int) -> list[tuple[int, int]]:
    """(offset, width) of what varies before checksum ``number`` is made: patches, and checksums made earlier."""
    return [*((patch.at, patch.width) for patch in template.patches), *((item.at, 2) for item in template.sums[:number])]


def fixed(template: Template, number: int) -> int:
    """Sum of what does not vary when checksum ``number`` is made."""
    item = template.sums[number]
    return item.base + word_sum(_wiped(template.frame, [*varying(template, number), (item.at, 2)])[item.start : item.end])


def words(item: Sum, spans: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """(offset, shift) of every varying byte inside a checksum: upper halves of words count 256 times. Its own field is not counted."""
    places = {at for start, width in spans for at in range(start, start + width)}
    return [
        (at, 0 if (at - item.start) % 2 else 8) for at in sorted(places) if item.start <= at < item.end and at not in (item.at, item.at + 1)
    ]


def write(data: bytearray, at: int, patch: Patch, index: int, token: bytes) -> None:
    """One patch."""
    what = patch.what
    if what == "token":
        data[at : at + patch.width] = token[patch.first : patch.last]
    elif what == "index16":
        struct.pack_into(">H", data, at, index & 0xFFFF)
    elif what == "index32":
        struct.pack_into(">I", data, at, index)
    elif what == "index8":
        data[at] = index & 0xFF
    elif what == "vlan":
        data[at] = data[at] & 0xF0 | index >> 8 & 0x0F
        data[at + 1] = index & 0xFF
    else:
        piece = index.to_bytes(4, "big") if what == "index32hex" else token[patch.first : patch.last]
        data[at : at + patch.width] = piece.hex().encode()


def _wiped(frame: bytes, spans: Sequence[tuple[int, int]]) -> bytes:
    out = bytearray(frame)
    for at, width in spans:
        out[at : at + width] = bytes(width)
    return bytes(out)
