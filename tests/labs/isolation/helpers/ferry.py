"""Half of an optical one-way import: datagrams go in at one half, come out of the other, through a pipe that has one direction.

usage: ferry.py take FD ADDRESS PORT        ferry.py give FD SOURCE ADDRESS PORT
"""

from __future__ import annotations

import os
import socket
import struct
import sys


def take(handle: int, address: str, port: int) -> None:
    """The half that hears datagrams."""
    wire = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    wire.bind((address, port))
    print("ready", flush=True)
    while True:
        datagram = wire.recv(65535)
        os.write(handle, struct.pack("!I", len(datagram)) + datagram)


def give(handle: int, source: str, address: str, port: int) -> None:
    """The half that speaks them again."""
    wire = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    wire.bind((source, 0))
    print("ready", flush=True)
    with os.fdopen(handle, "rb") as stream:
        while head := stream.read(4):
            wire.sendto(stream.read(struct.unpack("!I", head)[0]), (address, port))


if __name__ == "__main__":
    role, fd, words = sys.argv[1], int(sys.argv[2]), sys.argv[3:]
    if role == "take":
        take(fd, words[0], int(words[1]))
    else:
        give(fd, words[0], words[1], int(words[2]))
