"""Connections that stand now, and file systems mounted from elsewhere: remote addresses only, never what is said."""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass

from scanner.facts.fact import Unreadable, fact, sections
from scanner.model.absent import Absent, Why
from scanner.model.evidence import Answer, Probe

_ASK = """
echo '== session'; [ -n "$SSH_CONNECTION" ] && printf '|%s\\n' "$SSH_CONNECTION"
if command -v ss >/dev/null 2>&1 && o=$(ss -Hnatp 2>/dev/null || ss -nat); then
  echo '== ss'; printf '%s\\n' "$o" | sed 's/^/|/'
else
  for n in tcp tcp6; do [ -r /proc/net/$n ] && { echo "== $n"; sed 's/^/|/' /proc/net/$n; }; done
fi
echo '== mounts'; [ -r /proc/self/mounts ] && while read -r s p t r; do
  case $t in nfs|nfs4|cifs|smb3|smbfs|fuse.*|ceph|glusterfs|davfs|9p|afs|ncpfs) printf '|%s %s %s\\n' "$t" "$s" "$p";; esac
done </proc/self/mounts
exit 0
"""
_STATES = {
    "ESTAB": "established",
    "SYN-SENT": "asking",
    "CLOSE-WAIT": "established",
    "FIN-WAIT-1": "established",
    "FIN-WAIT-2": "established",
}
_HEX = {"01": "established", "02": "asking", "08": "established", "04": "established", "05": "established"}


@dataclass(frozen=True, slots=True, order=True)
class Connection:
    """One TCP connection of the host's own network namespace."""

    remote: str
    port: int
    local_port: int
    state: str
    """``established`` or ``asking`` (sent a SYN, no answer yet)."""
    process: str = ""

    def shown(self) -> dict[str, object]:
        """For a verdict's ``observed``."""
        return {"remote": self.remote, "port": self.port, "local_port": self.local_port, "state": self.state, "process": self.process}


@dataclass(frozen=True, slots=True, order=True)
class Mount:
    """A file system that another machine serves."""

    type: str
    source: str
    """As mounted, without a user name."""
    at: str
    server: str
    """Address or name of the machine; empty where the source does not say."""


@fact(Probe("linux.connections", "sh", (_ASK,), max_bytes=2_000_000))
@dataclass(frozen=True, slots=True)
class Connections:
    """TCP connections and mounts."""

    connections: tuple[Connection, ...]
    mounts: tuple[Mount, ...]

    @classmethod
    def read(cls, answer: Answer) -> Connections | Absent:
        """Read ``ss -natp`` or /proc/net/tcp. The connection over which we ask is left out."""
        found = sections(answer)
        if answer.exit != 0 or "mounts" not in found:
            return Absent(Why.COMMAND_FAILED, answer.complaint)
        if "ss" in found:
            seen = [item for line in found["ss"] if (item := _row(line))]
        elif "tcp" in found:
            seen = [item for name in ("tcp", "tcp6") for line in found.get(name, [])[1:] if (item := _proc(line))]
        else:
            return Absent(Why.COMMAND_MISSING, "ss, /proc/net/tcp")
        own = found["session"][0].split() if found["session"] else []
        ours = (own[0].removeprefix("::ffff:"), int(own[1])) if len(own) == 4 else None
        kept = {item for item in seen if (item.remote, item.port) != ours}
        return cls(tuple(sorted(kept)), tuple(sorted(_mount(line) for line in found["mounts"])))


def _row(line: str) -> Connection | None:
    words = line.split(None, 5)
    if not words or words[0] == "State" or words[0] not in _STATES:
        return None
    if len(words) < 5:
        raise Unreadable(f"not a connection: {line[:60]!r}")
    remote, port = _end(words[4])
    holder = words[5].partition('(("')[2].partition('"')[0] if len(words) > 5 else ""
    return Connection(remote, port, _end(words[3])[1], _STATES[words[0]], holder)


def _end(text: str) -> tuple[str, int]:
    host, _, port = text.rpartition(":")
    address = ipaddress.ip_address(host.strip("[]").partition("%")[0])
    return str(getattr(address, "ipv4_mapped", None) or address), int(port)


def _proc(line: str) -> Connection | None:
    words = line.split()
    if len(words) < 4:
        raise Unreadable(f"not a connection: {line[:60]!r}")
    if words[3] not in _HEX:
        return None
    host, port = _hex(words[2])
    return Connection(host, port, _hex(words[1])[1], _HEX[words[3]])


def _hex(text: str) -> tuple[str, int]:
    host, _, port = text.partition(":")
    raw = bytes.fromhex(host)
    address = ipaddress.ip_address(b"".join(raw[i : i + 4][::-1] for i in range(0, len(raw), 4)))
    return str(getattr(address, "ipv4_mapped", None) or address), int(port, 16)


def _mount(line: str) -> Mount:
    kind, source, at = line.split(" ", 2)
    bare = re.sub(r"^([a-z]+://)?[^/@]*@", r"\1", source)
    found = re.match(r"(?:[a-z0-9+]+:)?//(\[[^\]]+\]|[^/:]+)|(\[[^\]]+\]|[A-Za-z0-9.-]+):/?", bare)
    server = (found[1] or found[2] or "").strip("[]") if found else ""
    return Mount(kind, bare, at, server)
