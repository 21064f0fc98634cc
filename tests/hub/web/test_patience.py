"""Whoever only waits takes nobody's place: heads that never end, bodies after their answer, readers that sleep, one address with everything."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator

import pytest
import uvicorn
from uvicorn.server import ServerState

from hub.web import patience
from hub.web.patience import Patient

SHORT = 0.2


class _Wire(asyncio.Transport):
    """A transport that notes whether it was cut off."""

    def __init__(self, host: str) -> None:
        super().__init__(extra={"peername": (host, 40000), "sockname": ("192.0.2.1", 8443)})
        self.cut, self.written = False, b""
        self.lost: Callable[[Exception | None], None] | None = None

    def abort(self) -> None:
        self.cut = True
        if self.lost is not None:
            self.lost(ConnectionAbortedError())

    def is_closing(self) -> bool:
        return self.cut

    def write(self, data: bytes | bytearray | memoryview) -> None:
        self.written += bytes(data)

    def close(self) -> None:
        self.cut = True

    def pause_reading(self) -> None:
        pass

    def resume_reading(self) -> None:
        pass


async def _refusing(scope: object, receive: object, send: object) -> None:
    await send({"type": "http.response.start", "status": 401, "headers": [(b"content-length", b"0")]})  # type: ignore[operator]
    await send({"type": "http.response.body", "body": b""})  # type: ignore[operator]


@pytest.fixture
def state() -> ServerState:
    return ServerState()


@pytest.fixture(autouse=True)
def short(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    for name in ("HEAD_SECONDS", "STALLED_SECONDS"):
        monkeypatch.setattr(patience, name, SHORT)
    yield


def opened(state: ServerState, host: str = "198.51.100.1") -> tuple[Patient, _Wire]:
    one = Patient(uvicorn.Config(_refusing, log_config=None), state, {}, asyncio.get_running_loop())
    wire = _Wire(host)
    wire.lost = one.connection_lost
    one.connection_made(wire)
    return one, wire


def test_a_connection_that_says_nothing_is_cut_off(state: ServerState) -> None:
    async def run() -> bool:
        _, wire = opened(state)
        await asyncio.sleep(SHORT * 3)
        return wire.cut

    assert asyncio.run(run())


def test_a_head_in_drops_gains_no_time(state: ServerState) -> None:
    async def run() -> bool:
        one, wire = opened(state)
        for byte in b"GET / HTTP/1.1\r\nhost: " + b"x" * 40:
            if wire.cut:
                return True
            one.data_received(bytes([byte]))
            await asyncio.sleep(SHORT / 20)
        return wire.cut

    assert asyncio.run(run())


def test_a_body_that_goes_on_after_its_answer_is_cut_off(state: ServerState) -> None:
    async def run() -> tuple[bytes, bool]:
        one, wire = opened(state)
        one.data_received(b"POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 1000\r\n\r\n")
        for _ in range(60):
            await asyncio.sleep(SHORT / 20)
            if wire.cut:
                break
            one.data_received(b"x")
        return wire.written[:12], wire.cut

    assert asyncio.run(run()) == (b"HTTP/1.1 401", True)


def test_a_reader_that_sleeps_is_cut_off_and_a_slow_one_is_not(state: ServerState) -> None:
    async def run() -> tuple[bool, bool]:
        (sleeping, first), (slow, second) = opened(state), opened(state)
        for one in (sleeping, slow):
            one.data_received(b"GET / HTTP/1.1\r\nhost: a\r\n\r\n")
            one.pause_writing()
        slow.resume_writing()
        await asyncio.sleep(SHORT * 3)
        return first.cut, second.cut

    assert asyncio.run(run()) == (True, False)


def test_one_address_has_only_its_part_of_the_places(state: ServerState) -> None:
    async def run() -> tuple[list[bool], bool, bool]:
        many = [opened(state)[1].cut for _ in range(patience.MOST_OF_ONE + 1)]
        proxied = [opened(state, "127.0.0.1")[1].cut for _ in range(patience.MOST_OF_ONE + 1)]
        return many, opened(state, "198.51.100.2")[1].cut, any(proxied)

    many, other, proxied = asyncio.run(run())
    assert many == [False] * patience.MOST_OF_ONE + [True]
    assert not other and not proxied


def test_the_hub_is_served_with_it() -> None:
    from hub.cli.serve import Place, _config

    assert _config(_refusing, Place("127.0.0.1", 0)).http_protocol_class is Patient
