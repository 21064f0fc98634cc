"""Keys on the page of a unit."""

from __future__ import annotations

from pathlib import Path

from hub.clock import today
from hub.days import after
from hub.registry import keys, reached
from scanner.ledger.keys import new_key
from tests.hub.web.stand import standing


def test_a_key_that_is_revoked_as_of_today_stays_so_and_a_day_to_come_is_not_known_to_have_begun(tmp_path: Path) -> None:
    with standing(tmp_path) as stand:
        with stand.database.writing() as connection:
            made = [keys.pin(connection, "U1", new_key("ed25519").public.pem, since="2026-01-01") for _ in range(2)]
        browser = stand.browser("sys")
        found = []
        for one, day in zip(made, (after(today(), 30), today()), strict=True):
            assert browser.post(f"/registry/U1/keys/{one.id}/revoke", {"day": day}).status_code == 303
            with stand.database.reading() as connection:
                assert keys.of(connection, one.fingerprint)[0].revoked == day
                found.append(reached.kept(connection))
        assert found == ["", today()]
