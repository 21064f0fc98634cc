"""Which TLS versions, suites and certificate a server shows to the outside."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from scanner.facts.fact import Unreadable, fact
from scanner.facts.web import suites
from scanner.model.absent import Absent, Why
from scanner.model.canonical import strict_loads
from scanner.model.evidence import Answer, Probe

REFUSING_ALERTS = {40, 47, 70, 71, 86}
"""handshake_failure, illegal_parameter, protocol_version, insufficient_security, inappropriate_fallback."""


def data_of(answer: Answer) -> dict[str, Any]:
    """The JSON object of a web answer. Raises Unreadable or ValueError."""
    found = strict_loads(answer.stdout)
    if not isinstance(found, dict):
        raise Unreadable("no JSON object")
    return found


def no_tls(data: Mapping[str, Any]) -> Absent | None:
    """A target that is declared with an http URL has no TLS to look at."""
    return Absent(Why.NOT_PRESENT, "the declared URL is plain HTTP") if data["tls"] is False else None


@fact(Probe("web.tls-versions", "tls", ("versions", "SSLv3", "TLSv1.0", "TLSv1.1", "TLSv1.2", "TLSv1.3"), seconds=20, kinds=("web",)))
@dataclass(frozen=True, slots=True)
class TlsVersions:
    """Each protocol version, asked by a hello of its own."""

    accepted: frozenset[str]
    """Versions that the server chose when only they were offered."""
    refused: frozenset[str]
    """Versions that it turned down, shown by an alert or another version, or by hanging up while others were served."""
    unclear: frozenset[str]
    """Versions of which neither can be said."""

    @classmethod
    def read(cls, answer: Answer) -> TlsVersions | Absent:
        """Read the rows; silence and odd answers stay unclear."""
        data = data_of(answer)
        absent = no_tls(data)
        if absent is not None:
            return absent
        steady = bool(data["control"]) and data["control_again"] is True
        accepted, refused, unclear = set(), set(), set()
        for row in data["versions"]:
            name, state = str(row["version"]), row["state"]
            if state == "accepted" and row["chosen"]:
                # A server that answers with another version has turned this one down, and speaks that one.
                accepted.add(str(row["chosen"]))
                if row["chosen"] != name:
                    refused.add(name)
            elif steady and ((state == "alert" and row["alert"] in REFUSING_ALERTS) or state == "closed"):
                refused.add(name)
            else:
                unclear.add(name)
        if not accepted:
            states = sorted({str(row["state"]) for row in data["versions"]})
            return Absent(Why.COMMAND_FAILED, "no TLS version was accepted: " + ", ".join(states))
        return cls(frozenset(accepted), frozenset(refused - accepted), frozenset(unclear - accepted))


@fact(Probe("web.tls-weak-suites", "tls", ("suites", *(f"{n:04x}" for n in sorted(suites.NAMES))), seconds=30, kinds=("web",)))
@dataclass(frozen=True, slots=True)
class WeakSuites:
    """Weak cipher suites that the server takes up to TLS 1.2."""

    taken: tuple[tuple[str, str], ...]
    """Name and reason of each."""
    whole: bool
    """True when the server positively refused all the others, while it served good ones before and after."""

    @classmethod
    def read(cls, answer: Answer) -> WeakSuites | Absent:
        """Read the suites by number."""
        data = data_of(answer)
        absent = no_tls(data)
        if absent is not None:
            return absent
        numbers = [int(item, 16) for item in data["taken"]]
        taken = tuple((suites.NAMES[number], suites.reason(number)) for number in numbers)
        refused = (data["end"] == "alert" and data["end_alert"] in REFUSING_ALERTS) or data["end"] == "closed"
        # A server of TLS 1.3 only turns down every hello of 1.2 with an alert about the version: then nothing weak is taken either.
        only_13 = data["control"] == "alert" and data["control_alert"] == 70 and data["end_alert"] == 70
        whole = data["end"] == "all" or (refused and data["control"] == data["control_again"] == "accepted") or only_13
        if not taken and not whole:
            return Absent(Why.COMMAND_FAILED, f"the server's refusal is not clear: {data['end']}")
        return cls(taken, whole)


@fact(Probe("web.tls-certificate", "tls", ("certificate",), seconds=20, kinds=("web",)))
@dataclass(frozen=True, slots=True)
class Certificate:
    """The server's own certificate, read without trusting it; whether it is trusted was asked by itself."""

    host: str
    as_of: datetime
    """When it was read."""
    subject: str
    issuer: str
    self_issued: bool
    dns: tuple[str, ...]
    addresses: tuple[str, ...]
    not_before: datetime
    not_after: datetime
    key: str
    """rsa, ec, dsa, ed25519, ed448 or unread (SM2 among them)."""
    bits: int
    curve: str
    signature_oid: str
    trusted: bool
    trust_code: int
    """OpenSSL's verification code; 10 expired, 18 self-signed, 19-21 issuer not known here."""
    store: str
    """``machine`` or ``file``."""

    @property
    def days_left(self) -> int:
        """Whole days from the reading to the end; negative when it has passed."""
        return (self.not_after - self.as_of).days

    def covers(self, host: str) -> bool:
        """Does a name of the certificate stand for the host? Common names do not count; a wildcard stands for one label."""
        try:
            address = ipaddress.ip_address(host)
        except ValueError:
            return any(_matches(name, host) for name in self.dns)
        return any(ipaddress.ip_address(item) == address for item in self.addresses)

    @classmethod
    def read(cls, answer: Answer) -> Certificate | Absent:
        """Read the certificate's facts."""
        data = data_of(answer)
        absent = no_tls(data)
        if absent is not None:
            return absent
        shown, trust = data["certificate"], data["trust"]
        return cls(
            host=str(data["host"]),
            as_of=moment(data["as_of"]),
            subject=str(shown["subject"]),
            issuer=str(shown["issuer"]),
            self_issued=shown["self_issued"] is True,
            dns=tuple(str(name) for name in shown["dns"]),
            addresses=tuple(str(name) for name in shown["addresses"]),
            not_before=moment(shown["not_before"]),
            not_after=moment(shown["not_after"]),
            key=str(shown["key"]),
            bits=int(shown["bits"]),
            curve=str(shown["curve"]),
            signature_oid=str(shown["signature_oid"]),
            trusted=trust["ok"] is True,
            trust_code=int(trust["code"]),
            store=str(trust["store"]),
        )


def moment(text: str) -> datetime:
    """A UTC time as it rests. Raises ValueError."""
    return datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ")


def _matches(pattern: str, host: str) -> bool:
    name, wanted = pattern.lower().rstrip("."), host.lower().rstrip(".")
    if not name.startswith("*."):
        return name == wanted
    label, dot, rest = wanted.partition(".")
    return bool(label) and dot == "." and "." in rest and rest == name[2:]
