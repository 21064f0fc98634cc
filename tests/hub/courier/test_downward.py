from __future__ import annotations

import pytest
import sqlalchemy as sa

from hub.courier import downward
from hub.intake.door import Door
from hub.registry.own import Own
from hub.registry.units import find
from hub.store.tables import outgoing
from scanner.ledger.envelope import open_envelope
from tests.hub.post import register


@pytest.fixture
def place(hub: Own) -> Own:
    """Two counties with one unit each; both units have a receipt waiting, the first a notice too."""
    for county in ("C1", "C2"):
        register(hub.database, county, rank="county", role="hub")
        assert Door(hub, hub.database).accept(register(hub.database, f"{county}-U", county).report(), "http").code == "accepted"
    with hub.database.writing() as connection:
        values = {"to_id": find(connection, "C1-U").id, "kind": "notice", "sequence": 1, "digest": "sha256:" + "1" * 64, "data": b"notice"}
        connection.execute(sa.insert(outgoing).values(values))
        connection.execute(sa.insert(outgoing).values(to_id=None, kind="summary", sequence=1, digest="sha256:" + "2" * 64, data=b"up"))
    return hub


def waiting(hub: Own, code: str, again: bool = False) -> list[tuple[str, str]]:
    with hub.database.reading() as connection:
        return [(one.code, one.kind) for one in downward.waiting(connection, find(connection, code).path, again=again)]


def test_a_subtree_gets_what_is_its_own_and_nothing_of_a_neighbour(place: Own) -> None:
    assert waiting(place, "C1") == [("C1-U", "receipt"), ("C1-U", "notice")]
    assert waiting(place, "C2-U") == [("C2-U", "receipt")]
    assert {code for code, _ in waiting(place, place.code)} == {"C1-U", "C2-U"}


def test_what_was_handed_out_is_handed_out_again_only_on_request(place: Own) -> None:
    with place.database.writing() as connection:
        downward.handed(connection, downward.waiting(connection, find(connection, "C1").path))
    assert waiting(place, "C1") == [] and waiting(place, "C2") == [("C2-U", "receipt")]
    assert len(waiting(place, "C1", again=True)) == 2


def test_a_receipt_goes_down_as_it_was_given(place: Own) -> None:
    with place.database.reading() as connection:
        (one,) = downward.waiting(connection, find(connection, "C2").path)
    envelope = open_envelope(one.data)
    assert (envelope.manifest["kind"], envelope.manifest["to"], envelope.digest) == ("receipt", "C2-U", one.digest)
