"""What an error of the database says of the values that were to be written."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from hub.registry.own import Own
from hub.store.tables import meta


def test_an_error_quotes_no_value(hub: Own) -> None:
    row = {"name": "twice", "value": "某单位的弱点"}
    with pytest.raises(sa.exc.IntegrityError) as caught, hub.database.writing() as connection:
        connection.execute(meta.insert().values(row))
        connection.execute(meta.insert().values(row))
    assert "弱点" not in str(caught.value)
