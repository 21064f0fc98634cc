"""A web service seen from outside: bounded hellos, one handshake for the certificate, bounded requests. Nothing is logged in.

The answers rest as canonical JSON. Bodies, cookie values, paths and query strings never rest.
"""

from __future__ import annotations

import ipaddress
import socket
import ssl
import time
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from scanner.collect import hello, pages
from scanner.collect.certificates import facts_of
from scanner.collect.gather import now_text
from scanner.collect.places import Pins, pinned, spelt
from scanner.errors import ReachError
from scanner.model.absent import Absent, Why
from scanner.model.canonical import canonical
from scanner.model.evidence import Evidence, Probe
from scanner.model.target import Target

STEP_SECONDS = 5.0
"""Longest wait for one connection or one answer."""
MAX_WEAK = 24
"""How many weak suites are named at most."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where the service is: resolved once, so that every question goes to the same address."""

    scheme: str
    host: str
    port: int
    path: str
    address: str
    sni: str | None
    """The name to send; None for an address."""


@dataclass(frozen=True, slots=True)
class Asking:
    """One conversation: the place, the deadline and what may be trusted."""

    place: Place
    deadline: float
    """time.monotonic() at which all ends."""
    ca_file: str | None
    plain_port: int | None

    def left(self) -> float:
        """Seconds for the next step; raises TimeoutError when the deadline has passed."""
        rest = self.deadline - time.monotonic()
        if rest <= 0:
            raise TimeoutError
        return min(rest, STEP_SECONDS)

    def connect(self, port: int | None = None) -> socket.socket:
        """A TCP connection to the resolved address. Raises OSError."""
        return socket.create_connection((self.place.address, port or self.place.port), timeout=self.left())


def ask_web(
    target: Target,
    probes: Sequence[Probe],
    deadline: float,
    *,
    ca_file: str | None = None,
    plain_port: int | None = None,
    pins: Pins = None,
) -> list[Evidence]:
    """Ask one web target; one piece of evidence for every probe, never an exception for what the network does.

    ``deadline`` is a time.monotonic() value. ``ca_file`` is a PEM file that replaces the machine's trust store. ``plain_port`` is where
    clear-text HTTP is looked for: by default 80 for a service on 443, else the service's own port.
    """
    out: list[Evidence] = []
    place = find(target, pins)
    for probe in probes:
        started, began = now_text(), time.monotonic()
        if isinstance(place, Absent):
            got: dict[str, Any] | Absent = place
        else:
            limit = min(deadline, time.monotonic() + probe.seconds)
            got = _answer(probe, Asking(place, limit, ca_file, plain_port), started)
        absent = got if isinstance(got, Absent) else None
        out.append(
            Evidence(
                target=target.id,
                probe=probe.id,
                stdout=b"" if isinstance(got, Absent) else canonical(got),
                exit=None if absent is not None else 0,
                absent=absent,
                started=started,
                seconds=round(time.monotonic() - began, 3),
                operator="web",
                privilege="user",
            )
        )
    return out


def find(target: Target, pins: Pins = None) -> Place | Absent:
    """Split the URL; its host is resolved once, here or when the scope was judged."""
    try:
        parts = urlsplit(target.url or "")
        port = parts.port or (443 if parts.scheme == "https" else 80)
    except ValueError:
        return Absent(Why.GARBLED, "url")
    host = parts.hostname or ""
    if parts.scheme not in ("http", "https") or not host or parts.username or any(c.isspace() or ord(c) < 33 for c in host):
        return Absent(Why.GARBLED, "url")
    try:
        ipaddress.ip_address(host)
        sni = None
    except ValueError:
        sni = host
    try:
        found = socket.getaddrinfo(pinned(pins, spelt(host)), port, type=socket.SOCK_STREAM)
    except ReachError as error:
        return error.absent
    except (OSError, UnicodeError) as error:
        return Absent(Why.UNREACHABLE, f"{host}: {error}"[:200])
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return Place(parts.scheme, host, port, pages.quoted(path), str(found[0][4][0]), sni)


