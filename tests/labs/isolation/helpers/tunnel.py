"""A tunnel of IP packets inside an IP protocol (4 = IPIP, 47 = GRE), for kernels without those modules.

usage: tunnel.py DEVICE PROTOCOL LOCAL REMOTE        (REMOTE any: whoever sends is taken for the other end)
"""

from __future__ import annotations

import fcntl
import os
import select
import socket
import struct
import sys

GRE_IPV4 = b"\x00\x00\x08\x00"


def device(name: str) -> int:
    """Open a TUN device."""
    handle = os.open("/dev/net/tun", os.O_RDWR)
    fcntl.ioctl(handle, 0x400454CA, struct.pack("16sH22x", name.encode(), 0x1001))  # TUNSETIFF, IFF_TUN | IFF_NO_PI
    return handle


def main() -> None:
    """Carry packets until killed."""
    name, protocol, local, remote = sys.argv[1], int(sys.argv[2]), sys.argv[3], sys.argv[4]
    head = GRE_IPV4 if protocol == 47 else b""
    tun = device(name)
    raw = socket.socket(socket.AF_INET, socket.SOCK_RAW, protocol)
    raw.bind((local, 0))
    print("ready", flush=True)
    while True:
        ready = select.select([tun, raw], [], [])[0]
        if tun in ready:
            packet = os.read(tun, 65535)
            if packet[0] >> 4 == 4 and remote != "any":
                raw.sendto(head + packet, (remote, 0))
        if raw in ready:
            whole, peer = raw.recvfrom(65535)
            body = whole[(whole[0] & 15) * 4 :]
            if remote in (peer[0], "any") and body.startswith(head):
                os.write(tun, body[len(head) :])


if __name__ == "__main__":
    main()
