"""A hub's door as far as a sender sees it: a server on loopback that answers as a script says, with certificates of its own."""

from __future__ import annotations

import datetime
import ipaddress
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from scanner.ledger import age
from scanner.ledger.envelope import make, open_envelope
from scanner.ledger.keys import PrivateKey
from scanner.model.canonical import canonical
from tests.ledger.envelopes import CREATED, SHA

CODE = "330100"
Reply = tuple[int, bytes, dict[str, str]]


def receipt_for(data: bytes, by: PrivateKey, reader: PrivateKey | None = None, **changes: Any) -> bytes:
    """The receipt of an envelope."""
    plain = age.decrypt(data, reader) if reader is not None and data.startswith(age.VERSION) else data
    sent = open_envelope(plain)
    said = {
        "schema": "shiqu/accepted/1", "envelope": sent.digest, "unit": sent.manifest["unit"], "sequence": sent.manifest["sequence"],
        "seal": "", "received": CREATED, "log": 7, "root": SHA, **changes,
    }  # fmt: skip
    return make(
        "receipt", CODE, sent.manifest["unit"], {"receipt.json": canonical(said)}, sequence=sent.manifest["sequence"],
        previous=sent.digest, created=CREATED, disclosure="figures", marking="", key=by,
    )  # fmt: skip


class Door:
    """What it was asked, and where it is."""

    def __init__(self) -> None:
        self.url = ""
        self.bodies: list[bytes] = []
        self.paths: list[str] = []
        self.headers: list[dict[str, str]] = []


@contextmanager
def door(answer: Callable[[int, bytes], Reply], tls: Path | None = None) -> Iterator[Door]:
    """A door that answers the n-th upload (from 0) as ``answer`` says."""
    held = Door()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.do_POST()

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"] or 0))
            held.paths.append(self.path)
            number = len(held.bodies)
            held.bodies.append(body)
            held.headers.append(dict(self.headers.items()))
            status, data, headers = answer(number, body)
            self.send_response(status)
            for name, value in {"Content-Length": str(len(data)), **headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *_args: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    if tls is not None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(tls / "server.pem", tls / "server.key")
        server.socket = context.wrap_socket(server.socket, server_side=True)
    held.url = f"{'http' if tls is None else 'https'}://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield held
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def certificates(folder: Path) -> Path:
    """``ca.pem`` and a server's certificate for 127.0.0.1 by it; ``other.pem`` is another authority."""
    folder.mkdir(parents=True, exist_ok=True)
    ca = _certificate(folder, "ca", None)
    _certificate(folder, "server", ca)
    _certificate(folder, "other", None)
    return folder


def _certificate(folder: Path, name: str, ca: tuple[Any, Any] | None) -> tuple[Any, Any]:
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.datetime.now(datetime.UTC)
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject if ca is None else ca[0].subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=2))
        .not_valid_after(now + datetime.timedelta(days=2))
        .add_extension(x509.BasicConstraints(ca=ca is None, path_length=None), critical=True)
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False)
    )
    made = builder.sign(key if ca is None else ca[1], hashes.SHA256())
    (folder / f"{name}.pem").write_bytes(made.public_bytes(serialization.Encoding.PEM))
    form = serialization.PrivateFormat.PKCS8
    (folder / f"{name}.key").write_bytes(key.private_bytes(serialization.Encoding.PEM, form, serialization.NoEncryption()))
    return made, key
