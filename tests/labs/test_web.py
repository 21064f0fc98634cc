"""The web collector against real servers on loopback: a good and a bad nginx, and servers that want to hurt it."""

from __future__ import annotations

import contextlib
import datetime
import ipaddress
import shutil
import socket
import ssl
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID

import checks.web
from scanner.api import web
from scanner.collect.http import ask_web
from scanner.evaluate.engine import Bench, Stored, values_for
from scanner.facts.fact import spec_of
from scanner.model.absent import Why
from scanner.model.canonical import digest
from scanner.model.evidence import Answer, Evidence
from scanner.model.target import Target
from scanner.rulebook.book import checks_in
from tests.labs.hosts import LONG

pytestmark = pytest.mark.lab

FACTS = (web.TlsVersions, web.WeakSuites, web.Certificate, web.Response, web.PlainHttp)
PROBES = [spec_of(kind).probe for kind in FACTS]


def free_port() -> int:
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return int(s.getsockname()[1])


def certificate(folder: Path, name: str, address: str, days: int, ca: tuple[Any, Any] | None, bits: int = 2048) -> tuple[Any, Any]:
    key = rsa.generate_private_key(public_exponent=65537, key_size=bits)
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.datetime.now(datetime.UTC)
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject if ca is None else ca[0].subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=30))
        .not_valid_after(now + datetime.timedelta(days=days))
        .add_extension(x509.BasicConstraints(ca=name == "ca", path_length=None), critical=True)
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address(address))]), critical=False)
    )
    made = builder.sign(key if ca is None else ca[1], hashes.SHA256())
    (folder / f"{name}.pem").write_bytes(made.public_bytes(serialization.Encoding.PEM))
    (folder / f"{name}.key").write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption())
    )
    return made, key


SERVER = """
server {{ listen 127.0.0.1:{port} ssl; server_name _; ssl_certificate {dir}/{name}.pem; ssl_certificate_key {dir}/{name}.key; {tls}
  location / {{ {headers} return 200 "ok"; }} }}
server {{ listen 127.0.0.1:{plain}; {plain_body} }}
"""
GOOD = """add_header Strict-Transport-Security "max-age=31536000" always; add_header X-Content-Type-Options nosniff always;
 add_header Content-Security-Policy "default-src 'self'; frame-ancestors 'self'" always;
 add_header Set-Cookie "sid=CANARY-cookie; Secure; HttpOnly; SameSite=Lax";"""
BAD = """add_header Set-Cookie "sid=CANARY-cookie; Path=/"; add_header X-Token "CANARY-token"; """


@pytest.fixture(scope="module")
def servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Any]]:
    nginx = shutil.which("nginx") or "/usr/sbin/nginx"
    folder = tmp_path_factory.mktemp("web")
    ca = certificate(folder, "ca", "127.0.0.1", 3650, None)
    certificate(folder, "good", "127.0.0.1", 365, ca)
    certificate(folder, "bad", "192.0.2.1", 10, None, bits=1024)
    ports = {name: free_port() for name in ("good", "good_plain", "bad", "bad_plain")}
    conf = folder / "nginx.conf"
    modern = "ssl_protocols TLSv1.2 TLSv1.3;"
    old = "ssl_protocols TLSv1 TLSv1.1 TLSv1.2; ssl_ciphers ALL:aNULL:eNULL:@SECLEVEL=0;"
    to_https = f"return 301 https://127.0.0.1:{ports['good']}/;"
    conf.write_text(
        f"daemon off; pid {folder}/pid; error_log {folder}/error.log; events {{}} http {{ access_log off; server_tokens on;"
        f" client_body_temp_path {folder}/b; proxy_temp_path {folder}/p; fastcgi_temp_path {folder}/f; uwsgi_temp_path {folder}/u;"
        f" scgi_temp_path {folder}/s;"
        + block("good", ports, folder, modern + " server_tokens off;", GOOD, to_https)
        + block("bad", ports, folder, old, BAD, 'return 200 "ok";')
        + "}"
    )
    process = subprocess.Popen([nginx, "-c", str(conf), "-p", str(folder)])
    try:
        wait_for(ports["bad_plain"])
        yield {**ports, "ca": str(folder / "ca.pem"), "dir": folder}
    finally:
        process.terminate()
        process.wait(10)


