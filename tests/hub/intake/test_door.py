from __future__ import annotations

import json
import threading
from typing import Any

import pytest
import sqlalchemy as sa

from hub.intake import judging, reading
from hub.intake.door import GROUP, Door, Outcome
from hub.intake.reading import Arrival
from hub.registry import keys
from hub.registry.own import Own
from hub.store import tables as t
from scanner.errors import KeepError
from scanner.ledger import age
from scanner.ledger.envelope import START, open_envelope
from scanner.ledger.keys import new_key
from scanner.model.canonical import digest
from tests.hub.post import HUB, Sender, bulletin, hazard, register


def count(own: Own, table: sa.Table, *conditions: Any) -> int:
    with own.database.reading() as connection:
        return int(connection.execute(sa.select(sa.func.count()).select_from(table).where(*conditions)).scalar_one())


def column(own: Own, wanted: sa.Column[Any], *conditions: Any) -> list[Any]:
    with own.database.reading() as connection:
        return list(connection.execute(sa.select(wanted).where(*conditions).order_by(wanted.table.primary_key.columns[0])).scalars())


@pytest.fixture
def door(hub: Own) -> Door:
    return Door(hub, hub.database)


@pytest.fixture
def unit(hub: Own) -> Sender:
    return register(hub.database, "330102-001")


def refused(outcome: Outcome, code: str) -> None:
    assert (outcome.code, outcome.envelope_id, outcome.receipt) == ("refused", None, None)
    assert outcome.error is not None and outcome.error.code == code


def test_what_is_accepted_is_kept_whole_and_answered_with_a_receipt(hub: Own, door: Door, unit: Sender) -> None:
    data = unit.report(hazards=[hazard(1)])
    outcome = door.accept(data, "http")
    assert (outcome.code, outcome.error) == ("accepted", None)
    receipt = open_envelope(outcome.receipt or b"")
    said = json.loads(receipt.members["receipt.json"])
    assert receipt.key == hub.sign.public and receipt.manifest["to"] == unit.code
    assert (said["envelope"], said["sequence"], said["log"]) == (open_envelope(data).digest, 1, 1)
    assert column(hub, t.body.c.data) == [data]
    assert column(hub, t.head.c.root) == [said["root"]]
    assert count(hub, t.result) == 6 and count(hub, t.queue) == 1
    assert column(hub, t.hazard.c.state) == ["registered"]
    assert column(hub, t.standing.c.envelope_id) == [outcome.envelope_id]
    assert column(hub, t.term.c.words, t.term.c.text == "linux.check-0") == ['{"en":"Check linux.check-0","zh":"检查 linux.check-0"}']
    kept = json.loads(column(hub, t.bulletin.c.data)[0])
    assert "verdicts" not in kept and kept["counts"]["linux"]["unmet"] == 1


def test_the_same_file_again_gets_the_same_receipt_and_changes_nothing(hub: Own, door: Door, unit: Sender) -> None:
    data = unit.report()
    first = door.accept(data, "http")
    before = {table.name: count(hub, table) for table in t.META.sorted_tables}
    again = door.accept(data, "folder")
    assert (again.code, again.receipt, again.envelope_id) == ("duplicate", first.receipt, first.envelope_id)
    assert before == {table.name: count(hub, table) for table in t.META.sorted_tables}


def test_a_sealed_result_gets_a_receipt_to_lay_beside_its_seal(hub: Own, door: Door, unit: Sender) -> None:
    content = bulletin(unit.code)
    content["run"]["seal"] = "sha256:" + "7" * 64
    receipt = open_envelope(door.accept(unit.seal(content), "http").receipt or b"")
    beside = json.loads(receipt.members["seal.receipt.json"])
    assert (beside["seal"], beside["unit"]) == ("sha256:" + "7" * 64, unit.code)
    assert hub.sign.public.verifies(receipt.members["seal.receipt.sig"], receipt.members["seal.receipt.json"])


