"""Statements of a dump that go on over many lines: where they end, and what they are."""

from __future__ import annotations

import pytest

from scanner.collect.holdings.files.statements import LOOKED, Gathered

LINE = b"  UPDATE t SET a = CASE WHEN b = 2 THEN 1 ELSE 0 END WHERE b = 2;\n"


@pytest.mark.parametrize(
    ("first", "kind"),
    [
        (b"CREATE PROCEDURE p AS BEGIN\n", b"PROCEDURE"),
        (b"CREATE TRIGGER p AFTER INSERT ON t BEGIN\n", b"TRIGGER"),
        (b"CREATE OR REPLACE PACKAGE BODY p AS\nBEGIN\n", b"PACKAGE"),
    ],
)
def test_a_long_body_ends_where_it_ends(first: bytes, kind: bytes) -> None:
    gathered = Gathered()
    assert not any(gathered.add(line) for line in (first, *[LINE] * 300))
    assert gathered.add(b"END;\n")
    assert gathered.kind == kind and gathered.size == len(gathered.text) > 4 * LOOKED


def test_what_a_statement_is_may_be_told_later() -> None:
    gathered = Gathered()
    gathered.add(b"/*!50001 CREATE ALGORITHM=UNDEFINED */\n")
    gathered.add(b"/*!50013 DEFINER=`a`@`b` SQL SECURITY DEFINER */\n")
    assert gathered.kind == b""
    assert gathered.add(b"/*!50001 VIEW `v` AS SELECT 1 */;\n")
    assert (gathered.kind, gathered.view) == (b"VIEW", b"`v`")
