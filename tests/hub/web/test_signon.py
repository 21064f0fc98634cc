"""Coming in by a central sign-on: a provider on this machine, honest or not."""

from __future__ import annotations

import json
import re
import ssl
import threading
import time
from base64 import b64decode, urlsafe_b64encode
from collections.abc import Iterator
from dataclasses import dataclass, field
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import sqlalchemy as sa
from joserfc import jwt
from joserfc.jwk import ECKey

from hub.people import signon
from hub.store.tables import account, session
from scanner.errors import UseError
from tests.hub.people.tls import certificate
from tests.hub.web.stand import Browser, Stand, standing

CLIENT, SECRET, SUBJECT = "shiqu", "a client's secret", "zhang@idp"


@dataclass
class Provider:
    """What it says may be changed by a test."""

    url: str = ""
    key: ECKey = field(default_factory=lambda: ECKey.generate_key("P-256", {"kid": "1"}))
    shown: ECKey | None = None
    """The key that it publishes, when that is another."""
    claims: dict[str, Any] = field(default_factory=dict)
    header: dict[str, Any] = field(default_factory=lambda: {"alg": "ES256", "kid": "1"})
    issuer: str = ""
    asked: dict[str, list[str]] = field(default_factory=dict)
    """Of the authorisation."""
    used: set[str] = field(default_factory=set)

    def answer(self, path: str, fields: dict[str, list[str]], authorization: str) -> dict[str, Any] | None:
        if path == "/.well-known/openid-configuration":
            return {
                "issuer": self.issuer or self.url,
                "authorization_endpoint": f"{self.url}/authorize",
                "token_endpoint": f"{self.url}/token",
                "jwks_uri": f"{self.url}/keys",
            }
        if path == "/keys":
            return {"keys": [(self.shown or self.key).as_dict(private=False)]}
        return self._token(fields, authorization) if path == "/token" else None

    def _token(self, fields: dict[str, list[str]], authorization: str) -> dict[str, Any] | None:
        code, challenge = fields["code"][0], urlsafe_b64encode(sha256(fields["code_verifier"][0].encode()).digest()).rstrip(b"=").decode()
        good = b64decode(authorization.removeprefix("Basic ")).decode() == f"{CLIENT}:{SECRET}"
        if code != "the-code" or code in self.used or challenge != self.asked["code_challenge"][0] or not good:
            return None
        self.used.add(code)
        now = int(time.time())
        claims = {
            "iss": self.url,
            "aud": CLIENT,
            "sub": SUBJECT,
            "exp": now + 60,
            "iat": now,
            "nonce": self.asked["nonce"][0],
            **self.claims,
        }
        return {"access_token": "x", "id_token": jwt.encode(self.header, {k: v for k, v in claims.items() if v is not None}, self.key)}


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[list[Provider], str, Path]]:
    folder = tmp_path_factory.mktemp("provider")
    pem, key = certificate(folder, "provider")
    held: list[Provider] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._say({})

        def do_POST(self) -> None:
            self._say(parse_qs(self.rfile.read(int(self.headers["content-length"])).decode()))

        def _say(self, fields: dict[str, list[str]]) -> None:
            found = held[-1].answer(self.path, fields, self.headers.get("authorization", ""))
            data = json.dumps(found or {"error": "invalid_grant"}).encode()
            self.send_response(200 if found is not None else 400)
            self.send_header("content-length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, format: str, *args: Any) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem, key)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    yield held, f"https://127.0.0.1:{server.server_address[1]}", pem
    server.shutdown()
    server.server_close()
    thread.join(5)


@pytest.fixture
def provider(served: tuple[list[Provider], str, Path]) -> Provider:
    held, url, _ = served
    held.append(Provider(url))
    return held[-1]


@pytest.fixture
def stand(tmp_path: Path, served: tuple[list[Provider], str, Path]) -> Iterator[Stand]:
    _, url, pem = served
    one = signon.SignOn(url, CLIENT, SECRET, "http://hub.example/oidc/back", str(pem))
    with standing(tmp_path, signon=one, ways=(("/oidc", "login.oidc"),)) as made:
        with made.database.writing() as connection:
            values = {"name": "zhang", "full_name": "张三", "role": "county", "origin": "oidc", "subject": SUBJECT}
            connection.execute(account.insert().values(**values, unit_id=made.units["K1"].id))
        yield made


def gone(browser: Browser, provider: Provider, aim: str = "/account") -> dict[str, list[str]]:
    """Off to the provider; what it was asked."""
    answer = browser.get("/oidc", params={"next": aim})
    assert answer.status_code == 303 and answer.headers["location"].startswith(provider.url + "/authorize?")
    provider.asked = parse_qs(urlsplit(answer.headers["location"]).query)
    return provider.asked


def come_back(browser: Browser, state: str, code: str = "the-code") -> Any:
    return browser.get("/oidc/back", params={"state": state, "code": code})


def test_who_is_vouched_for_and_has_an_account_comes_in(stand: Stand, provider: Provider) -> None:
    one = stand.browser()
    assert 'href="/oidc"' in one.get("/login").text
    answer = come_back(one, gone(one, provider)["state"][0])
    assert answer.status_code == 200 and 'content="0; url=/account"' in answer.text
    assert "张三" in one.get("/account").text


def test_the_cookie_of_who_is_away_comes_back_from_another_site_and_says_nothing(stand: Stand, provider: Provider) -> None:
    one = stand.browser()
    answer = one.get("/oidc")
    cookie = next(value for value in answer.headers.get_list("set-cookie") if value.startswith("shiqu-away="))
    provider.asked = parse_qs(urlsplit(answer.headers["location"]).query)
    assert "SameSite=lax" in cookie and provider.asked["nonce"][0] not in cookie and provider.asked["state"][0] not in cookie


def test_who_has_no_account_gets_none(stand: Stand, provider: Provider) -> None:
    provider.claims["sub"] = "somebody@idp"
    refused(stand, provider)
    with stand.database.reading() as connection:
        assert "somebody" not in str(connection.execute(sa.select(account)).fetchall())


def test_a_disabled_account_stays_out(stand: Stand, provider: Provider) -> None:
    with stand.database.writing() as connection:
        connection.execute(account.update().where(account.c.name == "zhang").values(disabled="2026-01-01T00:00:00Z"))
    refused(stand, provider)


def refused(stand: Stand, provider: Provider) -> None:
    one = stand.browser()
    assert come_back(one, gone(one, provider)["state"][0]).status_code == 400
    assert one.get("/account").status_code == 303
    with stand.database.reading() as connection:
        assert connection.execute(sa.select(session)).first() is None


@pytest.mark.parametrize(
    "claims",
    [
        {"iss": "https://evil.example"},
        {"iss": None},
        {"aud": "another"},
        {"aud": [CLIENT, "another"]},
        {"aud": [CLIENT, "another"], "azp": "another"},
        {"aud": None},
        {"exp": 1},
        {"exp": None},
        {"nonce": "another"},
        {"nonce": None},
        {"sub": ""},
        {"sub": None},
        {"sub": ["zhang@idp"]},
    ],
    ids=str,
)
def test_a_token_that_is_not_for_this_is_refused(stand: Stand, provider: Provider, claims: dict[str, Any]) -> None:
    provider.claims = claims
    refused(stand, provider)


def test_a_token_that_another_key_signed_is_refused(stand: Stand, provider: Provider) -> None:
    provider.shown = ECKey.generate_key("P-256", {"kid": "1"})
    refused(stand, provider)


def test_a_token_that_nobody_signed_is_refused(stand: Stand, provider: Provider, monkeypatch: pytest.MonkeyPatch) -> None:
    def unsigned(header: Any, claims: Any, key: Any) -> str:
        parts = [json.dumps({"alg": "none"}), json.dumps(claims), ""]
        return ".".join(urlsafe_b64encode(part.encode()).rstrip(b"=").decode() for part in parts)

    monkeypatch.setattr(jwt, "encode", unsigned)
    refused(stand, provider)


def test_a_provider_that_is_not_the_one_is_refused(stand: Stand, provider: Provider) -> None:
    provider.issuer = "https://evil.example"
    assert stand.browser().get("/oidc").status_code == 400


@pytest.mark.parametrize("state", ["", "another", "A" * 43])
def test_who_comes_back_with_another_state_is_refused(stand: Stand, provider: Provider, state: str) -> None:
    one = stand.browser()
    gone(one, provider)
    assert come_back(one, state).status_code == 400


def test_who_was_never_sent_is_refused(stand: Stand, provider: Provider) -> None:
    """Nobody is brought in as somebody else by a link."""
    state = gone(stand.browser(), provider)["state"][0]
    other = stand.browser()
    assert come_back(other, state).status_code == 400
    assert other.get("/account").status_code == 303


def test_a_code_counts_once(stand: Stand, provider: Provider) -> None:
    one = stand.browser()
    state = gone(one, provider)["state"][0]
    kept = one.client.cookies["shiqu-away"]
    assert come_back(one, state).status_code == 200
    other = stand.browser()
    other.client.cookies.set("shiqu-away", kept, domain="hub.example")
    assert come_back(other, state).status_code == 400


def test_nobody_is_sent_elsewhere_afterwards(stand: Stand, provider: Provider) -> None:
    one = stand.browser()
    answer = come_back(one, gone(one, provider, "//evil.example")["state"][0])
    assert re.search(r'content="0; url=/"', answer.text) and "evil" not in answer.text


def test_without_a_sign_on_there_is_none(tmp_path: Path) -> None:
    with standing(tmp_path) as stand:
        assert stand.browser().get("/oidc").status_code == 404
        assert stand.browser().get("/oidc/back?code=x&state=x").status_code == 404


def test_its_settings_stand_in_the_hubs_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert signon.read(tmp_path) is None
    monkeypatch.setenv("SIGNON", SECRET)
    text = "issuer: https://idp.example\nclient: shiqu\nsecret: env:SIGNON\nback: https://hub.example/oidc/back\n"
    (tmp_path / signon.FILE).write_text(text)
    found = signon.read(tmp_path)
    assert found is not None and found.secret == SECRET and SECRET not in repr(found)
    for broken in (text.replace("https://idp", "http://idp"), text.replace("/oidc/back", "/x"), text + "verify: no\n", "", "[", text[:40]):
        (tmp_path / signon.FILE).write_text(broken)
        with pytest.raises(UseError):
            signon.read(tmp_path)
