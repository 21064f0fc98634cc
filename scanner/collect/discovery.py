"""Discovery: which addresses of an authorised network answer, and on which management ports.

The caller has checked the scope. Nothing but ``str()`` of an ``ipaddress`` object ever reaches nmap's command line.
"""

from __future__ import annotations

import asyncio
import errno
import ipaddress
import os
import re
import socket
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from scanner.collect.pace import Pace
from scanner.errors import UseError

Net = ipaddress.IPv4Network | ipaddress.IPv6Network

PORTS = (22, 23, 80, 135, 443, 445, 1433, 1521, 3306, 3389, 5236, 5432, 5985, 8080, 8443, 54321)
"""Management, web and database ports (5236 Dameng, 54321 Kingbase). Printers print what 9100-9107 receive: never asked."""
RATE = 50
"""Packets a second in all, in any window of a second."""
MAX_ADDRESSES = 4096
AT_ONCE = 64
WAIT = 2.5
"""Seconds that one connection may take."""
FIRST_WAIT = 3.6
"""Seconds for the first connection to an address: the kernel gives up looking for an absent neighbour after three."""
NEIGHBOUR = 2.5
"""Seconds: "no route to host" later than this is an absent neighbour, earlier it is a refusal by somebody."""
SENT_NOW = (0.0, 0.0, 0.0)
"""Packets of a connection that succeeds and is reset at once; one that is refused needs only the first."""
SENT_LATER = {WAIT: (1.0, 2.0), FIRST_WAIT: (1.0, 2.0, 3.0)}
"""Retransmissions, by how long is waited: of the connection after 1 and 3 s, of the question for the neighbour after 1 and 2 s."""
SHAPE = re.compile(r"[0-9a-f.:]+/[0-9]{1,3}")
NMAP = "-n {how} -PS{ports} --max-rate {rate} --max-retries 1 --host-timeout 120s --exclude-ports 9100-9107"
SYN_SHARE, CONNECT_SHARE = 0.4, 0.3
"""nmap bounds its probes, not what the kernel adds (a reset after a SYN that was answered, two packets after a connection): with
--max-rate 50 a second saw 74 packets after SYNs and 92 after connections, with these shares 36 and 48."""


@dataclass(frozen=True, slots=True)
class Found:
    """One address that answered."""

    address: str
    ports: tuple[int, ...]
    """Open ports, ascending; empty when it only refused."""


@dataclass(frozen=True, slots=True)
class Discovered:
    """What a look around found, and how far it may be trusted."""

    hosts: tuple[Found, ...]
    how: str
    """``nmap`` or ``connect``."""
    unsent: int = 0
    """Connections that this machine itself could not start: addresses behind them were not looked at."""


def networks(texts: Sequence[str]) -> tuple[Net, ...]:
    """Networks of a command line, strictly. Raises UseError."""
    found: list[Net] = []
    for text in texts:
        try:
            net = ipaddress.ip_network(text, strict=True)
        except ValueError:
            raise UseError("discover-network", network=text[:80]) from None
        # A zone index would be carried along by str() and is no network.
        if not SHAPE.fullmatch(str(net)):
            raise UseError("discover-network", network=text[:80])
        found.append(net)
    if sum(net.num_addresses for net in found) > MAX_ADDRESSES:
        raise UseError("discover-too-many", limit=MAX_ADDRESSES)
    return tuple(found)


def seconds_at_most(nets: Iterable[Net], ports: Sequence[int] = PORTS) -> int:
    """How long a look may take when nothing answers."""
    return sum(net.num_addresses for net in nets) * len(ports) * 5 // RATE + 30


def discover(nets: Sequence[Net], nmap: bool = True, ports: Sequence[int] = PORTS) -> Discovered:
    """Look around with nmap, or with plain connections when nmap is missing or not wanted. Raises UseError when nmap fails."""
    if nmap:
        found = _with_nmap(nets, ports)
        if found is not None:
            return found
    return asyncio.run(_with_connections(list(addresses(nets)), ports))


def addresses(nets: Iterable[Net]) -> Iterator[str]:
    """Every address that may be a host, once."""
    seen: set[str] = set()
    for net in nets:
        for address in net.hosts():
            if str(address) not in seen:
                seen.add(str(address))
                yield str(address)


