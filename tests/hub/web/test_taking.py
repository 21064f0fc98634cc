"""Handing in envelopes over the web: what the answer tells, and what it does not."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
import sqlalchemy as sa

from hub.people import sessions
from hub.people.accounts import find_account
from hub.registry import keys, units
from hub.store import tables
from hub.store.tables import account, envelope, quarantine
from scanner.ledger.envelope import START, open_envelope
from scanner.ledger.keys import new_key
from tests.hub.post import Sender, bulletin
from tests.hub.web.stand import Browser, Stand, standing

AT, UNTIL = "2026-11-01T00:00:00Z", "2027-01-01"


@pytest.fixture
def stand(tmp_path: Path) -> Iterator[Stand]:
    with standing(tmp_path) as one:
        yield one


def token(stand: Stand, name: str, *scopes: str) -> str:
    with stand.database.writing() as connection:
        return sessions.new_token(connection, find_account(connection, name), "upload", list(scopes), UNTIL, AT)


def handed_in(one: Browser, data: bytes, value: str) -> httpx.Response:
    return one.send("POST", "/api/v1/envelopes", content=data, headers={"authorization": f"Bearer {value}"})


def pinned(stand: Stand, code: str) -> Sender:
    sender = Sender(code)
    with stand.database.writing() as connection:
        keys.pin(connection, code, sender.key.public.pem, since="2020-01-01")
    return sender


def test_an_upload_does_not_tell_which_units_are_registered(stand: Stand) -> None:
    """Known, retired, keyed, keyless, never heard of; a key of nobody, of the unit of another, a revoked one: one answer."""
    own, value, one = pinned(stand, "U1"), token(stand, "u1", "upload"), stand.browser("u1")
    pinned(stand, "U5")
    gone = pinned(stand, "U3")
    with stand.database.writing() as connection:
        keys.revoke(connection, gone.key.public.fingerprint, "2026-01-01")
        units.retire(connection, "U4", "2026-01-01")
    stranger = new_key("ed25519")
    told = set()
    for code in ("U5", "U2", "U3", "U4", "P2", "nobody"):
        for key in (stranger, own.key, gone.key):
            data = Sender(code, key).report()
            answer = handed_in(one, data, value)
            page = one.post("/upload", files={"file": ("x.shiqu", data)})
            said = re.sub(r'value="[A-Za-z0-9_-]{43}"', "", page.text)
            told.add((answer.status_code, answer.text.replace(code, "…"), page.status_code, said.replace(code, "…")))
    assert len(told) == 1
    assert "hub-sender-unproven" in told.pop()[1]
    with stand.database.reading() as connection:
        kept = set(connection.execute(sa.select(quarantine.c.code)).scalars())
    assert {"hub-sender-unknown", "hub-signer-unknown", "hub-signer-other-unit", "hub-signer-revoked"} <= kept, (
        "those who keep the hub know"
    )


def test_of_the_units_that_one_sees_the_reason_is_told(stand: Stand) -> None:
    one, value = stand.browser("k1"), token(stand, "k1", "upload")
    answer = handed_in(one, Sender("U1").report(), value)
    assert (answer.status_code, answer.json()["error"]) == (422, "hub-signer-unknown")


def test_whoever_sends_nothing_but_rubbish_waits_and_nobody_else(stand: Stand, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stand.state.refusals, "_most", 3)
    one, value, other = stand.browser("u1"), token(stand, "u1", "upload"), token(stand, "u5", "upload")
    told = [handed_in(one, bytes([number]), value) for number in range(4)]
    assert [answer.status_code for answer in told] == [422, 422, 422, 429]
    assert told[-1].headers["retry-after"] == "600" and "十分钟" in told[-1].json()["sentence"]
    assert handed_in(one, pinned(stand, "U5").report(), other).status_code == 200


def test_those_who_keep_the_register_see_the_true_reasons_and_nobody_else(stand: Stand) -> None:
    handed_in(stand.browser("u1"), Sender("U5").report(), token(stand, "u1", "upload"))
    handed_in(stand.browser("u1"), Sender("nobody<b>").report(), token(stand, "u1", "upload"))
    handed_in(stand.browser("u1"), Sender("U1").report(), token(stand, "u1", "upload"))
    with stand.database.writing() as connection:
        top = units.find(connection, "N").id
        connection.execute(account.update().where(account.c.name == "aud").values(role="admin-system", unit_id=top))
    text = stand.browser("aud").get("/quarantine").text
    assert "U5" in text and "hub-signer-unknown" in text and "hub-sender-unknown" in text and "<b>" not in text
    narrow = stand.browser("sys").get("/quarantine").text
    assert "U1" in narrow and "U5" not in narrow and "nobody" not in narrow, "of the own subtree only"
    assert stand.browser("n").get("/quarantine").status_code == 403


def receipt(answer: httpx.Response) -> dict[str, object]:
    found: dict[str, object] = json.loads(open_envelope(answer.content).members["receipt.json"])
    return found


def test_a_gap_a_fork_and_a_conflict_over_http_are_shown_and_answered_as_such(stand: Stand) -> None:
    """Numbers 1, 3, then 2; then another 4 after a row that went on from elsewhere; then a second 1."""
    sender, one, value = pinned(stand, "U1"), stand.browser("u1"), token(stand, "u1", "upload")
    first, second, third = (sender.report(finished=f"2026-02-0{day}T00:00:00Z") for day in (1, 2, 3))
    assert receipt(handed_in(one, first, value))["sequence"] == 1
    late = handed_in(one, third, value)
    assert (receipt(late)["sequence"], receipt(late)["envelope"]) == (3, open_envelope(third).digest)
    assert "序号有缺" in stand.browser("k1").get("/u/U1").text
    assert receipt(handed_in(one, second, value))["sequence"] == 2
    assert "序号有缺" not in stand.browser("k1").get("/u/U1").text, "the gap is filled"
    sender.previous = open_envelope(first).digest
    forked = handed_in(one, sender.report(finished="2026-02-04T00:00:00Z"), value)
    assert receipt(forked)["sequence"] == 4, "it is kept, and said"
    assert "序列分叉" in stand.browser("k1").get("/u/U1").text
    sender.sequence, sender.previous = 0, "-"
    other = sender.again(bulletin("U1", gate="insufficient"), sequence=1, previous=START)
    answer = handed_in(one, other, value)
    assert (answer.status_code, answer.json()["code"]) == (409, "conflict"), answer.text
    assert handed_in(one, first, value).content != b"" and receipt(handed_in(one, first, value))["envelope"] == open_envelope(first).digest
    with stand.database.reading() as connection:
        kept = connection.execute(sa.select(envelope.c.sequence, envelope.c.note).order_by(envelope.c.sequence)).all()
        assert connection.execute(sa.select(sa.func.count()).select_from(tables.receipt)).scalar_one() == 4
    assert [(number, note) for number, note in kept if number in (1, 4)] == [(1, ""), (4, "fork")]
