"""Envelopes to a hub and from it with nothing but the standard library: no proxy, no redirect, an answer of bounded size."""

from __future__ import annotations

import http.client
import ssl
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from typing import Any

SECONDS = 60.0
"""Longest wait for one step, and for the whole answer."""
Came = tuple[int, bytes, Mapping[str, str]]
"""Status, body, headers."""


class _Stay(urllib.request.HTTPRedirectHandler):
    """Whoever answers with another address is not the hub that was named."""

    def redirect_request(self, *_args: Any, **_more: Any) -> None:
        return None


def post(url: str, data: bytes, headers: Mapping[str, str], context: ssl.SSLContext, limit: int) -> Came:
    """One upload. Raises OSError for what the network does."""
    return _ask("POST", url, data, headers, context, limit)


def get(url: str, headers: Mapping[str, str], context: ssl.SSLContext, limit: int) -> Came:
    """One question. Raises OSError for what the network does."""
    return _ask("GET", url, None, headers, context, limit)


def _ask(method: str, url: str, data: bytes | None, headers: Mapping[str, str], context: ssl.SSLContext, limit: int) -> Came:
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), urllib.request.HTTPSHandler(context=context), _Stay)
    request = urllib.request.Request(url, data, dict(headers), method=method)  # noqa: S310 - the caller checked the scheme
    try:
        with opener.open(request, timeout=SECONDS) as answer:
            return answer.status, _read(answer, limit), dict(answer.headers.items())
    except urllib.error.HTTPError as error:
        with error:
            return error.code, _read(error, limit), dict(error.headers.items())
    except http.client.HTTPException as error:
        # What answers there speaks no HTTP.
        raise OSError(0, type(error).__name__) from None
    except urllib.error.URLError as error:
        if isinstance(error.reason, OSError):
            raise error.reason from None
        raise OSError(0, str(error.reason)) from None


def _read(stream: Any, limit: int) -> bytes:
    """The body, as far as it came in time. Raises TimeoutError for one that drips."""
    end, parts = time.monotonic() + SECONDS, bytearray()
    while len(parts) < limit and (part := stream.read1(min(65_536, limit - len(parts)))):
        parts += part
        if time.monotonic() > end:
            raise TimeoutError
    return bytes(parts)
