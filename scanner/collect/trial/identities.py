"""What services say of themselves: host keys, certificates, GUIDs, engine ids, pages. Digests are kept, never the contents."""

from __future__ import annotations

import contextlib
import hashlib
import logging
import re
import socket
import ssl
import struct
from collections.abc import Callable

from scanner.collect.trial.end import End
from scanner.collect.trial.journal import Progress
from scanner.collect.trial.relays import ANSWER_SECONDS, BINDTODEVICE, Service, dial
from scanner.collect.trial.secure import TLS_PORTS, context

MAX_PAGE = 65_536
SMALL_PAGE = 64
TALKATIVE = 14
"""Packets to the device for an exchange of keys."""
DEFAULT_PAGES = (
    b"welcome to nginx",
    b"apache2 debian default page",
    b"it works!",
    b"iis windows server",
    b"directory listing for",
    b"index of /",
)
"""Pages that come with a server; they say nothing of a machine."""
WEB_PORTS = frozenset({80, 81, 88, 3000, 5000, 8000, 8008, 8080, 8081, 8088, 8888, 9000, 9090})
_ENGINE = bytes.fromhex(
    "303a020103300f02024a69020300ffe30401040201030410300e0400020100020100040004000400301204000400a00c020237f00201000201003000"
)
"""An SNMPv3 question without user and without name, which an engine answers with its id (RFC 3414, discovery)."""


class Unread(Exception):
    """A service began to say who it is and did not come to the end: that is no silence."""


def identify(end: End, service: Service, progress: Progress) -> None:
    """Note what a service says of itself; nothing where it says nothing. What broke off is asked once more, and then the step is not whole."""
    for _ in range(2):
        try:
            return _identify(end, service)
        except Unread:
            continue
    progress.cut("no-answer")


def _identify(end: End, service: Service) -> None:
    for name, ask in _askers(service.port):
        if end.over:
            return
        with contextlib.suppress(OSError, EOFError, ssl.SSLError, ValueError, struct.error, IndexError):
            found = ask(end, service)
            if found is not None:
                sort, identity = found
                end.journal.identity(
                    address=str(service.address), mac=service.mac, port=service.port, service=sort or name, identity=identity, name=""
                )
                return


def _askers(port: int) -> list[tuple[str, Callable[[End, Service], tuple[str, str] | None]]]:
    if port == 445:
        return [("smb", _smb)]
    if port in TLS_PORTS:
        return [("tls", _tls)]
    if port in WEB_PORTS:
        return [("http", _page)]
    if port == 3389:
        return [("tls", _rdp)]
    return [("ssh", _ssh)] if port == 22 else [("ssh", _ssh), ("http", _page), ("tls", _tls)]


def _ssh(end: End, service: Service) -> tuple[str, str] | None:
    """The host key, after the banner says that it is SSH at all. Only who meets such a service loads what reads it."""
    import paramiko

    talk = dial(end, service.mac, service.address, service.port, packets=TALKATIVE)
    with contextlib.closing(talk):
        if talk.recv(4, socket.MSG_PEEK)[:4] != b"SSH-":
            return None
        logging.getLogger("paramiko").setLevel(logging.CRITICAL)
        transport = paramiko.Transport(talk)
        try:
            transport.start_client(timeout=4 * ANSWER_SECONDS)
            key = transport.get_remote_server_key().asbytes()
        except (paramiko.SSHException, OSError, EOFError) as error:
            raise Unread(type(error).__name__) from None
        finally:
            transport.close()
    return "ssh", _digest(key)


def _tls(end: End, service: Service, before: Callable[[socket.socket], bool] | None = None) -> tuple[str, str] | None:
    """The certificate's digest; it is read and not believed."""
    with contextlib.closing(dial(end, service.mac, service.address, service.port, packets=TALKATIVE)) as talk:
        if before is not None and not before(talk):
            return None
        with context().wrap_socket(talk) as wrapped:
            raw = wrapped.getpeercert(binary_form=True)
    return ("tls", _digest(raw)) if raw else None