def block(name: str, ports: dict[str, int], folder: Path, tls: str, headers: str, plain_body: str) -> str:
    plain = ports[f"{name}_plain"]
    return SERVER.format(port=ports[name], plain=plain, dir=folder, name=name, tls=tls, headers=headers, plain_body=plain_body)


def wait_for(port: int) -> None:
    for _ in range(100):
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return
        except OSError:
            time.sleep(0.05)
    raise AssertionError("the server did not start")


def ask(port: int, plain: int | None = None, ca: str | None = None, seconds: float = 60, scheme: str = "https") -> dict[str, Evidence]:
    target = Target(id="portal", kind="web", url=f"{scheme}://127.0.0.1:{port}/login?next=CANARY-query")
    found = ask_web(target, PROBES, time.monotonic() + seconds, ca_file=ca, plain_port=plain)
    assert [e.probe for e in found] == [p.id for p in PROBES]
    return {e.probe: e for e in found}


class Shelf:
    def __init__(self, evidence: dict[str, Evidence]) -> None:
        self.evidence = evidence

    def get(self, target: str, probe: str) -> Stored | None:
        item = self.evidence[probe]
        return Stored(digest(item.stdout), item.absent, lambda: Answer(item.stdout))


def judge(evidence: dict[str, Evidence]) -> dict[str, str]:
    bench = Bench(Shelf(evidence), {"web": ["portal"]})
    return {check.id: bench.judge(check, "portal", values_for(check, {})).status.value for check in checks_in(checks.web)}


def test_good(servers: dict[str, Any]) -> None:
    verdicts = judge(ask(servers["good"], servers["good_plain"], servers["ca"]))
    assert verdicts.pop("web.hsts") == "not-applicable"  # by address
    assert set(verdicts.values()) == {"met"}, verdicts


def test_good_without_the_authority(servers: dict[str, Any]) -> None:
    assert judge(ask(servers["good"], servers["good_plain"]))["web.certificate-trusted"] == "awaits-person"


def test_bad(servers: dict[str, Any]) -> None:
    evidence = ask(servers["bad"], servers["bad_plain"], servers["ca"])
    verdicts = judge(evidence)
    assert verdicts.pop("web.hsts") == "not-applicable"
    assert set(verdicts.values()) == {"unmet"}, verdicts
    rest = b"".join(e.stdout + e.stderr for e in evidence.values())
    assert b"CANARY" not in rest and b"sid" in rest


def test_plain_only(servers: dict[str, Any]) -> None:
    verdicts = judge(ask(servers["bad_plain"], scheme="http"))
    assert verdicts["web.https-only"] == "unmet" and verdicts["web.tls-old-versions"] == "not-applicable"


def test_clear_text_on_the_tls_port(servers: dict[str, Any]) -> None:
    assert judge(ask(servers["good"], None, servers["ca"]))["web.https-only"] == "met"


def test_nobody_there() -> None:
    evidence = ask(free_port(), seconds=10)
    assert {e.absent.why for p, e in evidence.items() if e.absent is not None and p != "web.plain-http"} == {Why.UNREACHABLE}
    assert "met" not in judge(evidence).values()


Handler = Callable[[socket.socket], None]


def serve(handler: Handler) -> tuple[socket.socket, int]:
    listener = socket.create_server(("127.0.0.1", 0))

    def one(connection: socket.socket) -> None:
        with connection, contextlib.suppress(OSError):
            handler(connection)

    def run() -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            threading.Thread(target=one, args=(connection,), daemon=True).start()

    threading.Thread(target=run, daemon=True).start()
    return listener, int(listener.getsockname()[1])


def garbage(connection: socket.socket) -> None:
    connection.sendall(b"SSH-2.0-OpenSSH_9.2\r\n" * 50)


def silent(connection: socket.socket) -> None:
    connection.recv(10)
    time.sleep(120)


def endless_record(connection: socket.socket) -> None:
    connection.recv(10)
    connection.sendall(b"\x16\x03\x03\xff\xff")
    while True:
        connection.sendall(b"\x02" * 4096)