def _answer(probe: Probe, asking: Asking, started: str) -> dict[str, Any] | Absent:
    verb = probe.ask[0]
    head = {"as_of": started, "host": asking.place.host, "port": asking.place.port, "scheme": asking.place.scheme}
    if probe.via == "tls" and asking.place.scheme != "https":
        return {**head, "tls": False}
    try:
        if verb == "versions":
            got = _versions(asking, probe.ask[1:])
        elif verb == "suites":
            got = _suites(asking, [int(item, 16) for item in probe.ask[1:]])
        elif verb == "certificate":
            got = _certificate(asking)
        elif verb == "get":
            got = _get(asking)
        elif verb == "plain":
            got = _plain(asking)
        else:
            return Absent(Why.DRIVER_MISSING, f"{probe.via} {verb}")
    except TimeoutError:
        return Absent(Why.TIMED_OUT, probe.id)
    except ssl.SSLError as error:
        return Absent(Why.COMMAND_FAILED, f"TLS: {error.reason or error}"[:200])
    except OSError as error:
        return Absent(Why.UNREACHABLE, f"{type(error).__name__}: {error.strerror or error}"[:200])
    return got if isinstance(got, Absent) else {**head, **got}


def _said(asking: Asking, version: int, suites: Sequence[int]) -> hello.Said:
    try:
        with closing(asking.connect()) as connection:
            connection.sendall(hello.hello(version, suites, asking.place.sni))
            return hello.listen(connection, asking.left)
    except TimeoutError:
        return hello.Said("timeout")
    except ConnectionResetError:
        return hello.Said("closed", detail="reset")
    except OSError as error:
        return hello.Said("unreachable", detail=type(error).__name__)


def _versions(asking: Asking, names: Sequence[str]) -> dict[str, Any] | Absent:
    """Each version by its own hello, the newest first; the first that was accepted is asked again at the end.

    Only when that last question is answered too do the refusals in between speak of versions and not of a service that went away.
    """
    rows: list[dict[str, Any]] = []
    working: str | None = None
    first = hello.Said("closed")
    for name in sorted(names, key=lambda n: -hello.VERSIONS[n]):
        said = _offer(asking, name)
        first = said if not rows else first
        rows.append({"version": name, "state": said.state, "chosen": said.version, "suite": _hex(said.suite), "alert": said.alert})
        if said.state == "unreachable" and not working:
            return Absent(Why.UNREACHABLE, said.detail)
        if said.state == "accepted" and said.version == name:
            working = working or name
    if working is None and all(row["state"] == "garbled" for row in rows):
        return Absent(Why.GARBLED, f"no TLS: {first.detail}")
    again = _offer(asking, working) if working else None
    return {"tls": True, "versions": rows, "control": working, "control_again": again is not None and again.state == "accepted"}


def _offer(asking: Asking, name: str) -> hello.Said:
    number = hello.VERSIONS[name]
    return _said(asking, number, hello.SUITES_13 if number >= 0x0304 else hello.ALL_SUITES)


def _suites(asking: Asking, offered: list[int]) -> dict[str, Any] | Absent:
    """Which of the offered suites the server takes: it chooses one, that one is left out, and so on until it takes none."""
    taken: list[str] = []
    rest = list(offered)
    control = _said(asking, 0x0303, hello.ALL_SUITES)
    if control.state == "unreachable":
        return Absent(Why.UNREACHABLE, control.detail)
    last = control
    while rest and len(taken) < MAX_WEAK:
        last = _said(asking, 0x0303, rest)
        if last.state != "accepted" or last.suite not in rest:
            break
        taken.append(f"{last.suite:04x}")
        rest.remove(last.suite)
    again = _said(asking, 0x0303, hello.ALL_SUITES)
    return {
        "tls": True, "offered": len(offered), "taken": taken, "end": last.state if rest else "all", "end_alert": last.alert,
        "control": control.state, "control_alert": control.alert, "control_again": again.state,
    }  # fmt: skip


def _hex(suite: int | None) -> str | None:
    return None if suite is None else f"{suite:04x}"


