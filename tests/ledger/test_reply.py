"""Nothing counts as delivered but a receipt of this very envelope; trouble is tried again, a refusal is not."""

from __future__ import annotations

import base64
import ssl
from collections.abc import Callable

import pytest

from scanner.errors import KeepError, UseError
from scanner.ledger.envelope import open_envelope
from scanner.ledger.keys import new_key
from scanner.ledger.reply import MAX_ANSWER, Answer, acknowledged, deliver, headers_with, place_of, wait_asked
from scanner.ledger.trust import Pin, Trust
from scanner.model.canonical import canonical
from tests.ledger.envelopes import envelope
from tests.ledger.stub_hub import CODE, receipt_for

HUB = new_key("ed25519", CODE)
TRUST = Trust((Pin("hub", HUB.public.pem.decode(), CODE),))


class Clock:
    """Time passes only while somebody sleeps."""

    def __init__(self) -> None:
        self.now, self.slept = 0.0, list[float]()

    def sleep(self, seconds: float) -> None:
        self.now += seconds
        self.slept.append(seconds)

    def read(self) -> float:
        return self.now


def run(answers: list[Answer | Exception], seconds: float = 300) -> tuple[bytes, Clock]:
    clock, left = Clock(), iter(answers)

    def post() -> Answer:
        found = next(left)
        if isinstance(found, Exception):
            raise found
        return found

    return deliver(post, seconds, clock.sleep, clock.read), clock


@pytest.mark.parametrize(
    "trouble",
    [ConnectionRefusedError(111, "refused"), TimeoutError(), Answer(503, b""), Answer(507, b""), Answer(429, b""), Answer(500, b"")],
)
def test_trouble_is_tried_again(trouble: Answer | Exception) -> None:
    body, clock = run([trouble, trouble, Answer(200, b"PKreceipt")])
    assert (body, clock.slept) == (b"PKreceipt", [1, 2])


def test_the_hub_says_how_long_to_wait_and_a_minute_is_the_longest() -> None:
    assert run([Answer(503, b"", 7), Answer(503, b"", 9999), Answer(201, b"PK")])[1].slept == [7, 60]


@pytest.mark.parametrize("status", [301, 302, 307, 400, 401, 403, 404, 409, 413, 421, 422])
def test_a_refusal_is_not_tried_again_and_its_words_are_told(status: int) -> None:
    with pytest.raises(KeepError) as caught:
        run([Answer(status, canonical({"error": "x", "sentence": "编号冲突"})), Answer(200, b"PK")])
    assert (caught.value.code, caught.value.fields) == ("dispatch-refused", {"status": str(status), "sentence": "编号冲突"})


@pytest.mark.parametrize("body", [b"", b"<html>", b"[]", b'{"sentence"', b'{"sentence":NaN}', b"{" * 100_000])
def test_a_refusal_without_words_is_one_too(body: bytes) -> None:
    with pytest.raises(KeepError) as caught:
        run([Answer(403, body)])
    assert caught.value.fields["sentence"] == "-"


def test_it_ends_and_says_why() -> None:
    with pytest.raises(KeepError) as caught:
        run([ConnectionRefusedError(111, "Connection refused")] * 99, 30)
    assert (caught.value.code, caught.value.fields["detail"]) == ("dispatch-undelivered", "Connection refused")


def test_a_certificate_that_does_not_verify_is_not_tried_again() -> None:
    error = ssl.SSLCertVerificationError(1, "x")
    error.verify_message = "self-signed certificate"
    with pytest.raises(KeepError) as caught:
        run([error, Answer(200, b"PK")])
    assert (caught.value.code, caught.value.fields["detail"]) == ("dispatch-tls", "self-signed certificate")


def test_a_receipt_in_json_is_one_too() -> None:
    assert run([Answer(200, canonical({"receipt": base64.b64encode(b"PK").decode()}))])[0] == b"PK"


