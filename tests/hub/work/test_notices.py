"""From notice to proof: numbered without holes, sealed for its addressee, closed by nothing but an envelope."""

from __future__ import annotations

import io
import json
import re
import zipfile
from dataclasses import replace

import pytest
import sqlalchemy as sa

from hub.clock import today
from hub.days import after
from hub.people.sight import Forbidden, Hidden
from hub.registry import keys, units
from hub.store.tables import log, notice, outgoing
from hub.work import answering, closing, delivery, drafting, issuing, notices, numbers, sending, withdrawing
from hub.work.drafting import Draft
from hub.work.notices import CIRCULAR, RECTIFY
from scanner.errors import UseError
from scanner.ledger.envelope import open_envelope
from scanner.ledger.keys import new_key
from tests.hub.post import HUB, alias, hazard
from tests.hub.work.conftest import Place

CODE = alias("H", 0)
SOON = after(today(), 30)
BEFORE, AFTER = "2026-02-01T00:00:00Z", "2026-03-01T00:00:00Z"


def rectify(place: Place, **more: object) -> Draft:
    return replace(Draft(RECTIFY, place.one.code, "关于整改的通知", "请抓紧。", SOON, (CODE,)), **more)


def issued(place: Place) -> tuple[int, str]:
    place.take(place.one.report(finished=BEFORE, hazards=[hazard(0), hazard(1)]))
    with place.database.writing() as connection:
        number = drafting.draft(connection, place.sight(), rectify(place))
        return number, issuing.issue(connection, place.own, place.sight(), number)


def state(place: Place, number: int) -> notices.Notice:
    with place.database.reading() as connection:
        return notices.find(connection, place.sight(), number)


def follow(place: Place) -> list[str]:
    with place.database.writing() as connection:
        return closing.follow(connection, place.sight())


def test_a_notice_is_closed_by_proof(place: Place) -> None:
    number, told = issued(place)
    assert told == f"{HUB}〔{today()[:4]}〕1号" and follow(place) == []
    closer = place.take(place.one.report(finished=AFTER, statuses=["met", "unmet"], hazards=[hazard(0, "closed"), hazard(1)]))
    assert follow(place) == [told]
    one = state(place, number)
    assert (one.state, one.closed_by, one.body["proof"]["run"]) == ("closed", closer, f"r{AFTER}")
    assert follow(place) == []


@pytest.mark.parametrize(
    ("report", "reason"),
    [
        ({"statuses": ["unmet"], "hazards": [hazard(0)]}, "hazard-stands"),
        ({"statuses": ["met"], "hazards": [hazard(1)]}, "hazard-absent"),
        ({"statuses": ["unknown"], "hazards": [hazard(0, "closed")]}, "check-not-met"),
        ({"statuses": [], "hazards": [hazard(0, "closed")]}, "check-not-asked"),
        ({"statuses": ["met"], "hazards": [hazard(0, "closed", closed="reviewed")]}, "hazard-not-by-run"),
    ],
)
def test_what_does_not_prove_it_says_why(place: Place, report: dict[str, object], reason: str) -> None:
    number, _ = issued(place)
    place.take(place.one.report(finished=AFTER, **report))
    assert follow(place) == []
    assert [one.code for one in closing.reasons(state(place, number))] == [reason]


def test_a_reply_closes_nothing(place: Place) -> None:
    number, _ = issued(place)
    unit = place.sight(place.one.code, "unit")
    with place.database.writing() as connection:
        answering.receive(connection, unit, number)
        answering.reply(connection, unit, number, "已整改完毕。")
    assert follow(place) == [] and state(place, number).state == "replied"


def test_another_units_envelope_closes_nothing(place: Place) -> None:
    number, _ = issued(place)
    place.take(place.two.report(finished=AFTER, statuses=["met"], hazards=[hazard(0, "closed")]))
    assert follow(place) == [] and state(place, number).state == "issued"


def test_an_older_proof_does_not_count_when_the_hazard_is_back(place: Place) -> None:
    number, _ = issued(place)
    place.take(place.one.report(finished=AFTER, statuses=["met"], hazards=[hazard(0, "closed")]))
    place.take(place.one.report(finished="2026-04-01T00:00:00Z", statuses=["unmet"], hazards=[hazard(0, "recurred", times=1)]))
    assert follow(place) == []
    assert [one.code for one in closing.reasons(state(place, number))] == ["hazard-stands"]


def test_a_narrow_run_afterwards_takes_no_proof_away(place: Place) -> None:
    _, told = issued(place)
    place.take(place.one.report(finished=AFTER, statuses=["met"], hazards=[hazard(0, "closed")]))
    place.take(place.one.report(finished="2026-04-01T00:00:00Z", statuses=[], hazards=[hazard(0, "closed")], narrowed=True))
    assert follow(place) == [told]