def _context(verify: bool, ca_file: str | None) -> ssl.SSLContext:
    """A client context. Without verification it only serves to read what a server shows, and the answer says so."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    # Old servers too must be read: the security level of this machine is no fact about theirs.
    context.minimum_version = ssl.TLSVersion.MINIMUM_SUPPORTED
    context.set_ciphers("ALL:@SECLEVEL=0")
    context.check_hostname = False
    context.verify_mode = ssl.CERT_REQUIRED if verify else ssl.CERT_NONE
    if verify:
        if ca_file is not None:
            context.load_verify_locations(cafile=ca_file)
        else:
            context.set_default_verify_paths()
    return context


def _secured(asking: Asking, verify: bool) -> ssl.SSLSocket:
    connection = asking.connect()
    try:
        connection.settimeout(asking.left())
        return _context(verify, asking.ca_file).wrap_socket(connection, server_hostname=asking.place.sni)
    except BaseException:
        connection.close()
        raise


def _certificate(asking: Asking) -> dict[str, Any] | Absent:
    with closing(_secured(asking, verify=False)) as shown:
        der = shown.getpeercert(binary_form=True)
        version, suite = shown.version(), shown.cipher()
    if not der:
        return Absent(Why.GARBLED, "no certificate")
    facts = facts_of(der)
    if isinstance(facts, Absent):
        return facts
    negotiated = {"version": version or "", "suite": suite[0] if suite else ""}
    return {"tls": True, "read_unverified": True, "certificate": facts, "negotiated": negotiated, "trust": _trust(asking)}


def _trust(asking: Asking) -> dict[str, Any]:
    store = "file" if asking.ca_file is not None else "machine"
    try:
        _secured(asking, verify=True).close()
    except ssl.SSLCertVerificationError as error:
        return {"store": store, "ok": False, "code": error.verify_code, "message": error.verify_message[:120]}
    return {"store": store, "ok": True, "code": 0, "message": ""}


def _get(asking: Asking) -> dict[str, Any] | Absent:
    """The answer to GET, following at most three redirects to the very same origin."""
    place, path = asking.place, asking.place.path
    answers: list[pages.Head] = []
    for _ in range(4):
        connection: socket.socket = asking.connect() if place.scheme == "http" else _secured(asking, verify=False)
        with closing(connection):
            got = pages.exchange(connection, "GET", _authority(place, place.port), path, asking.left)
        if isinstance(got, Absent):
            return got
        answers.append(got)
        onward = pages.same_origin_path(got, place.scheme, place.host, place.port)
        if onward is None:
            break
        path = onward
    summary = pages.summary(answers)
    return {**summary, "verified": False, "redirects_followed": len(answers) - 1}


def _plain(asking: Asking) -> dict[str, Any] | Absent:
    """What clear-text HTTP answers: on port 80 for a service on 443, else on the service's own port."""
    place = asking.place
    port = asking.plain_port or (80 if place.port == 443 else place.port)
    try:
        connection = asking.connect(port)
    except ConnectionRefusedError:
        return {"plain_port": port, "state": "closed", "status": 0, "location": None}
    except TimeoutError:
        if time.monotonic() >= asking.deadline:
            raise
        return {"plain_port": port, "state": "silent", "status": 0, "location": None}
    with closing(connection):
        got = pages.exchange(connection, "GET", _authority(place, port), place.path, asking.left)
    if isinstance(got, Absent):
        # A TLS port that hangs up on clear text has refused it; a silent or broken port 80 has not.
        if port == place.port and place.scheme == "https" and got.why in (Why.GARBLED, Why.COMMAND_FAILED):
            return {"plain_port": port, "state": "refused", "status": 0, "location": None}
        return got
    return {"plain_port": port, "state": "answered", "status": got.status, "location": pages.origin_of(got, "http", place.host, port)}


def _authority(place: Place, port: int) -> str:
    host = f"[{place.host}]" if ":" in place.host else place.host
    return host if port in (80, 443) else f"{host}:{port}"
