"""Frames of one system call as a matrix, sorted by columns: only what is kept is ever looked at one by one. Needs numpy."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from scanner.collect.trial.bulk import Bytes, Numbers, Times
from scanner.collect.trial.mmsg import HEADER, MMsgHdr, Slots
from scanner.collect.trial.sieve import CONTROL, CONTROL_PORTS, DNS, OTHER, OURS, RST, SYN_RST, TAGGED, TAGS, TOKEN, Sieve
from scanner.collect.trial.wire import SOL_PACKET

if TYPE_CHECKING:
    from scanner.collect.trial.hear import Batch, Keep

SHORT = 128
"""Frames up to this length are searched together; longer ones apart, so that a few of them do not widen all."""
HEAD = np.dtype(
    {
        "names": ["size1", "level1", "kind1", "seconds", "nanoseconds", "size2", "level2", "kind2", "status", "tci", "tpid"],
        "formats": ["<u8", "<i4", "<i4", "<i8", "<i8", "<u8", "<i4", "<i4", "<u4", "<u2", "<u2"],
        "offsets": [0, 8, 12, 16, 24, 32, 40, 44, 48, 64, 66],
        "itemsize": 96,
    }
)
"""Ancillary data as the kernel lays them down: the time stamp first, then the packet socket's own."""
TIMESTAMPNS, AUXDATA = 35, 8
Flags = npt.NDArray[np.bool_]


class BulkReader:
    """Sorts the frames in one set of slots."""

    def __init__(self, slots: Slots) -> None:
        self._rows: Bytes = np.frombuffer(slots.data, np.uint8).reshape(slots.count, slots.width)
        headers = np.frombuffer(slots.told, np.uint8).reshape(slots.count, HEADER)
        at = MMsgHdr.size.offset
        self._sizes = headers[:, at : at + 4].view("<u4")[:, 0]
        self._heads = np.frombuffer(slots.control, HEAD) if slots.control_width == HEAD.itemsize else None
        self._slots = slots

    def take(self, batch: Batch, keep: Keep) -> None:
        """Hand over the frames of a batch."""
        count = batch.count
        rows = self._rows[:count]
        told = self._sizes[:count]
        sizes = np.minimum(told, self._slots.width).astype(np.int64)
        keep.cut += int((told > self._slots.width).sum())
        times, tags = self._ancillary(count)
        keep.many(rows, sizes, times, tags)

    def _ancillary(self, count: int) -> tuple[Times, Numbers]:
        if not self._slots.control_width:
            return np.zeros(count), np.zeros(count, np.int64)
        if self._heads is not None:
            heads = self._heads[:count]
            known = (heads["level1"] == socket.SOL_SOCKET) & (heads["kind1"] == TIMESTAMPNS) & (heads["level2"] == SOL_PACKET)
            if bool((known & (heads["kind2"] == AUXDATA)).all()):
                times = heads["seconds"] + heads["nanoseconds"] * 1e-9
                tpid = np.where(heads["status"] & 0x40, heads["tpid"], 0x8100).astype(np.int64)
                return times, np.where(heads["status"] & 0x10, tpid << 16 | heads["tci"], 0)
        from scanner.collect.trial.hear import ancillary

        pairs = [ancillary(self._slots.control, at * self._slots.control_width) for at in range(count)]
        return np.array([when for when, _ in pairs], np.float64), np.array([tag for _, tag in pairs], np.int64)


def sift(sieve: Sieve, rows: Bytes, sizes: Numbers, times: Times, tags: Numbers) -> None:
    """Count the sources, sort, and store what is kept."""
    _count_sources(sieve, rows, times)
    kinds = sort(sieve, rows, sizes, tags)
    chosen = np.flatnonzero(kinds)
    if not len(chosen):
        return
    tokens = chosen[kinds[chosen] == TOKEN]
    others = chosen[kinds[chosen] != TOKEN]
    room = sieve.admit_tokens(len(tokens), int(sizes[tokens].sum()))
    some = [int(at) for at in others if sieve.admit(int(kinds[at]), rows[at, 6:12].tobytes(), int(sizes[at]))]
    keep = np.sort(np.concatenate([tokens[:room], np.array(some, np.int64)]))
    if len(keep):
        sieve.store(sizes[keep].tolist(), _joined(rows, sizes, keep), tags[keep].tolist(), kinds[keep].tolist(), times[keep].tolist())


def sort(sieve: Sieve, rows: Bytes, sizes: Numbers, tags: Numbers) -> Bytes:
    """The class of every frame: equal to ``Sieve.kind``, frame by frame."""
    kinds = np.full(len(rows), OTHER, np.uint8)
    ethertype = _word(rows, 12)
    four = (ethertype == 0x0800) & (sizes >= 34)
    six = (ethertype == 0x86DD) & (sizes >= 54)
    rest = ~(four | six)
    # What is shorter than a header has no ethertype of its own: the slot still holds an older frame's.
    kinds[rest] = np.where(np.isin(ethertype[rest], TAGS) & (sizes[rest] >= 14), TAGGED, CONTROL)
    proto = np.where(four, rows[:, 23], rows[:, 20])
    carried = ~rest & ((proto == 6) | (proto == 17))
    kinds[~rest & ~carried] = CONTROL
    at = np.flatnonzero(carried)
    if len(at):
        kinds[at] = _ported(sieve, rows, sizes, at, four[at], proto[at])
    kinds[(tags != 0) & (kinds != OURS)] = TAGGED
    kinds[_marked(sieve, rows, sizes)] = TOKEN
    return kinds


