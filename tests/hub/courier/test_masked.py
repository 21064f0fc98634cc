"""The upward summary by disclosure: figures tell of no unit, masked tells how each stands and not who it is."""

from __future__ import annotations

import json
from typing import Any

import pytest
import sqlalchemy as sa

from hub.courier import upward
from hub.intake.door import Door
from hub.people.sight import ROLES, Sight
from hub.registry import units
from hub.registry.own import Own
from hub.store.tables import unit
from hub.views.masked import masked
from scanner.ledger.envelope import START, make, open_envelope
from scanner.ledger.keys import new_key
from scanner.model.canonical import canonical
from tests.hub.post import Sender, alias, hazard, register

WORDS = ("330102", "馆", "示例", "linux.check", "张三", "192.0.2", *(alias(sort, 0) for sort in "STH"), *(alias(sort, 1) for sort in "STH"))
"""Codes and names of units, what is wrong and where, people and addresses."""


@pytest.fixture
def senders(hub: Own) -> list[Sender]:
    """Two that reported, one that is silent; all with a contact."""
    made = [register(hub.database, f"330102-00{number}") for number in (1, 2, 3)]
    for number, one in enumerate(made[:2]):
        assert Door(hub, hub.database).accept(one.report(hazards=[hazard(number)], core="confirmed"), "http").code == "accepted"
    with hub.database.writing() as connection:
        contacts = '[{"name":"张三","duty":"","phone":"192.0.2.7","deputy":""}]'
        connection.execute(unit.update().where(unit.c.rank == "unit").values(contacts=contacts, division="330102"))
    return made


def said(made: upward.Outgoing) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(open_envelope(made.data).members["summary.json"])
    return found


@pytest.mark.parametrize("disclosure", ["figures", "masked"])
def test_neither_names_anybody(hub: Own, senders: list[Sender], disclosure: str) -> None:
    made = upward.prepare(hub, hub.database, "", disclosure)
    envelope = open_envelope(made.data)
    assert envelope.manifest["disclosure"] == disclosure
    text = envelope.members["summary.json"].decode().replace(hub.code, "")
    assert [word for word in WORDS if word in text] == []


def test_figures_have_no_rows_and_masked_has_one_a_unit(hub: Own, senders: list[Sender]) -> None:
    assert "units" not in said(upward.prepare(hub, hub.database))
    rows = said(upward.prepare(hub, hub.database, "", "masked"))["units"]
    assert [row["finished"] for row in sorted(rows, key=lambda row: row["finished"])] == ["", "2026-02-01", "2026-02-01"]
    told = [row["parts"] for row in rows if row["finished"]]
    assert all(row["gate:fail"] == row["core:CH4:confirmed"] == row["hazard:high:registered"] == 1 for row in told)
    assert not any(part.startswith(("family:", "layer:", "risk:")) for row in told for part in row)


def test_an_alias_stays_the_same(hub: Own, senders: list[Sender]) -> None:
    first = {row["unit"] for row in said(upward.prepare(hub, hub.database, "", "masked"))["units"]}
    Door(hub, hub.database).accept(senders[0].report(finished="2026-03-01T00:00:00Z"), "http")
    assert {row["unit"] for row in said(upward.prepare(hub, hub.database, "", "masked"))["units"]} == first and len(first) == 3


def lower_with(hub: Own, content: dict[str, Any], disclosure: str) -> Any:
    """The same database plays both: what a hub below sends is taken in."""
    lower = register(hub.database, "330102", rank="county", key=new_key("ed25519", "330102"), role="hub")
    data = make(
        "summary", "330102", "", {"summary.json": canonical({**content, "unit": "330102"})}, sequence=1, previous=START,
        created="2026-02-01T00:00:00Z", disclosure=disclosure, marking="", key=lower.key,
    )  # fmt: skip
    return Door(hub, hub.database).accept(data, "folder")


def test_the_hub_above_shows_the_rows(hub: Own, senders: list[Sender]) -> None:
    content = said(upward.prepare(hub, hub.database, "", "masked"))
    assert lower_with(hub, content, "masked").code == "accepted"
    with hub.database.reading() as connection:
        sight = Sight(1, "province", units.find(connection, hub.code).path, ROLES["province"], "x")
        where, lines = masked(connection, sight, "330102")
    assert where.code == "330102" and {line.alias for line in lines} == {row["unit"] for row in content["units"]}
    assert [(line.gate, line.core.get("CH4"), line.open["high"]) for line in lines] == [("fail", "confirmed", 1)] * 2 + [("", None, 0)]


