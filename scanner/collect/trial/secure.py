"""TLS without belief: services that speak it are looked at, and handed tokens, inside it. What ends TLS passes on what was in it."""

from __future__ import annotations

import socket
import ssl

TLS_PORTS = frozenset({443, 465, 587, 636, 993, 995, 4443, 5986, 6443, 8443, 9443})
HANDSHAKE_SECONDS = 1.5
_ALERT = 0x15


def context() -> ssl.SSLContext:
    """Any version, any cipher, any certificate: who it is is read and not believed."""
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    made.check_hostname = False
    made.verify_mode = ssl.CERT_NONE
    made.minimum_version = ssl.TLSVersion.MINIMUM_SUPPORTED
    made.set_ciphers("ALL:@SECLEVEL=0")
    return made


def secured(talk: socket.socket) -> ssl.SSLSocket:
    """TLS over a connection. Raises OSError where the other side speaks none; the connection is closed then."""
    patience = talk.gettimeout()
    talk.settimeout(HANDSHAKE_SECONDS)
    try:
        wrapped = context().wrap_socket(talk)
    except (OSError, ValueError) as error:
        talk.close()
        raise OSError(str(error)) from None
    wrapped.settimeout(patience)
    return wrapped


def may_speak(port: int, said: bytes, shut: bool) -> bool:
    """Whether a service is worth a handshake, by its port and by what it made of plain words. ``shut``: it ended the connection without a word."""
    return port in TLS_PORTS or shut or refuses_plain(said)


def refuses_plain(said: bytes) -> bool:
    """Whether an answer says that plain words are not what is spoken here: an alert of TLS, or a page that says so."""
    lowered = said.lower()
    return said[:1] == bytes([_ALERT]) or b"https" in lowered or b"ssl" in lowered