REPLIES: dict[str, tuple[str, Callable[[bytes], bytes]]] = {
    "a page of a captive portal": ("dispatch-form", lambda data: b"<html>welcome</html>"),
    "nothing": ("dispatch-form", lambda data: b""),
    "the envelope itself": ("reply-no-receipt", lambda data: data),
    "a receipt of another envelope": ("reply-other", lambda data: receipt_for(envelope("figures"), HUB)),
    "a receipt that is cut": ("dispatch-form", lambda data: receipt_for(data, HUB)[:-1]),
    "a receipt of another version": ("receipt-form", lambda data: receipt_for(data, HUB, schema="shiqu/accepted/9")),
    "a receipt with a key more": ("receipt-form", lambda data: receipt_for(data, HUB, extra=1)),
    "a very large one": ("dispatch-large", lambda data: bytes(MAX_ANSWER + 1)),
}


@pytest.mark.parametrize("name", REPLIES)
def test_what_is_no_receipt_of_this_envelope_counts_for_nothing(name: str) -> None:
    code, reply = REPLIES[name]
    sent = envelope()
    with pytest.raises(KeepError) as caught:
        acknowledged(reply(sent), TRUST, open_envelope(sent).digest)
    assert caught.value.code == code


def test_a_receipt_is_believed_by_the_pin_of_the_hub_only() -> None:
    sent = envelope()
    assert acknowledged(receipt_for(sent, HUB), TRUST).not_trusted is None
    assert acknowledged(receipt_for(sent, HUB), Trust()).not_trusted == "unknown"
    assert acknowledged(receipt_for(sent, HUB), Trust((Pin("unit", HUB.public.pem.decode(), CODE),))).not_trusted == "unknown"
    assert acknowledged(receipt_for(sent, HUB), Trust((Pin("hub", HUB.public.pem.decode(), "330000"),))).not_trusted == "other-unit"


@pytest.mark.parametrize(
    "url", ["https://hub.example", "https://hub.example/", "http://127.0.0.1:8443", "http://[::1]:1", "http://localhost:80/"]
)
def test_the_path_is_added_to_an_address_that_has_none(url: str) -> None:
    assert place_of(url) == url.rstrip("/") + "/api/v1/envelopes"


def test_an_address_with_a_path_stays_as_it_is() -> None:
    assert place_of("https://hub.example/in/box") == "https://hub.example/in/box"


@pytest.mark.parametrize(
    ("url", "code"),
    [
        ("http://hub.example", "dispatch-plain"),
        ("http://192.0.2.1", "dispatch-plain"),
        ("http://localhost.example", "dispatch-plain"),
        ("ftp://hub.example", "dispatch-url"),
        ("file:///etc/passwd", "dispatch-url"),
        ("https://user:secret@hub.example", "dispatch-url"),
        ("https://hub.example/?x=1", "dispatch-url"),
        ("https://hub.example:99999", "dispatch-url"),
        ("https://[::1", "dispatch-url"),
        ("hub.example", "dispatch-url"),
    ],
)  # fmt: skip
def test_an_address_that_is_none_or_is_not_encrypted_is_refused(url: str, code: str) -> None:
    with pytest.raises(UseError) as caught:
        place_of(url)
    assert caught.value.code == code


@pytest.mark.parametrize("token", ["", "a b", "a\r\nX: y", "口令"])
def test_a_token_that_would_break_a_header_is_refused(token: str) -> None:
    with pytest.raises(UseError):
        headers_with(token)


@pytest.mark.parametrize(
    ("told", "wait"), [("7", 7), ("", 0), ("-1", 0), ("1e9", 0), ("Wed, 21 Oct 2026 07:28:00 GMT", 0), ("٧", 0), ("999999", 0)]
)
def test_only_plain_seconds_are_waited_for(told: str, wait: float) -> None:
    assert wait_asked({"Retry-After": told}) == wait