def test_an_encrypted_envelope_is_kept_opened(hub: Own, door: Door, unit: Sender) -> None:
    assert hub.encrypt is not None
    data = unit.report()
    sent = age.encrypt(data, [hub.encrypt.public])
    assert door.accept(sent, "http").code == "accepted"
    assert column(hub, t.body.c.data) == [data]
    assert column(hub, t.envelope.c.file) == [digest(sent)]
    assert door.accept(age.encrypt(data, [hub.encrypt.public]), "http").code == "duplicate", "another wrapping is the same envelope"
    refused(door.accept(age.encrypt(unit.report(), [new_key("x25519").public]), "http"), "dispatch-not-for-key")


def test_another_content_under_a_number_that_is_taken_is_a_conflict(hub: Own, door: Door, unit: Sender) -> None:
    door.accept(unit.report(), "http")
    outcome = door.accept(unit.again(bulletin(unit.code, gate="insufficient"), previous=START), "http")
    assert outcome.code == "conflict" and outcome.receipt is None
    assert outcome.error is not None and outcome.error.fields == {"unit": unit.code, "sequence": "1"}
    assert column(hub, t.quarantine.c.code) == ["hub-envelope-conflict"]
    assert count(hub, t.envelope) == 1


@pytest.mark.parametrize(
    ("spoil", "code"),
    [
        (lambda data: b"", "dispatch-form"),
        (lambda data: data[:-1], "dispatch-form"),
        (lambda data: data.replace(b'"gate":"fail"', b'"gate":"pass"'), "dispatch-form"),
        (lambda data: b"PK\x05\x06" + bytes(18), "dispatch-stripped"),
    ],
)
def test_a_spoilt_file_is_put_aside_with_its_reason(hub: Own, door: Door, unit: Sender, spoil: Any, code: str) -> None:
    data = spoil(unit.report())
    for tries in (1, 2):
        refused(door.accept(data, "http"), code)
        assert column(hub, t.quarantine.c.tries) == [tries]
    assert column(hub, t.quarantine.c.data) == [data]
    assert count(hub, t.envelope) == 0


def test_a_key_that_is_not_pinned_opens_nothing_until_it_is(hub: Own, door: Door, unit: Sender) -> None:
    stranger = Sender(unit.code)
    data = stranger.report()
    refused(door.accept(data, "http"), "hub-signer-unknown")
    with hub.database.writing() as connection:
        keys.pin(connection, unit.code, stranger.key.public.pem, since="2020-01-01")
    assert door.accept(data, "http").code == "accepted"
    with hub.database.reading() as connection:
        row = connection.execute(sa.select(t.quarantine)).one()
    assert row.settled and row.data is None


def test_the_key_of_one_unit_does_not_speak_for_another(hub: Own, door: Door, unit: Sender) -> None:
    other = register(hub.database, "330102-002")
    thief = Sender(unit.code, other.key)
    refused(door.accept(thief.report(), "http"), "hub-signer-other-unit")


def test_a_revoked_key_takes_in_nothing_new_but_old_receipts_are_given_again(hub: Own, door: Door, unit: Sender) -> None:
    data = unit.report()
    first = door.accept(data, "http")
    with hub.database.writing() as connection:
        keys.revoke(connection, unit.key.public.fingerprint, "2026-01-01")
    refused(door.accept(unit.report(), "http"), "hub-signer-revoked")
    assert door.accept(data, "http").receipt == first.receipt


@pytest.mark.parametrize(("received", "code"), [("2026-03-01T15:59:59Z", "accepted"), ("2026-03-01T16:00:00Z", "refused")])
def test_a_revocation_begins_with_its_day_in_china(
    hub: Own, door: Door, unit: Sender, monkeypatch: pytest.MonkeyPatch, received: str, code: str
) -> None:
    with hub.database.writing() as connection:
        keys.revoke(connection, unit.key.public.fingerprint, "2026-03-02")
    monkeypatch.setattr(reading, "now", lambda: received)
    assert door.accept(unit.report(), "http").code == code


