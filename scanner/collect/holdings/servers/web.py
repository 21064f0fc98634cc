"""Plain HTTP to a search index: one address, one origin, reading requests only, bounded answers, numbers kept as they are written."""

from __future__ import annotations

import base64
import http.client
import json
import re
import socket
import ssl
import time
from typing import Any
from urllib.parse import quote

from scanner.collect.holdings.servers.address import Server
from scanner.collect.sql import Secret
from scanner.errors import ReachError
from scanner.model.absent import Why

MAX_BYTES = 32 << 20
"""Longest answer that is taken."""
_READING = re.compile(r"(GET /)|(POST /([^/?]+/)?_(search|count|pit)(\?|$))|(POST /_search/scroll$)|(DELETE /_(pit|search/scroll)$)")
_STATUS = {401: Why.AUTH_FAILED, 403: Why.NO_PERMISSION, 404: Why.COMMAND_MISSING, 405: Why.COMMAND_MISSING, 408: Why.TIMED_OUT,
           429: Why.UNREACHABLE, 503: Why.UNREACHABLE, 504: Why.TIMED_OUT}  # fmt: skip


class Web:
    """One connection at a time to one server."""

    def __init__(self, server: Server, secret: Secret | None, deadline: float, plain: bool) -> None:
        self.server = server
        self.deadline = deadline
        """On the monotonic clock."""
        self.plain = plain
        self.tls_version = ""
        self.headers = {"Content-Type": "application/json", "Accept": "application/json", "User-Agent": "shiqu"}
        if secret is not None and secret.user:
            if plain and not server.near:
                raise ReachError(Why.NOT_ASKED, "no TLS: the password was not sent")
            words = f"{secret.user}:{secret.password or ''}".encode()
            self.headers["Authorization"] = "Basic " + base64.b64encode(words).decode("ascii")
        self._line: http.client.HTTPConnection | None = None

    def ask(self, method: str, path: str, body: object = None, seconds: float = 60.0) -> Any:
        """The answer's JSON. Raises ReachError; a status that is no success never passes for an answer."""
        if not _READING.match(f"{method} {path}"):
            raise ReachError(Why.NOT_ASKED, "not a reading request")
        left = self.deadline - time.monotonic()
        if left < 0.5:
            raise ReachError(Why.TIMED_OUT, "session")
        try:
            status, data = self._exchange(method, path, body, min(seconds, left))
        except TimeoutError:
            self.close()
            raise ReachError(Why.TIMED_OUT, "no answer") from None
        except (OSError, http.client.HTTPException) as error:
            self.close()
            why = Why.HOST_KEY_CHANGED if isinstance(error, ssl.SSLCertVerificationError) else Why.UNREACHABLE
            raise ReachError(why, type(error).__name__) from None
        if not 200 <= status < 300:
            raise ReachError(_STATUS.get(status, Why.COMMAND_FAILED), f"HTTP {status}")
        if len(data) > MAX_BYTES:
            self.close()
            raise ReachError(Why.TRUNCATED, f"answer of more than {MAX_BYTES} bytes")
        try:
            return json.loads(data, parse_float=str)
        except (ValueError, RecursionError):
            raise ReachError(Why.GARBLED, "no JSON") from None

    def close(self) -> None:
        """Let go of the line."""
        if self._line is not None:
            self._line.close()
            self._line = None

    def _exchange(self, method: str, path: str, body: object, seconds: float) -> tuple[int, bytes]:
        if self._line is None:
            self._line = self._connect(min(10.0, seconds))
        if self._line.sock is not None:
            self._line.sock.settimeout(seconds)
        content = None if body is None else json.dumps(body, ensure_ascii=False).encode("utf-8")
        self._line.request(method, path, content, self.headers)
        answer = self._line.getresponse()
        return answer.status, answer.read(MAX_BYTES + 1)

    def _connect(self, seconds: float) -> http.client.HTTPConnection:
        line = socket.create_connection((self.server.address, self.server.port), seconds)
        host = f"[{self.server.host}]" if ":" in self.server.host else self.server.host
        connection = http.client.HTTPConnection(host, self.server.port)
        if not self.plain:
            context = ssl.create_default_context(cafile=self.server.root_certificate)
            context.check_hostname = self.server.tls == "verify-full"
            if self.server.tls not in ("verify-ca", "verify-full"):
                context.verify_mode = ssl.CERT_NONE
            secured = context.wrap_socket(line, server_hostname=self.server.host)
            self.tls_version = secured.version() or ""
            line = secured
        connection.sock = line
        return connection


def segment(name: str) -> str:
    """A name as one segment of a path."""
    return quote(name, safe="")
