"""Who gets to the desk: whoever has the link, once, from this machine, by its own pages."""

from __future__ import annotations

import pytest

from hub.desk import router
from hub.desk.app import Desk
from hub.desk.place import Place
from tests.hub.desk.browser import Browser
from tests.hub.desk.conftest import PORT, Seat

ORIGIN = f"http://127.0.0.1:{PORT}"


@pytest.fixture
def desk(tmp_path: object) -> Desk:
    return Desk(Place(tmp_path), PORT)  # type: ignore[arg-type]


def test_the_link_serves_once(desk: Desk) -> None:
    token = desk.token
    first, second = Browser(desk), Browser(desk)
    assert first.get("/enter", params={"token": token}).status_code == 303
    assert second.get("/enter", params={"token": token}).status_code == 403
    assert second.get("/").status_code == 401 and first.get("/").status_code == 200


@pytest.mark.parametrize("token", ["", "x", "é"])
def test_no_other_word_opens_it(desk: Desk, token: str) -> None:
    client = Browser(desk)
    assert client.get("/enter", params={"token": token}).status_code == 403
    assert desk.token and not desk.session


@pytest.mark.parametrize("route", router.load(), ids=lambda route: f"{route.method} {route.path}")
def test_nothing_is_shown_to_whoever_has_not_entered(desk: Desk, route: router.Route) -> None:
    client = Browser(desk)
    url = (
        route.path.replace("{number:int}", "1")
        .replace("{id}", "H-1")
        .replace("{step}", "accept")
        .replace("{kind}", "csv")
        .replace("{name}", "x")
    )
    answer = client.request(route.method, url, headers={"origin": ORIGIN})
    assert answer.status_code == 401 and "csrf" not in answer.text


@pytest.mark.parametrize("host", ["evil.example", f"evil.example:{PORT}", "127.0.0.1", "127.0.0.1:1", ""])
def test_a_name_that_was_rebound_to_this_machine_gets_nothing(seat: Seat, host: str) -> None:
    assert seat.client.get("/", headers={"host": host}).status_code == 421


@pytest.mark.parametrize(
    "headers", [{}, {"origin": "http://evil.example"}, {"origin": "null"}, {"origin": ORIGIN, "sec-fetch-site": "cross-site"}]
)
def test_a_form_of_another_page_is_refused(seat: Seat, headers: dict[str, str]) -> None:
    answer = seat.client.post("/scan/stop", data={"csrf": seat.desk.csrf}, headers=headers)
    assert answer.status_code == 403


def test_a_form_without_the_token_of_the_page_is_refused(seat: Seat) -> None:
    answer = seat.client.post("/scan/stop", data={"csrf": "x"}, headers={"origin": ORIGIN})
    assert answer.status_code == 403


def test_every_answer_forbids_what_is_not_ours(seat: Seat) -> None:
    for url in ("/", "/nothing", "/static/hub.css", "/scan/state"):
        headers = seat.client.get(url).headers
        assert "default-src 'none'" in headers["content-security-policy"] and headers["x-content-type-options"] == "nosniff"


def test_a_defect_says_a_number_and_nothing_else(seat: Seat, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_place: Place) -> None:
        raise RuntimeError("绝密")

    monkeypatch.setattr(Place, "latest", fail)
    answer = seat.client.get("/")
    assert answer.status_code == 500 and "绝密" not in answer.text and "RuntimeError" not in answer.text
