"""What is taken back is taken back all the way down, once, by whoever gave it; and it does not come again."""

from __future__ import annotations

import json
from typing import Any

import pytest
import sqlalchemy as sa

from hub.intake.order_shape import check_recall
from hub.registry import keys
from hub.registry.own import Own
from hub.store.tables import log, outgoing
from hub.work import ending, incoming, notices, withdrawing
from hub.work.notices import CIRCULAR, REMIND
from scanner.errors import UseError
from scanner.ledger.envelope import START, open_envelope
from scanner.ledger.keys import new_key
from scanner.ledger.trust import Pin, add_pin
from scanner.model.canonical import canonical, digest
from tests.hub.chain import CITY, COUNTY, OPENS, PROFILE, PROVINCE, RUN, Chain, Office, sealed
from tests.hub.work.conftest import meanwhile

ASKED = {"kind": REMIND, "title": "催报", "report": {"profile": PROFILE, "after": OPENS}}


def withdraw(office: Office, number: int, why: str = "发错了单位") -> None:
    with office.database.writing() as connection:
        withdrawing.withdraw(connection, office.own, office.sight, number, why)


def letters(office: Office, code: str) -> list[dict[str, Any]]:
    """What notices say that wait for a unit."""
    return [json.loads(open_envelope(data).members["notice.json"]) for data in office.waiting(code, "notice")]


def recall_of(chain: Chain) -> dict[str, Any]:
    """Of the province's last order."""
    found: dict[str, Any] = json.loads(open_envelope(chain.province.waiting(CITY, "order")[-1]).members["order.json"])
    return found


def test_a_notice_is_withdrawn_through_three_hubs_and_its_unit_is_told(chain: Chain) -> None:
    number = chain.province.issue(**ASKED, unit=chain.one.code)
    chain.down()
    withdraw(chain.province, number)
    chain.down()
    for office in (chain.province, chain.city, chain.county):
        (held,) = office.notices()
        assert (held.state, held.body["withdrawn"]) == ("withdrawn", "发错了单位")
    first, second = letters(chain.county, chain.one.code)
    assert "withdrawn" not in first and second["withdrawn"] == "发错了单位"
    assert (second["number"], second["title"], second["issuer"]) == (first["number"], "撤回：催报", f"局{PROVINCE}")
    assert second["hazards"] == [] and not second["deadline"]
    # The report that it asked for closes nothing any more.
    chain.county.take(chain.one.report(finished=RUN, statuses=["met"], results=[]))
    chain.up()
    assert [office.notices()[0].state for office in (chain.county, chain.province)] == ["withdrawn", "withdrawn"]


def test_a_circular_is_withdrawn_from_every_unit_that_got_it(chain: Chain) -> None:
    number = chain.province.issue(kind=CIRCULAR, unit=PROVINCE, title="通报", deadline="")
    chain.down()
    withdraw(chain.province, number)
    chain.down()
    for office, code in ((chain.province, chain.direct.code), (chain.county, chain.one.code), (chain.county, chain.two.code)):
        assert ["withdrawn" in one for one in letters(office, code)] == [False, True]


def test_who_was_put_under_a_hub_since_is_told_by_whom_it_had_the_notice_from(chain: Chain) -> None:
    number = chain.province.issue(**ASKED, unit=chain.direct.code)
    with chain.province.database.writing() as connection:
        keys.pin(connection, chain.direct.code, new_key("ed25519").public.pem, since="2020-01-01", role="hub")
    withdraw(chain.province, number)
    assert len(letters(chain.province, chain.direct.code)) == 2


def test_a_notice_from_before_envelopes_were_marked_is_withdrawn_from_its_addressee(chain: Chain) -> None:
    number = chain.province.issue(**ASKED, unit=chain.direct.code)
    with chain.province.database.writing() as connection:
        connection.execute(outgoing.update().values(about=""))
    withdraw(chain.province, number)
    assert len(letters(chain.province, chain.direct.code)) == 2


