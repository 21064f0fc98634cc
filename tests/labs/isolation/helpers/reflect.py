"""A reflector of multicast names between two networks, as routers and access points have one.

usage: reflect.py ADDRESS ADDRESS        (its own addresses on the two networks)
"""

from __future__ import annotations

import select
import socket
import struct
import sys

IP_MULTICAST_ALL = 49
GROUP, PORT = "224.0.0.251", 5353


def member(address: str) -> socket.socket:
    """An ear and a mouth on one network."""
    talk = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    talk.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    talk.bind((GROUP, PORT))
    talk.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, struct.pack("4s4s", socket.inet_aton(GROUP), socket.inet_aton(address)))
    talk.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, socket.inet_aton(address))
    talk.setsockopt(socket.IPPROTO_IP, IP_MULTICAST_ALL, 0)
    talk.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_LOOP, 0)
    talk.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_TTL, 255)
    return talk


def main() -> None:
    """Repeat until killed."""
    own = sys.argv[1:3]
    one, other = (member(address) for address in own)
    print("ready", flush=True)
    while True:
        for talk in select.select([one, other], [], [])[0]:
            said, (peer, port) = talk.recvfrom(9000)
            if peer not in own and port == PORT:
                (other if talk is one else one).sendto(said, (GROUP, PORT))


if __name__ == "__main__":
    main()
