"""Everything that enters through one interface, with the kernel's time: (double seconds, u32 length, frame) one after another.

usage: record.py INTERFACE FILE
"""

from __future__ import annotations

import socket
import struct
import sys

from switch import AUXDATA, IGNORE_OUTGOING, SOL_PACKET, TAG_VALID

TIMESTAMPNS = 35


def main() -> None:
    """Record until killed."""
    wire = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3))
    wire.setsockopt(socket.SOL_SOCKET, TIMESTAMPNS, 1)
    wire.setsockopt(socket.SOL_SOCKET, 33, 64 << 20)  # SO_RCVBUFFORCE
    wire.setsockopt(SOL_PACKET, AUXDATA, 1)
    wire.setsockopt(SOL_PACKET, IGNORE_OUTGOING, 1)
    wire.bind((sys.argv[1], 0))
    with open(sys.argv[2], "wb", buffering=0) as stream:
        print("ready", flush=True)
        while True:
            frame, ancillary, _, _ = wire.recvmsg(65535, 512)
            when = 0.0
            for level, kind, data in ancillary:
                if (level, kind) == (socket.SOL_SOCKET, TIMESTAMPNS):
                    seconds, nanos = struct.unpack("=qq", data[:16])
                    when = seconds + nanos / 1e9
                elif (level, kind) == (SOL_PACKET, AUXDATA):
                    status, _, _, _, _, tci, tpid = struct.unpack("=IIIHHHH", data[:20])
                    if status & TAG_VALID:
                        frame = frame[:12] + struct.pack("!HH", tpid or 0x8100, tci) + frame[12:]
            stream.write(struct.pack("=dI", when, len(frame)) + frame)


if __name__ == "__main__":
    main()
