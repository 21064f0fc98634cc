"""A workbook that somebody hands in is about the units that they see."""

from __future__ import annotations

from pathlib import Path

from hub.registry import keys, units
from scanner.ledger.keys import new_key
from tests.hub.registry.test_workbook import book
from tests.hub.web.stand import standing


def test_the_pages_of_a_provinces_administrator_pin_no_key_for_another_province(tmp_path: Path) -> None:
    with standing(tmp_path) as stand:
        one, made = stand.browser("sys"), new_key("ed25519")
        for code, kept in (("U5", False), ("U1", True)):
            data = book({"units": [], "keys": [[code, made.public.pem.decode(), "2026-01-01", ""]]})
            answer = one.post("/registry/import", files={"file": ("u.xlsx", data)})
            assert answer.status_code == (303 if kept else 400)
            with stand.database.reading() as connection:
                assert bool(keys.of_unit(connection, units.find(connection, code).id)) == kept
