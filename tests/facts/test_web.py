"""Hellos, heads and web facts: any bytes give an answer or a reason, never an exception and never a default."""

from __future__ import annotations

from hypothesis import example, given, settings
from hypothesis import strategies as st

from scanner.collect import hello, pages
from scanner.facts.fact import read, spec_of
from scanner.facts.web import Certificate, PlainHttp, Response, TlsVersions, WeakSuites
from scanner.facts.web.suites import NAMES, reason
from scanner.model.absent import Absent
from scanner.model.canonical import canonical
from scanner.model.evidence import Answer


@settings(deadline=None, max_examples=300)
@given(st.binary(max_size=200), st.sampled_from([b"", b"\x16\x03\x03", b"\x15\x03\x01", b"\x16\x03\x03\x00\x60\x02\x00\x00\x5c\x03\x03"]))
def test_any_first_record(data: bytes, head: bytes) -> None:
    said = hello.read_answer(head + data)
    assert said is None or said.state in ("accepted", "alert", "garbled")


@settings(deadline=None, max_examples=300)
@given(st.binary(max_size=300))
@example(b"HTTP/1.1 200 OK\r\n\r\n")
def test_any_head(data: bytes) -> None:
    for raw in (data, b"HTTP/1.1 200 OK\r\n" + data + b"\r\n\r\n"):
        found = pages.read_head(raw)
        assert isinstance(found, pages.Head | Absent)
        if isinstance(found, pages.Head):
            pages.summary([found])
            pages.origin_of(found, "http", "h", 80)


@settings(deadline=None, max_examples=100)
@given(st.binary(max_size=80) | st.sampled_from([b"{}", b"[]", b"null", b'{"tls":true}', b'{"tls":true,"versions":[]}']))
def test_any_answer(data: bytes) -> None:
    for kind in (TlsVersions, WeakSuites, Certificate, Response, PlainHttp):
        assert isinstance(read(spec_of(kind), Answer(data)), Absent)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-3, 10**6) | st.text(max_size=4),
    lambda s: st.lists(s, max_size=3) | st.dictionaries(st.sampled_from(["version", "state", "name", "ok", "code"]), s, max_size=4),
    max_leaves=6,
)
FIELDS = (
    "tls", "as_of", "host", "port", "scheme", "versions", "control", "control_again", "taken", "end", "end_alert", "control_alert",
    "certificate", "trust", "headers", "cookies", "status", "malformed", "location", "plain_port", "state",
)  # fmt: skip


@settings(deadline=None, max_examples=200)
@given(st.fixed_dictionaries(dict.fromkeys(FIELDS, JSON)))
def test_any_shape(data: dict[str, object]) -> None:
    for kind in (TlsVersions, WeakSuites, Certificate, Response, PlainHttp):
        assert isinstance(read(spec_of(kind), Answer(canonical(data))), kind | Absent)


def test_every_weak_suite_has_a_reason_and_is_offered() -> None:
    assert all(reason(number) for number in NAMES)
    assert set(NAMES) <= set(hello.ALL_SUITES)
    assert len(set(hello.ALL_SUITES)) == len(hello.ALL_SUITES)


def test_a_path_cannot_break_the_request() -> None:
    assert "\r" not in pages.quoted("/a b\r\nX: y") and "\n" not in pages.quoted("/\n")
