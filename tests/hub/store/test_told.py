"""What an error of the database says of the values that were to be written."""

from __future__ import annotations

import traceback
from collections.abc import Callable

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from hub.registry.own import Own
from hub.store.database import BROKEN_RULES, bulk
from hub.store.tables import meta, term


def test_an_error_quotes_no_value(hub: Own) -> None:
    row = {"name": "twice", "value": "某单位的弱点"}
    with pytest.raises(sa.exc.IntegrityError) as caught, hub.database.writing() as connection:
        connection.execute(meta.insert().values(row))
        connection.execute(meta.insert().values(row))
    assert "弱点" not in str(caught.value)


TITLE = "某某专项卷宗"


def twice(connection: Connection) -> None:
    for _ in range(2):
        connection.execute(term.insert().values(kind="target", text=TITLE, words="{}"))


def twice_at_once(connection: Connection) -> None:
    bulk(connection, term, ("kind", "text", "words"), [("target", TITLE, "{}")] * 2)


def nothing_where_something_must_be(connection: Connection) -> None:
    bulk(connection, term, ("kind", "text", "words"), [(None, TITLE, TITLE)])


@pytest.mark.parametrize("write", [twice, twice_at_once, nothing_where_something_must_be])
def test_neither_does_it_quote_a_key_or_a_row(hub: Own, write: Callable[[Connection], None]) -> None:
    """Servers say which key was there already, and which line of many could not be read."""
    with pytest.raises(BROKEN_RULES) as caught, hub.database.writing() as connection:
        write(connection)
    told = "".join(traceback.format_exception(caught.value))
    assert TITLE not in told and "term" in told