def test_a_campaign_is_withdrawn_with_its_notices(chain: Chain) -> None:
    code = chain.province.start()
    chain.province.send(code)
    chain.down()
    with chain.province.database.writing() as connection:
        ending.withdraw(connection, chain.province.own, chain.province.sight, code, "口径有误")
    assert ending.tell_units(chain.province.own, chain.province.database) == 1
    chain.down()
    for office, units in ((chain.province, [chain.direct]), (chain.county, [chain.one, chain.two])):
        assert (office.only().state, office.only().conditions["withdrawn"]) == ("withdrawn", "口径有误")
        assert {one.state for one in office.notices()} == {"withdrawn"}
        assert [len(letters(office, one.code)) for one in units] == [2] * len(units)
        assert ending.tell_units(office.own, office.database) == 0
    chain.county.take(chain.one.report(finished=RUN, statuses=["met"], results=[]))
    chain.county.turn()
    assert chain.county.states(chain.county.only().code)[chain.one.code] == ("asked", "")


def test_a_campaign_that_ends_above_ends_below_and_its_notices_stand(chain: Chain) -> None:
    code = chain.province.start()
    chain.province.send(code)
    chain.down()
    with chain.province.database.writing() as connection:
        ending.close(connection, chain.province.own, chain.province.sight, code)
    chain.down()
    assert [office.only().state for office in (chain.province, chain.city, chain.county)] == ["closed"] * 3
    assert {one.state for one in chain.county.notices()} == {"issued"} and len(letters(chain.county, chain.one.code)) == 1


def test_a_hub_below_that_did_not_send_it_on_yet_never_does(chain: Chain) -> None:
    """The disc brought the order and its recall together."""
    code = chain.province.start()
    chain.province.send(code)
    with chain.province.database.writing() as connection:
        ending.withdraw(connection, chain.province.own, chain.province.sight, code, "口径有误")
    assert [chain.city.take(data).code for data in chain.province.waiting(CITY, "order")] == ["accepted"] * 2
    chain.city.turn()
    assert chain.city.only().state == "withdrawn" and chain.city.waiting(COUNTY, "order") == []


def test_what_is_taken_back_while_it_is_being_sent_on_is_not_sent(chain: Chain, monkeypatch: pytest.MonkeyPatch) -> None:
    code = chain.province.start()
    chain.province.send(code)
    with chain.province.database.writing() as connection:
        ending.withdraw(connection, chain.province.own, chain.province.sight, code, "口径有误")
    order, recall = chain.province.waiting(CITY, "order")
    assert chain.city.take(order).code == "accepted"
    meanwhile(monkeypatch, incoming, "_waiting", lambda: chain.city.take(recall))
    chain.city.turn()
    assert chain.city.only().state == "withdrawn" and chain.city.waiting(COUNTY, "order") == []


def test_a_withdrawal_taken_in_twice_is_once_and_the_order_does_not_come_again(chain: Chain) -> None:
    number = chain.province.issue(**ASKED, unit=chain.one.code)
    (order,) = chain.province.waiting(CITY, "order")
    chain.down()
    withdraw(chain.province, number)
    chain.down()
    chain.down()
    assert len(chain.city.waiting(COUNTY, "order")) == 2 and len(letters(chain.county, chain.one.code)) == 2
    # The old order under a number of its own: somebody with the key above, or a clerk with an old copy.
    again = sealed(chain, open_envelope(order).members["order.json"], sequence=3, previous="sha256:" + "1" * 64)
    found = chain.city.take(again)
    assert (found.code, found.error and found.error.code) == ("refused", "order-recalled")
    assert chain.city.notices()[0].state == "withdrawn"


def test_a_withdrawal_that_comes_before_its_order_is_remembered(chain: Chain) -> None:
    number = chain.province.issue(**ASKED, unit=chain.one.code)
    withdraw(chain.province, number)
    order, recall = chain.province.waiting(CITY, "order")
    assert chain.city.take(recall).code == "accepted"
    found = chain.city.take(order)
    assert found.error is not None and found.error.code == "order-recalled" and chain.city.notices() == []


