"""One raw frame: send it, or wait for a frame that holds some bytes.

usage: frame.py send INTERFACE HEX        frame.py hear INTERFACE HEX
"""

from __future__ import annotations

import socket
import sys
import time

if __name__ == "__main__":
    role, interface, data = sys.argv[1], sys.argv[2], bytes.fromhex(sys.argv[3])
    wire = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3))
    wire.bind((interface, 0))
    print("ready", flush=True)
    if role == "send":
        wire.send(data)
    else:
        wire.settimeout(0.2)
        end = time.monotonic() + 1.0
        found = False
        while not found and time.monotonic() < end:
            try:
                found = data in wire.recv(65535)
            except TimeoutError:
                continue
        sys.exit(0 if found else 1)
