"""No view, page or piece of work reads a unit's table but through the choke point."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from hub.store import tables

ROOT = Path(__file__).parents[3]
SOURCES = sorted(path for room in ("views", "work", "web") for path in (ROOT / "hub" / room).rglob("*.py"))
NARROWING = {"narrow", "units", "sees", "below"}
ALLOWED = {
    ("hub/web/pages/logbook.py", "_shown"),  # counts what _asked has narrowed
    ("hub/work/clockwork.py", "hub_sight"),  # makes the hub's own sight, of the root
    ("hub/work/closing.py", "rulebooks"),  # the digests of packs, of no unit
    ("hub/work/downward.py", "send"),  # the next number of a row of what the hub itself sends
}
"""What reads such a table otherwise, and why it may."""


def of_units() -> dict[str, str]:
    """Name in ``hub.store.tables`` of every table whose rows belong to a unit."""
    named = {name: value for name, value in vars(tables).items() if isinstance(value, sa.Table)}
    return {name: name for name, table in named.items() if table.name == "unit" or "unit_id" in table.c}


def imported(tree: ast.Module) -> set[str]:
    """What such tables are called in a module."""
    known = of_units()
    found = [node for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) and node.module == "hub.store.tables"]
    return {alias.asname or alias.name for node in found for alias in node.names if alias.name in known}


def unnarrowed(tree: ast.Module, names: set[str], whole_module: bool) -> Iterator[str]:
    for function in (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)):
        words = {node.id for node in ast.walk(function) if isinstance(node, ast.Name)}
        words |= {node.attr for node in ast.walk(function) if isinstance(node, ast.Attribute)}
        if "select" in words and (words & names or (whole_module and "tables" in words)) and not words & NARROWING:
            yield function.name


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_read_of_a_units_table_is_narrowed(path: Path) -> None:
    tree = ast.parse(path.read_text("utf-8"))
    whole = any(isinstance(node, ast.ImportFrom) and node.module == "hub.store" for node in ast.walk(tree))
    found = {(str(path.relative_to(ROOT)), name) for name in unnarrowed(tree, imported(tree), whole)}
    assert found <= ALLOWED


def test_the_rule_finds_what_breaks_it() -> None:
    tree = ast.parse("from hub.store.tables import hazard\ndef board(connection):\n    return connection.execute(sa.select(hazard))\n")
    assert list(unnarrowed(tree, imported(tree), False)) == ["board"]
