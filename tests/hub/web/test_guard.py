"""What the web refuses whatever page it is asked for, and what stands on every answer."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import sqlalchemy as sa

from hub.clock import later, now
from hub.people import log, sessions
from hub.people.accounts import by_id
from hub.store.tables import account, session
from hub.web import guard, look, router
from hub.web.ask import Ask, Go, Text
from hub.web.headers import ALWAYS
from hub.web.router import OPEN, Route
from scanner.errors import KeepError
from tests.hub.web.stand import PASSWORD, Stand, standing

ROUTES = router.load()
POSTS = [route for route in ROUTES if route.kind == "post"]


@pytest.fixture
def stand(tmp_path: Path) -> Iterator[Stand]:
    with standing(tmp_path) as one:
        yield one


def filled(path: str) -> str:
    return re.sub(r"\{\w+\}", "1", path)


@pytest.mark.parametrize("token", ["", "x" * 43])
def test_no_form_is_taken_without_its_token(stand: Stand, token: str) -> None:
    for name in ("n", "sec", "sys", "aud", "u1"):
        one = stand.browser(name)
        for route in POSTS:
            answer = one.post(filled(route.path), {"password": PASSWORD, "name": name}, csrf=token)
            assert answer.status_code == 403, route.path
        assert one.get("/account").status_code == 200, "nobody was signed out"


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "http://evil.example"},
        {"origin": "null"},
        {"origin": "http://hub.example.evil.example"},
        {"origin": "http://hub.example", "sec-fetch-site": "cross-site"},
        {"origin": "http://hub.example", "sec-fetch-site": "same-site"},
        {"origin": "", "referer": "http://evil.example/hub.example"},
        {"origin": "", "referer": ""},
    ],
)
def test_no_form_of_another_place_is_taken(stand: Stand, headers: dict[str, str]) -> None:
    one = stand.browser("sec")
    kept = {name: value for name, value in headers.items() if value}
    answer = one.send("POST", "/logout", data={"csrf": one.token()}, headers=kept)
    assert answer.status_code == 403
    assert one.get("/accounts").status_code == 200


def test_the_token_of_another_session_is_worth_nothing(stand: Stand) -> None:
    other = stand.browser("sec").token()
    assert stand.browser("sec").post("/logout", csrf=other).status_code == 403


def test_every_form_of_every_page_holds_the_token(stand: Stand) -> None:
    for name in ("n", "sec", "sys", "aud", "u1"):
        one = stand.browser(name)
        for route in ROUTES:
            if route.kind == "page" and "{" not in route.path and route.act != OPEN:
                page = one.get(route.path).text
                for form in re.findall(r'<form[^>]*method="post".*?</form>', page, re.S):
                    assert 'name="csrf" value="' in form, route.path
                    assert not re.search(r'name="csrf" value=""', form), route.path


def test_a_cookie_changes_nothing_at_the_interface_for_programs(stand: Stand) -> None:
    route = Route("/api/v1/x", "POST", "self", "api", lambda ask: Text("done"))
    with pytest.raises(guard.Refused):
        guard.visit(stand.state, route, _request({"cookie": f"shiqu={stand.browser('n').client.cookies['shiqu']}"}), "2026-01-01T00:00:00Z")


def _request(headers: dict[str, str]) -> object:
    from starlette.requests import Request

    raw = [(name.encode(), value.encode()) for name, value in headers.items()]
    return Request({"type": "http", "method": "POST", "path": "/", "query_string": b"", "headers": raw})


def test_the_headers_stand_on_every_answer(stand: Stand) -> None:
    one = stand.browser("sec")
    urls = [
        "/",
        "/login",
        "/nothing",
        "/api/nothing",
        "/static/hub.css",
        "/static/nothing",
        "/accounts",
        "/log",
        "/accounts/%00",
        "/a%0d%0ab",
    ]
    for url in urls:
        answer = one.get(url)
        for name, value in ALWAYS.items():
            assert answer.headers[name] == value, url
        assert "server" not in answer.headers
        assert answer.headers["cache-control"] == "no-store" or url.startswith("/static/")
    assert one.send("TRACE", "/").status_code == 405


def test_no_page_holds_script_or_style_of_its_own(stand: Stand) -> None:
    for name in ("", "n", "sec", "sys", "aud", "u1"):
        one = stand.browser(name)
        for route in ROUTES:
            if route.kind == "page" and "{" not in route.path:
                text = one.get(route.path).text
                assert not re.search(r"<style|\sstyle=|\son\w+=|javascript:|<script(?![^>]*src=\"/static/)", text, re.I), route.path
                assert not re.search(r'(?:src|href|action)="(?:https?:)?//', text), route.path


@pytest.mark.parametrize(
    "aim",
    [
        "//evil.example",
        "/\\evil.example",
        "\\/evil.example",
        "https://evil.example/",
        "javascript:alert(1)",
        "/\t/evil.example",
        "/a\r\nSet-Cookie: x=1",
        "evil.example",
        "/%0d%0aSet-Cookie:x=1",
        " //evil.example",
        "/" + "a" * 600,
    ],
)
def test_nobody_is_sent_out_of_the_hub(stand: Stand, aim: str) -> None:
    answer = stand.browser().login("p1", next=aim)
    assert answer.status_code == 303
    place = answer.headers["location"]
    assert re.fullmatch(r"/(?![/\\])[\x21-\x7e]*", place), place
    assert "x=1" not in str(answer.headers.get_list("set-cookie"))
    seen = stand.browser("p1").get("/login", params={"next": aim})
    assert re.fullmatch(r"/(?![/\\])[\x21-\x7e]*", seen.headers["location"])


@pytest.mark.parametrize(
    "host", ["evil.example", "hub.example@evil.example", "hub.example/evil", "", "a" * 300, "hub.example:99999999", "[::1", "a b"]
)
def test_a_name_that_is_not_the_hubs_is_refused(tmp_path: Path, host: str) -> None:
    with standing(tmp_path, hosts=frozenset({"hub.example", "127.0.0.1", "[::1]"})) as stand:
        answer = stand.browser().get("/login", headers={"host": host})
        assert answer.status_code == 421
        assert host == "" or host not in answer.text


@pytest.mark.parametrize("host", ["hub.example", "HUB.example:8443", "127.0.0.1:8443", "[::1]:8443"])
def test_the_names_of_the_hub_are_taken(tmp_path: Path, host: str) -> None:
    with standing(tmp_path, hosts=frozenset({"hub.example", "127.0.0.1", "[::1]"})) as stand:
        assert stand.browser().get("/login", headers={"host": host}).status_code == 200


def test_what_is_too_large_is_refused_before_it_is_read(stand: Stand) -> None:
    one = stand.browser("sec")
    headers = {"origin": one.base, "content-type": "application/x-www-form-urlencoded", "content-length": str(2 << 20)}
    assert one.send("POST", "/accounts", content=b"a=1", headers=headers).status_code == 413


def test_what_hides_its_size_is_refused_when_it_shows(stand: Stand) -> None:
    async def endless() -> object:
        while True:
            yield b"a" * 65536

    one = stand.browser("sec")
    headers = {"origin": one.base, "content-type": "application/x-www-form-urlencoded"}
    assert one.send("POST", "/accounts", content=endless(), headers=headers).status_code == 413


@pytest.mark.parametrize(
    ("kind", "data", "status"),
    [
        ("text/plain", b"csrf=x", 415),
        ("application/x-www-form-urlencoded", b"&".join(b"a=1" for _ in range(500)), 400),
        ("application/x-www-form-urlencoded", b"name=a%00b", 400),
        ("application/x-www-form-urlencoded", b"name=%ff%fe", 400),
        ("multipart/form-data", b"", 400),
        ("multipart/form-data; boundary=x", b"--x\r\nContent-Disposition: form-data\r\n\r\nx\r\n--x--\r\n", 400),
    ],
)
def test_forms_that_no_browser_makes_are_refused(stand: Stand, kind: str, data: bytes, status: int) -> None:
    one = stand.browser("sec")
    assert one.send("POST", "/accounts", content=data, headers={"origin": one.base, "content-type": kind}).status_code == status


def test_a_defect_is_told_by_its_number_only(stand: Stand, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    def broken(ask: Ask) -> Go:
        raise ZeroDivisionError("the secret detail")

    one = stand.browser("sec")
    _with(stand, Route("/broken", "GET", "self", "page", broken))
    answer = one.get("/broken")
    assert answer.status_code == 500 and "secret detail" not in answer.text and "ZeroDivision" not in answer.text
    number = re.search(r"编号 ([0-9a-f]{8})", answer.text)
    assert number and number[1] in caplog.text and "secret detail" in caplog.text
    assert answer.headers["content-security-policy"]


@pytest.mark.parametrize(("code", "status"), [("hub-database", 503), ("hub-disk-full", 507)])
def test_a_database_that_is_away_is_no_defect(stand: Stand, code: str, status: int) -> None:
    def broken(ask: Ask) -> Go:
        raise KeepError(code, detail="x")

    one = stand.browser("sec")
    _with(stand, Route("/broken", "GET", "self", "page", broken))
    answer = one.get("/broken")
    assert answer.status_code == status and ("retry-after" in answer.headers) == (status == 503)


def test_on_a_full_disk_people_and_programs_go_on_reading(stand: Stand, monkeypatch: pytest.MonkeyPatch) -> None:
    one, value = stand.browser("p1"), token_of(stand, "p1", ["see-figures"])
    with stand.database.writing() as connection:
        connection.execute(session.update().values(seen=later(now(), -120)))

    @contextmanager
    def full() -> Iterator[None]:
        raise KeepError("hub-disk-full", detail="x")
        yield

    monkeypatch.setattr(stand.database, "writing", full)
    assert one.get("/account").status_code == 200
    assert one.get("/api/v1/dashboard", headers={"authorization": f"Bearer {value}"}).status_code == 200


def _with(stand: Stand, route: Route) -> None:
    import asyncio

    from starlette.routing import Route as Way

    from hub.web.app import _endpoint

    stand.app.app.router.routes.append(Way(route.path, _endpoint(stand.state, route, asyncio.Semaphore(4)), methods=["GET"]))  # type: ignore[attr-defined]


def token_of(stand: Stand, name: str, scopes: list[str], until: str = "2099-01-01") -> str:
    with stand.database.writing() as connection:
        number = connection.execute(sa.select(account.c.id).where(account.c.name == name)).scalar_one()
        found = by_id(connection, number)
        assert found is not None
        return sessions.new_token(connection, found, "x", scopes, until, "2098-12-01T00:00:00Z")


def test_a_token_opens_what_it_names_and_no_page(stand: Stand) -> None:
    value = token_of(stand, "p1", ["see-figures"])
    one = stand.browser()
    assert one.get("/api/v1/openapi.json", headers={"authorization": f"Bearer {value}"}).status_code == 403
    assert one.get("/account", headers={"authorization": f"Bearer {value}"}).status_code == 303
    assert one.get("/api/v1/openapi.json", headers={"authorization": f"Bearer {value[:-1]}"}).status_code == 401
    assert one.get("/api/v1/openapi.json", headers={"authorization": "Basic eDp4"}).status_code == 401


def test_a_token_does_nothing_that_only_people_do(stand: Stand) -> None:
    one = stand.browser("sec")
    answer = one.post("/account/tokens", {"label": "x", "until": "2027-01-01", "scope": "accounts"})
    assert answer.status_code == 400 and "shq_" not in answer.text
    mine = stand.browser("p1")
    made = mine.post("/account/tokens", {"label": "上报", "until": later(now(), 30 * 86400)[:10], "scope": "upload"})
    value = re.search(r"shq_[A-Za-z0-9_-]{43}", made.text)
    assert value and value[0] not in mine.get("/account").text, "it is shown once"


def test_the_interface_is_described_for_the_rights_of_who_asks(stand: Stand) -> None:
    document = stand.browser("p1").get("/api/v1/openapi.json").json()
    assert document["openapi"] == "3.1.0" and "/api/v1/openapi.json" in document["paths"]
    declared = {route.path for route in ROUTES if route.kind == "api"}
    assert set(document["paths"]) <= declared


def test_what_was_refused_stands_in_the_log(stand: Stand) -> None:
    assert stand.browser("u1").get("/accounts").status_code == 403
    with stand.database.reading() as connection:
        row = connection.execute(sa.select(log.log).order_by(log.log.c.n.desc())).first()
    assert row is not None and (row.actor, row.action) == ("u1", "refused")


def test_the_language_is_chinese_unless_somebody_says_otherwise(stand: Stand) -> None:
    one = stand.browser()
    assert '<html lang="zh-CN">' in one.get("/login").text
    assert '<html lang="en">' in one.get("/login", headers={"accept-language": "en-GB,en;q=0.9"}).text
    assert '<html lang="en">' in one.get("/login?lang=en").text
    assert '<html lang="en">' in one.get("/login").text, "it is remembered"
    assert '<html lang="zh-CN">' in one.get("/login?lang=zh").text


@pytest.mark.parametrize("lang", look.LANGUAGES)
def test_no_page_shows_a_key_that_nobody_wrote(stand: Stand, lang: str) -> None:
    for name in ("", "n", "sec", "sys", "aud", "u1"):
        one = stand.browser(name)
        for route in ROUTES:
            if route.kind == "page" and "{" not in route.path:
                text = re.sub(r"<[^>]*>|log\.csv", " ", one.get(route.path, params={"lang": lang}).text)
                assert not re.search(
                    r"\b(?:web|menu|login|account|accounts|registry|log|upload|password|second|role|act|done)\.[a-z-]+\b", text
                ), route.path
