"""One raw frame: send it, or wait for a frame that holds some bytes.

usage: frame.py send INTERFACE HEX        frame.py hear INTERFACE HEX
"""

from __future__ import annotations

import socket
import sys

if __name__ == "__main__":
    role, interface, data = sys.argv[1], sys.argv[2], bytes.fromhex(sys.argv[3])
    wire = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3))
    wire.bind((interface, 0))
    print("ready", flush=True)
    if role == "send":
        wire.send(data)
    else:
        while data not in wire.recv(65535):
            continue