def test_an_order_that_breaks_the_program_is_told_in_words(hub: Own, unit: Sender, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> Outcome:
        raise TypeError("no order foresaw this")

    monkeypatch.setattr("hub.intake.door.ORDER", "report")
    with pytest.raises(KeepError) as caught:
        Door(hub, hub.database, broken).accept(unit.report(), "folder")
    assert caught.value.code == "hub-intake-broken"
    assert count(hub, t.log, t.log.c.action == "order.refused") == 0


def test_units_that_nobody_registered_and_envelopes_for_others_stay_outside(hub: Own, door: Door, unit: Sender) -> None:
    refused(door.accept(Sender("nobody").report(), "http"), "hub-sender-unknown")
    refused(door.accept(unit.seal(bulletin(unit.code), to="another-hub"), "http"), "hub-envelope-elsewhere")
    refused(door.accept(unit.seal(bulletin("another-unit")), "http"), "hub-envelope-unit")
    assert door.accept(unit.seal(bulletin(unit.code), to=HUB), "http").code == "accepted"


@pytest.mark.parametrize("finished", ["2026-02-31T00:00:00Z", "2026-02-29T00:00:00Z", "0000-01-01T00:00:00Z"])
def test_a_day_that_no_calendar_has_is_refused(door: Door, unit: Sender, finished: str) -> None:
    content = bulletin(unit.code, finished=finished)
    refused(door.accept(unit.seal(content), "http"), "bulletin-form")


def test_a_unit_may_not_send_a_summary(door: Door, unit: Sender) -> None:
    summary = {"schema": "shiqu/summary/1", "unit": unit.code, "registered": 1, "periods": {"now": {}}}
    refused(door.accept(unit.seal(summary, kind="summary"), "http"), "hub-signer-role")


def test_gaps_are_told_until_they_are_filled(hub: Own, door: Door, unit: Sender) -> None:
    one, two, three = unit.report(), unit.report(), unit.report()
    door.accept(one, "http")
    door.accept(three, "http")
    assert column(hub, t.envelope.c.note) == ["", "gap"]
    door.accept(two, "http")
    assert column(hub, t.envelope.c.note) == ["", "", "late"]


def test_a_row_that_forks_is_told(hub: Own, door: Door, unit: Sender) -> None:
    door.accept(unit.report(), "http")
    unit.previous = "sha256:" + "9" * 64
    assert door.accept(unit.report(), "http").code == "accepted"
    assert column(hub, t.envelope.c.note) == ["", "fork"]


def test_an_older_run_that_comes_later_replaces_nothing(hub: Own, door: Door, unit: Sender) -> None:
    old, new = unit.report(finished="2026-01-01T00:00:00Z"), unit.report(finished="2026-02-01T00:00:00Z", hazards=[hazard(1, "closed")])
    assert unit.sequence == 2
    newest = door.accept(new, "http").envelope_id
    door.accept(old, "http")
    door.accept(unit.report(finished="2025-12-01T00:00:00Z", hazards=[hazard(1)]), "http")
    # The third was made at a time before the second: the unit's clock was set back, and its counter is what is believed.
    assert column(hub, t.standing.c.envelope_id) != [newest]
    assert column(hub, t.hazard.c.state) == ["registered"]


def test_a_result_that_is_sent_again_under_a_new_number_replaces_nothing(hub: Own, door: Door, unit: Sender) -> None:
    newest = door.accept(unit.report(finished="2026-02-01T00:00:00Z", hazards=[hazard(1, "closed")]), "http").envelope_id
    door.accept(
        unit.seal(bulletin(unit.code, finished="2026-01-01T00:00:00Z", hazards=[hazard(1)]), created="2026-02-02T00:00:00Z"), "http"
    )
    assert column(hub, t.standing.c.envelope_id) == [newest]
    assert column(hub, t.hazard.c.state) == ["closed"]


def test_a_clock_that_runs_ahead_is_told_and_gives_no_head_start(hub: Own, door: Door, unit: Sender) -> None:
    door.accept(unit.report(finished="2035-01-01T00:00:00Z"), "http")
    assert column(hub, t.envelope.c.note) == ["clock"]
    assert column(hub, t.envelope.c.finished) == column(hub, t.envelope.c.received)
    second = door.accept(unit.report(finished="2026-02-01T00:00:00Z"), "http").envelope_id
    assert column(hub, t.standing.c.envelope_id) == [second]


def test_a_narrowed_run_stands_for_nothing(hub: Own, door: Door, unit: Sender) -> None:
    door.accept(unit.report(narrowed=True, core="confirmed"), "http")
    assert count(hub, t.standing) == 0
    assert column(hub, t.core.c.state, t.core.c.code == "CH4") == ["confirmed"]


def test_what_people_noted_on_a_hazard_stays(hub: Own, door: Door, unit: Sender) -> None:
    door.accept(unit.report(hazards=[hazard(1), hazard(2)]), "http")
    with hub.database.writing() as connection:
        connection.execute(sa.update(t.hazard).values(escalated='[["2026-03-02","county"]]'))
    door.accept(unit.report(finished="2026-03-01T00:00:00Z", hazards=[hazard(1, "closed"), hazard(3)]), "http")
    assert sorted(zip(column(hub, t.hazard.c.state), column(hub, t.hazard.c.escalated), strict=True)) == [
        ("closed", '[["2026-03-02","county"]]'),
        ("registered", '[["2026-03-02","county"]]'),
        ("registered", "[]"),
    ]


@pytest.mark.parametrize("group", [GROUP, 2])
def test_many_at_once_share_transactions_and_each_gets_its_own_answer(
    hub: Own, door: Door, group: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("hub.intake.door.GROUP", group)
    senders = [register(hub.database, f"u-{number}") for number in range(8)]
    files = [sender.report() for sender in senders for _ in range(3)]
    files += files[:4]
    answers: list[Outcome | None] = [None] * len(files)
    start = threading.Barrier(len(files))

    def send(number: int) -> None:
        start.wait()
        answers[number] = door.accept(files[number], "http")

    threads = [threading.Thread(target=send, args=(number,)) for number in range(len(files))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    codes = sorted(answer.code for answer in answers if answer is not None)
    assert codes == ["accepted"] * 24 + ["duplicate"] * 4
    for data, answer in zip(files, answers, strict=True):
        assert answer is not None
        said = json.loads(open_envelope(answer.receipt or b"").members["receipt.json"])
        assert said["envelope"] == open_envelope(data).digest
    assert count(hub, t.envelope) == 24
    assert count(hub, t.head) < 24, "not one transaction each"


def test_one_upload_that_trips_the_program_costs_the_others_nothing(
    hub: Own, door: Door, unit: Sender, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    good, bad = [unit.report() for _ in range(5)], unit.report()
    tripped = digest(bad)
    kept = Arrival.kept_content

    def tripping(arrival: Arrival) -> str:
        if arrival.file == tripped:
            raise ValueError("a mistake of ours")
        return kept(arrival)

    monkeypatch.setattr(Arrival, "kept_content", tripping)
    answers: dict[bytes, Outcome | KeepError] = {}

    def send(data: bytes) -> None:
        try:
            answers[data] = door.accept(data, "http")
        except KeepError as error:
            answers[data] = error

    threads = [threading.Thread(target=send, args=(data,)) for data in [*good, bad]]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {getattr(answers[data], "code", "") for data in good} == {"accepted"}
    assert isinstance(answers[bad], KeepError) and answers[bad].code == "hub-intake-broken"
    assert tripped in caplog.text and count(hub, t.envelope) == 5


def test_a_database_that_fails_acknowledges_nothing(hub: Own, door: Door, unit: Sender, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise KeepError("hub-disk-full", detail="")

    data = unit.report()
    with monkeypatch.context() as patched:
        patched.setattr("hub.intake.keep.receipt", full)
        with pytest.raises(KeepError):
            door.accept(data, "http")
    assert count(hub, t.envelope) == count(hub, t.log) == count(hub, t.queue) == 0
    assert door.accept(data, "http").code == "accepted"


def test_quarantine_keeps_reasons_when_it_has_no_room_for_bytes(hub: Own, door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hub.intake.quarantine.MAX_BYTES", 100)
    monkeypatch.setattr("hub.intake.quarantine.MAX_ROWS", 2)
    for number in range(3):
        refused(door.accept(bytes([number]) * 80, "http"), "dispatch-form")
    assert [data is not None for data in column(hub, t.quarantine.c.data)] == [True, False]


def of_actors(own: Own) -> dict[str, int]:
    with own.database.reading() as connection:
        counted = sa.select(t.quarantine.c.actor, sa.func.count()).group_by(t.quarantine.c.actor)
        return dict(connection.execute(counted).all())


def test_whoever_floods_the_quarantine_takes_no_room_of_others(hub: Own, door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hub.intake.quarantine.MAX_ROWS_OF_ONE", 3)
    monkeypatch.setattr("hub.intake.quarantine.MAX_BYTES_OF_ONE", 100)
    for number in range(6):
        refused(door.accept(bytes([number]) * 60, "http", 7), "dispatch-form")
    refused(door.accept(b"other" * 12, "http", 8), "dispatch-form")
    assert of_actors(hub) == {"account:7": 3, "account:8": 1}
    kept = t.quarantine.c.data.is_not(None)
    assert column(hub, t.quarantine.c.actor, kept) == ["account:7", "account:8"]


def test_when_the_whole_is_full_whoever_holds_most_gives_way(hub: Own, door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hub.intake.quarantine.MAX_ROWS", 4)
    monkeypatch.setattr("hub.intake.quarantine.MAX_BYTES", 200)
    for number in range(3):
        refused(door.accept(bytes([number]) * 60, "http", 7), "dispatch-form")
    for who in (8, 9):
        refused(door.accept(bytes([who]) * 60, "http", who), "dispatch-form")
    assert of_actors(hub) == {"account:7": 2, "account:8": 1, "account:9": 1}
    assert column(hub, t.quarantine.c.actor, t.quarantine.c.data.is_not(None)) == ["account:7", "account:8", "account:9"]
    refused(door.accept(b"x" * 60, "http", 7), "dispatch-form")
    assert of_actors(hub) == {"account:7": 2, "account:8": 1, "account:9": 1}


def test_the_past_of_a_unit_is_read_only_for_a_key_of_its_own(hub: Own, unit: Sender, door: Door) -> None:
    """What an envelope that anybody can make costs does not grow with what a unit sent."""
    assert door.accept(unit.report(), "http").code == "accepted"
    stranger = Sender("stranger")
    with hub.database.reading() as connection:
        known = judging.histories(connection, [unit.code], keys.pins(connection, [stranger.key.public.fingerprint]))
        assert known[unit.code].rows == {}
        assert len(judging.histories(connection, [unit.code], keys.pins(connection, [unit.key.public.fingerprint]))[unit.code].rows) == 1


@pytest.mark.parametrize("behind", ["2026-02-03T11:00:00Z", "2026-02-02T12:00:00Z", "2024-01-01T00:00:00Z"])
def test_a_hub_whose_clock_went_back_lets_the_newest_run_count(
    hub: Own, door: Door, unit: Sender, behind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "now", lambda: "2026-02-03T12:00:00Z")
    door.accept(unit.report(finished="2026-02-03T11:50:00Z", hazards=[hazard(1)]), "http")
    monkeypatch.setattr(reading, "now", lambda: behind)
    newest = door.accept(unit.report(finished="2026-02-03T12:00:00Z", hazards=[hazard(1, "closed")]), "http").envelope_id
    again = bulletin(unit.code, finished="2026-02-03T11:55:00Z", hazards=[hazard(1)])
    door.accept(unit.seal(again, created="2026-02-03T12:01:00Z"), "http")
    assert column(hub, t.standing.c.envelope_id) == [newest]
    assert column(hub, t.hazard.c.state) == ["closed"]
    assert all(finished <= received for finished, received in zip(column(hub, t.envelope.c.finished), column(hub, t.envelope.c.received)))


def test_a_run_that_says_it_will_finish_counts_no_longer_than_until_the_next(hub: Own, door: Door, unit: Sender) -> None:
    content = bulletin(unit.code, finished="2099-01-01T00:00:00Z")
    door.accept(unit.seal(content, created="2026-02-01T00:00:00Z"), "http")
    second = door.accept(unit.report(finished="2026-02-02T00:00:00Z"), "http").envelope_id
    assert column(hub, t.standing.c.envelope_id) == [second]
