"""Listening sockets with the scope of their addresses."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass

from scanner.facts.fact import Unreadable, fact, sections, whole_number
from scanner.model.absent import Absent, Why
from scanner.model.evidence import Answer, Probe

# The header line stays: it is the proof that ss answered when nothing listens. /proc/net is the way without iproute2.
_ASK = """
if command -v ss >/dev/null 2>&1 && o=$(ss -lntup); then
  echo '== ss'; printf '%s\\n' "$o" | sed 's/^/|/'
else
  for n in tcp tcp6 udp udp6; do [ -r /proc/net/$n ] && { echo "== $n"; sed 's/^/|/' /proc/net/$n; }; done
fi
exit 0
"""


@dataclass(frozen=True, slots=True, order=True)
class Socket:
    """One listening socket."""

    protocol: str
    """``tcp`` or ``udp``."""
    port: int
    address: str
    """Local address; ``*`` for any of both families."""
    process: str = ""
    """Name of the first process that holds it; empty when it cannot be seen."""

    @property
    def scope(self) -> str:
        """``loopback``, ``any`` (every address of the host) or ``address`` (one address)."""
        if self.address == "*":
            return "any"
        address = ipaddress.ip_address(self.address)
        mapped = getattr(address, "ipv4_mapped", None)
        address = address if mapped is None else mapped
        return "any" if address.is_unspecified else "loopback" if address.is_loopback else "address"

    def shown(self) -> dict[str, str | int]:
        """For a verdict's ``observed``."""
        return {"protocol": self.protocol, "port": self.port, "address": self.address, "process": self.process}


@fact(Probe("linux.sockets", "sh", (_ASK,), max_bytes=1_000_000))
@dataclass(frozen=True, slots=True)
class Sockets:
    """Everything that listens in the host's own network namespace."""

    listening: tuple[Socket, ...]

    def reachable(self) -> list[Socket]:
        """Those that are not bound to loopback only."""
        return [socket for socket in self.listening if socket.scope != "loopback"]

    @classmethod
    def read(cls, answer: Answer) -> Sockets | Absent:
        """Read ``ss -lntup`` or /proc/net."""
        found = sections(answer)
        if answer.exit != 0:
            return Absent(Why.COMMAND_FAILED, answer.complaint)
        if "ss" in found:
            rows = found["ss"]
            if not rows or not rows[0].startswith("Netid"):
                raise Unreadable("ss gave no header")
            return cls(tuple(sorted({_row(line) for line in rows[1:]})))
        if "tcp" not in found or "udp" not in found:
            return Absent(Why.COMMAND_MISSING, "ss, /proc/net/tcp")
        return cls(tuple(sorted({s for name, rows in found.items() for s in _proc(name[:3], rows)})))


def _row(line: str) -> Socket:
    words = line.split(None, 6)
    if len(words) < 6 or words[0] not in ("tcp", "udp"):
        raise Unreadable(f"not a socket: {line[:60]!r}")
    address, _, port = words[4].rpartition(":")
    holder = words[6].partition('(("')[2].partition('"')[0] if len(words) > 6 else ""
    return Socket(words[0], _port(whole_number(port)), _address(address), holder)


def _address(text: str) -> str:
    bare = text.partition("%")[0].strip("[]").partition("%")[0]
    return "*" if bare == "*" else str(ipaddress.ip_address(bare))


def _port(number: int) -> int:
    if not 0 < number < 65536:
        raise Unreadable(f"not a port: {number}")
    return number


def _proc(protocol: str, rows: list[str]) -> list[Socket]:
    """Rows of /proc/net/tcp and udp: state 0A listens; a UDP socket without a peer receives from anyone."""
    out = []
    if not rows or "local_address" not in rows[0]:
        raise Unreadable("/proc/net has no header")
    for line in rows[1:]:
        words = line.split()
        if len(words) < 4:
            raise Unreadable(f"not a socket: {line[:60]!r}")
        local, remote, state = words[1], words[2], words[3]
        if state == "0A" if protocol == "tcp" else remote.endswith(":0000"):
            host, _, port = local.partition(":")
            if int(port, 16):
                out.append(Socket(protocol, int(port, 16), _from_hex(host)))
    return out


def _from_hex(text: str) -> str:
    """Address from groups of four bytes in the machine's own order; every machine that we meet is little-endian."""
    raw = bytes.fromhex(text)
    if len(raw) not in (4, 16):
        raise Unreadable(f"not an address: {text[:40]!r}")
    return str(ipaddress.ip_address(b"".join(raw[i : i + 4][::-1] for i in range(0, len(raw), 4))))
