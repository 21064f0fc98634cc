"""What a hub answers to an upload, and how long to ask again: nothing counts as delivered before a receipt of this very envelope is there."""

from __future__ import annotations

import base64
import ipaddress
import ssl
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import msgspec

from scanner.errors import KeepError, UseError
from scanner.ledger.envelope import DIGEST, MAX_SEQUENCE, SUFFIX, Envelope, open_envelope
from scanner.ledger.statement import RECEIPT as LAID
from scanner.ledger.trust import Trust, why_not
from scanner.model.canonical import canonical_unchecked, strict_loads
from scanner.model.dispatch import ACCEPTED, KINDS, RECEIPT, Receipt

PATH = "/api/v1/envelopes"
DOWN = "/api/v1/down"
MAX_LIST = 1024 * 1024
MEDIA = "application/octet-stream"
MAX_ANSWER = 256 * 1024
TAKEN = (200, 201, 202)
AGAIN = (408, 425, 429, 500, 502, 503, 504, 507)
"""Answers after which the same upload may well be taken: full disk, database away, restart."""
FIRST_WAIT, LONGEST_WAIT = 1.0, 60.0
MAX_SENTENCE = 300
_RECEIPT = msgspec.json.Decoder(Receipt)
BESIDE = "seal."
"""Before the names of members that are to be laid beside a seal."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back over HTTP."""

    status: int
    body: bytes
    """At most :data:`MAX_ANSWER` bytes."""
    wait: float = 0.0
    """Seconds that the hub asked for."""


@dataclass(frozen=True, slots=True)
class Acknowledged:
    """A receipt."""

    envelope: Envelope
    receipt: Receipt
    not_trusted: str | None
    """None when the key counts as that of the hub, else a code word."""


def read_receipt(data: bytes) -> Receipt:
    """The content of a receipt. Raises KeepError."""
    try:
        found = _RECEIPT.decode(data)
        if canonical_unchecked(found) != data or found["schema"] != ACCEPTED:
            raise ValueError("form")
    except (msgspec.MsgspecError, ValueError, RecursionError):
        raise KeepError("receipt-form") from None
    return found


def acknowledged(data: bytes, trust: Trust, sent: str | None = None) -> Acknowledged:
    """Read a receipt's envelope; ``sent`` is the digest that it must answer. Raises KeepError."""
    envelope = open_envelope(data, limit=MAX_ANSWER)
    manifest = envelope.manifest
    if manifest["kind"] != RECEIPT:
        raise KeepError("reply-no-receipt")
    receipt = read_receipt(envelope.members["receipt.json"])
    if sent is not None and receipt["envelope"] != sent:
        raise KeepError("reply-other", sequence=receipt["sequence"])
    reason = why_not(trust.of(envelope.key.fingerprint, "hub"), manifest["unit"], manifest["created"], None)
    return Acknowledged(envelope, receipt, reason)


def receipt_of_seal(path: Path) -> dict[str, bytes]:
    """What a hub's receipt holds to be laid beside the seal of the result; nothing when the file is no receipt. Raises UseError."""
    try:
        with path.open("rb") as stream:
            envelope = open_envelope(stream.read(MAX_ANSWER + 1), limit=MAX_ANSWER)
    except OSError as error:
        raise UseError("file-unreadable", file=path, detail=error.strerror or "?") from None
    except KeepError:
        return {}
    return {name: envelope.members[f"{BESIDE}{name}"] for name in LAID if f"{BESIDE}{name}" in envelope.members}


def receipt_in(body: bytes) -> bytes:
    """The receipt's envelope in an answer: the whole body, or ``receipt`` of a JSON object in base64. Raises KeepError."""
    if not body.startswith(b"{"):
        return body
    try:
        said: Any = strict_loads(body)
        return base64.b64decode(said["receipt"], validate=True)
    except (ValueError, KeyError, TypeError, RecursionError):
        raise KeepError("reply-no-receipt") from None


