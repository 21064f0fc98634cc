"""Who gets to the desk: whoever has the link, once, from this machine, by its own pages."""

from __future__ import annotations

import re

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


@pytest.mark.parametrize("url", ["/", "/scan", "/enter", "/static/hub.css", "/healthz", "//", "/%2e%2e/scan"])
def test_outside_of_its_secret_path_there_is_nothing_even_with_the_cookie(seat: Seat, url: str) -> None:
    """Whoever got hold of the cookie alone, as a server on another port could from cookies of the whole host, has nothing."""
    stolen = {"cookie": f"{seat.desk.cookie}={seat.desk.session}", "origin": ORIGIN}
    for method in ("GET", "POST"):
        answer = seat.client.bare(method, url, headers=stolen)
        assert answer.status_code in (401, 405) and seat.desk.base not in answer.text, url
        assert "<" not in answer.text


def test_the_path_alone_opens_nothing(seat: Seat) -> None:
    stranger = Browser(seat.desk)
    answer = stranger.get("/")
    assert answer.status_code == 401 and seat.desk.csrf not in answer.text


def test_the_cookie_goes_nowhere_but_below_the_secret_path(desk: Desk) -> None:
    answer = Browser(desk).get("/enter", params={"token": desk.token})
    said = {part.strip().casefold() for part in answer.headers["set-cookie"].split(";")}
    assert {f"path={desk.base}".casefold(), "httponly", "samesite=strict"} <= said
    assert len(desk.base) > 40 and Desk(desk.place, PORT).base != desk.base


def test_every_address_on_a_page_leads_below_the_secret_path(seat: Seat) -> None:
    for url in ("/", "/assets", "/scan", "/findings", "/findings/0", "/hazards", "/attest", "/export", "/dispatch", "/nothing"):
        text = seat.client.get(url).text
        led = re.findall(r'\s(?:href|action|src|data-watch)="(/[^"]*)"', text)
        assert led and all(one.startswith(seat.desk.base + "/") for one in led), url


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
def test_a_page_that_another_page_fetches_is_refused(seat: Seat, site: str) -> None:
    assert seat.client.get("/findings", headers={"sec-fetch-site": site}).status_code == 403


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
