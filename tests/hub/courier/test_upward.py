"""The summary that goes up: figures of the tree and nothing else, one number a content, settled by a trusted receipt."""

from __future__ import annotations

import json
from typing import Any

import pytest
import sqlalchemy as sa

from hub.courier import upward
from hub.intake.door import Door
from hub.registry.own import Own
from hub.store.database import Database
from hub.store.tables import outgoing
from scanner.errors import KeepError
from scanner.ledger.envelope import START, open_envelope
from scanner.ledger.keys import new_key
from scanner.ledger.trust import Pin, Trust
from tests.hub.post import Sender, hazard, register
from tests.ledger.stub_hub import receipt_for

UPPER = new_key("ed25519", "330100")
TRUST = Trust((Pin("hub", UPPER.public.pem.decode(), "330100"),))


@pytest.fixture
def units(hub: Own) -> list[Sender]:
    """Two units, each with a report."""
    made = [register(hub.database, f"330102-00{number}") for number in (1, 2)]
    for number, unit in enumerate(made):
        assert Door(hub, hub.database).accept(unit.report(hazards=[hazard(number)]), "http").code == "accepted"
    return made


def said(made: upward.Outgoing) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(open_envelope(made.data).members["summary.json"])
    return found


def test_it_holds_the_figures_of_the_whole_tree_and_names_nobody(hub: Own, units: list[Sender]) -> None:
    made = upward.prepare(hub, hub.database)
    envelope = open_envelope(made.data)
    assert (envelope.manifest["kind"], envelope.manifest["unit"], envelope.manifest["disclosure"]) == ("summary", hub.code, "figures")
    assert (envelope.manifest["sequence"], envelope.manifest["previous"], envelope.key) == (1, START, hub.sign.public)
    summary = said(made)
    assert (summary["registered"], summary["periods"]["now"]["units"]) == (2, 2)
    assert summary["periods"]["now"]["hazard:high:registered"] == 2 and summary["periods"]["now"]["gate:fail"] == 2
    assert set(summary["periods"]) == {"now", "2026-02"}
    text = made.data.decode("utf-8", "replace")
    assert [word for word in ("330102", "馆", "linux.check", "H-", "T-") if word in text] == []


def test_what_waits_for_its_receipt_keeps_its_number_and_its_bytes(hub: Own, units: list[Sender]) -> None:
    first, again = upward.prepare(hub, hub.database), upward.prepare(hub, hub.database)
    assert first.anew and not again.anew and (again.sequence, again.data) == (1, first.data)


def test_news_make_the_next_number(hub: Own, units: list[Sender]) -> None:
    first = upward.prepare(hub, hub.database)
    Door(hub, hub.database).accept(units[0].report(finished="2026-03-01T00:00:00Z", statuses=["met"]), "http")
    second = upward.prepare(hub, hub.database)
    assert (second.sequence, open_envelope(second.data).manifest["previous"]) == (2, first.digest)


def test_once_answered_a_new_one_is_made_even_without_news(hub: Own, units: list[Sender]) -> None:
    first = upward.prepare(hub, hub.database)
    assert upward.answer(hub.database, receipt_for(first.data, UPPER), TRUST) == 1
    assert upward.prepare(hub, hub.database).sequence == 2


def test_another_addressee_is_another_envelope(hub: Own, units: list[Sender]) -> None:
    upward.prepare(hub, hub.database)
    assert open_envelope(upward.prepare(hub, hub.database, "330100").data).manifest["to"] == "330100"


def answered(database: Database) -> list[str]:
    with database.reading() as connection:
        return list(connection.execute(sa.select(outgoing.c.answered)).scalars())


def test_only_a_receipt_of_the_hub_above_settles_it(hub: Own, units: list[Sender]) -> None:
    made = upward.prepare(hub, hub.database)
    refused = {
        "hub-upper-unknown": receipt_for(made.data, new_key("ed25519", "330100")),
        "hub-receipt-foreign": receipt_for(made.data, UPPER, envelope="sha256:" + "0" * 64),
        "reply-no-receipt": made.data,
        "dispatch-form": receipt_for(made.data, UPPER)[:-1],
    }
    for code, data in refused.items():
        with pytest.raises(KeepError) as caught:
            upward.answer(hub.database, data, TRUST)
        assert caught.value.code == code
    assert answered(hub.database) == [""]
    assert upward.answer(hub.database, receipt_for(made.data, UPPER), TRUST) == 1
    assert upward.answer(hub.database, receipt_for(made.data, UPPER, received="2026-12-01T00:00:00Z"), TRUST) == 1
    assert answered(hub.database) == ["2026-11-25T08:00:00Z"]


def test_the_hub_above_takes_it_in_and_its_receipt_settles_it(hub: Own, units: list[Sender]) -> None:
    """The same database plays both: a hub above knows the lower one as a unit with a hub's key."""
    lower = register(hub.database, "330102", rank="county", key=new_key("ed25519", "330102"), role="hub")
    made = upward.prepare(Own("330102", lower.key, None, hub.database), hub.database)
    outcome = Door(hub, hub.database).accept(made.data, "folder")
    assert (outcome.code, outcome.error) == ("accepted", None)
    trust = Trust((Pin("hub", hub.sign.public.pem.decode(), hub.code),))
    assert upward.answer(hub.database, outcome.receipt or b"", trust) == 1
