"""Every format with the same truth: every classified record and document found, no trap called classified, nothing of a title anywhere."""

from __future__ import annotations

from pathlib import Path

import pytest

from scanner.facts.holdings import mixing
from tests.holdings.formats import counts, everything
from tests.holdings.test_catalogues import held, pieces


@pytest.mark.parametrize("seed", [311, *(pytest.param(seed, marks=pytest.mark.slow) for seed in (90210, 5, 20270101))])
def test_every_format_is_counted_as_it_was_made(seed: int, tmp_path: Path) -> None:
    made = everything(tmp_path, seed)
    found, raw = held(tmp_path)
    stores = {store.path: store for store in found.stores}
    wrong = {
        path: (truth, counts(stores[path]) if path in stores else None)
        for path, truth in made.tables.items()
        if path not in stores or counts(stores[path]) != truth
    }
    assert not wrong
    decided = {
        path: next((code for code in "CRDNU" if stores[path].counts[code]), "?") if path in stores else "missing" for path in made.documents
    }
    assert {path: (made.documents[path], code) for path, code in decided.items() if code != made.documents[path]} == {}
    assert {item.path for item in found.unread} == made.unread
    assert [piece for piece in sorted(pieces(made.titles)) if piece in raw.decode()] == []


def test_degrees_of_every_format(tmp_path: Path) -> None:
    made = everything(tmp_path, 4242)
    found, _ = held(tmp_path)
    confirmed = {(item.degree, item.where) for item in mixing(found, classified_zone=False) if item.certainty == "confirmed"}
    for path, truth in made.tables.items():
        assert (("D1", path) in confirmed) == bool(truth["C"] and truth["N"] + truth["D"]), path
        assert (("X0", path) in confirmed) == bool(truth["C"]), path
    for pack in ("mysql_sql/mysql.sql", "pg_sql/pg.sql", "nested_zip/nested.zip", "seven_7z/seven.7z", "tape_tgz/tape.tgz"):
        assert any(degree == "D6" and where.startswith(pack) for degree, where in confirmed), pack
    assert ("D2", "原文") in confirmed
