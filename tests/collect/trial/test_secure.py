"""TLS without belief, and the guess whether a service speaks it."""

from __future__ import annotations

import contextlib
import datetime
import socket
import ssl
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from scanner.collect.trial.secure import may_speak, secured


@contextlib.contextmanager
def answering(tls: ssl.SSLContext | None) -> Iterator[tuple[int, list[bytes]]]:
    """A server of one connection; its port and what it was told."""
    told: list[bytes] = []
    with socket.create_server(("127.0.0.1", 0)) as door:

        def serve() -> None:
            talk, _ = door.accept()
            with contextlib.suppress(OSError), tls.wrap_socket(talk, server_side=True) if tls else talk as inside:
                told.append(inside.recv(100))
                inside.sendall(b"no TLS here")

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield door.getsockname()[1], told
        thread.join(5)


def test_what_is_said_inside_arrives_whatever_the_certificate_is(tmp_path: Path) -> None:
    key, name = ec.generate_private_key(ec.SECP256R1()), x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "device")])
    day = datetime.datetime(2001, 1, 1, tzinfo=datetime.UTC)
    made = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key()).serial_number(1)
    expired = made.not_valid_before(day).not_valid_after(day + datetime.timedelta(1)).sign(key, hashes.SHA256())
    plain = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    (tmp_path / "both.pem").write_bytes(expired.public_bytes(plain[0]) + key.private_bytes(*plain))
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(tmp_path / "both.pem")
    with answering(server) as (port, told), secured(socket.create_connection(("127.0.0.1", port), 5)) as talk:
        talk.sendall(b"token")
        assert talk.recv(100) == b"no TLS here"
    assert told == [b"token"]


def test_a_service_without_tls_is_an_error_and_the_connection_is_closed() -> None:
    with answering(None) as (port, told):
        talk = socket.create_connection(("127.0.0.1", port), 5)
        with pytest.raises(OSError):
            secured(talk)
        assert talk.fileno() == -1
    assert told[0][:1] == b"\x16"


@pytest.mark.parametrize(
    ("port", "said", "shut", "worth"),
    [(443, b"", False, True), (9000, b"\x15\x03\x03", False, True), (9000, b"HTTP/1.1 400\r\n\r\nThe plain HTTP request was sent to HTTPS port", False, True),
     (9000, b"", True, True), (9000, b"", False, False), (9000, b"HTTP/1.1 200 OK", False, False), (22, b"220 ready", False, False)],
)  # fmt: skip
def test_a_handshake_is_tried_where_it_may_succeed(port: int, said: bytes, shut: bool, worth: bool) -> None:
    assert may_speak(port, said, shut) is worth
