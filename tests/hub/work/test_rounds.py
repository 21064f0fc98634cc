"""What the hub does by itself: escalation, reminders, advisories, packs; each once."""

from __future__ import annotations

import json

import pytest
import sqlalchemy as sa

from hub.clock import today
from hub.days import after
from hub.people.sight import Hidden
from hub.registry import duties
from hub.store.tables import hazard as hazards
from hub.store.tables import log
from hub.work import advisories, clockwork, delivery, escalation, notices, packs, reminders
from scanner.errors import UseError
from scanner.ledger.envelope import open_envelope
from scanner.model.canonical import canonical
from tests.hub.post import HUB, hazard
from tests.hub.work.conftest import Place

PACK = {"schema": "shiqu/pack/1", "name": "省局口令规则", "version": 2, "values": {"linux.password-minimum": 12}}


def test_escalation_is_recorded_once_a_day(place: Place) -> None:
    place.take(place.one.report(hazards=[hazard(0), hazard(1, deadline=""), hazard(2, "closed")]))
    with place.database.writing() as connection:
        assert escalation.escalate(connection, place.sight(), "2026-03-01") == 0
        assert escalation.escalate(connection, place.sight(), "2026-03-31") == 1
        assert escalation.escalate(connection, place.sight(), "2026-03-31") == 0
        kept = [json.loads(text) for text in connection.execute(sa.select(hazards.c.escalated).order_by(hazards.c.code)).scalars()]
        assert sorted(kept) == [[], [], [["2026-03-31", "province", "2026-03-01"]]]
        rows = connection.execute(sa.select(log.c.detail).where(log.c.action == "hazard.escalate")).scalars().all()
    assert [json.loads(text) for text in rows] == [{"day": "2026-03-31", "hazards": 1, "rank": "province"}]


def test_a_later_envelope_keeps_the_steps(place: Place) -> None:
    place.take(place.one.report(hazards=[hazard(0)]))
    with place.database.writing() as connection:
        escalation.escalate(connection, place.sight(), "2026-03-31")
    place.take(place.one.report(finished="2026-04-01T00:00:00Z", hazards=[hazard(0)]))
    with place.database.writing() as connection:
        assert escalation.escalate(connection, place.sight(), "2026-04-02") == 0


def test_a_turn_twice_does_nothing_the_second_time(place: Place) -> None:
    place.take(place.one.report(hazards=[hazard(0)]))
    assert clockwork.turn(place.database, "2026-04-01") == clockwork.Done(0, 0, 1)
    assert clockwork.turn(place.database, "2026-04-01") == clockwork.Done(0, 0, 0)


def test_reminders_go_to_those_who_are_late_once_a_period(place: Place) -> None:
    with place.database.writing() as connection:
        duty = duties.bind(connection, HUB, "gbt22239-l3", "month", due=1, since="2024-01-01")
        period = duty.period(today())
    assert period is not None
    late = after(period.last, 5)
    place.take(place.one.report(finished=f"{period.last}T00:00:00Z"))
    with place.database.writing() as connection:
        assert [one.where.code for one in reminders.due(connection, place.sight(), late)[1]] == [place.two.code]
        assert len(reminders.remind(connection, place.own, place.sight(), late)) == 1
        assert reminders.remind(connection, place.own, place.sight(), late) == []
        (one,) = notices.listed(connection, place.sight())
    assert (one.kind, one.where.code, one.state) == ("remind", place.two.code, "issued")


def test_advisories_reach_every_unit_and_show_who_has_it(place: Place) -> None:
    place.take(place.one.report(hazards=[hazard(0), hazard(1, "closed")]))
    with place.database.writing() as connection:
        code = advisories.publish(
            connection,
            place.own,
            place.sight(),
            unit_code=HUB,
            title="某组件漏洞",
            level="major",
            text="请排查。",
            checks=["linux.check-0"],
        )
        one = advisories.find(connection, place.sight(place.two.code, "unit"), code)
        assert advisories.affected(connection, place.sight(place.two.code, "unit"), one) == []
        assert [(held.code, count) for held, count in advisories.affected(connection, place.sight(), one)] == [(place.one.code, 1)]
        waiting = delivery.waiting(connection, place.sight())
        _, data = delivery.data_of(connection, place.sight(), waiting[0].digest)
    assert {item.code for item in waiting} == {place.one.code, place.two.code}
    assert json.loads(open_envelope(data).members["advisory.json"])["code"] == code


def test_packs_never_roll_back(place: Place) -> None:
    with place.database.writing() as connection:
        packs.add(connection, place.own, place.sight(), canonical(PACK))
        for version in (1, 2):
            with pytest.raises(UseError, match="pack-old"):
                packs.add(connection, place.own, place.sight(), canonical({**PACK, "version": version}))
        packs.add(connection, place.own, place.sight(), canonical({**PACK, "version": 3}))
        assert [one.version for one in packs.listed(connection, place.sight())] == [3, 2]
        assert len(delivery.waiting(connection, place.sight())) == 4


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"{",
        b"[]",
        canonical({**PACK, "code": "import os"}),
        canonical({**PACK, "schema": "shiqu/pack/9"}),
        canonical({**PACK, "version": 0}),
        canonical({**PACK, "version": "3"}),
        canonical({**PACK, "values": {"a": {"b": 1}}}),
        canonical({**PACK, "name": "x\ny"}),
        b'{"schema":"shiqu/pack/1","name":"a","name":"b","version":1,"values":{}}',
        b'{"schema":"shiqu/pack/1","name":"a","version":1,"values":{"x":NaN}}',
        b"[" * 100_000,
    ],
)
def test_what_is_no_pack(place: Place, data: bytes) -> None:
    with place.database.writing() as connection, pytest.raises(UseError, match="pack-form"):
        packs.add(connection, place.own, place.sight(), data)


def test_envelopes_downward_are_for_their_unit_alone(place: Place) -> None:
    with place.database.writing() as connection:
        packs.add(connection, place.own, place.sight(), canonical(PACK))
        own, foreign = place.sight(place.one.code, "unit"), place.sight(place.two.code, "unit")
        (mine,) = delivery.waiting(connection, own)
        with pytest.raises(Hidden):
            delivery.data_of(connection, foreign, mine.digest)
        assert delivery.fetched(connection, own, mine.digest)
        assert delivery.waiting(connection, own, unfetched=True) == []


def test_reminders_may_go_out_some_at_once(place: Place) -> None:
    with place.database.writing() as connection:
        period = duties.bind(connection, HUB, "gbt22239-l3", "month", due=1, since="2024-01-01").period(today())
    assert period is not None
    late, counts = after(period.last, 5), []
    for _ in range(3):
        with place.database.writing() as connection:
            counts.append(len(reminders.remind(connection, place.own, place.sight(), late, 1)))
    assert counts == [1, 1, 0]
