"""How long a connection may say nothing, and how many one address may hold: whoever only waits takes nobody's place."""

from __future__ import annotations

import asyncio
import ipaddress
from typing import Any

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

HEAD_SECONDS = 15
"""For a request's head from its first byte, or from the connection on."""
STALLED_SECONDS = 60
"""For a client that reads nothing of its answer."""
MOST_OF_ONE = 100
"""Connections of one address. A proxy stands on this machine and counts by itself."""


class Patient(H11Protocol):
    """uvicorn's own, which by itself waits for ever: for a head that never ends, for a body after its answer, for a reader that sleeps."""

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self._head: asyncio.TimerHandle | None = None
        self._stalled: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        if self._crowded():
            transport.abort()
            return
        self._head = self.loop.call_later(HEAD_SECONDS, transport.abort)

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        if not self._owes():
            self._no_head()
        elif self._head is None:
            # Not begun anew by every byte: it is the whole head that is waited for.
            self._head = self.loop.call_later(HEAD_SECONDS, self.transport.abort)

    def pause_writing(self) -> None:
        super().pause_writing()
        self._stalled = self._stalled or self.loop.call_later(STALLED_SECONDS, self.transport.abort)

    def resume_writing(self) -> None:
        super().resume_writing()
        self._no_stall()

    def connection_lost(self, exc: Exception | None) -> None:
        super().connection_lost(exc)
        self._no_head()
        self._no_stall()

    def _no_head(self) -> None:
        if self._head is not None:
            self._head.cancel()
        self._head = None

    def _no_stall(self) -> None:
        if self._stalled is not None:
            self._stalled.cancel()
        self._stalled = None

    def _owes(self) -> bool:
        """Whether it is the client's turn: a head, or the rest of a body whose answer has gone out already."""
        answered = self.cycle is None or self.cycle.response_complete
        return answered and self.conn.their_state in (h11.IDLE, h11.SEND_BODY)

    def _crowded(self) -> bool:
        if self.client is None or ipaddress.ip_address(self.client[0].partition("%")[0]).is_loopback:
            return False
        return (
            sum(isinstance(one, Patient) and one.client is not None and one.client[0] == self.client[0] for one in self.connections)
            > MOST_OF_ONE
        )