def _rdp(end: End, service: Service) -> tuple[str, str] | None:
    """The certificate of a remote desktop: asked for by the X.224 question that offers TLS."""

    def ask(talk: socket.socket) -> bool:
        talk.sendall(bytes.fromhex("030000130ee000000000000100080003000000"))
        said = talk.recv(64)
        return len(said) >= 19 and said[11] == 2

    return _tls(end, service, ask)


def _smb(end: End, service: Service) -> tuple[str, str] | None:
    """The server's GUID from SMB2 NEGOTIATE."""
    head = b"\xfeSMB" + struct.pack("<HHIHHIIQIIQ16s", 64, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, bytes(16))
    body = struct.pack("<HHHHI16sQ", 36, 2, 1, 0, 0, bytes(16), 0) + struct.pack("<HH", 0x0202, 0x0210)
    packet = head + body
    with contextlib.closing(dial(end, service.mac, service.address, service.port)) as talk:
        talk.sendall(struct.pack(">I", len(packet)) + packet)
        said = talk.recv(1024)
    # Behind the NetBIOS length (4) and the header (64): structure size, mode, dialect, reserved, GUID.
    guid = said[4 + 64 + 8 : 4 + 64 + 24]
    return ("smb", _digest(guid)) if said[4:8] == b"\xfeSMB" and len(guid) == 16 and any(guid) else None


def _page(end: End, service: Service) -> tuple[str, str] | None:
    """A page of its own; with validators it is known to the second in which it was made."""
    with contextlib.closing(dial(end, service.mac, service.address, service.port)) as talk:
        talk.sendall(b"GET / HTTP/1.0\r\nHost: " + str(service.address).encode() + b"\r\nUser-Agent: shiqu\r\n\r\n")
        data = b""
        while len(data) < MAX_PAGE:
            piece = talk.recv(8192)
            if not piece:
                break
            data += piece
    head, _, body = data.partition(b"\r\n\r\n")
    lowered = body.lower()
    if not re.match(rb"HTTP/1\.[01] 200", head) or len(body) < SMALL_PAGE or any(page in lowered for page in DEFAULT_PAGES):
        return None
    marks = re.findall(rb"(?im)^(?:etag|last-modified|server):[^\r\n]*", head)
    validators = [line for line in marks if not line.lower().startswith(b"server")]
    return ("http", _digest(body + b"\n".join(sorted(marks)))) if validators else ("page", _digest(body))


def engine(end: End, service: Service) -> None:
    """Ask an SNMP engine for its id; it is one packet."""
    four = service.address.version == 4
    with (
        contextlib.suppress(OSError, ValueError),
        contextlib.closing(socket.socket(socket.AF_INET if four else socket.AF_INET6, socket.SOCK_DGRAM)) as talk,
    ):
        with contextlib.suppress(PermissionError):
            talk.setsockopt(socket.SOL_SOCKET, BINDTODEVICE, end.interface.name.encode() + b"\0")
        talk.settimeout(1.0)
        if not end.pacer.take(1, device=service.mac):
            return
        scope = end.interface.index if not four and service.address.is_link_local else 0
        talk.sendto(_ENGINE, (str(service.address), 161) if four else (str(service.address), 161, 0, scope))
        found = engine_id(talk.recv(1024))
        if found:
            end.journal.identity(address=str(service.address), mac=service.mac, port=161, service="snmp", identity=_digest(found), name="")


def engine_id(said: bytes) -> bytes | None:
    """The engine id in a report: the first octet string of the security parameters that is long enough to be one."""
    at = said.find(b"\x04", 16)
    while 0 <= at < len(said) - 2:
        size = said[at + 1]
        if 5 <= size <= 32 and said[at + 2] & 0x80 and at + 2 + size <= len(said):
            return said[at + 2 : at + 2 + size]
        at = said.find(b"\x04", at + 1)
    return None


def _digest(data: bytes) -> str:
    return "sha256:" + hashlib.sha256(data).hexdigest()
