"""A loop in a wire: frames of one source come back as they are.

usage: mirror.py INTERFACE MAC
"""

from __future__ import annotations

import contextlib
import socket
import sys

ETH_P_ALL = 3


def main() -> None:
    """Mirror until killed."""
    name, source = sys.argv[1], bytes.fromhex(sys.argv[2].replace(":", ""))
    wire = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(ETH_P_ALL))
    wire.bind((name, ETH_P_ALL))
    # Frames for others are looked at too.
    wire.setsockopt(263, 1, socket.if_nametoindex(name).to_bytes(4, sys.byteorder) + (1).to_bytes(2, sys.byteorder) + bytes(10))
    print("ready", flush=True)
    while True:
        frame, where = wire.recvfrom(2048)
        if where[2] != socket.PACKET_OUTGOING and frame[6:12] == source:
            with contextlib.suppress(OSError):
                wire.send(frame)


if __name__ == "__main__":
    main()
