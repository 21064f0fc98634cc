"""A chatty host: announces its name by mDNS and NetBIOS and answers a NetBIOS status query.

usage: names.py INTERFACE ADDRESS BROADCAST NAME
"""

from __future__ import annotations

import contextlib
import select
import socket
import struct
import sys
import time


def netbios(name: str, suffix: int) -> bytes:
    """A NetBIOS name in its first-level encoding."""
    raw = name.upper().encode("ascii")[:15].ljust(15) + bytes([suffix])
    return b"\x20" + bytes(value for byte in raw for value in (65 + (byte >> 4), 65 + (byte & 15))) + b"\x00"


def registration(name: str, address: str) -> bytes:
    """A name registration request, broadcast."""
    question = netbios(name, 0) + struct.pack("!HH", 0x20, 1)
    record = b"\xc0\x0c" + struct.pack("!HHIHH4s", 0x20, 1, 300000, 6, 0, socket.inet_aton(address))
    return struct.pack("!HHHHHH", 0x1234, 0x2910, 1, 0, 0, 1) + question + record


def status(query: bytes, name: str) -> bytes:
    """The answer to a node status request: one name, no unit id."""
    table = b"\x01" + name.upper().encode("ascii")[:15].ljust(15) + b"\x00" + b"\x04\x00" + bytes(46)
    head = query[:2] + struct.pack("!HHHHH", 0x8400, 0, 1, 0, 0)
    return head + netbios("*", 0).replace(b"CACACACACACACACACACACACACACA", b"AAAAAAAAAAAAAAAAAAAAAAAAAAAA") + struct.pack(
        "!HHIH", 0x21, 1, 0, len(table)
    ) + table  # fmt: skip


def announcement(name: str, address: str) -> bytes:
    """An unasked mDNS answer."""
    label = bytes([len(name)]) + name.encode("ascii") + b"\x05local\x00"
    return struct.pack("!HHHHHH", 0, 0x8400, 0, 1, 0, 0) + label + struct.pack("!HHIH4s", 1, 0x8001, 120, 4, socket.inet_aton(address))


def main() -> None:
    """Speak every two seconds until killed."""
    interface, address, broadcast, name = sys.argv[1:5]
    nbns = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    nbns.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
    nbns.bind(("", 137))
    mdns = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    mdns.bind(("", 5353))
    mdns.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, socket.inet_aton(address))
    mdns.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, socket.inet_aton("224.0.0.251") + socket.inet_aton(address))
    for wire in (nbns, mdns):
        wire.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, interface.encode())
    print("ready", flush=True)
    due = 0.0
    while True:
        if time.monotonic() >= due:
            due = time.monotonic() + 2
            with contextlib.suppress(OSError):
                nbns.sendto(registration(name, address), (broadcast, 137))
                mdns.sendto(announcement(name, address), ("224.0.0.251", 5353))
        for wire in select.select([nbns, mdns], [], [], 0.5)[0]:
            query, peer = wire.recvfrom(2048)
            if peer[0] == address or len(query) < 12 or query[2] & 0x80:
                continue
            with contextlib.suppress(OSError):
                if wire is mdns:
                    mdns.sendto(announcement(name, address), ("224.0.0.251", 5353))
                elif query[-4:-2] == b"\x00\x21":
                    nbns.sendto(status(query, name), peer)


if __name__ == "__main__":
    main()
