"""A sweep: the frames of a template over many indices, paced, in an order that the seed gives, and once more in another."""

from __future__ import annotations

import hashlib
import hmac
import struct
import time
from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass, field

from scanner.collect.trial.mmsg import Slots
from scanner.collect.trial.pace import Pacer
from scanner.collect.trial.presses import CHUNK, has_numpy, press
from scanner.collect.trial.wire import Wire
from scanner.facts.network.craft import Template

Stop = Callable[[], bool]
"""Whether to stop now: Ctrl-C, the end of the window."""


def never() -> bool:
    """For a sweep that nothing stops."""
    return False


@dataclass(frozen=True, slots=True)
class Sent:
    """What one pass over the indices sent."""

    count: int
    """Frames that the kernel took."""
    of: int
    """Frames that were to go."""
    batches: tuple[tuple[float, int], ...]
    """(epoch seconds before the call, frames) of every batch, in the order of the pass."""
    order: str
    """SHA-256 over the indices in the order of the pass, four bytes each."""
    started: float
    ended: float
    refused: int = 0
    """Frames that the kernel did not take."""
    stopped: bool = False
    """It was told to stop before its end."""

    def time_of(self, position: int) -> float | None:
        """When the frame at a position of the pass was sent; None when it was not."""
        for when, count in self.batches:
            if position < count:
                return when
            position -= count
        return None


@dataclass(slots=True)
class Passes:
    """All passes of one sweep."""

    passes: list[Sent] = field(default_factory=list)

    @property
    def count(self) -> int:
        """Frames sent in all."""
        return sum(one.count for one in self.passes)

    @property
    def whole(self) -> bool:
        """Every pass came to its end and nothing was refused."""
        return all(one.count == one.of for one in self.passes)


def shuffled(seed: bytes, name: str, indices: Iterable[int]) -> list[int]:
    """The indices in an order that the seed and a name give: whoever holds the seed can say when which index was sent."""
    items = list(indices)
    stream = hashlib.shake_256(hmac.new(seed, b"order " + name.encode(), hashlib.sha256).digest()).digest(8 * len(items))
    if has_numpy():
        from scanner.collect.trial.bulk import ranked

        return [items[at] for at in ranked(stream)]
    keys = struct.unpack(f">{len(items)}Q", stream)
    return [items[at] for at in sorted(range(len(items)), key=keys.__getitem__)]


def sweep(
    wire: Wire,
    template: Template,
    indices: Iterable[int],
    tokens: bytes,
    pacer: Pacer,
    *,
    seed: bytes,
    name: str,
    stop: Stop = never,
    via: Hashable = None,
    device: Hashable = None,
    passes: int = 1,
    bulk: bool | None = None,
    clock: Callable[[], float] = time.time,
) -> Passes:
    """Send a template over the indices, ``passes`` times, each time in another order.

    ``tokens`` is the stream of the trial's label from index 0 on, ``name`` the label. ``via`` and ``device`` name the buckets of the
    pacer: the next hop, and the device when the frames are addressed to itself.
    """
    done = Passes()
    maker = press(template, tokens, bulk=bulk)
    items = list(indices)
    for number in range(passes):
        order = shuffled(seed, f"{name}/{number}", items)
        batches: list[tuple[float, int]] = []
        started, refused = clock(), wire.refused
        gone = 0
        for first in range(0, len(order), CHUNK):
            count = maker.fill(order[first : first + CHUNK])
            gone += _send(wire, maker.slots, count, pacer, stop, via, device, batches, clock)
            if gone < first + count:
                break
        refused = wire.refused - refused
        stopped = gone < len(order) and not refused
        done.passes.append(Sent(gone, len(order), tuple(batches), digest(order), started, clock(), refused, stopped))
        if gone < len(order):
            break
    return done


def _send(
    wire: Wire,
    slots: Slots,
    count: int,
    pacer: Pacer,
    stop: Stop,
    via: Hashable,
    device: Hashable,
    batches: list[tuple[float, int]],
    clock: Callable[[], float],
) -> int:
    """Send the first ``count`` slots; how many went. Ends early when told to stop or when the kernel takes no more."""
    gone = 0
    while gone < count and not stop():
        allowed = pacer.take(count - gone, via=via, device=device)
        now = clock()
        done = wire.send_slots(slots, gone, allowed)
        batches.append((now, done))
        gone += done
        if done < allowed:
            break
    return gone


def send_paced(
    wire: Wire, frames: Sequence[bytes], pacer: Pacer, *, stop: Stop = never, via: Hashable = None, device: Hashable = None
) -> list[tuple[float, int]]:
    """Send odd frames in this order, paced; (epoch seconds, frames that went) of every batch."""
    batches: list[tuple[float, int]] = []
    gone = 0
    while gone < len(frames) and not stop():
        allowed = pacer.take(len(frames) - gone, via=via, device=device)
        now = time.time()
        done = wire.send(frames[gone : gone + allowed])
        batches.append((now, done))
        gone += done
        if done < allowed:
            break
    return batches


def digest(order: Sequence[int]) -> str:
    """SHA-256 over indices in an order."""
    return hashlib.sha256(struct.pack(f">{len(order)}I", *order)).hexdigest()
