"""Coming in: what is told, what is not, and what a session is."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pyotp
import pytest
import sqlalchemy as sa

from hub.clock import later, now
from hub.people import second, throttle
from hub.store.database import Database, sqlite_url
from hub.store.tables import account, attempt, log, session
from tests.hub.web.stand import PASSWORD, Stand, standing


@pytest.fixture
def stand(tmp_path: Path) -> Iterator[Stand]:
    with standing(tmp_path) as one:
        yield one


def values(stand: Stand, name: str) -> dict[str, object]:
    with stand.database.reading() as connection:
        return dict(connection.execute(sa.select(account).where(account.c.name == name)).one()._mapping)


def set_values(stand: Stand, name: str, **more: object) -> None:
    with stand.database.writing() as connection:
        connection.execute(account.update().where(account.c.name == name).values(**more))


def test_whoever_has_not_come_in_is_shown_the_way(stand: Stand) -> None:
    answer = stand.browser().get("/accounts?x=1")
    assert (answer.status_code, answer.headers["location"]) == (303, "/login?next=%2Faccounts%3Fx%3D1")


def test_name_and_password_open_the_door(stand: Stand) -> None:
    one = stand.browser("sec")
    page = one.get("/accounts")
    assert page.status_code == 200 and "sec 某" in page.text


@pytest.mark.parametrize(("name", "password"), [("sec", "Wrong-Word-2026"), ("nobody", PASSWORD), ("", ""), ("sec", "x" * 5000)])
def test_wrong_and_unknown_are_told_in_one_sentence(stand: Stand, name: str, password: str) -> None:
    answer = stand.browser().login(name, password)
    assert answer.status_code == 401
    said = re.search(r'role="alert">([^<]*)<', answer.text)
    assert said and said[1] == "账户名或口令不对，或者账户暂时锁定；连续输错五次会锁定一段时间"


def test_five_wrong_passwords_lock_even_the_right_one_out(stand: Stand) -> None:
    one = stand.browser()
    for _ in range(5):
        assert one.login("sec", "Wrong-Word-2026").status_code == 401
    locked = one.login("sec")
    assert locked.status_code == 401 and "暂时锁定" in locked.text
    set_values(stand, "sec", locked_until=later(now(), -1))
    assert one.login("sec").status_code == 303
    assert values(stand, "sec")["failed"] == 0


def test_a_lock_of_a_clock_that_ran_ahead_ends_when_it_is_put_right(stand: Stand) -> None:
    set_values(stand, "sec", failed=5, locked_until=later(now(), 86400))
    one = stand.browser()
    assert one.login("sec", "Wrong-Word-2026").status_code == 401
    locked = one.login("sec")
    assert locked.status_code == 401 and "暂时锁定" in locked.text, "every further failure locks as before"
    set_values(stand, "sec", locked_until=later(now(), 86400))
    assert one.login("sec").status_code == 303


def test_every_further_failure_locks_longer(stand: Stand) -> None:
    one, spans = stand.browser(), []
    for number in range(9):
        at = now()
        one.login("sec", "Wrong-Word-2026")
        if number >= 4:
            until = str(values(stand, "sec")["locked_until"])
            spans.append(next(minutes for minutes in (15, 30, 60, 120, 240, 480) if until <= later(at, minutes * 60 + 5)))
            set_values(stand, "sec", locked_until="")
    assert spans == [15, 30, 60, 120, 240]


def test_an_unknown_name_costs_the_work_of_a_known_one(stand: Stand, monkeypatch: pytest.MonkeyPatch) -> None:
    from hub.people import passwords

    worked: list[str] = []
    real = passwords._HASHER

    class Counting:
        def verify(self, held: str, password: str) -> bool:
            worked.append(held[:20])
            return real.verify(held, password)

        def hash(self, password: str) -> str:
            return real.hash(password)

    monkeypatch.setattr(passwords, "_HASHER", Counting())
    stand.browser().login("nobody", "Wrong-Word-2026")
    stand.browser().login("sec", "Wrong-Word-2026")
    assert len(worked) == 2 and worked[0] == worked[1]


def test_what_was_typed_for_an_unknown_name_is_not_in_the_log(stand: Stand) -> None:
    stand.browser().login("My-Secret-Word-1", "x")
    with stand.database.reading() as connection:
        assert "My-Secret" not in str(connection.execute(sa.select(log)).fetchall())


def test_many_failures_of_one_address_have_to_wait(stand: Stand, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(throttle, "MOST", 3)
    one = stand.browser()
    for number in range(throttle.MOST):
        assert one.login("sec").status_code == 303, number
        with stand.database.writing() as connection:
            throttle.failed(connection, "192.0.2.1", now())
    assert one.login("sec").status_code == 429
    with stand.database.writing() as connection:
        connection.execute(attempt.update().values(at=later(now(), -throttle.SECONDS)))
    assert one.login("sec").status_code == 303


def test_a_restart_forgets_no_failure(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(throttle, "MOST", 3)
    with standing(tmp_path) as one:
        for _ in range(throttle.MOST):
            one.browser().login("nobody", "Wrong-Word-2026")
    database = Database(sqlite_url(tmp_path / "hub.db"))
    with database.reading() as connection:
        assert throttle.full(connection, "192.0.2.1", now())
        assert not throttle.full(connection, "192.0.2.2", now())
    database.close()


def test_one_machine_with_many_addresses_is_one_address() -> None:
    assert throttle.place("2001:db8::1") == throttle.place("2001:db8::ffff:2%eth0") != throttle.place("2001:db8:0:1::1")
    assert throttle.place("::ffff:192.0.2.1") == throttle.place("192.0.2.1") != throttle.place("192.0.2.2")


def test_a_clock_that_went_back_shuts_nobody_out(stand: Stand) -> None:
    with stand.database.writing() as connection:
        for _ in range(throttle.MOST):
            throttle.failed(connection, "192.0.2.1", later(now(), 3600))
    assert stand.browser().login("sec").status_code == 303


def test_the_session_is_another_one_after_coming_in(stand: Stand) -> None:
    one = stand.browser()
    one.client.cookies.set("shiqu", "A" * 43, domain="hub.example")
    one.login("sec")
    assert one.client.cookies.get("shiqu") != "A" * 43
    first = one.client.cookies.get("shiqu")
    one.login("sec")
    assert one.client.cookies.get("shiqu") != first
    assert one.get("/login").status_code == 303, "who is in has no need of the form"


def test_a_session_planted_before_is_worth_nothing_after(stand: Stand) -> None:
    thief = stand.browser("u1")
    planted = thief.client.cookies.get("shiqu")
    victim = stand.browser()
    victim.client.cookies.set("shiqu", planted, domain="hub.example")
    token = thief.token()
    victim.post("/login", {"name": "sec", "password": PASSWORD}, csrf=token)
    assert victim.client.cookies.get("shiqu") != planted
    assert thief.get("/account").status_code == 303


def test_of_a_cookie_only_the_hash_is_kept(stand: Stand) -> None:
    cookie = stand.browser("sec").client.cookies.get("shiqu")
    with stand.database.reading() as connection:
        assert cookie not in str(connection.execute(sa.select(session)).fetchall())


@pytest.mark.parametrize(
    ("column", "seconds"), [("seen", -15 * 60 - 2), ("opened", -8 * 3600 - 2), ("seen", 3600), ("seen", 86400), ("opened", 86400)]
)
def test_a_session_ends_by_itself(stand: Stand, column: str, seconds: int) -> None:
    one = stand.browser("sec")
    with stand.database.writing() as connection:
        connection.execute(session.update().values({column: later(now(), seconds)}))
    assert one.get("/accounts").status_code == 303


def test_going_out_ends_it_at_the_hub_too(stand: Stand) -> None:
    one = stand.browser("sec")
    cookie = one.client.cookies.get("shiqu")
    assert one.post("/logout").status_code == 303
    one.client.cookies.set("shiqu", cookie, domain="hub.example")
    assert one.get("/accounts").status_code == 303


def test_behind_tls_the_cookie_is_bound_to_the_host(tmp_path: Path) -> None:
    with standing(tmp_path, secure=True) as stand:
        answer = stand.browser().login("sec")
        cookie = next(value for value in answer.headers.get_list("set-cookie") if "shiqu" in value and "pre" not in value)
        assert cookie.startswith("__Host-shiqu=")
        assert {"HttpOnly", "Secure", "SameSite=strict", "Path=/"} <= {part.strip() for part in cookie.split(";")}
        assert "includeSubDomains" in answer.headers["strict-transport-security"]


def test_behind_tls_every_cookie_is_bound_to_the_host(tmp_path: Path) -> None:
    with standing(tmp_path, secure=True) as stand:
        one = stand.browser()
        said = [*one.get("/login?lang=en").headers.get_list("set-cookie"), *one.login("sec").headers.get_list("set-cookie")]
        assert {value.partition("=")[0] for value in said} == {"__Host-shiqu", "__Host-shiqu-pre", "__Host-shiqu-lang"}
        assert one.get("/account").text.count('lang="en"'), "and is read again under that name"


def test_a_first_password_must_be_changed_before_anything_else(stand: Stand) -> None:
    set_values(stand, "sec", must_change="0001-01-01")
    one = stand.browser("sec")
    assert one.get("/accounts").headers["location"] == "/account/password"
    answer = one.post("/account/password", {"present": PASSWORD, "fresh": "Canal-Wall-2027", "again": "Canal-Wall-2027"})
    assert answer.status_code == 303
    assert one.get("/accounts").status_code == 200
    assert stand.browser().login("sec").status_code == 401
    assert stand.browser().login("sec", "Canal-Wall-2027").status_code == 303


@pytest.mark.parametrize(
    "fresh",
    ["Short-2026", "alllowercaseword", "Password-20261", "Qwertyuiop-2026", PASSWORD, "aaaaAAAA1111", "Xx-p2026-word!p2" + "x" * 200],
)
def test_weak_passwords_are_refused_with_a_reason(stand: Stand, fresh: str) -> None:
    one = stand.browser("p2")
    answer = one.post("/account/password", {"present": PASSWORD, "fresh": fresh, "again": fresh})
    assert answer.status_code == 400 and 'role="alert"' in answer.text
    assert stand.browser().login("p2").status_code == 303


def test_changing_the_password_ends_the_other_sessions(stand: Stand) -> None:
    one, other = stand.browser("sec"), stand.browser("sec")
    one.post("/account/password", {"present": PASSWORD, "fresh": "Canal-Wall-2027", "again": "Canal-Wall-2027"})
    assert other.get("/accounts").status_code == 303
    assert one.get("/accounts").status_code == 200


def enrol(stand: Stand, name: str) -> str:
    with stand.database.reading() as connection:
        number = connection.execute(sa.select(account.c.id).where(account.c.name == name)).scalar_one()
    secret = second.new_secret()
    set_values(stand, name, totp=second.sealed(stand.own.sign, number, secret))
    return secret


def test_without_the_second_factor_nothing_opens(stand: Stand) -> None:
    enrol(stand, "sec")
    one = stand.browser()
    assert one.login("sec").headers["location"].startswith("/login/code")
    for url in ("/accounts", "/", "/account"):
        assert one.get(url).headers["location"] == "/login/code"
    assert one.get("/account/password").status_code == 403
    assert one.get("/account/second").status_code == 403


def test_a_code_counts_once(stand: Stand) -> None:
    secret = enrol(stand, "sec")
    code = pyotp.TOTP(secret).now()
    one = stand.browser()
    one.login("sec")
    assert one.post("/login/code", {"code": code}).status_code == 303
    assert one.get("/accounts").status_code == 200
    other = stand.browser()
    other.login("sec")
    assert other.post("/login/code", {"code": code}).status_code == 401
    assert other.get("/accounts").headers["location"] == "/login/code"


def test_wrong_codes_lock_like_wrong_passwords(stand: Stand) -> None:
    secret = enrol(stand, "sec")
    one = stand.browser()
    one.login("sec")
    token = one.token()
    for _ in range(5):
        one.post("/login/code", {"code": "000000" if pyotp.TOTP(secret).now() != "000000" else "000001"}, csrf=token)
    assert one.post("/login/code", {"code": pyotp.TOTP(secret).now()}, csrf=token).status_code != 200
    assert one.get("/accounts").headers["location"].startswith("/login?")


def test_an_administrator_sets_the_second_factor_up_first(tmp_path: Path) -> None:
    with standing(tmp_path, second="admins") as stand:
        one = stand.browser("sec")
        assert one.get("/accounts").headers["location"] == "/account/second"
        page = one.get("/account/second").text
        held = re.search(r'name="held" value="([^"]+)"', page)
        secret = re.search(r'class="secret">([A-Z2-7 ]+)<', page)
        assert held and secret and "<svg" in page
        answer = one.post("/account/second", {"held": held[1], "code": pyotp.TOTP(secret[1].replace(" ", "")).now()})
        assert answer.status_code == 303
        assert one.get("/accounts").status_code == 200
        assert stand.browser("p1").get("/account").status_code == 200


def test_the_secret_of_another_account_is_not_taken(stand: Stand) -> None:
    secret = second.new_secret()
    one = stand.browser("sec")
    foreign = second.sealed(stand.own.sign, 999, secret)
    assert one.post("/account/second", {"held": foreign, "code": pyotp.TOTP(secret).now()}).status_code == 400
    assert values(stand, "sec")["totp"] == ""


def test_the_secret_rests_sealed(stand: Stand) -> None:
    secret = enrol(stand, "sec")
    held = str(values(stand, "sec")["totp"])
    assert secret not in held and second.opened(stand.own.sign, int(str(values(stand, "sec")["id"])), held) == secret


def test_a_disabled_account_is_out_at_once(stand: Stand) -> None:
    one = stand.browser("p1")
    set_values(stand, "p1", disabled=now())
    assert one.get("/account").status_code == 303
    assert stand.browser().login("p1").status_code == 401
