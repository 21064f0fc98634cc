"""What a web service answers: headers, cookies by name and flags, and what clear-text HTTP gives."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from scanner.facts.fact import Unreadable, fact
from scanner.facts.web.tls import data_of
from scanner.model.absent import Absent, Why
from scanner.model.evidence import Answer, Probe


@dataclass(frozen=True, slots=True)
class Cookie:
    """A cookie, without its value."""

    name: str
    secure: bool
    httponly: bool
    samesite: str


@fact(Probe("web.response", "http", ("get",), seconds=20, kinds=("web",)))
@dataclass(frozen=True, slots=True)
class Response:
    """The response at the declared URL, after redirects within the same origin."""

    scheme: str
    host: str
    status: int
    headers: Mapping[str, tuple[str, ...]]
    """Lower-case name to all its values; values of headers that may hold tokens are empty."""
    cookies: tuple[Cookie, ...]
    """Of every response on the way."""
    malformed: int
    """Header lines that were none."""

    @property
    def final(self) -> bool:
        """False when the last response still points elsewhere (another origin is never followed)."""
        return not 300 <= self.status < 400

    @property
    def by_address(self) -> bool:
        """The URL names an address, no host name."""
        return ":" in self.host or self.host.replace(".", "").isdigit()

    def all(self, name: str) -> tuple[str, ...]:
        """Every value of a header; a list in one line counts as several for the caller to split."""
        return self.headers.get(name, ())

    @classmethod
    def read(cls, answer: Answer) -> Response | Absent:
        """Read the summary of the responses."""
        data = data_of(answer)
        if not isinstance(data["headers"], dict):
            raise Unreadable("headers")
        headers = {str(name): tuple(str(v) for v in values) for name, values in data["headers"].items()}
        cookies = tuple(Cookie(str(c["name"]), c["secure"] is True, c["httponly"] is True, str(c["samesite"])) for c in data["cookies"])
        status = int(data["status"])
        if not 100 <= status <= 599:
            raise Unreadable(f"status {status}")
        if status >= 500:
            # An error page has other headers than the service.
            return Absent(Why.COMMAND_FAILED, f"status {status}")
        return cls(str(data["scheme"]), str(data["host"]), status, MappingProxyType(headers), cookies, int(data["malformed"]))


@fact(Probe("web.plain-http", "http", ("plain",), seconds=15, kinds=("web",)))
@dataclass(frozen=True, slots=True)
class PlainHttp:
    """What clear-text HTTP gives beside the declared service."""

    scheme: str
    """Scheme of the declared URL."""
    host: str
    port: int
    """Port that was asked in clear text."""
    state: str
    """closed, refused, silent or answered."""
    status: int
    redirect: tuple[str, str, int] | None
    """Scheme, host and port it redirects to."""

    @classmethod
    def read(cls, answer: Answer) -> PlainHttp | Absent:
        """Read the answer on the clear-text port."""
        data = data_of(answer)
        where = data["location"]
        if data["state"] not in {"closed", "refused", "silent", "answered"}:
            raise Unreadable(f"state {data['state']!r}")
        redirect = None if where is None else (str(where["scheme"]), str(where["host"]), int(where["port"]))
        return cls(str(data["scheme"]), str(data["host"]).lower(), int(data["plain_port"]), data["state"], int(data["status"]), redirect)
