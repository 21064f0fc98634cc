"""The wire to the hub above: what counts is a receipt over a line that was verified."""

from __future__ import annotations

from pathlib import Path

import pytest

from hub.courier.send import client, upload
from scanner.errors import KeepError, UseError
from scanner.ledger import reply
from scanner.ledger.keys import new_key
from tests.ledger.envelopes import envelope
from tests.ledger.stub_hub import CODE, Reply, certificates, door, receipt_for

HUB = new_key("ed25519", CODE)


@pytest.fixture(scope="module")
def tls(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return certificates(tmp_path_factory.mktemp("tls"))


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reply, "FIRST_WAIT", 0.01)
    for name in ("http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")


def takes(_number: int, body: bytes) -> Reply:
    return 200, receipt_for(body, HUB), {}


def test_over_tls_with_a_token(tls: Path) -> None:
    data = envelope()
    with door(takes, tls) as hub, client(str(tls / "ca.pem")) as line:
        assert upload(line, hub.url, data, "token", 5) == receipt_for(data, HUB)
    assert hub.bodies == [data] and {key.casefold(): value for key, value in hub.headers[0].items()}["authorization"] == "Bearer token"


def test_trouble_is_tried_again(tls: Path) -> None:
    with door(lambda number, body: (503, b"", {"Retry-After": "0"}) if number < 2 else takes(number, body)) as hub, client(None) as line:
        upload(line, hub.url, envelope(), None, 5)
    assert len(hub.bodies) == 3


@pytest.mark.parametrize(("status", "headers"), [(307, {"Location": "http://127.0.0.1:1/"}), (409, {}), (401, {})])
def test_a_refusal_and_a_redirect_end_it(status: int, headers: dict[str, str]) -> None:
    with (
        door(lambda number, body: (status, b'{"error":"x","sentence":"no"}', headers)) as hub,
        client(None) as line,
        pytest.raises(KeepError) as caught,
    ):
        upload(line, hub.url, envelope(), None, 5)
    assert (caught.value.code, len(hub.bodies)) == ("dispatch-refused", 1)


def test_another_authority_stops_it_before_anything_is_sent(tls: Path) -> None:
    with door(takes, tls) as hub, client(str(tls / "other.pem")) as line, pytest.raises(KeepError) as caught:
        upload(line, hub.url, envelope(), None, 5)
    assert caught.value.code == "dispatch-tls" and hub.bodies == []


def test_nobody_there_ends_in_time() -> None:
    with door(takes) as hub:
        pass
    with client(None) as line, pytest.raises(KeepError) as caught:
        upload(line, hub.url, envelope(), None, 0)
    assert caught.value.code == "dispatch-undelivered"


def test_an_endless_answer_is_cut() -> None:
    with door(lambda number, body: (200, bytes(4 * reply.MAX_ANSWER), {})) as hub, client(None) as line:
        assert len(upload(line, hub.url, envelope(), None, 5)) == reply.MAX_ANSWER


def test_a_certificate_that_does_not_fit_its_key_is_told(tls: Path) -> None:
    with pytest.raises(UseError) as caught, client(str(tls / "ca.pem"), (tls / "server.pem", tls / "other.key", "")):
        pass
    assert caught.value.code == "hub-certificate"