def test_numbers_have_no_holes(place: Place) -> None:
    place.take(place.one.report(finished=BEFORE, hazards=[hazard(0)]))
    told = []
    for attempt in range(6):
        try:
            with place.database.writing() as connection:
                number = drafting.draft(connection, place.sight(), rectify(place))
                told.append(issuing.issue(connection, place.own, place.sight(), number))
                if attempt % 2:
                    told.pop()
                    raise UseError("notice-why")
        except UseError:
            continue
    assert told == [f"{HUB}〔{today()[:4]}〕{place_}号" for place_ in (1, 2, 3)]


def test_a_withdrawn_notice_keeps_its_number(place: Place) -> None:
    number, told = issued(place)
    with place.database.writing() as connection:
        withdrawing.withdraw(connection, place.own, place.sight(), number, "发错了")
        second = drafting.draft(connection, place.sight(), rectify(place))
        assert issuing.issue(connection, place.own, place.sight(), second) == told.replace("1号", "2号")
    assert (state(place, number).number, state(place, number).state) == (told, "withdrawn")


def test_the_word_before_the_number_is_one_issuers_own(place: Place) -> None:
    with place.database.writing() as connection:
        numbers.set_word(connection, place.sight(), "示档安函")
        with pytest.raises(UseError, match="notice-word-taken"):
            numbers.set_word(connection, place.sight(place.one.code), "示档安函")
    assert issued(place)[1] == f"示档安函〔{today()[:4]}〕1号"


@pytest.mark.parametrize("word", [HUB, "330101-002", "330199-999", "ABC", "示档〔2026〕", "示\n档", ""])
def test_a_word_takes_no_numbers_of_a_unit_that_goes_by_its_code(place: Place, word: str) -> None:
    """A county that called itself by the province's code took the number that the province would give next, and so stopped its notices."""
    with place.database.writing() as connection:
        with pytest.raises(UseError, match="notice-word"):
            numbers.set_word(connection, place.sight(place.one.code), word)
        numbers.set_word(connection, place.sight(place.one.code), place.one.code)
    assert issued(place)[1] == f"{HUB}〔{today()[:4]}〕1号"


def test_a_word_that_looks_like_anothers_is_taken(place: Place) -> None:
    with place.database.writing() as connection:
        numbers.set_word(connection, place.sight(), "示档A函")
        with pytest.raises(UseError, match="notice-word-taken"):
            numbers.set_word(connection, place.sight(place.one.code), "示档ａ函")


def test_the_envelope_without_a_key_is_masked(place: Place) -> None:
    issued(place)
    with place.database.reading() as connection:
        (waiting,) = delivery.waiting(connection, place.sight(place.one.code, "unit"))
        _, data = delivery.data_of(connection, place.sight(place.one.code, "unit"), waiting.digest)
    opened = open_envelope(data)
    said = json.loads(opened.members["notice.json"])
    assert (opened.manifest["to"], opened.manifest["disclosure"], opened.key) == (place.one.code, "masked", place.own.sign.public)
    assert said["hazards"] == [{"code": CODE, "level": "high", "risk": "RC1"}]
    text = _text(opened.members["notice.docx"])
    assert CODE in text and "linux.check-0" not in text and "检查 linux" not in text


@pytest.mark.parametrize("algorithm", ["x25519", "sm2"])
def test_with_a_key_it_is_encrypted_and_names_what_is_wrong(place: Place, algorithm: str) -> None:
    secret = new_key(algorithm)
    with place.database.writing() as connection:
        keys.pin(connection, place.one.code, secret.public.pem, since="2020-01-01", purpose="encrypt")
    issued(place)
    with place.database.reading() as connection:
        (waiting,) = delivery.waiting(connection, place.sight())
        _, data = delivery.data_of(connection, place.sight(), waiting.digest)
    opened = open_envelope(data, decrypt=secret)
    assert b"linux.check-0" not in data and opened.manifest["disclosure"] == "full"
    assert "linux.check-0" in _text(opened.members["notice.docx"])


def test_a_unit_whose_only_key_is_sm2_opens_its_notice_with_that(place: Place) -> None:
    place.one.key = new_key("sm2")
    with place.database.writing() as connection:
        for held in keys.of_unit(connection, units.find(connection, place.one.code).id):
            keys.revoke(connection, held.fingerprint, "2020-01-01")
        keys.pin(connection, place.one.code, place.one.key.public.pem, since="2020-01-01")
    issued(place)
    with place.database.reading() as connection:
        (waiting,) = delivery.waiting(connection, place.sight())
        _, data = delivery.data_of(connection, place.sight(), waiting.digest)
    assert b"linux.check-0" not in data
    opened = open_envelope(data, decrypt=place.one.key)
    assert (opened.manifest["disclosure"], "linux.check-0" in _text(opened.members["notice.docx"])) == ("full", True)


