"""The vectorised halves: frames out of templates, and the first look at frames that came in. Needs numpy; imported only where it is there."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from scanner.collect.trial.mmsg import Slots
from scanner.collect.trial.presses import CHUNK, blank, fixed, varying, words
from scanner.facts.network.craft import Patch, Template
from scanner.facts.network.tokens import TOKEN

Bytes = npt.NDArray[np.uint8]
Numbers = npt.NDArray[np.int64]
Times = npt.NDArray[np.float64]
DIGITS: Bytes = np.frombuffer(b"0123456789abcdef", np.uint8)


class BulkPress:
    """Frames as rows of a matrix, patched by columns."""

    def __init__(self, template: Template, tokens: bytes) -> None:
        width = len(template.frame)
        self.slots = Slots(CHUNK, width)
        self._rows: Bytes = np.frombuffer(self.slots.data, np.uint8).reshape(CHUNK, width)
        self._rows[:] = np.frombuffer(blank(template), np.uint8)
        self._tokens: Bytes = np.frombuffer(tokens[: len(tokens) // TOKEN * TOKEN], np.uint8).reshape(-1, TOKEN)
        self._patches = template.patches
        self._sums = [_Part(template, number) for number in range(len(template.sums))]

    def fill(self, indices: Sequence[int] | Numbers) -> int:
        """Make the frames of these indices."""
        numbers = np.asarray(indices, np.int64)
        count = len(numbers)
        rows = self._rows[:count]
        for patch in self._patches:
            self._patch(rows, patch, numbers)
        for part in self._sums:
            part.close(rows)
        return count

    def _patch(self, rows: Bytes, patch: Patch, numbers: Numbers) -> None:
        at, what = patch.at, patch.what
        if what == "token":
            rows[:, at : at + patch.width] = self._tokens[numbers, patch.first : patch.last]
        elif what == "tokenhex":
            rows[:, at : at + patch.width] = _hex(self._tokens[numbers, patch.first : patch.last])
        elif what == "index32hex":
            rows[:, at : at + 8] = _hex(numbers.astype(">u4").view(np.uint8).reshape(-1, 4))
        elif what == "vlan":
            rows[:, at] = rows[:, at] & 0xF0 | (numbers >> 8 & 0x0F).astype(np.uint8)
            rows[:, at + 1] = (numbers & 0xFF).astype(np.uint8)
        else:
            width = patch.width
            rows[:, at : at + width] = numbers.astype(">u4").view(np.uint8).reshape(-1, 4)[:, 4 - width :]


class _Part:
    """One checksum over all rows."""

    def __init__(self, template: Template, number: int) -> None:
        item = template.sums[number]
        self._at, self._udp = item.at, item.udp
        self._fixed = fixed(template, number)
        found = words(item, varying(template, number))
        self._upper = [at for at, shift in found if shift]
        self._lower = [at for at, shift in found if not shift]

    def close(self, rows: Bytes) -> None:
        total = np.full(len(rows), self._fixed, np.uint32)
        for at in self._upper:
            total += rows[:, at].astype(np.uint32) << 8
        for at in self._lower:
            total += rows[:, at]
        put_sum(rows, self._at, total, self._udp)


def put_sum(rows: Bytes, at: int, total: npt.NDArray[np.uint32], udp: bool = False) -> None:
    """Fold sums and write their complements at one offset of all rows."""
    folded = (total & 0xFFFF) + (total >> 16)
    folded = (folded & 0xFFFF) + (folded >> 16)
    value = folded ^ 0xFFFF
    if udp:
        value[value == 0] = 0xFFFF
    rows[:, at] = (value >> 8).astype(np.uint8)
    rows[:, at + 1] = (value & 0xFF).astype(np.uint8)


def _hex(piece: Bytes) -> Bytes:
    out = np.empty((len(piece), piece.shape[1] * 2), np.uint8)
    out[:, 0::2] = DIGITS[piece >> 4]
    out[:, 1::2] = DIGITS[piece & 15]
    return out


def ranked(stream: bytes) -> list[int]:
    """Positions of eight-byte keys in ascending order of the keys."""
    found: list[int] = np.argsort(np.frombuffer(stream, ">u8"), kind="stable").tolist()
    return found
