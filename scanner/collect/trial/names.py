"""Names as carriers: questions for a domain whose name server is a sentinel."""

from __future__ import annotations

import contextlib
import struct
import time

from scanner.collect.trial.end import End
from scanner.collect.trial.journal import Progress
from scanner.collect.trial.relays import dial
from scanner.collect.trial.stations import Address


def question(name: str, ident: int, kind: int = 1) -> bytes:
    """A recursive DNS question of class IN."""
    labels = b"".join(bytes([len(label)]) + label.encode("ascii") for label in name.split("."))
    return struct.pack(">HHHHHH", ident, 0x0100, 1, 0, 0, 0) + labels + b"\0" + struct.pack(">HH", kind, 1)


def ask_all(end: End, progress: Progress, domain: str) -> None:
    """Ask every device for a name under the beacon domain, over UDP and, where port 53 is open, over TCP."""
    for station in end.devices():
        for version in (4, 6):
            own = end.source(version)
            for address in end.addresses(station, version) if own is not None else []:
                if end.over:
                    progress.cut("window")
                    return
                assert own is not None
                progress.of += 2
                progress.tried += _udp(end, station.mac, own, address, domain) + _tcp(end, station.mac, address, domain)
    if "dns" in end.journal.left:
        progress.cut(end.short)
    elif not end.over:
        progress.state = "done"


def _udp(end: End, mac: str, own: Address, address: Address, domain: str) -> int:
    draft = end.journal.trial(
        "dns", "dns", "udp", family=f"v{address.version}", via=mac, via_address=str(address), to=str(address), port=53, note=domain
    )
    template = end.kit.dns(draft, mac, own, address, domain)
    end.put(draft, template, [0], via=mac, device=mac)
    return end.put(draft, template, [0], via=mac, device=mac)


def _tcp(end: End, mac: str, address: Address, domain: str) -> int:
    with contextlib.suppress(OSError), dial(end, mac, address, 53) as talk:
        draft = end.journal.trial(
            "dns", "dns", "tcp", family=f"v{address.version}", via=mac, via_address=str(address), to=str(address), port=53, note=domain
        )
        if draft.refused:
            return 0
        asked = question(f"{end.journal.payload(draft, 0).hex()}.{domain}", draft.n & 0xFFFF)
        talk.sendall(struct.pack(">H", len(asked)) + asked)
        draft.carried = asked.hex()
        draft.went([(time.time(), 1)], [0])
        talk.settimeout(0.5)
        talk.recv(64)
    return 1