def test_what_was_proven_stays_closed(chain: Chain) -> None:
    number = chain.province.issue(**ASKED, unit=chain.one.code)
    chain.down()
    chain.county.take(chain.one.report(finished=RUN, statuses=["met"], results=[]))
    chain.county.turn()
    withdraw(chain.province, number)
    chain.down()
    assert chain.county.notices()[0].state == "closed" and len(letters(chain.county, chain.one.code)) == 1


def test_recalls_that_are_refused_change_nothing(chain: Chain) -> None:
    number = chain.province.issue(**ASKED, unit=chain.one.code)
    chain.down()
    withdraw(chain.province, number)
    recall = recall_of(chain)
    row: dict[str, Any] = {"sequence": 2, "previous": "sha256:" + "1" * 64}
    refused = [
        ("order-upper-unknown", sealed(chain, recall, key=new_key("ed25519", PROVINCE), **row)),
        ("order-upper-other-unit", sealed(chain, recall, unit="440000", **row)),
        ("hub-envelope-elsewhere", sealed(chain, recall, to=COUNTY, **row)),
        ("recall-other", sealed(chain, {**recall, "number": "别的"}, **row)),
        ("recall-other", sealed(chain, {**recall, "hub": CITY}, **row)),
        ("order-form", sealed(chain, {**recall, "end": "ended", "why": ""}, **row)),
        ("order-form", sealed(chain, {**recall, "why": ""}, **row)),
        ("order-form", sealed(chain, {**recall, "order": "sha256:x"}, **row)),
        ("order-form", sealed(chain, {**recall, "more": 1}, **row)),
    ]
    for code, data in refused:
        found = chain.city.take(data)
        assert (found.code, found.error and found.error.code) == ("refused", code)
    assert chain.city.notices()[0].state == "issued" and len(chain.city.waiting(COUNTY, "order")) == 1


def test_another_hub_above_takes_back_nothing_that_it_did_not_give(chain: Chain) -> None:
    number = chain.province.issue(**ASKED, unit=chain.one.code)
    chain.down()
    withdraw(chain.province, number)
    other = new_key("ed25519", "440000")
    assert chain.city.own.home is not None
    add_pin(chain.city.own.home / "trust", Pin("hub", other.public.pem.decode(), "440000"))
    # Its word about an order that did not come from it is kept, and ends nothing.
    assert chain.city.take(sealed(chain, recall_of(chain), unit="440000", key=other, previous=START)).code == "accepted"
    assert chain.city.notices()[0].state == "issued"


def test_what_is_taken_back_needs_a_reason_of_one_line(chain: Chain) -> None:
    number = chain.province.issue(**ASKED, unit=chain.one.code)
    for why in ("", "  \n", "\x1b[2J"):
        with pytest.raises(UseError, match="notice-why"):
            withdraw(chain.province, number, why)
    withdraw(chain.province, number, "写错了\n请按新的办")
    assert check_recall(canonical(recall_of(chain)))["why"] == "写错了 请按新的办"


def test_the_log_says_what_was_taken_back(chain: Chain) -> None:
    number = chain.province.issue(**ASKED, unit=chain.one.code)
    chain.down()
    withdraw(chain.province, number)
    chain.down()
    for own, wanted in ((chain.province.own, "notice.withdraw"), (chain.city.own, "order.recalled"), (chain.county.own, "order.recalled")):
        assert wanted in actions(own)


def actions(own: Own) -> list[str]:
    with own.database.reading() as connection:
        return list(connection.execute(sa.select(log.c.action)).scalars())


def test_a_recall_names_its_order_by_its_digest(chain: Chain) -> None:
    number = chain.province.issue(**ASKED, unit=chain.one.code)
    with chain.province.database.reading() as connection:
        text = notices.find(connection, chain.province.sight, number).order_text
    withdraw(chain.province, number)
    assert recall_of(chain)["order"] == digest(text.encode())