def _ported(sieve: Sieve, rows: Bytes, sizes: Numbers, at: Numbers, four: Flags, proto: Bytes) -> Bytes:
    """Classes of TCP and UDP frames."""
    start = np.where(four, 14 + 4 * (rows[at, 14] & 15).astype(np.int64), 54)
    fragment = four & ((rows[at, 20] & 0x1F != 0) | (rows[at, 21] != 0))
    tcp = proto == 6
    ours = _addressed(sieve, rows, at, four, (30, 38))
    whole = ~fragment & (sizes[at] >= start + np.where(tcp, 14, 8))
    # Headers of 60 bytes end inside every slot; a frame that is too short is not looked at below.
    first = rows[at, start].astype(np.int64) << 8 | rows[at, start + 1]
    second = rows[at, start + 2].astype(np.int64) << 8 | rows[at, start + 3]
    control = np.isin(first, CONTROL_PORTS) | np.isin(second, CONTROL_PORTS)
    flags = rows[at, start + 13] & SYN_RST
    refusals = tcp & (flags == RST) & (second == sieve.quiet) if sieve.quiet else np.zeros(len(at), np.bool_)
    if refusals.any():
        refusals &= ~_addressed(sieve, rows, at, four, (26, 22))
    conditions = [
        ~whole & ours & ~tcp,
        ~whole,
        refusals & ours,
        tcp & ours & (flags != 0),
        (first == 53) | (second == 53),
        ~tcp & control,
        ~tcp & ours,
    ]
    return np.select(conditions, [OURS, OTHER, OTHER, OURS, DNS, CONTROL, OURS], OTHER).astype(np.uint8)


def _addressed(sieve: Sieve, rows: Bytes, at: Numbers, four: Flags, offsets: tuple[int, int]) -> Flags:
    """Whether the addresses at these offsets (v4, v6) are ours."""
    found = np.zeros(len(at), np.bool_)
    for addresses, offset, width, which in ((sieve.ours4, offsets[0], 4, four), (sieve.ours6, offsets[1], 16, ~four)):
        if addresses and which.any():
            piece = rows[at, offset : offset + width]
            for address in addresses:
                found |= which & (piece == np.frombuffer(address, np.uint8)).all(axis=1)
    return found


def _marked(sieve: Sieve, rows: Bytes, sizes: Numbers) -> Numbers:
    """Rows that hold the mark, as bytes or as hexadecimal digits."""
    hits = []
    for which in (np.flatnonzero(sizes <= SHORT), np.flatnonzero(sizes > SHORT)):
        if len(which):
            width = int(sizes[which].max())
            part = rows[which, :width] if len(which) < len(rows) else rows[:, :width]
            flat = np.ascontiguousarray(part).reshape(-1)
            for needle, fold in ((sieve.mark, False), (sieve.text, True)):
                found = _places(flat, needle, fold)
                row = found // width
                hits.append(which[row[found % width + len(needle) <= sizes[which[row]]]])
    return np.unique(np.concatenate(hits)) if hits else np.empty(0, np.int64)


def _places(data: Bytes, needle: bytes, fold: bool) -> Numbers:
    """Where a needle stands in the data; with ``fold`` its letters in either case."""
    found = np.flatnonzero(_equal(data[: max(0, len(data) - len(needle) + 1)], needle[0], fold))
    for step in range(1, len(needle)):
        if not len(found):
            break
        found = found[_equal(data[found + step], needle[step], fold)]
    return found


def _equal(data: Bytes, byte: int, fold: bool) -> Flags:
    found: Flags = data == byte
    if fold and byte >= ord("a"):
        found |= data == byte - 32
    return found


def _count_sources(sieve: Sieve, rows: Bytes, times: Times) -> None:
    sources = rows[:, 6:12]
    if (sources == sources[0]).all():
        sieve.seen(sources[0].tobytes(), float(times[0]), float(times[-1]), len(rows))
        return
    packed = np.zeros((len(rows), 8), np.uint8)
    packed[:, 2:] = sources
    values, first, inverse, counts = np.unique(packed.view(">u8")[:, 0], return_index=True, return_inverse=True, return_counts=True)
    last = np.zeros(len(values), np.int64)
    last[inverse] = np.arange(len(rows))
    for at in range(len(values)):
        sieve.seen(sources[first[at]].tobytes(), float(times[first[at]]), float(times[last[at]]), int(counts[at]))


def _joined(rows: Bytes, sizes: Numbers, keep: Numbers) -> bytes:
    wanted = sizes[keep]
    width = int(wanted.max())
    if int(wanted.min()) == width:
        return rows[keep, :width].tobytes()
    return b"".join(rows[at, :size].tobytes() for at, size in zip(keep.tolist(), wanted.tolist()))


def _word(rows: Bytes, at: int) -> Numbers:
    return rows[:, at].astype(np.int64) << 8 | rows[:, at + 1]
