"""A proxy that knows one protocol only: HTTP CONNECT or SOCKS4.

usage: relay.py connect|socks4 ADDRESS PORT
"""

from __future__ import annotations

import contextlib
import socket
import socketserver
import struct
import sys
import threading


def until(sock: socket.socket, end: bytes) -> bytes:
    """Read up to a mark."""
    data = b""
    while not data.endswith(end):
        byte = sock.recv(1)
        if not byte or len(data) > 4096:
            raise ConnectionError
        data += byte
    return data


def asked_connect(sock: socket.socket) -> tuple[str, int, bytes]:
    """Where a CONNECT wants to go, and the yes."""
    words = until(sock, b"\r\n\r\n").split(b"\r\n", 1)[0].split()
    if len(words) != 3 or words[0] != b"CONNECT":
        sock.sendall(b"HTTP/1.1 405 Method Not Allowed\r\nContent-Length: 0\r\n\r\n")
        raise ConnectionError
    host, _, port = words[1].decode("ascii", "replace").rpartition(":")
    return host.strip("[]"), int(port), b"HTTP/1.1 200 Connection established\r\n\r\n"


def asked_socks4(sock: socket.socket) -> tuple[str, int, bytes]:
    """Where a SOCKS4 request wants to go, and the yes."""
    head = sock.recv(8, socket.MSG_WAITALL)
    if len(head) != 8 or head[:2] != b"\x04\x01":
        raise ConnectionError
    until(sock, b"\x00")
    port, address = struct.unpack("!H4s", head[2:])
    return socket.inet_ntoa(address), port, b"\x00\x5a" + head[2:]


def pump(one: socket.socket, other: socket.socket) -> None:
    """Copy until the end."""
    with contextlib.suppress(OSError):
        while data := one.recv(65536):
            other.sendall(data)
        other.shutdown(socket.SHUT_WR)


class Proxy(socketserver.BaseRequestHandler):
    """One client."""

    def handle(self) -> None:
        """Serve it."""
        self.request.settimeout(10)
        with contextlib.suppress(OSError, ValueError):
            host, port, yes = (asked_connect if sys.argv[1] == "connect" else asked_socks4)(self.request)
            with socket.create_connection((host, port), 5) as far:
                self.request.sendall(yes)
                threading.Thread(target=pump, args=(far, self.request), daemon=True).start()
                pump(self.request, far)


class Server(socketserver.ThreadingTCPServer):
    """The listener."""

    allow_reuse_address = True
    daemon_threads = True
    request_queue_size = 64


if __name__ == "__main__":
    with Server((sys.argv[2], int(sys.argv[3])), Proxy) as server:
        print("ready", flush=True)
        server.serve_forever()