def deliver(
    post: Callable[[], Answer], seconds: float, sleep: Callable[[float], None] = time.sleep, clock: Callable[[], float] = time.monotonic
) -> bytes:
    """Post until it is taken; returns the receipt's envelope. Raises KeepError when it is refused, or not taken in time."""
    end, wait = clock() + seconds, FIRST_WAIT
    while True:
        try:
            answer = post()
        except ssl.SSLCertVerificationError as error:
            raise KeepError("dispatch-tls", detail=str(error.verify_message)[:120]) from None
        except OSError as error:
            trouble = (error.strerror or type(error).__name__)[:120]
        else:
            if answer.status in TAKEN:
                return receipt_in(answer.body)
            if answer.status not in AGAIN:
                raise refused(answer)
            trouble, wait = f"HTTP {answer.status}", max(wait, min(answer.wait, LONGEST_WAIT))
        if clock() + wait > end:
            raise KeepError("dispatch-undelivered", seconds=int(seconds), detail=trouble)
        sleep(wait)
        wait = min(2 * wait, LONGEST_WAIT)


@dataclass(frozen=True, slots=True)
class Waiting:
    """One envelope that waits at the hub, as the hub says."""

    kind: str
    sequence: int
    digest: str

    @property
    def name(self) -> str:
        """Of its file: nothing that the hub wrote becomes a path."""
        return f"{self.kind}-{self.sequence:06d}-{self.digest[7:19]}{SUFFIX}"


def waiting_in(body: bytes) -> list[Waiting]:
    """The list of a hub. Raises KeepError for what is none."""
    try:
        found = [Waiting(line.kind, line.sequence, line.digest) for line in msgspec.json.decode(body, type=list[_Line])]
    except (msgspec.MsgspecError, ValueError, RecursionError):
        raise KeepError("reply-no-list") from None
    if any(one.kind not in KINDS or not 0 < one.sequence <= MAX_SEQUENCE or not DIGEST.fullmatch(one.digest) for one in found):
        raise KeepError("reply-no-list")
    return found


class _Line(msgspec.Struct):
    kind: str
    sequence: int
    digest: str


def refused(answer: Answer) -> KeepError:
    """What to say of an answer that is none of :data:`TAKEN`."""
    return KeepError("dispatch-refused", status=answer.status, sentence=_sentence(answer.body))


def _sentence(body: bytes) -> str:
    """The hub's own words, where it has any."""
    try:
        said: Any = strict_loads(body)
        return str(said["sentence"])[:MAX_SENTENCE]
    except (ValueError, KeyError, TypeError, RecursionError):
        return "-"


def place_of(url: str) -> str:
    """Where to post: https anywhere, http on this machine only. Raises UseError."""
    try:
        parts = urlsplit(url)
        host, _port = parts.hostname or "", parts.port
    except ValueError:
        raise UseError("dispatch-url", url=url[:200]) from None
    if parts.scheme not in ("https", "http") or not host or parts.username is not None or parts.query or parts.fragment:
        raise UseError("dispatch-url", url=url[:200])
    if parts.scheme == "http" and not _here(host):
        raise UseError("dispatch-plain", url=url[:200])
    return url.rstrip("/") + (PATH if parts.path in ("", "/") else "")


def _here(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def headers_with(token: str | None) -> dict[str, str]:
    """What goes with an upload. Raises UseError for a token that is none."""
    found = {"Content-Type": MEDIA, "Accept": "application/octet-stream, application/json", "User-Agent": "shiqu"}
    if token is None:
        return found
    if not token or not token.isascii() or not token.isprintable() or " " in token:
        raise UseError("dispatch-token")
    return found | {"Authorization": f"Bearer {token}"}


def wait_asked(headers: Mapping[str, str]) -> float:
    """Seconds of Retry-After; 0 where it says none."""
    told = headers.get("Retry-After") or ""
    return float(told) if told.isascii() and told.isdigit() and len(told) < 6 else 0.0


def tls_context(ca: str | None) -> ssl.SSLContext:
    """Certificates by this file, or by the machine's store. Raises UseError."""
    try:
        context = ssl.create_default_context(cafile=ca)
    except (OSError, ssl.SSLError) as error:
        raise UseError("file-unreadable", file=ca or "-", detail=error.strerror or type(error).__name__) from None
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context
