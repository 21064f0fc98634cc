"""Discovery: which addresses of an authorised network answer, and on which management ports.

The caller has checked the scope. Nothing but ``str()`` of an ``ipaddress`` object ever reaches nmap's command line.
"""

from __future__ import annotations

import asyncio
import errno
import ipaddress
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from scanner.errors import UseError

Net = ipaddress.IPv4Network | ipaddress.IPv6Network

PORTS = (22, 23, 80, 135, 443, 445, 1433, 1521, 3306, 3389, 5236, 5432, 5985, 8080, 8443, 54321)
"""Management, web and database ports (5236 Dameng, 54321 Kingbase). Printers print what 9100-9107 receive: never asked."""
RATE = 50
"""Packets, or connections, a second in all."""
MAX_ADDRESSES = 4096
AT_ONCE = 64
WAIT = 2.0
"""Seconds that one connection may take."""
SHAPE = re.compile(r"[0-9a-f.:]+/[0-9]{1,3}")
NMAP = "-n -sT -PS{ports} --max-rate 50 --max-retries 1 --host-timeout 120s"


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
    return sum(net.num_addresses for net in nets) * len(ports) * 2 // RATE + 30


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
        arguments = NMAP.format(ports=text) + (" -6" if version == 6 else "")
        try:
            scanner.scan(" ".join(str(net) for net in some), text, arguments, timeout=4 * seconds_at_most(some, ports) + 60)
        except (nmap.PortScannerError, nmap.PortScannerTimeout) as error:
            raise UseError("discover-nmap", detail=str(error).strip()[:120]) from None
        for host in scanner.all_hosts():
            if scanner[host].state() == "up":
                tcp = scanner[host].get("tcp", {})
                found[host] = Found(host, tuple(sorted(port for port, entry in tcp.items() if entry["state"] == "open")))
    return Discovered(tuple(_sorted(found.values())), "nmap")


async def _with_connections(hosts: Sequence[str], ports: Sequence[int]) -> Discovered:
    open_ports: dict[str, set[int]] = {}
    unsent = 0
    gate = asyncio.Semaphore(AT_ONCE)
    running: set[asyncio.Task[None]] = set()

    async def ask(host: str, port: int) -> None:
        nonlocal unsent
        try:
            _, writer = await asyncio.wait_for(asyncio.open_connection(host, port), WAIT)
            open_ports.setdefault(host, set()).add(port)
            writer.transport.abort()
        except ConnectionRefusedError:
            open_ports.setdefault(host, set())
        except TimeoutError:
            pass
        except OSError as error:
            unsent += error.errno not in (errno.EHOSTUNREACH, errno.ECONNRESET, errno.ETIMEDOUT)
        finally:
            gate.release()

    # Port by port, not host by host: no single device sees a burst.
    for port in ports:
        for host in hosts:
            await gate.acquire()
            task = asyncio.create_task(ask(host, port))
            running.add(task)
            task.add_done_callback(running.discard)
            await asyncio.sleep(1 / RATE)
    await asyncio.gather(*running)
    return Discovered(tuple(_sorted(Found(host, tuple(sorted(some))) for host, some in open_ports.items())), "connect", unsent)


def _sorted(hosts: Iterable[Found]) -> list[Found]:
    return sorted(hosts, key=_order)


def _order(host: Found) -> tuple[int, int]:
    address = ipaddress.ip_address(host.address)
    return address.version, int(address)
