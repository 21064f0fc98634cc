"""The vectorised halves of a stateless scan. Needs numpy."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import numpy.typing as npt

from scanner.collect.trial.bulk import Bytes, Numbers, put_sum
from scanner.collect.trial.mmsg import Slots
from scanner.collect.trial.presses import CHUNK
from scanner.collect.trial.scan import ACK, CLOSED, OPEN, RST, SYN, Questions
from scanner.facts.network.craft import word_sum


class BulkPrinter:
    """Makes the probes of a scan, thousands at a time."""

    def __init__(self, asked: Questions, macs: Sequence[bytes], mac: bytes) -> None:
        """``macs`` are the next hops by the places of the addresses; ``mac`` is our own."""
        blank = asked.blank(mac)
        self.slots = Slots(CHUNK, len(blank))
        self._asked = asked
        self._rows: Bytes = np.frombuffer(self.slots.data, np.uint8).reshape(CHUNK, len(blank))
        self._rows[:] = np.frombuffer(blank, np.uint8)
        self._macs: Bytes = np.frombuffer(b"".join(macs), np.uint8).reshape(-1, 6)
        packed = [one.packed for one in asked.addresses]
        self._targets: Bytes = np.frombuffer(b"".join(packed), np.uint8).reshape(len(packed), -1)
        self._sums = np.array([word_sum(one) for one in packed], np.uint32)
        self._ports = np.array(asked.ports, np.int64)
        self._ip, self._tcp = asked.sums()

    def chunks(self, turn: int) -> Iterator[list[int]]:
        """Fill the slots again and again with the probes of a turn: the places of their addresses."""
        asked = self._asked
        by_address, by_port, offsets = (np.array(one, np.int64) for one in asked.order(turn))
        count, status = len(by_port), np.frombuffer(asked.status, np.uint8)
        together = max(1, CHUNK // max(1, len(by_address)))
        for step in range(0, count, together):
            turns = np.arange(step, min(step + together, count))
            ports = by_port[(turns[:, None] + offsets[by_address][None, :]) % count].reshape(-1)
            places = np.tile(by_address, len(turns))
            rest = np.flatnonzero(status[places * count + ports] == 0)
            for first in range(0, len(rest), CHUNK):
                some = rest[first : first + CHUNK]
                self._fill(places[some], ports[some])
                yield places[some].tolist()

    def _fill(self, places: Numbers, ports: Numbers) -> None:
        rows, at = self._rows[: len(places)], self._asked.head
        numbers = self._ports[ports]
        sequence = sequences(self._asked, places, numbers)
        rows[:, 0:6] = self._macs[places]
        rows[:, at - self._targets.shape[1] : at] = self._targets[places]
        rows[:, at + 2 : at + 4] = numbers.astype(">u2").view(np.uint8).reshape(-1, 2)
        rows[:, at + 4 : at + 8] = sequence.astype(">u4").view(np.uint8).reshape(-1, 4)
        if self._asked.version == 4:
            put_sum(rows, 24, self._sums[places] + np.uint32(self._ip))
        varying = self._sums[places] + numbers.astype(np.uint32) + (sequence >> np.uint32(16)) + (sequence & np.uint32(0xFFFF))
        put_sum(rows, at + 16, varying + np.uint32(self._tcp))


def sequences(asked: Questions, places: Numbers, ports: Numbers) -> npt.NDArray[np.uint32]:
    """``Questions.sequence`` for many."""
    value = ((places << 16 | ports).astype(np.uint32) ^ np.uint32(asked.first)) * np.uint32(0x9E3779B1)
    value = (value ^ (value >> np.uint32(15))) * np.uint32(0x85EBCA77)
    result: npt.NDArray[np.uint32] = value ^ (value >> np.uint32(13)) ^ np.uint32(asked.second)
    return result


def answers(asked: Questions, rows: Bytes, sizes: Numbers) -> None:
    """Book the answers among many frames: TCP of IPv4 without options by columns, the little rest one by one."""
    if asked.version != 4:
        _singly(asked, rows, sizes, np.flatnonzero((rows[:, 12] == 0x86) & (rows[:, 13] == 0xDD)))
        return
    ours = (rows[:, 12] == 8) & (rows[:, 13] == 0) & (rows[:, 30:34] == np.frombuffer(asked.source.packed, np.uint8)).all(axis=1)
    ours &= sizes >= 34
    plain = ours & (rows[:, 14] == 0x45) & (rows[:, 23] == 6) & (sizes >= 48)
    _singly(asked, rows, sizes, np.flatnonzero(ours & ~plain))
    at = np.flatnonzero(plain)
    if len(at):
        _columns(asked, rows[at, 26:48])


def _columns(asked: Questions, rows: Bytes) -> None:
    """Rows of source and target address and the first 14 bytes of TCP."""
    table = _table(asked)
    source = np.ascontiguousarray(rows[:, 0:4]).view(">u4")[:, 0].astype(np.int64)
    place = np.minimum(np.searchsorted(table.addresses, source), len(table.addresses) - 1)
    port = rows[:, 8].astype(np.int64) << 8 | rows[:, 9]
    mine = rows[:, 10].astype(np.int64) << 8 | rows[:, 11]
    ack = np.ascontiguousarray(rows[:, 16:20]).view(">u4")[:, 0].astype(np.uint32)
    flags = rows[:, 21]
    address = table.places[place]
    good = (
        (table.addresses[place] == source)
        & (table.ports[port] >= 0)
        & (mine == asked.sport)
        & (flags & ACK != 0)
        & (flags & (SYN | RST) != 0)
    )
    good &= ack - np.uint32(1) == sequences(asked, address, port)
    chosen = address[good] * len(asked.ports) + table.ports[port[good]]
    status = np.frombuffer(asked.status, np.uint8)
    states = np.where(flags[good] & RST != 0, CLOSED, OPEN).astype(np.uint8)
    asked.answered += int((status[np.unique(chosen)] == 0).sum())
    # Closed first, open over it: an open port stays open whatever else was said of it.
    shut = states == CLOSED
    rest = chosen[shut]
    status[rest[status[rest] != OPEN]] = CLOSED
    status[chosen[~shut]] = OPEN


class _Table:
    """Places by address and by port."""

    def __init__(self, asked: Questions) -> None:
        numbers = np.array([int(one) for one in asked.addresses], np.int64)
        self.places: Numbers = np.argsort(numbers)
        self.addresses: Numbers = numbers[self.places]
        self.ports: Numbers = np.full(65_536, -1, np.int64)
        self.ports[asked.ports] = np.arange(len(asked.ports))


def _table(asked: Questions) -> _Table:
    if not isinstance(asked.table, _Table):
        asked.table = _Table(asked)
    return asked.table


def _singly(asked: Questions, rows: Bytes, sizes: Numbers, which: Numbers) -> None:
    for at in which.tolist():
        asked.one(0.0, rows[at, : sizes[at]].tobytes())
