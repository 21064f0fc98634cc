"""Leave to send: never more in any second than the cap in all, through one next hop, and to one device.

A bucket of depth b that fills with r a second lets r + b go in a second; a sender that was held up between the leave and the wire
adds the batch it held. So r = cap - 2b: the bound holds on the wire, not only on paper.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Hashable, Iterator, Sequence
from contextlib import contextmanager

BATCH = 64
"""Frames at most that leave back to back: longer bursts hurt old switches. Above 64,000 a second it is what a millisecond holds."""
NAP = 0.02
"""Seconds after which what gives way looks again."""
UNBOUND = 1024
"""The same where there is no cap in all (benchmarks): each batch costs a change of threads."""
TOTAL, NEXT_HOP, DEVICE = 2000, 500, 50
"""Packets a second in all, through one next hop, to a device's own address, unless a plan raises them."""


class Bucket:
    """One bound."""

    __slots__ = ("_depth", "_full", "_last", "_rate")

    def __init__(self, cap: float, now: float) -> None:
        """``cap`` packets in any second. Starts with half of its depth, at least one."""
        self._depth = float(depth(cap))
        self._rate = max(cap - 2 * self._depth, cap / 3)
        self._full = max(1.0, self._depth / 2)
        self._last = now

    def lacks(self, wanted: int, now: float) -> float:
        """Seconds until ``wanted`` (never more than its depth) may go; 0 when they may go now."""
        self._full = min(self._depth, self._full + (now - self._last) * self._rate)
        self._last = now
        short = min(float(wanted), self._depth) - self._full
        return max(0.0, short / self._rate) if short > 1e-9 else 0.0

    def room(self) -> int:
        """How many may go at the time last asked about."""
        return int(self._full + 1e-9)

    def take(self, count: int) -> None:
        """They go."""
        self._full -= count


def depth(cap: float) -> int:
    """How many may go at once under a cap."""
    return int(max(1, min(batch(cap), cap // 50)))


def batch(cap: float) -> int:
    """Frames that may leave back to back under a cap."""
    return int(max(BATCH, min(UNBOUND, cap // 1000)))


class Pacer:
    """All bounds of one run. Several threads may ask."""

    def __init__(
        self,
        total: float | None = TOTAL,
        next_hop: float | None = NEXT_HOP,
        device: float | None = DEVICE,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        """Caps in packets a second; None is no bound (benchmarks only)."""
        self.caps = (total, next_hop, device)
        self.batch = UNBOUND if not total else batch(total)
        """Frames that one leave is for, at most."""
        self._clock, self._sleep = clock, sleep
        self._lock = threading.Lock()
        self._buckets: dict[Hashable, Bucket] = {}
        self._thread = threading.local()
        self._urgent = 0

    def take(self, wanted: int, *, via: Hashable = None, device: Hashable = None) -> int:
        """Wait until some of ``wanted`` frames may go, and say how many: at least one, at most a batch, never more than wanted."""
        wanted = min(wanted, self.batch)
        return self._wait(wanted, via, () if device is None else (device,) * wanted)

    def take_each(self, devices: Sequence[Hashable], *, via: Hashable = None) -> int:
        """The same for frames that go to these devices in this order: how many from the front may go now."""
        return self._wait(min(len(devices), self.batch), via, devices[: self.batch])

    def give_way(self) -> None:
        """From now on this thread waits whenever another has something urgent to send."""
        self._thread.gives_way = True

    @contextmanager
    def urgent(self) -> Iterator[None]:
        """What is sent meanwhile goes before what gives way."""
        with self._lock:
            self._urgent += 1
        try:
            yield
        finally:
            with self._lock:
                self._urgent -= 1

    def connection(self, device: Hashable, packets: int) -> None:
        """Wait until a connection to a device may begin, and book the packets that the kernel will send for it: what follows waits for them."""
        self._wait(1, None, (device,))
        self.owe(device, packets - 1)

    def owe(self, device: Hashable, packets: int) -> None:
        """Book packets to a device that the kernel sends of itself."""
        with self._lock:
            now = self._clock()
            total, _, cap = self.caps
            for name, bound in (("all", total), (("device", device), cap)):
                if bound:
                    self._bucket(name, bound, now).take(packets)

    def seconds(self, count: int, *, via: bool = False, device: bool = False) -> float:
        """How long ``count`` frames take, for a forecast; through one next hop or to one device where said."""
        caps = [cap for cap, asked in zip(self.caps, (True, via, device)) if cap is not None and asked]
        return count / min(caps) if caps else 0.0

    def _wait(self, wanted: int, via: Hashable, devices: Sequence[Hashable]) -> int:
        while True:
            with self._lock:
                waits = self._urgent and getattr(self._thread, "gives_way", False)
                pause, count = (NAP, 0) if waits else self._look(wanted, via, devices)
            if count:
                return count
            self._sleep(pause)

    def _look(self, wanted: int, via: Hashable, devices: Sequence[Hashable]) -> tuple[float, int]:
        """(seconds to wait, 0) or (0, how many go)."""
        now = self._clock()
        total, next_hop, device = self.caps
        bounds = (("all", total), (("via", via), next_hop if via is not None else None))
        shared = [(self._bucket(name, cap, now), cap) for name, cap in bounds if cap]
        count = wanted
        for bucket, cap in shared:
            # Half of the depth at a time: what comes late is not lost, and nobody wakes for a single frame.
            pause = bucket.lacks(min(wanted, (depth(cap) + 1) // 2), now)
            if pause:
                return pause, 0
            count = min(count, bucket.room())
        if device and devices:
            pause, count = self._to_devices(devices[:count], device, now)
            if not count:
                return pause, 0
        for bucket, _ in shared:
            bucket.take(count)
        return 0.0, count

    def _to_devices(self, devices: Sequence[Hashable], cap: float, now: float) -> tuple[float, int]:
        for at, name in enumerate(devices):
            bucket = self._bucket(("device", name), cap, now)
            pause = bucket.lacks(1, now)
            if pause:
                return pause, at
            bucket.take(1)
        return 0.0, len(devices)

    def _bucket(self, name: Hashable, cap: float, now: float) -> Bucket:
        found = self._buckets.get(name)
        if found is None:
            found = self._buckets[name] = Bucket(cap, now)
        return found