def half_hello(connection: socket.socket) -> None:
    connection.recv(4096)
    connection.sendall(b"\x16\x03\x03\x00\x50\x02\x00\x00\x4c\x03\x03" + b"\xff" * 10)


@pytest.mark.parametrize("handler", [garbage, endless_record, half_hello], ids=lambda h: h.__name__)
def test_hostile_tls(handler: Handler) -> None:
    listener, port = serve(handler)
    with listener:
        began = time.monotonic()
        evidence = ask(port, seconds=20)
        assert time.monotonic() - began < LONG
    assert "met" not in judge(evidence).values()
    assert all(len(e.stdout) < 10_000 for e in evidence.values())


def test_a_silent_server_ends_at_the_deadline() -> None:
    listener, port = serve(silent)
    with listener:
        began = time.monotonic()
        evidence = ask(port, seconds=6)
        assert time.monotonic() - began < LONG
    assert "met" not in judge(evidence).values()


def drip(connection: socket.socket) -> None:
    connection.recv(4096)
    connection.sendall(b"HTTP/1.1 200 OK\r\n")
    while True:
        connection.sendall(b"X-A: b\r\n")
        time.sleep(0.2)


def endless_headers(connection: socket.socket) -> None:
    connection.recv(4096)
    connection.sendall(b"HTTP/1.1 200 OK\r\n")
    while True:
        connection.sendall(b"X-Content-Type-Options: nosniff\r\n" * 100)


def odd_headers(connection: socket.socket) -> None:
    connection.recv(4096)
    connection.sendall(
        b"HTTP/1.1 200 OK\r\nX-Content-Type-Options : nosniff\r\n X-Frame-Options: DENY\r\n"
        b"Server: \x1b[31m\xff\xe2\x80\xa8nginx\r\n\x00: a\r\n\r\n"
    )


def cut_head(connection: socket.socket) -> None:
    connection.recv(4096)
    connection.sendall(b"HTTP/1.1 200 OK\r\nX-Content-Type-Options: nosniff\r\n")


@pytest.mark.parametrize(("handler", "why"), [(drip, Why.TIMED_OUT), (endless_headers, Why.TRUNCATED), (cut_head, Why.TRUNCATED)])
def test_hostile_http(handler: Handler, why: Why) -> None:
    listener, port = serve(handler)
    with listener:
        evidence = ask(port, seconds=5, scheme="http")
    absent = evidence["web.response"].absent
    assert absent is not None and absent.why is why


def test_odd_headers_are_no_headers() -> None:
    listener, port = serve(odd_headers)
    with listener:
        verdicts = judge(ask(port, seconds=5, scheme="http"))
    assert verdicts["web.content-type-options"] == "unmet" and verdicts["web.framing"] == "unmet"


def test_no_redirect_to_another_host_is_followed() -> None:
    visits: list[bytes] = []
    other, other_port = serve(lambda c: visits.append(c.recv(100)))

    def onward(connection: socket.socket) -> None:
        connection.recv(4096)
        connection.sendall(f"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.2:{other_port}/\r\n\r\n".encode())

    def around(connection: socket.socket) -> None:
        connection.recv(4096)
        connection.sendall(b"HTTP/1.1 302 Found\r\nLocation: /again\r\n\r\n")

    first, port = serve(onward)
    second, loop = serve(around)
    with other, first, second:
        evidence = ask(port, seconds=5, scheme="http")
        looped = ask(loop, seconds=5, scheme="http")
    assert visits == []
    assert judge(evidence)["web.framing"] == "unknown"
    assert b'"redirects_followed":3' in looped["web.response"].stdout


def test_a_reset_between_hellos_is_no_refusal(servers: dict[str, Any]) -> None:
    """A server that goes away after its first answer has refused nothing."""
    count = [0]
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(servers["dir"] / "good.pem", servers["dir"] / "good.key")

    def once(connection: socket.socket) -> None:
        count[0] += 1
        if count[0] <= 2:
            context.wrap_socket(connection, server_side=True).close()

    listener, port = serve(once)
    with listener:
        evidence = ask(port, seconds=20)
    assert judge(evidence)["web.tls-old-versions"] == "unknown"