def _with_nmap(nets: Sequence[Net], ports: Sequence[int]) -> Discovered | None:
    import nmap

    try:
        scanner = nmap.PortScanner()
    except nmap.PortScannerError:
        return None
    text = ",".join(str(int(port)) for port in ports)
    found: dict[str, Found] = {}
    for version in (4, 6):
        some = [net for net in nets if net.version == version]
        if not some:
            continue
        arguments = _arguments(some, text)
        try:
            scanner.scan(" ".join(str(net) for net in some), text, arguments, timeout=4 * seconds_at_most(some, ports) + 60)
        except (nmap.PortScannerError, nmap.PortScannerTimeout) as error:
            raise UseError("discover-nmap", detail=str(error).strip()[:120]) from None
        for host in scanner.all_hosts():
            if scanner[host].state() == "up":
                tcp = scanner[host].get("tcp", {})
                found[host] = Found(host, tuple(sorted(port for port, entry in tcp.items() if entry["state"] == "open")))
    return Discovered(tuple(_sorted(found.values())), "nmap")


def _arguments(nets: Sequence[Net], ports: str) -> str:
    """Options for nmap; all that varies is numbers and ``str()`` of addresses."""
    raw = os.geteuid() == 0
    how, share = ("-sS", SYN_SHARE) if raw else ("-sT", CONNECT_SHARE)
    found = NMAP.format(how=how, ports=ports, rate=max(1, int(RATE * share)))
    if nets[0].version == 6:
        return found + " -6"
    ends = [str(end) for net in nets if net.prefixlen < 31 for end in (net.network_address, net.broadcast_address)]
    return found + (" --exclude " + ",".join(ends) if ends else "")


def is_own(address: str) -> bool:
    """Whether an address is one of this machine's."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with socket.socket(family, socket.SOCK_DGRAM) as probe:
        try:
            probe.bind((address, 0))
        except OSError:
            return False
    return True


class _Look:
    """One look around by plain connections."""

    def __init__(self, rate: int) -> None:
        self.pace = Pace(rate)
        self.gate = asyncio.Semaphore(AT_ONCE)
        self.open: dict[str, set[int]] = {}
        self.absent: set[str] = set()
        self.unsent = 0

    async def ask(self, host: str, port: int, wait: float, booked: list[float]) -> None:
        started = time.monotonic()
        try:
            _, writer = await asyncio.wait_for(asyncio.open_connection(host, port), wait)
            self.open.setdefault(host, set()).add(port)
            writer.transport.abort()
            self.pace.give_back(booked[len(SENT_NOW) :])
        except ConnectionRefusedError:
            self.open.setdefault(host, set())
            self.pace.give_back(booked[1:])
        except TimeoutError:
            pass
        except OSError as error:
            if error.errno == errno.EHOSTUNREACH and time.monotonic() - started > NEIGHBOUR:
                self.absent.add(host)
            self.unsent += error.errno not in (errno.EHOSTUNREACH, errno.ECONNRESET, errno.ETIMEDOUT)
        finally:
            self.gate.release()

    async def round(self, hosts: Sequence[str], port: int, wait: float) -> None:
        """One port of every host that is not known to be absent: no single device sees a burst."""
        async with asyncio.TaskGroup() as group:
            for host in hosts:
                if host not in self.absent:
                    await self.gate.acquire()
                    booked = await self.pace.turn((*SENT_NOW, *SENT_LATER[wait]))
                    group.create_task(self.ask(host, port, wait, booked))


async def _with_connections(hosts: Sequence[str], ports: Sequence[int]) -> Discovered:
    look = _Look(RATE)
    for number, port in enumerate(ports):
        await look.round(hosts, port, WAIT if number else FIRST_WAIT)
    found = (Found(host, tuple(sorted(some))) for host, some in look.open.items())
    return Discovered(tuple(_sorted(found)), "connect", look.unsent)


def _sorted(hosts: Iterable[Found]) -> list[Found]:
    return sorted(hosts, key=_order)


def _order(host: Found) -> tuple[int, int]:
    address = ipaddress.ip_address(host.address)
    return address.version, int(address)
