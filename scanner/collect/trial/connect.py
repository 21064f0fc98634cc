"""Without raw frames: plain connections and datagrams, by the kernel's own routes. What they cannot see is said with every result."""

from __future__ import annotations

import errno
import select
import socket
import struct
import time
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from scanner.collect.trial.pace import Pacer
from scanner.collect.trial.ports import Scanned
from scanner.collect.trial.scan import CLOSED, FILTERED, OPEN, SILENT, Address, askable
from scanner.collect.trial.sweep import Sent, Stop, digest, never, shuffled

BLIND = ("layer2", "vlan", "next-hop", "forged-source", "protocol", "syn-token", "dhcp", "passive", "loss")
"""What plain sockets cannot try or see; the words stand in the locale under ``blind.CODE``."""
IN_FLIGHT = 256
LOOK = 32
"""Connections begun between two looks at those on their way."""
PAUSE = 0.05
WAIT = 0.9
"""Seconds for one connection: less than the second after which the kernel would send the opening again."""
BOOKED = 3
"""Packets of a connection that is accepted: the opening, the acknowledgement and our reset."""
RESET = struct.pack("=ii", 1, 0)
FILTERS = {errno.EHOSTUNREACH, errno.ENETUNREACH, errno.EACCES, errno.EPERM, errno.EPROTO}


@dataclass(slots=True)
class _Flight:
    """Connections on their way."""

    poll: select.epoll
    wait: float
    sockets: dict[int, tuple[socket.socket, int, float]] = field(default_factory=dict)
    """By descriptor: the socket, its place, and when it is given up. In the order in which they were begun."""

    def begin(self, address: Address, port: int, place: int) -> int | None:
        """Begin one; the error when the kernel refused at once."""
        door = socket.socket(socket.AF_INET if address.version == 4 else socket.AF_INET6, socket.SOCK_STREAM | socket.SOCK_NONBLOCK)
        # A reset ends it: no connection of ours stays behind on either side.
        door.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
        code = door.connect_ex((str(address), port))
        if code not in (0, errno.EINPROGRESS):
            door.close()
            return code
        self.poll.register(door.fileno(), select.EPOLLOUT)
        self.sockets[door.fileno()] = (door, place, time.monotonic() + self.wait)
        return None

    def ended(self, pause: float) -> Iterator[tuple[int, int]]:
        """(place, error) of those that ended; an error of ETIMEDOUT is one that was given up."""
        for descriptor, _ in self.poll.poll(pause):
            door, place, _ = self.sockets.pop(descriptor)
            code = door.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
            self._close(door)
            yield place, code
        now = time.monotonic()
        while self.sockets:
            descriptor = next(iter(self.sockets))
            door, place, until = self.sockets[descriptor]
            if until > now:
                break
            del self.sockets[descriptor]
            self._close(door)
            yield place, errno.ETIMEDOUT

    def close(self) -> None:
        """Give everything back."""
        for door, _, _ in self.sockets.values():
            door.close()
        self.sockets.clear()
        self.poll.close()

    def _close(self, door: socket.socket) -> None:
        self.poll.unregister(door.fileno())
        door.close()


def scan(
    addresses: Sequence[Address],
    ports: Iterable[int],
    pacer: Pacer,
    *,
    seed: bytes,
    name: str = "ports",
    stop: Stop = never,
    in_flight: int = IN_FLIGHT,
    wait: float = WAIT,
) -> Scanned:
    """Ask every port of every address by a connection. Slower than raw openings by far, and blind to all that ``blind`` names."""
    hosts, wanted = list(addresses), askable(ports)
    began, count = time.monotonic(), len(wanted)
    status = bytearray(len(hosts) * count)
    flight, begun = _Flight(select.epoll(), wait), 0
    unsent = 0
    try:
        # Round by round: no device hears two openings at once.
        for port in shuffled(seed, name, range(count)):
            for at, address in enumerate(hosts):
                if stop():
                    break
                _book(pacer, str(address))
                code = flight.begin(address, wanted[port], at * count + port)
                begun += 1
                if code is not None:
                    state = state_of(code)
                    unsent += state == SILENT
                    status[at * count + port] = state
                if begun % LOOK == 0:
                    _land(flight, status, 0.0)
                while len(flight.sockets) >= in_flight:
                    _land(flight, status, PAUSE)
        while flight.sockets and not stop():
            _land(flight, status, PAUSE)
    finally:
        flight.close()
    counts = [status.count(state) for state in (SILENT, CLOSED, FILTERED)]
    return Scanned(
        open=tuple((str(hosts[at // count]), wanted[at % count]) for at, state in enumerate(status) if state == OPEN),
        closed=counts[1],
        filtered=counts[2],
        silent=counts[0],
        asked=len(status),
        sent=begun,
        turns=(begun,),
        seconds=time.monotonic() - began,
        how="connect",
        refused=unsent,
        stopped=stop(),
        blind=BLIND,
    )


def state_of(code: int) -> int:
    """What the end of a connection says about its port."""
    if code == 0:
        return OPEN
    if code in (errno.ECONNREFUSED, errno.ECONNRESET):
        return CLOSED
    return FILTERED if code in FILTERS else SILENT


def datagrams(
    target: Address,
    ports: Iterable[int],
    payload: Callable[[int], bytes],
    pacer: Pacer,
    *,
    seed: bytes,
    name: str,
    stop: Stop = never,
    device: Hashable = None,
) -> Sent:
    """Send one datagram to every port of an address; ``payload`` gives the token of a port. Answers are not looked for.

    A sentinel hears them if they come through; what happened on the way stays unseen, and only the kernel's own route is tried.
    """
    order = shuffled(seed, name, askable(ports))
    batches: list[tuple[float, int]] = []
    started, gone, refused = time.time(), 0, 0
    with socket.socket(socket.AF_INET if target.version == 4 else socket.AF_INET6, socket.SOCK_DGRAM) as door:
        while gone < len(order) and not stop():
            allowed = pacer.take(len(order) - gone, device=device)
            now, taken = time.time(), 0
            for port in order[gone : gone + allowed]:
                taken += throw(door, payload(port), (str(target), port))
            batches.append((now, taken))
            refused += allowed - taken
            gone += allowed
    sent = gone - refused
    return Sent(sent, len(order), tuple(batches), digest(order), started, time.time(), refused, gone < len(order))


def throw(door: socket.socket, data: bytes, where: tuple[str, int]) -> bool:
    """Whether the kernel took a datagram. An answer to an earlier one (refused) is reported once, in the next one's place."""
    for _ in range(2):
        try:
            door.sendto(data, where)
        except ConnectionRefusedError:
            continue
        except OSError as error:
            if error.errno not in FILTERS | {errno.ENOBUFS, errno.EAGAIN, errno.ENETDOWN}:
                raise
            return False
        return True
    return False


def _book(pacer: Pacer, device: str) -> None:
    booked = 0
    while booked < BOOKED:
        booked += pacer.take(BOOKED - booked, device=device)


def _land(flight: _Flight, status: bytearray, pause: float) -> None:
    for place, code in flight.ended(pause):
        status[place] = state_of(code)
