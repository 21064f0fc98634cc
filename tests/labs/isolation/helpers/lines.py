"""A log relay as log daemons are: it hands on lines of text, and writes every other byte in octal digits.

usage: lines.py ADDRESS PORT TARGET PORT
"""

from __future__ import annotations

import socket
import sys


def main() -> None:
    """Hand on until killed."""
    address, port, target, behind = sys.argv[1], int(sys.argv[2]), sys.argv[3], int(sys.argv[4])
    ear, mouth = (socket.socket(socket.AF_INET, socket.SOCK_DGRAM) for _ in range(2))
    ear.bind((address, port))
    print("ready", flush=True)
    while True:
        said = ear.recv(2048).removeprefix(b"<134>")
        text = "".join(chr(byte) if 32 <= byte < 127 else f"#{byte:03o}" for byte in said)
        mouth.sendto(f"<134>Jan  1 00:00:00 relay {text}".encode(), (target, behind))


if __name__ == "__main__":
    main()
