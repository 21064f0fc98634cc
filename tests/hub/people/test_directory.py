"""A directory takes passwords, over TLS only, and gives nobody an account."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from hub.people import directory
from scanner.errors import UseError
from tests.hub.people.tls import certificate

DN, PASSWORD = "uid=zhang,ou=people,dc=archive,dc=example", "Stone-Moat-2026"


@dataclass
class Server:
    """Answers simple binds: success for the one password, and, as servers do, for none at all."""

    port: int
    ca: Path
    broken: bool = False
    binds: list[tuple[str, str]] = field(default_factory=list)

    def answer(self, stream: ssl.SSLSocket) -> None:
        data = stream.recv(4096)
        if not data or data[0] != 0x30:
            return
        number, rest = data[4], data[7:]
        name = rest[5 : 5 + rest[4]].decode()
        held = rest[5 + rest[4] :]
        password = held[2 : 2 + held[1]].decode()
        self.binds.append((name, password))
        code = 0 if password == "" or (name, password) == (DN, PASSWORD) else 49
        # With lengths as Active Directory writes them, in two pieces.
        said = bytes([0x30, 0x84, 0, 0, 0, 16, 2, 1, number, 0x61, 0x84, 0, 0, 0, 7, 0x0A, 1, code, 4, 0, 4, 0])
        stream.sendall(said[:9])
        stream.sendall(said[9:] if not self.broken else b"\xff" * 30)
        stream.recv(4096)


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    pem, key = certificate(tmp_path, "server")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem, key)
    listening = socket.create_server(("127.0.0.1", 0))
    one = Server(listening.getsockname()[1], pem)

    def serve() -> None:
        while True:
            try:
                stream, _ = listening.accept()
            except OSError:
                return
            with stream:
                try:
                    with context.wrap_socket(stream, server_side=True) as wrapped:
                        one.answer(wrapped)
                except (OSError, ssl.SSLError):
                    continue

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    yield one
    listening.shutdown(socket.SHUT_RDWR)
    listening.close()
    thread.join(5)


def at(server: Server, ca: Path | None = None) -> directory.Directory:
    return directory.Directory("127.0.0.1", server.port, str(ca or server.ca))


def test_the_persons_own_password_is_taken(server: Server) -> None:
    assert at(server).takes(DN, PASSWORD)
    assert server.binds == [(DN, PASSWORD)]


def test_another_password_is_not(server: Server) -> None:
    assert not at(server).takes(DN, "Wrong-Word-2026")


@pytest.mark.parametrize(("subject", "password"), [(DN, ""), ("", PASSWORD), (" ", PASSWORD), (DN, "x" * 300)])
def test_a_bind_as_nobody_is_never_tried(server: Server, subject: str, password: str) -> None:
    assert not at(server).takes(subject, password)
    assert server.binds == []


def test_no_password_goes_to_a_server_that_another_authority_signed(server: Server, tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    other, _ = certificate(tmp_path / "other", "other")
    assert not at(server, other).takes(DN, PASSWORD)
    assert server.binds == []


def test_an_answer_that_is_none_takes_nobody(server: Server) -> None:
    server.broken = True
    assert not at(server).takes(DN, PASSWORD)
    assert server.binds == [(DN, PASSWORD)]


def test_no_password_goes_in_the_clear() -> None:
    """A server that grants no TLS is told nothing."""
    seen: list[bytes] = []
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def serve() -> None:
            stream, _ = listening.accept()
            with stream:
                seen.append(stream.recv(4096))
                stream.sendall(bytes([0x30, 12, 2, 1, 1, 0x78, 7, 0x0A, 1, 2, 4, 0, 4, 0]))
                seen.append(stream.recv(4096))

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        one = directory.Directory("127.0.0.1", listening.getsockname()[1], "", start_tls=True)
        assert not one.takes(DN, PASSWORD)
        thread.join(5)
    assert directory.START_TLS in seen[0] and seen[1] == b""


def test_a_server_that_is_away_takes_nobody(tmp_path: Path) -> None:
    pem, _ = certificate(tmp_path, "server")
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
    assert not directory.Directory("127.0.0.1", port, str(pem)).takes(DN, PASSWORD)


def test_its_settings_stand_in_the_hubs_folder(tmp_path: Path) -> None:
    assert directory.read(tmp_path) is None
    (tmp_path / directory.FILE).write_text("url: ldaps://dc.example\n")
    assert directory.read(tmp_path) == directory.Directory("dc.example", 636, "")


@pytest.mark.parametrize(
    "text", ["", "url: http://x", "url: ldaps://", "url: ldaps://x/y", "url: ldaps://x\nverify: no", "- x", "{", "url: ldaps://x:port"]
)
def test_settings_that_are_none_are_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / directory.FILE).write_text(text)
    with pytest.raises(UseError):
        directory.read(tmp_path)
