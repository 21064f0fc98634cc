"""A door that asks for a password the way PostgreSQL does, counts what it is given, and answers as it is told."""

from __future__ import annotations

import socket
import struct
import threading
from collections.abc import Callable


class Door:
    """Listens on loopback. ``then`` is what happens after a password: ``refuse`` or ``hang``."""

    def __init__(self, then: str) -> None:
        self.then = then
        self.given: list[str] = []
        self.asked = threading.Event()
        self._server = socket.create_server(("127.0.0.1", 0))
        self.url = f"postgresql://127.0.0.1:{self._server.getsockname()[1]}"
        self._open: list[socket.socket] = []
        self._thread = threading.Thread(target=self._serve, daemon=True)

    def __enter__(self) -> Door:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown(socket.SHUT_RDWR)
        self._server.close()
        for line in self._open:
            line.close()
        self._thread.join(10)

    def _serve(self) -> None:
        while True:
            try:
                line, _ = self._server.accept()
            except OSError:
                return
            self._open.append(line)
            threading.Thread(target=self._talk, args=(line,), daemon=True).start()

    def _talk(self, line: socket.socket) -> None:
        read: Callable[[int], bytes] = lambda size: line.recv(size, socket.MSG_WAITALL)
        try:
            size, code = struct.unpack("!II", read(8))
            if code == 80877103:
                line.sendall(b"N")
                head = read(4)
                if not head:
                    return
                size = struct.unpack("!I", head)[0]
                read(size - 4)
            else:
                read(size - 8)
            line.sendall(b"R" + struct.pack("!II", 8, 3))
            if read(1) != b"p":
                return
            self.given.append(read(struct.unpack("!I", read(4))[0] - 4).rstrip(b"\0").decode())
            self.asked.set()
            if self.then == "refuse":
                body = b"SFATAL\0VFATAL\0C28P01\0Mno\0\0"
                line.sendall(b"E" + struct.pack("!I", len(body) + 4) + body)
                line.close()
        except (OSError, struct.error):
            return
