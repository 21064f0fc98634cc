"""Hellos, heads and web facts: any bytes give an answer or a reason, never an exception and never a default."""

from __future__ import annotations

from hypothesis import example, given, settings
from hypothesis import strategies as st

from scanner.collect import hello, pages
from scanner.facts.fact import read, spec_of
from scanner.facts.web import Certificate, PlainHttp, Response, TlsVersions, WeakSuites
from scanner.facts.web.suites import NAMES, reason
from scanner.model.absent import Absent
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


def test_every_weak_suite_has_a_reason_and_is_offered() -> None:
    assert all(reason(number) for number in NAMES)
    assert set(NAMES) <= set(hello.ALL_SUITES)
    assert len(set(hello.ALL_SUITES)) == len(hello.ALL_SUITES)


def test_a_path_cannot_break_the_request() -> None:
    assert "\r" not in pages.quoted("/a b\r\nX: y") and "\n" not in pages.quoted("/\n")
