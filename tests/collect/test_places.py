"""A name is resolved once; who dials looks it up."""

from __future__ import annotations

import socket

import pytest

from scanner.collect import http, sqlplace
from scanner.collect.places import pinned, spelt
from scanner.errors import ReachError
from scanner.model.absent import Absent
from scanner.model.target import Target


def test_without_a_scope_a_name_stays_a_name() -> None:
    assert pinned(None, "web.example") == "web.example"


def test_an_address_needs_no_pin_but_may_have_one() -> None:
    assert pinned({}, "192.0.2.1") == "192.0.2.1"
    assert pinned({}, "fe80::1%eth0") == "fe80::1%eth0"
    assert pinned({"192.0.2.1": "192.0.2.2"}, "192.0.2.1") == "192.0.2.2"


@pytest.mark.parametrize("pins", [{}, {"web.example": "web.example"}, {"web.example": ""}])
def test_a_name_without_an_address_is_not_dialled(pins: dict[str, str]) -> None:
    with pytest.raises(ReachError):
        pinned(pins, "web.example")


@pytest.mark.parametrize("host", ["Web.Example.", "web.example"])
def test_one_spelling(host: str) -> None:
    assert spelt(host) == "web.example"


def test_web_and_databases_go_where_the_pin_says(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    real = socket.getaddrinfo

    def numeric(host: str, port: int, **more: int) -> object:
        asked.append(host)
        return real(host, port, flags=socket.AI_NUMERICHOST, **more)

    monkeypatch.setattr(socket, "getaddrinfo", numeric)
    pins = {"web.example": "192.0.2.9"}
    place = http.find(Target(id="w", kind="web", url="https://Web.Example./"), pins)
    assert not isinstance(place, Absent) and place.address == "192.0.2.9" and place.sni is not None
    base = sqlplace.place_of("postgresql://web.example/archive", pins)
    assert not isinstance(base, Absent) and (base.address, base.host) == ("192.0.2.9", "web.example")
    assert asked == ["192.0.2.9", "192.0.2.9"]
    assert isinstance(http.find(Target(id="w", kind="web", url="https://other.example/"), pins), Absent)
    assert isinstance(sqlplace.place_of("postgresql://other.example/archive", pins), Absent)
