"""The dictionary that a process remembers holds nothing that the database does not."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from hub.intake import terms
from hub.intake.terms import CHECK, Words
from hub.registry.own import Own
from hub.store.tables import term
from tests.hub.post import bulletin


class _Stop(Exception):
    pass


def held(hub: Own) -> dict[str, int]:
    with hub.database.reading() as connection:
        return {row.text: row.id for row in connection.execute(sa.select(term).where(term.c.kind == CHECK))}


def numbers(hub: Own, words: Words, statuses: tuple[str, ...]) -> dict[str, int]:
    with hub.database.writing() as connection:
        return dict(words.numbers(connection, [bulletin("u", statuses=statuses)])[CHECK])


def test_a_term_has_the_number_that_stands_in_the_database(hub: Own) -> None:
    words = Words()
    first = numbers(hub, words, ("met",))
    more = numbers(hub, words, ("met", "met"))
    assert first.items() < more.items()
    assert more == numbers(hub, words, ("met", "met")) == held(hub)


def test_what_was_rolled_back_is_not_remembered(hub: Own) -> None:
    words = Words()
    with pytest.raises(_Stop), hub.database.writing() as connection:
        words.numbers(connection, [bulletin("u")])
        raise _Stop
    assert held(hub) == {}
    assert numbers(hub, words, ("met", "unmet")) == held(hub)


def test_an_older_database_that_was_put_back_is_asked_anew(hub: Own) -> None:
    words = Words()
    for _ in range(2):
        numbers(hub, words, ("met", "met", "met"))
    with hub.database.writing() as connection:
        connection.execute(sa.delete(term))
        connection.execute(sa.insert(term).values(kind=CHECK, text="linux.check-2"))
    assert numbers(hub, words, ("met", "met", "met")) == held(hub)


def test_no_more_is_remembered_than_there_is_room_for(hub: Own, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(terms, "MOST", 3)
    words = Words()
    for count in (2, 6, 3):
        found = numbers(hub, words, ("met",) * count)
        assert {text: found[text] for text in held(hub) if text in found} == {text: held(hub)[text] for text in found}
        assert len(found) >= count