@pytest.mark.parametrize("disclosure", ["figures", "full"])
def test_rows_under_another_disclosure_are_refused(hub: Own, senders: list[Sender], disclosure: str) -> None:
    found = lower_with(hub, said(upward.prepare(hub, hub.database, "", "masked")), disclosure)
    assert (found.code, found.error.code) == ("refused", "dispatch-discloses-more")


@pytest.mark.parametrize("change", [{"unit": "330102-001"}, {"finished": "gestern"}, {"parts": {"risk:RC1": 1}}, {"profiles": [""]}])
def test_rows_of_another_form_are_refused(hub: Own, senders: list[Sender], change: dict[str, Any]) -> None:
    content = said(upward.prepare(hub, hub.database, "", "masked"))
    content["units"][0] |= change
    found = lower_with(hub, content, "masked")
    assert (found.code, found.error.code) == ("refused", "hub-summary-form")


ORDER, TICKET = "sha256:" + "1" * 64, "2" * 32


def with_reply(content: dict[str, Any], text: str = "已整改。", state: str = "replied", name: str = TICKET) -> dict[str, Any]:
    """A full summary in which one unit replied."""
    proof = [TICKET, state, "sha256:" + "3" * 64, "2026-02-01T00:00:00Z"]
    content["orders"] = [{"order": ORDER, "of": 1, "states": {}, "silent": 0, "proofs": [proof]}]
    content["replies"] = [{"order": ORDER, "ticket": name, "text": text}]
    return content


def test_a_full_summary_holds_rows_and_replies(hub: Own, senders: list[Sender]) -> None:
    content = said(upward.prepare(hub, hub.database, "", "full"))
    assert len(content["units"]) == 3 and content["replies"] == []
    assert lower_with(hub, with_reply(content), "full").code == "accepted"


@pytest.mark.parametrize("disclosure", ["figures", "masked"])
def test_replies_under_another_disclosure_are_refused(hub: Own, senders: list[Sender], disclosure: str) -> None:
    found = lower_with(hub, with_reply(said(upward.prepare(hub, hub.database, "", "full"))), disclosure)
    assert (found.code, found.error.code) == ("refused", "dispatch-discloses-more")


@pytest.mark.parametrize(
    "change",
    [{"text": ""}, {"text": "长" * 20_001}, {"text": "\x1b[2J"}, {"text": "\u202e"}, {"state": "received"}, {"name": "4" * 32}],
    ids=["empty", "long", "terminal", "direction", "of-no-reply", "of-no-proof"],
)
def test_replies_of_another_form_are_refused(hub: Own, senders: list[Sender], change: dict[str, str]) -> None:
    found = lower_with(hub, with_reply(said(upward.prepare(hub, hub.database, "", "full")), **change), "full")
    assert (found.code, found.error.code) == ("refused", "hub-summary-form")


@pytest.mark.parametrize("sort", ["twice", "too-many", "without-rows"])
def test_replies_that_are_no_full_summary_are_refused(hub: Own, senders: list[Sender], sort: str) -> None:
    content = with_reply(said(upward.prepare(hub, hub.database, "", "full")))
    if sort == "twice":
        content["replies"] *= 2
    elif sort == "without-rows":
        del content["units"]
    else:
        names = [f"{number:032x}" for number in range(20)]
        content["orders"][0]["proofs"] = [[name, *content["orders"][0]["proofs"][0][1:]] for name in names]
        content["replies"] = [{"order": ORDER, "ticket": name, "text": "长" * 20_000} for name in names]
    found = lower_with(hub, content, "full")
    assert (found.code, found.error.code) == ("refused", "hub-summary-form")


def test_what_a_hub_below_told_masked_goes_on_masked_and_never_as_figures(hub: Own, senders: list[Sender]) -> None:
    content = said(upward.prepare(hub, hub.database, "", "masked"))
    content["units"] = [{**content["units"][0], "unit": "U-AAAA-BBBB-CCCC"}]
    assert lower_with(hub, content, "masked").code == "accepted"
    assert "U-AAAA-BBBB-CCCC" in {row["unit"] for row in said(upward.prepare(hub, hub.database, "", "masked"))["units"]}
    assert "U-AAAA" not in json.dumps(said(upward.prepare(hub, hub.database)))
    with hub.database.reading() as connection:
        assert connection.execute(sa.select(sa.func.count()).select_from(unit).where(unit.c.code.like("U-%"))).scalar_one() == 0
