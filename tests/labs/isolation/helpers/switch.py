"""A VLAN switch in user space, for kernels whose bridge cannot filter VLANs.

usage: switch.py INTERFACE=access:VID | INTERFACE=lenient:VID | INTERFACE=trunk:NATIVE:VID,VID… …

``lenient`` is an access port that also takes frames tagged with its own id, as many switches do: the door of the double tag.
"""

from __future__ import annotations

import select
import socket
import struct
import sys
from dataclasses import dataclass

SOL_PACKET, AUXDATA, IGNORE_OUTGOING = 263, 8, 23
TAG_VALID = 0x10


@dataclass
class Port:
    """A port and what it lets in and out."""

    wire: socket.socket
    native: int
    allowed: frozenset[int]
    kind: str

    def enters(self, frame: bytes) -> tuple[int, bytes] | None:
        """The VLAN of a frame and the frame without that tag; None is a drop."""
        if frame[12:14] != b"\x81\x00":
            return self.native, frame
        vlan, bare = struct.unpack_from("!H", frame, 14)[0] & 0xFFF, frame[:12] + frame[16:]
        if vlan == 0:
            return self.native, bare
        return None if self.kind == "access" or vlan not in self.allowed else (vlan, bare)

    def leaves(self, vlan: int, frame: bytes) -> bytes | None:
        """The frame as it leaves this port; None is a drop."""
        if vlan not in self.allowed:
            return None
        if vlan == self.native:
            return frame
        return frame[:12] + struct.pack("!HH", 0x8100, vlan) + frame[12:]


def port(spec: str) -> Port:
    """Open a port."""
    interface, rest = spec.split("=")
    kind, native, *more = rest.split(":")
    wire = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3))
    wire.setsockopt(SOL_PACKET, AUXDATA, 1)
    wire.setsockopt(SOL_PACKET, IGNORE_OUTGOING, 1)
    wire.setsockopt(socket.SOL_SOCKET, 33, 16 << 20)  # SO_RCVBUFFORCE
    wire.bind((interface, 0))
    return Port(wire, int(native), frozenset(int(vid) for part in more for vid in part.split(",")) | {int(native)}, kind)


def received(wire: socket.socket) -> bytes:
    """A frame with the tag put back that the kernel takes off."""
    frame, ancillary, _, _ = wire.recvmsg(65535, 256)
    for level, kind, data in ancillary:
        if (level, kind) == (SOL_PACKET, AUXDATA):
            status, _, _, _, _, tci, tpid = struct.unpack("=IIIHHHH", data[:20])
            if status & TAG_VALID:
                return frame[:12] + struct.pack("!HH", tpid or 0x8100, tci) + frame[12:]
    return frame


def main() -> None:
    """Switch frames until killed: floods, learns nothing, keeps VLANs apart as told."""
    ports = [port(spec) for spec in sys.argv[1:]]
    print("ready", flush=True)
    while True:
        for wire in select.select([one.wire for one in ports], [], [])[0]:
            source = next(one for one in ports if one.wire is wire)
            inside = source.enters(received(wire))
            if inside is None:
                continue
            for other in ports:
                frame = other.leaves(*inside) if other is not source else None
                if frame is not None and len(frame) <= 1518:
                    other.wire.send(frame)


if __name__ == "__main__":
    main()
