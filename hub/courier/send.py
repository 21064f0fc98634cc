"""Upload to the hub above: TLS with a pinned authority, a certificate of our own where it asks for one, no proxy, no redirect."""

from __future__ import annotations

import ssl
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import httpx

from scanner.errors import UseError
from scanner.ledger.reply import MAX_ANSWER, Answer, deliver, headers_with, place_of, tls_context, wait_asked

SECONDS = 60.0
"""Longest wait for one step, and for the whole answer."""


@contextmanager
def client(ca: str | None, own: tuple[Path, Path, str] | None = None) -> Iterator[httpx.Client]:
    """``own``: our certificate, its key, and the key's passphrase. Raises UseError."""
    context = tls_context(ca)
    if own is not None:
        certificate, key, passphrase = own
        try:
            context.load_cert_chain(certificate, key, passphrase)
        except (OSError, ssl.SSLError) as error:
            raise UseError("hub-certificate", file=certificate, detail=error.strerror or type(error).__name__) from None
    with httpx.Client(verify=context, trust_env=False, follow_redirects=False, timeout=SECONDS) as made:
        yield made


def upload(made: httpx.Client, url: str, data: bytes, token: str | None, seconds: float) -> bytes:
    """Post until it is taken; returns the receipt's envelope. Raises UseError, KeepError."""
    place, headers = place_of(url), headers_with(token)
    return deliver(lambda: _post(made, place, data, headers), seconds)


def _post(made: httpx.Client, place: str, data: bytes, headers: Mapping[str, str]) -> Answer:
    end = time.monotonic() + SECONDS
    try:
        with made.stream("POST", place, content=data, headers=dict(headers)) as came:
            body = bytearray()
            for part in came.iter_raw(65_536):
                body += part
                if len(body) >= MAX_ANSWER:
                    break
                if time.monotonic() > end:
                    raise TimeoutError
            return Answer(came.status_code, bytes(body[:MAX_ANSWER]), wait_asked(came.headers))
    except httpx.HTTPError as error:
        raise _cause(error) from None


def _cause(error: BaseException) -> OSError:
    """What the network did, beneath what the library made of it."""
    seen: BaseException | None = error
    while seen is not None:
        if isinstance(seen, OSError):
            return seen
        seen = seen.__cause__ or seen.__context__
    return OSError(0, type(error).__name__)