def test_envelopes_of_a_row_follow_each_other(place: Place) -> None:
    issued(place)
    with place.database.writing() as connection:
        issuing.issue(connection, place.own, place.sight(), drafting.draft(connection, place.sight(), rectify(place)))
        rows = connection.execute(sa.select(outgoing).order_by(outgoing.c.sequence)).all()
    assert [row.sequence for row in rows] == [1, 2]
    assert open_envelope(rows[1].data).manifest["previous"] == rows[0].digest


def test_a_circular_reaches_every_unit_and_names_none(place: Place) -> None:
    with place.database.writing() as connection:
        wanted = Draft(CIRCULAR, HUB, "关于上半年检测情况的通报", "总体平稳。", figures=(("figure.units", 2), ("figure.major", 0)))
        number = drafting.draft(connection, place.sight(), wanted)
        issuing.issue(connection, place.own, place.sight(), number)
        assert {one.code for one in delivery.waiting(connection, place.sight())} == {place.one.code, place.two.code}
        assert [one.id for one in notices.listed(connection, place.sight(place.two.code, "unit"))] == [number]
        with pytest.raises(Hidden):
            answering.reply(connection, place.sight(place.two.code, "unit"), number, "收到")


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"hazards": ()}, "notice-rectify"),
        ({"deadline": ""}, "notice-rectify"),
        ({"deadline": "2026-2-30"}, "hub-day"),
        ({"hazards": ("H-NONE",)}, "notice-hazard"),
        ({"hazards": (CODE, CODE)}, "notice-hazards"),
        ({"title": " "}, "notice-title"),
        ({"unit": HUB}, "notice-to"),
        ({"kind": CIRCULAR}, "notice-names"),
        ({"kind": "order"}, "notice-kind"),
    ],
)
def test_drafts_that_cannot_be(place: Place, change: dict[str, object], code: str) -> None:
    place.take(place.one.report(finished=BEFORE, hazards=[hazard(0)]))
    with place.database.writing() as connection, pytest.raises(UseError, match=code):
        drafting.draft(connection, place.sight(), rectify(place, **change))


def test_a_draft_to_every_unit_names_nothing_twice(place: Place) -> None:
    issued(place)
    place.take(place.two.report(finished=BEFORE, hazards=[hazard(0), hazard(2, "closed")]))
    rows = [(place.one.code, CODE), (place.one.code, alias("H", 1)), (place.two.code, CODE)]
    with place.database.writing() as connection:
        assert sending.rectify_drafts(connection, place.sight(), rows, "关于整改的通知", "", SOON) == 2
        assert sending.rectify_drafts(connection, place.sight(), rows, "关于整改的通知", "", SOON) == 0
        told = sending.issue_all(connection, place.own, place.sight())
        assert [one.rpartition("〕")[2] for one in told] == ["2号", "3号"] and sending.issue_all(connection, place.own, place.sight()) == []
        found = {
            one.where.code: [line["code"] for line in one.body["demand"]["hazards"]]
            for one in notices.listed(connection, place.sight())[:2]
        }
    assert found == {place.one.code: [alias("H", 1)], place.two.code: [CODE]}


def test_who_may_do_what(place: Place) -> None:
    number, _ = issued(place)
    with place.database.writing() as connection:
        draft = drafting.draft(connection, place.sight(), rectify(place))
        own, foreign = place.sight(place.one.code, "unit"), place.sight(place.two.code, "unit")
        assert [one.id for one in notices.listed(connection, own)] == [number] and notices.listed(connection, foreign) == []
        for look in (lambda: notices.find(connection, foreign, number), lambda: notices.find(connection, own, draft)):
            with pytest.raises(Hidden):
                look()
        with pytest.raises(Forbidden):
            issuing.issue(connection, place.own, own, draft)
        with pytest.raises(Hidden):
            answering.reply(connection, foreign, number, "x")
        with pytest.raises(Hidden):
            issuing.issue(connection, place.own, place.sight(place.one.code, "county"), draft)


def test_the_log_tells_of_it_without_a_finding(place: Place) -> None:
    issued(place)
    with place.database.reading() as connection:
        rows = connection.execute(sa.select(log.c.action, log.c.detail).where(log.c.action.like("notice.%"))).all()
    assert [row.action for row in rows] == ["notice.draft", "notice.issue"]
    assert not any("linux" in row.detail or CODE in row.detail for row in rows)


def test_what_is_issued_is_not_issued_twice(place: Place) -> None:
    number, _ = issued(place)
    with place.database.writing() as connection, pytest.raises(UseError, match="notice-issued"):
        issuing.issue(connection, place.own, place.sight(), number)
    with place.database.reading() as connection:
        assert connection.execute(sa.select(sa.func.count()).select_from(notice)).scalar() == 1


def _text(data: bytes) -> str:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return "".join(re.findall(r"<w:t[^>]*>([^<]*)</w:t>", archive.read("word/document.xml").decode()))
